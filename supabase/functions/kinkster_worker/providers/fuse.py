"""The longest wait for the next bytes of a body."""

import asyncio

import aiohttp


class Fuse:
    """Ends waits for the bytes of one body: a read that takes too long raises TimeoutError.

    Reads are many and most are short, so that a timer for each would cost more than the reading. This one
    stays as it is, and is set again where it rings before the last wait is over. It burns on after a read:
    await nothing between that one and the next. Use it as a context manager.
    """

    __slots__ = ("_content", "_loop", "_timer", "_until")

    def __init__(self, content: aiohttp.StreamReader) -> None:
        self._content, self._loop = content, asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> "Fuse":
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def burn(self, seconds: float) -> None:
        """Allows the next read to take so long from now on."""
        self._until = self._loop.time() + seconds
        if self._timer and self._timer.when() > self._until:
            self._timer.cancel()
            self._timer = None
        self._timer = self._timer or self._loop.call_at(self._until, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._ring)
        else:
            self._content.set_exception(TimeoutError())
