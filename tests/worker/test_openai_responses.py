"""The Responses API: only `response.completed` that is completed is a whole reply."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
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
    ProviderUnreachable,
    ReplyCutOff,
    ReplyFiltered,
    ReplyIncomplete,
    ReplyRefused,
)
from kinkster_worker.providers import Completed
from kinkster_worker.providers.openai_responses import (
    ConversationLocked,
    NoResponsesApi,
    OpenAIResponses,
    UnknownPreviousResponse,
    request_body,
)
from kinkster_worker.providers.stream import Patience
from openai.types.responses.response_create_params import ResponseCreateParamsStreaming
from pydantic import TypeAdapter

from tests.worker.conftest import (
    END,
    Cut,
    Scripted,
    Stall,
    Step,
    chunk,
    completed,
    delta,
    end_of,
    event,
    failed,
    http,
    patience_for,
    plan_of,
    session_of,
    sse,
)


async def ask(scripted: Scripted, *steps: Step, **plan: Any) -> tuple[str, Completed | Exception]:
    """The text and the end of one answer."""
    scripted.will(*steps)
    async with session_of() as session:
        patience = patience_for(steps, Patience(0.2, 0.2))
        provider = OpenAIResponses(session, scripted.url + "/v1", "sk-test-0123456789", patience)
        return await end_of(provider, plan_of(**plan))


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"previous_response_id": "resp_1", "history": None},
        {"history": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
    ],
)
def test_the_request_is_one_that_the_sdk_would_send(plan: dict[str, Any]) -> None:
    body = request_body(plan_of(**plan))
    TypeAdapter(ResponseCreateParamsStreaming).validate_python(body, extra="forbid")
    assert body["stream"] is True
    assert body["store"] is True
    assert not {"temperature", "top_p"} & set(body)
    if plan.get("history"):
        assert body["input"] == [*plan["history"], {"role": "user", "content": "Hello"}]
    assert body.get("previous_response_id") == plan.get("previous_response_id")


async def test_a_whole_reply(scripted: Scripted) -> None:
    text, end = await ask(scripted, sse(), delta("Grüße "), delta("🕯️"), completed("resp_9"), END)
    assert text == "Grüße 🕯️"
    assert isinstance(end, Completed)
    assert (end.response_id, end.model, end.text) == ("resp_9", "gpt-test", None)
    assert end.usage == {
        "input_tokens": 11,
        "cached_tokens": 3,
        "cache_write_tokens": 5,
        "output_tokens": 7,
        "reasoning_tokens": 2,
    }


async def test_text_that_comes_with_the_end_alone_counts(scripted: Scripted) -> None:
    text, end = await ask(scripted, sse(), completed(text="All at once."), END)
    assert (text, isinstance(end, Completed) and end.text) == ("", "All at once.")


async def test_unknown_events_and_missing_fields_do_no_harm(scripted: Scripted) -> None:
    odd = [
        {"type": "response.brand_new", "delta": "no"},
        {"type": "response.output_text.delta"},
        {"type": "response.output_text.delta", "delta": 7},
        {"no type": True},
        {"type": "response.output_text.delta", "delta": "yes", "logprobs": float("nan")},
    ]
    end = event(
        {"type": "response.completed", "response": {"status": "completed", "usage": {"input_tokens": True}}}
    )
    text, found = await ask(scripted, sse(), *map(event, odd), end, END)
    assert (text, found) == ("yes", Completed(text=None))


async def test_a_character_cut_in_two_by_chunks_arrives_whole(scripted: Scripted) -> None:
    data = 'data: {"type":"response.output_text.delta","delta":"naïve ünïcode 🕯️ ✓"}\n\n'.encode()
    steps: list[Step] = [sse()]
    for i in range(len(data)):
        steps += [chunk(data[i : i + 1]), 0.0]
    text, end = await ask(scripted, *steps, completed(), END)
    assert (text, type(end)) == ("naïve ünïcode 🕯️ ✓", Completed)


async def test_half_surrogates_and_nul_become_text_that_can_be_kept(scripted: Scripted) -> None:
    halves = [b'"\\ud83d"', b'"\\udd6f!"', b'"\\ud83d and"', b'"\\u0000"']
    events = [event(b'{"type":"response.output_text.delta","delta":' + half + b"}") for half in halves]
    text, _ = await ask(scripted, sse(), *events, completed(), END)
    assert text == "🕯!\ufffd and\ufffd"


ODD_NAMES = {
    b'"\\u0000a"': "\ufffda",
    b'"a\\ud83db"': "a\ufffdb",
    b'"\\ud83d\\udd6f"': "🕯",
    b'"' + b"x" * 300 + b'"': "x" * 200,
    b'""': None,
    b"7": None,
}


@pytest.mark.parametrize(("sent", "kept"), ODD_NAMES.items())
async def test_names_become_what_can_be_kept(scripted: Scripted, sent: bytes, kept: str | None) -> None:
    response = b'{"status":"completed","id":' + sent + b',"model":' + sent + b"}"
    end = event(b'{"type":"response.completed","response":' + response + b"}")
    _, found = await ask(scripted, sse(), delta("Hi"), end, END)
    assert isinstance(found, Completed)
    assert (found.response_id, found.model) == (kept, kept)


def terminal(kind: str, **response: object) -> bytes:
    return event({"type": kind, "response": {"id": "r", "model": "m", **response}})


FAILURES: dict[str, tuple[list[Step], type[Exception], str]] = {
    "a stream that ends without a terminal event": ([sse(), delta("part"), END], ReplyCutOff, "part"),
    "a connection that drops": ([sse(), delta("part"), Cut], ReplyCutOff, "part"),
    "an event that never ends": (
        [sse(), delta("part"), chunk(b'data: {"type":"response.completed"'), END],
        ReplyCutOff,
        "part",
    ),
    "only [DONE]": ([sse(), delta("part"), event(b"[DONE]"), END], ReplyCutOff, "part"),
    "nothing but a head": ([sse(), END], ReplyCutOff, ""),
    "HTML with 200": ([http(b"<html>", kind="text/html")], ProviderMisbehaved, ""),
    "JSON with 200": ([http(b"{}")], ProviderMisbehaved, ""),
    "an empty 200": ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], ProviderMisbehaved, ""),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n", Cut], ProviderMisbehaved, ""),
    "a redirect": ([http(b"", "302 Found", Location="http://127.0.0.1:9/")], ProviderMisbehaved, ""),
    "a closed door": ([Cut], ProviderUnreachable, ""),
    "silence before the first byte": ([Stall], ProviderTimeout, ""),
    "silence after the head": ([sse(), Stall], ProviderTimeout, ""),
    "silence within the reply": ([sse(), delta("part"), Stall], ProviderTimeout, "part"),
    "garbage": ([sse(), delta("part"), event(b"{not json"), END], ProviderMisbehaved, "part"),
    "garbage in one chunk with text": (
        [sse(), chunk(b'data: {"type":"response.output_text.delta","delta":"part"}\n\ndata: {\n\n'), END],
        ProviderMisbehaved,
        "part",
    ),
    "broken UTF-8": ([sse(), event(b'{"type":"\xff"}'), END], ProviderMisbehaved, ""),
    "no object": ([sse(), event(b"[1]"), END], ProviderMisbehaved, ""),
    "incomplete by length": (
        [
            sse(),
            delta("part"),
            terminal("response.incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ],
        ReplyIncomplete,
        "part",
    ),
    "incomplete by filter": (
        [
            sse(),
            delta("part"),
            terminal("response.incomplete", incomplete_details={"reason": "content_filter"}),
        ],
        ReplyFiltered,
        "part",
    ),
    "incomplete by something new": (
        [sse(), terminal("response.incomplete", incomplete_details={"reason": "steered"})],
        ReplyIncomplete,
        "",
    ),
    "completed that is incomplete, as vLLM says it": (
        [
            sse(),
            delta("part"),
            terminal(
                "response.completed", status="incomplete", incomplete_details={"reason": "max_output_tokens"}
            ),
        ],
        ReplyIncomplete,
        "part",
    ),
    "completed with incomplete details": (
        [
            sse(),
            terminal(
                "response.completed", status="completed", incomplete_details={"reason": "content_filter"}
            ),
        ],
        ReplyFiltered,
        "",
    ),
    "completed without a status": ([sse(), terminal("response.completed")], ReplyIncomplete, ""),
    "failed by the server": (
        [sse(), terminal("response.failed", error={"code": "server_error", "message": "oops"})],
        ProviderUnavailable,
        "",
    ),
    "failed by the rate limit": (
        [sse(), terminal("response.failed", error={"code": "rate_limit_exceeded", "message": "slow"})],
        ProviderRateLimited,
        "",
    ),
    "failed by the prompt": (
        [sse(), terminal("response.failed", error={"code": "invalid_prompt", "message": "bad"})],
        ProviderRejected,
        "",
    ),
    "failed without a reason": ([sse(), terminal("response.failed", error=None)], ProviderError, ""),
    "an error event": (
        [sse(), delta("part"), event({"type": "error", "code": "odd", "message": "oops"}), END],
        ProviderError,
        "part",
    ),
    "an error event with its error inside": (
        [sse(), event({"type": "error", "error": {"type": "server_error", "message": "oops"}}), END],
        ProviderUnavailable,
        "",
    ),
    "a refusal": (
        [
            sse(),
            event({"type": "response.refusal.delta", "delta": "I can't "}),
            event({"type": "response.refusal.done", "refusal": "I can't do that."}),
            completed(),
            END,
        ],
        ReplyRefused,
        "",
    ),
    "a refusal that is only in the end": (
        [
            sse(),
            completed(
                output=[{"type": "message", "content": [{"type": "refusal", "refusal": "I can't do that."}]}]
            ),
            END,
        ],
        ReplyRefused,
        "",
    ),
    "a refusal that is cut off": (
        [sse(), event({"type": "response.refusal.delta", "delta": "I can't do that."}), END],
        ReplyRefused,
        "",
    ),
    "a wrong key": (
        [failed("401 Unauthorized", {"message": "sk-test-0123456789"})],
        ProviderUnauthorized,
        "",
    ),
    "a forbidden region": ([failed("403 Forbidden", {"message": "no"})], ProviderUnauthorized, ""),
    "a rate limit": (
        [failed("429 Too Many Requests", {"code": "rate_limit_exceeded"})],
        ProviderRateLimited,
        "",
    ),
    "no quota": (
        [failed("429 Too Many Requests", {"code": "insufficient_quota"})],
        ProviderQuotaExhausted,
        "",
    ),
    "no quota, said by type": (
        [failed("429 Too Many Requests", {"type": "insufficient_quota"})],
        ProviderQuotaExhausted,
        "",
    ),
    "no credit": (
        [failed("429 Too Many Requests", {"code": "credit_balance_exhausted"})],
        ProviderQuotaExhausted,
        "",
    ),
    "a spend limit": (
        [failed("429 Too Many Requests", {"code": "project_spend_limit_exceeded"})],
        ProviderQuotaExhausted,
        "",
    ),
    "a server error": ([failed("500 Internal Server Error", {"message": "oops"})], ProviderUnavailable, ""),
    "a proxy's HTML": ([http(b"<h1>Bad Gateway", "502 Bad Gateway", "text/html")], ProviderUnavailable, ""),
    "a bad request": ([failed("400 Bad Request", {"message": "no such option"})], ProviderRejected, ""),
    "an unknown model": ([failed("404 Not Found", {"code": "model_not_found"})], ProviderRejected, ""),
    "an unknown model, as vLLM says it": (
        [failed("404 Not Found", {"code": 404, "param": "model", "type": "NotFoundError"})],
        ProviderRejected,
        "",
    ),
    "a locked conversation": (
        [failed("400 Bad Request", {"code": "conversation_locked"})],
        ConversationLocked,
        "",
    ),
    "no such route, FastAPI": ([http(b'{"detail":"Not Found"}', "404 Not Found")], NoResponsesApi, ""),
    "no such route, plain": (
        [http(b"404 page not found", "404 Not Found", "text/plain")],
        NoResponsesApi,
        "",
    ),
    "no such route, OpenAI's words": (
        [
            failed(
                "404 Not Found",
                {"message": "Invalid URL (POST /v1/responses)", "type": "invalid_request_error"},
            )
        ],
        NoResponsesApi,
        "",
    ),
    "no such method": ([http(b"", "405 Method Not Allowed")], NoResponsesApi, ""),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_every_other_end_is_a_failure(scripted: Scripted, name: str) -> None:
    steps, kind, kept = FAILURES[name]
    text, end = await ask(scripted, *steps)
    assert type(end) is kind
    assert text == kept
    assert "sk-test" not in str(end)


async def test_nobody_there(unused_tcp_port: int) -> None:
    scripted = Scripted()
    scripted.url = f"http://127.0.0.1:{unused_tcp_port}"
    _, end = await ask(scripted)
    assert type(end) is ProviderUnreachable


async def test_what_the_model_said_when_it_declined_is_kept(scripted: Scripted) -> None:
    _, end = await ask(scripted, *FAILURES["a refusal"][0])
    assert isinstance(end, ReplyRefused)
    assert end.message == "The model declined to answer: I can't do that."


async def test_the_words_of_a_provider_are_shortened_and_keyless(scripted: Scripted) -> None:
    message = "Incorrect key sk-proj-abcdefghijklmnop " + "x" * 5000
    _, end = await ask(scripted, failed("400 Bad Request", {"message": message}))
    assert isinstance(end, ProviderRejected)
    assert "sk-proj" not in end.message
    assert 300 < len(end.message) < 360


async def test_an_incomplete_reply_reports_its_tokens(scripted: Scripted) -> None:
    details: Any = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    _, end = await ask(scripted, sse(), delta("part"), completed(**details), END)
    assert isinstance(end, ReplyIncomplete)
    assert (end.model, end.usage["output_tokens"]) == ("gpt-test", 7)


@pytest.mark.parametrize(
    ("status", "kind"),
    [("429 Too Many Requests", ProviderRateLimited), ("503 Service Unavailable", ProviderUnavailable)],
)
@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("7", 7, 7),
        ("1.5", 1.5, 1.5),
        ("99999999", 86400, 86400),
        (format_datetime(datetime.now(UTC) + timedelta(seconds=3600), usegmt=True), 1800, 3600),
        (format_datetime(datetime.now(UTC) - timedelta(seconds=3600), usegmt=True), 0, 0),
    ],
    ids=["whole", "part", "too long", "in an hour", "an hour ago"],
)
async def test_retry_after_is_seconds_or_a_date(
    scripted: Scripted, status: str, kind: type[ProviderError], value: str, low: float, high: float
) -> None:
    _, end = await ask(scripted, failed(status, {}, Retry_After=value))
    assert isinstance(end, kind)
    assert end.retry_after is not None
    assert low <= end.retry_after <= high


@pytest.mark.parametrize("value", ["soon", "", "-1", "1e999x"])
async def test_a_retry_after_that_makes_no_sense_is_none(scripted: Scripted, value: str) -> None:
    _, end = await ask(scripted, failed("429 Too Many Requests", {}, Retry_After=value))
    assert isinstance(end, ProviderRateLimited)
    assert end.retry_after is None


UNKNOWN: dict[str, tuple[str, object]] = {
    "OpenAI's code": (
        "400 Bad Request",
        {
            "code": "previous_response_not_found",
            "param": "previous_response_id",
            "type": "invalid_request_error",
        },
    ),
    "OpenAI's message": (
        "400 Bad Request",
        {
            "code": None,
            "message": "Invalid 'previous_response_id': it was deleted.",
            "type": "invalid_request_error",
        },
    ),
    "agentic-api": (
        "404 Not Found",
        {
            "message": "storage error: not found: Response with id 'resp_gone'",
            "type": "not_found",
            "code": "not_found",
        },
    ),
    "vLLM": (
        "404 Not Found",
        {
            "message": "Response with id 'resp_gone' not found.",
            "type": "invalid_request_error",
            "param": "response_id",
            "code": 404,
        },
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
async def test_an_unknown_id_is_known_by_each_of_its_forms(scripted: Scripted, name: str) -> None:
    status, error = UNKNOWN[name]
    _, end = await ask(scripted, failed(status, error), previous_response_id="resp_gone", history=None)
    assert type(end) is UnknownPreviousResponse


async def test_a_400_without_an_id_sent_is_a_refusal(scripted: Scripted) -> None:
    _, end = await ask(scripted, failed(*UNKNOWN["OpenAI's code"]))
    assert type(end) is ProviderRejected


async def test_a_missing_route_is_no_unknown_id(scripted: Scripted) -> None:
    answer = http(json.dumps({"detail": "Not Found"}).encode(), "404 Not Found")
    _, end = await ask(scripted, answer, previous_response_id="resp_gone", history=None)
    assert type(end) is NoResponsesApi
