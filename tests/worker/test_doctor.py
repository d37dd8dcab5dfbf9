"""What only a process can see, party by party, over real sockets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from kinkster_worker.doctor import clock, database, migration_files, others
from kinkster_worker.doctor.asking import new_session
from kinkster_worker.doctor.examination import examine
from kinkster_worker.doctor.finding import Finding
from kinkster_worker.doctor.flowise import Flowise
from kinkster_worker.doctor.openai import OpenAI
from kinkster_worker.offline.notion_state import FIRST_TOKEN
from kinkster_worker.settings import Settings
from psycopg.conninfo import make_conninfo

from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.worker.conftest import (
    Cut,
    Reset,
    Scripted,
    Stall,
    StartWorker,
    Step,
    eventually,
    http,
    new_kinkster,
    settings_of,
)
from tests.worker.notion_fixtures import offline_notion
from tests.worker.notion_world import KEY
from tests.worker.offline_fixtures import Offline, offline_server
from tests.worker.test_auth import EC, jwks

DEAD = "http://127.0.0.1:1"
NOT_FOUND = {"detail": "Not Found"}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with new_session() as found:
        yield found


@pytest.fixture
async def offline() -> AsyncIterator[Offline]:
    async with offline_server() as found:
        yield found


def settings(url: str = DEAD, **more: Any) -> Settings:
    return settings_of("postgresql://nobody@127.0.0.1:1/none", url, **more)


def states(findings: list[Finding]) -> dict[str, str]:
    """States by check; a check that is said twice is said once too often."""
    assert len({one.check for one in findings}) == len(findings)
    assert all(one.found.endswith(".") for one in findings)
    assert all((one.todo is None) == (one.state == "ok") for one in findings)
    return {one.check: one.state for one in findings}


def answer(body: object, status: str = "200 OK") -> bytes:
    return http(json.dumps(body).encode(), status)


HTML = http(b"<!doctype html><title>Welcome</title>", kind="text/html")


# OpenAI


async def test_an_api_that_is_there_and_knows_the_models(
    session: aiohttp.ClientSession, offline: Offline
) -> None:
    openai = OpenAI(session, settings(offline.url))
    assert states(await openai.look()) == {"openai": "ok", "responses_api": "ok"}
    assert openai.ahead == 0
    (found,) = await openai.look_at_models(["gpt-4o-mini", "my-model"])
    assert found == Finding(
        "openai_models", "ok", "The server knows the models in use: gpt-4o-mini, my-model."
    )
    (found,) = await openai.look_at_models(["gpt-4o-mini", "unknown/one", "unknown-two"])
    assert found.state == "problem"
    assert found.found.endswith("not for this key: unknown/one, unknown-two.")


async def test_nothing_is_asked_that_costs_anything(session: aiohttp.ClientSession, offline: Offline) -> None:
    openai, flowise = OpenAI(session, settings(offline.url)), Flowise(session, settings(offline.url))
    await openai.look()
    await openai.look_at_models(["my-model"])
    await flowise.look()
    await flowise.look_at_chatflows(["chain"])
    asked = {(one["method"], one["path"], json.dumps(one["body"])) for one in await offline.requests()}
    assert asked == {
        ("GET", "/v1/models", "null"),
        ("GET", "/v1/models/my-model", "null"),
        ("POST", "/v1/responses", "{}"),
        ("GET", "/api/v1/ping", "null"),
        ("GET", "/api/v1/chatflows-streaming/chain", "null"),
    }


async def test_a_wrong_key_is_refused(session: aiohttp.ClientSession) -> None:
    async with offline_server(api_key="another") as offline:
        openai = OpenAI(session, settings(offline.url))
        key, responses = await openai.look()
        assert (key.state, key.todo) == ("problem", "Put a valid key into OPENAI_API_KEY.")
        assert responses.state == "unknown"
        (models,) = await openai.look_at_models(["gpt-4o-mini"])
        assert models.state == "unknown"


async def test_a_server_without_the_responses_api(session: aiohttp.ClientSession) -> None:
    async with offline_server(responses_api=False) as offline:
        key, responses = await OpenAI(session, settings(offline.url)).look()
    assert key.state == "ok"
    assert responses.state == "warning"
    assert "Chat Completions" in responses.found


@pytest.mark.parametrize(
    ("answers", "key", "responses"),
    [
        ([HTML] * 2, "problem", "unknown"),
        ([answer(NOT_FOUND, "404 Not Found")] * 3, "unknown", "problem"),
        ([answer({"error": {"code": "rate_limit"}}, "429 Too Many Requests")] * 2, "warning", "unknown"),
        ([answer({}, "503 Service Unavailable")] * 2, "problem", "unknown"),
        ([answer({}, "302 Found")] * 2, "problem", "ok"),
        ([answer({"data": "none"})] * 2, "problem", "ok"),
        ([answer({"data": [None, {"id": 1}]})] * 2, "ok", "ok"),
        ([answer({"error": {"code": "model_not_found"}}, "404 Not Found")] * 2, "unknown", "ok"),
        ([b"what?\r\n\r\n"] * 2, "problem", "unknown"),
        ([Reset] * 2, "problem", "unknown"),
        ([Cut] * 2, "problem", "unknown"),
        ([http(b"")] * 2, "problem", "unknown"),
    ],
    ids=[
        "a web page",
        "no such routes",
        "too many requests",
        "trouble",
        "a redirect",
        "another API",
        "odd models",
        "no such model",
        "no HTTP",
        "reset",
        "cut",
        "nothing",
    ],
)
async def test_what_else_may_answer_at_openais_address(
    session: aiohttp.ClientSession, scripted: Scripted, answers: list[Step], key: str, responses: str
) -> None:
    for one in answers:
        scripted.will(one)
    found = await OpenAI(session, settings(scripted.url)).look()
    assert states(found) == {"openai": key, "responses_api": responses}
    assert "sk-test" not in str(found)


async def test_a_dead_address(session: aiohttp.ClientSession) -> None:
    openai, flowise = OpenAI(session, settings()), Flowise(session, settings())
    assert states(await openai.look()) == {"openai": "problem", "responses_api": "unknown"}
    assert states(await flowise.look()) == {"flowise": "problem"}
    assert states(await openai.look_at_models(["m"])) == {"openai_models": "unknown"}
    assert states(await flowise.look_at_chatflows(["f"])) == {"flowise_chatflows": "unknown"}
    unknown = settings(openai_base_url="http://nowhere.invalid/v1")
    key, _ = await OpenAI(session, unknown).look()
    assert key.found == "http://nowhere.invalid/v1 can't be reached. No such host is known."


async def test_what_is_not_set_up_is_not_asked(session: aiohttp.ClientSession) -> None:
    nothing = settings(openai_api_key=None, flowise_url=None)
    openai, flowise = OpenAI(session, nothing), Flowise(session, nothing)
    assert await openai.look() + await openai.look_at_models(["m"]) == []
    assert await flowise.look() + await flowise.look_at_chatflows(["f"]) == []
    assert await others.look_at_notion(session, nothing) == []


async def test_models_can_be_asked_for_one_by_one_where_there_is_no_list(
    session: aiohttp.ClientSession, scripted: Scripted
) -> None:
    openai = OpenAI(session, settings(scripted.url))
    scripted.will(answer({"id": "m", "object": "model"}))
    assert states(await openai.look_at_models(["m"])) == {"openai_models": "ok"}
    scripted.will(answer({"error": {"code": "model_not_found"}}, "404 Not Found"))
    assert states(await openai.look_at_models(["m"])) == {"openai_models": "problem"}
    scripted.will(answer(NOT_FOUND, "404 Not Found"))
    assert states(await openai.look_at_models(["m"])) == {"openai_models": "unknown"}


# Flowise


async def test_flowise_and_its_chatflows(session: aiohttp.ClientSession, offline: Offline) -> None:
    flowise = Flowise(session, settings(offline.url))
    assert states(await flowise.look()) == {"flowise": "ok"}
    assert flowise.ahead == 0
    (found,) = await flowise.look_at_chatflows(["chain", "agent"])
    assert found == Finding("flowise_chatflows", "ok", "Flowise has the chatflows in use: chain, agent.")
    (found,) = await flowise.look_at_chatflows(["chain", "unknown-1"])
    assert found.state == "problem"
    assert found.found == "Flowise does not have these chatflows: unknown-1."


@pytest.mark.parametrize(
    "one",
    [HTML, http(b"Unauthorized", "401 Unauthorized"), answer({}, "500 Oops"), answer({}), Reset],
    ids=["a web page", "refused", "trouble", "another API", "reset"],
)
async def test_what_else_may_answer_at_flowises_address(
    session: aiohttp.ClientSession, scripted: Scripted, one: Step
) -> None:
    scripted.will(one).will(one)
    flowise = Flowise(session, settings(scripted.url))
    found = await flowise.look()
    assert states(found) == {"flowise": "problem"}
    assert "key-of-flowise" not in str(found)
    assert states(await flowise.look_at_chatflows(["f"])) == {"flowise_chatflows": "unknown"}


async def test_flowise_may_hide_in_a_500_that_a_chatflow_is_missing(
    session: aiohttp.ClientSession, scripted: Scripted
) -> None:
    message = "Error: chatflowsService.checkIfChatflowIsValidForStreaming - Chatflow f not found"
    scripted.will(answer({"statusCode": 500, "success": False, "message": message}, "500 Oops"))
    found = await Flowise(session, settings(scripted.url)).look_at_chatflows(["f"])
    assert states(found) == {"flowise_chatflows": "problem"}


# Keys, Notion, the worker


async def test_keys_that_tokens_are_checked_with(session: aiohttp.ClientSession, scripted: Scripted) -> None:
    asked = settings(supabase_jwks_url=f"{scripted.url}/keys", supabase_jwt_secret=None)
    scripted.will(jwks(one=EC, two={"kty": "OKP"}))
    (found,) = await others.look_at_keys(session, asked)
    assert found.found == f"{scripted.url}/keys gives 1 keys that tokens can be checked with."
    unusable: list[Any] = [{"keys": []}, {"keys": [{"kty": "oct"}, None]}]
    for keys in unusable:
        scripted.will(answer(keys)).will(answer(keys))
        assert states(await others.look_at_keys(session, asked)) == {"jwks": "problem"}
        both = settings(supabase_jwks_url=f"{scripted.url}/keys")
        assert states(await others.look_at_keys(session, both)) == {"jwks": "ok"}
    for wrong in (HTML, answer([]), answer({"keys": []}, "404 Not Found"), Reset):
        scripted.will(wrong)
        assert states(await others.look_at_keys(session, asked)) == {"jwks": "problem"}
    assert states(await others.look_at_keys(session, settings())) == {"jwks": "ok"}


async def test_notion(session: aiohttp.ClientSession, scripted: Scripted) -> None:
    async with offline_notion() as notion:
        asked = settings(kinkster_notion_key=KEY, kinkster_notion_url=f"{notion.url}/notion")
        assert states(await others.look_at_notion(session, asked)) == {"notion": "ok"}
        assert FIRST_TOKEN not in str(await notion.requests())
    asked = settings(kinkster_notion_key=KEY, kinkster_notion_url=scripted.url)
    for wrong in (HTML, answer({}), answer({"object": "error"}, "503 Unavailable"), Reset):
        scripted.will(wrong)
        assert states(await others.look_at_notion(session, asked)) == {"notion": "problem"}


async def test_a_worker_that_runs(session: aiohttp.ClientSession, start_worker: StartWorker) -> None:
    client = await start_worker()
    port = int(client.address.rsplit(":", 1)[1])
    for host in ("127.0.0.1", "0.0.0.0", "", "localhost"):
        (found,) = await others.look_at_worker(session, settings(kinkster_port=port, kinkster_host=host))
        assert found.state == "ok", host
        assert f" at http://{host if host == '127.0.0.1' else 'localhost'}:" in found.found


async def test_what_else_may_be_where_a_worker_should(
    session: aiohttp.ClientSession, scripted: Scripted
) -> None:
    asked = settings(kinkster_port=int(scripted.url.rsplit(":", 1)[1]))
    scripted.will(answer({"error": {"code": "database_unavailable"}}, "503 Service Unavailable"))
    (found,) = await others.look_at_worker(session, asked)
    assert found.state == "problem"
    assert "database_unavailable" in found.found
    scripted.will(HTML)
    (found,) = await others.look_at_worker(session, asked)
    assert found.state == "problem"
    assert found.found.startswith("Something else than a worker listens")
    assert states(await others.look_at_worker(session, settings(kinkster_port=1))) == {"worker": "warning"}
    assert states(await others.look_at_worker(session, settings(kinkster_port=0))) == {"worker": "unknown"}
    six = settings(kinkster_port=1, kinkster_host="::1")
    (found,) = await others.look_at_worker(session, six)
    assert "http://[::1]:1/healthz" in found.found


# The clock


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        ({"the database": None}, "unknown"),
        ({"the database": 4.9, "OpenAI": None}, "ok"),
        ({"the database": -4.9}, "ok"),
        ({"the database": 0.0, "OpenAI": 6.0}, "warning"),
        ({"the database": -6.0}, "warning"),
        ({"the database": 61.0}, "problem"),
        ({"the database": -3600.0, "OpenAI": 6.0}, "problem"),
    ],
)
def test_clocks_that_differ(ahead: dict[str, float | None], state: str) -> None:
    assert clock.look(ahead).state == state


async def test_the_time_that_a_provider_says(session: aiohttp.ClientSession, scripted: Scripted) -> None:
    for late, expected in ((0, 0), (-120, -120), (3600, 3600)):
        pong = http(b"pong", kind="text/html", Date=formatdate(time.time() + late, usegmt=True))
        scripted.will(pong)
        flowise = Flowise(session, settings(scripted.url))
        await flowise.look()
        assert flowise.ahead == pytest.approx(expected, abs=3)
    for nonsense in ("yesterday", ""):
        scripted.will(http(b"pong", kind="text/html", Date=nonsense))
        flowise = Flowise(session, settings(scripted.url))
        await flowise.look()
        assert flowise.ahead is None


# The database


async def test_the_database_as_a_worker_sees_it(worker_login: str) -> None:
    seen = await database.look(worker_login)
    found = {one.check: one for one in seen.findings}
    assert [found[name].state for name in ("database", "database_role", "schema_version")] == ["ok"] * 3
    assert found["columns"].state == "ok"
    assert seen.targets
    assert seen.targets["models"] == ["gpt-4o-mini"]
    assert seen.ahead == pytest.approx(0, abs=1)
    assert not seen.is_unknown


async def test_an_owner_is_no_worker(database: str) -> None:
    found = {one.check: one for one in (await _look(database)).findings}
    assert found["database_role"].state == "problem"
    assert "is a superuser" in found["database_role"].found
    assert found["columns"].state == "ok"


async def test_a_login_that_is_not_the_workers(database: str, admin: psycopg.Connection) -> None:
    admin.execute("create role operator login bypassrls password 'of-a-test' in role service_role")
    try:
        login = make_conninfo(database, user="operator", password="of-a-test")
        found = {one.check: one for one in (await _look(login)).findings}
        assert found["database_role"].state == "warning"
        assert found["database_role"].found.endswith("kinkster_worker, and passes row security by.")
        assert found["columns"].state == "ok"
    finally:
        admin.execute("drop role operator")


async def _look(conninfo: str) -> database.Seen:
    return await database.look(conninfo)


@pytest.mark.parametrize(
    ("conninfo", "words"),
    [
        ("postgresql://kinkster_worker:hunter2@127.0.0.1:1/none", "refused"),
        ("postgresql://kinkster_worker:hun@ter2@127.0.0.1:1/none", "write special characters"),
    ],
)
async def test_a_database_that_is_not_there(conninfo: str, words: str) -> None:
    seen = await database.look(conninfo)
    assert states(seen.findings) == {"database": "problem"}
    assert words in seen.findings[0].found
    assert "hunter2" not in str(seen)
    assert "ter2" not in str(seen)


async def test_a_wrong_password_is_said(worker_login: str) -> None:
    seen = await database.look(make_conninfo(worker_login, password="hunter2", dbname="none-of-this-name"))
    assert states(seen.findings) == {"database": "problem"}
    assert "hunter2" not in str(seen)


async def test_a_database_without_the_functions_is_none_that_we_know(server: Server) -> None:
    name = create_database(server)
    try:
        seen = await database.look(server.conninfo(name))
    finally:
        drop_database(server, name)
    found = {one.check: one.state for one in seen.findings}
    assert (found["schema_version"], found["kinkster_doctor"]) == ("problem", "unknown")
    assert seen.is_unknown
    assert seen.targets is None


async def test_a_database_of_another_version(admin: psycopg.Connection, worker_login: str) -> None:
    admin.execute(
        """
        create or replace function kinkster.schema_version() returns integer language sql as 'select 99'
        """
    )
    seen = await database.look(worker_login)
    found = {one.check: one for one in seen.findings}
    assert found["schema_version"].found == "The database's functions have version 99; this worker knows 1."
    assert seen.is_unknown
    assert found["columns"].state == "ok"


async def test_a_database_that_hangs_is_left(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 0.1)
    port = scripted.url.rsplit(":", 1)[1]
    seen = await database.look(f"postgresql://w:hunter2@127.0.0.1:{port}/none?sslmode=disable")
    assert states(seen.findings) == {"database": "problem"}


# Migrations


def test_files_of_migrations(database: str, worker_login: str, tmp_path: Path) -> None:
    folder = Path(__file__).parent.parent.parent / "supabase" / "migrations"
    assert migration_files.look(database, folder).state == "ok"
    unreadable = migration_files.look(worker_login, folder)
    assert unreadable.state == "unknown"
    assert "kinkster migrations plan" in str(unreadable.todo)
    assert migration_files.look(database, tmp_path / "none").state == "unknown"
    with psycopg.connect(database) as connection:
        connection.execute(
            "delete from supabase_migrations.schema_migrations where version > '20261123110000'"
        )
    behind = migration_files.look(database, folder)
    assert behind.state == "warning"
    assert behind.todo == "Run kinkster migrations plan, read it, and run what it prints."


# All of them


async def test_all_is_well(
    offline: Offline, start_worker: StartWorker, worker_login: str, admin: psycopg.Connection, user: str
) -> None:
    client = await start_worker(offline.url)
    new_kinkster(admin, user, bio="Mends clocks.")
    new_kinkster(admin, user, "flowise", bio="Keeps bees.")
    admin.execute("update kinkster.settings set flowise_monthly_cost_usd = 40")
    await eventually(lambda: admin.execute("select 1 from kinkster.workers").fetchone())
    port = int(client.address.rsplit(":", 1)[1])
    found = await examine(settings_of(worker_login, offline.url, kinkster_port=port), [])
    states(found.findings)
    assert [
        one for one in found.findings if one.state in ("problem", "warning") and one.check != "model_ends"
    ] == []
    order = [one.state for one in found.findings]
    assert order == sorted(order, key=["problem", "warning", "unknown", "ok"].index)
    assert not found.is_unknown_schema


async def test_what_is_in_use_and_not_set_here_is_said(
    offline: Offline, worker_login: str, admin: psycopg.Connection, user: str
) -> None:
    bare = settings_of(worker_login, offline.url, openai_api_key=None, flowise_url=None)
    found = {one.check: one.state for one in (await examine(bare, [])).findings}
    assert (found["openai"], found["flowise"], found["notion"]) == ("ok", "ok", "ok")
    new_kinkster(admin, user)
    new_kinkster(admin, user, "flowise")
    admin.execute(
        "insert into kinkster.notion_connections (user_id, sealed_token, bot_id) values (%s, 's', 'b')",
        [user],
    )
    found = {one.check: one.state for one in (await examine(bare, [])).findings}
    assert (found["openai"], found["flowise"], found["notion"]) == ("warning", "warning", "warning")


async def test_nobody_is_waited_for_longer_than_ten_seconds(scripted: Scripted) -> None:
    for _ in range(20):
        scripted.will(Stall)
    port = scripted.url.rsplit(":", 1)[1]
    silent = settings_of(
        f"postgresql://w@127.0.0.1:{port}/none?sslmode=disable",
        scripted.url,
        supabase_jwks_url=scripted.url,
        kinkster_notion_key=KEY,
        kinkster_notion_url=scripted.url,
        kinkster_port=int(port),
    )
    async with asyncio.timeout(10):
        found = await examine(silent, [])
    problems = {one.check for one in found.findings if one.state in ("problem", "warning")}
    assert problems == {"database", "openai", "flowise", "jwks", "notion", "worker"}
