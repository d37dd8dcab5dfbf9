"""`kinkster rollout` as an operator meets it: processes, what they print, and their exit statuses."""

import json
import subprocess
from collections.abc import Callable
from typing import NamedTuple

import psycopg
import pytest

from tests.people import value
from tests.worker.conftest import new_kinkster
from tests.worker.test_cli import COMMAND, environment

HAD = """
with conversation as (
  insert into public.kinkster_conversations (user_id, kinkster_id, rollout_id)
  select
    %(user)s, %(kinkster)s, case when %(provider)s <> 'flowise' then (select id from kinkster.rollouts) end
  returning user_id, id
)

insert into public.kinkster_turns
  (user_id, conversation_id, created_at, message, status, reply, provider, started_at, finished_at,
   first_text_ms, cost_usd, error_code, error_message, error_hint)
select
  user_id, id, kinkster.now(), 'Hello', %(status)s, 'Well met.', %(provider)s, kinkster.now(),
  kinkster.now() + interval '3 seconds', %(first_text_ms)s, 0.001, %(code)s, %(code)s, %(code)s
from conversation, generate_series(1, %(turns)s)
"""

PLAN = "select kinkster.plan_rollout()"
START = "select kinkster.start_rollout(null)"
ALL_AT_ONCE = "update kinkster.rollout_kinksters set stage = 1 where stage is not null"


class Done(NamedTuple):
    """How a command ended. `text` is what it printed, on one line."""

    status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return " ".join(self.stdout.split())


Kinkster = Callable[..., Done]
Had = Callable[..., None]


@pytest.fixture
def kinkster(worker_login: str) -> Kinkster:
    """Runs `kinkster rollout …`."""

    def run(*arguments: str, **settings: str) -> Done:
        env = environment(**{"DATABASE_URL": worker_login, "COLUMNS": "200"} | settings)
        done = subprocess.run([*COMMAND, "rollout", *arguments], env=env, capture_output=True, text=True)
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def world(admin: psycopg.Connection, user: str) -> list[str]:
    """Eleven simple characters, Mira 0 the busiest, and one that stays."""
    admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'default-flow'")
    new_kinkster(admin, user, "flowise", name="Orlo [own]", flowise_chatflow_id="own")
    return [
        new_kinkster(admin, user, "flowise", name=f"Mira {i}", bio="A garden.", flowise_chatflow_id=None)
        for i in range(11)
    ]


@pytest.fixture
def had(admin: psycopg.Connection, user: str, world: list[str]) -> Had:
    """Gives the busiest character so many turns at a provider."""

    def insert(provider: str, turns: int, code: str | None = None, first_text_ms: int = 1000) -> None:
        values = {"user": user, "kinkster": world[0], "provider": provider, "turns": turns, "code": code}
        status = "failed" if code else "completed"
        admin.execute(HAD, values | {"status": status, "first_text_ms": first_text_ms})

    return insert


def test_from_plan_to_report_and_back(
    kinkster: Kinkster, had: Had, admin: psycopg.Connection, world: list[str]
) -> None:
    had("flowise", 40)
    admin.execute("update kinkster.settings set clock_offset = '1 hour'")
    planned = kinkster("plan")
    assert (planned.status, planned.stderr) == (0, "")
    rows = [line for line in planned.stdout.splitlines() if "Mira" in line]
    assert len(rows) == 11
    assert f"Mira 0 ({world[0]})" in rows[0]
    assert "It uses the default chatflow. Its card makes a prompt: background." in rows[0]
    assert "11 would move. 1 stay on Flowise: It has a chatflow of its own" in planned.text
    assert "Orlo [own]" in planned.text
    assert "kinkster rollout start" in planned.text

    started = kinkster("start")
    assert (started.status, started.stderr) == (0, "")
    assert "The rollout is running: stage 1 of 3, the first characters." in started.text
    assert "2 of 11 reached" in started.text
    assert "Not yet. Error rate: too few turns" in started.text

    refused = kinkster("advance")
    assert (refused.status, refused.stdout) == (1, "")
    assert refused.stderr.startswith("The rollout is not ready for its next step. Error rate: too few turns")
    assert "--anyway" in refused.stderr

    had("openai_responses", 40, first_text_ms=400)
    assert "It is ready." in kinkster("status").text
    assert "10 of 11 reached" in kinkster("advance").text
    shared = kinkster("advance", "--anyway", "--share", "40")
    assert "all simple characters, 40 % of their conversations" in shared.text
    assert kinkster("advance", "--anyway", "--share", "40").status == 1
    for _ in range(2):
        kinkster("advance", "--anyway")
    assert "The rollout is completed." in kinkster("advance", "--anyway").text

    report = kinkster("report")
    assert (report.status, report.stderr) == (0, "")
    assert "11 of 11 set" in report.text
    assert "│ turns │ 40 │ 40 │" in report.text
    assert "kinkster rollout report" not in report.text
    assert "1 stay on Flowise:" in report.text

    back = kinkster("rollback")
    assert (back.status, back.stderr) == (0, "")
    assert "The rollout is rolled back." in back.text
    assert "11 of 11 set back" in back.text


