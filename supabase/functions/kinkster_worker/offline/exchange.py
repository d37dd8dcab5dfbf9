"""One request to a provider's route: noted, given its fault, and answered by the protocol's own handler."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .faults import NONE, Fault
from .persona import words
from .state import STATE, Entry, State

_LOOK_SECONDS = 0.01
_HTML = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Exchange:
    """A request with its parsed body (None where it is no JSON), and the fault that it is to meet."""

    state: State
    request: web.Request
    entry: Entry
    body: Any
    fault: Fault

    @property
    def connected(self) -> bool:
        """Whether the client is still there and the server still serves."""
        transport = self.request.transport
        return transport is not None and not transport.is_closing() and not self.state.closing.is_set()

    @property
    def pace(self) -> float:
        """Seconds a word."""
        return self.state.pace if self.fault.pace is None else self.fault.pace

    async def wait(self, seconds: float, stop: asyncio.Event | None = None) -> bool:
        """Waits; False at once, and noted as aborted, when the client leaves or `stop` is set."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self.connected and not (stop and stop.is_set()):
            left = end - loop.time()
            if left <= 0:
                return True
            await asyncio.sleep(min(left, _LOOK_SECONDS))
        self.entry.aborted = True
        return False

    def deltas(self, answer: str) -> list[str]:
        """The words to say: the answer's, or half of them, or others, as the fault will have it."""
        answer = self.fault.text or answer
        match self.fault.kind:
            case "reply" | "refusal":
                return words(self.fault.text)
            case "oversized":
                return ["x" * self.fault.size]
            case "incomplete" | "completed_incomplete" | "failed":
                said = words(answer)
                return said[: (len(said) + 1) // 2]
        return words(answer)


Handler = Callable[[Exchange], Awaitable[web.StreamResponse]]


def provider_route(
    handler: Handler, *, faulty: bool = True
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Wraps a protocol's handler: takes the next fault, and meets those that all protocols share."""

    async def handle(request: web.Request) -> web.StreamResponse:
        state = request.app[STATE]
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = None
        entry = state.note(request, body)
        fault = state.take_fault(body) if faulty else NONE
        exchange = Exchange(state, request, entry, body, fault)
        try:
            match fault.kind:
                case "no_route":
                    return await no_route(exchange)
                case "html":
                    return web.Response(text=_HTML, content_type="text/html")
                case "empty":
                    return web.Response(body=b"")
                case "delay" | "never":
                    if not await exchange.wait(fault.seconds if fault.kind == "delay" else float("inf")):
                        return web.Response(status=503)
            return await handler(exchange)
        except asyncio.CancelledError:
            entry.aborted = True
            raise
        finally:
            entry.ended = time.time()

    return handle


async def no_route(exchange: Exchange) -> web.Response:
    """A missing route as FastAPI servers answer it: nothing of OpenAI's error body."""
    missing = exchange.fault.status != 405
    return web.json_response(
        {"detail": "Not Found" if missing else "Method Not Allowed"}, status=404 if missing else 405
    )
