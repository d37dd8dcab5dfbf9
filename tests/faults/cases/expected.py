"""What should come of each fault of a provider: the rules of retrying, as a table.

The fault meets the first request of a turn; the second is answered well, unless the fault lasts. Text that a
client has been sent is never repeated, so a fault in mid-stream ends a turn of the HTTP door, and is tried
again for one of the SQL door.
"""

from dataclasses import dataclass
from typing import Any

from tests.faults.turns import Door

ALL = ("responses", "chat", "flowise")
OPENAI = ("responses", "chat")


@dataclass(frozen=True)
class Expected:
    """A fault and what should come of it.

    `code`: the error of the first attempt, None where there is none. `again`: whether it is tried again.
    `told`: whether text had come before the fault. `wait`: the least and the most seconds until the next
    attempt. `requests`: how many requests one attempt takes. `after`: whether it needs an earlier turn.
    `lasts`: whether every attempt meets it, until there are no more.
    """

    name: str
    apis: tuple[str, ...]
    fault: dict[str, Any]
    code: str | None
    again: bool = True
    told: bool = False
    wait: tuple[float, float] = (0.5, 1.5)
    requests: int = 1
    after: bool = False
    lasts: bool = False

    def repeated(self, door: Door) -> bool:
        """Whether a turn of this door is tried again."""
        return self.code is not None and self.again and not (self.told and door == "http")

    def way(self, door: Door) -> list[str]:
        """The states that a turn of this door goes through."""
        if self.code is None:
            return ["streaming", "completed"]
        if self.lasts:
            repeats = ["streaming", f"queued:{self.code}", "streaming", f"queued:{self.code}"]
            return [*repeats, "streaming", f"failed:{self.code}"]
        if self.repeated(door):
            return ["streaming", f"queued:{self.code}", "streaming", "completed"]
        return ["streaming", f"failed:{self.code}"]


def status(number: int, **fields: Any) -> dict[str, Any]:
    """A refusal with this status."""
    return {"kind": "status", "status": number, **fields}


def midway(kind: str, **fields: Any) -> dict[str, Any]:
    """A fault after half a second of text, long enough for the text to reach a client."""
    return {"kind": kind, "after": 5, "pace": 0.1, **fields}


def forgotten(form: str) -> dict[str, Any]:
    """A previous response that the server no longer knows, in the words of one kind of server."""
    return {"kind": "unknown_previous", "form": form}


LIMITED, DOWN, BAD = "provider_rate_limited", "provider_unavailable", "provider_misbehaved"
SILENT, CUT = "provider_timeout", "reply_cut_off"
EXPECTED = (
    Expected("429", OPENAI, status(429), LIMITED),
    Expected("429 with Retry-After", OPENAI, status(429, retry_after="2"), LIMITED, wait=(2.5, 3.5)),
    Expected("429 with a long Retry-After", OPENAI, status(429, retry_after="3600"), LIMITED, again=False),
    Expected(
        "quota", OPENAI, status(429, code="insufficient_quota"), "provider_quota_exhausted", again=False
    ),
    Expected("500", OPENAI, status(500), DOWN),
    Expected("500 that lasts", OPENAI, status(500), DOWN, lasts=True),
    Expected("503", OPENAI, status(503), DOWN),
    Expected("503 with Retry-After", OPENAI, status(503, retry_after="2"), DOWN, wait=(2.5, 3.5)),
    Expected("no answer", ALL, {"kind": "never"}, SILENT),
    Expected("stall in mid-stream", OPENAI, midway("stall"), SILENT, told=True),
    Expected("cut", OPENAI, midway("cut"), CUT, told=True),
    Expected("truncated", OPENAI, midway("truncate"), CUT, told=True),
    Expected("dropped", OPENAI, midway("drop"), CUT, told=True),
    Expected("malformed", OPENAI, midway("malformed"), BAD, told=True),
    Expected("HTML with 200", OPENAI, {"kind": "html"}, BAD),
    Expected("empty 200", OPENAI, {"kind": "empty"}, BAD),
    Expected("error event", OPENAI, midway("error_event"), DOWN, told=True),
    Expected("error event at once", OPENAI, {"kind": "error_event", "after": 0}, DOWN),
    Expected("incomplete", OPENAI, {"kind": "incomplete"}, "reply_incomplete", again=False, told=True),
    Expected(
        "unknown previous id: OpenAI", ("responses",), forgotten("openai"), None, requests=2, after=True
    ),
    Expected(
        "unknown previous id: invalid request",
        ("responses",),
        forgotten("invalid_request"),
        None,
        requests=2,
        after=True,
    ),
    Expected("unknown previous id: 404", ("responses",), forgotten("vllm"), None, requests=2, after=True),
    Expected("oversized", OPENAI, {"kind": "oversized"}, BAD),
    Expected("JSON", ("flowise",), {"kind": "json_answer"}, None),
    Expected("error then end", ("flowise",), midway("error_event"), "provider_error", told=True),
    Expected("no end", ("flowise",), {"kind": "no_end"}, None),
)
