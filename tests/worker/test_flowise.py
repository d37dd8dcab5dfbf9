"""Flowise: `metadata` without `error` makes a reply whole; `end` alone does not."""

import asyncio
import json
from typing import Any

import pytest
from kinkster_worker.errors import (
    ProviderError,
    ProviderMisbehaved,
    ProviderNotConfigured,
    ProviderRateLimited,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnauthorized,
    ProviderUnavailable,
    ReplyCutOff,
)
from kinkster_worker.providers import Completed
from kinkster_worker.providers.flowise import Flowise, request_body
from kinkster_worker.providers.stream import Patience

from tests.worker.conftest import (
    END,
    Cut,
    Scripted,
    Stall,
    Step,
    chunk,
    end_of,
    http,
    patience_for,
    plan_of,
    session_of,
    sse,
)

BEAT = chunk(b":heartbeat\n\n")


def said(name: str, data: object = "") -> bytes:
    payload = json.dumps({"event": name, "data": data}, ensure_ascii=False, separators=(",", ":"))
    return chunk(f"message:\ndata:{payload}\n\n".encode())


META = said("metadata", {"chatId": "session-1", "sessionId": "session-1"})
DONE = said("end", "[DONE]")


async def ask(
    scripted: Scripted, *steps: Step, key: str | None = "key-of-flowise", **plan: Any
) -> tuple[str, Completed | Exception]:
    """The text and the end of one answer."""
    scripted.will(*steps)
    async with session_of() as session:
        provider = Flowise(session, scripted.url, key, patience_for(steps, Patience(0.3, 0.3, 0.8)))
        return await end_of(provider, plan_of(provider="flowise", history=None, **plan))


async def test_a_whole_reply(scripted: Scripted) -> None:
    text, end = await ask(
        scripted, sse(), said("start"), said("token", "Hel"), said("token", "lo"), META, DONE, END
    )
    assert (text, end) == ("Hello", Completed())
    (request,) = scripted.requests
    assert request.path == "/api/v1/prediction/flow%2F1"
    assert request.headers["authorization"] == "Bearer key-of-flowise"
    assert request.body == {
        "question": "The user's message:\nHello\n\nNever: spiders.",
        "streaming": True,
        "chatId": "session-1",
        "overrideConfig": {"sessionId": "session-1", "systemMessage": "You are Ada."},
    }


async def test_without_a_key_no_header_is_sent(scripted: Scripted) -> None:
    await ask(scripted, sse(), said("token", "x"), META, DONE, END, key=None)
    assert "authorization" not in scripted.requests[0].headers


def test_history_goes_along_when_the_session_is_new() -> None:
    history = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert request_body(plan_of(history=history))["history"] == [
        {"role": "userMessage", "content": "a"},
        {"role": "apiMessage", "content": "b"},
    ]
    assert "history" not in request_body(plan_of(history=[]))


async def test_an_agent_flow_reports_its_tokens(scripted: Scripted) -> None:
    steps = [
        said("agentFlowEvent", "INPROGRESS"),
        said("nextAgentFlow", {}),
        said("token", ""),
        said("token", "Hi"),
    ]
    steps += [said("usageMetadata", {"input_tokens": 11, "output_tokens": 7})] * 2
    text, end = await ask(scripted, sse(), *steps, said("calledTools", []), META, DONE, END)
    assert (text, end) == ("Hi", Completed(usage={"input_tokens": 22, "output_tokens": 14}))


def node(model: str, **usage: object) -> dict[str, Any]:
    output = {"usageMetadata": usage, "responseMetadata": {"model_name": model}}
    return {"nodeId": "llm", "data": {"input": {"llmModelConfig": {"modelName": "set"}}, "output": output}}


