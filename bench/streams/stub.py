"""The provider's side, as cheap as it can be: `python -m bench.streams.stub` prints its port and answers each
POST with one of a few streams of the Responses API that are made beforehand.

A message names its stream, `stream 17`, and each has another text, so that whoever mixes them up is found
out. `stream 17 waits` stops after ten deltas until the connection is closed; `stream 17 slowly` sends a delta
each 5 ms, as a fast model does; the others come as fast as they can be taken.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from kinkster_worker.offline.faults import NONE
from kinkster_worker.offline.response_events import Reply

TEXTS, DELTAS, WAITS_AFTER, PACE = 64, 50, 10, 0.005
Way = Literal["", " waits", " slowly"]
MODEL = "gpt-4o-mini"
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_NUMBER = re.compile(rb"stream (\d+)( waits| slowly)?")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def message(number: int, way: Way = "") -> str:
    """What a client says to be answered by a stream."""
    return f"Tell me stream {number}{way}, please."


def deltas(number: int) -> list[str]:
    """The pieces of a stream's text; some hold what is more than a byte."""
    return [f"{word} of tale {number % TEXTS}, “and on”. " for word in range(DELTAS)]


def text(number: int) -> str:
    """The text of a stream."""
    return "".join(deltas(number))


def chunk(data: bytes) -> bytes:
    """A piece of a body without a length."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def pieces(number: int) -> Iterator[bytes]:
    """What is written at a time: what comes before the text, each delta, and what comes after."""
    asked = {"model": MODEL}
    reply = Reply(f"resp_{number:032x}", f"msg_{number:032x}", asked, NONE, deltas(number), False, 900)
    before, after = b"", b""
    found: list[bytes] = []
    for frame in reply.frames():
        if frame.delta:
            found.append(chunk(frame.data))
        elif found:
            after += frame.data
        else:
            before += frame.data
    yield _HEAD + chunk(before)
    yield from found
    yield chunk(after) + b"0\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection, kept from request to request."""

    _streams: ClassVar = [list(pieces(number)) for number in range(TEXTS)]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._got = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answers once the whole request is there; the last number counts, since a transcript has others."""
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or not length or len(body) < int(length[1]):
            return
        self._got = b""
        number, way = _NUMBER.findall(body)[-1]
        stream = self._streams[int(number) % TEXTS]
        self._write(iter(stream[: WAITS_AFTER + 1] if way == b" waits" else stream), way == b" slowly")

    def _write(self, rest: Iterator[bytes], slowly: bool) -> None:
        """Writes one piece, and the next when others had their turn: each is a packet of its own."""
        piece = next(rest, None)
        if piece is not None and not self._transport.is_closing():
            self._transport.write(piece)
            loop = asyncio.get_running_loop()
            if slowly:
                loop.call_later(PACE, self._write, rest, slowly)
            else:
                loop.call_soon(self._write, rest, slowly)


async def main() -> None:
    """Serves until it is killed."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
