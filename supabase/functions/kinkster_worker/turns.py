"""A turn's way: plan → provider stream → settle, in a task of its own.

keeping.py stores the text meanwhile, following.py carries it to clients.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp

from kinkster_worker import errors
from kinkster_worker.asking import Providers
from kinkster_worker.keeping import Keeper
from kinkster_worker.logs import fields, log
from kinkster_worker.metrics import Metrics
from kinkster_worker.plan import About, Claimed, Outcome, Settled
from kinkster_worker.providers import Completed
from kinkster_worker.queries import Queries
from kinkster_worker.request import ChatRequest
from kinkster_worker.run import Run
from kinkster_worker.settings import Settings

SETTLE_WAIT = 0.2  # seconds until settling is tried again while the database is away; doubled each time
LONGEST_SETTLE_WAIT = 2.0
LAST_SETTLE_SECONDS = 4.0  # how long it is tried when the worker stops

T = TypeVar("T")


class Turns:
    """Claims turns and runs them."""

    def __init__(
        self, settings: Settings, queries: Queries, session: aiohttp.ClientSession, metrics: Metrics
    ) -> None:
        self._settings, self._queries, self._metrics = settings, queries, metrics
        self.worker = secrets.token_hex(8)  # users see it in their turns, so it tells nothing of the host
        self.keeper = Keeper(queries, settings.kinkster_checkpoint_seconds)
        self.stopping = False
        self._providers = Providers(settings, queries, session)
        self._runs: dict[tuple[str, str], Run] = {}  # by user and turn: users make the ids of their turns
        self._tasks: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._settle_until = math.inf

    async def begin(self, claims: dict[str, Any], asked: ChatRequest, endpoint: str) -> Claimed:
        """Stores the message, claims its turn and starts it.

        Each call has a worker's name of its own: by it SQL knows a repeat whose first answer was lost.
        """
        worker = f"{self.worker}/{secrets.token_hex(4)}"
        claiming = self._queries.begin_turn(claims, asked, endpoint, worker, self._providers.stateless)
        claimed, _ = await self._started(claiming, self._settings.kinkster_resume_seconds)
        return claimed

    async def claim(self, user_id: str, turn_id: str) -> None:
        """Claims and starts a turn that waits, for a client. Raises LeaseLost if somebody was quicker."""
        claiming = self._queries.claim_turn(user_id, turn_id, self.worker, self._providers.stateless)
        await self._started(claiming, self._settings.kinkster_resume_seconds)

    async def claim_next(self, after_user_id: str) -> Run | None:
        """Claims and starts the next turn that waits, if any does."""
        claiming = self._queries.claim_next_turn(self.worker, after_user_id, self._providers.stateless)
        _, run = await self._started(claiming, math.inf)
        return run

    async def _started(
        self, claiming: Coroutine[Any, Any, Claimed], resume_seconds: float
    ) -> tuple[Claimed, Run | None]:
        """Answers the turn that a claim gives, if it gives one, also when the caller goes away meanwhile.

        It is answered in a task of its own that `stop` waits for.
        """

        async def start() -> tuple[Claimed, Run | None]:
            claimed = await claiming
            plan = claimed.get("plan")
            if plan is None:
                return claimed, None
            run = Run(plan, self.keeper.ask, resume_seconds)
            self._runs[plan["user_id"], plan["turn_id"]] = run
            run.task = self._watched(self._run(run))
            return claimed, run

        return await asyncio.shield(self._watched(start()))

    def __len__(self) -> int:
        """How many are being answered."""
        return len(self._runs)

    def about(self, address: str) -> About:
        """What this worker does, at its address, for the operator."""
        return {
            "address": address,
            "queue_turns": self._settings.kinkster_queue_turns,
            "notion": self._settings.kinkster_notion_key is not None,
            "openai": self._providers.openai,
            "flowise": self._providers.has_flowise,
        }

    def find(self, user_id: str, turn_id: str) -> Run | None:
        """The turn, if it is this worker that answers it."""
        return self._runs.get((user_id, turn_id))

    async def _run(self, run: Run) -> None:
        completed: Completed | None = None
        error: errors.WorkerError | None = None
        run.scope = asyncio.timeout(self._settings.kinkster_reply_seconds)
        try:
            async with run.scope:
                if run.reason or self.stopping:
                    run.stop(errors.WorkerStopped())
                self.keeper.add(run)
                completed = await self._providers.answer(run)
        except TimeoutError:
            error = run.reason or errors.ProviderTimeout("The reply took longer than a reply may take.")
        except errors.DatabaseUnavailable:
            error = errors.DatabaseLost()
        except errors.WorkerError as caught:
            error = caught
        except Exception:
            log.exception("turn_crashed", extra=fields(turn_id=run.plan["turn_id"]))
            error = errors.WorkerFailed()
        finally:
            self.keeper.discard(run)
        if run.provider and error and error.left:
            self._watched(run.provider.abort(run.plan))
        seconds = time.monotonic() - run.started
        settled = await self._settle(run, completed, error)
        log.info(
            "turn",
            extra=fields(
                turn_id=run.plan["turn_id"],
                conversation_id=run.plan["conversation_id"],
                api=run.provider.api if run.provider else None,
                status=settled["status"] if settled else None,
                code=error.code if error else None,
                characters=run.size,
                first_text_ms=run.first_text_ms,
                ms=int((time.monotonic() - run.started) * 1000),
            ),
        )
        ids = run.plan["user_id"], run.plan["turn_id"]
        if self._runs.get(ids) is run:
            del self._runs[ids]
        run.end(settled, error)
        self._metrics.ended(run, seconds, completed, error, settled)

    async def stop(self, grace: float) -> None:
        """Ends all turns. Those not whole after `grace` seconds are handed back, or fail with their text."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._idle.wait()
        self._settle_until = time.monotonic() + LAST_SETTLE_SECONDS
        for run in self._runs.values():
            run.stop(errors.WorkerStopped())
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SETTLE_SECONDS + 5):
                await self._idle.wait()
        await self.keeper.stop()

    async def _settle(
        self, run: Run, completed: Completed | None, error: errors.WorkerError | None
    ) -> Settled | None:
        """Settles; an outcome that is refused becomes a failure with the text.

        Gives what became of the turn; None when we can't tell, and its lease is lost or will run out.
        """
        for outcome in (run.outcome(completed, error), run.outcome(None, errors.WorkerFailed())):
            try:
                return await self._store(run, outcome)
            except (errors.LeaseLost, errors.DatabaseUnavailable) as away:
                log.warning("settle_failed", extra=fields(turn_id=run.plan["turn_id"], code=away.code))
                return None
            except Exception:
                log.exception("settle_refused", extra=fields(turn_id=run.plan["turn_id"]))
        return None

    async def _store(self, run: Run, outcome: Outcome) -> Settled:
        """Settles; while the database is away it tries again, as long as the lease may last."""
        wait = SETTLE_WAIT
        while True:
            try:
                return await self._queries.settle_turn(*run.ids, outcome)
            except errors.DatabaseUnavailable:
                until = min(run.kept_at + run.plan["lease_seconds"], self._settle_until)
                if time.monotonic() + wait > until:
                    raise
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_SETTLE_WAIT)

    def _watched(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        self._idle.clear()
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, errors.WorkerError):
            log.error("task_crashed", exc_info=error)
        if not self._tasks:
            self._idle.set()
