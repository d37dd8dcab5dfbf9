"""A provider that is down for everybody, and comes back: the circuit breaker that all workers share.

What must hold: once five turns in a row have failed, nobody asks the provider any more. When the time is
over, one turn tries it, and no other meanwhile. Then all are answered; waiting has used up none of their
attempts. The clock is moved, and only when nothing streams, since leases end by it, too.
"""

import asyncio
import time
from collections.abc import Iterator

from tests.faults.judge import Finding, Record, Result, judge, records, strangers
from tests.faults.stage import Lab, Request, eventually, requests_for
from tests.faults.turns import ANSWERS, DOORS, Turn

NAME = "provider down"
IN_FLIGHT_SECONDS = 1.0  # what was claimed before the breaker opened is still asked
OPENED = """
select extract(epoch from open_until - interval '30 seconds')::float8
from kinkster.breakers
where provider = 'openai_responses'
"""
ALL_WAIT = """
select bool_and(t.status = 'queued' and t.next_attempt_at > b.open_until - interval '27 seconds')
from public.kinkster_turns as t, kinkster.breakers as b
where b.provider = 'openai_responses'
"""
ONE_IS_ANSWERED = """
select count(*) > 0 and not exists (select from public.kinkster_turns where status = 'streaming')
from public.kinkster_turns
where status = 'completed'
"""
LATER = "update kinkster.settings set clock_offset = clock_offset + '33 seconds'"


async def run(lab: Lab, tries: int) -> list[Result]:
    """Takes the provider away from so many turns at once, and gives it back."""
    async with lab.stage() as stage:

        async def until(condition: str) -> None:
            async def holds() -> bool:
                return bool(await stage.value(condition))

            await eventually(holds)

        people = await stage.people(tries, "openai_responses")
        turns = [Turn(person, DOORS[place % 2]) for place, person in enumerate(people)]
        async with asyncio.TaskGroup() as group:
            for turn in turns:
                down = [turn.fault("status", number, status=503) for number in range(1, ANSWERS + 1)]
                group.create_task(stage.say(turn, *down, first=stage.random.randrange(2)))
            await until(OPENED)
            opened = await stage.value(OPENED)
            await until(ALL_WAIT)
            failed = await stage.offline.requests()
            await stage.offline.forget()
            for turn in turns:
                await stage.offline.will(*turn.replies(first=len(requests_for(turn, failed)) + 1))
            back = time.time()
            await stage.rows(LATER)
            await until(ONE_IS_ANSWERED)
            probes = (await stage.offline.requests())[len(failed) :]
            await stage.rows(LATER)
        found = await records(stage)

    def failure_between(_turn: Turn, first: Request, _second: Request) -> bool:
        return first.started < back

    findings = list(strangers(stage, found))
    late = [request for request in failed if request.started > opened + IN_FLIGHT_SECONDS]
    findings += [Finding("wrong", NAME, f"{len(late)} requests to a provider that is down")] if late else []
    findings += [Finding("wrong", NAME, f"{len(probes)} probes")] if len(probes) != 1 else []
    for turn in turns:
        findings += judge(turn, found[turn.id], failure_between)
        findings += [Finding("wrong", turn.id, what) for what in wrong(found[turn.id])]
    slowest = max((turn.heard.ended_at or back) - back for turn in turns)
    return [Result(NAME, tries, findings, slowest)]


def wrong(record: Record) -> Iterator[str]:
    """What is not as it should be with one turn."""
    if record.row.get("status") != "completed":
        yield f"it went {record.way}"
    elif record.row["attempts"] != len(record.requests):
        yield f"{record.row['attempts']} attempts, {len(record.requests)} requests"