def test_a_pause_asks_for_somebody(kinkster: Kinkster, admin: psycopg.Connection, world: list[str]) -> None:
    admin.execute(PLAN)
    admin.execute(START)
    assert kinkster("status").status == 0
    paused = kinkster("pause", "--reason", "A look [at it].")
    assert "Paused: A look [at it]." in paused.text
    status = kinkster("status")
    assert status.status == 1
    assert "To go on: kinkster rollout start." in status.text
    assert "running" in kinkster("start").text
    admin.execute("select kinkster.pause_rollout(null, 'A look.')")
    assert "A look." not in kinkster("rollback").text


def test_what_is_broken_is_shown(kinkster: Kinkster, had: Had, admin: psycopg.Connection) -> None:
    had("flowise", 40)
    admin.execute(PLAN)
    admin.execute(START)
    had("openai_responses", 30)
    had("openai_responses", 10, "provider_unavailable")
    assert value(admin, "select kinkster.watch_rollout()")["paused"] is True
    found = kinkster("status")
    assert found.status == 1
    assert "Paused: Error rate: 25.00 % over 40 turns, beside 0.00 % over 40 at Flowise" in found.text
    assert "│ error rate │ 25.00 % │ 0.00 % │ 5.00 % │ 40 and 40 │ broken │" in found.text


@pytest.mark.parametrize(
    ("command", "before", "state"),
    [
        ("plan", [], "planned"),
        ("start", [PLAN], "running"),
        ("advance", [PLAN, START], "running"),
        ("pause", [PLAN, START], "paused"),
        ("status", [PLAN, START], "running"),
        ("report", [PLAN, START], "running"),
        ("rollback", [PLAN, START], "rolled_back"),
    ],
)
def test_each_speaks_json(
    kinkster: Kinkster,
    admin: psycopg.Connection,
    world: list[str],
    command: str,
    before: list[str],
    state: str,
) -> None:
    for statement in before:
        admin.execute(statement.encode())
    done = kinkster(command, "--json", *(["--anyway"] if command == "advance" else []))
    assert (done.status, done.stderr) == (0, "")
    assert json.loads(done.stdout)["state"] == state


def test_many_characters_are_set_and_set_back_in_one_command(
    kinkster: Kinkster, admin: psycopg.Connection, user: str, world: list[str]
) -> None:
    admin.execute(
        "insert into public.kinksters (user_id, name, bio)"
        " select %s, 'Mira', 'x' from generate_series(1, 1500)",
        [user],
    )
    admin.execute(PLAN)
    admin.execute(START)
    admin.execute(ALL_AT_ONCE)
    assert "1511 of 1511 set" in kinkster("advance", "--anyway").text
    assert "1511 of 1511 set back" in kinkster("rollback").text


def test_a_name_that_is_gone_is_an_id(
    kinkster: Kinkster, admin: psycopg.Connection, world: list[str]
) -> None:
    admin.execute(PLAN)
    admin.execute(START)
    admin.execute("delete from public.kinksters where id = %s", [world[0]])
    admin.execute(ALL_AT_ONCE)
    kinkster("advance", "--anyway")
    assert f"Left as it is: {world[0]}. It was deleted." in kinkster("report").text


def test_without_a_rollout_there_is_a_sentence(kinkster: Kinkster) -> None:
    done = kinkster("status")
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.startswith("There is no rollout yet. ")


def test_without_a_database_it_says_which_setting_is_missing(kinkster: Kinkster) -> None:
    done = kinkster("status", DATABASE_URL="")
    assert (done.status, done.stdout) == (78, "")
    assert done.stderr.startswith("DATABASE_URL is missing")


def test_another_database_is_told_from_a_defect(kinkster: Kinkster, admin: psycopg.Connection) -> None:
    admin.execute(
        "create or replace function kinkster.schema_version() returns integer language sql as 'select 0'"
    )
    done = kinkster("status")
    assert (done.status, done.stdout) == (76, "")
    assert "version 0" in done.stderr


def test_a_plan_of_nobody_says_so(kinkster: Kinkster) -> None:
    assert kinkster("plan").text == "Nobody would move."
