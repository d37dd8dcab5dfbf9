"""The loop over a real database and an offline Notion: characters arrive once, whole, in their last form."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import orjson
import psycopg
import pytest
from cryptography.fernet import Fernet
from kinkster_worker.http import serve
from kinkster_worker.notion import loop as module
from kinkster_worker.notion.plan import Connection
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.offline.notion_state import FIRST_TOKEN

from tests import people
from tests.worker.conftest import eventually, settings_of
from tests.worker.counting_proxy import CountingProxy
from tests.worker.notion_fixtures import said
from tests.worker.notion_world import KEY, World, world_of

CREATE = r"^/v1/pages$"


@pytest.fixture
async def world(admin: psycopg.Connection, worker_login: str, user: str) -> AsyncIterator[World]:
    async with world_of(admin, worker_login, user) as found:
        yield found


async def names(world: World) -> list[str]:
    """The names on all pages."""
    return [said(page["properties"]["Name"]) for page in await world.notion.pages()]


async def test_a_character_arrives_and_is_edited_and_arrives_again(world: World) -> None:
    mira = world.kinkster(name="Mira", bio="She sails.")
    await world.sent(mira)
    (page,) = await world.notion.pages()
    assert said(page["properties"]["Name"]) == "Mira"
    assert [said(block[block["type"]]) for block in page["content"]] == ["Bio", "She sails."]
    assert world.state(mira) == ("synced", None)
    world.admin.execute("update kinksters set bio = 'She rows.', name = 'Mira B.' where id = %s", [mira])
    await world.sent(mira)
    (page,) = await world.notion.pages()
    assert said(page["properties"]["Name"]) == "Mira B."
    assert [said(block[block["type"]]) for block in page["content"]] == ["Bio", "She rows."]


async def test_what_is_already_there_is_not_sent_again(world: World) -> None:
    await world.sent(world.kinkster())
    before = len(await world.notion.requests())
    world.admin.execute("update kinksters set openai_instructions = 'Nothing that Notion shows.'")
    loop = world.start()
    await world.sent(world.kinkster(name="Another"))
    await loop.stop(1)
    assert len(await world.notion.requests()) == before + 1


async def test_an_edit_made_while_it_is_sent_arrives_too(world: World) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.faults({"kind": "delay", "seconds": 0.3, "done": True, "path": CREATE})
    world.start()
    await world.until("select lease is not null from kinkster.notion_connections")
    await world.requested(CREATE)
    world.admin.execute("update kinksters set name = 'Mira B.' where id = %s", [mira])
    await world.settled(mira)
    assert world.state(mira) == ("synced", None)
    assert await names(world) == ["Mira B."]


async def test_an_unclear_answer_makes_one_page(world: World) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.faults({"kind": "status", "status": 500, "done": True, "path": CREATE})
    world.start()
    await world.until("select attempts = 1 from kinkster.notion_attempts")
    world.later(12)
    await world.settled(mira)
    assert await names(world) == ["Mira"]
    assert [call for call in await world.calls() if call.endswith(("query", "/pages"))][-2:] == [
        "POST /data_sources/query",
        "PATCH /pages",
    ]


async def test_a_worker_that_died_with_a_request_on_its_way_makes_one_page(world: World) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.faults({"kind": "never", "done": True, "path": CREATE})
    loop = world.start()
    await world.requested(CREATE)
    for task in (*loop._running, *([loop._task] if loop._task else [])):
        task.cancel()
    world.later(90)
    await world.sent(mira)
    assert await names(world) == ["Mira"]


async def test_a_revoked_token_stops_the_connection_until_there_is_another(world: World) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.control("DELETE", f"/tokens/{FIRST_TOKEN}")
    await world.sent(mira)
    status, error = world.state(mira)
    assert status == "error"
    assert error is not None
    assert "kinkster notion connect" in error
    assert world.connection()["error_code"] == "notion_unauthorized"
    await world.notion.control("POST", "/tokens", {"token": "ntn_new"})
    await world.connect(token="ntn_new")
    await world.sent(mira)
    assert world.state(mira) == ("synced", None)


async def test_a_token_that_one_worker_cannot_open_waits_for_one_that_can(world: World) -> None:
    mira = world.kinkster()
    loop = world.start(sealer=Sealer(Fernet.generate_key().decode()))
    await world.until("select trouble is not null and lease is null from kinkster.notion_connections")
    await loop.stop(1)
    connection = world.connection()
    assert "Operator: start this worker with the key that sealed it" in connection["trouble"]
    assert connection["error_code"] is None
    assert world.state(mira) == ("pending", None)
    assert await world.calls("POST /pages") == []
    world.later(300)
    await world.sent(mira)
    assert world.state(mira) == ("synced", None)
    assert world.connection()["trouble"] is None


async def test_a_stopped_connection_is_asked_for_nothing_by_its_user_either(world: World) -> None:
    await world.connect(database="0ff11e00-0000-4000-8000-00000000dead")
    mira = world.kinkster()
    await world.sent(mira)
    world.admin.execute("update kinksters set sync_status = 'pending' where id = %s", [mira])
    before = len(await world.notion.requests())
    world.start(user=world.user)
    await world.polled()
    assert len(await world.notion.requests()) == before
    assert world.connection()["lease"] is None


async def test_of_several_data_sources_one_must_be_chosen(world: World) -> None:
    made = await world.notion.control("POST", "/databases", {"data_sources": {"Ours": {}, "Theirs": {}}})
    await world.connect(database=made["id"])
    mira = world.kinkster()
    await world.sent(mira)
    status, error = world.state(mira)
    assert status == "error"
    assert error is not None
    assert made["data_sources"][0]["id"] in error
    assert "--data-source" in error


async def test_a_database_that_is_gone_is_said_once_and_asked_for_no_more(world: World) -> None:
    await world.connect(database="0ff11e00-0000-4000-8000-00000000dead")
    characters = [world.kinkster(name=name) for name in ("Ada", "Bea")]
    await world.sent(*characters)
    assert world.connection()["error_code"] == "notion_database_missing"
    assert {world.state(one)[0] for one in characters} == {"error"}
    assert len(await world.calls("GET /databases")) == 2  # one of them made the world


async def test_a_missing_property_stops_all_and_setup_is_what_to_do(world: World) -> None:
    await world.notion.control(
        "PATCH", f"/data_sources/{world.notion.source}", {"properties": {"Bio": {"name": "Life"}}}
    )
    characters = [world.kinkster(name=name) for name in ("Ada", "Bea")]
    await world.sent(*characters)
    assert {world.state(one)[0] for one in characters} == {"error"}
    assert "lacks Bio" in (world.state(characters[0])[1] or "")
    assert "kinkster notion setup" in (world.state(characters[0])[1] or "")
    assert len(await world.calls("POST /pages")) == 1


async def test_a_page_that_was_deleted_is_one_characters_error_and_the_others_go_on(world: World) -> None:
    characters = [world.kinkster(name=name) for name in ("Ada", "Bea", "Cleo")]
    await world.sent(*characters)
    gone = world.value("select notion_page_id from kinksters where id = %s", characters[1])
    await world.notion.control("DELETE", f"/pages/{gone}")
    world.admin.execute("update kinksters set name = name || ' B.'")
    await world.sent(*characters)
    assert [world.state(one)[0] for one in characters] == ["synced", "error", "synced"]
    assert "forget_kinkster_notion_page" in (world.state(characters[1])[1] or "")
    world.value("select forget_kinkster_notion_page(%s)", characters[1])
    await world.sent(*characters)
    assert sorted(await names(world)) == ["Ada B.", "Bea", "Bea B.", "Cleo B."]  # one lies in the trash


async def test_what_notion_refuses_is_one_characters_error(world: World) -> None:
    await world.notion.faults({"kind": "status", "status": 400, "path": CREATE, "match": "Bea"})
    characters = [world.kinkster(name=name) for name in ("Ada", "Bea", "Cleo")]
    await world.sent(*characters)
    assert [world.state(one)[0] for one in characters] == ["synced", "error", "synced"]


async def test_a_pause_that_notion_asks_for_is_kept_however_long(world: World) -> None:
    mira = world.kinkster()
    await world.notion.faults({"kind": "status", "status": 429, "retry_after": "90", "path": CREATE})
    world.start()
    await world.until(
        "select paused_until > kinkster.now() + interval '80 s' from kinkster.notion_connections"
    )
    requests = len(await world.notion.requests())
    world.later(85)
    await world.polled()
    assert len(await world.notion.requests()) == requests
    assert world.state(mira) == ("pending", None)
    world.later(6)
    await world.settled(mira)
    assert await names(world) == ["Mira"]


async def test_a_users_trouble_is_not_the_others(world: World) -> None:
    other = people.new_user(world.admin)
    await world.notion.control("POST", "/tokens", {"token": "ntn_other", "name": "other"})
    await world.connect(other, "ntn_other")
    await world.notion.control("DELETE", f"/tokens/{FIRST_TOKEN}")
    mine, theirs = world.kinkster(), people.new_kinkster(world.admin, other)
    await world.sent(mine, theirs)
    assert (world.state(mine)[0], world.state(theirs)[0]) == ("error", "synced")


async def test_a_defect_in_one_connection_is_logged_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = people.new_user(world.admin)
    await world.notion.control("POST", "/tokens", {"token": "ntn_other", "name": "other"})
    await world.connect(other, "ntn_other")
    mine, theirs = world.kinkster(), people.new_kinkster(world.admin, other)
    opened = module.NotionLoop._open

    async def broken(self: module.NotionLoop, client: object, connection: object, lease: object) -> object:
        if connection["user_id"] == world.user:  # type: ignore[index]
            raise KeyError("results")
        return await opened(self, client, connection, lease)  # type: ignore[arg-type]

    monkeypatch.setattr(module.NotionLoop, "_open", broken)
    await world.sent(theirs)
    assert world.state(theirs)[0] == "synced"
    assert world.state(mine)[0] == "pending"
    assert "notion_crashed" in [record.message for record in caplog.records]


async def test_a_connection_with_much_to_send_gives_way_to_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 2)
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 1)
    other = people.new_user(world.admin)
    await world.connect(other)  # with the same bot
    for number in range(4):
        world.kinkster(name=f"mine {number}")
        people.new_kinkster(world.admin, other, name=f"theirs {number}")
    loop = world.start()
    await world.until("select not exists (select from kinksters where sync_status = 'pending')")
    await loop.stop(1)
    order = [name.split()[0] for name in await names(world)]
    assert order in (["mine", "mine", "theirs", "theirs"] * 2, ["theirs", "theirs", "mine", "mine"] * 2)


async def test_a_lease_that_is_lost_ends_it_there(world: World) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.faults({"kind": "delay", "seconds": 0.2, "path": CREATE})
    world.start()
    await world.requested(CREATE)
    world.admin.execute("update kinkster.notion_connections set lease = gen_random_uuid()")
    await world.requested(CREATE)
    await asyncio.sleep(0.4)
    assert world.state(mira)[0] == "pending"
    world.later(90)  # the other one's lease ends
    await world.settled(mira)
    assert await names(world) == ["Mira"]


async def test_stopping_lets_a_request_end_and_hands_the_rest_on(world: World) -> None:
    characters = [world.kinkster(name=name) for name in ("Ada", "Bea")]
    await world.notion.faults({"kind": "delay", "seconds": 0.2, "path": CREATE})
    loop = world.start()
    await world.requested(CREATE)
    await loop.stop(5)
    assert sorted(world.state(one)[0] for one in characters) == ["pending", "synced"]
    assert world.connection()["lease"] is None
    await world.sent(*characters)
    assert sorted(await names(world)) == ["Ada", "Bea"]


async def test_stopping_does_not_wait_for_a_long_page(world: World) -> None:
    mira = world.kinkster(name="Mira", bio="x" * 98_000)
    await world.notion.faults({"kind": "delay", "seconds": 0.2, "path": CREATE})
    loop = world.start()
    await world.requested(CREATE)
    await loop.stop(5)
    assert await world.calls("GET /blocks/children") == []
    assert world.state(mira) == ("pending", None)
    await world.sent(mira)
    (page,) = await world.notion.pages()
    assert len(page["content"]) == 50


async def test_stopping_does_not_wait_for_ever(world: World) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.faults({"kind": "never", "done": True, "path": CREATE})
    loop = world.start()
    await world.requested(CREATE)
    await loop.stop(0.05)
    assert world.connection()["lease"] is None
    assert world.state(mira) == ("pending", None)
    assert world.value("select unclear_since is not null and attempts = 0 from kinkster.notion_attempts")
    world.later(62)
    await world.sent(mira)
    assert await names(world) == ["Mira"]


async def test_a_connection_that_is_claimed_while_it_stops_is_given_back(
    admin: psycopg.Connection, proxy: CountingProxy, user: str
) -> None:
    async with world_of(admin, proxy.conninfo, user) as world:
        world.kinkster()
        before = len(await world.notion.requests())
        proxy.pausing = b"kinkster.claim_notion("
        loop = world.start()
        await proxy.paused.wait()
        stopping = asyncio.create_task(loop.stop(5))
        await eventually(lambda: loop._stopping)
        proxy.go_on.set()
        await stopping
        assert len(await world.notion.requests()) == before
        assert world.value("select claimed_at is not null and lease is null from kinkster.notion_connections")


async def test_stopping_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST_SECONDS", 0)
    world.kinkster()
    await world.notion.faults({"kind": "never", "path": CREATE})
    loop = world.start()
    await world.requested(CREATE)
    tasks = [*loop._running, loop._task]
    await loop.stop(0)
    assert all(task and task.done() for task in tasks)


async def test_a_lease_counts_from_before_it_was_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, claim, renew = asyncio.get_running_loop(), world.queries.claim_notion, world.queries.renew_notion
    moved, renewed = 0.0, list[str]()

    async def late(worker: str, user_id: str | None) -> Connection:
        nonlocal moved
        claimed = await claim(worker, user_id)
        if claimed["state"] == "claimed":
            moved += claimed["lease_seconds"] / 2
        return claimed

    async def noted(user_id: str, lease: str) -> None:
        renewed.append(lease)
        await renew(user_id, lease)

    monkeypatch.setattr(clock, "time", lambda time=clock.time: time() + moved)
    monkeypatch.setattr(world.queries, "claim_notion", late)
    monkeypatch.setattr(world.queries, "renew_notion", noted)
    await world.sent(world.kinkster())
    assert len(renewed) == 1


async def test_the_lease_is_renewed_while_a_page_takes_long(world: World) -> None:
    world.admin.execute("update kinkster.settings set lease = '1 s'")
    mira = world.kinkster(bio="x" * 98_000)
    await world.notion.faults(*[{"kind": "delay", "seconds": 0.4, "path": "/pages|/children"}] * 3)
    await world.sent(mira)
    assert world.state(mira) == ("synced", None)
    (page,) = await world.notion.pages()
    assert len(page["content"]) == 50
    assert await world.calls("PATCH /pages", "GET /blocks/children") == ["GET /blocks/children"]


async def test_no_request_outlives_the_lease(world: World) -> None:
    world.admin.execute("update kinkster.settings set lease = '0.5 s'")
    world.kinkster()
    await world.notion.faults({"kind": "never", "path": CREATE})
    world.start()
    await world.until("select error like 'Notion did not answer in time.%%' from kinkster.notion_attempts")


async def test_who_comes_next_waits_for_what_is_left_of_the_interval(world: World) -> None:
    await world.sent(world.kinkster())
    world.admin.execute("update kinkster.settings set notion_interval = '30 s'")
    await world.sent(world.kinkster())
    assert world.value(
        "select paused_until > kinkster.now() + interval '20 s' from kinkster.notion_connections"
    )


async def test_what_is_sent_is_what_sql_prepared(world: World) -> None:
    mira = world.kinkster(hard_limits=["a, b", "plain"], bio="漢" * 97_000)
    await world.sent(mira)
    prepared = world.value("select public.prepare_kinkster_for_notion(%s)", mira)
    (page,) = await world.notion.pages()
    wanted = prepared["children"] + [block for more in prepared["more_children"] for block in more]
    assert [said(block[block["type"]]) for block in page["content"]] == [
        "".join(text["text"]["content"] for text in block[block["type"]]["rich_text"]) for block in wanted
    ]
    assert all(len(orjson.dumps(r["body"])) < 500_000 for r in await world.notion.requests())


async def test_logs_tell_ids_and_codes_and_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kinkster")
    mira = world.kinkster(name="Mira Secret", bio="a secret bio")
    await world.notion.faults({"kind": "status", "status": 400, "path": CREATE, "message": "said secret"})
    await world.sent(mira)
    lines = [json.dumps(record.__dict__["fields"]) for record in caplog.records]
    assert any(mira in line and "notion_rejected" in line for line in lines)
    for word in ("ecret", FIRST_TOKEN, KEY):
        assert not any(word in line for line in lines)


@pytest.mark.parametrize("key", [KEY, None], ids=["with it", "without"])
async def test_a_worker_sends_when_it_has_the_key(world: World, worker_login: str, key: str | None) -> None:
    mira = world.kinkster(name="Mira")
    url = f"{world.notion.url}/notion"
    settings = settings_of(
        worker_login,
        "http://127.0.0.1:1",
        kinkster_notion_key=key,
        kinkster_notion_url=url,
        kinkster_poll_seconds=0.05,
    )
    async with serve(settings):
        if key:
            await world.settled(mira)
        else:
            await world.polled()
    assert world.state(mira)[0] == ("synced" if key else "pending")


async def test_a_worker_for_one_user_leaves_the_others_alone(world: World, worker_login: str) -> None:
    other = people.new_user(world.admin)
    await world.notion.control("POST", "/tokens", {"token": "ntn_other", "name": "other"})
    await world.connect(other, "ntn_other")
    mine, theirs = world.kinkster(), people.new_kinkster(world.admin, other)
    settings = settings_of(
        worker_login,
        "http://127.0.0.1:1",
        kinkster_notion_key=KEY,
        kinkster_notion_url=f"{world.notion.url}/notion",
        kinkster_poll_seconds=0.05,
    )
    async with serve(settings, notion_user_id=world.user):
        await world.settled(mine)
        await world.polled()
    assert (world.state(mine)[0], world.state(theirs)[0]) == ("synced", "pending")


@pytest.mark.parametrize(
    "function",
    ["claim_notion", "next_notion_page", "settle_notion_page", "release_notion", "note_notion_source"],
)
async def test_a_lost_answer_of_the_database_doubles_nothing(
    admin: psycopg.Connection, proxy: CountingProxy, user: str, function: str
) -> None:
    async with world_of(admin, proxy.conninfo, user) as world:
        mira = world.kinkster(name="Mira")
        proxy.losing = f"kinkster.{function}(".encode()
        world.start()
        await eventually(lambda: proxy.losing is None)
        for _ in range(4):
            world.later(30)
            await world.polled()
        await world.settled(mira)
        assert world.state(mira) == ("synced", None)
        assert await names(world) == ["Mira"]


async def test_what_arrived_while_the_database_was_away_is_told_afterwards(
    admin: psycopg.Connection, proxy: CountingProxy, user: str
) -> None:
    async with world_of(admin, proxy.conninfo, user, connect_seconds=0.1) as world:
        mira = world.kinkster(name="Mira")
        await world.notion.faults({"kind": "delay", "seconds": 0.1, "done": True, "path": CREATE})
        world.start()
        await world.requested(CREATE)
        proxy.go_down()
        await asyncio.sleep(1)
        proxy.down = False
        await world.settled(mira)
        assert world.state(mira) == ("synced", None)
        assert await names(world) == ["Mira"]
        assert await world.calls("POST /data_sources/query") == []
