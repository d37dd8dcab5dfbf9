"""The offline Flowise: its framing byte for byte, its two shapes, its sessions, and what it refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.worker.offline_fixtures import Offline, offline_server

BUILD = "Error: predictionsServices.buildChatflow - "
LIMITS = '# Hard limits\nNone of the following may happen. My name is Limit.\n- "spiders"\n- "heights"'


@pytest_asyncio.fixture
async def offline() -> AsyncIterator[Offline]:
    async with offline_server() as server:
        yield server


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The events of a stream that must be framed exactly as Flowise frames them."""
    frames = body.split(b"\n\n")
    assert frames.pop() == b""
    assert all(frame.startswith(b"message:\ndata:{") and frame.count(b"\n") == 1 for frame in frames)
    return [json.loads(frame.removeprefix(b"message:\ndata:")) for frame in frames]


async def said(offline: Offline, question: str, flow: str = "chain", **more: Any) -> str:
    """The joined tokens of one streamed prediction."""
    async with await offline.predict({"question": question, "streaming": True, **more}, flow) as response:
        events = events_of(await response.read())
    return "".join(event["data"] for event in events if event["event"] == "token")


async def test_a_chain_streams_start_tokens_metadata_end(offline: Offline) -> None:
    body = {"question": "hello ☕", "streaming": True, "overrideConfig": {"sessionId": "s-1"}}
    async with await offline.predict(body) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        events = events_of(await response.read())
    names = [event["event"] for event in events]
    assert names == ["start", *["token"] * (len(names) - 3), "metadata", "end"]
    metadata = events[-2]["data"]
    assert metadata.keys() == {"chatId", "chatMessageId", "question", "sessionId", "memoryType"}
    assert (metadata["chatId"], metadata["sessionId"]) == ("s-1", "s-1")


async def test_an_agent_flow_tells_its_nodes_and_its_usage(offline: Offline) -> None:
    async with await offline.predict({"question": "hello", "streaming": "true"}, "my-agent") as response:
        events = events_of(await response.read())
    names = [event["event"] for event in events]
    assert names[0] == "agentFlowEvent"
    assert "start" not in names
    assert [name for name in names if name != "token"][-6:] == [
        *("usageMetadata", "nextAgentFlow", "agentFlowExecutedData", "agentFlowEvent", "metadata", "end"),
    ]
    usage = next(event["data"] for event in events if event["event"] == "usageMetadata")
    tokens = [event["data"] for event in events if event["event"] == "token"]
    assert tokens[0] == tokens[-1] == ""
    assert usage["output_tokens"] == len([token for token in tokens if token])


@pytest.mark.parametrize("flow", ["chain", "agent"])
async def test_without_streaming_it_answers_json(offline: Offline, flow: str) -> None:
    async with await offline.predict({"question": "hello", "chatId": "c-1"}, flow) as response:
        assert response.content_type == "application/json"
        answer = await response.json()
    assert answer["text"] == "[offline, no model] ☕ — you said “hello” ✓"
    assert answer["sessionId"] == "c-1"
    assert ("agentFlowExecutedData" in answer) == (flow == "agent")


@pytest.mark.parametrize("flow", ["chain", "agent"])
async def test_a_session_remembers_and_no_other_does(offline: Offline, flow: str) -> None:
    mine: dict[str, Any] = {"chatId": "c", "overrideConfig": {"sessionId": "mine"}}
    await said(offline, "My name is Robin", flow, **mine)
    assert "your name is Robin" in await said(offline, "What is my name?", flow, **mine)
    assert "Robin" not in await said(offline, "What is my name?", flow, chatId="c")
    assert "Robin" not in await said(offline, "What is my name?", f"other-{flow}", **mine)


async def test_history_counts_for_its_own_question_only(offline: Offline) -> None:
    told = [
        {"role": "userMessage", "content": "I like green tea"},
        {"role": "apiMessage", "content": "I like engine oil"},
    ]
    assert "green tea" in await said(offline, "What do I like?", chatId="h", history=told)
    assert "green tea" not in await said(offline, "What do I like?", chatId="h")


