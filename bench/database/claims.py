"""Claims of 1, 4 and 16 workers on queued turns."""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.database.throwaway import as_worker, durable_server, pgbench, product, script
from bench.figures import Context, Figure, Goal, WrongAnswer

USERS, SMOKE_USERS, OF_A_USER = 5_000, 2_000, 20
WORKERS = (4, 16)
QUEUED = """
insert into public.kinkster_conversations (user_id, kinkster_id)
select k.user_id, k.id from public.kinksters as k, generate_series(1, 20);
insert into public.kinkster_turns (user_id, conversation_id, message)
select c.user_id, c.id, 'Hello there, how was your day?' from public.kinkster_conversations as c;
insert into kinkster.turns_in_flight (user_id, conversation_id, turn_id)
select t.user_id, t.conversation_id, t.id from public.kinkster_turns as t;
vacuum analyze public.kinkster_conversations, public.kinkster_turns, kinkster.turns_in_flight;
"""
AGAIN = (
    "update public.kinkster_turns set status = 'queued', attempts = 0, lease = null, lease_expires_at = null"
    " where status = 'streaming'",
    "vacuum analyze public.kinkster_turns",
)
CLAIM = """\
select r ->> 'state' as state, r #>> '{plan,user_id}' as after
from kinkster.claim_next_turn('worker ' || :client_id, :after, false) as r
\\gset
select 1 / (:state = 'claimed')::int
"""
"""Goes on after the user of its last claim, as a worker does; an idle answer is an error."""
FIRST = "--define=after=00000000-0000-0000-0000-000000000000"


def claims(context: Context) -> Iterator[Figure]:
    """Claims a second of several workers against one, and the longest claim against the median."""
    users, seconds = (SMOKE_USERS, 1) if context.smoke else (USERS, 2)
    rates: dict[int, list[float]] = {1: [], **{workers: [] for workers in WORKERS}}
    took: dict[int, list[float]] = {workers: [] for workers in rates}
    with (
        durable_server() as on,
        product(on, users, users) as conninfo,
        script(CLAIM) as claim,
        psycopg.connect(conninfo, autocommit=True) as admin,
    ):
        for statement in QUEUED.split(";")[:-1]:
            admin.execute(statement.encode())
        for _ in range(context.rounds):
            for workers in rates:
                rate, times = claimed(admin, as_worker(conninfo), claim, workers, seconds)
                rates[workers].append(rate)
                took[workers] += times
    for workers in WORKERS:
        yield Figure(
            f"claims of {workers} workers on {users * OF_A_USER:,} queued turns",
            "a second",
            rates[workers],
            rates[1],
            "one worker",
            Goal.at_least(1),
        )
    for workers, times in took.items():
        yield Figure(
            f"the longest claim of {workers} worker{'s' * (workers > 1)}",
            "ms",
            [max(times)],
            [statistics.median(times)],
            f"the median of {len(times):,}",
            Goal.at_most(20),
        )


def claimed(
    admin: psycopg.Connection, worker: str, claim: str, workers: int, seconds: int
) -> tuple[float, list[float]]:
    """Claims a second, and the milliseconds of each; then all turns wait again. Raises WrongAnswer where a
    turn was claimed twice, or not.
    """
    with tempfile.TemporaryDirectory() as folder:
        run = pgbench(worker, claim, FIRST, clients=workers, seconds=seconds, log=Path(folder) / "claims")
        lines = [line.split() for file in Path(folder).iterdir() for line in file.read_text().splitlines()]
    found = admin.execute(
        "select count(*), max(attempts) from public.kinkster_turns where status = 'streaming'"
    ).fetchone()
    if found != (run.transactions, 1):
        raise WrongAnswer(f"{run.transactions} claims, and (turns, most attempts) are {found}")
    for statement in AGAIN:
        admin.execute(statement.encode())
    return run.tps, [int(line[2]) / 1000 for line in lines]
