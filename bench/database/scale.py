"""What a turn, and the figures of a month, take in a database that has grown against a small one."""

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.database.grown import Size, grown
from bench.database.throwaway import as_worker, assert_durable, durable_server, pgbench, script
from bench.database.turns import OUTCOME
from bench.figures import Context, Figure, Goal, WrongAnswer
from tests.metrics_at_scale import OPERATOR, OWNER, RANKING
from tests.people import acting, value

FEW, MANY = Size(users=10, conversations=1_000, each=10), Size(users=10_000, conversations=1_000_000, each=10)
"""Everybody has a hundred characters and as many conversations: what has grown is the number of people."""
SMOKE_FEW, SMOKE_MANY = Size(users=5, conversations=100, each=4), Size(users=25, conversations=1_000, each=4)
TURN = Path(__file__).with_name("grown_turn.sql")
TIMES = 3
"""How often a view is asked in a round, of which the median counts."""


def scale(context: Context) -> Iterator[Figure]:
    """Views first, then turns, since those would wait to be added up."""
    few, many = (SMOKE_FEW, SMOKE_MANY) if context.smoke else (FEW, MANY)
    with durable_server() as on, grown(on, few, context.say) as small, grown(on, many, context.say) as big:
        with psycopg.connect(big) as admin:
            assert_durable(admin)
        against = f"with {few.turns:,}"
        for view, query in (OPERATOR | OWNER).items():
            ours, peer = list[float](), list[float]()
            for _ in range(context.rounds):
                peer.append(view_ms(small, few, view, query))
                ours.append(view_ms(big, many, view, query))
            goal = None if view == RANKING else Goal.at_most(3)
            yield Figure(f"figures of 30 days at {many}, {view}", "ms", ours, peer, against, goal)
        yield turns(context, (big, many), (small, few))


def view_ms(conninfo: str, size: Size, view: str, query: str) -> float:
    """Milliseconds of a query of the figures, for those who read it: an operator, or a user."""
    role, user = ("authenticated", "md5('user 5')::uuid") if view in OWNER else ("service_role", "null")
    with psycopg.connect(conninfo) as connection:
        found = connection.execute(
            "select (public.bench_conversation(4)).kinkster_id,"
            f" (public.bench_conversation({size.conversations})).kinkster_id, {user}".encode()
        ).fetchone()
    assert found
    busy, quiet, owner = found
    with acting(conninfo, role, owner and str(owner)) as reader:
        took = []
        for _ in range(1 + TIMES):
            began = time.monotonic()
            rows = reader.execute(query.encode(), {"busy": busy, "quiet": quiet}).fetchall()
            took.append(1000 * (time.monotonic() - began))
            if not rows:
                raise WrongAnswer(f"{view} shows nothing")
    return statistics.median(took[1:])


def turns(context: Context, ours: tuple[str, Size], peer: tuple[str, Size]) -> Figure:
    """Begin and settle in conversations drawn from all, by one client. Raises WrongAnswer."""
    text = TURN.read_text(encoding="utf-8").replace(":outcome", json.dumps(OUTCOME))
    seconds = 1 if context.smoke else 3
    took: dict[str, list[float]] = {ours[0]: [], peer[0]: []}
    count, wrote, read = 0, {ours[0]: 0.0, peer[0]: 0.0}, {ours[0]: 0.0, peer[0]: 0.0}
    with script(text) as turn:
        for number in range(1 + context.rounds):  # the first is to read what is used into memory
            for conninfo, size in (peer, ours):
                named = f"--define=conversations={size.conversations}"
                with psycopg.connect(conninfo, autocommit=True) as admin:
                    bytes_before, pages_before = wal_bytes(admin), pages_read(admin)
                    run = pgbench(as_worker(conninfo), turn, named, seconds=seconds)
                    wrote[conninfo] = (wal_bytes(admin) - bytes_before) / run.transactions / 1024
                    read[conninfo] = (pages_read(admin) - pages_before) / run.transactions
                if conninfo == ours[0]:
                    count += run.transactions
                if number:
                    took[conninfo].append(run.microseconds)
    with psycopg.connect(ours[0]) as admin:
        found = admin.execute(
            "select count(*), count(*) filter (where status = 'completed' and continuity = 'chained')"
            " from public.kinkster_turns where created_at > now() - interval '1 hour'"
        ).fetchone()
    if found != (count, count):
        raise WrongAnswer(f"{count} turns were settled, and of {found} some don't go on")
    return Figure(
        f"a whole turn at {ours[1]}",
        "µs",
        took[ours[0]],
        took[peer[0]],
        f"at {peer[1]}",
        Goal.at_most(1.2),
        f"{count:,} turns, each completed, and going on from the one before; in the last round one wrote"
        f" {wrote[ours[0]]:.0f} KiB of WAL against {wrote[peer[0]]:.0f}, and lacked {read[ours[0]]:.1f} pages"
        f" in the server's buffers against {read[peer[0]]:.1f}",
    )


def pages_read(connection: psycopg.Connection) -> int:
    """How many pages of the database were not in the server's buffers until now."""
    read = "select blks_read from pg_stat_database where datname = current_database()"
    return int(value(connection, read))


def wal_bytes(connection: psycopg.Connection) -> int:
    """How much the server has written to its log of changes until now."""
    return int(value(connection, "select pg_current_wal_lsn() - '0/0'"))
