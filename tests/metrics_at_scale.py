"""Asks for the last 30 days over millions of turns, and holds the answers against the turns themselves:

    make metrics ARGS=--turns=10000000

A database of its own is filled with turns of 10,000 users over 31 days, which are added up by the product's
own function. Then it is the busiest hour of the day, and each view is timed: with 10,000 turns first, then
with all. At last every row of every view is compared with the turns, read by tests/metrics_rules.sql, which
uses nothing of the product's.

While the turns are written their table has no indexes, checks, foreign keys and triggers; they are put back
before anything is measured, checks and foreign keys without looking at the rows again. Messages and replies
are filler, of realistic length; nothing is deleted or asked again, so that the table has no holes.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scripts.installation import install, run
from scripts.throwaway_postgres import Server, create_database, drop_database, server
from tests.people import acting, value

TURNS = Path(__file__).with_name("metrics_turns.sql")
RULES = Path(__file__).with_name("metrics_rules.sql")
LIMIT = 0.1
"""Seconds that a view may take."""
FEW, RUNS, PATIENCE = 10_000, 21, 10.0
USERS, CHARACTERS = 10_000, 10_000

SIZES = [
    "work_mem = '16MB'",
    "maintenance_work_mem = '1GB'",
    "max_wal_size = '8GB'",
    "shared_buffers = '2GB'",
]

AGES = "day > (select kinkster.now() at time zone 'UTC')::date - 30"
"""The last 30 days, as a condition that a dashboard has."""

RANKING = "the 20 busiest characters"
"""Reads the sums of all characters: its time is shown, and not held to the limit."""

OPERATOR = {
    "by provider, model and day": f"select * from kinkster.provider_metrics where {AGES}",
    "one provider's figures": "select kinkster.turn_figures('flowise', kinkster.now() - interval '30 days')",
    "a busy character": f"select * from kinkster.character_metrics where {AGES} and kinkster_id = %(busy)s",
    "a quiet character": f"select * from kinkster.character_metrics where {AGES} and kinkster_id = %(quiet)s",
    RANKING: (
        f"select kinkster_id, sum(turns), sum(failed), sum(cost_usd) from kinkster.character_metrics"
        f" where {AGES} group by kinkster_id order by 2 desc limit 20"
    ),
}
OWNER = {"an owner of 1,000 turns": f"select * from public.kinkster_metrics where {AGES}"}

BUSY = "select md5('character 1')::uuid"
QUIET = "select md5('character 5000')::uuid"
AVERAGE = (
    "select user_id from public.kinkster_turns where provider is not null"
    " group by 1 order by abs(count(*) - 1000), 1 limit 1"
)
"""The user whose turns are nearest to a thousand."""

KEPT = """
select 'alter table public.kinkster_turns add constraint ' || quote_ident(conname) || ' '
    || pg_get_constraintdef(oid) || case when contype in ('c', 'f') then ' not valid' else '' end,
  'alter table ' || conrelid::regclass || ' drop constraint ' || quote_ident(conname) || ' cascade'
from pg_constraint where conrelid = 'public.kinkster_turns'::regclass
union all
select 'alter table ' || conrelid::regclass || ' add constraint ' || quote_ident(conname) || ' '
    || pg_get_constraintdef(oid) || ' not valid',
  'alter table ' || conrelid::regclass || ' drop constraint ' || quote_ident(conname)
from pg_constraint where confrelid = 'public.kinkster_turns'::regclass and conrelid <> confrelid
union all
select pg_get_indexdef(indexrelid), 'drop index ' || indexrelid::regclass
from pg_index
where indrelid = 'public.kinkster_turns'::regclass
  and not exists (select from pg_constraint where conindid = indexrelid)
"""
"""What makes each index and constraint of the turns again, and what drops it."""


@dataclass
class Took:
    """Seconds that a statement took, several times."""

    seconds: list[float]
    rows: int

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.median * 1000:8.1f} ms ({low * 1000:.1f} to {high * 1000:.1f}), {self.rows} rows"


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints how long a block took."""
    began = time.monotonic()
    yield
    print(f"  {what}: {time.monotonic() - began:.1f} s", flush=True)


@contextmanager
def bare(connection: psycopg.Connection) -> Iterator[None]:
    """Takes indexes and constraints off the turns for a block, and puts them back."""
    kept = connection.execute(KEPT).fetchall()
    for _, drop in kept:
        connection.execute(drop.replace("drop constraint", "drop constraint if exists").encode())
    connection.execute("set session_replication_role = replica")
    yield
    connection.execute("reset session_replication_role")
    for make, _ in sorted(kept, key=lambda each: "FOREIGN KEY" in each[0]):
        connection.execute(make.encode())


def fill(connection: psycopg.Connection, turns: int) -> None:
    """Writes the turns, of a month that ends at the present of the product's clock."""
    with timed(f"{turns:,} turns written"), bare(connection):
        text = TURNS.read_text(encoding="utf-8")
        for name, number in {"turns": turns, "users": USERS, "characters": CHARACTERS}.items():
            text = text.replace(f":{name}", str(number))
        connection.execute(text.encode())
    with timed("vacuum analyze"):
        connection.execute("vacuum analyze")


