"""Flowise 3.1: predictions of a chain or an agent flow, sessions and aborts, in exactly its framing.

A chatflow whose id holds `agent` is an agent flow; one whose id begins with `unknown`, or is the zero UUID,
does not exist; every other id is a chain. As in Flowise, `history` stands in front of what the session
remembers, for this one question: it is not kept.
"""

import asyncio
from uuid import uuid4

from aiohttp import web

from .exchange import Exchange
from .flowise_events import BUILD, COMMON, END, WIRE, Run, event
from .persona import answer
from .state import Message, user_texts
from .streams import Frame, send

_MISSING = ("unknown", "00000000-0000-4000-8000-000000000000")
_ROLES = {"userMessage": "user", "apiMessage": "assistant"}
_HISTORY = '{ role: "apiMessage" | "userMessage", content: string }'


async def handle(exchange: Exchange) -> web.StreamResponse:
    """`POST /api/v1/prediction/{chatflow}`: a stream where it is asked for and possible, JSON otherwise."""
    chatflow, body, fault = exchange.request.match_info["chatflow"], exchange.body, exchange.fault
    if fault.kind == "status":
        return _refused(fault.status, fault.message, fault.retry_after)
    if not isinstance(body, dict):
        return _refused(400, "Unexpected token in JSON")
    streaming = body.get("streaming") in (True, "true")
    if chatflow.startswith(_MISSING):
        if streaming:
            await exchange.wait(float("inf"))
        return _refused(404, f"Chatflow {chatflow} not found in the database!")
    streaming = streaming and fault.kind != "json_answer"
    problem = _problem(exchange)
    if problem and streaming:
        return (await send(exchange, WIRE, [Frame(event("error", problem)), Frame(END)]))[0]
    return _refused(500, problem) if problem else await _answer(exchange, chatflow, streaming)


async def abort(exchange: Exchange) -> web.StreamResponse:
    """`PUT /api/v1/chatmessage/abort/{chatflow}/{chat}`: stops an agent flow; a chain goes on."""
    chatflow, chat = exchange.request.match_info["chatflow"], exchange.request.match_info["chat"]
    running = exchange.state.running.get((chatflow, chat))
    if running is not None and "agent" in chatflow:
        running.set()
    return web.json_response({"status": 200, "message": "Chat message aborted"}, headers=COMMON)


async def ping(exchange: Exchange) -> web.StreamResponse:
    """`GET /api/v1/ping`."""
    return web.Response(text="pong", content_type="text/html", headers=COMMON)


async def can_stream(exchange: Exchange) -> web.StreamResponse:
    """`GET /api/v1/chatflows-streaming/{chatflow}`: whether a chatflow can stream; an unknown one is none."""
    chatflow = exchange.request.match_info["chatflow"]
    if chatflow.startswith(_MISSING):
        return _refused(404, f"Chatflow {chatflow} not found")
    return web.json_response({"isStreaming": True}, headers=COMMON)


async def _answer(exchange: Exchange, chatflow: str, streaming: bool) -> web.StreamResponse:
    body, state = exchange.body, exchange.state
    override = body.get("overrideConfig") or {}
    chat = body.get("chatId") or override.get("sessionId") or str(uuid4())
    session = override.get("sessionId") or chat
    remembered = state.sessions.setdefault((chatflow, session), [])
    history = [Message(_ROLES[item["role"]], item["content"]) for item in body.get("history") or []]
    asked = Message("user", user_text(body["question"]))
    instructions = "\n".join(
        [*filter(lambda value: isinstance(value, str), override.values()), body["question"]]
    )
    deltas = exchange.deltas(answer(instructions, user_texts([*history, *remembered, asked])))
    run = Run(body["question"], chat, session, deltas, exchange.fault, "agent" in chatflow)
    response: web.StreamResponse
    if streaming:
        stop = state.running.setdefault((chatflow, chat), asyncio.Event())
        try:
            response, whole = await send(exchange, WIRE, run.frames(), stop)
        finally:
            state.running.pop((chatflow, chat), None)
    else:
        whole = await exchange.wait(exchange.pace * len(deltas))
        response = web.json_response(run.result(), headers=COMMON)
    if whole and exchange.fault.kind != "failed":
        remembered += [asked, Message("assistant", "".join(deltas))]
    return response


def user_text(question: str) -> str:
    """What the user said: of a question that begins with a heading such as "The user's message:", what
    follows it, without the last block if that begins with `# `; any other question as it is."""
    heading, line, text = question.partition("\n")
    if not line or not heading.endswith("message:"):
        return question
    said, blank, _ = text.rpartition("\n\n# ")
    return said if blank else text


def _problem(exchange: Exchange) -> str | None:
    body = exchange.body
    if not exchange.state.authorized(exchange.request):
        return f"{BUILD}Unauthorized"
    if not isinstance(body.get("question"), str) or not body["question"]:
        return f"{BUILD}NOT NULL constraint failed: chat_message.content"
    for item in body.get("history") or []:
        if (
            not isinstance(item, dict)
            or item.get("role") not in _ROLES
            or not isinstance(item.get("content"), str)
        ):
            return f"{BUILD}Invalid history format. Each history item must have: {_HISTORY}"
    return None


def _refused(status: int, message: str, retry_after: str | None = None) -> web.Response:
    headers = COMMON | ({} if retry_after is None else {"Retry-After": retry_after})
    if status == 429:
        return web.Response(
            text=message, status=429, content_type="text/html", charset="utf-8", headers=headers
        )
    body = {"statusCode": status, "success": False, "message": message, "stack": {}}
    return web.json_response(body, status=status, headers=headers)
