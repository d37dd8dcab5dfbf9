"""A user whose characters go to an offline Notion, for tests: connected, with a database as it should be."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from cryptography.fernet import Fernet
from kinkster_worker.notion.client import Client
from kinkster_worker.notion.loop import NotionLoop
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.offline.notion_state import FIRST_TOKEN
from kinkster_worker.queries import Queries

from tests import people
from tests.worker.notion_fixtures import Json, OfflineNotion, offline_notion

KEY = Fernet.generate_key().decode()
SEALER = Sealer(KEY)
POLL_SECONDS = 0.02


@dataclass
class World:
    """The database, the offline Notion, and a user who is connected to it."""

    admin: psycopg.Connection
    notion: OfflineNotion
    queries: Queries
    user: str
    bot: str
    loops: list[NotionLoop] = field(default_factory=list)

    def kinkster(self, **columns: Any) -> str:
        """A character of the user."""
        return people.new_kinkster(self.admin, self.user, **columns)

    def value(self, statement: str, *arguments: object) -> Any:
        """The first value of a statement's first row."""
        return people.value(self.admin, statement, *arguments)

    def state(self, kinkster: str) -> tuple[str, str | None]:
        """What the database says of a character: sync_status and sync_error."""
        row = self.admin.execute(
            "select sync_status, sync_error from kinksters where id = %s", [kinkster]
        ).fetchone()
        assert row
        return row[0], row[1]

    def connection(self) -> Json:
        """The row of the user's connection."""
        found: Json = self.value(
            "select to_jsonb(c) from kinkster.notion_connections as c where user_id = %s", self.user
        )
        return found

    def later(self, seconds: float) -> None:
        """Moves the database's clock."""
        self.admin.execute(
            "update kinkster.settings set clock_offset = clock_offset + make_interval(secs => %s)", [seconds]
        )

    async def complete(self) -> None:
        """Gives the database in Notion the properties that characters need, and no others."""
        wanted = await self.queries.notion_properties()
        config: Json = {name: {kind: {}} for name, kind in wanted.items() if kind != "title"}
        await self.notion.control(
            "PATCH", f"/data_sources/{self.notion.source}", {"properties": {"Site": None, **config}}
        )

    async def connect(
        self, user: str | None = None, token: str = FIRST_TOKEN, database: str | None = None
    ) -> None:
        """Connects a user."""
        client = Client(self.notion.http, f"{self.notion.url}/notion", 0)
        client.authorize(token)
        me = await client.call("GET", "/users/me")
        user = user or self.user
        workspace = me["bot"]["workspace_id"]
        database = database or self.notion.database
        await self.queries.connect_notion(user, SEALER.seal(user, token), me["id"], workspace, database)

    def start(self, url: str = "", sealer: Sealer = SEALER, user: str | None = None) -> NotionLoop:
        """Starts a loop, of one user alone where one is named."""
        url = url or f"{self.notion.url}/notion"
        loop = NotionLoop(self.queries, self.notion.http, sealer, url, "test", POLL_SECONDS, user)
        loop.start()
        self.loops.append(loop)
        return loop

    async def settled(self, *kinksters: str) -> None:
        """Waits until none of these characters is pending, and nobody uses the connection."""
        query = """
        select not exists (select from kinksters where id = any(%s::uuid[]) and sync_status = 'pending')
          and not exists (select from kinkster.notion_connections where lease is not null)
        """
        await self.until(query, list(kinksters))

    async def until(self, query: str, *arguments: object) -> None:
        """Waits until the database says true."""
        for _ in range(3000):
            if self.value(query, *arguments):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never came true")

    async def requested(self, path: str) -> None:
        """Waits until Notion has been asked for this path."""
        for _ in range(2000):
            if any(re.search(path, request["path"]) for request in await self.notion.requests()):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it was never asked for")

    async def polled(self) -> None:
        """Waits until a loop has looked a few times."""
        await asyncio.sleep(10 * POLL_SECONDS)

    async def sent(self, *kinksters: str, **more: Any) -> None:
        """Runs a loop until none of these characters is pending."""
        loop = self.start(**more)
        await self.settled(*kinksters)
        await loop.stop(1)

    async def calls(self, *paths: str) -> list[str]:
        """The requests so far, as `METHOD /path` without ids; of these kinds alone where some are given."""
        found = [f"{r['method']} /{'/'.join(_short(r['path']))}" for r in await self.notion.requests()]
        return [one for one in found if not paths or one in paths]


def _short(path: str) -> list[str]:
    return [part for part in path.split("/")[2:] if len(part) != 36]


@asynccontextmanager
async def world_of(
    admin: psycopg.Connection, login: str, user: str, connect_seconds: float = 5
) -> AsyncIterator[World]:
    """A world, whose loops log in with `login` and wait so long for the database."""
    admin.execute("update kinkster.settings set notion_interval = '1 ms'")
    async with offline_notion() as notion, Queries(login, 10, connect_seconds) as queries:
        world = World(admin, notion, queries, user, "")
        await world.complete()
        await world.connect()
        world.bot = world.connection()["bot_id"]
        await notion.control("PUT", "/limits", {})
        try:
            yield world
        finally:
            for loop in world.loops:
                await loop.stop(1)
