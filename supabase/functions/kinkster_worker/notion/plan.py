"""What SQL hands to the Notion loop and takes back: the jsonb of its functions in schema `kinkster`."""

from typing import Any, Literal, NotRequired, TypedDict

Json = dict[str, Any]


class Connection(TypedDict):
    """The answer to a claim: `idle`, `busy` at another worker, `paused` for `wait_seconds`, or `claimed`,
    with a user's connection to Notion, leased. Without a database none is set; without a data source it has
    to be resolved.
    """

    state: Literal["claimed", "idle", "busy", "paused"]
    wait_seconds: NotRequired[float]
    user_id: str
    lease: str
    lease_seconds: float
    interval_seconds: float
    sealed_token: str
    bot_id: str
    database_id: str | None
    data_source_id: str | None


class Page(TypedDict):
    """A character to send, or `none`. Without a `page_id` it is to be created in `parent`; with `look_up` it
    may be there all the same, since a request to create it was never answered clearly.
    """

    state: Literal["page", "none"]
    kinkster_id: str
    revision: int
    page_id: str | None
    parent: NotRequired[Json]
    properties: Json
    children: list[Json]
    more_children: list[list[Json]]
    look_up: bool


class NotionOutcome(TypedDict, total=False):
    """What became of a page, for `kinkster.settle_notion_page`. `is_unclear`: there may be one that nobody
    knows of (left out: as it was); `has_progressed`: some of its content arrived; `was_answered`: Notion
    answered a request as it should. A failure outside of a page is the last five.
    """

    status: Literal["sent", "failed"]
    page_id: str
    revision: int
    is_unclear: bool
    has_progressed: bool
    was_answered: bool
    error_code: str
    error_message: str
    error_hint: str
    retry_after_seconds: float


class NotionSettled(TypedDict):
    """Whether the connection goes on; otherwise its lease is released, and it is to be claimed anew."""

    goes_on: bool
    sync_status: str


class PlainToken(TypedDict):
    """A token that the old application left in a profile, where it can be read."""

    user_id: str
    email: str | None
    token: str


class ConnectionStatus(TypedDict):
    """How a user's connection stands: `error_…` until somebody puts it right, `trouble` until it has passed.
    Of the `pending`, `waiting` are not due now; the first of all is due in `next_in_seconds`.
    """

    user_id: str
    email: str | None
    bot_id: str
    database_id: str | None
    data_source_id: str | None
    is_claimed: bool
    paused_until: str | None
    error_code: str | None
    error_message: str | None
    error_hint: str | None
    trouble: str | None
    synced: int
    pending: int
    waiting: int
    failing: int
    errors: int
    local_only: int
    last_synced_at: str | None
    next_in_seconds: float | None


class FailedKinkster(TypedDict):
    """A character that is not in Notion as it is, and why."""

    kinkster_id: str
    user_id: str
    sync_error: str | None


class NotionStatus(TypedDict):
    """How the sync with Notion stands; `unconnected` users have set a database, and have no connection."""

    connections: list[ConnectionStatus]
    failed: list[FailedKinkster]
    plain_tokens: list[PlainToken]
    unconnected: int
