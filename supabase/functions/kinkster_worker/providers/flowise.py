"""Flowise's prediction API (https://docs.flowiseai.com/api-reference/prediction), as version 3.1 speaks it.

Each event is `{"event": name, "data": …}`. `end` is no sign of success: a `metadata` without an `error` is.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import quote

import aiohttp
from yarl import URL

from kinkster_worker import errors
from kinkster_worker.plan import Plan
from kinkster_worker.providers import Completed, Event
from kinkster_worker.providers.flowise_usage import answers_in, model_of, usage_of
from kinkster_worker.providers.stream import (
    Patience,
    body_of,
    events_of,
    excerpt,
    failed_status,
    fields_of,
    loads,
    post,
)

MESSAGE_HEADING = "The user's message:"
ABORT_SECONDS = 3
TIMEOUT_HINT = (
    "Send it again; operator: see that the chatflow exists (Flowise never answers for an unknown id), "
    "and that the model behind it is up (Flowise asks it again for up to 100 seconds)."
)
_ROLES = {"user": "userMessage", "assistant": "apiMessage"}
_TOO_MANY = re.compile(r"\b429\b")


class Flowise:
    """Asks a chatflow."""

    api: ClassVar[str] = "flowise"

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str | None, patience: Patience) -> None:
        self._session, self._base, self._key, self._patience = session, f"{url}/api/v1", key, patience

    def _address(self, *path: str | None) -> URL:
        return URL("/".join([self._base, *(quote(part or "", safe="") for part in path)]), encoded=True)

    async def stream(self, plan: Plan) -> AsyncGenerator[Event, None]:
        """See Provider."""
        if not plan["chatflow_id"]:
            raise errors.ProviderNotConfigured(
                "This character has no chatflow.", "Set its flowise_chatflow_id."
            )
        url = self._address("prediction", plan["chatflow_id"])
        try:
            async with post(self._session, url, request_body(plan), self._key, self._patience) as response:
                if response.status != 200 or response.content_type == "application/json":
                    yield whole(response.status, response.headers, await body_of(response, self._patience))
                    return
                async for event in events_of(response, FlowiseReader(), self._patience):
                    yield event
        except errors.ProviderTimeout as error:
            error.hint = TIMEOUT_HINT
            raise

    async def abort(self, plan: Plan) -> None:
        """Stops an agent flow, which ignores a closed connection. Never raises, never takes long."""
        url = self._address("chatmessage", "abort", plan["chatflow_id"], plan["session_id"])
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            timeout = aiohttp.ClientTimeout(total=ABORT_SECONDS)
            async with self._session.put(url, headers=headers, timeout=timeout, allow_redirects=False):
                pass


def request_body(plan: Plan) -> dict[str, object]:
    """The body of a prediction. The limits stand last in the question, where no flow can drop them."""
    session = plan["session_id"]
    body: dict[str, object] = {
        "question": f"{MESSAGE_HEADING}\n{plan['message']}\n\n{plan['limits']}",
        "streaming": True,
        "chatId": session,
        "overrideConfig": {"sessionId": session, "systemMessage": plan["instructions"]},
    }
    if plan["history"]:
        body["history"] = [{"role": _ROLES[m["role"]], "content": m["content"]} for m in plan["history"]]
    return body


def whole(status: int, headers: Any, body: bytes) -> Completed:
    """The reply of a flow that can't stream. Raises ProviderError for what is none."""
    try:
        answer = fields_of(loads(body))
    except errors.ProviderError:
        answer = {}
    words = str(answer.get("message") or "")
    if isinstance(answer.get("statusCode"), int):
        status = answer["statusCode"]
    if status == 200 and isinstance(answer.get("text"), str):
        answers = answers_in(answer.get("agentFlowExecutedData"))
        usage = usage_of(each["usageMetadata"] for each in answers)
        return Completed(None, model_of(answers), usage, answer["text"])
    if status == 200 and not words:
        raise errors.ProviderMisbehaved("Flowise answered without a text.")
    if status == 404:
        raise errors.ProviderRejected(
            "Flowise does not know this chatflow.", "Operator: set the character's flowise_chatflow_id."
        )
    if status == 429 or not words:
        raise failed_status(status, headers, "no reason given") or errors.ProviderRejected()
    raise (
        _named(words)
        or failed_status(status, headers, excerpt(words))
        or errors.ProviderRejected(f"Flowise refused the request: {excerpt(words)}")
    )


def _named(words: str) -> errors.ProviderError | None:
    """The error that Flowise hides in words: a wrong key, or the model's rate limit."""
    if "Unauthorized" in words:
        return errors.ProviderUnauthorized()
    if _TOO_MANY.search(words):
        return errors.ProviderRateLimited()
    return None


class FlowiseReader:
    """Reads the events of one prediction."""

    def __init__(self) -> None:
        self.whole = False
        self._said: list[object] = []
        self._nodes: object = None

    def read(self, event: dict[str, Any]) -> Event | None:
        """See Reader. Dispatches on `event`; an unknown one does not matter."""
        kind, data = event.get("event"), event.get("data")
        if kind == "token":
            return data if type(data) is str and data else None
        if kind == "metadata":
            self.whole = True
        elif kind == "usageMetadata":
            self._said.append(data)
        elif kind == "agentFlowExecutedData":
            self._nodes = data  # all of them each time, those that are done
        elif kind == "error":
            words = str(fields_of(data).get("message") or data or "no reason given")
            said = excerpt(words.removeprefix("Error: ").removeprefix("predictionsServices.buildChatflow - "))
            raise _named(words) or errors.ProviderError(f"Flowise reported an error: {said}")
        elif kind == "abort":
            raise errors.ReplyCutOff("Flowise stopped the reply, as somebody asked it to.")
        elif kind == "end":
            return self.end()
        return None

    def end(self) -> Completed:
        """The stream is over: whole if its metadata came."""
        if not self.whole:
            raise errors.ReplyCutOff
        usage, answers = usage_of(self._said), answers_in(self._nodes)
        # Where the nodes don't account for all the tokens, other models may have been asked.
        accounted = usage_of(each["usageMetadata"] for each in answers) == usage
        return Completed(None, model_of(answers) if accounted else None, usage)
