"""The offline server speaks as the recorded servers did: the same events, order and fields."""

import json
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

import pytest
import pytest_asyncio
from openai.types.responses import Response, ResponseOutputMessage

from tests import recordings
from tests.recordings import Recording
from tests.worker.offline_fixtures import Offline, offline_server

OWN = {"response": set(Response.model_fields), "item": set(ResponseOutputMessage.model_fields) - {"phase"}}


@pytest_asyncio.fixture
async def offline() -> AsyncIterator[Offline]:
    async with offline_server() as server:
        yield server


def shape(value: Any) -> Any:
    """The keys at every level; lists by their first item, everything else by nothing."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else None


def order(names: list[str]) -> list[str]:
    """Names with neighbours that repeat written once."""
    return [name for name, _ in groupby(names)]


async def sent(response_of: Any) -> list[dict[str, Any]]:
    """The events of a streamed answer."""
    async with response_of as response:
        return Recording("offline", None, None, 200, {}, await response.read()).events


@pytest.mark.parametrize(
    ("name", "fault"), [("llmock", "delay"), ("agentic-api", "incomplete"), ("vllm", "completed_incomplete")]
)
async def test_responses_streams_agree(offline: Offline, name: str, fault: str) -> None:
    await offline.faults({"kind": fault})
    asked = {"model": "tiny", "input": "hello", "stream": True}
    ours = await sent(offline.http.post(f"{offline.url}/v1/responses", json=asked))
    recorded = recordings.openai(name).events
    assert order([event["type"] for event in ours]) == order([event["type"] for event in recorded])
    by_type = {event["type"]: event for event in ours}
    for event in recorded:
        mine = by_type[event["type"]]
        assert mine.keys() == event.keys()
        for part in ("response", "item"):
            known = event.get(part, {}).keys() & OWN[part] if part in event else set()
            assert known <= mine.get(part, {}).keys()
        if "part" in event:
            assert mine["part"].keys() == event["part"].keys()
    last, mine = recorded[-1]["response"], by_type[recorded[-1]["type"]]["response"]
    assert mine["status"] == last["status"]
    assert mine["incomplete_details"] == last["incomplete_details"]
    assert mine["usage"].keys() == last["usage"].keys()


@pytest.mark.parametrize(("name", "flow"), [("20", "chain"), ("24", "agent")])
async def test_flowise_streams_agree(offline: Offline, name: str, flow: str) -> None:
    recorded = recordings.flowise(name)
    ours = await sent(offline.http.post(f"{offline.url}/api/v1/prediction/{flow}", json=recorded.request))
    assert order([event["event"] for event in ours]) == order([event["event"] for event in recorded.events])
    by_name = {event["event"]: event["data"] for event in ours}
    for event in recorded.events:
        if event["event"] == "agentFlowExecutedData":
            for node, mine in zip(event["data"], by_name[event["event"]], strict=False):
                assert mine.keys() == node.keys()
                assert mine["data"].keys() == node["data"].keys() - {"chatHistory"}
        else:
            assert shape(by_name[event["event"]]) == shape(event["data"])


async def test_flowise_headers_agree(offline: Offline) -> None:
    recorded = recordings.flowise("20")
    async with offline.http.post(f"{offline.url}/api/v1/prediction/chain", json=recorded.request) as response:
        ours = {name.lower(): value for name, value in response.headers.items()}
    assert {name: ours.get(name) for name in recorded.headers if name != "date"} == {
        name: value for name, value in recorded.headers.items() if name != "date"
    }


@pytest.mark.parametrize(("name", "flow"), [("02", "chain"), ("11", "agent"), ("26", "chain")])
async def test_flowise_json_answers_agree(offline: Offline, name: str, flow: str) -> None:
    recorded = recordings.flowise(name)
    assert recorded.request
    await offline.faults({"kind": "json_answer"})
    async with await offline.predict(recorded.request, flow) as response:
        assert (await response.json()).keys() == json.loads(recorded.body).keys()
        assert response.headers["Content-Type"] == recorded.headers["content-type"]


@pytest.mark.parametrize("name", ["30", "33"])
async def test_flowise_refusals_agree(name: str) -> None:
    recorded = recordings.flowise(name)
    assert recorded.path
    assert recorded.request
    chatflow = recorded.path.rpartition("/")[2]
    async with (
        offline_server(api_key="right" if name == "33" else None) as offline,
        await offline.predict(recorded.request, chatflow) as response,
    ):
        assert (response.status, await response.json()) == (recorded.status, json.loads(recorded.body))


async def test_flowise_errors_in_a_stream_agree() -> None:
    recorded = recordings.flowise("35")
    async with offline_server(api_key="right") as offline:
        assert recorded.request
        async with await offline.predict(recorded.request) as response:
            assert (response.status, await response.read()) == (recorded.status, recorded.body)
