"""One finding: a check, how it stands, what was found, and what to do."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "problem", "unknown"]

WORST_FIRST: tuple[State, ...] = ("problem", "warning", "unknown", "ok")


@dataclass(frozen=True)
class Finding:
    """`check` is a stable name, `found` a sentence, `todo` one of what to do, or None for nothing."""

    check: str
    state: State
    found: str
    todo: str | None = None
