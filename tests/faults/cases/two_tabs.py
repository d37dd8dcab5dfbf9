"""Two tabs send different messages into one conversation at once, through either door.

What must hold: one is answered, the other is refused with 409 and leaves no trace; sent again afterwards, it
is answered, too, as the next turn of the same branch. Both are held at the lock of the conversation first.
"""

import asyncio
import time
from itertools import cycle

from tests.faults.judge import Finding, Record, Result, judge, records, strangers
from tests.faults.stage import Lab, Stage, abreast
from tests.faults.turns import PROVIDERS, Door, Heard, Provider, Turn

NAME = "two tabs"
LANES = 4
LOCK = "select from public.kinkster_conversations where id = %s for update"
PAIRS: tuple[tuple[Door, Door], ...] = (("http", "http"), ("http", "sql"), ("sql", "http"), ("sql", "sql"))


async def run(lab: Lab, tries: int) -> list[Result]:
    """Lets pairs of tabs collide."""
    findings: list[Finding] = []
    slowest = 0.0
    pairs, providers = cycle(PAIRS), cycle(PROVIDERS)

    async with lab.stage() as stage:

        async def collide() -> None:
            nonlocal slowest
            pair, refused_after = await one_pair(stage, next(pairs), next(providers), findings)
            slowest = max(slowest, refused_after)
            for turn in pair:
                if turn.heard.end != "completed":
                    findings.append(
                        Finding("wrong", turn.id, f"in the end {turn.heard.end}:{turn.heard.code}")
                    )

        await abreast(LANES, [collide] * tries)
        found = await records(stage)
    findings += strangers(stage, found)
    for turn in stage.turns:
        findings += judge(turn, found[turn.id])
    findings += branches(stage, found)
    return [Result(NAME, tries, findings, slowest)]


async def one_pair(
    stage: Stage, doors: tuple[Door, Door], provider: Provider, findings: list[Finding]
) -> tuple[list[Turn], float]:
    """Two messages at once, then the refused one again; gives both, and how long the refusal took."""
    (person,) = await stage.people(1, provider)
    pair = [Turn(person, door, words=8) for door in doors]
    async with asyncio.TaskGroup() as group:
        async with stage.holding(LOCK, person.conversation) as until_waiting:
            for place, turn in enumerate(pair):
                group.create_task(stage.say(turn, first=place))
            await until_waiting(len(pair))
        released = time.time()
    refused = [turn for turn in pair if turn.heard.end == "refused"]
    if len(refused) != 1 or refused[0].heard.status != 409:
        what = f"not one 409: {[(turn.heard.end, turn.heard.status) for turn in pair]}"
        findings.append(Finding("wrong", pair[0].id, what))
    after = max((turn.heard.ended_at or 0) - released for turn in refused or pair)
    if refused:
        stored = await stage.value("select count(*) from public.kinkster_turns where id = %s", refused[0].id)
        if stored:
            findings.append(Finding("doubled", refused[0].id, "it was refused, and is stored"))
        refused[0].heard = Heard()
        client = stage.http if refused[0].door == "http" else stage.sql
        await client.ask(refused[0])
    return pair, after


def branches(stage: Stage, found: dict[str, Record]) -> list[Finding]:
    """Conversations that are not one chain of both messages."""
    children: dict[str, list[str | None]] = {}
    for turn in stage.turns:
        row = found[turn.id].row
        if row:
            children.setdefault(turn.person.conversation, []).append(row["parent_turn_id"])
    return [
        Finding("wrong", conversation, f"the parents are {parents}")
        for conversation, parents in children.items()
        if len(parents) != 2 or parents.count(None) != 1
    ]
