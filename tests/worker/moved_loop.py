"""An event loop that waits for the network and the database alone: its clock moves to what is due next."""

import asyncio
import selectors
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg

QUIET_SECONDS, BUSY_SECONDS = 0.001, 5.0  # without anything from a socket until the clock moves
MOVE = "update kinkster.settings set clock_offset = %s"


class MovedLoop(asyncio.SelectorEventLoop):
    """The loop. Its clock stands, however long anything takes, until nothing is left to do but to wait; then
    it moves, and the database's with it. `is_busy` says that the database is at work.
    """

    def __init__(self, admin: psycopg.Connection, is_busy: Callable[[], bool]) -> None:
        self._moved, self._began, self._admin = 0.0, time.monotonic(), admin
        super().__init__(_Selector(self._move, is_busy))

    def time(self) -> float:
        """Seconds that were waited for, none of which need have passed."""
        return self._moved

    def _move(self, seconds: float) -> None:
        self._moved += seconds
        passed = time.monotonic() - self._began
        self._admin.execute(MOVE, [timedelta(seconds=self._moved - passed)])


class _Selector(selectors.DefaultSelector):
    """Waits for sockets; in place of waiting until a time, it moves the clock to it."""

    def __init__(self, move: Callable[[float], None], is_busy: Callable[[], bool]) -> None:
        super().__init__()
        self._move, self._is_busy = move, is_busy

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; nothing when the clock was moved."""
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(BUSY_SECONDS if self._is_busy() else QUIET_SECONDS)
        if not ready:
            self._move(timeout)
        return ready
