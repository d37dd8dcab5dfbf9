"""Comments that keep quiet event streams open: one task for all streams of a worker."""

import asyncio
import time
from typing import Protocol

from kinkster_worker.logs import log


class Stream(Protocol):
    """An event stream whose headers are sent."""

    async def comment(self) -> None:
        """Sends a comment, or leaves it; never waits for the reader."""
        ...


class KeepAlive:
    """Has a comment sent on streams on which nothing else was sent for so long, so that no proxy gives up."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._sent_at: dict[Stream, float] = {}  # the one that is quiet for longest comes first
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Ends."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    def sent(self, stream: Stream) -> None:
        """Something is sent on this stream; it is quiet from now on."""
        self._sent_at.pop(stream, None)
        self._sent_at[stream] = time.monotonic()

    def discard(self, stream: Stream) -> None:
        """The stream ends."""
        self._sent_at.pop(stream, None)

    async def _serve(self) -> None:
        """Sleeps until the first one is due; a stream that comes meanwhile is not due any earlier."""
        while True:
            stream, sent_at = next(iter(self._sent_at.items()), (None, time.monotonic()))
            wait = sent_at + self._seconds - time.monotonic()
            if wait > 0 or stream is None:
                await asyncio.sleep(wait)
                continue
            self.sent(stream)
            try:
                await stream.comment()
            except Exception:
                log.exception("keep_alive_crashed")
