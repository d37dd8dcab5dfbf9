"""The OpenAI API, or a server that speaks as it does: is it there, does it take the key, know the models, and
have the Responses API?

https://platform.openai.com/docs/api-reference/models lists and finds models without cost. An empty body is
refused where a route exists (400 or 422), and not found where there is none (404 or 405), as workers see it.
"""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp

from kinkster_worker.doctor.asking import Answer, NoAnswer, ask
from kinkster_worker.doctor.finding import Finding
from kinkster_worker.providers.stream import fields_of
from kinkster_worker.settings import Settings

UNREACHED = "See openai first."


class OpenAI:
    """Asks the server of OPENAI_BASE_URL."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        key = settings.openai_api_key
        self._session, self._url = session, settings.openai_base_url
        self._key = key.get_secret_value() if key else None
        self._listed: set[str] = set()
        self.ahead: float | None = None

    async def look(self) -> list[Finding]:
        """Whether it is there and takes the key, and how it is asked for replies."""
        if self._key is None:
            return []
        found = await asyncio.gather(self._look_at_key(), self._look_at_responses())
        return list(found)

    async def _look_at_key(self) -> Finding:
        try:
            answer = await self._ask("GET", "/models")
        except NoAnswer as error:
            todo = "See OPENAI_BASE_URL, the network, and that the server runs."
            return Finding("openai", "problem", f"{self._url} can't be reached. {error}", todo)
        self.ahead = answer.ahead
        if answer.status in (401, 403):
            found = f"{self._url} refuses the key (status {answer.status})."
            return Finding("openai", "problem", found, "Put a valid key into OPENAI_API_KEY.")
        if answer.status == 429:
            todo = "Wait a little; if it lasts, see limits and billing of the account."
            return Finding("openai", "warning", f"{self._url} takes no more requests at the moment.", todo)
        if answer.status >= 500:
            found = f"{self._url} is having trouble (status {answer.status})."
            return Finding("openai", "problem", found, "See the provider's status page, or the server's log.")
        models = fields_of(answer.body).get("data")
        if answer.status == 200 and isinstance(models, list):
            self._listed = {str(fields_of(one).get("id")) for one in models}
            found = f"{self._url} answers and takes the key; it has {len(models)} models."
            return Finding("openai", "ok", found)
        if answer.status in (404, 405) and answer.is_api:
            found = f"{self._url} answers, and lists no models: whether it takes the key, a turn will show."
            return Finding("openai", "unknown", found, "See responses_turns.")
        found = f"{self._url} answers with something that is not the API (status {answer.status})."
        todo = "Set OPENAI_BASE_URL to the address of the API, ending in /v1, not of a web page."
        return Finding("openai", "problem", found, todo)

    async def _look_at_responses(self) -> Finding:
        name = "responses_api"
        try:
            answer = await self._ask("POST", "/responses", {})
            if not _is_missing(answer):
                return _of_route(name, answer)
            fallback = await self._ask("POST", "/chat/completions", {})
        except NoAnswer:
            return Finding(name, "unknown", "Whether there is a Responses API can't be told.", UNREACHED)
        if _is_missing(fallback):
            found = "The server has neither the Responses API nor Chat Completions."
            return Finding(
                name, "problem", found, "Set OPENAI_BASE_URL to the address of the API, ending in /v1."
            )
        found = (
            "The server has no Responses API; workers use Chat Completions, with the transcript each time."
        )
        todo = "If it should have one, see OPENAI_BASE_URL and what the account may use."
        return Finding(name, "warning", found, todo)

    async def look_at_models(self, models: list[str]) -> list[Finding]:
        """Whether it knows the models that characters ask for."""
        if self._key is None or not models:
            return []
        unlisted = [model for model in models if model not in self._listed]
        known = dict(zip(unlisted, await asyncio.gather(*map(self._knows, unlisted)), strict=True))
        missing = [model for model, is_known in known.items() if is_known is False]
        untold = [model for model, is_known in known.items() if is_known is None]
        if missing:
            found = f"The server does not know these models, or not for this key: {', '.join(missing)}."
            todo = "Choose others: update_kinkster_provider, or kinkster.settings.default_openai_model."
            return [Finding("openai_models", "problem", found, todo)]
        if untold:
            found = f"Whether the server knows these models can't be told: {', '.join(untold)}."
            return [Finding("openai_models", "unknown", found, UNREACHED)]
        return [Finding("openai_models", "ok", f"The server knows the models in use: {', '.join(models)}.")]

    async def _knows(self, model: str) -> bool | None:
        try:
            answer = await self._ask("GET", f"/models/{quote(model, safe='')}")
        except NoAnswer:
            return None
        if answer.status == 200 and answer.is_api:
            return True
        if answer.status == 404 and (self._listed or _error(answer).get("code") == "model_not_found"):
            return False
        return None

    async def _ask(self, method: str, path: str, body: object = None) -> Answer:
        return await ask(self._session, method, self._url + path, self._key, body)


def _error(answer: Answer) -> dict[str, Any]:
    return fields_of(fields_of(answer.body).get("error"))


def _is_missing(answer: Answer) -> bool:
    """As the worker sees it: a missing route, not a missing model."""
    error = _error(answer)
    about_model = error.get("code") == "model_not_found" or error.get("param") == "model"
    return answer.status in (404, 405) and not about_model


def _of_route(name: str, answer: Answer) -> Finding:
    if answer.status in (401, 403, 429) or answer.status >= 500 or not answer.is_api:
        found = f"Whether there is a Responses API can't be told (status {answer.status})."
        return Finding(name, "unknown", found, UNREACHED)
    return Finding(name, "ok", "The server has the Responses API.")
