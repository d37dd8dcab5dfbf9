"""Every way in which a provider fails, at the first request of a turn. What should come of it is in
expected.py.

The Responses API and Chat Completions fail in the same ways; Flowise has its own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tests.faults.cases.expected import ALL, EXPECTED, Expected
from tests.faults.judge import Excuse, Finding, Record, Result, judge, records, strangers
from tests.faults.stage import Lab, Request, Stage, abreast
from tests.faults.turns import ANSWERS, DOORS, Turn

NAME = "faults"
LANES = 24
PATIENCE_SECONDS = 2.0  # the workers' deadlines: first byte, first text, silence
LATE_SECONDS = 4.0  # a turn that is due is asked for no later than this
NOTED_SECONDS = 0.1  # between the moment that the delay is counted from and the note of the trigger
# One provider fails over and over here; otherwise it would be left alone after five failures.
BREAKER_STAYS_SHUT = """
create function public.stay_shut() returns trigger language plpgsql as $$
begin
  new.failures := 0;
  new.open_until := null;
  return new;
end
$$;
create trigger stays_shut before update on kinkster.breakers for each row execute function public.stay_shut();
"""


@dataclass(frozen=True)
class Tried:
    """A turn that met a fault."""

    expected: Expected
    turn: Turn


async def run(lab: Lab, tries: int) -> list[Result]:
    """Meets each fault so many times at each door; a result for each fault."""
    all_of_them = not lab.only or NAME in lab.only
    wanted = [expected for expected in EXPECTED if all_of_them or expected.name in lab.only]
    results = {expected.name: Result(expected.name, 0, [], 0.0) for expected in wanted}
    for api in ALL:
        here = [expected for expected in wanted if api in expected.apis]
        if here:
            await one_api(lab, api, here, tries, results)
    return list(results.values())


async def one_api(lab: Lab, api: str, wanted: list[Expected], tries: int, results: dict[str, Result]) -> None:
    """Meets the faults of one protocol, many at a time and in random order."""
    tried: list[Tried] = []
    async with lab.stage(
        api=api,
        KINKSTER_FIRST_BYTE_SECONDS=PATIENCE_SECONDS,
        KINKSTER_FIRST_TEXT_SECONDS=PATIENCE_SECONDS,
        KINKSTER_IDLE_SECONDS=PATIENCE_SECONDS,
    ) as stage:
        await stage.rows(BREAKER_STAYS_SHUT)
        doors = [(expected, door) for expected in wanted for door in DOORS]
        people = await stage.people(len(doors) * tries, "flowise" if api == "flowise" else "openai_responses")
        for number, person in enumerate(people):
            expected, door = doors[number % len(doors)]
            tried.append(Tried(expected, Turn(person, door)))
        random.Random(stage.random.random()).shuffle(tried)
        await abreast(LANES, [partial(meet, stage, one) for one in tried])
        found = await records(stage)
    any_result = next(iter(results.values()))
    any_result.findings += strangers(stage, found)
    for turn in stage.turns:
        one = next((one for one in tried if one.turn is turn), None)
        if one is None:  # the turn before
            any_result.findings += judge(turn, found[turn.id])
            continue
        result, record = results[one.expected.name], found[turn.id]
        result.tries += 1
        result.findings += judge(turn, record, excuse(one.expected, record))
        result.findings += [
            Finding("wrong", turn.id, f"{api}, {one.expected.name}, {turn.door}: {what}")
            for what in wrong(one.expected, turn, record)
        ]
        if record.requests and record.requests[0].ended and turn.heard.ended_at:
            result.recovery = max(result.recovery, turn.heard.ended_at - record.requests[0].ended)


async def meet(stage: Stage, one: Tried) -> None:
    """Says what goes before, then the message that meets the fault."""
    first = stage.random.randrange(2)
    if one.expected.after:
        before = Turn(one.turn.person, one.turn.door, words=3)
        await stage.say(before, first=first)
    faulty = one.turn.fault(**{"pace": one.turn.pace, **one.expected.fault})
    then = [faulty] * (ANSWERS - 1) if one.expected.lasts else one.turn.replies(first=2)
    await stage.say(one.turn, faulty, *then, first=first)


def excuse(expected: Expected, record: Record) -> Excuse:
    """The request that met the fault excuses one more."""

    def met_the_fault(_turn: Turn, first: Request, _second: Request) -> bool:
        return expected.lasts or first is record.requests[0]

    return met_the_fault


def wrong(expected: Expected, turn: Turn, record: Record) -> Iterator[str]:
    """What is not as the table says."""
    repeated, row, requests = expected.repeated(turn.door), record.row, record.requests
    if not row:
        return
    if record.way != expected.way(turn.door):
        yield f"it went {record.way}"
        return
    attempts = record.way.count("streaming")
    if row["attempts"] != attempts or len(requests) != attempts - 1 + expected.requests:
        yield f"{row['attempts']} attempts, {len(requests)} requests"
    if (turn.heard.code if row["status"] == "failed" else None) != row["error_code"]:
        yield f"the client was told {turn.heard.code}"
    if expected.told and row["status"] == "failed" and not (turn.heard.text or turn.door == "sql"):
        yield "the client got no text"
    if expected.told and row["status"] == "failed" and not row["reply"]:
        yield "no text is kept"
    if expected.after and (row["continuity"] != "rebuilt" or not rebuilt(turn, record)):
        yield f"the context was not rebuilt: {row['continuity']}"
    if repeated:
        yield from badly_timed(expected, record)


def badly_timed(expected: Expected, record: Record) -> Iterator[str]:
    """Further attempts that came too early or too late, or were announced for another time."""
    for number, (waits, again) in enumerate(zip(record.changes[2::2], record.changes[3::2], strict=False)):
        if waits.next_attempt_at is None:
            yield "no next attempt is announced"
            continue
        least, most = (seconds * 2**number for seconds in expected.wait)
        wait = (waits.next_attempt_at - waits.at).total_seconds()
        if not least - NOTED_SECONDS <= wait <= most:
            yield f"attempt {number + 2} is due {wait:.2f} seconds after the failure"
        late = (again.at - waits.next_attempt_at).total_seconds()
        if not 0 <= late <= LATE_SECONDS:
            yield f"attempt {number + 2} came {late:.2f} seconds after it was due"


def rebuilt(turn: Turn, record: Record) -> bool:
    """Whether the second request brought the transcript in place of the id."""
    first, second = (request.body for request in record.requests[:2])
    history = second["input"][:-1] if isinstance(second["input"], list) else []
    return (
        bool(first.get("previous_response_id"))
        and not second.get("previous_response_id")
        and len(history) == 2
    )
