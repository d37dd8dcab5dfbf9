"""What is done to characters that are being sent to Notion, and to the workers that send them."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.faults.children import Worker
from tests.faults.notion_journal import character_of
from tests.faults.notion_world import World

LEAST_BETWEEN_KILLS = 20  # characters that arrived
EDITS_PER_ARRIVAL = 0.3
HELD_SECONDS, HELD_EVERY = 0.8, 13  # requests to pages
PATIENCE_SECONDS = 5  # for an answer that is held back
LOOK_SECONDS = 0.1

ARRIVED = "select count(*) from public.kinksters where synced_revision is not null"
OVERTAKEN = "select count(*) from public.arrivals where is_overtaken"
ARRIVED_AFTER = """
select extract(epoch from min(at) - to_timestamp(%s))::float8
from public.arrivals
where kinkster_id = %s and at > to_timestamp(%s)
"""
# Each time that a character arrived, and whether it had been edited since it was prepared.
HISTORY = """
create table public.arrivals (
  kinkster_id uuid, is_overtaken boolean, at timestamptz default clock_timestamp()
);
create function public.note_arrival() returns trigger language plpgsql security definer as $$
begin
  insert into public.arrivals values (new.id, new.synced_revision < new.revision);
  return null;
end
$$;
create trigger noted_arrival after update on public.kinksters for each row
  when (new.synced_revision is distinct from old.synced_revision) execute function public.note_arrival();
"""


@dataclass
class Trouble:
    """All of it, until each of so many characters has arrived once."""

    world: World
    tries: int
    arrived: int = 0
    kills: int = 0
    hits: list[tuple[str, float]] = field(default_factory=list)
    """Characters whose worker was killed while it waited for their answer, and when, in Unix seconds."""

    async def prepare(self) -> None:
        """Has some answers held back, of what is done before and of what is done after; notes arrivals."""
        stage = self.world.stage
        held = {"kind": "delay", "path": "^/v1/pages", "seconds": HELD_SECONDS, "every": 2 * HELD_EVERY}
        await stage.offline.notion("POST", "/faults", [held | {"done": True, "nth": HELD_EVERY}, held])
        await stage.rows(HISTORY)

    async def make(self) -> None:
        """Makes it."""
        async with asyncio.TaskGroup() as group:
            for part in (self._look, self._edit, self._edit_on_the_way, self._kill):
                group.create_task(part())

    async def overtaken(self) -> int:
        """How often a character had been edited between being prepared and being marked."""
        return int(await self.world.stage.value(OVERTAKEN))

    async def slowest(self) -> float:
        """How long it took a character at most to arrive after its worker was killed, in seconds."""
        stage, hits = self.world.stage, self.hits
        waits = [await stage.value(ARRIVED_AFTER, at, kinkster, at) for kinkster, at in hits]
        return max((wait for wait in waits if wait is not None), default=0)

    async def _look(self) -> None:
        """Counts who has arrived."""
        while self.arrived < self.tries:
            self.arrived = await self.world.stage.value(ARRIVED)
            await asyncio.sleep(LOOK_SECONDS)

    async def _held(self) -> list[dict[str, Any]]:
        """The requests whose answers are held back just now."""
        found: list[dict[str, Any]] = await self.world.stage.offline.notion("GET", "/held")
        return found

    async def _edit(self) -> None:
        """Edits characters, whether they have arrived or not; some of them several times in a row."""
        world = self.world
        while self.arrived < self.tries:
            while world.edits < self.arrived * EDITS_PER_ARRIVAL:
                kinkster = world.random.choice(world.kinksters)
                for _ in range(world.random.choice([1, 1, 1, 3])):
                    await world.edit(kinkster)
            await asyncio.sleep(LOOK_SECONDS)

    async def _edit_on_the_way(self) -> None:
        """Edits most of the characters whose answers are held back."""
        seen: set[int] = set()
        while self.arrived < self.tries:
            for request in await self._held():
                is_new = request["number"] not in seen
                seen.add(request["number"])
                kinkster = character_of(request["body"])
                if is_new and kinkster and self.world.random.random() < 0.8:
                    await self.world.edit(kinkster)
            await asyncio.sleep(LOOK_SECONDS)

    async def _kill(self) -> None:
        """Kills a worker after each tenth of the characters: by turns one that waits for an answer which is
        held back, and any one at any moment.
        """
        stage, step = self.world.stage, max(LEAST_BETWEEN_KILLS, self.tries // 10)
        for number in range(1, self.tries // step + 1):
            while self.arrived < number * step:  # noqa: ASYNC110  # _look makes it true
                await asyncio.sleep(LOOK_SECONDS)
            victim = stage.random.choice(stage.workers)
            if number % 2:
                with suppress(TimeoutError):
                    victim, kinkster = await self._waiting()
                    self.hits.append((kinkster, time.time()))
            else:
                await asyncio.sleep(stage.random.uniform(0, 1))
            await victim.kill()
            self.kills += 1
            await victim.start()

    async def _waiting(self) -> tuple[Worker, str]:
        """A worker that waits for an answer, and the character that it is about. Raises TimeoutError."""
        workers = {worker.provider.removeprefix("http://"): worker for worker in self.world.stage.workers}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for request in await self._held():
                    if kinkster := character_of(request["body"]):
                        return workers[request["host"]], kinkster
                await asyncio.sleep(LOOK_SECONDS)
