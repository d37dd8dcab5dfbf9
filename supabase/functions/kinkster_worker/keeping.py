"""Keeps what streams: the checkpoints of all turns of this worker, many in one statement.

Text is sent to a client when the database has it, so however a worker ends, any other one can go on
exactly where the client stopped. A checkpoint also renews the lease, and tells whether it still holds.
"""

import asyncio
import time
from collections.abc import Iterable

from kinkster_worker import errors
from kinkster_worker.logs import fields, log
from kinkster_worker.plan import Checkpoint, Stored
from kinkster_worker.queries import Queries
from kinkster_worker.run import LEAST_RESUME_SECONDS, Run

FLUSH_SECONDS = 0.2  # between checkpoints of a turn that somebody reads along
GATHER_SECONDS = 0.005  # between statements, so that first texts go together too
LOCKED_SECONDS = 0.05  # until a row that was locked is asked again
STOP_SECONDS = 5.0  # longest wait for a call that is under way
AWAY_SECONDS = 0.2  # until the next try while the database is away


class Keeper:
    """Stores the texts of the runs it is given, and stops those that are no longer ours or nobody's."""

    def __init__(self, queries: Queries, heartbeat_seconds: float) -> None:
        self._queries, self._heartbeat_seconds = queries, heartbeat_seconds
        self._runs: set[Run] = set()
        self._asked: set[Run] = set()  # due at once
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._task = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Ends; the runs are settled by then."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=STOP_SECONDS)

    def add(self, run: Run) -> None:
        """Takes care of a run."""
        self._runs.add(run)
        if len(self._runs) == 1:
            self._wake.set()

    def discard(self, run: Run) -> None:
        """Leaves the run to whoever settles it."""
        self._runs.discard(run)
        self._asked.discard(run)

    def ask(self, run: Run) -> None:
        """Makes a run due at once."""
        if run in self._runs:
            self._asked.add(run)
            self._wake.set()

    def doubt(self, turn_id: str | None) -> None:
        """Looks at once whether a turn (None: every one) is still ours."""
        for run in self._runs:
            if turn_id in (None, run.plan["turn_id"]):
                self.ask(run)

    async def _serve(self) -> None:
        loop, tick = asyncio.get_running_loop(), 0.0
        while True:
            if not self._asked:
                self._wake.clear()
                timer = loop.call_at(tick, self._wake.set) if self._runs else None
                await self._wake.wait()
                if timer:
                    timer.cancel()
            due, self._asked = self._asked, set()
            if loop.time() >= tick:
                tick = loop.time() + FLUSH_SECONDS
                now = time.monotonic()
                due.update(run for run in self._runs if self._is_due(run, now))
            if not due:  # the first text of a run that has just begun is not to wait
                continue
            try:
                await self._keep(due)
            except Exception:
                log.exception("keeping_crashed")
            await asyncio.sleep(GATHER_SECONDS)

    def _is_due(self, run: Run, now: float) -> bool:
        if now > run.kept_at + run.plan["lease_seconds"]:
            run.stop(errors.DatabaseLost())
            return False
        has_news = run.size > (run.shown if run.followers else run.stored)
        return (
            (has_news and run.is_watched)
            or now >= run.kept_at + min(self._heartbeat_seconds, run.plan["lease_seconds"] / 3)
            or now >= run.give_up_at
        )

    async def _keep(self, due: Iterable[Run]) -> None:
        """Stores the news of these runs. Of two with one turn id, by which answers go, one has to wait."""
        batch: dict[str, Run] = {}
        for run in due:
            if batch.setdefault(run.plan["turn_id"], run) is not run:
                self.ask(run)
        if not batch:
            return
        sent_at, checkpoints = time.monotonic(), [_checkpoint(run) for run in batch.values()]
        try:
            answer = await self._queries.checkpoint_turns(checkpoints)
        except (errors.DatabaseUnavailable, errors.SchemaUnknown):  # the latter ends the worker by itself
            self._again(batch.values())
            await asyncio.sleep(AWAY_SECONDS)
            return
        except Exception as error:
            for run in batch.values():
                if len(batch) > 1:  # which of them is it?
                    await self._keep([run])
                else:
                    code = getattr(error, "code", type(error).__name__)
                    log.error("checkpoint_refused", extra=fields(turn_id=run.plan["turn_id"], code=code))
                    run.stop(errors.WorkerFailed())
                    self.discard(run)
            return
        locked = []
        for run, checkpoint in zip(batch.values(), checkpoints, strict=True):
            stored = answer.get(run.plan["turn_id"])
            if stored is None:
                locked.append(run)
            else:
                self._note(run, checkpoint, stored, sent_at)
        if locked:
            asyncio.get_running_loop().call_later(LOCKED_SECONDS, self._again, locked)

    def _again(self, runs: Iterable[Run]) -> None:
        for run in runs:
            self.ask(run)

    def _note(self, run: Run, checkpoint: Checkpoint, stored: Stored, sent_at: float) -> None:
        if stored["state"] == "lost":
            if run in self._runs:
                run.stop(errors.LeaseLost())
                self.discard(run)
            return
        run.kept(stored, checkpoint["from"] + len(checkpoint["text"]), checkpoint["shown"], sent_at)
        if sent_at >= run.give_up_at:
            if run.followed:
                run.give_up_at = time.monotonic() + max(run.resume_seconds, LEAST_RESUME_SECONDS)
            else:
                run.stop(errors.ClientGone())
                self.discard(run)


def _checkpoint(run: Run) -> Checkpoint:
    user_id, turn_id, lease = run.ids
    return {
        "user_id": user_id,
        "turn_id": turn_id,
        "lease": lease,
        "from": run.stored,
        "text": run.gather()[run.stored :],
        "shown": run.followers > 0,
    }
