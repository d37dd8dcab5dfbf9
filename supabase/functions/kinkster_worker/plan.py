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
    lease_seconds: float
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
    """Why a turn failed or was cancelled."""

    code: str
    message: str
    hint: str


Status = Literal["queued", "streaming", "completed", "failed", "cancelled"]


class Claimed(TypedDict):
    """A turn that was to be claimed: `claimed` with its plan, `settled` (replay it) or `waiting` (follow it).

    Of the next turn, whichever it is, `idle` says that none waits.
    """

    state: Literal["claimed", "settled", "waiting", "idle"]
    plan: NotRequired[Plan]
    user_id: NotRequired[str]
    turn_id: NotRequired[str]
    conversation_id: NotRequired[str]
    status: NotRequired[Status]
    reply: NotRequired[str | None]
    error: NotRequired[StoredError | None]
    tag: NotRequired[str | None]


class Followed(TypedDict):
    """A turn as a client that follows it finds it: `text` is the reply from where the client is.

    `tag` names the attempt that the text is of; `due` says that the turn waits for a worker.
    """

    user_id: str
    turn_id: str
    conversation_id: str
    status: Status
    text: str
    error: StoredError | None
    tag: str | None
    due: bool


Checkpoint = TypedDict(
    "Checkpoint", {"user_id": str, "turn_id": str, "lease": str, "from": int, "text": str, "shown": bool}
)
"""Text that follows the first `from` characters; `shown` when clients are sent it as soon as it is stored."""


class Stored(TypedDict):
    """The answer to a checkpoint: `kept`, and whether somebody follows elsewhere, or `lost`: stop."""

    state: Literal["kept", "lost"]
    followed: NotRequired[bool]


class Settled(TypedDict):
    """What a turn became when it was settled; `queued` when it is to be tried again.

    `model` is the registry's name of the model that this attempt asked, None when it does not know it;
    `cost_usd` what the attempt cost, None when that is not known.
    """

    status: Status
    error: StoredError | None
    model: str | None
    cost_usd: float | None


class Rolled(TypedDict):
    """What adding up hours of turns came to: `more` is left, or it is `done`, or somebody else is at it."""

    state: Literal["busy", "more", "done"]


class About(TypedDict):
    """What a worker does, for the operator: no secrets. `openai` is the API that is asked at the moment."""

    address: str
    queue_turns: int
    notion: bool
    openai: Literal["responses", "chat_completions"] | None
    flowise: bool


class Outcome(TypedDict, total=False):
    """How a turn ended, for `kinkster.settle_turn`."""

    status: Literal["completed", "failed", "cancelled"]
    reply: str
    shown: bool
    api: str | None
    response_id: str | None
    model: str | None
    first_text_ms: int | None
    input_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    error_code: str
    error_message: str
    error_hint: str
    retry_after_seconds: float
