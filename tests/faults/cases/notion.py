"""Characters on their way to Notion, which fails at each fifth request, while they are edited and workers are
killed.

What must hold: at the end each character stands in Notion exactly once, with its last edit, and no bot was
asked more often than Notion allows, though two users share one.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from kinkster_worker.offline.notion_pace import NOTIONS_PACE

from tests.faults.judge import Finding, Result
from tests.faults.notion_journal import Journal
from tests.faults.notion_judge import judge
from tests.faults.notion_trouble import Trouble
from tests.faults.notion_world import KEY, SECRETS, build
from tests.faults.stage import Lab, eventually

NAME = "notion"
LEASE = "lease = '3 seconds'"
QUERY_LAG_SECONDS = 2
LONGEST_SECONDS = 300  # what has not arrived then is stuck
ENOUGH_TO_HIT = 200  # characters, some of which must be edited or lose their worker while they are sent
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500, "done": True},
    {"kind": "status", "status": 500},
    {"kind": "html", "status": 502},
    {"kind": "html", "status": 504, "done": True},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 529},
    {"kind": "status", "status": 429, "retry_after": "1"},
    {"kind": "status", "status": 409},
    {"kind": "cut", "done": True},
    {"kind": "cut"},
    {"kind": "never", "done": True},
    {"kind": "never"},
)
FAULT_EVERY = 5  # requests
# Nobody waits here for the long pauses between attempts, nor for what Notion might carry out long after
# it was given up: the offline one never does. The wait for Notion's search stays.
HURRY = """
with connection as (
  select user_id from kinkster.notion_connections
  where paused_until > kinkster.now() + '5 seconds'
  for update skip locked
), paused as (
  update kinkster.notion_connections as c set paused_until = kinkster.now() + '5 seconds'
  from connection
  where c.user_id = connection.user_id
)
update kinkster.notion_attempts
set
  next_attempt_at = least(next_attempt_at, kinkster.now() + '2 seconds'),
  unclear_since = case when unclear_since > kinkster.now() then kinkster.now() else unclear_since end
where next_attempt_at > kinkster.now() + '2 seconds' or unclear_since > kinkster.now()
"""
ALL_SENT = "select not exists (select from public.kinksters where sync_status = 'pending')"


async def run(lab: Lab, tries: int) -> list[Result]:
    """Sends so many characters of 20 users."""
    async with lab.stage(settings=LEASE, KINKSTER_NOTION_KEY=KEY) as stage:
        world = await build(stage, tries)
        trouble = Trouble(world, tries)
        limits = NOTIONS_PACE.model_copy(update={"query_lag_seconds": QUERY_LAG_SECONDS})
        await stage.offline.notion("PUT", "/limits", limits.model_dump())
        await stage.offline.notion("POST", "/faults", rotating())
        await trouble.prepare()
        logs = {worker.log: worker.log.stat().st_size for worker in stage.workers}

        async def all_sent() -> bool:
            return bool(await stage.value(ALL_SENT))

        async def hurry() -> None:
            while True:
                await stage.rows(HURRY)
                await asyncio.sleep(1)

        began = time.monotonic()
        hurrying = asyncio.create_task(hurry())
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECONDS):
                await world.connect()
                await trouble.make()
                await eventually(all_sent, LONGEST_SECONDS)
        ended = time.monotonic()
        hurrying.cancel()
        with suppress(asyncio.CancelledError):
            await hurrying
        for worker in stage.workers:
            await worker.stop()
        journal = Journal((await stage.offline.notion("GET", "/requests"))["requests"])
        findings = await judge(world)
        overtaken, slowest = await trouble.overtaken(), await trouble.slowest()
    most, fullest = NOTIONS_PACE.windows[0].requests, journal.fullest
    findings += [Finding("wrong", bot, f"{n} requests too fast") for bot, n in journal.too_fast.items()]
    findings += [Finding("wrong", bot, f"{n} requests at once") for bot, n in fullest.items() if n > most]
    findings += [Finding("wrong", bot, f"{n} requests sent twice") for bot, n in journal.at_once.items()]
    findings += [Finding("wrong", log.name, what) for log, size in logs.items() for what in said(log, size)]
    if tries >= ENOUGH_TO_HIT and not (overtaken and slowest):
        findings.append(
            Finding("wrong", "-", "no edit or no kill met a page on its way: this run shows little")
        )
    figures = {
        "requests": len(journal.requests),
        "faults": journal.faults.total(),
        "repeated": journal.repeats,
        "searches": journal.searches,
        "edits": world.edits,
        "edits before the mark": overtaken,
        "kills": f"{trouble.kills}, {len(trouble.hits)} of them before an answer",
        "twice in Notion": sum(finding.kind == "doubled" for finding in findings),
        "lost edits": len({finding.turn for finding in findings if finding.kind == "lost"}),
        "too fast": journal.too_fast.total(),
        "fullest window": f"{max(fullest.values(), default=0)} of {most} requests",
        "seconds": round(ended - began),
    }
    return [Result(NAME, tries, findings, slowest, figures)]


def rotating() -> list[dict[str, Any]]:
    """All faults, one after the other, so that each fifth request meets one."""
    every = FAULT_EVERY * len(FAULTS)
    return [fault | {"nth": FAULT_EVERY * n, "every": every} for n, fault in enumerate(FAULTS, start=1)]


def said(log: Path, since: int) -> Iterator[str]:
    """What a worker should not have logged since its log was so long."""
    text = log.read_bytes()[since:].decode()
    for line in text.splitlines():
        if '"level":"error"' in line:
            yield line
    for part in SECRETS:
        if part in text:
            yield f"{part!r} is in the log"
