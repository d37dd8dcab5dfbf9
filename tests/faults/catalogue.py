"""The cases and how often each is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.cases import (
    kill,
    leaving,
    notion,
    provider_down,
    provider_faults,
    restart,
    safeword,
    same_request,
    two_tabs,
)
from tests.faults.cases.expected import EXPECTED
from tests.faults.judge import Result
from tests.faults.stage import Lab


@dataclass(frozen=True)
class Case:
    """A case; its `parts` are tried `tries` times each at both doors and with each protocol that has them."""

    name: str
    tries: int
    run: Callable[[Lab, int], Awaitable[list[Result]]]
    parts: tuple[str, ...] = ()


CASES = (
    Case(kill.NAME, 200, kill.run),
    Case(restart.NAME, 200, restart.run),
    Case(provider_faults.NAME, 10, provider_faults.run, tuple(expected.name for expected in EXPECTED)),
    Case(provider_down.NAME, 20, provider_down.run),
    Case(same_request.NAME, 50, same_request.run),
    Case(two_tabs.NAME, 100, two_tabs.run),
    Case(leaving.NAME, 100, leaving.run),
    Case(safeword.NAME, 50, safeword.run),
    Case(notion.NAME, 1_000, notion.run),
)
