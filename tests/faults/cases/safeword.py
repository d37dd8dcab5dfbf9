"""A safeword while a reply streams: each door for the reply and for the safeword, and both providers.

What must hold: within a second no more text comes and the provider's connection is closed. The running turn
ends as cancelled with `safeword`, what was read of it is kept, the safeword is answered without any model,
and the conversation is paused until the user resumes it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, product

import psycopg

from tests.faults.judge import Finding, Record, Result, judge, records, strangers
from tests.faults.stage import Lab, Stage, abreast, eventually
from tests.faults.turns import DOORS, PROVIDERS, Door, Person, Provider, Turn

NAME = "safeword"
LANES = 5
MOST_SECONDS = 1.0
STREAMS = "select status = 'streaming' from public.kinkster_turns where id = %s"
RESUME = "select public.resume_kinkster_conversation(%s)"


async def run(lab: Lab, tries: int) -> list[Result]:
    """Says the safeword at a random moment of a reply that would take ten seconds."""
    findings: list[Finding] = []
    slowest = 0.0
    combinations = cycle(product(PROVIDERS, DOORS, DOORS))
    spoken: list[tuple[Turn, Turn, Turn, Turn, float]] = []

    async with lab.stage() as stage:

        async def speak() -> None:
            spoken.append(await one_safeword(stage, *next(combinations)))

        await abreast(LANES, [speak] * tries)
        found = await records(stage)
    findings += strangers(stage, found)
    for turn in stage.turns:
        findings += judge(turn, found[turn.id])
    for running, safeword, refused, after, said in spoken:
        ends = [request.ended or time.time() for request in found[running.id].requests]
        stopped = max([running.heard.last_text_at or said, *ends])
        slowest = max(slowest, stopped - said)
        findings += [
            Finding("wrong", running.id, f"{what} [{running.door}, safeword by {safeword.door}]")
            for what in wrong(stopped - said, found[running.id], found[safeword.id], refused, found[after.id])
        ]
    return [Result(NAME, tries, findings, slowest)]


async def one_safeword(
    stage: Stage, provider: Provider, door: Door, safeword_door: Door
) -> tuple[Turn, Turn, Turn, Turn, float]:
    """A reply, the safeword, a message to the paused conversation, one after resuming; when it was said."""
    (person,) = await stage.people(1, provider)
    running = Turn(person, door, words=200, pace=0.05)
    async with asyncio.TaskGroup() as group:
        group.create_task(stage.say(running, first=stage.random.randrange(2)))

        async def streams() -> bool:
            if door == "http":
                return bool(running.heard.text)
            return bool(await stage.value(STREAMS, running.id))

        await eventually(streams)
        await asyncio.sleep(stage.random.uniform(0, 0.6))
        said = time.time()
        safeword = await send(stage, person, safeword_door, "Please stop, safeword. ")
    refused = await send(stage, person, door, "Are you there? ")
    with suppress(psycopg.DatabaseError):  # refused where it is not paused; the next message shows
        await stage.sql.call(person.user, RESUME, person.conversation)
    after = await send(stage, person, safeword_door, "I am back. ")
    return running, safeword, refused, after, said


async def send(stage: Stage, person: Person, door: Door, words: str) -> Turn:
    """Sends words, made unique by an id, and hears what comes of it."""
    turn = Turn(person, door, words=5)
    turn.message = words + turn.message
    await stage.say(turn, first=stage.random.randrange(2))
    return turn


def wrong(seconds: float, running: Record, safeword: Record, refused: Turn, after: Record) -> Iterator[str]:
    """What is not as it should be with one safeword."""
    if seconds >= MOST_SECONDS:
        yield f"text went on for {seconds:.2f} seconds"
    if running.way != ["streaming", "cancelled:safeword"]:
        yield f"the running turn went {running.way}"
    if not all(request.aborted for request in running.requests):
        yield "the provider went on to the end"
    if safeword.requests or safeword.row.get("status") != "completed" or not safeword.row["safeword_seen"]:
        yield f"the safeword went {safeword.way}, with {len(safeword.requests)} requests"
    if refused.heard.status != 409:
        yield f"the paused conversation answered {refused.heard.end}:{refused.heard.status}"
    if after.row.get("status") != "completed":
        yield f"after resuming: {after.way}"