def roll_up(connection: psycopg.Connection) -> None:
    """Adds up all that is to be added up, as a worker does."""
    began, longest, calls, state = time.monotonic(), 0.0, 0, "more"
    while state == "more":
        call = time.monotonic()
        found = value(connection, "select kinkster.roll_up_turns()")
        state, calls = found["state"], calls + 1
        longest = max(longest, time.monotonic() - call)
    print(
        f"  added up in {calls} calls: {time.monotonic() - began:.1f} s, the longest {longest:.2f} s,"
        f" until {found['rolled_until']}"
    )
    connection.execute("vacuum analyze kinkster.daily_sums")
    for what, query in {
        "sums": "select count(*) from kinkster.daily_sums",
        "of all characters together": "select count(*) from kinkster.daily_sums where kinkster_id is null",
        "turns not added up": "select count(*) from kinkster.turns_not_added_up()",
    }.items():
        print(f"  {what}: {value(connection, query):,}", flush=True)


def repeatedly(connection: psycopg.Connection, query: str, arguments: dict[str, object]) -> Took:
    """Times a query with all its rows fetched, after one run that nobody counts; less often if slow."""
    rows = len(connection.execute(query.encode(), arguments).fetchall())
    seconds: list[float] = []
    while len(seconds) < 5 or (len(seconds) < RUNS and sum(seconds) < PATIENCE):
        began = time.monotonic()
        connection.execute(query.encode(), arguments).fetchall()
        seconds.append(time.monotonic() - began)
    return Took(seconds, rows)


def times(conninfo: str, connection: psycopg.Connection) -> dict[str, Took]:
    """Times each view, as those who read it."""
    busy, quiet, average = (value(connection, query) for query in (BUSY, QUIET, AVERAGE))
    measured = {}
    with acting(conninfo, "service_role") as operator:
        for what, query in OPERATOR.items():
            measured[what] = repeatedly(operator, query, {"busy": busy, "quiet": quiet})
            print(f"  {what:28}{measured[what]}", flush=True)
    with acting(conninfo, "authenticated", str(average)) as owner:
        for what, query in OWNER.items():
            measured[what] = repeatedly(owner, query, {})
            print(f"  {what:28}{measured[what]}", flush=True)
    return measured


def wrong(connection: psycopg.Connection) -> int:
    """Compares all rows of the views with the turns; how many figures differ, of which it prints some."""
    average = value(connection, AVERAGE)
    own = "select * from jsonb_populate_recordset(null::public.kinkster_metrics, {})"
    with acting(connection.info.dsn, "authenticated", str(average)) as owner:
        shown = value(owner, "select jsonb_agg(to_jsonb(m))::text from public.kinkster_metrics as m")
    views: dict[str, tuple[str | sql.Composed, bool, object]] = {
        "kinkster.provider_metrics": ("select * from kinkster.provider_metrics", False, None),
        "kinkster.character_metrics": ("select * from kinkster.character_metrics", True, None),
        "public.kinkster_metrics of one owner": (sql.SQL(own).format(shown), True, average),
    }
    count = 0
    for name, (view, by_character, user) in views.items():
        query = view if isinstance(view, str) else view.as_string(connection)
        with timed(f"{name} compared with the turns"):
            found = connection.execute(
                "select * from metrics_rules.differences(%s, %s, %s)", [query, by_character, user]
            ).fetchall()
        count += len(found)
        for row in found[:5]:
            print(f"  DIFFERS: {row}")
    return count


def measure(on: Server, turns: int) -> tuple[dict[str, Took], int]:
    """Fills a database with turns, and times and compares its views."""
    name = create_database(on)
    conninfo = on.conninfo(name)
    try:
        install(conninfo, seed=False)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            run(connection, RULES)
            connection.execute("set work_mem = '256MB'")
            fill(connection, turns)
            roll_up(connection)
            measured = times(conninfo, connection)
            return measured, wrong(connection)
    finally:
        drop_database(on, name)


def main() -> int:
    """Prints times and differences; status 1 when a view is too slow or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--turns", type=int, default=10_000_000, help="turns (10000000)")
    turns = parser.parse_args().turns
    with server(need_test_extensions=False, durable=True, may_crash=True) as on:
        with psycopg.connect(on.url, autocommit=True) as connection:
            for size in SIZES:
                connection.execute(f"alter system set {size}".encode())
        assert on.tell
        on.tell("crash")
        on.tell("start")  # shared_buffers is read then
        print(f"{FEW:,} turns", flush=True)
        few, bad = measure(on, FEW)
        print(f"{turns:,} turns", flush=True)
        many, more_bad = measure(on, turns)
    print(
        f"\nthe last 30 days, median of up to {RUNS} (and the spread), with {FEW:,} turns and with {turns:,}"
    )
    for what, took in many.items():
        print(f"  {what:28}{few[what]}\n  {'':28}{took}, {took.median / few[what].median:.1f} times as long")
    slow = [what for what, took in many.items() if took.median > LIMIT and what != RANKING]
    print(f"over {LIMIT * 1000:.0f} ms: {', '.join(slow) or 'none'}; figures that differ: {bad + more_bad}")
    return 1 if slow or bad or more_bad else 0


if __name__ == "__main__":
    sys.exit(main())
