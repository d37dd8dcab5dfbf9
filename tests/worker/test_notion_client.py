"""The client of Notion: what it sends, what it makes of every kind of answer, and how fast it is."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from kinkster_worker.notion import client as module
from kinkster_worker.notion import errors
from kinkster_worker.notion.client import Client

from tests.worker.conftest import Reset, Scripted, Stall, Step, eventually, http, session_of
from tests.worker.notion_fixtures import offline_notion

TOKEN = "ntn_of_a_test"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with session_of(repeats=False) as found:
        yield found


@pytest.fixture
async def client(session: aiohttp.ClientSession, scripted: Scripted) -> Client:
    """A client of the scripted server."""
    found = Client(session, scripted.url, 0)
    found.authorize(TOKEN)
    return found


async def failure(client: Client) -> errors.NotionError:
    """How a request ends."""
    with pytest.raises(errors.NotionError) as caught:
        await client.call("POST", "/pages", {"a": 1})
    assert TOKEN not in repr(caught.value) + caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None
    return caught.value


def refused(status: str, **headers: str) -> bytes:
    """An error in Notion's body."""
    body = {"object": "error", "status": int(status[:3]), "code": "some_code", "message": "Some words."}
    return http(json.dumps(body).encode(), status, Connection="close", **headers)


async def test_a_request_has_the_token_the_version_and_the_body(client: Client, scripted: Scripted) -> None:
    scripted.will(http(b'{"object": "page", "id": "1"}'))
    assert await client.call("POST", "/pages", {"name": "Zo\u00eb"}) == {"object": "page", "id": "1"}
    (request,) = scripted.requests
    assert (request.method, request.path, request.body) == ("POST", "/v1/pages", {"name": "Zo\u00eb"})
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["notion-version"] == "2026-03-11"
    assert request.headers["content-type"] == "application/json"
    assert TOKEN not in repr(client) + str(client)


@pytest.mark.parametrize(
    ("answer", "kind", "is_unclear"),
    [
        (refused("400 Bad Request"), errors.NotionRejected, False),
        (refused("401 Unauthorized"), errors.NotionUnauthorized, False),
        (refused("403 Forbidden"), errors.NotionForbidden, False),
        (refused("404 Not Found"), errors.NotionMissing, False),
        (refused("409 Conflict"), errors.NotionConflict, False),
        (refused("418 Teapot"), errors.NotionRejected, False),
        (refused("429 Too Many Requests"), errors.NotionRateLimited, False),
        (refused("500 Internal Server Error"), errors.NotionUnavailable, True),
        (refused("503 Service Unavailable"), errors.NotionUnavailable, True),
        (refused("529 Overloaded"), errors.NotionOverloaded, True),
        (http(b"<html>", "502 Bad Gateway", "text/html"), errors.NotionUnavailable, True),
        (http(b"slow", "429 Too Many Requests", "text/plain"), errors.NotionRateLimited, False),
        (http(b"<html>", "200 OK", "text/html"), errors.NotionMisbehaved, True),
        (http(b"", "200 OK"), errors.NotionMisbehaved, True),
        (http(b"[]", "200 OK"), errors.NotionMisbehaved, True),
        (http(b"<html>", "403 Forbidden", "text/html"), errors.NotionMisbehaved, True),
        (http(b'{"error": "blocked"}', "403 Forbidden"), errors.NotionMisbehaved, True),
        (http(b"", "302 Found", Location="http://127.0.0.1:1/"), errors.NotionMisbehaved, True),
        (b"this is no HTTP\r\n\r\n", errors.NotionMisbehaved, True),
        (http(b"{", "200 OK").replace(b"Length: 1", b"Length: 9"), errors.NotionUnreachable, True),
    ],
)
async def test_every_answer_is_what_it_is(
    client: Client, scripted: Scripted, answer: bytes, kind: type[errors.NotionError], is_unclear: bool
) -> None:
    scripted.will(answer)
    error = await failure(client)
    assert (type(error), error.is_unclear, client.was_answered) == (kind, is_unclear, False)
    assert len(scripted.requests) == 1


async def test_words_of_a_refusal_are_repeated(client: Client, scripted: Scripted) -> None:
    scripted.will(refused("400 Bad Request"))
    assert (await failure(client)).message == "Notion refused the request: Some words."


