"""The clients' side, as cheap as it can be: `python -m bench.streams.load` reads a Job as JSON from its
standard input, opens as many streams as it says, so many at once, and prints a Told as JSON.

What comes is only kept while the time runs, and is read and compared afterwards.
"""

import asyncio
import contextlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import TypedDict

from bench.streams.stub import Way, message, text

LONGEST_SECONDS = 120.0
"""Streams that are not there by then are missing."""


class Job(TypedDict):
    """Requests are made of `head` and `body`, with the n-th of `values` for VALUE0, VALUE1 … and the message
    of stream n for MESSAGE; n begins with `begin`. The first text is known by `first`, the last by `end`.
    Streams that wait are left open until a line comes in.
    """

    port: int
    head: str
    body: str
    values: list[list[str]]
    first: str
    end: str
    begin: int
    streams: int
    at_once: int
    way: Way


class Told(TypedDict):
    """Wall and CPU seconds, seconds to the first text of each stream, and the numbers of wrong streams."""

    wall: float
    cpu: float
    first: list[float]
    wrong: list[int]


class Client(asyncio.Protocol):
    """One connection that asks for one stream after the other."""

    def __init__(self, job: Job, numbers: Iterator[int], done: asyncio.Future[None]) -> None:
        self._job, self._numbers, self._done = job, numbers, done
        self._first_mark, self._end_mark = job["first"].encode(), job["end"].encode()
        self.first: list[float] = []
        self.got: list[tuple[int, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the first one."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            self._transport.close()
            return
        self._number, self._tail = number, b""
        self._parts: list[bytes] = []
        self._has_text = self._has_end = False
        self._asked = time.perf_counter()
        self._transport.write(request(self._job, number))

    def data_received(self, data: bytes) -> None:
        """Keeps what comes, and looks for the first text and the end."""
        self._parts.append(data)
        if b" 200 " not in self._parts[0][:20]:
            self._transport.close()  # an error: the rest of this client's streams are missing
            return
        if not self._has_text and self._first_mark in self._tail + data:
            self._has_text = True
            self.first.append(time.perf_counter() - self._asked)
            if self._job["way"] == " waits":
                self._done.set_result(None)
        self._has_end = self._has_end or self._end_mark in self._tail + data
        if self._has_end and (self._tail + data).endswith(b"0\r\n\r\n"):
            self.got.append((self._number, b"".join(self._parts)))
            self._next()
            return
        self._tail = data[-64:]

    def connection_lost(self, error: Exception | None) -> None:
        """Over: whole, or with a stream that lacks its end."""
        if self._parts and (not self.got or self.got[-1][0] != self._number):
            self.got.append((self._number, b"".join(self._parts)))
        if not self._done.done():
            self._done.set_result(None)


def request(job: Job, number: int) -> bytes:
    """The bytes of a request."""
    values = job["values"][number % len(job["values"])]

    def filled(template: str) -> str:
        for place, value in enumerate(values):
            template = template.replace(f"VALUE{place}", value)
        return template

    said = filled(job["body"]).replace("MESSAGE", message(number, job["way"])).encode()
    return f"{filled(job['head'])}\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said


def body_of(raw: bytes) -> bytes:
    """The body of a response that came in chunks."""
    _, _, rest = raw.partition(b"\r\n\r\n")
    found = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        found.append(rest[:length])
        rest = rest[length + 2 :]
    return b"".join(found)


def told_text(raw: bytes) -> str:
    """The text of a stream: of events that are {"text": …}, or deltas of the Responses API."""
    found = []
    for event in body_of(raw).split(b"\n\n"):
        data = b"".join(line[5:] for line in event.split(b"\n") if line.startswith(b"data:")).strip()
        if not data or data == b"[DONE]":
            continue
        said = json.loads(data)
        if "text" in said and "type" not in said:
            found.append(said["text"])
        elif said.get("type") == "response.output_text.delta":
            found.append(said["delta"])
    return "".join(found)


async def run(job: Job) -> Told:
    """Opens the streams, and reads them to their ends; or, where they wait, until a line comes in."""
    loop = asyncio.get_running_loop()
    expected = range(job["begin"], job["begin"] + job["streams"])
    numbers = iter(expected)
    began, cpu = time.perf_counter(), time.process_time()
    clients, ends = [], []
    for _ in range(min(job["at_once"], job["streams"])):
        done: asyncio.Future[None] = loop.create_future()
        ends.append(done)
        _, client = await loop.create_connection(
            partial(Client, job, numbers, done), "127.0.0.1", job["port"]
        )
        clients.append(client)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_SECONDS):
            await asyncio.gather(*ends)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    if job["way"] == " waits":
        have_text = sum(len(client.first) for client in clients)
        print("open" if have_text == job["streams"] else f"{have_text} have a text", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        return {"wall": wall, "cpu": spent, "first": [], "wrong": []}
    got = [each for client in clients for each in client.got]
    wrong = [number for number, raw in got if b" 200 " not in raw[:20] or told_text(raw) != text(number)]
    wrong += sorted(set(expected) - {number for number, _ in got})
    return {
        "wall": wall,
        "cpu": spent,
        "first": [each for client in clients for each in client.first],
        "wrong": wrong,
    }


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    print(json.dumps(asyncio.run(run(json.loads(sys.stdin.readline())))), flush=True)