TOLD = {
    "input_tokens": 30,
    "output_tokens": 7,
    "input_token_details": {"cache_read": 10, "cache_creation": 4},
    "output_token_details": {"reasoning": 3},
}
READ = {
    "input_tokens": 30,
    "cached_tokens": 10,
    "cache_write_tokens": 4,
    "output_tokens": 7,
    "reasoning_tokens": 3,
}
USAGES: dict[str, tuple[list[object], list[object], Completed]] = {
    "one model": ([TOLD], [node("gpt-a", **TOLD)], Completed(None, "gpt-a", READ)),
    "one model, asked twice": (
        [TOLD, TOLD],
        [node("gpt-a", **TOLD), node("gpt-a", **TOLD)],
        Completed(None, "gpt-a", {name: 2 * count for name, count in READ.items()}),
    ),
    "two models": (
        [TOLD, TOLD],
        [node("gpt-a", **TOLD), node("gpt-b", **TOLD)],
        Completed(None, None, {name: 2 * count for name, count in READ.items()}),
    ),
    "an answer that no node accounts for": (
        [TOLD, {"input_tokens": 1, "output_tokens": 1}],
        [node("gpt-a", **TOLD)],
        Completed(None, None, READ | {"input_tokens": 31, "output_tokens": 8}),
    ),
    "a model that is not named": (
        [{"input_tokens": 1, "output_tokens": 1}],
        [{"data": {"output": {"usageMetadata": {"input_tokens": 1, "output_tokens": 1}}}}],
        Completed(None, None, {"input_tokens": 1, "output_tokens": 1}),
    ),
    "a model that is named in the settings": (
        [{"input_tokens": 1, "output_tokens": 1}],
        [node("", input_tokens=1, output_tokens=1)],
        Completed(None, "set", {"input_tokens": 1, "output_tokens": 1}),
    ),
    "counts that are none": ([TOLD, {"input_tokens": "many"}], [node("gpt-a", **TOLD)], Completed()),
    "nonsense": ([None, 7], ["x", {"data": 1}, {"data": {"input": [], "output": ""}}], Completed()),
}


@pytest.mark.parametrize(("told", "nodes", "end"), USAGES.values(), ids=USAGES)
async def test_tokens_count_when_all_are_told_and_a_model_when_it_was_the_only_one(
    scripted: Scripted, told: list[object], nodes: list[object], end: Completed
) -> None:
    steps = [said("token", "Hi"), *(said("usageMetadata", each) for each in told)]
    found = await ask(scripted, sse(), *steps, said("agentFlowExecutedData", nodes), META, DONE, END)
    assert found == ("Hi", end)


async def test_line_ends_of_unicode_are_text(scripted: Scripted) -> None:
    text, _ = await ask(scripted, sse(), said("token", "A\u2028B\x85C"), META, DONE, END)
    assert text == "A\u2028B\x85C"


async def test_a_flow_that_cannot_stream_answers_all_the_same(scripted: Scripted) -> None:
    _, end = await ask(scripted, http(json.dumps({"text": "Hello ✓", "chatId": "session-1"}).encode()))
    assert end == Completed(text="Hello ✓")


@pytest.mark.parametrize("tail", [[DONE, END], [END], [Cut], [Stall]])
async def test_the_end_is_not_needed_after_the_metadata(scripted: Scripted, tail: list[Step]) -> None:
    text, end = await ask(scripted, sse(), said("token", "Hello"), META, *tail)
    assert (text, end) == ("Hello", Completed())


async def test_heartbeats_keep_a_slow_flow_alive_for_a_while(scripted: Scripted) -> None:
    text, end = await ask(
        scripted, sse(), BEAT, 0.2, BEAT, 0.2, BEAT, said("token", "Hello"), META, DONE, END
    )
    assert (text, end) == ("Hello", Completed())


def problem(message: str, status: int) -> bytes:
    return json.dumps({"statusCode": status, "success": False, "message": message, "stack": {}}).encode()


def slowly(data: bytes) -> list[Step]:
    return [data, 0.1] * 12