@pytest.mark.parametrize("token", ["ntn_0123456789abcDEF", "secret_0123456789abcDEF"])
async def test_a_token_among_these_words_is_not(client: Client, scripted: Scripted, token: str) -> None:
    body = {"object": "error", "message": f"Nothing for {token}: a secret page."}
    scripted.will(http(json.dumps(body).encode(), "400 Bad Request", Connection="close"))
    assert (await failure(client)).message.endswith("Nothing for [key]: a secret page.")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("7", 7), ("90", 90), ("86000", 86_000), ("soon", None), (None, None)],
)
async def test_it_says_how_long_notion_wants_it_to_wait(
    client: Client, scripted: Scripted, value: str | None, seconds: float | None
) -> None:
    headers = {"Retry-After": value} if value else {}
    for status in ("429 Too Many Requests", "529 Overloaded", "503 Service Unavailable"):
        scripted.will(refused(status, **headers))
        assert (await failure(client)).retry_after == seconds


async def test_the_wait_may_be_a_date(client: Client, scripted: Scripted) -> None:
    scripted.will(
        refused("429 Slow", Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=90), True))
    )
    wait = (await failure(client)).retry_after
    assert wait is not None
    assert 80 < wait <= 90


async def test_a_connection_that_never_was_is_clear(session: aiohttp.ClientSession) -> None:
    error = await failure(Client(session, "http://127.0.0.1:1", 0))
    assert (error.code, error.is_unclear) == ("notion_unreachable", False)


@pytest.mark.parametrize("step", [Reset, b"HTTP/1.1 200 OK\r\n"])
async def test_a_connection_that_broke_is_not(client: Client, scripted: Scripted, step: Step) -> None:
    scripted.will(step)
    error = await failure(client)
    assert (error.code, error.is_unclear) == ("notion_unreachable", True)


async def test_a_kept_connection_that_broke_is_not_tried_again(client: Client, scripted: Scripted) -> None:
    scripted.close_late = True
    scripted.will(http(b"{}"))
    await client.call("GET", "/users/me")
    assert (await failure(client)).is_unclear
    assert len(scripted.requests) == 1


async def test_silence_ends_when_patience_does(session: aiohttp.ClientSession, scripted: Scripted) -> None:
    async def patience() -> float:
        return 0.1

    client = Client(session, scripted.url, 0, patience)
    scripted.will(Stall).will(http(b"{}")[:-1], Stall)
    for _ in range(2):
        error = await failure(client)
        assert (error.code, error.is_unclear) == ("notion_timeout", True)


async def test_no_request_is_sent_when_patience_refuses(
    session: aiohttp.ClientSession, scripted: Scripted
) -> None:
    async def patience() -> float:
        raise errors.NotionStopped

    with pytest.raises(errors.NotionStopped):
        await Client(session, scripted.url, 0, patience).call("GET", "/users/me")
    assert scripted.requests == []


async def test_an_answer_without_end_is_left(
    client: Client, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BODY_BYTES", 100)
    scripted.will(http(b"x" * 1000))
    assert (await failure(client)).code == "notion_misbehaved"


async def test_requests_begin_an_interval_apart(session: aiohttp.ClientSession) -> None:
    async with offline_notion() as notion:
        client = Client(session, f"{notion.url}/notion", 0.05)
        client.authorize("ntn_offline")
        before = len(await notion.requests())
        for _ in range(5):
            await client.call("GET", "/users/me")
        assert 0 < client.wait_seconds <= 0.05
        starts = [request["started"] for request in (await notion.requests())[before:]]
        assert len(starts) == 5
        assert all(second - first > 0.04 for first, second in pairwise(starts))
    assert client.requests == 5


async def test_one_that_stops_begins_nothing_and_lets_a_request_end(
    client: Client, scripted: Scripted
) -> None:
    scripted.will(0.05, http(b"{}"))
    running = asyncio.create_task(client.call("GET", "/users/me"))
    await eventually(lambda: scripted.requests)
    client.stop()
    assert await running == {}
    error = await failure(client)
    assert (error.code, error.is_unclear) == ("worker_stopped", False)


async def test_a_request_that_is_cut_is_unclear(client: Client, scripted: Scripted) -> None:
    scripted.will(Stall)
    running: asyncio.Task[Any] = asyncio.create_task(failure(client))
    await eventually(lambda: scripted.requests)
    client.cut()
    error = await running
    assert (error.code, error.is_unclear) == ("worker_stopped", True)
    client.cut()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_broken_request_is_not_repeated_behind_our_back(
    client: Client, scripted: Scripted, method: str
) -> None:
    scripted.will(http(b'{"object": "page", "id": "1"}'))  # the connection stays, and is used again
    scripted.will(Reset)
    scripted.will(http(b'{"object": "page", "id": "1"}'))
    await client.call("GET", "/pages/1")
    with pytest.raises(errors.NotionUnreachable):
        await client.call(method, "/blocks/1")
    assert [request.method for request in scripted.requests] == ["GET", method]
