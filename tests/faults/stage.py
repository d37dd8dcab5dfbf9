"""A stage for one case: a database of its own, the offline server, two workers, and a grip on all of them."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from kinkster_worker.offline.state import last_message
from psycopg.conninfo import make_conninfo

from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.faults.children import OFFLINE, Child, Worker
from tests.faults.clients import ISSUER, SECRET, HttpClient, SqlClient, value
from tests.faults.turns import Person, Provider, Turn

WORKERS = 2
EVENTUALLY_SECONDS = 20.0
LOOK_SECONDS = 0.02

# Every change of a turn's state, in order: what a poll would miss.
HISTORY = """
create table public.turn_history (
  number bigint generated always as identity, turn_id uuid, status text, attempts integer, worker text,
  error_code text, next_attempt_at timestamptz, at timestamptz default clock_timestamp()
);
create function public.note_turn() returns trigger language plpgsql security definer as $$
begin
  insert into public.turn_history (turn_id, status, attempts, worker, error_code, next_attempt_at)
  values (new.id, new.status, new.attempts, new.worker, new.error_code, new.next_attempt_at);
  return null;
end
$$;
create trigger noted_insert after insert on public.kinkster_turns
  for each row execute function public.note_turn();
create trigger noted_update after update on public.kinkster_turns
  for each row when ((old.status, old.attempts) is distinct from (new.status, new.attempts))
  execute function public.note_turn();
"""
PEOPLE = """
with users as (
  insert into auth.users (id) select gen_random_uuid() from generate_series(1, %s) returning id
), profiles as (
  insert into public.profiles (id, email) select id, id || '@example.com' from users
), characters as (
  insert into public.kinksters (name, user_id, provider, flowise_chatflow_id)
  select 'Mira', id, %s, 'chain' from users returning id, user_id
)
insert into public.kinkster_conversations (user_id, kinkster_id)
select user_id, id from characters returning user_id::text, kinkster_id::text, id::text
"""
# Whoever waits for a lock of this backend, also behind others that wait.
WAITING = """
with recursive waiting as (
  select a.pid from pg_stat_activity as a where %s = any(pg_blocking_pids(a.pid))
  union
  select a.pid from pg_stat_activity as a join waiting as w on w.pid = any(pg_blocking_pids(a.pid))
)
select count(*) from waiting
"""


@dataclass(frozen=True)
class Request:
    """A request that a provider got: at which of the workers' addresses, when, and how it ended."""

    address: str
    path: str
    body: dict[str, Any]
    started: float
    ended: float | None
    aborted: bool


class Offline(Child):
    """The offline server, reachable at an address for each worker."""

    def __init__(self, api: str, log: Path, session: aiohttp.ClientSession) -> None:
        super().__init__((*OFFLINE, str(WORKERS), api), {}, log)
        self.addresses: list[str] = []
        self._api, self._session = api, session

    async def start(self) -> dict[str, Any]:
        """See Child."""
        listening = await super().start()
        self.addresses = [f"http://127.0.0.1:{port}" for port in listening["ports"]]
        return listening

    async def will(self, *answers: dict[str, Any]) -> None:
        """Prepares answers: each request takes the first that is for its message."""
        async with self._session.post(f"{self.addresses[0]}/_offline/faults", json=answers) as response:
            response.raise_for_status()

    async def notion(self, method: str, path: str, body: object = None) -> Any:
        """Commands the offline Notion, through its control routes and the one of `offline_server`."""
        url = f"{self.addresses[0]}/_offline/notion{path}"
        async with self._session.request(method, url, json=body) as response:
            response.raise_for_status()
            return await response.json()

    async def forget(self) -> None:
        """Takes back the answers that no request has taken."""
        async with self._session.delete(f"{self.addresses[0]}/_offline/faults") as response:
            response.raise_for_status()

    async def requests(self) -> list[Request]:
        """What the providers were asked, in order; neither what they were told to stop, nor what was sent to
        a route that they lack.
        """
        async with self._session.get(f"{self.addresses[0]}/_offline/requests") as response:
            noted = (await response.json())["requests"]
        return [
            Request(
                f"http://{n['headers']['Host']}", n["path"], n["body"], n["started"], n["ended"], n["aborted"]
            )
            for n in noted
            if n["method"] == "POST" and not (self._api == "chat" and n["path"] == "/v1/responses")
        ]


