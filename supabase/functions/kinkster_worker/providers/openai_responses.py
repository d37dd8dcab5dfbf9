"""The OpenAI Responses API (https://platform.openai.com/docs/api-reference/responses)."""

import time
from collections.abc import AsyncGenerator, Callable
from typing import Any, ClassVar

import aiohttp

from kinkster_worker import errors
from kinkster_worker.plan import Plan
from kinkster_worker.providers import Completed, Event, counts
from kinkster_worker.providers.stream import (
    Patience,
    body_of,
    events_of,
    excerpt,
    failed_status,
    fields_of,
    loads,
    name_of,
    post,
)

REMEMBER_SECONDS = 600.0
QUOTA_CODES = {"insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded"}


class UnknownPreviousResponse(Exception):
    """The server does not know the previous response id (any more): send the transcript instead."""


class ConversationLocked(Exception):
    """The server is still busy with the previous response: wait a moment and ask again."""


class NoResponsesApi(Exception):
    """The server has no such route: use Chat Completions."""


class OpenAIResponses:
    """Asks the Responses API, and remembers for ten minutes that a server has none."""

    api: ClassVar[str] = "responses"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: str,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._url, self._key, self._patience = session, f"{base_url}/responses", key, patience
        self._clock, self._missing_until = clock, float("-inf")

    @property
    def stateless(self) -> bool:
        """Whether the server is known to keep no responses."""
        return self._clock() < self._missing_until

    def remember_missing(self) -> None:
        """Keeps in mind that the server has no Responses API."""
        self._missing_until = self._clock() + REMEMBER_SECONDS

    async def stream(self, plan: Plan) -> AsyncGenerator[Event, None]:
        """See Provider. Also raises the three exceptions of this module, before any text."""
        async with post(self._session, self._url, request_body(plan), self._key, self._patience) as response:
            if response.status != 200:
                words = await body_of(response, self._patience)
                raise refusal(response.status, response.headers, words, plan["previous_response_id"])
            async for event in events_of(response, ResponsesReader(), self._patience):
                yield event

    async def abort(self, plan: Plan) -> None:
        """Closing the connection is enough here."""


def request_body(plan: Plan) -> dict[str, object]:
    """The body of POST /responses. The server carries no instructions over: they always go along."""
    question: object = plan["message"]
    if plan["history"]:
        question = [*plan["history"], {"role": "user", "content": plan["message"]}]
    body: dict[str, object] = {
        "model": plan["model"],
        "instructions": plan["instructions"],
        "input": question,
        "stream": True,
        "store": True,
        "safety_identifier": plan["safety_identifier"],
        "prompt_cache_key": plan["conversation_id"],
    }
    if plan["previous_response_id"]:
        body["previous_response_id"] = plan["previous_response_id"]
    return body


def refusal(
    status: int, headers: Any, body: bytes, previous_response_id: str | None
) -> errors.ProviderError | UnknownPreviousResponse | ConversationLocked | NoResponsesApi:
    """What a status other than 200 means, in the forms of OpenAI, vLLM, agentic-api and FastAPI."""
    error = error_of(body)
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    if previous_response_id and status in (400, 404):
        about_id = (
            error.get("param") in ("previous_response_id", "response_id") or previous_response_id in message
        )
        if (
            code == "previous_response_not_found"
            or about_id
            or (status == 400 and "previous_response_id" in message)
        ):
            return UnknownPreviousResponse()
    if code == "conversation_locked":
        return ConversationLocked()
    about_model = code == "model_not_found" or error.get("param") == "model"
    if status in (404, 405) and not about_model:
        return NoResponsesApi()
    return refused(status, headers, error)


def error_of(body: bytes) -> dict[str, Any]:
    """The error object of a body, in whatever shape; a body that is none gives its words as the message."""
    try:
        found = loads(body)
    except errors.ProviderError:
        return {"message": "" if body.lstrip()[:1] == b"<" else body.decode(errors="replace")}
    error = fields_of(found).get("error", fields_of(found).get("detail", found))
    return error if isinstance(error, dict) else {"message": str(error)}


def refused(status: int, headers: Any, error: dict[str, Any]) -> errors.ProviderError:
    """The error for a refused request, of Responses and Chat Completions alike."""
    words = excerpt(error.get("message") or "no reason given")
    if status == 429 and {error.get("code"), error.get("type")} & QUOTA_CODES:
        return errors.ProviderQuotaExhausted()
    return failed_status(status, headers, words) or errors.ProviderRejected(
        f"The provider refused the request (status {status}): {words}"
    )


