"""`kill -9` of a worker at a random moment, while turns of both doors are on their way through two workers.

What must hold: a turn of the killed worker is claimed again when its lease is over. Where no client had been
sent any of its text it is answered anew; where one had, it ends as `worker_lost`, with that text. A client
whose connection broke reads on at the other worker. Turns of the other worker notice nothing.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.judge import Finding, Record, Result, judge, records, strangers
from tests.faults.stage import Lab, Request
from tests.faults.turns import DOORS, PROVIDERS, Turn

NAME = "kill"
BATCH = 10
ENOUGH_TO_HIT = 50  # turns, of which no kill can miss all
LEASE_SECONDS = 3.0
SHORT_WORDS, LONG_WORDS = 30, 130  # about one second, and longer than a lease
LATEST_SECONDS = 1.6  # a little longer than most answers take


@dataclass(frozen=True)
class Kill:
    """Which worker was killed, named by its address at the provider; when, and when it was there again.

    A request sent just before may be read just after: until the worker is back, it is the killed one's.
    """

    address: str
    at: float
    back: float


async def run(lab: Lab, tries: int) -> list[Result]:
    """Kills one of the workers in each batch of turns, by turns."""
    kills: list[Kill] = []
    slowest = 0.0
    lease = f"lease = '{LEASE_SECONDS} seconds'"
    async with lab.stage(settings=lease, KINKSTER_CHECKPOINT_SECONDS=0.5) as stage:
        for number in range(-(-tries // BATCH)):
            people = [p for provider in PROVIDERS for p in await stage.people(BATCH // 2, provider)]
            turns = [
                Turn(person, DOORS[place % 2], words=LONG_WORDS if place % 5 == 0 else SHORT_WORDS)
                for place, person in enumerate(people)
            ][: tries - number * BATCH]
            async with asyncio.TaskGroup() as group:
                for turn in turns:
                    group.create_task(stage.say(turn, first=stage.random.randrange(2)))
                await asyncio.sleep(stage.random.uniform(0, LATEST_SECONDS))
                victim = stage.workers[number % 2]
                killed_at = time.time()
                await victim.kill()
                await victim.start()
                kills.append(Kill(victim.provider, killed_at, time.time()))
            slowest = max(slowest, *((turn.heard.ended_at or 0) - killed_at for turn in turns))
        found = await records(stage)

    def killed_between(turn: Turn, first: Request, second: Request | None) -> bool:
        end = second.started if second else turn.heard.ended_at or 0
        return any(k.address == first.address and first.started < k.back and k.at <= end for k in kills)

    def wrong(turn: Turn, record: Record) -> Iterator[str]:
        row, requests = record.row, record.requests
        was_shown = row["status"] == "failed" and row["error_code"] == "worker_lost" and row["is_shown"]
        if was_shown:
            if turn.door == "sql" or not requests or not killed_between(turn, requests[-1], None):
                yield "nothing had been shown of it, or its worker was not killed"
        elif row["status"] != "completed":
            yield f"it is {row['status']}:{row['error_code']}"
        if row["attempts"] > 2:
            yield f"one kill, and {row['attempts']} attempts"

    findings = list(strangers(stage, found))
    for turn in stage.turns:
        record = found[turn.id]
        findings += judge(turn, record, killed_between)
        findings += [Finding("wrong", turn.id, what) for what in wrong(turn, record) if record.row]
    hit = sum(record.row.get("attempts", 0) > 1 for record in found.values())
    hit += sum(record.row.get("error_code") == "worker_lost" for record in found.values())
    if not hit and tries >= ENOUGH_TO_HIT:
        findings.append(Finding("wrong", "-", "no kill hit a turn: this run shows nothing"))
    return [Result(NAME, tries, findings, slowest)]
