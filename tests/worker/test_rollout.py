"""A rollout as users meet it, over HTTP with the offline providers: they notice nothing."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from tests.people import value
from tests.worker.conftest import Client, StartWorker, Turns, first_text, new_kinkster, new_user, read
from tests.worker.offline_fixtures import Offline, offline_server

PLAN = "select kinkster.plan_rollout()"
START = "select kinkster.start_rollout(null)"
ADVANCE = "select kinkster.advance_rollout(null, null, true)"
PAUSE = "select kinkster.pause_rollout(null, null)"
ROLLBACK = "select kinkster.rollback_rollout(null)"
WATCH = "select kinkster.watch_rollout()"
LATER = "update kinkster.settings set clock_offset = clock_offset + '30 seconds'"
NUMBER = "What is my lucky number?"


@pytest.fixture
async def offline() -> AsyncIterator[Offline]:
    """The offline providers, with a pause between the words, so that a reply can be met on its way."""
    async with offline_server(pace=0.005) as server:
        yield server


@pytest.fixture
async def client(offline: Offline, start_worker: StartWorker) -> Client:
    """The user's client of a worker that asks the offline providers."""
    return await start_worker(offline.url)


@pytest.fixture
def simple(admin: psycopg.Connection) -> str:
    """A system character at Flowise, and a rollout that will move it."""
    admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'chain'")
    found = new_kinkster(admin, None, "flowise", flowise_chatflow_id=None, bio="Keeps a garden.")
    admin.execute(PLAN)
    return found


def asked(turns: Turns) -> list[tuple[str, str]]:
    """Who answered each turn, and how the context came there."""
    return [(turn.row["provider"], turn.row["continuity"]) for turn in turns()]


async def said(client: Client, kinkster: str, message: str = NUMBER, **more: Any) -> str:
    """What is answered to a message; the reply is whole."""
    reply = await client.chat(kinkster, message, **more)
    assert reply.done, reply
    return reply.text


async def test_a_conversation_is_moved_stays_and_comes_back_with_all_that_was_said(
    client: Client, simple: str, admin: psycopg.Connection, turns: Turns
) -> None:
    await said(client, simple, "My lucky number is 4711.")
    admin.execute(START)
    assert "4711" in await said(client, simple)
    assert "4711" in await said(client, simple)
    admin.execute(PAUSE)
    assert "4711" in await said(client, simple)
    admin.execute(ROLLBACK)
    assert "4711" in await said(client, simple)
    assert "4711" in await said(client, simple)
    assert asked(turns) == [
        ("flowise", "new"),
        ("openai_responses", "rebuilt"),
        ("openai_responses", "chained"),
        ("openai_responses", "chained"),
        ("flowise", "rebuilt"),
        ("flowise", "chained"),
    ]


async def test_at_its_end_the_character_is_the_other_providers_own(
    client: Client, simple: str, admin: psycopg.Connection, turns: Turns
) -> None:
    await said(client, simple, "My lucky number is 4711.")
    admin.execute(START)
    assert "4711" in await said(client, simple)
    assert value(admin, ADVANCE)["state"] == "completed"
    assert "4711" in await said(client, simple)
    assert "4711" in await said(client, simple, path="/api/kinksters/chat")
    admin.execute(ROLLBACK)
    assert "4711" in await said(client, simple, path="/api/flowise/chat")
    assert [provider for provider, _ in asked(turns)] == ["flowise", *["openai_responses"] * 3, "flowise"]


async def test_a_reply_that_is_on_its_way_when_it_is_rolled_back_arrives_whole(
    client: Client, simple: str, admin: psycopg.Connection, turns: Turns
) -> None:
    admin.execute(START)
    async with client.post({"message": "My lucky number is 4711.", "kinksterId": simple}) as response:
        await first_text(response)
        admin.execute(ROLLBACK)
        reply = await read(response)
    assert reply.done, reply
    assert "4711" in await said(client, simple)
    assert [turn.status for turn in turns()] == ["completed", "completed"]
    assert asked(turns) == [("openai_responses", "new"), ("flowise", "rebuilt")]


async def test_clients_that_route_themselves_keep_their_route(
    client: Client, simple: str, admin: psycopg.Connection, turns: Turns
) -> None:
    admin.execute(START)
    await said(client, simple, "Hello", path="/api/flowise/chat")
    refused = await client.chat(simple, "Hello", "/api/kinksters/chat")
    assert refused.status == 409
    assert asked(turns) == [("openai_responses", "new")]


async def test_a_provider_that_fails_pauses_it_and_nobody_else_moves(
    client: Client, offline: Offline, simple: str, admin: psycopg.Connection, turns: Turns, one_attempt: None
) -> None:
    for _ in range(3):
        await said(client, simple, "Hello")
    admin.execute("update kinkster.rollouts set min_turns = 3")
    admin.execute(START)
    await said(client, simple, "Hello")
    await said(client, simple, "Hello")
    assert value(admin, WATCH)["state"] == "running"
    await offline.faults({"kind": "status", "status": 500})
    assert (await client.chat(simple, "Hello")).error
    admin.execute(LATER)
    found = value(admin, WATCH)
    assert (found["state"], found["paused"]) == ("paused", True)
    assert found["because"].startswith("Error rate: 33.33 % over 3 turns, beside 0.00 % over 3 at Flowise")
    await said(Client(client.session, client.address, new_user(admin)), simple, "Hello")
    await said(client, simple, "Hello")
    assert [provider for provider, _ in asked(turns)][-2:] == ["flowise", "openai_responses"]
