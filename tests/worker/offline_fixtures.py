"""The offline server on a free port, for tests, and a grip on its control routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from kinkster_worker.offline.app import create_app
from openai import AsyncOpenAI


@dataclass(frozen=True)
class Offline:
    """A running offline server with its control routes open."""

    url: str
    http: aiohttp.ClientSession
    openai: AsyncOpenAI
    """The official SDK, pointed at this server, without retries."""

    async def faults(self, *faults: dict[str, Any]) -> None:
        """Queues faults, one for each of the next requests."""
        async with self.http.post(f"{self.url}/_offline/faults", json=list(faults)) as response:
            assert response.status == 200, await response.text()

    async def requests(self) -> list[dict[str, Any]]:
        """What the providers' routes were sent so far."""
        async with self.http.get(f"{self.url}/_offline/requests") as response:
            found: list[dict[str, Any]] = (await response.json())["requests"]
            return found

    async def predict(self, body: dict[str, Any], flow: str = "chain") -> aiohttp.ClientResponse:
        """Asks a chatflow; the caller reads the response."""
        return await self.http.post(f"{self.url}/api/v1/prediction/{flow}", json=body)


@asynccontextmanager
async def offline_server(key: str = "offline", **options: Any) -> AsyncIterator[Offline]:
    """An offline server with these options of `create_app`, without pauses unless they say otherwise."""
    runner = web.AppRunner(create_app(**{"pace": 0, "control": True, **options}), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with (
            aiohttp.ClientSession() as http,
            AsyncOpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0, timeout=5) as openai,
        ):
            yield Offline(url, http, openai)
    finally:
        await runner.cleanup()
