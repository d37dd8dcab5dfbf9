"""One character on its way: what becomes of it under each failure, and what SQL is told."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from kinkster_worker import errors as worker_errors
from kinkster_worker.notion import errors
from kinkster_worker.notion.client import Client
from kinkster_worker.notion.plan import NotionOutcome, Page
from kinkster_worker.notion.sending import Sending

from tests.worker.notion_fixtures import (
    SOME_PROPERTIES,
    Json,
    OfflineNotion,
    offline_notion,
    paragraph,
    row,
    said,
)

MIRA = str(uuid.uuid4())
WANTED = {name: next(iter(config)) for name, config in SOME_PROPERTIES.items()}
CREATE, QUERY = r"^/v1/pages$", "/query$"


@dataclass
class Desk:
    """What sends, and the offline Notion that it sends to."""

    notion: OfflineNotion
    client: Client
    sending: Sending

    def page(self, page_id: str | None = None, name: str = "Mira", texts: int = 1, **more: Any) -> Page:
        """A character as SQL hands it out."""
        blocks = [paragraph(str(number)) for number in range(texts)]
        found: Json = {
            "state": "page",
            "kinkster_id": MIRA,
            "revision": 3,
            "page_id": page_id,
            "properties": row(name, MIRA),
            "children": blocks[:40],
            "more_children": [blocks[place : place + 40] for place in range(40, texts, 40)],
            "look_up": False,
            "success": True,
        }
        if page_id is None:
            found["parent"] = {"type": "data_source_id", "data_source_id": self.notion.source}
        return found | more  # type: ignore[return-value]

    async def send(self, *arguments: Any, **more: Any) -> NotionOutcome:
        """Sends such a page."""
        return await self.sending.send(self.page(*arguments, **more))

    async def paths(self) -> list[str]:
        """Method and path of each request so far, without ids."""
        found = []
        for request in await self.notion.requests():
            short = [part for part in request["path"].split("/")[2:] if len(part) != 36]
            found.append(f"{request['method']} {'/'.join(short)}")
        return found[2:]  # those that made the database


async def desk_of(notion: OfflineNotion) -> Desk:
    client = Client(notion.http, f"{notion.url}/notion", 0)
    client.authorize("ntn_offline")
    bot = (await client.call("GET", "/users/me"))["id"]
    connection: Any = {"bot_id": bot, "database_id": notion.database}  # all that sending looks at
    await notion.control("PUT", "/limits", {})

    async def properties() -> dict[str, str]:
        return WANTED

    return Desk(notion, client, Sending(client, connection, notion.source, properties))


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with offline_notion() as notion:
        yield await desk_of(notion)


async def names(desk: Desk) -> list[str]:
    """The names on all pages."""
    return [said(page["properties"]["Name"]) for page in await desk.notion.pages()]


def told(outcome: NotionOutcome) -> tuple[str, str | None, bool | None]:
    """Status, code and whether a page may be there that nobody knows."""
    return outcome["status"], outcome.get("error_code"), outcome.get("is_unclear")


async def test_a_new_page_takes_one_request_that_says_nothing_else(desk: Desk) -> None:
    outcome = await desk.send()
    (page,) = await desk.notion.pages()
    assert outcome == {"status": "sent", "revision": 3, "page_id": page["id"]}
    request = (await desk.notion.requests())[-1]
    assert (request["method"], request["path"]) == ("POST", "/v1/pages")
    assert set(request["body"]) == {"parent", "properties", "children"}


async def test_a_page_that_is_there_gets_properties_and_content(desk: Desk) -> None:
    made = await desk.send(texts=2)
    assert (await desk.send(made["page_id"], name="Mira B.", texts=3))["page_id"] == made["page_id"]
    (page,) = await desk.notion.pages()
    assert said(page["properties"]["Name"]) == "Mira B."
    assert [said(block["paragraph"]) for block in page["content"]] == ["0", "1", "2"]
    changed = next(
        r for r in await desk.notion.requests() if r["method"] == "PATCH" and "/pages/" in r["path"]
    )
    assert set(changed["body"]) == {"properties"}


async def test_a_long_content_arrives_in_order(desk: Desk) -> None:
    await desk.send(texts=130)
    (page,) = await desk.notion.pages()
    assert [said(block["paragraph"]) for block in page["content"]] == [str(number) for number in range(130)]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500, "done": True},
        {"kind": "status", "status": 503, "done": False},
        {"kind": "status", "status": 529, "done": True},
        {"kind": "html", "status": 502, "done": True},
        {"kind": "html", "status": 403, "done": True},
        {"kind": "cut", "done": True},
        {"kind": "cut", "done": False},
    ],
)
async def test_a_page_is_not_made_twice_after_an_unclear_answer(desk: Desk, fault: Json) -> None:
    await desk.notion.faults({**fault, "path": CREATE})
    outcome = await desk.send()
    assert outcome["status"] == "failed"
    assert outcome["is_unclear"]
    assert "page_id" not in outcome
    assert (await desk.send(look_up=True, name="Mira B."))["status"] == "sent"
    assert await names(desk) == ["Mira B."]


@pytest.mark.parametrize("status", [400, 401, 403, 409, 429])
async def test_a_clear_refusal_leaves_no_doubt(desk: Desk, status: int) -> None:
    await desk.notion.faults({"kind": "status", "status": status, "path": CREATE})
    outcome = await desk.send()
    assert (outcome["status"], outcome["is_unclear"]) == ("failed", False)
    assert await names(desk) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 400},
        {"kind": "html", "status": 403},
        {"kind": "cut"},
    ],
)
async def test_a_search_that_failed_is_never_not_found(desk: Desk, fault: Json) -> None:
    await desk.send()
    await desk.notion.faults({**fault, "path": QUERY})
    outcome = await desk.send(look_up=True)
    assert outcome["status"] == "failed"
    assert "is_unclear" not in outcome  # as it was
    assert await names(desk) == ["Mira"]
    assert (await desk.paths()).count("POST pages") == 1


async def test_a_search_that_did_not_see_everything_is_never_not_found(desk: Desk) -> None:
    class Half(Client):
        async def call(self, method: str, path: str, body: object = None) -> Json:
            found = await super().call(method, path, body)
            if path.endswith("/query"):
                found["request_status"] = {"type": "incomplete"}
            return found

    half = Half(desk.notion.http, f"{desk.notion.url}/notion", 0)
    half.authorize("ntn_offline")
    desk.sending._client = half
    assert told(await desk.send(look_up=True)) == ("failed", "notion_misbehaved", None)
    assert await names(desk) == []


async def test_a_page_that_certainly_is_not_there_is_made(desk: Desk) -> None:
    await desk.notion.create(row("Somebody else", str(uuid.uuid4())))
    assert (await desk.send(look_up=True))["status"] == "sent"
    assert await names(desk) == ["Somebody else", "Mira"]


async def test_a_clear_refusal_after_a_finished_search_leaves_no_doubt(desk: Desk) -> None:
    await desk.notion.faults({"kind": "status", "status": 429, "path": CREATE})
    assert told(await desk.send(look_up=True)) == ("failed", "notion_rate_limited", False)


async def test_of_two_pages_the_older_one_is_the_characters(desk: Desk) -> None:
    older = (await desk.send())["page_id"]
    await desk.send(name="Double")
    assert (await desk.send(look_up=True, name="Mira B."))["page_id"] == older
    assert await names(desk) == ["Mira B.", "Double"]


async def test_two_characters_of_one_name_have_two_pages(desk: Desk) -> None:
    await desk.send()
    other = desk.page(kinkster_id=str(uuid.uuid4()), look_up=True)
    other["properties"] = row("Mira", other["kinkster_id"])
    assert (await desk.sending.send(other))["status"] == "sent"
    assert await names(desk) == ["Mira", "Mira"]


async def test_a_page_whose_content_failed_is_known(desk: Desk) -> None:
    await desk.notion.faults({"kind": "status", "status": 500, "path": "/children$", "method": "PATCH"})
    outcome = await desk.send(texts=50)
    (page,) = await desk.notion.pages()
    assert (outcome["page_id"], *told(outcome)) == (page["id"], "failed", "notion_unavailable", False)
    assert (outcome["has_progressed"], outcome["was_answered"]) == (False, True)
    assert (await desk.send(page["id"], texts=50))["status"] == "sent"
    (page,) = await desk.notion.pages()
    assert len(page["content"]) == 50


async def test_content_that_came_further_is_said_to_have(desk: Desk) -> None:
    made = await desk.send()
    trouble = {"kind": "status", "status": 500, "path": "/children$", "method": "PATCH"}
    await desk.notion.faults({**trouble, "nth": 2})
    assert (await desk.send(made["page_id"], texts=100))["has_progressed"]
    await desk.notion.faults(trouble)
    assert not (await desk.send(made["page_id"], texts=100))["has_progressed"]


@pytest.mark.parametrize("for_good", ["", "?for_good=1"])
async def test_a_page_that_was_deleted_is_gone(desk: Desk, for_good: str) -> None:
    made = await desk.send()
    await desk.notion.control("DELETE", f"/pages/{made['page_id']}{for_good}")
    outcome = await desk.send(made["page_id"])
    assert told(outcome) == ("failed", "notion_page_gone", False)
    assert "forget_kinkster_notion_page" in outcome["error_hint"]


async def test_a_page_that_was_deleted_is_not_found_either(desk: Desk) -> None:
    made = await desk.send()
    await desk.notion.control("DELETE", f"/pages/{made['page_id']}")
    again = await desk.send(look_up=True)
    assert again["status"] == "sent"
    assert again["page_id"] != made["page_id"]


async def test_a_page_in_a_database_that_is_gone_is_the_databases_trouble(desk: Desk) -> None:
    made = await desk.send()
    await desk.client.call("PATCH", f"/databases/{desk.notion.database}", {"in_trash": True})
    for outcome in (await desk.send(made["page_id"]), await desk.send()):
        assert told(outcome) == ("failed", "notion_database_missing", False)


@pytest.mark.parametrize("look_up", [False, True])
async def test_a_missing_property_is_named(desk: Desk, look_up: bool) -> None:
    change = {"Supabase ID": {"name": "Id"}, "Bio": None}
    await desk.notion.control("PATCH", f"/data_sources/{desk.notion.source}", {"properties": change})
    outcome = await desk.send(look_up=look_up)
    assert told(outcome) == ("failed", "notion_properties_wrong", None if look_up else False)
    assert "lacks Supabase ID and Bio" in outcome["error_message"]


async def test_what_notion_does_not_take_is_said_in_its_words(desk: Desk) -> None:
    page = desk.page()
    page["properties"]["Role"] = {"select": {"name": "a, b"}}
    outcome = await desk.sending.send(page)
    assert told(outcome) == ("failed", "notion_rejected", False)
    assert "commas not allowed" in outcome["error_message"]


async def test_how_long_to_wait_is_passed_on(desk: Desk) -> None:
    await desk.notion.faults({"kind": "status", "status": 429, "retry_after": "90"})
    assert (await desk.send())["retry_after_seconds"] == 90


async def test_a_defect_is_this_characters_alone(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    page = desk.page(properties={"Name": object()})
    assert told(await desk.sending.send(page)) == ("failed", "worker_error", True)
    assert [record.message for record in caplog.records] == ["notion_page_crashed"]
    assert (await desk.send())["status"] == "sent"


async def test_a_lost_lease_is_no_outcome(desk: Desk) -> None:
    async def patience() -> float:
        raise worker_errors.LeaseLost

    desk.sending._client = Client(desk.notion.http, f"{desk.notion.url}/notion", 0, patience)
    with pytest.raises(worker_errors.LeaseLost):
        await desk.send()


async def test_stopping_in_time_leaves_no_doubt_and_cutting_off_does(desk: Desk) -> None:
    desk.client.stop()
    assert told(await desk.send()) == ("failed", "worker_stopped", False)
    assert told(await desk.send(look_up=True)) == ("failed", "worker_stopped", None)


def test_every_failure_says_what_to_do() -> None:
    for kind in errors.NotionError.__subclasses__():
        outcome = errors.failure_of(kind())
        assert all(outcome[name] for name in ("error_code", "error_message", "error_hint"))
