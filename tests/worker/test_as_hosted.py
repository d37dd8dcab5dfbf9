"""Everything once more where the project's owner is no superuser, as on Supabase."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from scripts import throwaway_postgres
from scripts.installation import MIGRATIONS, Privileges, install, run
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests import hosted
from tests.people import value
from tests.postgrest_server import postgrest, program, token
from tests.test_adoption import EARLIER_ATTEMPT, rows_of
from tests.test_pgtap import prove
from tests.test_privileges import GOLDEN, table_of
from tests.worker.conftest import StartWorker, Turns, eventually
from tests.worker.notion_world import world_of
from tests.worker.offline_fixtures import offline_server

EXISTING_TABLES = Path(__file__).parent.parent / "existing_tables.sql"
VERSIONS = sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("*.sql"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of these tests' own, as hosted: `url` leads to it as `postgres`."""
    with throwaway_postgres.server(need_test_extensions=True) as taken:
        if taken.kind == "given":
            pytest.skip("the server that was given is not ours to change")
        hosted.demote(taken)
        yield taken


@pytest.fixture(scope="module")
def template(server: Server) -> Callable[[Privileges], str]:
    """The name of a database with the migrations in it, which `postgres` ran."""
    made: dict[Privileges, str] = {}

    def template_for(privileges: Privileges) -> str:
        if privileges not in made:
            made[privileges] = create_database(server)
            hosted.prepare(server, made[privileges], privileges)
            assert install(server.conninfo(made[privileges]), shim=None, seed=False) == VERSIONS
        return made[privileges]

    return template_for


@pytest.fixture
def project(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The conninfo of a database as a project begins with, without the migrations."""
    name = create_database(server)
    hosted.prepare(server, name, request.param)
    yield server.conninfo(name)
    drop_database(server, name)


def test_postgres_is_no_superuser_here_and_owns_the_tables_but_not_auth(admin: psycopg.Connection) -> None:
    who = "select rolname || ' ' || rolsuper from pg_roles where rolname = current_user"
    owner = "select tableowner from pg_tables where schemaname || '.' || tablename = %s"
    assert value(admin, who) == "postgres false"
    assert value(admin, owner, "public.kinksters") == "postgres"
    assert value(admin, owner, "auth.users") == "supabase_auth_admin"


@pytest.mark.parametrize("privileges", ["explicit", "legacy"])
def test_the_privileges_are_those_that_were_reviewed(
    make_database: Callable[[Privileges], str], privileges: Privileges
) -> None:
    with psycopg.connect(make_database(privileges)) as connection:
        assert table_of(connection) == GOLDEN.read_text(encoding="utf-8")


def test_the_seed_is_planted_twice(database: str, admin: psycopg.Connection) -> None:
    assert install(database, shim=None) == install(database, shim=None) == []
    assert value(admin, "select count(*) from kinksters") > 0


@pytest.mark.parametrize("project", ["explicit", "legacy"], indirect=True)
@pytest.mark.parametrize("earlier_attempt", [False, True], ids=["first time", "after an earlier attempt"])
def test_the_migrations_install_over_an_applications_tables(project: str, earlier_attempt: bool) -> None:
    with psycopg.connect(project, autocommit=True) as admin:
        run(admin, EXISTING_TABLES)
        if earlier_attempt:
            admin.execute(EARLIER_ATTEMPT.encode())
        before = rows_of(admin)
        assert install(project, shim=None, seed=False) == VERSIONS
        after = rows_of(admin)
    for table, rows in before.items():
        assert after[table].keys() == rows.keys()
        for key, row in rows.items():
            kept = {column: after[table][key][column] for column in row}
            assert kept == row | ({"provider": kept["provider"]} if "provider" in row else {})


def test_every_pgtap_test_passes(
    server: Server, database: str, record_property: Callable[[str, object], None]
) -> None:
    """The tests act as the worker, which an owner of a project may not."""
    superuser = hosted.superuser(server, database.rpartition("/")[2])
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("create extension pgtap with schema extensions")
        with hosted.may_act_as_the_worker(connection):
            prove(database, record_property)


async def test_both_providers_are_chatted_with_over_http(
    start_worker: StartWorker, kinkster: str, admin: psycopg.Connection, turns: Turns
) -> None:
    async with offline_server() as offline:
        client = await start_worker(offline.url)
        assert (await client.chat(kinkster, "My lucky number is 4711.")).done
        for provider in ("flowise", "openai_responses"):
            change = "update kinksters set provider = %s, flowise_chatflow_id = 'f' where id = %s"
            admin.execute(change, [provider, kinkster])
            assert "4711" in (await client.chat(kinkster, "What is my lucky number?")).text
        requests = await offline.requests()
    assert [turn.status for turn in turns()] == ["completed"] * 3
    assert len(requests) == 3


async def test_a_character_goes_to_notion(worker_login: str, user: str, admin: psycopg.Connection) -> None:
    async with world_of(admin, worker_login, user) as world:
        kinkster = world.kinkster(bio="Keeps bees.")
        await world.sent(kinkster)
        assert world.state(kinkster) == ("synced", None)
        assert len(await world.notion.pages()) == 1


async def test_a_new_user_talks_by_postgrest_alone_and_waits_longer_than_a_call_may_take(
    server: Server,
    database: str,
    start_worker: StartWorker,
    admin: psycopg.Connection,
    pytestconfig: pytest.Config,
    tmp_path: Path,
) -> None:
    assert pytestconfig.cache is not None
    postgrests = program(pytestconfig.cache)
    user = value(admin, "insert into auth.users (email) values ('robin@example.com') returning id::text")
    own = token("authenticated", user, email="robin@example.com")
    with (
        hosted.calls_may_take(server, "1s"),
        postgrest(postgrests, make_conninfo(database, user="authenticator"), tmp_path, keeps=True) as api,
    ):
        assert api.insert("profiles", {"id": user, "email": "robin@example.com"}, own).status == 201
        made = api.insert("kinksters", {"name": "Mira", "provider": "openai_responses"}, own)
        message = {"p_kinkster_id": made.body[0]["id"], "p_message": "Good evening"}
        turn = {"p_turn_id": api.rpc("send_kinkster_message", message, own).body["turn_id"]}
        waited = api.rpc("await_kinkster_reply", turn, own)
        assert (str(waited), waited.body["status"]) == ("200", "queued")
        async with offline_server() as offline:
            await start_worker(offline.url)
            await eventually(lambda: value(admin, "select status = 'completed' from kinkster_turns"))
        answered = api.rpc("await_kinkster_reply", turn, own).body
    assert (answered["status"], answered["error"]) == ("completed", None)
    assert answered["reply"]


def test_the_doctor_is_shown_all_that_it_looks_at(
    worker_login: str, kinkster: str, admin: psycopg.Connection
) -> None:
    """No check wants more rights than the owner of a project has; what a new project lacks is no matter."""
    examine = 'select "check", state, found from public.kinkster_doctor()'
    found = admin.execute(examine).fetchall()
    with psycopg.connect(worker_login) as connection:
        assert connection.execute(examine).fetchall() == found
    assert [said for _, _, said in found if said.startswith("This could not be looked at")] == []
    of_the_catalog = {"migrations", "columns", "old_functions", "old_triggers", "row_security", "policies"}
    of_the_catalog |= {"rights", "provider_choice", "exposed_schemas", "notion_tokens"}
    assert {check for check, state, _ in found if state == "ok"} >= of_the_catalog
