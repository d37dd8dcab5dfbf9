"""One turn while it is being answered."""

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from kinkster_worker import errors
from kinkster_worker.plan import Outcome, Plan, Settled, Stored
from kinkster_worker.providers import Completed, Provider

LEAST_RESUME_SECONDS = 1.0  # for a client that is known to be there
MAX_REPLY = 400_000  # characters; a provider that does not stop can't fill the memory


class Run:
    """One turn while it is being answered: its text so far, how far it is stored, and who reads along.

    Followers may be sent `text[:shown]` and nothing else: the database has it, and knows that they see it.
    `resume_seconds` is how long it goes on when they have all left, for one of them to come back; `ask` asks
    for a checkpoint at once.
    """

    task: asyncio.Task[None]

    def __init__(self, plan: Plan, ask: Callable[["Run"], None], resume_seconds: float = math.inf) -> None:
        self.plan, self._ask, self.resume_seconds = plan, ask, resume_seconds
        self.tag = plan["lease"][:8]
        self.started = self.kept_at = time.monotonic()  # kept_at: when what last renewed the lease was sent
        self.first_text_ms: int | None = None
        self.text = ""
        # Characters: that Postgres has, that clients may see, in all.
        self.stored = self.shown = self.size = 0
        self.followers = 0  # of this process
        self.followed = False  # at other workers
        # When it ends unless somebody follows it. The first one is on the way.
        self.give_up_at = self.started + max(resume_seconds, LEAST_RESUME_SECONDS)
        self.provider: Provider | None = None
        self.scope = asyncio.timeout(None)
        self.reason: errors.WorkerError | None = None
        self.over = False
        self.handed_on = False  # over, and not ours to say how: the database knows
        self.error: dict[str, Any] | None = None  # over: what clients are told instead of [DONE]
        self._parts: list[str] = []
        self._waiting: list[asyncio.Future[None]] = []  # for news

    @property
    def ids(self) -> tuple[str, str, str]:
        """User, turn and lease, as the functions in SQL take them."""
        return self.plan["user_id"], self.plan["turn_id"], self.plan["lease"]

    @property
    def is_watched(self) -> bool:
        """Whether somebody reads along, or may at any moment come back to do so."""
        return self.followers > 0 or self.followed or self.give_up_at < math.inf

    def take(self, text: str) -> None:
        """Adds a piece of text. Raises ReplyTooLong past the limit."""
        room = MAX_REPLY - self.size
        kept = text if len(text) <= room else text[:room]
        self._parts.append(kept)
        self.size += len(kept)
        if self.first_text_ms is None:
            self.first_text_ms = int((time.monotonic() - self.started) * 1000)
            self._forget_prompt()
            if self.is_watched:
                self._ask(self)
        if kept is not text:
            raise errors.ReplyTooLong

    def _forget_prompt(self) -> None:
        """Who has begun to answer is not asked again, and the prompt is most of what a turn holds."""
        self.plan["instructions"] = self.plan["limits"] = self.plan["message"] = ""
        self.plan["history"] = None

    def gather(self) -> str:
        """The text so far."""
        if self._parts:
            self.text += "".join(self._parts)
            self._parts.clear()
        return self.text

    def join(self) -> None:
        """One more client of this process reads along."""
        self.followers += 1
        self.give_up_at = math.inf
        if self.size > self.shown:
            self._ask(self)

    def leave(self) -> None:
        """One less."""
        self.followers -= 1
        if not self.followers:
            self.give_up_at = time.monotonic() + self.resume_seconds
            if not self.resume_seconds:
                self._ask(self)

    def kept(self, stored: Stored, upto: int, shown: bool, sent_at: float) -> None:
        """A checkpoint up to so many characters was stored."""
        self.followed, self.kept_at, self.stored = stored["followed"], sent_at, upto
        if shown and upto > self.shown:
            self.shown = upto
            self._tell()

    def end(self, settled: Settled | None, error: errors.WorkerError | None) -> None:
        """Nothing more comes. What is stored by now is shown, unless the user wanted it to stop.

        `error` is what ended it, and is told to clients where the database has nothing else to say.
        """
        status = settled["status"] if settled else "queued"
        if status in ("completed", "failed"):
            self.shown = len(self.gather())
        elif status == "cancelled":
            self.shown = 0  # a slow reader is sent no more either
        if settled and status in ("failed", "cancelled"):
            known = (error or errors.WorkerFailed()).as_json()
            self.error = {"error": settled["error"]} if settled["error"] else known
        self.over, self.handed_on = True, status == "queued"
        self._tell()

    def _tell(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def news(self) -> None:
        """Waits until more is shown, or it is over. Look first, and without awaiting anything between."""
        news = asyncio.get_running_loop().create_future()
        self._waiting.append(news)
        await news

    def stop(self, reason: errors.WorkerError) -> None:
        """Ends the call of the provider from outside; `reason` becomes the turn's error."""
        self.reason = self.reason or reason
        with suppress(RuntimeError):  # it has not begun, and will look by itself, or it is ending already
            self.scope.reschedule(asyncio.get_running_loop().time())

    def outcome(self, completed: Completed | None, error: errors.WorkerError | None) -> Outcome:
        """What `kinkster.settle_turn` is told."""
        status: Literal["completed", "cancelled", "failed"] = "completed"
        if error is not None:
            status = "cancelled" if isinstance(error, errors.ClientGone) else "failed"
        outcome = Outcome(
            status=status,
            reply=self.gather(),
            shown=self.shown > 0,
            api=self.provider.api if self.provider else None,
            first_text_ms=self.first_text_ms,
        )
        usage: dict[str, int] = {}
        if error is None and completed is not None:
            usage, outcome["response_id"] = completed.usage, completed.response_id
            outcome["model"] = completed.model
        elif isinstance(error, errors.ProviderError):
            usage, outcome["model"] = error.usage, error.model
            if error.retry_after is not None:
                outcome["retry_after_seconds"] = error.retry_after
        outcome.update(usage)  # type: ignore[typeddict-item]  # its names are those of the outcome
        if error is not None:
            known = (
                error
                if isinstance(error, errors.TurnError)
                else errors.WorkerFailed(error.message, error.hint)
            )
            outcome["error_code"] = known.code
            outcome["error_message"], outcome["error_hint"] = known.message, known.hint
        return outcome
