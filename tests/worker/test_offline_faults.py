"""Faults on command: what each does to the SDK and to a plain reader, and what the server notes of it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio
from aiohttp import web
from kinkster_worker.offline.app import create_app
from kinkster_worker.offline.faults import Fault

from tests import recordings
from tests.worker.offline_fixtures import Offline, offline_server
from tests.worker.test_offline_responses import MODEL, streamed


@pytest_asyncio.fixture
async def offline() -> AsyncIterator[Offline]:
    async with offline_server() as server:
        yield server


@pytest.mark.parametrize(
    ("fault", "raised", "code"),
    [
        ({"status": 429, "retry_after": "7"}, openai.RateLimitError, "rate_limit_exceeded"),
        ({"status": 429}, openai.RateLimitError, "rate_limit_exceeded"),
        ({"status": 429, "code": "insufficient_quota"}, openai.RateLimitError, "insufficient_quota"),
        ({"status": 401, "code": "invalid_api_key"}, openai.AuthenticationError, "invalid_api_key"),
        ({"status": 404, "code": "model_not_found"}, openai.NotFoundError, "model_not_found"),
        ({"status": 500}, openai.InternalServerError, None),
        ({"status": 503}, openai.InternalServerError, None),
    ],
)
async def test_a_status_is_the_sdk_s_exception(
    offline: Offline, fault: dict[str, Any], raised: type[openai.APIStatusError], code: str | None
) -> None:
    await offline.faults({"kind": "status", **fault})
    with pytest.raises(raised) as refused:
        await streamed(offline)
    assert refused.value.code == code
    assert refused.value.response.headers.get("retry-after") == fault.get("retry_after")
    assert (await streamed(offline))[-1].type == "response.completed"


async def test_a_status_of_flowise_is_in_flowise_s_words(offline: Offline) -> None:
    await offline.faults(
        {"kind": "status", "status": 429, "retry_after": "58", "message": "Slow down please"},
        {"kind": "status", "status": 503},
    )
    async with await offline.predict({"question": "x", "streaming": True}) as response:
        recorded = recordings.flowise("84")
        assert (response.status, await response.read()) == (recorded.status, recorded.body)
        assert response.headers["Content-Type"] == recorded.headers["content-type"]
        assert response.headers["Retry-After"] == recorded.headers["retry-after"]
    async with await offline.predict({"question": "x", "streaming": True}) as response:
        assert (response.status, (await response.json())["statusCode"]) == (503, 503)


@pytest.mark.parametrize("status", [404, 405])
async def test_a_missing_route_has_no_error_body_of_openai(offline: Offline, status: int) -> None:
    await offline.faults({"kind": "no_route", "status": status})
    with pytest.raises(openai.APIStatusError) as refused:
        await streamed(offline)
    assert refused.value.status_code == status
    assert refused.value.code is None


@pytest.mark.parametrize("form", ["agentic_api", "vllm"])
async def test_an_unknown_id_is_told_as_recorded(offline: Offline, form: str) -> None:
    recorded, body = recordings.unknown_previous_response(form.replace("_", "-"))
    await offline.faults({"kind": "unknown_previous", "form": form})
    asked = {"model": MODEL, "input": "x", "previous_response_id": "resp_doesnotexist0000"}
    async with offline.http.post(f"{offline.url}/v1/responses", json=asked) as response:
        assert (response.status, await response.json()) == (recorded, json.loads(body))


@pytest.mark.parametrize(
    ("form", "code"), [("openai", "previous_response_not_found"), ("invalid_request", None)]
)
async def test_an_unknown_id_is_told_in_openai_s_forms(offline: Offline, form: str, code: str | None) -> None:
    await offline.faults({"kind": "unknown_previous", "form": form})
    with pytest.raises(openai.BadRequestError, match="resp_gone") as refused:
        await streamed(offline, previous_response_id="resp_gone")
    assert refused.value.code == code
    assert "previous_response_id" in (refused.value.param or refused.value.message)


async def test_a_locked_conversation_is_a_400(offline: Offline) -> None:
    await offline.faults({"kind": "conversation_locked"})
    with pytest.raises(openai.BadRequestError) as refused:
        await streamed(offline)
    assert refused.value.code == "conversation_locked"


@pytest.mark.parametrize("fault", [{"kind": "html"}, {"kind": "empty"}, {"kind": "cut"}])
async def test_the_sdk_sees_nothing_wrong_with_a_200_that_is_no_whole_reply(
    offline: Offline, fault: dict[str, Any]
) -> None:
    await offline.faults(fault)
    assert "response.completed" not in [event.type for event in await streamed(offline)]


@pytest.mark.parametrize("kind", ["drop", "truncate"])
@pytest.mark.parametrize("after", [0, 2, 10_000])
async def test_a_broken_connection_raises_after_so_many_deltas(
    offline: Offline, kind: str, after: int
) -> None:
    await offline.faults({"kind": kind, "after": after})
    names: list[str] = []

    async def read() -> None:
        async for event in await offline.openai.responses.create(model=MODEL, input="hi", stream=True):
            names.append(event.type)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(openai.APIConnectionError):
        await read()
    assert names[-1] == ("response.output_text.delta" if after else "response.content_part.added")
    assert names.count("response.output_text.delta") == min(
        after, len(["[offline,", "no", "model]", "☕", "—", "you", "said", "“hi”", "✓"])
    )


async def test_a_malformed_chunk_comes_in_the_middle(offline: Offline) -> None:
    await offline.faults({"kind": "malformed"}, {"kind": "malformed"}, {"kind": "malformed"})
    with pytest.raises(json.JSONDecodeError):
        await streamed(offline)
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "x"}], "stream": True}
    async with offline.http.post(f"{offline.url}/v1/chat/completions", json=asked) as response:
        data = re.findall(rb"data: (.*)\n\n", await response.read())
    assert data[-1] == b"[DONE]"
    with pytest.raises(json.JSONDecodeError):
        [json.loads(line) for line in data[:-1]]
    async with await offline.predict({"question": "x", "streaming": True}) as response:
        body = await response.read()
    assert b'message:\ndata:{"event":"tok\n\n' in body
    assert body.endswith(b'data:{"event":"end","data":"[DONE]"}\n\n')


async def test_an_error_event_is_given_by_the_sdk_and_ends_the_stream(offline: Offline) -> None:
    await offline.faults({"kind": "error_event", "code": "rate_limit_exceeded", "message": "too fast"})
    events = await streamed(offline)
    assert events[-1].type == "error"
    assert (events[-1].code, events[-1].message) == ("rate_limit_exceeded", "too fast")
    assert [event.sequence_number for event in events] == list(range(len(events)))


@pytest.mark.parametrize(
    ("fault", "last", "status"),
    [
        ({"kind": "incomplete", "reason": "content_filter"}, "response.incomplete", "incomplete"),
        ({"kind": "completed_incomplete"}, "response.completed", "incomplete"),
        ({"kind": "failed", "code": "server_error"}, "response.failed", "failed"),
    ],
)
async def test_a_reply_may_end_half_way(
    offline: Offline, fault: dict[str, Any], last: str, status: str
) -> None:
    await offline.faults(fault, fault)
    event = (await streamed(offline))[-1]
    assert (event.type, event.response.status) == (last, status)
    whole = await offline.openai.responses.create(model=MODEL, input="hello ☕")
    assert (whole.status, whole.output_text) == (status, event.response.output_text)
    if status == "failed":
        assert whole.error
        assert whole.error.code == "server_error"
        with pytest.raises(openai.BadRequestError):
            await streamed(offline, previous_response_id=whole.id)
    else:
        assert whole.incomplete_details
        assert whole.incomplete_details.reason == fault.get("reason", "max_output_tokens")


async def test_a_refusal_has_its_own_events(offline: Offline) -> None:
    await offline.faults({"kind": "refusal", "text": "No, sorry ✗"})
    events = await streamed(offline)
    names = [event.type for event in events]
    assert "response.output_text.delta" not in names
    assert names[-4] == "response.refusal.done"
    assert "".join(event.delta for event in events if event.type == "response.refusal.delta") == "No, sorry ✗"
    assert events[-1].response.output[0].content[0].refusal == "No, sorry ✗"


@pytest.mark.parametrize("text", ["", "exactly this ☕\nand that"])
async def test_a_reply_is_said_to_the_letter(offline: Offline, text: str) -> None:
    await offline.faults({"kind": "reply", "text": text})
    assert (await streamed(offline))[-1].response.output_text == text


async def test_an_oversized_reply_is_one_delta(offline: Offline) -> None:
    await offline.faults({"kind": "oversized", "size": 300_000})
    deltas = [event.delta for event in await streamed(offline) if event.type == "response.output_text.delta"]
    assert deltas == ["x" * 300_000]


@pytest.mark.parametrize(
    ("kind", "last"),
    [("no_end", "metadata"), ("no_metadata", "token"), ("failed", "error"), ("error_event", "error")],
)
async def test_flowise_ends_in_ways_of_its_own(offline: Offline, kind: str, last: str) -> None:
    await offline.faults({"kind": kind})
    async with await offline.predict({"question": "x", "streaming": True}) as response:
        names = re.findall(r'"event":"(\w+)"', await response.text())
    assert [name for name in names if name != "end"][-1] == last
    assert ("end" in names) == (kind != "no_end")


async def test_flowise_may_answer_json_although_a_stream_was_asked_for(offline: Offline) -> None:
    await offline.faults({"kind": "json_answer"})
    async with await offline.predict({"question": "x", "streaming": True}) as response:
        assert (response.content_type, "text" in await response.json()) == ("application/json", True)


async def test_a_delay_comes_before_the_headers(offline: Offline) -> None:
    await offline.faults({"kind": "delay", "seconds": 0.05})
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with await offline.predict({"question": "x", "streaming": True}) as response:
        assert loop.time() - began >= 0.05
        assert b'"metadata"' in await response.read()


@pytest.mark.parametrize("fault", [{"kind": "never"}, {"kind": "stall"}, {"kind": "delay", "seconds": 60}])
async def test_a_client_that_leaves_is_noticed(offline: Offline, fault: dict[str, Any]) -> None:
    await offline.faults(fault)
    asked = {"model": MODEL, "input": "hello", "stream": True}
    with pytest.raises(TimeoutError):
        async with (
            asyncio.timeout(0.05),
            offline.http.post(f"{offline.url}/v1/responses", json=asked) as response,
        ):
            await response.read()
    for _ in range(200):
        noted = [request["aborted"] for request in await offline.requests()]
        if noted == [True]:
            break
        await asyncio.sleep(0.01)
    assert noted == [True]


async def test_requests_are_kept_without_their_key(offline: Offline) -> None:
    await streamed(offline, input="hello")
    (noted,) = await offline.requests()
    assert (noted["method"], noted["path"], noted["aborted"]) == ("POST", "/v1/responses", False)
    assert noted["body"] == {"model": MODEL, "input": "hello", "stream": True}
    assert "authorization" not in {name.lower() for name in noted["headers"]}
    assert noted["headers"]["Content-Type"] == "application/json"


async def test_faults_are_forgotten_and_memory_too(offline: Offline) -> None:
    await offline.faults({"kind": "never"})
    async with offline.http.delete(f"{offline.url}/_offline/faults") as response:
        assert await response.json() == {"queued": 0}
    first = (await streamed(offline))[-1].response
    await offline.faults({"kind": "never"})
    async with offline.http.post(f"{offline.url}/_offline/reset") as response:
        assert response.status == 200
    assert await offline.requests() == []
    with pytest.raises(openai.BadRequestError):
        await streamed(offline, previous_response_id=first.id)


async def test_a_fault_that_does_not_exist_is_refused(offline: Offline) -> None:
    for fault in ({"kind": "earthquake"}, {"kind": "never", "colour": "teal"}, {}):
        async with offline.http.post(f"{offline.url}/_offline/faults", json=fault) as response:
            assert response.status == 400


async def test_only_tests_can_give_commands() -> None:
    async with offline_server(control=False) as offline:
        for method, path in (
            ("POST", "faults"),
            ("DELETE", "faults"),
            ("GET", "requests"),
            ("POST", "reset"),
        ):
            async with offline.http.request(method, f"{offline.url}/_offline/{path}", json=[]) as response:
                assert response.status == 404


async def test_faults_may_be_there_from_the_start() -> None:
    async with offline_server(faults=[Fault(kind="status", status=500)]) as offline:
        with pytest.raises(openai.InternalServerError):
            await streamed(offline)


async def test_a_server_with_a_waiting_client_stops_at_once() -> None:
    runner = web.AppRunner(create_app(control=True, faults=[Fault(kind="never")]), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        asked = asyncio.create_task(
            http.post(f"http://127.0.0.1:{runner.addresses[0][1]}/v1/responses", json={})
        )
        await asyncio.sleep(0.05)
        async with asyncio.timeout(2):
            await runner.cleanup()
            (await asked).close()


async def test_it_says_once_that_it_is_no_model_and_logs_no_text(capfd: pytest.CaptureFixture[str]) -> None:
    async with offline_server() as offline:
        await streamed(offline, input="a secret")
    told = capfd.readouterr()
    (line,) = (told.out + told.err).splitlines()
    assert "no model" in json.loads(line)["message"]


async def test_a_fault_can_be_for_one_message_alone_with_words_of_its_own(offline: Offline) -> None:
    await offline.faults(
        {"kind": "reply", "match": "second", "text": "Only for the second."},
        {"kind": "incomplete", "match": "third", "text": "one two three four", "pace": 0},
    )
    for message, said in [("first", "first"), ("second", "Only for the second."), ("third", "one two ")]:
        last = (await streamed(offline, input=message))[-1].response
        assert said in last.output_text
    noted = await offline.requests()
    assert all(entry["started"] <= entry["ended"] for entry in noted)
