"""The queue door: answers turns that were sent by SQL and wait, and hears which were cancelled or followed.

A notice is only a hint to look, so a lost, late, doubled or forged one does no harm: waiting turns are found
by polling too, and what became of a running one at its next checkpoint.
"""

import asyncio
import time
from contextlib import suppress
from uuid import uuid4

from kinkster_worker import errors
from kinkster_worker.logs import fields, log
from kinkster_worker.queries import CHANGED, Queries
from kinkster_worker.turns import Turns

LISTEN_WAIT = 0.2  # seconds until a dead connection is opened again; doubled each time
LONGEST_LISTEN_WAIT = 5.0


class Queue:
    """Answers at most `most` turns at a time, looking for them every `poll_seconds` and at each notice.

    With `most` 0 it claims nothing, and only hears which turns of the other door were cancelled.
    """

    def __init__(self, turns: Turns, queries: Queries, most: int, poll_seconds: float) -> None:
        self._turns, self._queries, self._most, self._poll_seconds = turns, queries, most, poll_seconds
        self._after = str(uuid4())  # the user of the last claim; workers begin at different ones
        self._running: set[asyncio.Task[None]] = set()
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Opens the door."""
        self._task = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Claims no more. The turns that run are `Turns.stop`'s to end."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _serve(self) -> None:
        """Runs both loops; a defect in one is logged, and both begin again."""
        while True:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._listen())
                    if self._most:
                        group.create_task(self._claim())
            except* Exception as crashed:
                for error in crashed.exceptions:
                    log.error("queue_crashed", exc_info=error)
            await asyncio.sleep(self._poll_seconds)

    async def _claim(self) -> None:
        """Fills the free places, then waits for a notice, for a place, or for the next poll."""
        while True:
            self._look.clear()
            await self._fill()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._look.wait()

    async def _fill(self) -> None:
        while len(self._running) < self._most:
            try:
                run = await self._turns.claim_next(self._after)
            except errors.WorkerError:
                self._after = str(uuid4())  # a turn that can't be claimed does not hold up the others
                return
            if run is None:
                return
            self._after = run.plan["user_id"]
            self._running.add(run.task)
            run.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._look.set()

    async def _listen(self) -> None:
        """Hears notices; what may have been missed while nobody listened is looked for at once."""
        wait, deaf = LISTEN_WAIT, False
        while True:
            opened = time.monotonic()
            try:
                async with self._queries.listening() as notices:
                    if deaf:
                        log.info("notices_back")
                    deaf = False
                    self._turns.keeper.doubt(None)
                    self._look.set()
                    async for notice in notices:
                        if notice.channel == CHANGED:
                            self._turns.keeper.doubt(notice.payload)
                        else:
                            self._look.set()
            except errors.WorkerError as error:
                if not deaf:
                    log.warning("notices_lost", extra=fields(code=error.code))
                deaf = True
            lived = time.monotonic() - opened
            wait = LISTEN_WAIT if lived > LONGEST_LISTEN_WAIT else min(2 * wait, LONGEST_LISTEN_WAIT)
            await asyncio.sleep(wait)
