"""`kinkster report` as an operator meets it: a process, what it prints, its exit status."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from kinkster_worker.report import FAILURES

from tests.worker.conftest import new_kinkster
from tests.worker.test_cli import COMMAND, environment

TURNS = """
insert into kinkster_turns (
  user_id, conversation_id, message, status, reply, provider, model, first_text_ms, cost_usd, started_at,
  finished_at, created_at, continuity, error_code, error_message, error_hint
)
select
  c.user_id, c.id, 'my secret message', %(status)s, 'my secret reply', k.provider, k.openai_model, %(first)s,
  %(cost)s, t.at, t.at + interval '3 seconds', t.at, 'chained', e.code, e.code, e.code
from kinkster_conversations as c
join kinksters as k on k.id = c.kinkster_id
cross join lateral (select kinkster.now() - interval '1 day' as at) as t
cross join lateral (select case %(status)s when 'failed' then 'provider_timeout' end as code) as e
cross join generate_series(1, %(count)s)
where c.id = %(kinkster)s
"""
Report = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def report(worker_login: str) -> Report:
    """Runs `kinkster report`; names are settings."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        env = environment(**{"DATABASE_URL": worker_login, "COLUMNS": "120"} | settings)
        return subprocess.run(
            [*COMMAND, "report", *arguments], env=env, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def had(admin: psycopg.Connection, user: str) -> Callable[..., None]:
    """Makes turns of a character of each provider, all alike."""
    for provider in ("flowise", "openai_responses"):
        kinkster = new_kinkster(admin, user, provider)
        admin.execute(
            "insert into kinkster_conversations (user_id, id, kinkster_id) values (%s, %s, %s)",
            [user, kinkster, kinkster],
        )

    def make(provider: str, count: int, first: int, cost: float | None, status: str = "completed") -> None:
        row = admin.execute("select id from kinksters where provider = %s", [provider]).fetchone()
        assert row
        values = {"kinkster": row[0], "count": count, "first": first, "cost": cost, "status": status}
        admin.execute(TURNS, values)

    return make


def test_before_anything_was_said_it_says_so(report: Report) -> None:
    done = report()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Too few turns to compare, which takes 30 of each: 0 of Flowise, 0 of Responses." in done.stdout
    assert "not known" in done.stdout


def test_it_shows_both_and_recommends_one_with_its_reasons(
    report: Report, had: Callable[..., None], admin: psycopg.Connection
) -> None:
    had("flowise", 40, 900, None)
    had("flowise", 2, 900, None, "failed")
    had("openai_responses", 1200, 300, 0.0004)
    done = report()
    assert (done.returncode, done.stderr) == (0, "")
    rows = {
        cells[1].strip(): cells[2:5]
        for line in done.stdout.splitlines()
        if len(cells := line.split("│")) == 6
    }
    shown = {name: [cell.strip() for cell in cells] for name, cells in rows.items()}
    assert shown["turns"] == ["42", "1,200", ""]
    assert shown["error rate"] == ["4.76 %", "0.00 %", "Responses"]
    assert shown["failed turns by class"] == ["2 unavailable", "none", ""]
    assert shown["cost of 1,000 messages, USD"] == ["not known", "0.40", "not known"]
    assert shown["turns whose cost is not known"] == ["42", "0", ""]
    assert shown["good ratings"] == ["nobody rated", "nobody rated", "not known"]
    first = shown["first text p50 / p95 / p99, s"]
    assert first[2] == "Responses"
    times = [[float(one) for one in cell.split(" / ")] for cell in first[:2]]
    assert times[0] == [pytest.approx(0.9, rel=0.05)] * 3
    assert times[1] == [pytest.approx(0.3, rel=0.05)] * 3
    verdict = (
        "Responses does better, and worse at nothing that can be compared: 42 turns of Flowise, 1200 of "
    )
    assert verdict in " ".join(done.stdout.split())
    assert "Errors: 2 of Flowise's 42 turns, 0 of Responses' 1200." in done.stdout
    assert "Characters on Flowise: 1. Which are simple: kinkster rollout plan" in done.stdout
    assert "secret" not in done.stdout

    admin.execute("update kinkster.settings set flowise_monthly_cost_usd = 30")
    assert "at least " in report().stdout
    admin.execute("select kinkster.plan_rollout(); update kinkster.rollout_kinksters set is_simple = true")
    assert "Characters on Flowise: 1, 1 of them simple. Move those: kinkster rollout start" in report().stdout


def test_it_gives_programs_the_same_as_json(report: Report, had: Callable[..., None]) -> None:
    had("openai_responses", 31, 300, 0.0004)
    done = report("--json", "--days", "7")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["days"], found["verdict"]) == (7, "too_few_turns")
    assert found["openai_responses"]["cost_per_message_usd"] == pytest.approx(0.0004)
    assert found["flowise"]["cost_per_message_usd"] is None
    assert [one["figure"] for one in found["comparisons"]] == [
        "error_rate",
        "first_text_p50_ms",
        "cost_per_message_usd",
        "good_share",
    ]


@pytest.mark.parametrize("days", ["0", "367", "many"])
def test_days_that_make_no_sense_are_a_usage_error(report: Report, days: str) -> None:
    done = report("--days", days)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--days" in done.stderr


def test_its_exit_statuses_are_those_of_its_sisters(report: Report, admin: psycopg.Connection) -> None:
    missing = report(DATABASE_URL="")
    assert (missing.returncode, missing.stdout) == (78, "")
    assert missing.stderr.startswith("DATABASE_URL is missing")
    away = report(DATABASE_URL="postgresql://127.0.0.1:1/nothing")
    assert (away.returncode, away.stdout) == (1, "")
    assert away.stderr == "The database does not answer at the moment. Try again in a few seconds.\n"
    admin.execute("drop function kinkster.provider_report")
    unknown = report()
    assert (unknown.returncode, unknown.stdout) == (76, "")
    assert "migrations" in unknown.stderr


def test_every_failure_class_of_the_database_has_a_line(admin: psycopg.Connection) -> None:
    definition = admin.execute("select pg_get_functiondef('kinkster.turn_figures'::regproc)").fetchone()
    assert definition
    assert set(FAILURES) == {name.split("'")[0] for name in definition[0].split("'failed_")[1:]}