PREFIX = "Error: predictionsServices.buildChatflow - "
SLOW = http(b"Slow down please", "429 Too Many Requests", "text/html", Retry_After="58")
FAILURES: dict[str, tuple[list[Step], type[Exception], str]] = {
    "end without metadata": ([sse(), said("token", "part"), DONE, END], ReplyCutOff, "part"),
    "a clean cut": ([sse(), said("token", "part"), END], ReplyCutOff, "part"),
    "a server that dies": ([sse(), said("token", "part"), Cut], ReplyCutOff, "part"),
    "aborted by somebody": (
        [sse(), said("token", "part"), said("abort", "[DONE]"), END],
        ReplyCutOff,
        "part",
    ),
    "an error, then end": (
        [sse(), said("token", "part"), said("error", PREFIX + "fake: overloaded"), DONE, END],
        ProviderError,
        "part",
    ),
    "an error after the metadata": (
        [sse(), said("token", "part"), META, said("error", "late"), DONE],
        ProviderError,
        "part",
    ),
    "an error that is an object": ([sse(), said("error", {"message": "oops"}), DONE, END], ProviderError, ""),
    "a wrong key, streaming": (
        [sse(), said("error", PREFIX + "Unauthorized"), DONE, END],
        ProviderUnauthorized,
        "",
    ),
    "a wrong key, not streaming": (
        [http(problem(PREFIX + "Unauthorized", 500), "500 Internal Server Error")],
        ProviderUnauthorized,
        "",
    ),
    "a wrong key, by the book": ([http(b"", "401 Unauthorized")], ProviderUnauthorized, ""),
    "a rate limit of the model": (
        [sse(), BEAT, said("error", PREFIX + "429 fake"), DONE, END],
        ProviderRateLimited,
        "",
    ),
    "a rate limit of the flow": ([SLOW], ProviderRateLimited, ""),
    "an unknown chatflow, not streaming": (
        [http(problem("Chatflow x not found in the database!", 404), "404 Not Found")],
        ProviderRejected,
        "",
    ),
    "no answer at all": ([Stall], ProviderTimeout, ""),
    "silence within the reply": ([sse(), said("token", "part"), Stall], ProviderTimeout, "part"),
    "heartbeats for ever": ([sse(), *slowly(BEAT)], ProviderTimeout, ""),
    "progress for ever": ([sse(), *slowly(said("agentFlowEvent", "INPROGRESS"))], ProviderTimeout, ""),
    "a server error": ([http(problem("oops", 500), "500 Internal Server Error")], ProviderUnavailable, ""),
    "a proxy's HTML": ([http(b"<h1>", "502 Bad Gateway", "text/html")], ProviderUnavailable, ""),
    "a refused request": ([http(problem("bad", 400), "400 Bad Request")], ProviderRejected, ""),
    "JSON that says failure with 200": ([http(problem("oops", 500))], ProviderUnavailable, ""),
    "JSON without a text": ([http(b"{}")], ProviderMisbehaved, ""),
    "JSON that is none": ([http(b"{")], ProviderMisbehaved, ""),
    "HTML with 200": ([http(b"<html>", kind="text/html")], ProviderMisbehaved, ""),
    "an empty 200": ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], ProviderMisbehaved, ""),
    "garbage": ([sse(), said("token", "part"), chunk(b"data:{\n\n"), END], ProviderMisbehaved, "part"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_every_other_end_is_a_failure(scripted: Scripted, name: str) -> None:
    steps, kind, kept = FAILURES[name]
    text, end = await ask(scripted, *steps)
    assert type(end) is kind
    assert text == kept


async def test_a_timeout_says_that_the_chatflow_may_be_unknown(scripted: Scripted) -> None:
    _, end = await ask(scripted, Stall)
    assert isinstance(end, ProviderTimeout)
    assert "unknown" in end.hint


async def test_the_rate_limit_of_a_flow_says_how_long(scripted: Scripted) -> None:
    _, end = await ask(scripted, SLOW)
    assert isinstance(end, ProviderRateLimited)
    assert end.retry_after == 58


async def test_words_of_flowise_lose_their_prefix(scripted: Scripted) -> None:
    _, end = await ask(scripted, sse(), said("error", PREFIX + "fake: overloaded"), DONE, END)
    assert str(end) == "Flowise reported an error: fake: overloaded"


async def test_without_a_chatflow_nobody_is_asked(scripted: Scripted) -> None:
    _, end = await ask(scripted, chatflow_id=None)
    assert type(end) is ProviderNotConfigured
    assert scripted.requests == []


async def test_abort_names_flow_and_session_and_never_raises(scripted: Scripted) -> None:
    scripted.will(http(b"{}")).will(Cut)
    async with session_of() as session:
        provider = Flowise(session, scripted.url, "key-of-flowise", Patience(0.2, 0.2))
        await provider.abort(plan_of())
        await asyncio.wait_for(provider.abort(plan_of()), 5)
    assert {(r.method, r.path) for r in scripted.requests} == {
        ("PUT", "/api/v1/chatmessage/abort/flow%2F1/session-1")
    }
