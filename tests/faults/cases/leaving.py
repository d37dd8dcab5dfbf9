"""A client leaves in mid-stream: for good, or to come back at the same worker or at the other one.

What must hold: whoever comes back with Last-Event-ID within the time to resume reads on without a lost or
doubled word, and the provider was asked once. Whoever does not: the provider's connection is closed, the
turn ends as cancelled with `client_gone`, and all that the client had read is kept.
"""

import asyncio
import time
from itertools import count

from tests.faults.judge import Finding, Result, judge, records, strangers
from tests.faults.stage import Lab, Stage, abreast, eventually
from tests.faults.turns import PROVIDERS, Turn

NAME = "leaving"
LANES = 10
RESUME_SECONDS = 2.0
LATEST_CHARACTERS = 140  # of the answer have been read when a client leaves; that takes about a second
LONG_WORDS, BACK_WORDS = 300, 130  # either takes longer than the time to resume
LATEST_STOP_SECONDS = RESUME_SECONDS + 3.0
STATUS = "select status in ('completed', 'failed', 'cancelled') from public.kinkster_turns where id = %s"


async def run(lab: Lab, tries: int) -> list[Result]:
    """Lets half of the clients leave for good, a quarter come back, and a quarter come back elsewhere."""
    gone: dict[str, float] = {}
    slowest = 0.0
    numbers = count()

    async with lab.stage(KINKSTER_RESUME_SECONDS=RESUME_SECONDS, KINKSTER_CHECKPOINT_SECONDS=0.5) as stage:

        async def leave() -> None:
            nonlocal slowest
            number = next(numbers)
            (person,) = await stage.people(1, PROVIDERS[number % 2])
            for_good = number % 4 < 2
            turn = Turn(person, "http", words=LONG_WORDS if for_good else BACK_WORDS)
            stage.turns.append(turn)
            await stage.offline.will(*turn.replies())
            first = stage.random.randrange(2)
            after = stage.random.randrange(1, LATEST_CHARACTERS)
            await stage.http.ask(turn, first, lambda heard: len(heard.text) >= after)
            left = time.time()
            if for_good:
                gone[turn.id] = left
                await until_ended(stage, turn)
                slowest = max(slowest, time.time() - left)
            else:
                await asyncio.sleep(stage.random.uniform(0, RESUME_SECONDS / 2))
                back = time.time()
                await stage.http.ask(turn, first + number % 2)
                slowest = max(slowest, (turn.heard.first_text_at or back) - back)

        await abreast(LANES, [leave] * tries)
        found = await records(stage)
    findings = list(strangers(stage, found))
    for turn in stage.turns:
        record = found[turn.id]
        findings += judge(turn, record)
        ended = ("cancelled", "client_gone") if turn.id in gone else ("completed", None)
        if (record.row.get("status"), record.row.get("error_code")) != ended:
            findings.append(Finding("wrong", turn.id, f"way {record.way}, not {ended}"))
        elif turn.id in gone:
            request = record.requests[0]
            if not request.aborted or (request.ended or 0) - gone[turn.id] > LATEST_STOP_SECONDS:
                findings.append(Finding("wrong", turn.id, "the provider was not left soon"))
    return [Result(NAME, tries, findings, slowest)]


async def until_ended(stage: Stage, turn: Turn) -> None:
    """Returns when the turn has ended, or is stuck."""

    async def ended() -> bool:
        return bool(await stage.value(STATUS, turn.id))

    try:
        await eventually(ended)
    except TimeoutError:
        turn.heard.end = "hung"