def reported(error: dict[str, Any]) -> errors.ProviderError:
    """The error for an error object inside a stream."""
    code, words = (
        str(error.get("code") or error.get("type") or ""),
        excerpt(error.get("message") or "no reason given"),
    )
    if code in QUOTA_CODES:
        return errors.ProviderQuotaExhausted()
    if code in ("rate_limit_exceeded", "rate_limit_error", "429"):
        return errors.ProviderRateLimited()
    if code in ("invalid_api_key", "authentication_error", "401"):
        return errors.ProviderUnauthorized()
    if code in ("server_error", "server_overloaded", "overloaded_error", "500", "502", "503"):
        return errors.ProviderUnavailable(f"The provider is having trouble: {words}")
    if code in ("content_filter", "content_policy_violation", "image_content_policy_violation"):
        return errors.ReplyFiltered()
    if code in ("invalid_prompt", "invalid_request_error", "context_length_exceeded", "model_not_found"):
        return errors.ProviderRejected(f"The provider refused the request: {words}")
    return errors.ProviderError(f"The provider reported an error: {words}")


def stopped(reason: object, model: str | None, usage: dict[str, int]) -> errors.ProviderError:
    """The error for a reply that the provider stopped by itself."""
    if reason == "content_filter":
        return errors.ReplyFiltered(model=model, usage=usage)
    if reason in ("max_output_tokens", "length", "max_messages", None):
        return errors.ReplyIncomplete(model=model, usage=usage)
    return errors.ReplyIncomplete(
        f"The provider stopped the reply early: {excerpt(reason, 60)}.", model=model, usage=usage
    )


class ResponsesReader:
    """Reads the events of one response. Nothing but its terminal event makes it whole."""

    whole = False

    def __init__(self) -> None:
        self._refusal = ""
        self._streamed = False

    def read(self, event: dict[str, Any]) -> Event | None:
        """See Reader. Dispatches on `type`; an unknown one does not matter."""
        kind = event.get("type")
        if kind == "response.output_text.delta":
            delta = event.get("delta")
            if type(delta) is str and delta:
                self._streamed = True
                return delta
        elif kind == "response.refusal.delta":
            self._refusal = (self._refusal + str(event.get("delta") or ""))[:1000]
        elif kind == "response.refusal.done":
            raise said_no(str(event.get("refusal") or self._refusal))
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            return self._terminal(str(kind), fields_of(event.get("response")))
        elif kind == "error":
            raise reported({**event, **fields_of(event.get("error"))})
        return None

    def end(self) -> Completed:
        """No event has ended the response."""
        raise said_no(self._refusal) if self._refusal else errors.ReplyCutOff()

    def _terminal(self, kind: str, response: dict[str, Any]) -> Completed:
        model = name_of(response.get("model"))
        usage = _usage(fields_of(response.get("usage")))
        details = fields_of(response.get("incomplete_details"))
        if kind == "response.failed" or response.get("status") == "failed":
            error = reported(fields_of(response.get("error")))
            error.model, error.usage = model, usage
            raise error
        # vLLM says response.completed for a response that its status calls incomplete.
        if kind == "response.incomplete" or response.get("status") != "completed" or details:
            raise stopped(details.get("reason"), model, usage)
        texts, refusals = _output(response)
        if self._refusal or refusals:
            raise said_no(self._refusal or refusals, model, usage)
        return Completed(name_of(response.get("id")), model, usage, None if self._streamed else texts)


def said_no(words: str, model: str | None = None, usage: dict[str, int] | None = None) -> errors.ReplyRefused:
    """The error for a refusal, with the model's own words."""
    said = excerpt(words)
    return errors.ReplyRefused(
        f"The model declined to answer: {said}" if said else None, model=model, usage=usage
    )


def _usage(usage: dict[str, Any]) -> dict[str, int]:
    details = fields_of(usage.get("input_tokens_details"))
    return counts(
        input_tokens=usage.get("input_tokens"),
        cached_tokens=details.get("cached_tokens"),
        cache_write_tokens=details.get("cache_write_tokens"),
        output_tokens=usage.get("output_tokens"),
        reasoning_tokens=fields_of(usage.get("output_tokens_details")).get("reasoning_tokens"),
    )


def _output(response: dict[str, Any]) -> tuple[str, str]:
    texts, refusals = "", ""
    output = response.get("output")
    for item in output if isinstance(output, list) else []:
        content = fields_of(item).get("content") if fields_of(item).get("type") == "message" else None
        for part in map(fields_of, content if isinstance(content, list) else []):
            texts += str(part.get("text") or "") if part.get("type") == "output_text" else ""
            refusals += str(part.get("refusal") or "") if part.get("type") == "refusal" else ""
    return texts, refusals
