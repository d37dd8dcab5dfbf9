"""What SQL hands to the worker and takes back: the jsonb of the functions in schema `kinkster`."""

from typing import Literal, NotRequired, TypedDict


class Message(TypedDict):
    """One line of the transcript."""

    role: Literal["user", "assistant"]
    content: str


class Plan(TypedDict):
    """How to answer one turn. SQL decided all of it; the worker only carries it out.

    For `openai_responses` either `previous_response_id` is set and `history` is None, or `history` is a
    list. For `flowise` `session_id` is set, and `history` holds what was said before that session began,
    or is None.
    """

    user_id: str
    turn_id: str
    conversation_id: str
    lease: str
    attempt: int
    provider: Literal["openai_responses", "flowise"]
    model: str | None
    instructions: str
    limits: str
    message: str
    previous_response_id: str | None
    history: list[Message] | None
    chatflow_id: str | None
    session_id: str | None
    safety_identifier: str


class StoredError(TypedDict):
    """Why an earlier turn failed."""

    code: str
    message: str
    hint: str


class Began(TypedDict):
    """A begun turn: `claimed` with its plan, or `settled` when the same request id was answered before."""

    state: Literal["claimed", "settled"]
    plan: NotRequired[Plan]
    turn_id: NotRequired[str]
    conversation_id: NotRequired[str]
    status: NotRequired[Literal["completed", "failed", "cancelled"]]
    reply: NotRequired[str | None]
    error: NotRequired[StoredError | None]


class Claimed(TypedDict):
    """The next turn that waits: `claimed` with its plan, or `idle` when none does."""

    state: Literal["claimed", "idle"]
    plan: NotRequired[Plan]


class Outcome(TypedDict, total=False):
    """How a turn ended, for `kinkster.settle_turn`."""

    status: Literal["completed", "failed", "cancelled"]
    reply: str
    api: str | None
    response_id: str | None
    model: str | None
    first_text_ms: int | None
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    error_code: str
    error_message: str
    error_hint: str
    retry_after_seconds: float
