"""A whole turn in the database, begin and settle with a commit each, against pgbench's TPC-B-like."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench.database.throwaway import Run, as_worker, durable_server, pgbench, product, script, tpc_b
from bench.figures import Context, Figure, Goal, WrongAnswer

USERS = 512
REPLY = "Well met. I kept your chair by the window, and the kettle is on. " * 8
OUTCOME = {
    "status": "completed",
    "reply": REPLY,
    "api": "responses",
    "response_id": "resp_68a1",
    "model": "gpt-4o-mini-2024-07-18",
    "first_text_ms": 420,
    "input_tokens": 1800,
    "cached_tokens": 1024,
    "output_tokens": 120,
    "reasoning_tokens": 0,
    "shown": True,
}
PEOPLE, TURN = Path(__file__).with_name("bench_people.sql"), Path(__file__).with_name("turn.sql")


def whole_turns(context: Context) -> Iterator[Figure]:
    """Turns a second at 1 and 8 clients."""
    text = TURN.read_text(encoding="utf-8").replace(":outcome", json.dumps(OUTCOME))
    seconds = 1 if context.smoke else 2
    with (
        durable_server() as on,
        product(on, USERS, USERS) as conninfo,
        tpc_b(on) as peer,
        script(text) as turn,
        psycopg.connect(conninfo, autocommit=True) as admin,
    ):
        admin.execute(PEOPLE.read_bytes())

        def ours(clients: int) -> Run:
            named = f"--define=clients={clients}"
            return pgbench(as_worker(conninfo), turn, named, clients=clients, seconds=seconds)

        done = ours(8).transactions  # so that conversations have begun, and statistics know of them
        admin.execute("vacuum analyze")
        for clients in (1, 8):
            runs, peers = list[Run](), list[Run]()
            for _ in range(context.rounds):
                peers.append(pgbench(peer, "--builtin=tpcb-like", clients=clients, seconds=seconds))
                runs.append(ours(clients))
            done += sum(run.transactions for run in runs)
            yield Figure(
                f"a whole turn in the database, two commits, {clients} client{'s' * (clients > 1)}",
                "a second",
                [run.tps for run in runs],
                [run.tps for run in peers],
                "TPC-B-like",
                Goal.at_least(0.65),
                whole(admin, done),
            )


def whole(admin: psycopg.Connection, turns: int) -> str:
    """What shows that each turn was stored with its whole reply. Raises WrongAnswer."""
    found = admin.execute(
        "select count(*), count(*) filter (where status = 'completed' and reply = %s and cost_usd > 0)"
        " from public.kinkster_turns",
        [REPLY],
    ).fetchone()
    if found != (turns, turns):
        raise WrongAnswer(f"{turns} turns were settled, and of {found} some are not whole")
    return f"{turns:,} turns, each completed with its reply and cost"
