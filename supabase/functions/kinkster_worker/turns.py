"""A turn's way: plan → provider stream → checkpoints → settle. The doors carry the text away."""

import asyncio
import secrets
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp

from kinkster_worker import errors
from kinkster_worker.asking import Providers
from kinkster_worker.logs import fields, log
from kinkster_worker.plan import Began, Claimed, Outcome, Plan
from kinkster_worker.providers import Completed
from kinkster_worker.queries import Queries
from kinkster_worker.run import Run, Sink
from kinkster_worker.settings import Settings

SETTLE_WAITS = (0.2, 0.5, 1.0, 2.0)  # seconds between tries while the database is away

# We went away, and the provider may still be at work.
_LEFT = (errors.LeaseLost, errors.ClientGone, errors.WorkerStopped)
T = TypeVar("T")


class Turns:
    """Begins and runs turns."""

    def __init__(self, settings: Settings, queries: Queries, session: aiohttp.ClientSession) -> None:
        self._settings, self._queries = settings, queries
        self.worker = secrets.token_hex(8)  # users see it in their turns, so it tells nothing of the host
        self._providers = Providers(settings, queries, session)
        self._runs: set[Run] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    async def begin(
        self,
        claims: dict[str, Any],
        kinkster_id: str,
        message: str,
        conversation_id: str | None,
        request_id: str,
        endpoint: str,
    ) -> Began:
        """Stores the message and claims its turn; cancelled meanwhile, the turn is cancelled too.

        Each call has a worker's name of its own: by it SQL knows a repeat whose first answer was lost.
        """
        task = self._watched(
            self._queries.begin_turn(
                claims=claims,
                kinkster_id=kinkster_id,
                message=message,
                conversation_id=conversation_id,
                request_id=request_id,
                endpoint=endpoint,
                worker=f"{self.worker}/{secrets.token_hex(4)}",
                stateless=self._providers.stateless,
            )
        )
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._watched(self._give_back(task, errors.ClientGone()))
            raise

    async def claim_next(self, after_user_id: str) -> Plan | None:
        """Claims a turn that waits, or None; cancelled meanwhile, the turn fails as worker_stopped."""
        task = self._watched(
            self._queries.claim_next_turn(self.worker, after_user_id, self._providers.stateless)
        )
        try:
            return (await asyncio.shield(task)).get("plan")
        except asyncio.CancelledError:
            self._watched(self._give_back(task, errors.WorkerStopped()))
            raise

    def start(self, plan: Plan) -> asyncio.Task[errors.WorkerError | None]:
        """Answers a claimed turn for nobody in particular, in a task of its own that `stop` waits for."""
        return self._watched(self.run(plan, None))

    def doubt(self, turn_id: str | None = None) -> None:
        """Looks at once whether a running turn (None: every one) is still ours, and stops it if not."""
        for run in self._runs:
            if turn_id in (None, run.plan["turn_id"]):
                run.doubted.set()

    async def run(self, plan: Plan, sink: Sink | None) -> errors.WorkerError | None:
        """Answers a claimed turn: gives each piece of text to `sink`, and settles.

        Gives None when the reply is whole and stored, else why it is not. Cancel it when the client has gone:
        the provider's connection is closed, the turn is settled as cancelled, and CancelledError goes on.
        """
        run = Run(plan, sink)
        self._runs.add(run)
        self._idle.clear()
        try:
            return await self._run(run)
        finally:
            self._runs.discard(run)
            self._rest()

    async def _run(self, run: Run) -> errors.WorkerError | None:
        completed: Completed | None = None
        error: errors.WorkerError | None = None
        cancelled: asyncio.CancelledError | None = None
        run.scope = asyncio.timeout(self._settings.kinkster_reply_seconds)
        try:
            async with run.scope:
                if self._stopping:
                    run.stop(errors.WorkerStopped())
                keeper = self._watched(self._keep(run))
                try:
                    if run.sink is not None:
                        await run.sink.open()
                    completed = await self._providers.answer(run)
                finally:
                    keeper.cancel()
        except TimeoutError:
            error = run.reason or errors.ProviderTimeout("The reply took longer than a reply may take.")
        except errors.WorkerError as caught:
            error = caught
        except ConnectionError:
            error = errors.ClientGone()
        except asyncio.CancelledError as caught:
            cancelled, error = caught, errors.WorkerStopped() if self._stopping else errors.ClientGone()
        except Exception:
            log.exception("turn_crashed", extra=fields(turn_id=run.plan["turn_id"]))
            error = errors.WorkerFailed()
        settling = self._watched(self._settle(run, completed, error))
        if run.provider and (
            isinstance(error, _LEFT) or (isinstance(error, errors.ProviderError) and error.left)
        ):
            self._watched(run.provider.abort(run.plan))
        result = await asyncio.shield(settling)
        if cancelled:
            raise cancelled
        return result

    async def stop(self, grace: float) -> None:
        """Ends all turns. Those not whole after `grace` seconds fail as worker_stopped, text kept."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._idle.wait()
        for run in self._runs:
            run.stop(errors.WorkerStopped())
        with suppress(TimeoutError):
            async with asyncio.timeout(sum(SETTLE_WAITS) + 5):
                await self._idle.wait()

    async def _keep(self, run: Run) -> None:
        """Stores the text so far, and so renews the lease, as long as the turn runs."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.kinkster_checkpoint_seconds):
                    await run.doubted.wait()
            run.doubted.clear()
            try:
                await self._queries.checkpoint_turn(*run.ids, run.reply)
            except errors.LeaseLost as lost:
                run.stop(lost)
                return
            except errors.WorkerError as error:
                log.warning("checkpoint_failed", extra=fields(turn_id=run.plan["turn_id"], code=error.code))

    async def _settle(
        self, run: Run, completed: Completed | None, error: errors.WorkerError | None
    ) -> errors.WorkerError | None:
        if not isinstance(error, errors.LeaseLost):
            error = await self._conclude(run, run.outcome(completed, error)) or error
        log.info(
            "turn",
            extra=fields(
                turn_id=run.plan["turn_id"],
                conversation_id=run.plan["conversation_id"],
                api=run.provider.api if run.provider else None,
                code=error.code if error else None,
                characters=run.size,
                first_text_ms=run.first_text_ms,
                ms=int((time.monotonic() - run.started) * 1000),
            ),
        )
        return error

    async def _conclude(self, run: Run, outcome: Outcome) -> errors.WorkerError | None:
        """Settles; an outcome that is refused becomes a failure with the text. Gives why it is not stored."""
        failed = errors.WorkerFailed()
        plain = Outcome(
            status="failed",
            reply=run.reply,
            error_code=failed.code,
            error_message=failed.message,
            error_hint=failed.hint,
        )
        for tried in (outcome, plain):
            try:
                lost = await self._store(run, tried)
            except Exception:
                log.exception("settle_refused", extra=fields(turn_id=run.plan["turn_id"]))
            else:
                return lost or (failed if tried is plain else None)
        return failed

    async def _store(self, run: Run, outcome: Outcome) -> errors.WorkerError | None:
        """Settles; tries again while the database is away. Gives why the turn is not ours or out of reach."""
        for wait in (*SETTLE_WAITS, None):
            try:
                await self._queries.settle_turn(*run.ids, outcome)
            except errors.DatabaseUnavailable as unavailable:
                if wait is None:
                    log.error(
                        "settle_failed", extra=fields(turn_id=run.plan["turn_id"], code=unavailable.code)
                    )
                    return unavailable
                await asyncio.sleep(wait)
            except errors.LeaseLost as lost:
                return lost
            else:
                return None
        raise AssertionError

    async def _give_back(
        self, claiming: asyncio.Task[Began] | asyncio.Task[Claimed], reason: errors.TurnError
    ) -> None:
        """Ends a turn that was being claimed when whoever claimed it went away."""
        claimed = await claiming
        if claimed["state"] == "claimed":
            await self._settle(Run(claimed["plan"], None), None, reason)

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
        self._rest()

    def _rest(self) -> None:
        if not self._runs and not self._tasks:
            self._idle.set()
