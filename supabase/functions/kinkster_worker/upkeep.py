"""What a worker does beside answering: it says that it runs, adds up figures, and watches a rollout."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from kinkster_worker import __version__, errors
from kinkster_worker.logs import fields, log
from kinkster_worker.plan import About
from kinkster_worker.queries import Queries

UPKEEP_SECONDS = 30.0
LAST_SECONDS = 1.0  # for the last word of a worker that stops


class Upkeep:
    """Each chore goes round by itself, so that none holds up another; what fails is tried again next time.

    `worker` is the name that stands in the turns.
    """

    def __init__(self, queries: Queries, worker: str) -> None:
        self._queries, self._worker = queries, worker
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, about: Callable[[], About]) -> None:
        """Begins. `about` says what the worker does at the moment."""

        async def note() -> None:
            await self._queries.note_worker(self._worker, __version__, about())

        chores = {"note_worker": note, "roll_up_turns": self._roll_up, "watch_rollout": self._watch}
        self._tasks = [asyncio.create_task(self._repeat(name, chore)) for name, chore in chores.items()]

    async def stop(self) -> None:
        """Ends, and says so: a worker that is not heard of again was lost."""
        if not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(errors.WorkerError, TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self._queries.forget_worker(self._worker)

    async def _repeat(self, name: str, chore: Callable[[], Awaitable[None]]) -> None:
        """Does a chore again and again. Its failure is said once; of the database, `queries` says it."""
        failing = False
        while True:
            try:
                await chore()
                if failing:
                    log.info("upkeep_back", extra=fields(chore=name))
                failing = False
            except (errors.DatabaseUnavailable, errors.SchemaUnknown):
                pass
            except Exception as error:
                if not failing:
                    log.error("upkeep_failed", extra=fields(chore=name), exc_info=error)
                failing = True
            await asyncio.sleep(UPKEEP_SECONDS)

    async def _watch(self) -> None:
        found = await self._queries.watch_rollout()
        if found["paused"]:
            log.warning(
                "rollout_paused", extra=fields(rollout_id=found["rollout_id"], because=found["because"])
            )

    async def _roll_up(self) -> None:
        while (await self._queries.roll_up_turns())["state"] == "more":
            pass
