"""The offline Notion on a free port, for tests: the official client, and a grip on its control routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from kinkster_worker.offline.notion_state import FIRST_DATABASE, FIRST_TOKEN
from notion_client import APIResponseError, AsyncClient

from tests.worker.offline_fixtures import offline_server

Json = dict[str, Any]
NEWEST = "2026-03-11"
SOME_PROPERTIES: Json = {
    "Name": {"title": {}},
    "Supabase ID": {"rich_text": {}},
    "Bio": {"rich_text": {}},
    "Role": {"select": {}},
    "Hard Limits": {"multi_select": {}},
    "Dominance": {"number": {}},
    "Public": {"checkbox": {}},
    "Avatar": {"files": {}},
    "Created": {"date": {}},
    "Site": {"url": {}},
}


def text(content: str) -> list[Json]:
    """Rich text of one element."""
    return [{"type": "text", "text": {"content": content}}]


def paragraph(content: str) -> Json:
    """A block of content."""
    return {"object": "block", "type": "paragraph", "paragraph": {"rich_text": text(content)}}


def row(name: str = "Mira", identifier: str = "", **more: Any) -> Json:
    """The properties of a page."""
    return {"Name": {"title": text(name)}, "Supabase ID": {"rich_text": text(identifier)}, **more}


def said(value: Json) -> str:
    """What a title or rich text says that Notion gave back, as a property or in a block."""
    elements = value.get("title", value.get("rich_text"))
    assert elements is not None
    return "".join(element["plain_text"] for element in elements)


@dataclass(frozen=True)
class OfflineNotion:
    """A running offline Notion with a database of `SOME_PROPERTIES`."""

    url: str
    http: aiohttp.ClientSession
    client: AsyncClient
    """The official client, pointed at this server, without retries."""
    database: str
    source: str

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Commands the server."""
        async with self.http.request(method, f"{self.url}/_offline/notion{path}", json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def faults(self, *faults: Json) -> None:
        """Queues faults."""
        await self.control("POST", "/faults", list(faults))

    async def pages(self) -> list[Json]:
        """All pages, each with its `content`."""
        found: list[Json] = (await self.control("GET", "/pages"))["pages"]
        return found

    async def requests(self) -> list[Json]:
        """All requests so far."""
        found: list[Json] = (await self.control("GET", "/requests"))["requests"]
        return found

    async def send(
        self, method: str, path: str, body: Any = None, token: str = FIRST_TOKEN, **more: Any
    ) -> tuple[int, Json]:
        """A bare request to `/v1/…`; `data` in place of a body sends bytes. Gives status and answer."""
        headers = {"Authorization": f"Bearer {token}", "Notion-Version": NEWEST} | more.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value}
        content = more if "data" in more else {"json": body}
        url = f"{self.url}/notion/v1{path}"
        async with self.http.request(method, url, headers=headers, **content) as response:
            return response.status, await response.json()

    async def create(self, properties: Json, **more: Any) -> Json:
        """Makes a page."""
        parent = {"type": "data_source_id", "data_source_id": self.source}
        page: Json = await self.client.pages.create(parent=parent, properties=properties, **more)
        return page

    async def query(self, identifier: str, **more: Any) -> Json:
        """The pages with this `Supabase ID`."""
        where = {"property": "Supabase ID", "rich_text": {"equals": identifier}}
        found: Json = await self.client.data_sources.query(self.source, filter=where, **more)
        return found


def client_of(url: str, token: str = FIRST_TOKEN, version: str = NEWEST) -> AsyncClient:
    """An official client of an offline server, without retries."""
    base_url = f"{url}/notion"
    return AsyncClient(auth=token, base_url=base_url, notion_version=version, retry=False, timeout_ms=5_000)


@asynccontextmanager
async def offline_notion(**options: Any) -> AsyncIterator[OfflineNotion]:
    """An offline server with its control routes open; its first database has `SOME_PROPERTIES`."""
    async with offline_server(**options) as server:
        client = client_of(server.url)
        try:
            database = await client.databases.retrieve(FIRST_DATABASE)
            source = database["data_sources"][0]["id"]
            await client.data_sources.update(source, properties=SOME_PROPERTIES)
            yield OfflineNotion(server.url, server.http, client, FIRST_DATABASE, source)
        finally:
            await client.aclose()


def refusal(error: APIResponseError) -> tuple[int, str, str]:
    """Status, code and message."""
    assert error.request_id
    return error.status, str(error.code.value), str(error)
