"""What became of the turns of a case, and what of it is not as it should be."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from tests.faults.stage import Request, Stage, requests_for
from tests.faults.turns import Turn

Kind = Literal["lost", "doubled", "stuck", "wrong"]
KINDS: tuple[Kind, ...] = ("lost", "doubled", "stuck", "wrong")
FINAL = ("completed", "failed", "cancelled")

ROWS = """
select to_jsonb(t) || jsonb_build_object('in_flight', exists (
  select from kinkster.turns_in_flight as f where f.user_id = t.user_id and f.turn_id = t.id
))
from public.kinkster_turns as t
"""
CHANGES = """
select turn_id::text, status, attempts, error_code, next_attempt_at, at
from public.turn_history
order by number
"""
TRANSCRIPT = "select turn_id::text, role, content from public.kinkster_messages"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be with one turn."""

    kind: Kind
    turn: str
    what: str


@dataclass(frozen=True)
class Change:
    """A change of a turn's state, as a trigger noted it."""

    status: str
    attempts: int
    error_code: str | None
    next_attempt_at: datetime | None
    at: datetime

    def __str__(self) -> str:
        return f"{self.status}:{self.error_code}" if self.error_code else self.status


@dataclass
class Record:
    """All that is known of a turn besides what its client heard; `row` is empty where it was never stored."""

    row: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    transcript: dict[str, str] = field(default_factory=dict)

    @property
    def way(self) -> list[str]:
        """The states that the turn went through, but for waiting at first: over HTTP none does."""
        states = [str(change) for change in self.changes]
        return states[states[:1] == ["queued"] :]


@dataclass
class Result:
    """What a case found: a line of the table. `recovery` is the slowest, in seconds; `figures` are what else
    is worth knowing.
    """

    name: str
    tries: int
    findings: list[Finding]
    recovery: float
    figures: dict[str, object] = field(default_factory=dict)


Excuse = Callable[[Turn, Request, Request], bool]
"""Whether something failed between two requests for one turn, so that the second was right."""


def never(_turn: Turn, _first: Request, _second: Request) -> bool:
    """No failure excuses a second request."""
    return False


async def records(stage: Stage) -> dict[str, Record]:
    """What the database and the provider say of each turn of the stage."""
    found = {turn.id: Record() for turn in stage.turns}
    requests = await stage.offline.requests()
    for turn in stage.turns:
        found[turn.id].requests = requests_for(turn, requests)
    for (row,) in await stage.rows(ROWS):
        found.setdefault(row["id"], Record()).row = row
    for identifier, *change in await stage.rows(CHANGES):
        found[identifier].changes.append(Change(*change))
    for identifier, role, content in await stage.rows(TRANSCRIPT):
        found[identifier].transcript[role] = content
    return found


def judge(turn: Turn, record: Record, excuse: Excuse = never) -> Iterator[Finding]:
    """What no turn of any case may do."""
    heard, row, requests = turn.heard, record.row, record.requests

    def finding(kind: Kind, what: str) -> Finding:
        said = f"{heard.end}:{heard.code}, {len(heard.text)} characters, {heard.connections} connections"
        return Finding(
            kind, turn.id, f"{what} [{turn.door}, {turn.person.provider}; way {record.way}; heard {said}]"
        )

    if heard.end is None or heard.end == "hung":
        yield finding("stuck", "the client has no end")
    if not row:
        if heard.end != "refused":
            yield finding("lost", "the message is not stored")
        return
    if heard.end == "refused":
        yield finding("wrong", f"the message is stored, and its client was told {heard.status}")
    reply, status = row["reply"], row["status"]
    if record.transcript != {"user": turn.message} | ({"assistant": reply} if reply else {}):
        yield finding("lost", "the transcript does not show it")
    for text in (heard.text, *heard.begun_anew):
        if not reply.startswith(text):
            yield finding("lost", f"the client got {text[-60:]!r}, stored is {reply[-60:]!r}")
    if heard.end == "completed" and heard.text != reply:
        yield finding("lost", f"the client's whole reply ends {heard.text[-60:]!r}, stored {reply[-60:]!r}")
    said = turn.answer(len(requests))  # to the last request
    if requests and status == "completed" and reply != said:
        yield finding("lost", f"the provider's last answer ends {said[-60:]!r}, stored {reply[-60:]!r}")
    if requests and not any(turn.answer(n).startswith(reply) for n in range(1, len(requests) + 1)):
        yield finding("doubled", f"no answer of the provider begins so: {reply[-60:]!r}")
    for first, second in pairwise(requests):
        if not excuse(turn, first, second):
            yield finding("doubled", "the provider was asked again, and nothing had failed")
    if status not in FINAL and not (status == "queued" and due_later(row)):
        yield finding("stuck", f"the turn is {status}")
    if row["in_flight"] is (status in FINAL):
        yield finding("stuck", f"the turn is {status}, in_flight is {row['in_flight']}")
    if heard.end in ("completed", "failed"):
        ended_well = status == "completed"
        if (heard.end == "completed") != ended_well or heard.code != row["error_code"]:
            yield finding("wrong", f"the turn is {status}:{row['error_code']}")


def due_later(row: dict[str, Any]) -> bool:
    """Whether a queued turn is to be tried at a time that is still to come."""
    at = row["next_attempt_at"]
    return at is not None and datetime.fromisoformat(at).timestamp() > time.time()


def strangers(stage: Stage, found: dict[str, Record]) -> Iterator[Finding]:
    """Turns that nobody sent: a message that is stored twice."""
    sent = {turn.id for turn in stage.turns}
    for identifier in found.keys() - sent:
        yield Finding("doubled", identifier, "nobody sent this turn")