@dataclass
class Stage:
    """What a case acts on. Statements through `rows` and `value` are a superuser's."""

    conninfo: str
    offline: Offline
    workers: list[Worker]
    http: HttpClient
    sql: SqlClient
    random: random.Random
    turns: list[Turn] = field(default_factory=list)

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        """All rows of a statement; none where it gives none."""
        connect = psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
        async with await connect as connection:
            done = await connection.execute(statement, arguments or None)
            return await done.fetchall() if done.description else []

    async def value(self, statement: str, *arguments: object) -> Any:
        """The first value of a statement's first row; None where it gives no row."""
        rows = await self.rows(statement, *arguments)
        return rows[0][0] if rows else None

    async def people(self, count: int, provider: Provider) -> list[Person]:
        """Signs up people, each with a character of this provider and a conversation with it."""
        return [
            Person(user, kinkster, conversation, provider)
            for user, kinkster, conversation in await self.rows(PEOPLE, count, provider)
        ]

    async def say(self, turn: Turn, *answers: dict[str, Any], first: int = 0) -> None:
        """Sends a turn's message through its door, the answers to it prepared, and hears it to its end."""
        self.turns.append(turn)
        await self.offline.will(*(answers or turn.replies()))
        await (self.http.ask(turn, first) if turn.door == "http" else self.sql.ask(turn))

    @asynccontextmanager
    async def holding(
        self, statement: str, *arguments: object
    ) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
        """Holds the locks that a statement takes; gives what waits until so many others wait for them."""
        async with await psycopg.AsyncConnection.connect(self.conninfo) as holder:
            await holder.execute(statement, arguments)
            connect = psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
            async with await connect as watcher:

                async def until(waiters: int) -> None:
                    async def waiting() -> bool:
                        found = await value(watcher, WAITING, holder.info.backend_pid)
                        return bool(found >= waiters)

                    await eventually(waiting)

                yield until


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = EVENTUALLY_SECONDS) -> None:
    """Returns once the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(LOOK_SECONDS)


async def abreast(lanes: int, jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Does all jobs, so many at a time."""
    waiting = iter(jobs)

    async def lane() -> None:
        for job in waiting:
            await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())


def requests_for(turn: Turn, requests: Sequence[Request]) -> list[Request]:
    """Those of the requests that ask for an answer to this turn's message."""
    return [request for request in requests if turn.id in last_message(request.body)]


@dataclass(frozen=True)
class Lab:
    """Where stages are built: a server, a template with the project in it, a folder for logs.

    `only` names the cases and the faults that are wanted; all where it is empty.
    """

    server: Server
    template: str
    logs: Path
    random: random.Random
    only: frozenset[str] = frozenset()

    @asynccontextmanager
    async def stage(
        self, *, api: str = "responses", settings: str = "", **environment: float | str
    ) -> AsyncIterator[Stage]:
        """A stage for as long as the block lasts.

        `settings` is what to set in kinkster.settings; `environment` are settings of the workers besides
        those that all cases share.
        """
        name = create_database(self.server, template=self.template)
        conninfo = self.server.conninfo(name)
        given = {
            "DATABASE_URL": make_conninfo(conninfo, user="kinkster_worker"),
            "SUPABASE_JWT_SECRET": SECRET,
            "SUPABASE_JWT_ISSUER": ISSUER,
            "KINKSTER_POLL_SECONDS": "0.2",
            "KINKSTER_QUEUE_TURNS": "50",
            "KINKSTER_POOL_SIZE": "20",
            **{name: str(setting) for name, setting in environment.items()},
        }
        async with AsyncExitStack() as stack:
            stack.callback(drop_database, self.server, name)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            session = await stack.enter_async_context(
                aiohttp.ClientSession(timeout=timeout, connector=connector)
            )
            offline = Offline(api, self.logs / "offline.log", session)
            stack.push_async_callback(offline.stop)
            await offline.start()
            workers = [
                Worker(address, given, self.logs / f"worker-{number}.log")
                for number, address in enumerate(offline.addresses)
            ]
            http = HttpClient(session, [worker.address for worker in workers])
            built = Stage(conninfo, offline, workers, http, SqlClient(conninfo), self.random)
            await built.rows(HISTORY)
            if settings:
                await built.rows(f"update kinkster.settings set {settings}")
            for worker in workers:
                stack.push_async_callback(worker.stop)
            await asyncio.gather(*(worker.start() for worker in workers))
            yield built
