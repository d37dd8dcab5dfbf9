"""Which provider answers a turn, and how it is asked again where it has forgotten or never knew."""

import asyncio
import re
from contextlib import aclosing
from typing import Literal, cast

import aiohttp

from kinkster_worker import errors
from kinkster_worker.plan import Plan
from kinkster_worker.providers import Completed, Provider
from kinkster_worker.providers.flowise import Flowise
from kinkster_worker.providers.openai_chat import OpenAIChat
from kinkster_worker.providers.openai_responses import (
    ConversationLocked,
    NoResponsesApi,
    OpenAIResponses,
    UnknownPreviousResponse,
)
from kinkster_worker.providers.stream import Patience, SurrogateMender
from kinkster_worker.queries import Queries
from kinkster_worker.run import Run
from kinkster_worker.settings import Settings

LOCKED_SECONDS = 1.0  # wait before the one repeat after conversation_locked
_VISIBLE = re.compile(
    r"[^\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u2060\u2800\u3164\ufeff\uffa0]"  # as kinkster.trimmed sees it
)


class Providers:
    """The providers that this worker is set up for."""

    def __init__(self, settings: Settings, queries: Queries, session: aiohttp.ClientSession) -> None:
        self._queries = queries
        patience = Patience(settings.kinkster_first_byte_seconds, settings.kinkster_idle_seconds)
        self._responses: OpenAIResponses | None = None
        self._chat: OpenAIChat | None = None
        if settings.openai_api_key:
            openai = session, settings.openai_base_url, settings.openai_api_key.get_secret_value(), patience
            self._responses, self._chat = OpenAIResponses(*openai), OpenAIChat(*openai)
        self._flowise: Flowise | None = None
        if settings.flowise_url:
            key = settings.flowise_api_key.get_secret_value() if settings.flowise_api_key else None
            patience = Patience(patience.first_byte, patience.idle, settings.kinkster_first_text_seconds)
            self._flowise = Flowise(session, settings.flowise_url, key, patience)

    @property
    def stateless(self) -> bool:
        """Whether the OpenAI-compatible server is known to keep no responses."""
        return self._responses is not None and self._responses.stateless

    @property
    def openai(self) -> Literal["responses", "chat_completions"] | None:
        """The API of OpenAI that is asked at the moment; None without a key."""
        if self._responses is None:
            return None
        return "chat_completions" if self.stateless else "responses"

    @property
    def has_flowise(self) -> bool:
        """Whether Flowise can be asked."""
        return self._flowise is not None

    async def answer(self, run: Run) -> Completed:
        """Asks, and asks again in another form where the first one is not known; the text goes to `run`.

        Gives the end of a whole reply with a text. Raises ProviderError for every other end, and LeaseLost.
        """
        run.provider = provider = self._provider(run.plan)
        if provider is self._chat:
            await self._rebuild(run)
        locked = False
        while True:
            try:
                completed = await self._listen(run, provider)
                break
            except UnknownPreviousResponse:
                await self._rebuild(run)
            except NoResponsesApi:
                await self._rebuild(run)
                run.provider = provider = cast(OpenAIChat, self._chat)
            except ConversationLocked:
                if locked:
                    raise errors.ProviderError(
                        "The provider is still busy with the previous message."
                    ) from None
                locked = True
                await asyncio.sleep(LOCKED_SECONDS)
        if completed.text and not run.size:
            run.take(SurrogateMender()(completed.text))
        if not _VISIBLE.search(run.gather()):
            raise errors.ReplyEmpty(model=completed.model, usage=completed.usage)
        return completed

    async def _listen(self, run: Run, provider: Provider) -> Completed:
        completed: Completed | None = None
        async with aclosing(provider.stream(run.plan)) as events:
            async for event in events:
                if provider is self._chat and self._responses and not self._responses.stateless:
                    self._responses.remember_missing()
                if isinstance(event, Completed):
                    completed = event
                else:
                    run.take(event)
        if completed is None:
            raise errors.WorkerFailed
        return completed

    def _provider(self, plan: Plan) -> Provider:
        if plan["provider"] == "flowise":
            if self._flowise is None:
                raise errors.ProviderNotConfigured(
                    hint="Operator: set FLOWISE_URL and start the worker again."
                )
            return self._flowise
        if self._responses is None:
            raise errors.ProviderNotConfigured(
                hint="Operator: set OPENAI_API_KEY and start the worker again."
            )
        return self._chat if self._chat and self._responses.stateless else self._responses

    async def _rebuild(self, run: Run) -> None:
        if run.plan["history"] is None:
            history = await self._queries.rebuild_turn(*run.ids)
            run.plan = {**run.plan, "previous_response_id": None, "history": history}
