"""Server-sent events at a believable pace, and the ways in which a stream can break."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from .exchange import Exchange
from .faults import Fault

_BREAKS = {"stall", "cut", "truncate", "drop", "malformed", "error_event"}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Frame(NamedTuple):
    """One event's bytes. Only deltas are paced and counted."""

    data: bytes
    delta: bool = False


@dataclass(frozen=True)
class Wire:
    """What a protocol adds to its frames: headers, an error event by its place in the stream, a chunk that is
    no JSON, and, for Flowise, the comment of a silent stream and the events that answer an abort."""

    headers: Mapping[str, str]
    error: Callable[[Fault, int], bytes]
    garbage: bytes
    heartbeat: bytes = b""
    stopped: bytes = b""


def compact(data: Any) -> str:
    """JSON on one line, with characters as they are."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


async def send(
    exchange: Exchange, wire: Wire, frames: Iterable[Frame], stop: asyncio.Event | None = None
) -> tuple[web.StreamResponse, bool]:
    """Streams the frames, breaking where the fault says; the flag tells whether all of them were sent."""
    response = web.StreamResponse(headers=wire.headers)
    fault, whole, deltas = exchange.fault, False, 0
    due = fault.kind in _BREAKS
    try:
        await response.prepare(exchange.request)
        for place, frame in enumerate(frames):
            if due and (deltas == fault.after if frame.delta else deltas > 0):
                if fault.kind != "malformed":
                    await _break(exchange, wire, response, place, stop)
                    break
                await response.write(wire.garbage)
                due = False
            if frame.delta:
                deltas += 1
                if not await exchange.wait(exchange.pace, stop):
                    break
            await response.write(frame.data)
            await asyncio.sleep(0)
        else:
            whole = True
        if stop and stop.is_set():
            await response.write(wire.stopped)
        if exchange.connected:
            await response.write_eof()
    except ConnectionResetError:
        exchange.entry.aborted = True
        return response, False
    return response, whole


async def _break(
    exchange: Exchange, wire: Wire, response: web.StreamResponse, place: int, stop: asyncio.Event | None
) -> None:
    transport = exchange.request.transport
    match exchange.fault.kind:
        case "error_event":
            await response.write(wire.error(exchange.fault, place))
        case "stall":
            beat = exchange.state.heartbeat if wire.heartbeat else float("inf")
            while await exchange.wait(beat, stop):
                await response.write(wire.heartbeat)
        case ("truncate" | "drop") as kind if transport is not None:
            hang_up(transport, reset=kind == "drop")


def hang_up(transport: asyncio.Transport, *, reset: bool) -> None:
    """Closes a connection in the middle of an answer, or resets it."""
    if reset:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
