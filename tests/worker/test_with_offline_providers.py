"""The worker and the embedded default together: what was told is remembered, whoever answers."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from tests.worker.conftest import Client, StartWorker, Turns, new_kinkster
from tests.worker.offline_fixtures import Offline, offline_server

CHANGE = "update kinksters set provider = %s, flowise_chatflow_id = 'f' where id = %s"


@pytest.fixture
async def offline() -> AsyncIterator[Offline]:
    """The offline providers, without pauses."""
    async with offline_server() as server:
        yield server


@pytest.fixture
async def client(offline: Offline, start_worker: StartWorker) -> Client:
    """The user's client of a worker that asks the offline providers."""
    return await start_worker(offline.url, kinkster_first_byte_seconds=5, kinkster_idle_seconds=5)


async def test_a_fact_is_remembered_through_changes_of_provider(
    client: Client, kinkster: str, admin: psycopg.Connection, turns: Turns
) -> None:
    async def ask(provider: str) -> str:
        admin.execute(
            "update kinksters set provider = %s, flowise_chatflow_id = 'f' where id = %s",
            [provider, kinkster],
        )
        reply = await client.chat(kinkster, "What is my lucky number?")
        assert reply.done, reply
        return reply.text

    assert (await client.chat(kinkster, "My lucky number is 4711.")).done
    for provider in ("openai_responses", "flowise", "flowise", "openai_responses", "openai_responses"):
        assert "4711" in await ask(provider), provider
    continuity = [turn.row["continuity"] for turn in turns()]
    assert continuity == ["new", "chained", "rebuilt", "chained", "rebuilt", "chained"]


async def test_what_the_provider_forgot_is_told_again(
    client: Client, offline: Offline, kinkster: str
) -> None:
    assert (await client.chat(kinkster, "My lucky number is 4711.")).done
    for form in ("openai", "invalid_request", "agentic_api", "vllm"):
        await offline.faults({"kind": "unknown_previous", "form": form})
        reply = await client.chat(kinkster, "What is my lucky number?")
        assert reply.done
        assert "4711" in reply.text


async def test_many_conversations_at_once_stay_apart(
    client: Client, offline: Offline, user: str, admin: psycopg.Connection, turns: Turns
) -> None:
    kinksters = [new_kinkster(admin, user, ("flowise", "openai_responses")[i % 2]) for i in range(40)]

    async def talk(number: int, kinkster: str) -> None:
        assert (await client.chat(kinkster, f"My lucky number is {number}.")).done
        reply = await client.chat(kinkster, "What is my lucky number?")
        assert reply.done
        assert f"is {number}" in reply.text

    await asyncio.gather(*(talk(1000 + i, kinkster) for i, kinkster in enumerate(kinksters)))
    assert [turn.status for turn in turns()] == ["completed"] * 80


async def test_a_server_with_chat_completions_alone_remembers_too(
    start_worker: StartWorker, kinkster: str, turns: Turns
) -> None:
    async with offline_server(responses_api=False) as server:
        client = await start_worker(server.url)
        assert (await client.chat(kinkster, "My lucky number is 4711.")).done
        assert "4711" in (await client.chat(kinkster, "What is my lucky number?")).text
        paths = [request["path"] for request in await server.requests()]
    assert paths == ["/v1/responses", "/v1/chat/completions", "/v1/chat/completions"]
    assert [turn.row["api"] for turn in turns()] == ["chat_completions"] * 2
