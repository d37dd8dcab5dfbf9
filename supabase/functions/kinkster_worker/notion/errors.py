"""What can go wrong with Notion. A code stands in `sync_error` of a character or on its connection, and SQL
decides by it what happens next.
"""

from kinkster_worker.errors import WorkerError
from kinkster_worker.notion.plan import NotionOutcome

TRIED_AGAIN = "Nothing is to be done: it is tried again."


class NotionError(WorkerError):
    """Base of these errors. `is_unclear`: the request may have been carried out all the same. `retry_after`:
    seconds to wait, where Notion said so.
    """

    is_unclear: bool = False

    def __init__(
        self,
        message: str | None = None,
        hint: str | None = None,
        *,
        retry_after: float | None = None,
        is_unclear: bool | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.is_unclear = self.is_unclear if is_unclear is None else is_unclear


class NotionUnreachable(NotionError):
    """No connection, or one that broke."""

    code = "notion_unreachable"
    message = "Notion could not be reached."
    hint = f"{TRIED_AGAIN} Operator: see KINKSTER_NOTION_URL and the network."
    is_unclear = True


class NotionTimeout(NotionError):
    """No whole answer in time."""

    code = "notion_timeout"
    message = "Notion did not answer in time."
    hint = TRIED_AGAIN
    is_unclear = True


class NotionUnavailable(NotionError):
    """Notion answered with a 5xx."""

    code = "notion_unavailable"
    message = "Notion is having trouble."
    hint = f"{TRIED_AGAIN} If it lasts, see status.notion.so."
    is_unclear = True


class NotionMisbehaved(NotionError):
    """The answer is not Notion's: HTML, a redirect, not what was asked for."""

    code = "notion_misbehaved"
    message = "Something that is not Notion's API answered."
    hint = f"{TRIED_AGAIN} Operator: see that KINKSTER_NOTION_URL is the API's address, without /v1."
    is_unclear = True


class NotionConflict(NotionError):
    """Somebody else changed the page at the same moment."""

    code = "notion_conflict"
    message = "The page was being changed by somebody else."
    hint = TRIED_AGAIN


class NotionRateLimited(NotionError):
    """Too many requests of this connection or its workspace."""

    code = "notion_rate_limited"
    message = "Notion takes no more requests of this connection at the moment."
    hint = TRIED_AGAIN


class NotionOverloaded(NotionError):
    """Notion as a whole has too much to do (529)."""

    code = "notion_overloaded"
    message = "Notion has too much to do at the moment."
    hint = TRIED_AGAIN
    is_unclear = True


class NotionUnauthorized(NotionError):
    """The token was revoked, or never was one."""

    code = "notion_unauthorized"
    message = "Notion refused the token."
    hint = (
        "Make a new token in Notion, under Settings > Connections. "
        "Operator: run kinkster notion connect --user … with it."
    )


class NotionForbidden(NotionError):
    """The connection may not do what sending needs."""

    code = "notion_forbidden"
    message = "Notion does not let this connection do that."
    hint = (
        "In Notion give the connection the capabilities to read, update and insert content. "
        "Operator: then run kinkster notion sync."
    )


class NotionDatabaseUnset(NotionError):
    """The user's profile names no database."""

    code = "notion_database_unset"
    message = "No Notion database is set."
    hint = "Operator: run kinkster notion setup --user … --database … with the id of a database in Notion."


class NotionDatabaseMissing(NotionError):
    """The database is gone, in the trash, or not shared with the connection."""

    code = "notion_database_missing"
    message = "Notion has no such database for this connection."
    hint = (
        "Restore the database in Notion, or share it with the connection. Operator: then run kinkster notion "
        "sync, or name another database with kinkster notion setup --user … --database … instead."
    )


class NotionSourcesSeveral(NotionError):
    """The database has several data sources, and nobody said which one it is."""

    code = "notion_sources_several"
    message = "The Notion database has several data sources."
    hint = "Operator: choose one with kinkster notion setup --user … --data-source … and its id."


class NotionPropertiesWrong(NotionError):
    """The database lacks properties, or has them with another type."""

    code = "notion_properties_wrong"
    message = "The Notion database does not have the properties that characters need."
    hint = (
        "Operator: run kinkster notion setup --user …, which creates those that are missing; "
        "one of another type is to be renamed in Notion before. One that was only renamed can be named as "
        "before, and kinkster notion sync be run."
    )


class NotionTokenUnreadable(NotionError):
    """The token was sealed with another key: another worker may have it, and until then it waits."""

    code = "notion_token_unreadable"
    message = "The stored Notion token can't be opened with this worker's key."
    hint = (
        "Operator: start this worker with the key that sealed it, in KINKSTER_NOTION_KEY, "
        "or behind a comma there; or run kinkster notion connect --user … again."
    )


class NotionPageGone(NotionError):
    """The page was deleted, is in the trash, or is not shared with the connection."""

    code = "notion_page_gone"
    message = "The character's page is no longer in Notion."
    hint = (
        "Restore it from Notion's trash and edit the character, "
        "or call forget_kinkster_notion_page to have a new one made."
    )


class NotionRejected(NotionError):
    """Notion refused the request, and the database is as it should be."""

    code = "notion_rejected"
    message = "Notion refused the request."
    hint = "Correct what Notion names; the character is sent again when it was edited."


class NotionMissing(NotionRejected):
    """A 404: what it means, who asked knows."""


class NotionStopped(NotionError):
    """The worker was told to stop."""

    code = "worker_stopped"
    message = "The worker was stopped before the page was whole."
    hint = "Nothing is to be done: the next worker sends it."


def failure_of(error: WorkerError) -> NotionOutcome:
    """The error as SQL takes it."""
    failure = NotionOutcome(error_code=error.code, error_message=error.message, error_hint=error.hint)
    retry_after = error.retry_after if isinstance(error, NotionError) else None
    if retry_after is not None:
        failure["retry_after_seconds"] = retry_after
    return failure
