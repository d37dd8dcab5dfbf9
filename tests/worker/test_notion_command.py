"""`kinkster notion` as an operator meets it: processes, what they print, and their exit statuses."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import pairwise
from typing import Any, NamedTuple

import psycopg
import pytest
from cryptography.fernet import Fernet
from kinkster_worker import errors
from kinkster_worker.notion import command
from kinkster_worker.notion.command import Desk
from kinkster_worker.notion.plan import NotionStatus
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.offline.notion_state import FIRST_TOKEN

from tests.worker.conftest import Scripted, http, new_user
from tests.worker.notion_fixtures import said
from tests.worker.notion_world import KEY, World, world_of
from tests.worker.test_cli import COMMAND, environment


class Done(NamedTuple):
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


Kinkster = Callable[..., Coroutine[Any, Any, Done]]


@pytest.fixture
async def world(admin: psycopg.Connection, worker_login: str, user: str) -> AsyncIterator[World]:
    async with world_of(admin, worker_login, user) as found:
        yield found


@pytest.fixture
def kinkster(world: World, worker_login: str) -> Kinkster:
    """Runs `kinkster notion …`; `stdin` is what it reads, other names are settings."""

    async def run(*arguments: str, stdin: str = "", **settings: str) -> Done:
        env = environment(
            **{
                "DATABASE_URL": worker_login,
                "KINKSTER_NOTION_KEY": KEY,
                "KINKSTER_NOTION_URL": f"{world.notion.url}/notion",
                "COLUMNS": "200",
            }
            | settings
        )
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "notion", *arguments, env=env, stdin=pipe, stdout=pipe, stderr=pipe
        )
        stdout, stderr = await process.communicate(stdin.encode())
        assert process.returncode is not None
        assert FIRST_TOKEN.encode() not in stdout + stderr
        assert b"Traceback" not in stderr, stderr.decode()
        return Done(process.returncode, stdout.decode(), stderr.decode())

    return run


async def test_from_nothing_to_a_character_in_notion(world: World, kinkster: Kinkster) -> None:
    other = new_user(world.admin)
    who = f"{other}@example.com"
    database = (await world.notion.control("POST", "/databases", {"title": "Mine"}))["id"]
    world.admin.execute("insert into kinksters (user_id, name) values (%s, 'Mira')", [other])

    connected = await kinkster("connect", "--user", who, "--database", database, stdin=f"{FIRST_TOKEN}\n")
    assert (connected.status, connected.stderr) == (0, "")
    assert f"kinkster notion setup --user {who}" in connected.stdout

    made = await kinkster("setup", "--user", who)
    assert (made.status, made.stderr) == (0, "")
    assert made.stdout.startswith("Created 41 properties.")
    assert "To be sent: 1." in made.stdout

    sent = await kinkster("sync", "--user", who)
    assert (sent.status, sent.stderr) == (0, "")
    assert "1 of 1 sent" in sent.stdout
    (page,) = await world.notion.pages()
    assert said(page["properties"]["Name"]) == "Mira"
    assert page["parent"]["database_id"] == database

    status = await kinkster("status", "--user", who)
    assert (status.status, status.stderr) == (0, "")
    assert who in status.stdout
    shown = json.loads((await kinkster("status", "--json", "--user", other)).stdout)
    assert [(one["email"], one["synced"], one["pending"]) for one in shown["connections"]] == [(who, 1, 0)]


async def test_tokens_in_plain_text_are_moved_one_by_one(world: World, kinkster: Kinkster) -> None:
    world.admin.execute("alter table profiles add column notion_access_token text")
    good, bad = new_user(world.admin), new_user(world.admin)
    for user, token in ((good, FIRST_TOKEN), (bad, "ntn_revoked")):
        world.admin.execute("update profiles set notion_access_token = %s where id = %s", [token, user])

    found = await kinkster("status")
    assert found.status == 1
    assert f"{good}@example.com" in found.stderr
    assert "kinkster notion connect" in found.stderr

    moved = await kinkster("connect")
    assert moved.status == 1
    assert moved.stdout == f"{good}@example.com is connected; the token in plain text is gone.\n"
    assert moved.stderr.startswith(f"{bad}@example.com: Notion refused the token. ")
    left = world.value("select jsonb_object_agg(id, notion_access_token) from profiles")
    assert (left[good], left[bad]) == (None, "ntn_revoked")

    world.admin.execute("update profiles set notion_access_token = null")
    assert (await kinkster("connect")).status == 0


async def test_tokens_are_moved_at_notions_pace(world: World, kinkster: Kinkster) -> None:
    world.admin.execute("alter table profiles add column notion_access_token text")
    for user in (new_user(world.admin), new_user(world.admin), new_user(world.admin)):
        world.admin.execute("update profiles set notion_access_token = %s where id = %s", [FIRST_TOKEN, user])
    before = len(await world.notion.requests())
    assert (await kinkster("connect")).status == 0
    starts = [request["started"] for request in (await world.notion.requests())[before:]]
    assert len(starts) == 3
    assert all(second - first > 0.3 for first, second in pairwise(starts))


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        ("200 OK", {"object": "user"}, "Notion's answer is not built as its API promises."),
        ("200 OK", {"id": 1, "bot": {}}, "Notion does not say whose token this is."),
        ("200 OK", {"id": "1", "bot": ["x"]}, "Notion's answer is not built as its API promises."),
        ("200 OK", {"id": "1", "bot": {"workspace_id": {}}}, "Notion does not say whose token this is."),
        ("503 Unavailable", {}, "Notion is having trouble (status 503)."),
    ],
)
async def test_what_notion_should_not_answer_is_a_sentence_and_nothing_is_tried_again(
    world: World, kinkster: Kinkster, scripted: Scripted, status: str, answer: object, said: str
) -> None:
    scripted.will(http(json.dumps(answer).encode(), status))
    done = await kinkster(
        "connect", "--user", world.user, stdin="ntn_offline\n", KINKSTER_NOTION_URL=scripted.url
    )
    assert (done.status, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert done.stderr.startswith(f"{said} Run the command again. ")
    assert "tried again" not in done.stderr


async def test_a_database_that_is_away_is_one_sentence(kinkster: Kinkster) -> None:
    done = await kinkster("status", DATABASE_URL="postgresql://127.0.0.1:1/nothing")
    assert done == (1, "", "The database does not answer at the moment. Try again in a few seconds.\n")


def test_a_defect_is_one_sentence_without_the_words_of_the_exception() -> None:
    broken = """
