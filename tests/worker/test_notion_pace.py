"""Notion's pace, on a clock that is moved: several users at once, two of them with the same bot, and two
workers that hand connections over to each other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import aiohttp
import psycopg
import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from kinkster_worker.notion import loop as notion_loop
from kinkster_worker.notion.lease import Lease
from kinkster_worker.notion.loop import NotionLoop
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.offline.app import create_app
from kinkster_worker.offline.notion_faults import NotionFault, Waiting
from kinkster_worker.offline.notion_pace import NOTIONS_PACE
from kinkster_worker.offline.notion_state import NOTION, Bot
from kinkster_worker.queries import Queries

from tests.faults.notion_journal import fullest
from tests.people import new_kinkster, new_user, value
from tests.worker.moved_loop import MovedLoop
from tests.worker.notion_fixtures import Json

USERS = {"ada": "x", "bea": "x", "cleo": "y", "dora": "z"}  # each with the bot that their token is for
CHARACTERS = 40  # of each user
PAGES = 7  # that a worker sends before it hands a connection over
INTERVAL_SECONDS = 0.35
POLL_SECONDS = 0.3, 0.28  # whoever gives a connection back looks too early again: often the other one is next
KEY = Fernet.generate_key().decode()
PROPERTIES = "select kinkster.notion_properties()"
CONNECT = "select kinkster.connect_notion(%s, %s, %s, %s, %s)"
PENDING = "select count(*) from kinksters where sync_status = 'pending'"


@dataclass(frozen=True)
class Request:
    """When a request came, in seconds by the loop's clock; through which worker's address; the answer."""

    at: float
    worker: str
    status: int


class Counted(Queries):
    """The worker's calls, and how many are under way just now: these take real time."""

    under_way = 0

    async def _call(self, *arguments: Any) -> Any:
        Counted.under_way += 1
        try:
            return await super()._call(*arguments)
        finally:
            Counted.under_way -= 1


