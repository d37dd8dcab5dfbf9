"""One turn while it is being answered."""

import asyncio
import time
from contextlib import suppress
from typing import Literal, Protocol

from kinkster_worker import errors
from kinkster_worker.plan import Outcome, Plan
from kinkster_worker.providers import Completed, Provider

MAX_REPLY = 400_000  # characters; a provider that does not stop can't fill the memory


class Sink(Protocol):
    """Where the text of a turn goes. A ConnectionError from it means that nobody is there any more."""

    async def open(self) -> None:
        """Called once, when the turn is ours, before the provider is asked."""
        ...

    async def text(self, text: str) -> None:
        """Called with each piece of text; the provider is read no faster than this returns."""
        ...


class Run:
    """One turn while it is being answered: its text so far, and the scope that ends it from outside."""

    def __init__(self, plan: Plan, sink: Sink | None) -> None:
        self.plan, self.sink = plan, sink
        self.started = time.monotonic()
        self.first_text_ms: int | None = None
        self.parts: list[str] = []
        self.size = 0
        self.provider: Provider | None = None
        self.scope = asyncio.timeout(None)
        self.reason: errors.WorkerError | None = None
        self.doubted = asyncio.Event()  # set: the lease may be lost, so look now

    @property
    def ids(self) -> tuple[str, str, str]:
        """User, turn and lease, as the functions in SQL take them."""
        return self.plan["user_id"], self.plan["turn_id"], self.plan["lease"]

    @property
    def reply(self) -> str:
        """The text so far."""
        return "".join(self.parts)

    async def take(self, text: str) -> None:
        """Adds a piece of text and passes it on. Raises ReplyTooLong past the limit."""
        if self.first_text_ms is None:
            self.first_text_ms = int((time.monotonic() - self.started) * 1000)
        room = MAX_REPLY - self.size
        kept = text if len(text) <= room else text[:room]
        self.size += len(kept)
        self.parts.append(kept)
        if self.sink is not None:
            await self.sink.text(kept)
        if kept is not text:
            raise errors.ReplyTooLong

    def stop(self, reason: errors.WorkerError) -> None:
        """Ends the call of the provider from outside; `reason` becomes the turn's error."""
        if self.reason is None:
            self.reason = reason
            with suppress(RuntimeError):  # it is ending already
                self.scope.reschedule(asyncio.get_running_loop().time())

    def outcome(self, completed: Completed | None, error: errors.WorkerError | None) -> Outcome:
        """What `kinkster.settle_turn` is told."""
        status: Literal["completed", "cancelled", "failed"] = "completed"
        if error is not None:
            status = "cancelled" if isinstance(error, errors.ClientGone) else "failed"
        api = self.provider.api if self.provider else None
        outcome = Outcome(status=status, reply=self.reply, api=api, first_text_ms=self.first_text_ms)
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