async def test_limits_behind_a_question_are_not_the_user_s_words(offline: Offline) -> None:
    question = f"The user's message:\nWhat is my name?\n\nPlease!\n\n{LIMITS}"
    assert "Limit" not in await said(offline, question, chatId="l")
    await said(offline, f"{LIMITS}\n\nMy name is Robin", chatId="l")
    assert "your name is Robin" in await said(offline, question, chatId="l")


async def test_the_character_is_named_by_the_system_message(offline: Offline) -> None:
    override = {"sessionId": "n", "systemMessage": '# Identity\n- Name: "Véra Lynn"\n- Role: "switch"'}
    assert await said(offline, "hello", overrideConfig=override) == (
        "[offline, no model] Véra Lynn ☕ — you said “hello” ✓"
    )


async def test_an_unknown_chatflow_is_a_404_or_no_answer_at_all(offline: Offline) -> None:
    async with await offline.predict({"question": "x"}, "unknown-flow") as response:
        assert response.status == 404
        assert await response.json() == {
            "statusCode": 404,
            "success": False,
            "message": "Chatflow unknown-flow not found in the database!",
            "stack": {},
        }
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await offline.predict({"question": "x", "streaming": True}, "unknown-flow")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "NOT NULL constraint failed"),
        ({"question": ""}, "NOT NULL constraint failed"),
        ({"question": "x", "history": [{"role": "user", "content": "x"}]}, "Invalid history format"),
        ({"question": "x", "history": "x"}, "Invalid history format"),
    ],
)
async def test_a_bad_question_is_a_500_or_an_error_event(
    offline: Offline, body: dict[str, Any], words: str
) -> None:
    async with await offline.predict(body) as response:
        assert response.status == 500
        assert words in (await response.json())["message"]
    async with await offline.predict({**body, "streaming": True}) as response:
        assert response.status == 200
        error, end = events_of(await response.read())
    assert error["event"] == "error"
    assert words in error["data"]
    assert end == {"event": "end", "data": "[DONE]"}


async def test_a_wrong_key_is_a_500_or_an_error_event() -> None:
    async with offline_server(api_key="right") as offline:
        async with await offline.predict({"question": "x"}) as response:
            assert response.status == 500
            assert (await response.json())["message"] == f"{BUILD}Unauthorized"
        async with await offline.predict({"question": "x", "streaming": True}) as response:
            assert events_of(await response.read())[0] == {"event": "error", "data": f"{BUILD}Unauthorized"}


@pytest.mark.parametrize(("flow", "stops"), [("agent", True), ("chain", False)])
async def test_an_abort_stops_an_agent_flow_and_not_a_chain(flow: str, stops: bool) -> None:
    async with offline_server(pace=0.01) as offline:
        body = {"question": "hello", "streaming": True, "chatId": "a-1"}
        async with await offline.predict(body, flow) as response:
            address = f"{offline.url}/api/v1/chatmessage/abort/{flow}/a-1"
            async with offline.http.put(address) as aborted:
                assert await aborted.json() == {"status": 200, "message": "Chat message aborted"}
            names = [event["event"] for event in events_of(await response.read())]
        assert names[-2:] == (["abort", "end"] if stops else ["metadata", "end"])
        asked, put = await offline.requests()
    assert (asked["aborted"], put["method"], put["path"]) == (
        stops,
        "PUT",
        f"/api/v1/chatmessage/abort/{flow}/a-1",
    )


async def test_a_silent_stream_has_heartbeats() -> None:
    async with offline_server(heartbeat=0.01) as offline:
        await offline.faults({"kind": "stall", "after": 0})
        async with await offline.predict({"question": "hello", "streaming": True}) as response:
            await response.content.readuntil(b":heartbeat\n\n")
            assert await response.content.readexactly(12) == b":heartbeat\n\n"
