"""Postgres stopped with `immediate` and started again, while turns of both doors are on their way.

What must hold: text waits while the database is away, and goes on where it was; a message is sent again by
its client under the same request id and stored once; the provider is asked once. Only a claim whose answer
was lost in the crash waits for its lease to end; the clock is moved when nothing else is on its way.
"""

import asyncio
import time
from contextlib import suppress

import psycopg

from tests.faults.clients import HUNG_SECONDS
from tests.faults.judge import Finding, Result, judge, records, strangers
from tests.faults.stage import Lab, Stage, eventually, requests_for
from tests.faults.turns import DOORS, PROVIDERS, Turn

NAME = "restart"
RESTARTS = 5
LATEST_SECONDS = 1.6
LONGEST_AWAY_SECONDS = 1.0
PATIENCE_SECONDS = 0.3  # how long a worker waits for a connection before it says that the database is away
CLAIMED_LONG_AGO = """
select id::text
from public.kinkster_turns
where status = 'streaming' and started_at < kinkster.now() - interval '3 seconds'
"""
LATER = "update kinkster.settings set clock_offset = clock_offset + lease + interval '1 second'"


async def run(lab: Lab, tries: int) -> list[Result]:
    """Stops and starts the database in each of five batches of turns."""
    tell = lab.server.tell
    assert tell, "this server can't be told to crash"
    slowest = 0.0
    batch = -(-tries // RESTARTS)
    async with lab.stage(KINKSTER_DATABASE_SECONDS=PATIENCE_SECONDS) as stage:

        async def say(turn: Turn) -> None:
            await asyncio.sleep(stage.random.uniform(0, LATEST_SECONDS / 2))
            await stage.say(turn, first=stage.random.randrange(2))

        for _ in range(RESTARTS):
            people = [p for provider in PROVIDERS for p in await stage.people(-(-batch // 2), provider)]
            turns = [Turn(person, DOORS[place % 2]) for place, person in enumerate(people[:batch])]
            async with asyncio.TaskGroup() as group:
                for turn in turns:
                    group.create_task(say(turn))
                await asyncio.sleep(stage.random.uniform(0, LATEST_SECONDS))
                stopped = time.time()
                await asyncio.to_thread(tell, "crash")
                await asyncio.sleep(stage.random.uniform(0, LONGEST_AWAY_SECONDS))
                await asyncio.to_thread(tell, "start")
                if await only_lost_claims_are_left(stage, turns):
                    await stage.rows(LATER)
            slowest = max(slowest, *((turn.heard.ended_at or 0) - stopped for turn in turns))
        found = await records(stage)

    findings = list(strangers(stage, found))
    for turn in stage.turns:
        record = found[turn.id]
        findings += judge(turn, record)
        if record.row and record.row["status"] != "completed":
            findings.append(Finding("wrong", turn.id, f"way {record.way}, heard {turn.heard.code}"))
    return [Result(NAME, len(stage.turns), findings, slowest)]


async def only_lost_claims_are_left(stage: Stage, turns: list[Turn]) -> bool:
    """Waits until each turn has ended, or was claimed by nobody who asked a provider; are there such?"""

    def waiting() -> list[Turn]:
        return [turn for turn in turns if turn.heard.end is None]

    async def nothing_else() -> bool:
        with suppress(psycopg.OperationalError):
            claimed = {row[0] for row in await stage.rows(CLAIMED_LONG_AGO)}
            requests = await stage.offline.requests()
            return all(turn.id in claimed and not requests_for(turn, requests) for turn in waiting())
        return False

    with suppress(TimeoutError):
        await eventually(nothing_else, HUNG_SECONDS)
    return bool(waiting())
