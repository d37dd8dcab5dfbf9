"""While the migrations install, the application's users go on reading and writing."""

from collections.abc import Iterator

import psycopg
import pytest

from scripts.installation import MIGRATIONS, install, run
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.adoption_at_scale import TABLES, on_a_database
from tests.people import value
from tests.test_adoption import EARLIER_ATTEMPT

LOCKED = """
select coalesce(array_agg(distinct relation::regclass::text), '{}') from pg_locks
where pid = pg_backend_pid() and relation in ('public.kinksters'::regclass, 'public.profiles'::regclass)
  and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
"""Which of the two tables a transaction keeps users waiting for."""

ROW = """
select to_jsonb(k) - '{favourite_season,updated_at,sync_status,last_local_update}'::text[] from kinksters as k
where id = %s
"""
"""A character, but for what an edit leaves its traces in."""


@pytest.mark.parametrize("earlier_attempt", [False, True], ids=["first time", "after an earlier attempt"])
def test_nothing_is_lost_changed_or_refused_while_users_read_and_write(
    server: Server, earlier_attempt: bool
) -> None:
    measured = on_a_database(server, 2000, earlier_attempt=earlier_attempt)
    assert measured.statements > 0
    assert measured.failed == []
    assert measured.kept


def test_a_migration_that_gets_no_lock_changes_nothing_and_runs_again(server: Server) -> None:
    measured = on_a_database(server, 2000, open_for=3)
    assert measured.tries_again
    assert measured.failed == []
    assert measured.kept


@pytest.fixture
def application(server: Server) -> Iterator[psycopg.Connection]:
    """An application's database after an earlier attempt, as its owner."""
    name = create_database(server)
    install(server.conninfo(name), shim="legacy", migrations=None, seed=False)
    with psycopg.connect(server.conninfo(name), autocommit=True) as connection:
        run(connection, TABLES)
        connection.execute(EARLIER_ATTEMPT.encode())
        yield connection
    drop_database(server, name)


def test_no_migration_keeps_users_waiting_for_both_tables_or_waits_long_itself(
    application: psycopg.Connection,
) -> None:
    """Who holds one table and waits for the other while users do so the other way round is a deadlock. Below
    Postgres's deadlock_timeout of 1 s it is the migration that gives way.
    """
    for path in sorted(MIGRATIONS.glob("*.sql")):
        with application.transaction():
            run(application, path)
            locked = value(application, LOCKED)
            assert len(locked) < 2, f"{path.name} locks {' and '.join(locked)}"
            assert value(application, "show lock_timeout") == "400ms", path.name


def test_whoever_writes_a_character_without_a_provider_gives_it_one_and_is_never_refused(
    application: psycopg.Connection,
) -> None:
    a_character = """
      select id from kinksters where provider is null and openai_previous_response_id is not null limit 1"""
    edit = "update kinksters set favourite_season = 'spring' where id = %s"
    began, edited = False, 0
    for path in sorted(MIGRATIONS.glob("*.sql")):
        if path.name.endswith("_kinksters_rules.sql"):
            break
        if "_kinksters_backfill" in path.name:
            continue
        run(application, path)
        began = began or path.name.endswith("_provider_when_written.sql")
        if not began:
            continue
        kinkster = value(application, a_character)
        before = value(application, ROW, kinkster)
        application.execute(edit, [kinkster])
        after = value(application, ROW, kinkster)
        assert after == before | {"provider": "flowise"}
        edited += 1
    assert edited > 1
