"""Chat Completions (https://platform.openai.com/docs/api-reference/chat), the fallback."""

from collections.abc import AsyncGenerator
from typing import Any, ClassVar

import aiohttp

from kinkster_worker import errors
from kinkster_worker.plan import Plan
from kinkster_worker.providers import Completed, Event, counts
from kinkster_worker.providers.openai_responses import (
    error_of,
    refused,
    reported,
    said_no,
    stopped,
)
from kinkster_worker.providers.stream import Patience, body_of, events_of, excerpt, fields_of, name_of, post


class OpenAIChat:
    """Asks Chat Completions, with the whole transcript."""

    api: ClassVar[str] = "chat_completions"

    def __init__(self, session: aiohttp.ClientSession, base_url: str, key: str, patience: Patience) -> None:
        self._session, self._url, self._key, self._patience = (
            session,
            f"{base_url}/chat/completions",
            key,
            patience,
        )

    async def stream(self, plan: Plan) -> AsyncGenerator[Event, None]:
        """See Provider."""
        async with post(self._session, self._url, request_body(plan), self._key, self._patience) as response:
            if response.status != 200:
                raise refused(
                    response.status, response.headers, error_of(await body_of(response, self._patience))
                )
            async for event in events_of(response, ChatReader(), self._patience):
                yield event

    async def abort(self, plan: Plan) -> None:
        """Closing the connection is enough here."""


def request_body(plan: Plan) -> dict[str, object]:
    """The body of POST /chat/completions."""
    return {
        "model": plan["model"],
        "messages": [
            {"role": "system", "content": plan["instructions"]},
            *(plan["history"] or []),
            {"role": "user", "content": plan["message"]},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "safety_identifier": plan["safety_identifier"],
        "prompt_cache_key": plan["conversation_id"],
    }


class ChatReader:
    """Reads the chunks of one completion.

    The finish reason makes the reply whole; the usage comes in a chunk after it and `[DONE]` after that, and
    some servers send neither, so the end of the stream is waited for and then not needed.
    """

    def __init__(self) -> None:
        self._refusal = ""
        self._reason: str | None = None
        self._model: str | None = None
        self._usage: dict[str, int] = {}

    @property
    def whole(self) -> bool:
        """See Reader."""
        return self._reason is not None

    def read(self, event: dict[str, Any]) -> Event | None:
        """See Reader."""
        if event.get("error"):
            error = event["error"]
            raise reported(error if isinstance(error, dict) else {"message": str(error)})
        self._model = name_of(event.get("model")) or self._model
        if event.get("usage"):
            self._usage = _usage(fields_of(event["usage"]))
        choices = event.get("choices")
        if not isinstance(choices, list) or not choices:
            return None
        choice = fields_of(choices[0])
        delta = fields_of(choice.get("delta"))
        if choice.get("finish_reason"):
            self._reason = str(choice["finish_reason"])
        if delta.get("refusal"):
            self._refusal = (self._refusal + str(delta["refusal"]))[:1000]
        content = delta.get("content")
        return content if type(content) is str and content else None

    def end(self) -> Completed:
        """See Reader; also called at `[DONE]`."""
        if self._reason is None:
            raise errors.ReplyCutOff
        if self._refusal:
            raise said_no(self._refusal, self._model, self._usage)
        if self._reason in ("length", "content_filter"):
            raise stopped(self._reason, self._model, self._usage)
        if self._reason != "stop":
            raise errors.ProviderMisbehaved(
                f"The provider ended the reply for an unknown reason: {excerpt(self._reason, 60)}."
            )
        return Completed(None, self._model, self._usage)


def _usage(usage: dict[str, Any]) -> dict[str, int]:
    details = fields_of(usage.get("prompt_tokens_details"))
    return counts(
        input_tokens=usage.get("prompt_tokens"),
        cached_tokens=details.get("cached_tokens"),
        cache_write_tokens=details.get("cache_write_tokens"),
        output_tokens=usage.get("completion_tokens"),
        reasoning_tokens=fields_of(usage.get("completion_tokens_details")).get("reasoning_tokens"),
    )
