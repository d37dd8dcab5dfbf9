"""One request id from twenty clients at once, through both doors and both workers.

What must hold: it is one turn, the provider is asked once, and all twenty read the same whole reply. They
are all held at the lock of the conversation before the first of them may go on.
"""

import asyncio
import time
from dataclasses import replace

from tests.faults.judge import Finding, Result, judge, records, strangers
from tests.faults.stage import Lab
from tests.faults.turns import PROVIDERS, Heard, Turn

NAME = "same request"
OVER_HTTP, OVER_SQL = 16, 4
LOCK = "select from public.kinkster_conversations where id = %s for update"


async def run(lab: Lab, tries: int) -> list[Result]:
    """Sends each request twenty times."""
    slowest = 0.0
    async with lab.stage() as stage:
        for number in range(tries):
            (person,) = await stage.people(1, PROVIDERS[number % 2])
            asked = Turn(person, "http", words=12)
            await stage.offline.will(*asked.replies())
            over_http = [replace(asked, heard=Heard()) for _ in range(OVER_HTTP)]
            over_sql = [replace(asked, door="sql", heard=Heard()) for _ in range(OVER_SQL)]
            stage.turns += over_http + over_sql
            async with asyncio.TaskGroup() as group:
                async with stage.holding(LOCK, person.conversation) as until_waiting:
                    for place, turn in enumerate(over_http):
                        group.create_task(stage.http.ask(turn, first=place))
                    for turn in over_sql:
                        group.create_task(stage.sql.ask(turn))
                    await until_waiting(OVER_HTTP + OVER_SQL)
                released = time.time()
            slowest = max(slowest, *((turn.heard.ended_at or 0) - released for turn in over_http + over_sql))
        found = await records(stage)
    findings = list(strangers(stage, found))
    for turn in stage.turns:
        record = found[turn.id]
        findings += judge(turn, record)
        if turn.heard.end != "completed" or record.way != ["streaming", "completed"]:
            what = f"way {record.way}, heard {turn.heard.end}:{turn.heard.status}:{turn.heard.code}"
            findings.append(Finding("wrong", turn.id, what))
    return [Result(NAME, tries, findings, slowest)]
