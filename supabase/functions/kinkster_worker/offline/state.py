"""What one offline server holds while it runs: configuration, and memory of responses and sessions."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from aiohttp import web

from .faults import NONE, Fault


class Message(NamedTuple):
    """One message of a context: its role is user or assistant."""

    role: str
    text: str


class Stored(NamedTuple):
    """A response that can be continued: what it continued, and its own messages."""

    previous: str | None
    messages: tuple[Message, ...]


@dataclass
class Entry:
    """One request, without its key; `aborted` when its client left before the answer was whole. `started` and
    `ended` are Unix seconds.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    aborted: bool = False
    started: float = field(default_factory=time.time)
    ended: float | None = None


@dataclass
class State:
    """`pace` is in seconds a word, `heartbeat` in seconds of silence; `journal` is None outside tests."""

    pace: float
    heartbeat: float
    api_key: str | None
    faults: deque[Fault]
    journal: list[Entry] | None
    responses: dict[str, Stored] = field(default_factory=dict)
    sessions: dict[tuple[str, str], list[Message]] = field(default_factory=dict)
    running: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, request: web.Request, body: Any) -> Entry:
        """Notes a request and its parsed body (None where it is no JSON)."""
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        entry = Entry(request.method, request.path, headers, body)
        if self.journal is not None:
            self.journal.append(entry)
        return entry

    def take_fault(self, body: Any) -> Fault:
        """Takes the first fault that is for a request with this body; NONE when there is none."""
        asked = last_message(body)
        for place, fault in enumerate(self.faults):
            if fault.match in asked:
                del self.faults[place]
                return fault
        return NONE

    def noted(self) -> list[dict[str, Any]]:
        """The requests so far, as `GET /_offline/requests` gives them."""
        return [asdict(entry) for entry in self.journal or []]

    def authorized(self, request: web.Request) -> bool:
        """Whether the request carries the configured key; without one, every request does."""
        return self.api_key is None or request.headers.get("Authorization") == f"Bearer {self.api_key}"

    def context(self, response_id: str | None) -> list[Message] | None:
        """The messages of a chain of responses, oldest first, or None when the id is unknown."""
        messages: list[Message] = []
        while response_id is not None:
            stored = self.responses.get(response_id)
            if stored is None:
                return None
            messages[:0] = stored.messages
            response_id = stored.previous
        return messages

    def reset(self) -> None:
        """Forgets faults, requests, responses and sessions."""
        for memory in (self.faults, self.journal or [], self.responses, self.sessions):
            memory.clear()


STATE = web.AppKey("state", State)


def last_message(body: Any) -> str:
    """What a request asks, in any of the protocols; empty where it can't be told."""
    if not isinstance(body, dict):
        return ""
    said = body.get("question", body.get("input", body.get("messages")))
    if isinstance(said, list) and said and isinstance(said[-1], dict):
        said = said[-1].get("content")
    return said if isinstance(said, str) else ""


def user_texts(messages: Iterable[Message]) -> list[str]:
    """What the user said in a context, oldest first."""
    return [message.text for message in messages if message.role == "user"]
