"""The offline Chat Completions, judged by the official SDK."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
import pytest_asyncio
from openai.types.chat import ChatCompletionMessageParam

from tests.worker.offline_fixtures import Offline, offline_server
from tests.worker.test_offline_responses import MODEL, NAMED, unknown_fields

ASKED: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": NAMED},
    {"role": "user", "content": "My name is Robin"},
    {"role": "assistant", "content": "My name is Nobody"},
    {"role": "user", "content": "What is my name?"},
]
SAID = "[offline, no model] Luna ☕ — your name is Robin ✓"


@pytest_asyncio.fixture
async def offline() -> AsyncIterator[Offline]:
    async with offline_server() as server:
        yield server


async def chunks(offline: Offline, **more: Any) -> list[Any]:
    """All chunks of one streamed completion."""
    request = {"model": MODEL, "messages": ASKED, **more}
    return [chunk async for chunk in await offline.openai.chat.completions.create(stream=True, **request)]


async def test_a_completion_answers_from_the_messages(offline: Offline) -> None:
    completion = await offline.openai.chat.completions.create(model=MODEL, messages=ASKED)
    assert completion.choices[0].message.content == SAID
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )
    assert unknown_fields(completion) == []


async def test_a_stream_begins_with_the_role_and_ends_with_a_reason(offline: Offline) -> None:
    got = await chunks(offline)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in got) == SAID
    assert got[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in got[-2:]] == [None, "stop"]
    assert {chunk.id for chunk in got} == {got[0].id}
    assert [name for chunk in got for name in unknown_fields(chunk)] == []


async def test_usage_is_in_a_last_chunk_where_it_is_asked_for(offline: Offline) -> None:
    *before, last = await chunks(offline, stream_options={"include_usage": True})
    assert last.choices == []
    assert last.usage.completion_tokens == len(SAID.split())
    assert [chunk.usage for chunk in before] == [None] * len(before)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "incomplete"}, "length"),
        ({"kind": "incomplete", "reason": "content_filter"}, "content_filter"),
        ({"kind": "refusal", "text": "No ✗"}, "stop"),
    ],
)
async def test_endings_have_their_finish_reason(offline: Offline, fault: dict[str, Any], reason: str) -> None:
    await offline.faults(fault)
    got = await chunks(offline)
    assert got[-1].choices[0].finish_reason == reason
    refusal = "".join(chunk.choices[0].delta.refusal or "" for chunk in got)
    assert refusal == fault.get("text", "")


async def test_an_error_inside_the_stream_reaches_the_sdk(offline: Offline) -> None:
    await offline.faults({"kind": "error_event"})
    with pytest.raises(openai.APIError, match="on command"):
        await chunks(offline)


@pytest.mark.parametrize(
    ("body", "code"),
    [({"model": MODEL}, "missing_required_parameter"), ({"model": MODEL, "messages": []}, "empty_array")],
)
async def test_missing_messages_are_refused(offline: Offline, body: dict[str, Any], code: str) -> None:
    async with offline.http.post(f"{offline.url}/v1/chat/completions", json=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == code
