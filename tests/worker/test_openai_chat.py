"""Chat Completions: a finish reason of `stop` makes a reply whole, and nothing else does."""

from typing import Any

import pytest
from kinkster_worker.errors import (
    ProviderError,
    ProviderMisbehaved,
    ProviderQuotaExhausted,
    ProviderRateLimited,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnauthorized,
    ProviderUnavailable,
    ReplyCutOff,
    ReplyFiltered,
    ReplyIncomplete,
    ReplyRefused,
)
from kinkster_worker.providers import Completed
from kinkster_worker.providers.openai_chat import OpenAIChat, request_body
from kinkster_worker.providers.stream import Patience
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from tests.worker.conftest import (
    END,
    Cut,
    Scripted,
    Stall,
    Step,
    end_of,
    event,
    failed,
    http,
    patience_for,
    plan_of,
    session_of,
    sse,
)


def piece(content: str | None = None, reason: str | None = None, **delta: object) -> bytes:
    choice = {"index": 0, "delta": {"content": content, **delta}, "finish_reason": reason}
    return event({"object": "chat.completion.chunk", "model": "gpt-test", "choices": [choice]})


USAGE = event(
    {
        "choices": [],
        "usage": {
            "prompt_tokens": 11,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
    }
)
DONE = event(b"[DONE]")


async def ask(scripted: Scripted, *steps: Step, **plan: Any) -> tuple[str, Completed | Exception]:
    """The text and the end of one answer."""
    scripted.will(*steps)
    async with session_of() as session:
        patience = patience_for(steps, Patience(0.2, 0.2))
        provider = OpenAIChat(session, scripted.url + "/v1", "sk-test-0123456789", patience)
        return await end_of(provider, plan_of(**plan))


def test_the_request_is_one_that_the_sdk_would_send() -> None:
    history = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    body = request_body(plan_of(history=history))
    TypeAdapter(CompletionCreateParamsStreaming).validate_python(body, extra="forbid")
    assert body["messages"] == [
        {"role": "system", "content": "You are Ada."},
        *history,
        {"role": "user", "content": "Hello"},
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(b"\\u0000a", "\ufffda"), (b"a\\ud83db", "a\ufffdb"), (b"x" * 300, "x" * 200), (b"", None)],
)
async def test_the_models_name_becomes_what_can_be_kept(
    scripted: Scripted, sent: bytes, kept: str | None
) -> None:
    choice = b'{"delta":{"content":"Hi"},"finish_reason":"stop"}'
    last = event(b'{"model":"' + sent + b'","choices":[' + choice + b"]}")
    assert await ask(scripted, sse(), last, DONE, END) == ("Hi", Completed(None, kept))


async def test_a_whole_reply(scripted: Scripted) -> None:
    text, end = await ask(
        scripted,
        sse(),
        piece("", role="assistant"),
        piece("Hel"),
        piece("lo"),
        piece(None, "stop"),
        USAGE,
        DONE,
        END,
    )
    usage = {
        "input_tokens": 11,
        "cached_tokens": 3,
        "cache_write_tokens": 5,
        "output_tokens": 7,
        "reasoning_tokens": 2,
    }
    assert (text, end) == ("Hello", Completed(None, "gpt-test", usage))


@pytest.mark.parametrize("tail", [[END], [Cut], [DONE, Stall], [Stall], [USAGE, Cut]])
async def test_what_follows_the_finish_reason_is_not_needed(scripted: Scripted, tail: list[Step]) -> None:
    text, end = await ask(scripted, sse(), piece("Hello", "stop"), *tail)
    assert (text, type(end)) == ("Hello", Completed)


FAILURES: dict[str, tuple[list[Step], type[Exception], str]] = {
    "no finish reason": ([sse(), piece("part"), DONE, END], ReplyCutOff, "part"),
    "a clean cut": ([sse(), piece("part"), END], ReplyCutOff, "part"),
    "a connection that drops": ([sse(), piece("part"), Cut], ReplyCutOff, "part"),
    "too long": ([sse(), piece("part"), piece(None, "length"), USAGE, DONE, END], ReplyIncomplete, "part"),
    "filtered": ([sse(), piece("part"), piece(None, "content_filter"), DONE, END], ReplyFiltered, "part"),
    "an unknown reason": (
        [sse(), piece("part"), piece(None, "tool_calls"), DONE, END],
        ProviderMisbehaved,
        "part",
    ),
    "a refusal": ([sse(), piece(None, refusal="I can't."), piece(None, "stop"), DONE, END], ReplyRefused, ""),
    "an error event": (
        [sse(), piece("part"), event({"error": {"message": "oops"}}), END],
        ProviderError,
        "part",
    ),
    "an error event of words": ([sse(), event({"error": "oops"}), END], ProviderError, ""),
    "silence": ([sse(), piece("part"), Stall], ProviderTimeout, "part"),
    "HTML with 200": ([http(b"<html>", kind="text/html")], ProviderMisbehaved, ""),
    "a wrong key": ([failed("401 Unauthorized", {"message": "no"})], ProviderUnauthorized, ""),
    "a rate limit": ([failed("429 Too Many Requests", {})], ProviderRateLimited, ""),
    "no quota": (
        [failed("429 Too Many Requests", {"code": "insufficient_quota"})],
        ProviderQuotaExhausted,
        "",
    ),
    "a server error": ([http(b"", "503 Service Unavailable")], ProviderUnavailable, ""),
    "no such route": ([http(b'{"detail":"Not Found"}', "404 Not Found")], ProviderRejected, ""),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_every_other_end_is_a_failure(scripted: Scripted, name: str) -> None:
    steps, kind, kept = FAILURES[name]
    text, end = await ask(scripted, *steps)
    assert type(end) is kind
    assert text == kept
