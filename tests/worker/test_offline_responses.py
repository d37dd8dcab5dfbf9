"""The offline Responses API, judged by the official SDK: its types, exceptions and ways to read a stream."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
import pytest_asyncio
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from tests.worker.offline_fixtures import Offline, offline_server

MODEL = "gpt-4o-mini"
NAMED = 'Some rules.\n\n# Identity\n- Name: "Luna"\n\n# Hard limits\n- "spiders"'
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


@pytest_asyncio.fixture
async def offline() -> AsyncIterator[Offline]:
    async with offline_server() as server:
        yield server


def unknown_fields(model: BaseModel) -> list[str]:
    """Names of fields, at any depth, that the SDK's types don't have."""
    found = [f"{type(model).__name__}.{name}" for name in model.model_extra or {}]
    for value in vars(model).values():
        for inner in value if isinstance(value, list) else [value]:
            found += unknown_fields(inner) if isinstance(inner, BaseModel) else []
    return found


async def streamed(offline: Offline, **more: Any) -> list[Any]:
    """All events of one streamed response."""
    request = {"model": MODEL, "input": "hello ☕", **more}
    return [event async for event in await offline.openai.responses.create(stream=True, **request)]


async def test_a_stream_has_openai_s_events_in_openai_s_order(offline: Offline) -> None:
    events = await streamed(offline)
    names = [event.type.removeprefix("response.") for event in events]
    deltas = names.count("output_text.delta")
    assert deltas > 3
    assert names == [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *["output_text.delta"] * deltas,
        *("output_text.done", "content_part.done", "output_item.done", "completed"),
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "delay"},
        {"kind": "refusal", "text": "No, sorry ✗"},
        {"kind": "incomplete", "reason": "content_filter"},
        {"kind": "completed_incomplete"},
        {"kind": "failed", "code": "rate_limit_exceeded"},
        {"kind": "error_event"},
    ],
)
async def test_every_event_is_one_that_the_sdk_s_types_know(offline: Offline, fault: dict[str, Any]) -> None:
    await offline.faults(fault)
    for event in await streamed(offline, instructions=NAMED, safety_identifier="ab", metadata={"turn": "1"}):
        again = EVENT.validate_python(event.model_dump(mode="json", exclude_unset=True))
        assert type(again) is type(event)
        assert unknown_fields(event) == []


async def test_usage_and_output_come_with_the_last_event_only(offline: Offline) -> None:
    events = await streamed(offline, instructions=NAMED)
    assert events[0].response.usage is None
    assert events[0].response.output == []
    last = events[-1].response
    assert last.status == "completed"
    assert last.instructions == NAMED
    assert last.usage.output_tokens == len([event for event in events if event.type.endswith(".delta")])
    assert last.usage.input_tokens_details.cached_tokens == 0
    assert last.usage.output_tokens_details.reasoning_tokens == 0
    assert last.usage.total_tokens == last.usage.input_tokens + last.usage.output_tokens


async def test_deltas_done_and_output_say_the_same(offline: Offline) -> None:
    events = await streamed(offline, instructions=NAMED)
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    done = next(event.text for event in events if event.type == "response.output_text.done")
    assert (
        said
        == done
        == events[-1].response.output_text
        == "[offline, no model] Luna ☕ — you said “hello ☕” ✓"
    )


async def test_the_sdk_s_own_stream_helper_follows_it(offline: Offline) -> None:
    async with offline.openai.responses.stream(model=MODEL, input="hello") as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()
    assert kinds[-1] == "response.completed"
    assert final.output_text.startswith("[offline, no model]")


async def test_without_streaming_the_whole_response_comes_at_once(offline: Offline) -> None:
    response = await offline.openai.responses.create(model=MODEL, input="hello")
    assert isinstance(response, Response)
    assert unknown_fields(response) == []
    assert response.status == "completed"
    assert response.model == MODEL
    assert response.output_text.startswith("[offline, no model]")


async def test_a_chain_remembers_what_was_said(offline: Offline) -> None:
    first = await offline.openai.responses.create(model=MODEL, input="My name is Robin.", instructions=NAMED)
    second = (await streamed(offline, input="I like green tea", previous_response_id=first.id))[-1].response
    third = await offline.openai.responses.create(
        model=MODEL, input="What is my name, and what do I like?", previous_response_id=second.id
    )
    assert "your name is Robin; you like green tea" in third.output_text
    assert third.previous_response_id == second.id


async def test_instructions_are_not_carried_over(offline: Offline) -> None:
    first = await offline.openai.responses.create(model=MODEL, input="hello", instructions=NAMED)
    second = await offline.openai.responses.create(model=MODEL, input="hello", previous_response_id=first.id)
    assert "Luna" in first.output_text
    assert "Luna" not in second.output_text


async def test_input_may_be_the_transcript(offline: Offline) -> None:
    response = await offline.openai.responses.create(
        model=MODEL,
        input=[
            {"role": "user", "content": "My favourite colour is teal"},
            {"role": "assistant", "content": "My favourite colour is red"},
            {"role": "user", "content": [{"type": "input_text", "text": "What's my favourite colour?"}]},
        ],
    )
    assert "your favourite colour is teal" in response.output_text


async def test_an_unknown_previous_id_is_a_400_that_names_it(offline: Offline) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await streamed(offline, previous_response_id="resp_gone")
    assert refused.value.code == "previous_response_not_found"
    assert refused.value.param == "previous_response_id"
    assert refused.value.type == "invalid_request_error"


async def test_a_response_that_was_not_stored_can_t_be_continued(offline: Offline) -> None:
    first = await offline.openai.responses.create(model=MODEL, input="My name is Robin", store=False)
    with pytest.raises(openai.BadRequestError, match="not found"):
        await offline.openai.responses.create(model=MODEL, input="hello", previous_response_id=first.id)


async def test_the_limit_of_tokens_makes_a_reply_incomplete(offline: Offline) -> None:
    last = (await streamed(offline, input="a " * 40, max_output_tokens=16))[-1]
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details.reason == "max_output_tokens"
    assert last.response.usage.output_tokens == 16


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"model": MODEL}, "input", "missing_required_parameter"),
        ({"model": MODEL, "input": []}, "input", "empty_array"),
        ({"model": MODEL, "input": 7}, "input", "invalid_type"),
        ({"model": MODEL, "input": [{"role": "wizard", "content": "x"}]}, "input[0].role", "invalid_value"),
        ({"model": MODEL, "input": [{"role": "user", "content": 1}]}, "input[0].content", "invalid_type"),
        ({"model": MODEL, "input": "x", "colour": "teal"}, "colour", "unknown_parameter"),
        (
            {"model": MODEL, "input": "x", "max_output_tokens": 1},
            "max_output_tokens",
            "integer_below_min_value",
        ),
        ({"model": "", "input": "x"}, None, None),
        ([], None, None),
    ],
)
async def test_a_bad_request_is_refused_with_openai_s_error_body(
    offline: Offline, body: Any, param: str | None, code: str | None
) -> None:
    async with offline.http.post(f"{offline.url}/v1/responses", json=body) as response:
        assert response.status == 400
        error = (await response.json())["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


async def test_a_wrong_key_is_a_401() -> None:
    async with offline_server(key="wrong", api_key="right") as offline:
        with pytest.raises(openai.AuthenticationError) as refused:
            await offline.openai.responses.create(model=MODEL, input="hello")
        assert refused.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            await offline.openai.models.list()


async def test_models_are_listed(offline: Offline) -> None:
    assert MODEL in [model.id async for model in offline.openai.models.list()]


async def test_a_server_without_the_responses_api_has_chat_completions() -> None:
    async with offline_server(responses_api=False) as offline:
        with pytest.raises(openai.NotFoundError) as missing:
            await offline.openai.responses.create(model=MODEL, input="hello")
        assert missing.value.body == {"detail": "Not Found"}
        reply = await offline.openai.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hello"}]
        )
        assert reply.choices[0].finish_reason == "stop"
