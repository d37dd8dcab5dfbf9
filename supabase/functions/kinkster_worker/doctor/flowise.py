"""Flowise: is it there, and does it have the chatflows in use?

`/ping` and `/chatflows-streaming/{id}` need no key and run no flow. Whether a keyed flow takes our key, only
a prediction would show.
"""

import asyncio
from urllib.parse import quote

import aiohttp

from kinkster_worker.doctor.asking import Answer, NoAnswer, ask
from kinkster_worker.doctor.finding import Finding
from kinkster_worker.providers.stream import fields_of
from kinkster_worker.settings import Settings


class Flowise:
    """Asks the server of FLOWISE_URL."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        key = settings.flowise_api_key
        self._session, self._url = session, settings.flowise_url
        self._key = key.get_secret_value() if key else None
        self.ahead: float | None = None

    async def look(self) -> list[Finding]:
        """Whether it is there."""
        if self._url is None:
            return []
        try:
            answer = await self._ask("/ping")
        except NoAnswer as error:
            todo = "See FLOWISE_URL, the network, and that Flowise runs."
            return [Finding("flowise", "problem", f"{self._url} can't be reached. {error}", todo)]
        self.ahead = answer.ahead
        if answer.status == 200 and answer.text == "pong":
            return [Finding("flowise", "ok", f"{self._url} answers.")]
        if answer.status in (401, 403):
            found = f"{self._url} refuses the request (status {answer.status})."
            return [
                Finding("flowise", "problem", found, "See FLOWISE_API_KEY, and what stands before Flowise.")
            ]
        if answer.status >= 500:
            found = f"{self._url} is having trouble (status {answer.status})."
            return [Finding("flowise", "problem", found, "See Flowise's log.")]
        found = f"{self._url} answers as something else than Flowise (status {answer.status})."
        todo = "Set FLOWISE_URL to the address of Flowise, as you open it in the browser, without a path."
        return [Finding("flowise", "problem", found, todo)]

    async def look_at_chatflows(self, chatflows: list[str]) -> list[Finding]:
        """Whether it has the chatflows of characters."""
        if self._url is None or not chatflows:
            return []
        name = "flowise_chatflows"
        known = dict(zip(chatflows, await asyncio.gather(*map(self._has, chatflows)), strict=True))
        missing = [chatflow for chatflow, is_known in known.items() if is_known is False]
        untold = [chatflow for chatflow, is_known in known.items() if is_known is None]
        if missing:
            found = f"Flowise does not have these chatflows: {', '.join(missing)}."
            todo = (
                "Set flowise_chatflow_id of the characters, or kinkster.settings.default_flowise_chatflow_id."
            )
            return [Finding(name, "problem", found, todo)]
        if untold:
            found = f"Whether Flowise has these chatflows can't be told: {', '.join(untold)}."
            return [Finding(name, "unknown", found, "See flowise first; then send a message to see.")]
        return [Finding(name, "ok", f"Flowise has the chatflows in use: {', '.join(chatflows)}.")]

    async def _has(self, chatflow: str) -> bool | None:
        try:
            answer = await self._ask(f"/chatflows-streaming/{quote(chatflow, safe='')}")
        except NoAnswer:
            return None
        if answer.status == 200 and "isStreaming" in fields_of(answer.body):
            return True
        words = str(fields_of(answer.body).get("message") or "")
        return False if answer.status in (404, 500) and "not found" in words else None

    async def _ask(self, path: str) -> Answer:
        return await ask(self._session, "GET", f"{self._url}/api/v1{path}", self._key)
