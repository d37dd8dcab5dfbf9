"""`POST /v1/chat/completions`, and the models: what a server without the Responses API offers."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from aiohttp import web

from .exchange import Exchange
from .faults import Fault
from .openai_requests import COMMON_PARAMETERS, INVALID, Refused, admit, read
from .persona import answer, words
from .response_events import HEADERS
from .state import user_texts
from .streams import Frame, Wire, compact, send

_MODELS = ("gpt-4o-mini", "gpt-6-luna")
_PARAMETERS = COMMON_PARAMETERS | {
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "n",
    "response_format",
    "seed",
    "stop",
}
_GARBAGE = b'data: {"object":"chat.completion.chunk","choi\n\n'


async def models(exchange: Exchange) -> web.StreamResponse:
    """`GET /v1/models`: names that a client may show; requests may name any other."""
    try:
        admit(exchange)
    except Refused as refused:
        return refused.response
    data = [
        {"id": model, "object": "model", "created": 1_700_000_000, "owned_by": "offline"} for model in _MODELS
    ]
    return web.json_response({"object": "list", "data": data})


async def model(exchange: Exchange) -> web.StreamResponse:
    """`GET /v1/models/{model}`: every name is a model's, but for those that begin with `unknown`."""
    name = exchange.request.match_info["model"]
    try:
        admit(exchange)
    except Refused as refused:
        return refused.response
    if name.startswith("unknown"):
        message = f"The model '{name}' does not exist or you do not have access to it."
        return Refused(404, message=message, type=INVALID, param="model", code="model_not_found").response
    return web.json_response({"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "offline"})


async def handle(exchange: Exchange) -> web.StreamResponse:
    """Answers one request; refusals come before any chunk."""
    body, fault = exchange.body, exchange.fault
    try:
        instructions, messages = read(exchange, "messages", _PARAMETERS)
    except Refused as refused:
        return refused.response
    said = exchange.deltas(answer(instructions, user_texts(messages)))
    deltas, finish = said[: body.get("max_completion_tokens") or body.get("max_tokens")], "stop"
    if fault.kind in ("incomplete", "completed_incomplete") or deltas != said:
        finish = "content_filter" if fault.reason == "content_filter" else "length"
    told = len(words(instructions)) + sum(len(words(message.text)) for message in messages)
    usage = {
        "prompt_tokens": told,
        "completion_tokens": len(deltas),
        "total_tokens": told + len(deltas),
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }
    kind = "chat.completion.chunk" if body.get("stream") else "chat.completion"
    head = {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": body["model"],
    }
    field = "refusal" if fault.kind == "refusal" else "content"
    if body.get("stream"):
        frames = _frames(exchange, head, [{field: delta} for delta in deltas], finish, usage)
        return (await send(exchange, Wire(HEADERS, _error, _GARBAGE), frames))[0]
    await exchange.wait(exchange.pace * len(deltas))
    message = {"role": "assistant", "content": None, "refusal": None, field: "".join(deltas)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return web.json_response({**head, "choices": [choice], "usage": usage})


def _frames(
    exchange: Exchange, head: dict[str, Any], deltas: list[dict[str, str]], finish: str, usage: dict[str, Any]
) -> Iterator[Frame]:
    counted = bool((exchange.body.get("stream_options") or {}).get("include_usage"))
    head = {**head, "usage": None} if counted else head

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _data({**head, "choices": [choice]})

    yield Frame(chunk({"role": "assistant", "content": "", "refusal": None}))
    yield from (Frame(chunk(delta), delta=True) for delta in deltas)
    if exchange.fault.kind == "failed":
        yield Frame(_error(exchange.fault, 0))
        return
    yield Frame(chunk({}, finish))
    if counted:
        yield Frame(_data({**head, "choices": [], "usage": usage}))
    yield Frame(b"data: [DONE]\n\n")


def _error(fault: Fault, _number: int) -> bytes:
    error = {
        "message": fault.message,
        "type": "server_error",
        "param": None,
        "code": fault.code or "server_error",
    }
    return _data({"error": error})


def _data(data: dict[str, Any]) -> bytes:
    return f"data: {compact(data)}\n\n".encode()
