"""What a measurement is here: a ratio of two things that were measured in turn, A B A B …, in one run."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass


class WrongAnswer(Exception):
    """What was measured gave wrong answers: then its speed is none."""


@dataclass(frozen=True)
class Goal:
    """What the ratio of ours to the peer's has to reach."""

    limit: float
    is_least: bool

    @classmethod
    def at_least(cls, limit: float) -> "Goal":
        """The more the better, as of a throughput."""
        return cls(limit, True)

    @classmethod
    def at_most(cls, limit: float) -> "Goal":
        """The less the better, as of a time."""
        return cls(limit, False)

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio reaches it."""
        return ratio >= self.limit if self.is_least else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.limit:.3g}"


@dataclass(frozen=True)
class Figure:
    """A line of the table: one value of ours and one of the peer's for each round, in `unit`.

    `proof` says what shows that the right thing was measured.
    """

    what: str
    unit: str
    ours: list[float]
    peer: list[float]
    peer_name: str
    goal: Goal | None = None
    proof: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours to the peer's, round by round."""
        return [ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached; true where none is set."""
        return self.goal is None or self.goal.is_met(self.ratio)

    def cells(self) -> list[str]:
        """What the table says: what, ours, peer, ratio, spread, goal."""
        low, high = min(self.ratios), max(self.ratios)
        goal = f"{self.goal}{'' if self.is_met else ' MISSED'}" if self.goal else "none"
        return [
            self.what,
            f"{statistics.median(self.ours):.4g} {self.unit}",
            f"{statistics.median(self.peer):.4g} {self.unit}, {self.peer_name}",
            f"{self.ratio:.3g}",
            f"{low:.3g} to {high:.3g}",
            goal,
        ]


@dataclass(frozen=True)
class Context:
    """How a row is run: `rounds` of each of the two, and whether sizes are tiny (`smoke`)."""

    smoke: bool
    rounds: int
    say: Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """One thing that is measured; `key` is what ONLY names."""

    key: str
    run: Callable[[Context], Iterator[Figure]]
