"""A connection that is ours for a while, and what SQL is asked and told about it meanwhile."""

import asyncio

from kinkster_worker import errors
from kinkster_worker.logs import fields, log
from kinkster_worker.notion.plan import Connection, NotionOutcome, NotionSettled, Page
from kinkster_worker.queries import Queries

SETTLE_WAIT = 0.5  # seconds until settling is tried again while the database is away


class Lease:
    """The lease of a connection, by the clock of the event loop; each use renews it in time. It counts from
    `since`, before it was asked for: so it never ends later than for the database.

    Every method raises LeaseLost when another worker may have the connection, and DatabaseUnavailable.
    """

    def __init__(self, queries: Queries, connection: Connection, since: float) -> None:
        self._queries, self._seconds = queries, connection["lease_seconds"]
        self._ids = connection["user_id"], connection["lease"]
        self._loop = asyncio.get_running_loop()
        self._since = since

    @property
    def _left(self) -> float:
        return self._since + self._seconds - self._loop.time()

    async def patience(self) -> float:
        """How many seconds a request may take, so that its answer comes while the connection is ours."""
        if self._left < self._seconds * 2 / 3:
            since = self._loop.time()
            await self._queries.renew_notion(*self._ids)
            self._since = since
        if self._left <= 0:
            raise errors.LeaseLost
        return self._left * 0.75

    async def note_source(self, database_id: str | None, source_id: str) -> None:
        """Remembers the data source."""
        await self._queries.note_notion_source(*self._ids, database_id, source_id)

    async def next_page(self) -> Page | None:
        """The next character to send, None when there is none. Renews the lease."""
        since = self._loop.time()
        found = await self._queries.next_notion_page(*self._ids)
        self._since = since
        return found if found["state"] == "page" else None

    async def settle(self, page: Page, outcome: NotionOutcome) -> NotionSettled:
        """Tells what became of a character; while the database is away, as long as the lease lasts."""
        while True:
            try:
                return await self._queries.settle_notion_page(*self._ids, page["kinkster_id"], outcome)
            except errors.DatabaseUnavailable:
                if self._left < SETTLE_WAIT:
                    raise
            await asyncio.sleep(SETTLE_WAIT)

    async def release(self, wait_seconds: float, failure: NotionOutcome | None = None) -> None:
        """Gives the connection back; nobody uses it for so long. What can't be told ends with the lease."""
        try:
            await self._queries.release_notion(*self._ids, wait_seconds, failure)
        except errors.WorkerError as error:
            log.info("notion_not_released", extra=fields(user_id=self._ids[0], code=error.code))