@dataclass
class World:
    """Users connected to an offline Notion that insists on Notion's pace, and what it was asked, by bot."""

    admin: psycopg.Connection
    login: str
    users: dict[str, str]
    faults: list[NotionFault] = field(default_factory=list)
    requests: dict[str, list[Request]] = field(default_factory=lambda: defaultdict(list))

    def send(self, seconds: float | None = None) -> None:
        """Has two workers send everything, or what they can in so many seconds."""
        loop = MovedLoop(self.admin, lambda: Counted.under_way > 0)
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(self._send(seconds))

    async def _send(self, seconds: float | None) -> None:
        app = create_app(control=True, notion_limits=NOTIONS_PACE)
        app.middlewares.append(self._noting)
        self._connect(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        sealer, ends = Sealer(KEY), asyncio.get_running_loop().time() + (seconds or float("inf"))
        try:
            async with (
                aiohttp.ClientSession() as session,
                Counted(self.login, 5, 5) as first,
                Counted(self.login, 5, 5) as second,
            ):
                loops = []
                for place, queries in enumerate((first, second)):
                    await web.TCPSite(runner, "127.0.0.1", 0).start()
                    url = f"http://127.0.0.1:{runner.addresses[place][1]}/notion"
                    loops.append(
                        NotionLoop(queries, session, sealer, url, f"worker-{place}", POLL_SECONDS[place])
                    )
                for loop in loops:
                    loop.start()
                now = asyncio.get_running_loop().time
                while value(self.admin, PENDING) and now() < ends:  # noqa: ASYNC110  # the workers make it so
                    await asyncio.sleep(1)
                for loop in loops:
                    await loop.stop(1)
        finally:
            await runner.cleanup()

    def _connect(self, app: web.Application) -> None:
        """Gives each user a token of their bot, and a database."""
        notion, sealer = app[NOTION], Sealer(KEY)
        notion.faults += [Waiting(fault) for fault in self.faults]
        properties: Json = {name: {kind: {}} for name, kind in value(self.admin, PROPERTIES).items()}
        for name, user in self.users.items():
            bot = notion.bots.setdefault(USERS[name], Bot(USERS[name], USERS[name]))
            database = notion.add_database(bot.workspace, name, {name: properties})
            sealed = sealer.seal(user, USERS[name])
            value(self.admin, CONNECT, user, sealed, bot.id, bot.workspace, database.id)

    @web.middleware
    async def _noting(
        self, request: web.Request, handler: Callable[[web.Request], Any]
    ) -> web.StreamResponse:
        at = asyncio.get_running_loop().time()
        response: web.StreamResponse = await handler(request)
        bot = request.headers["Authorization"].removeprefix("Bearer ")
        self.requests[bot].append(Request(at, request.host, response.status))
        return response

    def check_pace(self) -> None:
        """Notion allows 30 requests in any 10 seconds; the interval between two leaves 3 in any second."""
        for requests in self.requests.values():
            times = [request.at for request in requests]
            assert fullest(times, 10) <= 30
            assert fullest(times, 1) <= 3
            assert 429 not in [request.status for request in requests]

    def not_sent(self) -> int:
        """How many characters are not known to be in Notion as they are."""
        return int(value(self.admin, "select count(*) from kinksters where sync_status <> 'synced'"))


@pytest.fixture
def world(admin: psycopg.Connection, worker_login: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """Everything that is to be sent, and nothing sent yet."""
    monkeypatch.setattr(notion_loop, "MOST_PAGES", PAGES)
    users = {name: new_user(admin) for name in USERS}
    for number in range(CHARACTERS):
        for name, user in users.items():
            new_kinkster(admin, user, name=f"{name} {number}", bio="Runs a small theatre.")
    return World(admin, worker_login, users)


def test_no_window_holds_more_than_notion_allows(world: World) -> None:
    world.send()
    assert world.not_sent() == 0
    world.check_pace()
    pairs = [pair for requests in world.requests.values() for pair in pairwise(requests)]
    assert sum(first.worker != second.worker for first, second in pairs) > 3
    both = world.requests["x"]
    assert len(both) >= 2 * CHARACTERS
    assert (
        both[-1].at - both[0].at < 1.5 * len(both) * INTERVAL_SECONDS
    )  # and it is no slower than it must be


def test_a_retry_after_of_90_seconds_holds_for_all_users_of_the_bot_and_for_nobody_else(world: World) -> None:
    world.faults.append(
        NotionFault(kind="status", status=429, retry_after="90", path="^/v1/pages", match="ada ", nth=5)
    )
    world.send()
    assert world.not_sent() == 0
    both = world.requests["x"]
    (refused,) = [place for place, request in enumerate(both) if request.status == 429]
    assert 0 < refused < len(both) - 1
    assert both[refused + 1].at - both[refused].at >= 90
    for bot in ("y", "z"):
        assert any(both[refused].at < request.at < both[refused].at + 1 for request in world.requests[bot])


async def release_at_once(
    lease: Lease, _wait: float, failure: Any = None, release: Any = Lease.release
) -> None:
    """Gives a connection back without saying when it was used."""
    await release(lease, 0.0, failure)


BREAKS: dict[str, Callable[[World, pytest.MonkeyPatch], object]] = {
    "no interval": lambda world, _: world.admin.execute(
        "update kinkster.settings set notion_interval = '1 millisecond'"
    ),
    "no interval between workers": lambda _, patch: patch.setattr(Lease, "release", release_at_once),
    "one bot for two at once": lambda world, _: world.admin.execute(
        "create or replace function kinkster.notion_bot() returns trigger language plpgsql as"
        " $$ begin new.bot_id := new.user_id; return new; end $$;"
        "create trigger broken before insert on kinkster.notion_connections"
        " for each row execute function kinkster.notion_bot()"
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_without_one_of_its_parts_the_pace_is_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    BREAKS[broken](world, monkeypatch)
    world.send(seconds=20)
    with pytest.raises(AssertionError):
        world.check_pace()
