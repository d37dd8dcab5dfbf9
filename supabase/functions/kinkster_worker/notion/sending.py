"""One character on its way to its page: look it up where that is needed, create or change it, then its
content.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from itertools import chain

from kinkster_worker import errors as worker_errors
from kinkster_worker.logs import fields, log
from kinkster_worker.notion import errors
from kinkster_worker.notion.client import Client, reading
from kinkster_worker.notion.content import arrange
from kinkster_worker.notion.plan import Connection, Json, NotionOutcome, Page
from kinkster_worker.notion.source import check

_ID = re.compile(r"[0-9A-Za-z-]+")


class Sending:
    """Sends the characters of one connection. `properties` gives what its database must have, by name."""

    def __init__(
        self,
        client: Client,
        connection: Connection,
        source_id: str,
        properties: Callable[[], Awaitable[Mapping[str, str]]],
    ) -> None:
        self._client, self._connection, self._source_id = client, connection, source_id
        self._properties = properties
        self._page_id: str | None = None
        self._is_unclear: bool | None = False
        self._has_progressed = False

    async def send(self, page: Page) -> NotionOutcome:
        """What became of it, for SQL. Raises what concerns the connection's lease or the database."""
        self._page_id, self._has_progressed = page["page_id"], False
        self._is_unclear = None if page["look_up"] else False  # None: as it was
        try:
            try:
                page_id = await self._send(page)
            except errors.NotionRejected as refused:
                await self._explain(refused)
                raise
        except errors.NotionError as error:
            return self._failed(page, error)
        except worker_errors.WorkerError:
            raise
        except Exception:
            log.exception("notion_page_crashed", extra=fields(kinkster_id=page["kinkster_id"]))
            return self._failed(page, worker_errors.WorkerFailed())
        return NotionOutcome(status="sent", revision=page["revision"], page_id=page_id)

    def _failed(self, page: Page, error: worker_errors.WorkerError) -> NotionOutcome:
        outcome = errors.failure_of(error)
        outcome["status"], outcome["revision"] = "failed", page["revision"]
        outcome["has_progressed"] = self._has_progressed
        if self._is_unclear is not None:
            outcome["is_unclear"] = self._is_unclear
        outcome["was_answered"] = self._client.was_answered
        if self._page_id is not None:
            outcome["page_id"] = self._page_id
        return outcome

    async def _send(self, page: Page) -> str:
        """Sends it; returns the id of its page."""
        if self._page_id is None and page["look_up"]:
            self._page_id = await self._find(page["kinkster_id"])
            self._is_unclear = False
        if self._page_id is None:
            self._page_id = await self._create(page)
            if not page["more_children"]:
                return self._page_id
        else:
            body = {"properties": page["properties"]}
            changed = await self._client.call("PATCH", f"/pages/{self._page_id}", body)
            if changed.get("in_trash"):
                raise errors.NotionPageGone
        wanted = [*page["children"], *chain.from_iterable(page["more_children"])]
        await arrange(self._client, self._page_id, self._connection["bot_id"], wanted, self._note_progress)
        return self._page_id

    def _note_progress(self) -> None:
        self._has_progressed = True

    async def _find(self, kinkster_id: str) -> str | None:
        """The oldest page of this character, None where there certainly is none."""
        found = await self._client.call(
            "POST",
            f"/data_sources/{self._source_id}/query",
            {
                "filter": {"property": "Supabase ID", "rich_text": {"equals": kinkster_id}},
                "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
            },
        )
        results = found.get("results")
        with reading():
            if isinstance(results, list) and results:
                return _id_of(results[0])
            whole = (found.get("request_status") or {}).get("type", "complete") == "complete"
        if results != [] or found.get("has_more") is not False or not whole:
            raise errors.NotionMisbehaved("Notion did not look through the whole database.")
        return None

    async def _create(self, page: Page) -> str:
        """Makes the page. Until a clear answer there may be one."""
        body = {name: page[name] for name in ("parent", "properties", "children")}
        self._is_unclear = True
        try:
            made = _id_of(await self._client.call("POST", "/pages", body))
        except errors.NotionError as error:
            self._is_unclear = error.is_unclear
            raise
        self._is_unclear = False
        return made

    async def _explain(self, refused: errors.NotionRejected) -> None:
        """Raises what is behind a refusal, where it is not the request itself."""
        if self._page_id is not None and not isinstance(refused, errors.NotionMissing):
            page = await self._client.call("GET", f"/pages/{self._page_id}")
            if page.get("in_trash"):
                raise errors.NotionPageGone
        await check(self._client, self._connection["database_id"], self._source_id, await self._properties())
        if self._page_id is not None and isinstance(refused, errors.NotionMissing):
            raise errors.NotionPageGone


def _id_of(page: Json) -> str:
    identifier = page.get("id")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise errors.NotionMisbehaved("Notion's answer names no page.")
    return identifier
