"""The offline Notion's pace, and its misbehaviour on command: what each does to the official client."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
import pytest
import pytest_asyncio
from kinkster_worker.offline.notion_pace import Window, admit
from notion_client import APIResponseError
from notion_client.errors import HTTPResponseError, RequestTimeoutError

from tests.worker.notion_fixtures import Json, OfflineNotion, client_of, offline_notion, refusal, row


@pytest_asyncio.fixture
async def notion() -> AsyncIterator[OfflineNotion]:
    async with offline_notion() as server:
        yield server


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "unauthorized"),
        (403, "restricted_resource"),
        (404, "object_not_found"),
        (409, "conflict_error"),
        (429, "rate_limited"),
        (500, "internal_server_error"),
        (503, "service_unavailable"),
        (504, "gateway_timeout"),
    ],
)
async def test_a_status_is_the_client_s_error(notion: OfflineNotion, status: int, code: str) -> None:
    await notion.faults({"kind": "status", "status": status, "retry_after": "61", "message": "No."})
    with pytest.raises(APIResponseError) as raised:
        await notion.create(row())
    assert refusal(raised.value) == (status, code, "No.")
    assert raised.value.headers["Retry-After"] == "61"
    assert await notion.pages() == []
    await notion.create(row())
    assert [entry["status"] for entry in await notion.requests()][-2:] == [status, 200]


async def test_an_overloaded_notion_is_none_that_the_client_knows(notion: OfflineNotion) -> None:
    await notion.faults({"kind": "status", "status": 529}, {"kind": "html", "status": 502})
    for status in (529, 502):
        with pytest.raises(HTTPResponseError) as raised:
            await notion.create(row())
        assert raised.value.status == status
        assert "Retry-After" not in raised.value.headers
        assert ('"service_overload"' in raised.value.body) is (status == 529)


async def test_a_page_can_be_made_and_the_answer_an_error(notion: OfflineNotion) -> None:
    await notion.faults({"kind": "status", "status": 500, "done": True, "method": "POST", "path": "/pages$"})
    assert (await notion.query("one"))["results"] == []
    with pytest.raises(APIResponseError) as raised:
        await notion.create(row("Mira", "one"))
    assert raised.value.status == 500
    assert len((await notion.query("one"))["results"]) == 1


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize(
    ("fault", "raised"),
    [({"kind": "cut"}, httpx.TransportError), ({"kind": "never"}, RequestTimeoutError)],
)
async def test_a_lost_answer_says_nothing_of_what_was_done(
    notion: OfflineNotion, fault: Json, raised: type[Exception], done: bool
) -> None:
    await notion.faults({**fault, "done": done})
    client = client_of(notion.url)
    client.client.timeout = httpx.Timeout(0.2)
    with pytest.raises(raised):
        await client.pages.create(parent={"data_source_id": notion.source}, properties=row("Mira", "one"))
    await client.aclose()
    assert len((await notion.query("one"))["results"]) == done
    for _ in range(500):  # until the server has noticed, too
        requests = await notion.requests()
        if requests[-2]["ended"]:
            break
        await asyncio.sleep(0.01)
    assert [(one["aborted"], one["status"]) for one in requests[-2:]] == [(True, None), (False, 200)]
    assert requests[-2]["fault"]["kind"] == fault["kind"]


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_comes_late(notion: OfflineNotion, done: bool) -> None:
    await notion.faults({"kind": "delay", "seconds": 0.2, "done": done})
    await notion.create(row("Mira", "one"))
    entry = (await notion.requests())[-1]
    assert entry["ended"] - entry["started"] >= 0.19
    assert (entry["status"], len(await notion.pages())) == (200, 1)


async def statuses(notion: OfflineNotion, count: int) -> list[int]:
    """How so many requests are answered."""
    return [(await notion.send("GET", "/users/me"))[0] for _ in range(count)]


@pytest.mark.parametrize(
    ("which", "failing"),
    [
        ({}, [1]),
        ({"nth": 3}, [3]),
        ({"times": 2}, [1, 2]),
        ({"nth": 2, "times": 2}, [2, 3]),
        ({"every": 3}, [3, 6, 9]),
        ({"every": 3, "times": 2}, [3, 6]),
        ({"every": 3, "nth": 1}, [1, 4, 7, 10]),
        ({"method": "POST"}, []),
        ({"path": "^/v1/users"}, [1]),
        ({"path": "^/v1/pages"}, []),
        ({"match": "x"}, []),
    ],
)
async def test_a_fault_is_for_the_requests_that_it_names(
    notion: OfflineNotion, which: Json, failing: list[int]
) -> None:
    await notion.faults({"kind": "status", "status": 503, **which})
    expected = [503 if n in failing else 200 for n in range(1, 11)]
    assert await statuses(notion, 10) == expected
    await notion.control("DELETE", "/faults")
    assert await statuses(notion, 3) == [200] * 3


async def test_faults_after_each_other_are_met_one_by_one(notion: OfflineNotion) -> None:
    await notion.faults(*({"kind": "status", "status": status} for status in (409, 429, 500)))
    assert await statuses(notion, 4) == [409, 429, 500, 200]


async def test_a_fault_is_for_the_body_that_it_names(notion: OfflineNotion) -> None:
    await notion.faults({"kind": "status", "match": "two", "times": 9})
    await notion.create(row("Mira", "one"))
    with pytest.raises(APIResponseError):
        await notion.create(row("Mira", "two"))


@pytest.mark.parametrize("fault", [{"kind": "x"}, {"kind": "status", "path": "("}, {"kind": "cut", "nth": 0}])
async def test_an_unknown_fault_is_refused(notion: OfflineNotion, fault: Json) -> None:
    async with notion.http.post(f"{notion.url}/_offline/notion/faults", json=fault) as response:
        assert response.status == 400


async def test_each_token_has_its_own_pace(notion: OfflineNotion) -> None:
    await notion.control("POST", "/tokens", {"token": "ntn_other", "name": "Other"})
    await notion.control("PUT", "/limits", {"windows": [{"requests": 2, "seconds": 90}]})
    assert await statuses(notion, 3) == [200, 200, 429]
    assert (await notion.send("GET", "/users/me", token="ntn_other"))[0] == 200
    with pytest.raises(APIResponseError) as raised:
        await notion.client.users.me()
    assert refusal(raised.value)[:2] == (429, "rate_limited")
    assert 88 <= int(raised.value.headers["Retry-After"]) <= 90
    await notion.control("PUT", "/limits", {})
    assert await statuses(notion, 3) == [200] * 3
    entries = [entry for entry in await notion.requests() if entry["bot"] == "offline"]
    assert [entry["status"] for entry in entries][-7:] == [200, 200, 429, 429, 200, 200, 200]
    assert all(entry["started"] <= entry["ended"] for entry in entries)


def test_a_window_moves_with_the_clock() -> None:
    sent: deque[float] = deque()
    windows = (Window(requests=3, seconds=1), Window(requests=5, seconds=60))
    moments = (0.0, 0.1, 0.2, 0.3, 0.9, 1.0, 1.1, 2.5, 59.9, 60.0, 60.05)
    refused = {now: error for now in moments if (error := admit(sent, windows, now))}
    assert {now: error.headers["Retry-After"] for now, error in refused.items()} == {
        0.3: "1",
        0.9: "1",
        2.5: "58",
        59.9: "1",
        60.05: "1",
    }
    assert list(sent) == [0.1, 0.2, 1.0, 1.1, 60.0]


async def test_reset_makes_everything_as_it_was(notion: OfflineNotion) -> None:
    await notion.create(row())
    await notion.control("PUT", "/limits", {"windows": [{"requests": 1, "seconds": 90}]})
    await notion.control("DELETE", "/tokens/ntn_offline")
    await notion.faults({"kind": "never"})
    async with notion.http.post(f"{notion.url}/_offline/reset") as response:
        assert response.status == 200
    assert (await notion.pages(), await notion.requests()) == ([], [])
    database = (await notion.control("GET", "/databases"))["databases"][0]
    assert list(database["data_sources"][0]["properties"]) == ["Name"]
    assert await statuses(notion, 2) == [200, 200]


async def test_what_was_sent_is_told_without_the_token(notion: OfflineNotion) -> None:
    await notion.create(row("Mira", "one"))
    entry: dict[str, Any] = (await notion.requests())[-1]
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/v1/pages", 200)
    assert entry["body"]["properties"] == row("Mira", "one")
    assert "ntn_offline" not in str(await notion.requests())
    assert "body" not in (await notion.control("GET", "/requests?bodies=0"))["requests"][-1]


async def test_a_server_that_is_not_for_tests_has_no_control_routes() -> None:
    async with (
        offline_notion(control=False) as notion,
        aiohttp.ClientSession() as http,
        http.get(f"{notion.url}/_offline/notion/pages") as response,
    ):
        assert response.status == 404
