"""What SQL says of a rollout: the jsonb of its functions in schema `kinkster`."""

from typing import Literal, NotRequired, TypedDict

State = Literal["planned", "running", "paused", "completed", "rolled_back"]


class Kinkster(TypedDict):
    """A character. `name` is null when it was deleted."""

    kinkster_id: str
    name: str | None


class Moving(Kinkster):
    """One that moves, in which stage, and why it counts as simple."""

    stage: int
    reasons: list[str]
    turns_30_days: int


class Left(Kinkster):
    """One whose own provider could not be set or set back."""

    left_because: str


class Staying(TypedDict):
    """Characters that stay on Flowise for the same reason."""

    reason: str
    count: int
    examples: list[Kinkster]


class Choice(TypedDict):
    """Who moves and who stays. `moving` and `left` hold a hundred at most."""

    moves: int
    stays: int
    moving: list[Moving]
    left: list[Left]
    staying: list[Staying]


class RolloutPlan(Choice):
    """What was planned."""

    rollout_id: str


class Counts(TypedDict):
    """Of so many in `all`, the present stage has `reached` some, and some have `moved`."""

    all: int
    reached: int
    moved: int


class KinksterCounts(Counts):
    """Characters; `moved` are those whose own provider was set, until it is `restored`."""

    restored: int
    left: int


class Guardrail(TypedDict):
    """A comparison of what has moved with Flowise."""

    guardrail: Literal["error_rate", "first_text_p95_ms", "cost_per_message_usd", "good_share"]
    state: Literal["ok", "broken", "not_enough_turns", "unknown"]
    found: float | None
    flowise: float | None
    allowed: float | None
    counted: int
    flowise_counted: int
    because: str


class Step(TypedDict):
    """The next step, and what keeps the rollout from it. Stage 4 is its end."""

    stage: int
    share: int
    obstacles: str | None


class RolloutStatus(TypedDict):
    """How a rollout stands. Without `ended_at` a rollback is still setting providers back."""

    rollout_id: str
    state: State
    stage: int
    share: int
    started_at: str | None
    ended_at: str | None
    paused_because: str | None
    kinksters: KinksterCounts
    conversations: Counts
    guardrails: list[Guardrail]
    next: Step | None


class Figures(TypedDict):
    """How characters did at one provider in a span of time; null is not known."""

    turns: int
    error_rate: float | None
    first_text_p50_ms: int | None
    first_text_p95_ms: int | None
    duration_p50_ms: int | None
    duration_p95_ms: int | None
    characters_per_second: float | None
    cost_per_message_usd: float | None
    good_share: float | None


class RolloutReport(RolloutStatus):
    """How it stands, who moved, and what that changed for them; figures once it was started."""

    choice: Choice
    before: NotRequired[Figures]
    after: NotRequired[Figures]


class Watched(TypedDict):
    """What a look at the running rollout found; `paused`: it was just paused, `because` of something."""

    state: Literal["none", "running", "paused"]
    rollout_id: str | None
    paused: bool
    because: str | None