from kinkster_worker.cli import app
from kinkster_worker.queries import Queries
async def notion_status(*_): raise KeyError("hunter2")
Queries.notion_status = notion_status
app(["notion", "status"])
"""
    env = environment(DATABASE_URL="postgresql://127.0.0.1:1/nothing")
    done = subprocess.run(
        [sys.executable, "-c", broken], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Something went wrong inside kinkster (command_crashed, KeyError at <string>:4). "
        "Please report this line.\n"
    )


async def test_a_token_that_notion_does_not_know_is_not_kept(world: World, kinkster: Kinkster) -> None:
    other = new_user(world.admin)
    for token in ("ntn_unknown", "", "two words", "ü"):
        done = await kinkster("connect", "--user", other, stdin=f"{token}\n")
        assert (done.status, done.stdout) == (1, "")
        assert "token" in done.stderr
    assert world.value("select count(*) from kinkster.notion_connections") == 1


async def test_somebody_who_is_not_there(kinkster: Kinkster) -> None:
    for name in ("connect", "disconnect", "setup", "sync", "status"):
        done = await kinkster(name, "--user", "nobody@example.com", stdin="ntn_offline\n")
        assert (done.status, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1


async def test_what_is_missing_is_named(kinkster: Kinkster) -> None:
    done = await kinkster("sync", DATABASE_URL="", KINKSTER_NOTION_KEY="")
    assert done.status == 78
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "DATABASE_URL is missing",
        "KINKSTER_NOTION_KEY is missing",
    ]
    assert "os.urandom(32)" in done.stderr
    done = await kinkster("sync", KINKSTER_NOTION_KEY="hunter2")
    assert done.status == 78
    assert "hunter2" not in done.stderr
    assert (await kinkster("status", KINKSTER_NOTION_KEY="")).status == 0


async def test_a_database_that_it_does_not_know(world: World, kinkster: Kinkster) -> None:
    world.admin.execute("drop function kinkster.notion_status")
    done = await kinkster("status")
    assert done.status == 76
    assert "migrations" in done.stderr


async def test_who_is_disconnected_is_sent_nothing_more(world: World, kinkster: Kinkster) -> None:
    mira = world.kinkster()
    done = await kinkster("disconnect", "--user", world.user)
    assert (done.status, done.stdout) == (0, f"{world.user} is no longer connected.\n")
    assert (await kinkster("sync")).status == 0
    assert world.state(mira)[0] == "pending"
    assert await world.notion.pages() == []
    assert (await kinkster("disconnect", "--user", world.user)).status == 1


async def test_setup_names_the_database_and_puts_a_stopped_connection_right(
    world: World, kinkster: Kinkster
) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.control("PATCH", f"/data_sources/{world.notion.source}", {"properties": {"Bio": None}})
    failed = await kinkster("sync")
    assert failed.status == 1
    assert "lacks Bio" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    status = await kinkster("status")
    assert status.status == 1
    assert "stopped: notion_properties_wrong" in status.stdout

    done = await kinkster("setup", "--user", world.user, "--database", world.notion.database)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "Created Bio."
    assert (await kinkster("sync")).status == 0
    assert world.state(mira) == ("synced", None)
    again = await kinkster("setup", "--user", world.user)
    assert again.stdout.splitlines()[0] == "The database has all properties."


async def test_setup_moves_a_user_to_another_database(world: World, kinkster: Kinkster) -> None:
    made = await world.notion.control("POST", "/databases", {"data_sources": {"Ours": {}, "Theirs": {}}})
    several = await kinkster("setup", "--user", world.user, "--database", made["id"])
    assert several.status == 1
    assert "--data-source" in several.stderr
    theirs = made["data_sources"][1]["id"]
    done = await kinkster("setup", "--user", world.user, "--database", made["id"], "--data-source", theirs)
    assert (done.status, done.stderr) == (0, "")
    mira = world.kinkster()
    assert (await kinkster("sync", "--user", world.user)).status == 0
    (page,) = await world.notion.pages()
    assert page["parent"]["data_source_id"] == theirs
    assert world.state(mira) == ("synced", None)
    assert world.connection()["lease"] is None


async def test_setup_waits_for_a_worker_that_uses_the_connection(world: World, kinkster: Kinkster) -> None:
    claimed = await world.queries.claim_notion("a worker", world.user, anyway=True)
    waiting = asyncio.create_task(kinkster("setup", "--user", world.user))
    await asyncio.wait({waiting}, timeout=1.5)
    assert not waiting.done()
    await world.queries.release_notion(world.user, claimed["lease"], 0, None)
    assert (await waiting).status == 0


async def test_setup_does_not_wait_for_a_long_pause(world: World, kinkster: Kinkster) -> None:
    claimed = await world.queries.claim_notion("a worker", world.user, anyway=True)
    await world.queries.release_notion(world.user, claimed["lease"], 600, None)
    done = await kinkster("setup", "--user", world.user)
    assert done.status == 1
    assert re.fullmatch(
        r"The connection is paused for another (59\d|600) seconds\. Run the command again after that\.\n",
        done.stderr,
    )


async def test_setup_hands_on_how_long_notion_is_to_be_left_alone(world: World, kinkster: Kinkster) -> None:
    await world.notion.faults({"kind": "status", "status": 429, "retry_after": "120"})
    done = await kinkster("setup", "--user", world.user)
    assert done.status == 1
    assert done.stderr.endswith("at the moment. Run the command again.\n")
    assert world.value(
        "select lease is null and paused_until > kinkster.now() + interval '100 s'"
        " from kinkster.notion_connections"
    )
    again = await kinkster("setup", "--user", world.user)
    assert "paused for another" in again.stderr


async def test_sync_lists_what_failed_and_tries_it_again(world: World, kinkster: Kinkster) -> None:
    ada, bea = world.kinkster(name="Ada"), world.kinkster(name="Bea")
    refusal = {
        "kind": "status",
        "status": 400,
        "path": "/v1/pages$",
        "match": "Bea",
        "message": "Not like that.",
    }
    await world.notion.faults(refusal)
    done = await kinkster("sync")
    assert done.status == 1
    assert done.stdout.splitlines()[-1] == "1 of 2 sent, 1 failed"
    assert done.stderr.startswith(f"Kinkster {bea}: Notion refused the request: Not like that.")
    assert world.state(ada)[0] == "synced"
    again = await kinkster("sync")
    assert (again.status, again.stderr) == (0, "")
    assert world.state(bea) == ("synced", None)


async def test_sync_waits_for_what_is_tried_again_soon(world: World, kinkster: Kinkster) -> None:
    mira = world.kinkster(name="Mira")
    await world.notion.faults({"kind": "status", "status": 503, "path": "/v1/pages$", "done": True})
    running = asyncio.create_task(kinkster("sync"))
    await world.until("select attempts = 1 from kinkster.notion_attempts")
    world.later(12)
    done = await running
    assert (done.status, done.stderr) == (0, "")
    assert world.state(mira) == ("synced", None)
    assert len(await world.notion.pages()) == 1


async def test_sync_does_not_wait_for_a_long_pause(world: World, kinkster: Kinkster) -> None:
    world.kinkster(name="Mira")
    await world.notion.faults({"kind": "status", "status": 429, "retry_after": "600"})
    done = await kinkster("sync")
    assert done.status == 1
    assert "paused until" in (await kinkster("status")).stdout


async def test_all_sends_what_has_not_changed_too(world: World, kinkster: Kinkster) -> None:
    world.kinkster(name="Mira")
    assert (await kinkster("sync")).status == 0
    before = len(await world.calls("PATCH /pages"))
    assert "0 of 0 sent" in (await kinkster("sync")).stdout
    assert len(await world.calls("PATCH /pages")) == before
    assert "1 of 1 sent" in (await kinkster("sync", "--all")).stdout
    assert len(await world.calls("PATCH /pages")) == before + 1


async def test_watching_goes_on_until_it_is_stopped(world: World, worker_login: str) -> None:
    env = environment(
        DATABASE_URL=worker_login,
        KINKSTER_NOTION_KEY=KEY,
        KINKSTER_NOTION_URL=f"{world.notion.url}/notion",
    )
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "notion", "sync", "--watch", env=env, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"0 of 0 sent\n"
    mira = world.kinkster(name="Mira")
    await world.settled(mira)
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
    assert world.connection()["lease"] is None


async def test_watching_outlives_a_database_that_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, look = asyncio.Event(), world.queries.notion_status
    mira = world.kinkster()
    looks = 0

    async def notion_status(user_id: str | None) -> NotionStatus:
        nonlocal looks
        looks += 1
        if looks in (2, 3):
            raise errors.DatabaseUnavailable
        if looks > 3 and world.state(mira)[0] == "synced":
            stop.set()
        return await look(user_id)

    monkeypatch.setattr(world.queries, "notion_status", notion_status)
    monkeypatch.setattr(command, "stop_signal", lambda: stop)
    monkeypatch.setattr(command, "LOOK_SECONDS", 0.02)
    desk = Desk(world.queries, world.notion.http, f"{world.notion.url}/notion", KEY)
    assert await command._sync(desk, None, False, watch=True) == 0
    stop.clear()
    looks = 0
    world.kinkster(name="Another")
    with pytest.raises(errors.DatabaseUnavailable):
        await command._sync(desk, None, False, watch=False)


async def test_status_says_what_trouble_there_is_that_passes(world: World, kinkster: Kinkster) -> None:
    world.kinkster()
    loop = world.start(sealer=Sealer(Fernet.generate_key().decode()))
    await world.until("select trouble is not null and lease is null from kinkster.notion_connections")
    await loop.stop(1)
    done = await kinkster("status", COLUMNS="300")
    assert "The stored Notion token can't be opened with this worker's key " in done.stdout
    assert "Operator: start this worker with the key that sealed it" in done.stderr
    assert len(done.stderr.splitlines()) == 1
