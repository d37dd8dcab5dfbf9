"""`POST /v1/responses`: OpenAI's Responses API, with chains of `previous_response_id` in memory."""

from uuid import uuid4

from aiohttp import web

from .exchange import Exchange
from .openai_requests import COMMON_PARAMETERS, Refused, invalid, read, unknown_previous
from .persona import answer, words
from .response_events import FIELDS, WIRE, Reply
from .state import Message, Stored, user_texts
from .streams import send

_PARAMETERS = COMMON_PARAMETERS | frozenset(FIELDS) | {"include", "input"}


async def handle(exchange: Exchange) -> web.StreamResponse:
    """Answers one request; refusals come before any event."""
    body, state = exchange.body, exchange.state
    try:
        system, said = read(exchange, "input", _PARAMETERS)
        previous, limit = body.get("previous_response_id"), body.get("max_output_tokens")
        if limit is not None and (not isinstance(limit, int) or limit < 16):
            message = "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16."
            raise invalid(message, "max_output_tokens", "integer_below_min_value")
        context = state.context(previous)
        if context is None:
            raise unknown_previous(previous)
    except Refused as refused:
        return refused.response
    instructions = "\n".join(filter(None, [body.get("instructions"), system]))
    context += said
    deltas = exchange.deltas(answer(instructions, user_texts(context)))
    told = len(words(instructions)) + sum(len(words(message.text)) for message in context)
    reply = Reply(
        f"resp_{uuid4().hex}",
        f"msg_{uuid4().hex}",
        body,
        exchange.fault,
        deltas[:limit],
        deltas[limit or len(deltas) :] != [],
        told,
    )
    response: web.StreamResponse
    if body.get("stream"):
        response, whole = await send(exchange, WIRE, reply.frames())
    else:
        whole = await exchange.wait(exchange.pace * len(deltas))
        response = web.json_response(reply.response(reply.status))
    if whole and reply.status != "failed" and body.get("store") is not False:
        state.responses[reply.id] = Stored(previous, (*said, Message("assistant", reply.text)))
    return response
