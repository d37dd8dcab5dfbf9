"""What all of Notion's routes share: token, pace, faults on command, version, and the body's form."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .exchange import Exchange
from .faults import NONE
from .notion_call import Call, Handler
from .notion_errors import MISSING, NotionError, invalid, wrong
from .notion_faults import NotionFault
from .notion_pace import admit
from .notion_state import NOTION, Bot, NotionEntry
from .notion_workspace import VERSIONS
from .state import STATE
from .streams import hang_up

PREFIX = "/notion"
_MOST_BYTES = 500_000
_HTML = "<!doctype html><html><body><h1>{status}</h1><p>The offline gateway has no answer.</p></body></html>"


def notion_route(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A route that answers as Notion does."""

    async def handle(request: web.Request) -> web.StreamResponse:
        notion, raw = request.app[NOTION], await request.read()
        path = request.path.removeprefix(PREFIX)
        body = _json(raw)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        bot = notion.bots.get(token) if kind.lower() == "bearer" else None
        entry = notion.note(request, path, None if body is MISSING else body, bot)
        try:
            response = await _answer(request, entry, raw, body, bot, handler)
            entry.status = None if entry.aborted else response.status
        except NotionError as error:
            entry.status = error.status
            return error.response()
        except asyncio.CancelledError:
            entry.aborted = True
            raise
        else:
            return response
        finally:
            entry.ended = time.time()

    return handle


def no_route(call: Call) -> Any:
    """What isn't there."""
    raise NotionError(400, "Invalid request URL.", "invalid_request_url")


async def _answer(
    request: web.Request, entry: NotionEntry, raw: bytes, body: Any, bot: Bot | None, handler: Handler
) -> web.Response:
    notion = request.app[NOTION]
    if bot is None:
        raise NotionError(401, "API token is invalid.")
    too_fast = admit(bot.sent, notion.limits.windows, asyncio.get_running_loop().time())
    if too_fast:
        raise too_fast

    def carry_out() -> web.Response:
        try:
            version = _checked(request, raw, body)
            workspace = notion.workspace(bot.workspace)
            call = Call(bot, workspace, notion.limits, version, request.match_info, request.query, body)
            return web.json_response(handler(call))
        except NotionError as error:
            return error.response()

    fault = notion.take_fault(entry.method, entry.path, raw.decode(errors="replace"))
    if fault is None:
        return carry_out()
    entry.fault = fault
    done = carry_out() if fault.done else None
    exchange = Exchange(request.app[STATE], request, entry, body, NONE)
    return await _meet(fault, exchange, done) or done or carry_out()


async def _meet(fault: NotionFault, exchange: Exchange, done: web.Response | None) -> web.Response | None:
    """What the request gets of a fault; None when it is to have the usual answer."""
    match fault.kind:
        case "status":
            return fault.error().response()
        case "html":
            text = _HTML.format(status=fault.status)
            return web.Response(text=text, content_type="text/html", status=fault.status)
        case "cut":
            exchange.entry.aborted = True
            if exchange.request.transport is not None:
                hang_up(exchange.request.transport, reset=True)
            return web.Response(status=503)
    seconds = fault.seconds if fault.kind == "delay" else float("inf")
    return None if await exchange.wait(seconds) else web.Response(status=503)


def _json(raw: bytes) -> Any:
    """The body; None where there is none, MISSING where it is no JSON."""
    try:
        return json.loads(raw, parse_constant=_refuse) if raw else None
    except (ValueError, RecursionError):
        return MISSING


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _checked(request: web.Request, raw: bytes, body: Any) -> str:
    """The version that a request asks for; refuses one that can't be read."""
    version = request.headers.get("Notion-Version")
    if version is None:
        message = "Notion-Version header should be defined, instead was `undefined`."
        raise NotionError(400, f"Notion-Version header failed validation: {message}", "missing_version")
    if version not in VERSIONS:
        known = " or ".join(f'`"{one}"`' for one in VERSIONS)
        message = f'Notion-Version header should be {known}, instead was `"{version}"`.'
        raise invalid(f"Notion-Version header failed validation: {message}")
    if len(raw) > _MOST_BYTES:
        raise wrong("body", f"≤ `{_MOST_BYTES}` bytes", len(raw))
    if body is MISSING:
        raise NotionError(400, "Error parsing JSON body.", "invalid_json")
    return version
