"""What a case says: people, their messages, what the provider is to answer, and what the clients heard."""

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

Door = Literal["http", "sql"]
Provider = Literal["openai_responses", "flowise"]
DOORS: tuple[Door, ...] = ("http", "sql")
PROVIDERS: tuple[Provider, ...] = ("openai_responses", "flowise")
ANSWERS = 4  # answers prepared for each message, so that one asked too often is seen, too


@dataclass(frozen=True)
class Person:
    """A user with a character of one provider and a conversation with it."""

    user: str
    kinkster: str
    conversation: str
    provider: Provider


@dataclass
class Heard:
    """What a client got of one turn, over all its connections. Times are Unix seconds."""

    text: str = ""
    begun_anew: list[str] = field(default_factory=list)  # texts of connections that could not be gone on with
    last_id: str | None = None
    end: Literal["completed", "failed", "refused", "left", "hung"] | None = None
    error: dict[str, Any] | None = None
    status: int | None = None
    connections: int = 0
    first_text_at: float | None = None  # on the last connection
    last_text_at: float | None = None
    ended_at: float | None = None

    @property
    def code(self) -> str | None:
        """The code of the error that ended it."""
        return self.error["code"] if self.error else None


@dataclass
class Turn:
    """One message through one door. Its text holds its id, by which the provider's journal is searched."""

    person: Person
    door: Door
    words: int = 30
    pace: float = 0.03
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    message: str = ""
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.message = self.message or f"Message {self.id}"

    def answer(self, attempt: int) -> str:
        """What the provider says to the request of this number: other words for each, none of them twice."""
        return f"Answer {attempt} to {self.id}: " + " ".join(map(str, range(self.words)))

    def replies(self, first: int = 1) -> list[dict[str, Any]]:
        """The usual answers to the requests from this number on, as the offline server takes them."""
        return [self.fault("reply", attempt) for attempt in range(first, ANSWERS + 1)]

    def fault(self, kind: str, attempt: int = 1, **fields: Any) -> dict[str, Any]:
        """A fault that only a request for this message meets."""
        return {"kind": kind, "match": self.id, "text": self.answer(attempt), "pace": self.pace, **fields}
