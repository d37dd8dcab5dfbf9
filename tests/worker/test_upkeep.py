"""What a worker does beside answering: it is known to run, and figures are added up, whatever fails."""

import logging
from typing import Any

import psycopg
import pytest
from kinkster_worker import __version__, upkeep
from kinkster_worker.http import serve

from tests import people
from tests.worker.conftest import (
    Scripted,
    StartWorker,
    Turns,
    answered,
    eventually,
    settings_of,
)
from tests.worker.offline_fixtures import offline_server

SOON = 0.02
BROKEN = """
create or replace function kinkster.roll_up_turns() returns jsonb language plpgsql as $$
begin raise exception 'a defect'; end $$
"""
HANGING = """
create or replace function kinkster.roll_up_turns() returns jsonb language plpgsql security definer as $$
begin perform pg_catalog.pg_advisory_lock(4711); return '{"state": "done"}'; end $$
"""

PAUSING = """
create or replace function kinkster.watch_rollout() returns jsonb language sql as $$
  select '{"state": "paused", "rollout_id": null, "paused": true, "because": "Error rate: too many."}'::jsonb
$$;
"""
MORE = """
create or replace function kinkster.roll_up_turns() returns jsonb language sql as $$
  select jsonb_build_object('state', case when nextval('public.calls') < 4 then 'more' else 'done' end)
$$
"""


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upkeep goes round at once."""
    monkeypatch.setattr(upkeep, "UPKEEP_SECONDS", SOON)


def known(admin: psycopg.Connection) -> list[dict[str, Any]]:
    """The workers that the database knows."""
    return [row for (row,) in admin.execute("select to_jsonb(w) from kinkster.workers as w")]


async def test_a_worker_is_known_from_its_start_to_its_end(
    admin: psycopg.Connection, worker_login: str, scripted: Scripted
) -> None:
    settings = settings_of(worker_login, scripted.url, kinkster_queue_turns=7, flowise_url=None)
    async with serve(settings) as address:
        (found,) = await eventually(lambda: known(admin))
        about = {"address": address, "queue_turns": 7, "notion": False, "flowise": False}
        assert found["about"] == about | {"openai": "responses"}
        assert found["version"] == __version__
        secrets = settings.openai_api_key, settings.supabase_jwt_secret
        assert not [one for one in secrets if one and one.get_secret_value() in str(found)]
    assert known(admin) == []


async def test_its_name_is_that_of_its_turns(
    start_worker: StartWorker, admin: psycopg.Connection, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    client = await start_worker()
    scripted.will(*answered("Well met."))
    assert (await client.chat(kinkster)).done
    (found,) = await eventually(lambda: known(admin))
    (turn,) = turns()
    assert turn.row["worker"].split("/")[0] == found["name"]


async def test_it_tells_the_api_that_is_in_use_now(
    often: None, start_worker: StartWorker, admin: psycopg.Connection, kinkster: str
) -> None:
    async with offline_server(responses_api=False) as offline:
        client = await start_worker(offline.url, flowise_url=None)
        await eventually(lambda: [one["about"]["openai"] for one in known(admin)] == ["responses"])
        assert (await client.chat(kinkster)).done
        await eventually(lambda: [one["about"]["openai"] for one in known(admin)] == ["chat_completions"])


async def test_hours_that_are_over_are_added_up(
    often: None, start_worker: StartWorker, admin: psycopg.Connection, scripted: Scripted, kinkster: str
) -> None:
    client = await start_worker()
    for hour in range(8, 0, -1):
        admin.execute("update kinkster.settings set clock_offset = %s * interval '-1 hour'", [hour])
        scripted.will(*answered("Well met."))
        assert (await client.chat(kinkster)).done
    admin.execute("update kinkster.settings set clock_offset = '1 hour'")
    rolled = "select sum(turns) from kinkster.daily_sums where kinkster_id is null"
    await eventually(lambda: people.value(admin, rolled) == 8)


async def test_what_is_more_is_added_up_at_once(
    admin: psycopg.Connection, worker_login: str, scripted: Scripted
) -> None:
    """The next time would be in half a minute."""
    admin.execute("create sequence public.calls; grant all on public.calls to public")
    admin.execute(MORE)
    async with serve(settings_of(worker_login, scripted.url)):
        await eventually(lambda: people.value(admin, "select last_value from public.calls") == 4)


async def test_a_chore_that_fails_is_said_once_and_holds_up_nothing(
    often: None,
    start_worker: StartWorker,
    admin: psycopg.Connection,
    scripted: Scripted,
    kinkster: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "kinkster")
    definition = people.value(admin, "select pg_get_functiondef('kinkster.roll_up_turns'::regproc)")
    admin.execute(BROKEN)
    client = await start_worker()
    first = await eventually(lambda: [one["seen_at"] for one in known(admin)])
    for _ in range(3):
        before = await eventually(lambda: [one["seen_at"] for one in known(admin)])
        await eventually(lambda before=before: [one["seen_at"] for one in known(admin)] > before)  # type: ignore[misc]
    assert first
    scripted.will(*answered("Well met."))
    assert (await client.chat(kinkster)).done
    assert [r.levelname for r in caplog.records if r.message == "upkeep_failed"] == ["ERROR"]
    admin.execute(definition)
    await eventually(lambda: [r for r in caplog.records if r.message == "upkeep_back"])
    admin.execute(BROKEN)
    await eventually(lambda: len([r for r in caplog.records if r.message == "upkeep_failed"]) == 2)


async def test_a_chore_that_hangs_holds_up_nothing(
    often: None, start_worker: StartWorker, admin: psycopg.Connection, scripted: Scripted, kinkster: str
) -> None:
    admin.execute(HANGING)
    admin.execute("select pg_advisory_lock(4711)")
    client = await start_worker()
    waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    await eventually(lambda: people.value(admin, waits) == 1)
    before = [one["seen_at"] for one in known(admin)]
    await eventually(lambda: [one["seen_at"] for one in known(admin)] > before)
    scripted.will(*answered("Well met."))
    assert (await client.chat(kinkster)).done


async def test_a_worker_stops_while_its_database_is_away(
    admin: psycopg.Connection, worker_login: str, scripted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(settings_of(worker_login, scripted.url, kinkster_database_seconds=0.2)):
        await eventually(lambda: known(admin))
        admin.execute("alter role kinkster_worker nologin")
        try:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'kinkster_worker'"
            )
        finally:
            admin.execute("alter role kinkster_worker login")
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_rollout_is_watched(
    often: None,
    start_worker: StartWorker,
    admin: psycopg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    admin.execute(
        "insert into kinkster.rollouts (state, stage, started_at, measured_since)"
        " values ('running', 1, kinkster.now(), kinkster.now())"
    )
    await start_worker()
    await eventually(lambda: people.value(admin, "select checked_at is not null from kinkster.rollouts"))
    assert not [record for record in caplog.records if record.message == "rollout_paused"]
    admin.execute(PAUSING)
    (line, *_) = await eventually(lambda: [r for r in caplog.records if r.message == "rollout_paused"])
    assert line.fields == {"rollout_id": None, "because": "Error rate: too many."}
