"""A worker behind pgbouncer in transaction mode: no notices, no session, one server connection for all.

And connections that died while nobody used them, with a pooler and without.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kinkster_worker.queries import PREPARE_AFTER, Queries
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from scripts.system_packages import pgbouncer
from scripts.temporary_cluster import free_port, unprivileged_user
from tests import people
from tests.people import value
from tests.worker.conftest import (
    END,
    Client,
    Scripted,
    StartWorker,
    Turns,
    a_second,
    answered,
    completed,
    delta,
    eventually,
    new_kinkster,
    new_user,
    read,
    sse,
)
from tests.worker.test_queue import Person

pytestmark = pytest.mark.skipif(not pgbouncer(), reason="no pgbouncer; on Debian: apt-get install pgbouncer")

SLOW = {"kinkster_idle_seconds": 20, "kinkster_first_byte_seconds": 20}
SERVERS = (
    "select pid from pg_stat_activity where usename = 'kinkster_worker' and datname = current_database()"
)
CONFIG = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = {size}
server_lifetime = {lifetime}
auth_type = scram-sha-256
auth_file = {folder}/users
logfile = {folder}/log
"""


class Pooler:
    """A pgbouncer process over the database of the tests, with `size` connections to it."""

    def __init__(self, folder: Path, login: str) -> None:
        self._folder, self._login = folder, conninfo_to_dict(login)
        self._user = unprivileged_user()  # pgbouncer refuses root, as Postgres does
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.conninfo = make_conninfo(
            login, host="127.0.0.1", port=self._port, sslmode="disable", gssencmode="disable"
        )
        (folder / "users").write_text(f'"{self._login["user"]}" "{people.PASSWORD}"\n')
        if self._user:
            for place in (folder, folder / "users"):
                os.chown(place, self._user.pw_uid, self._user.pw_gid)

    @property
    def log(self) -> str:
        """What it has written so far."""
        log = self._folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def configure(self, size: int = 1, lifetime: int = 3600) -> None:
        """Writes its configuration; a running one reads it when it is told to."""
        host = str(self._login["host"])
        address = host if host.startswith("/") else socket.gethostbyname(host)  # it would take turns with ::1
        where = {"host": address, "port": self._login["port"], "own_port": self._port}
        text = CONFIG.format(**where, size=size, lifetime=lifetime, folder=self._folder)
        (self._folder / "ini").write_text(text)
        (self._folder / "ini").chmod(0o644)

    def start(self) -> None:
        """Starts it, and waits until it takes connections."""
        program = pgbouncer()
        assert program
        options: dict[str, Any] = {}
        if self._user:
            options = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        self._process = subprocess.Popen(
            [program, "-q", str(self._folder / "ini")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )
        deadline = time.monotonic() + 10
        while True:
            try:
                psycopg.connect(self.conninfo).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, self.log
                assert time.monotonic() < deadline, self.log
                time.sleep(0.02)
            else:
                return

    async def reload(self) -> None:
        """Lets it read its configuration again, and waits until it has."""
        assert self._process
        before = self.log.count("got SIGHUP")
        self._process.send_signal(signal.SIGHUP)
        await eventually(lambda: self.log.count("got SIGHUP") > before)

    def kill(self) -> None:
        """Ends it without a word to anybody."""
        if self._process:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def pooler(worker_login: str) -> Iterator[Pooler]:
    """A pooler that runs, with one server connection for everybody."""
    folder = Path(tempfile.mkdtemp(prefix="kinkster-pgbouncer-"))
    made = Pooler(folder, worker_login)
    try:
        made.configure()
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder)


StartPooled = Callable[..., Awaitable[Client]]


@pytest.fixture
def start_pooled(pooler: Pooler, start_worker: StartWorker) -> StartPooled:
    """Starts workers behind the pooler, which stays until they have stopped; they look for turns often."""

    async def start(**more: Any) -> Client:
        return await start_worker(
            database_url=pooler.conninfo, **{"kinkster_poll_seconds": 0.05, **SLOW, **more}
        )

    return start


SignIn = Callable[[str], Awaitable[Person]]


@pytest.fixture
async def sign_in(database: str) -> AsyncIterator[SignIn]:
    """Connects as a user, past the pooler."""
    async with AsyncExitStack() as stack:

        async def connect(user: str) -> Person:
            connection = await psycopg.AsyncConnection.connect(database, autocommit=True)
            await stack.enter_async_context(connection)
            claims = people.claims_of(user)
            await connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
            await connection.execute("set role authenticated")
            return Person(connection, user)

        yield connect


@pytest.fixture
async def ada(sign_in: SignIn, user: str) -> Person:
    """The user's own connection."""
    return await sign_in(user)


def streams(scripted: Scripted, words: int = 200) -> None:
    """Queues a reply of many words, a word each 20 ms."""
    scripted.will(
        sse(), *(step for n in range(words) for step in (delta(f"word{n} "), 0.02)), completed(), END
    )


async def test_turns_of_both_doors_are_answered(
    start_pooled: StartPooled, scripted: Scripted, ada: Person, kinkster: str, admin: psycopg.Connection
) -> None:
    client = await start_pooled()
    scripted.will(*answered("Over HTTP.", "resp_1")).will(*answered("Found by looking.", "resp_2"))
    reply = await client.chat(kinkster, "Good evening.")
    assert (reply.text, reply.done) == ("Over HTTP.", True)
    assert (await ada.reply(await ada.send(kinkster, "Are you there?")))["reply"] == "Found by looking."
    assert scripted.requests[1].body["previous_response_id"] == "resp_1"
    assert len(admin.execute(SERVERS).fetchall()) == 1


async def test_many_turns_at_once_share_one_connection(
    start_pooled: StartPooled,
    scripted: Scripted,
    sign_in: SignIn,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    client, ada = await start_pooled(), await sign_in(user)
    scripted.scripts += [answered("Hi.")] * 20
    kinksters = [new_kinkster(admin, user) for _ in range(20)]
    sent = [await ada.send(kinkster) for kinkster in kinksters[:10]]
    replies = await asyncio.gather(*(client.chat(kinkster) for kinkster in kinksters[10:]))
    assert [reply.done for reply in replies] == [True] * 10
    assert [(await ada.reply(turn))["status"] for turn in sent] == ["completed"] * 10
    assert [turn.row["attempts"] for turn in turns()] == [1] * 20
    assert len(admin.execute(SERVERS).fetchall()) == 1


@pytest.mark.parametrize("stop", ["cancel", "safeword"])
async def test_a_reply_that_streams_over_http_stops_within_a_second(
    start_pooled: StartPooled, scripted: Scripted, ada: Person, kinkster: str, turns: Turns, stop: str
) -> None:
    client = await start_pooled()
    streams(scripted)
    async with client.post({"message": "Tell me.", "kinksterId": kinkster}) as response:
        await response.content.readuntil(b"\n\n")
        turn = response.headers["X-Kinkster-Turn-Id"]
        began = time.monotonic()
        if stop == "cancel":
            await ada.ask("select cancel_kinkster_turn(%s)", turn)
        else:
            said = await ada.reply(await ada.send(kinkster, "Safeword!"))
            assert said["reply"].startswith("You said your safeword")
        reply = await read(response)
    await scripted.requests[0].left.wait()
    assert time.monotonic() - began < a_second()
    assert reply.error
    assert reply.error["code"] == {"cancel": "cancelled", "safeword": "safeword"}[stop]
    first = next(found for found in turns() if found.row["id"] == turn)
    assert first.status == "cancelled"
    await asyncio.sleep(0.2)
    assert first in turns()


@pytest.mark.parametrize("stop", ["cancel", "safeword"])
async def test_a_reply_of_the_queue_stops_at_its_next_checkpoint(
    start_pooled: StartPooled, scripted: Scripted, ada: Person, kinkster: str, turns: Turns, stop: str
) -> None:
    await start_pooled(kinkster_checkpoint_seconds=0.3)
    streams(scripted)
    turn = await ada.send(kinkster, "Tell me.")
    await eventually(lambda: scripted.requests)
    await asyncio.sleep(0.1)
    began = time.monotonic()
    if stop == "cancel":
        await ada.ask("select cancel_kinkster_turn(%s)", turn)
    else:
        await ada.send(kinkster, "Safeword!")
    at_once = next(found for found in turns() if found.row["id"] == turn)
    await scripted.requests[0].left.wait()
    assert time.monotonic() - began < a_second()
    await asyncio.sleep(0.2)
    later = next(found for found in turns() if found.row["id"] == turn)
    assert (later.status, later.error_code) == (
        "cancelled",
        {"cancel": "cancelled", "safeword": "safeword"}[stop],
    )
    if stop == "safeword":
        assert later == at_once  # nobody's words after the safeword


async def test_a_pooler_that_died_is_waited_for(
    start_pooled: StartPooled, scripted: Scripted, ada: Person, kinkster: str, pooler: Pooler
) -> None:
    client = await start_pooled(kinkster_database_seconds=1)
    scripted.will(*answered("Before.")).will(*answered("By looking.")).will(*answered("Over HTTP."))
    assert (await client.chat(kinkster)).text == "Before."
    pooler.kill()
    reply = await client.chat(kinkster, "Is anybody there?")
    assert (reply.status, reply.error and reply.error["code"]) == (503, "database_unavailable")
    turn = await ada.send(kinkster, "And now?")
    pooler.start()
    began = time.monotonic()
    assert (await ada.reply(turn))["reply"] == "By looking."
    assert time.monotonic() - began < 3
    assert (await client.chat(kinkster, "Still?")).text == "Over HTTP."


async def test_a_reply_goes_on_when_the_pooler_is_killed_and_started_in_the_midst_of_it(
    start_pooled: StartPooled, scripted: Scripted, kinkster: str, pooler: Pooler, turns: Turns
) -> None:
    client = await start_pooled(kinkster_database_seconds=1)
    streams(scripted, 100)
    async with client.post({"message": "Tell me.", "kinksterId": kinkster}) as response:
        first = json.loads((await response.content.readuntil(b"\n\n")).split(b"data: ")[1])["text"]
        pooler.kill()
        await asyncio.sleep(0.3)
        pooler.start()
        reply = await read(response)
    assert (reply.done, reply.error) == (True, None)
    assert first + reply.text == "".join(f"word{number} " for number in range(100))
    assert [(turn.status, turn.reply) for turn in turns()] == [("completed", first + reply.text)]


async def test_a_pooler_that_read_its_configuration_again_is_not_noticed(
    start_pooled: StartPooled, scripted: Scripted, ada: Person, kinkster: str, pooler: Pooler
) -> None:
    client = await start_pooled()
    scripted.will(*answered("Before.")).will(*answered("Over HTTP.")).will(*answered("By looking."))
    assert (await client.chat(kinkster)).text == "Before."
    pooler.configure(size=3, lifetime=1)
    await pooler.reload()
    assert (await client.chat(kinkster, "And now?")).text == "Over HTTP."
    assert (await ada.reply(await ada.send(kinkster, "Still?")))["reply"] == "By looking."


async def test_nothing_of_one_user_is_left_for_the_next(
    start_pooled: StartPooled,
    scripted: Scripted,
    sign_in: SignIn,
    admin: psycopg.Connection,
    pooler: Pooler,
    turns: Turns,
) -> None:
    client = await start_pooled(kinkster_queue_turns=0)
    users = [new_user(admin) for _ in range(2)]
    kinksters = [new_kinkster(admin, user) for user in users]
    clients = [Client(client.session, client.address, user) for user in users]
    scripted.scripts += [answered("Hi.") for _ in range(12)]
    left = "select current_user, current_setting('role'), current_setting('request.jwt.claims', true)"
    with psycopg.connect(pooler.conninfo, autocommit=True) as probe:

        def check() -> None:
            user, role, claims = probe.execute(left).fetchone() or ()
            assert (user, role, claims or "") == ("kinkster_worker", "none", "")

        check()
        for number in range(12):
            mine, other = number % 2, 1 - number % 2
            reply = await clients[mine].chat(kinksters[mine], f"Message {number}")
            assert reply.done
            check()
            # What is refused half-way, as the user, leaves no more behind.
            turn_id = reply.headers["X-Kinkster-Turn-Id"]
            refused = await clients[other].chat(kinksters[mine], "Let me in.")
            assert refused.status == 404
            check()
            body = {"message": f"Message {number}", "kinksterId": kinksters[mine]}
            headers = {"Last-Event-ID": reply.last_id or ""}
            assert await resume(clients[mine], body, headers) == (200, b"data: [DONE]\n\n")
            check()
            assert (await resume(clients[other], body, headers))[0] == 404
            check()
            assert (
                value(admin, "select user_id::text from kinkster_turns where id = %s", turn_id) == users[mine]
            )
            backend = value(probe, "select pg_backend_pid()")
            assert admin.execute(SERVERS).fetchall() == [(backend,)]
    assert [turn.row["user_id"] for turn in turns()] == users * 6


@pytest.mark.parametrize("is_pooled", [False, True])
async def test_statements_are_named_where_no_pooler_stands_between(
    pooler: Pooler, worker_login: str, is_pooled: bool
) -> None:
    async with Queries(pooler.conninfo if is_pooled else worker_login, 1, 5) as queries:
        for _ in range(PREPARE_AFTER + 2):
            await queries.ping()
        named = await queries._call("select exists (select from pg_prepared_statements where not from_sql)")
    assert named is not is_pooled


async def resume(client: Client, body: Any, headers: dict[str, str]) -> tuple[int, bytes]:
    """Goes on with a stream; gives its status and all that came."""
    from tests.worker.conftest import token

    headers = {"Authorization": f"Bearer {token(client.user)}", **headers}
    async with client.session.post(f"{client.address}/api/chat", json=body, headers=headers) as response:
        return response.status, await response.read()


def end_all(admin: psycopg.Connection) -> None:
    """Ends every connection that the worker has to the database."""
    ended = [pid for (pid,) in admin.execute(SERVERS)]
    assert ended
    admin.execute("select pg_terminate_backend(pid) from unnest(%s::integer[]) as pid", [ended])
    while set(ended) & {pid for (pid,) in admin.execute(SERVERS)}:
        time.sleep(0.01)


@pytest.mark.parametrize("pooled", [False, True])
async def test_connections_that_died_idle_are_not_noticed(
    start_pooled: StartPooled,
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    admin: psycopg.Connection,
    turns: Turns,
    pooled: bool,
) -> None:
    start = start_pooled if pooled else start_worker
    client = await start(kinkster_poll_seconds=0.1, **({} if pooled else SLOW))
    kinksters = [new_kinkster(admin, ada.user) for _ in range(6)]
    scripted.scripts += [[sse(), delta("Hi."), 0.2, completed(), END] for _ in range(6)]
    await asyncio.gather(*(client.chat(kinkster) for kinkster in kinksters))  # so that there are several
    for _ in range(2):
        scripted.scripts += [answered("Hi.") for _ in range(7)]
        end_all(admin)
        began = time.monotonic()
        replies = await asyncio.gather(*(client.chat(kinkster, "Again.") for kinkster in kinksters))
        assert [reply.done for reply in replies] == [True] * 6
        assert time.monotonic() - began < 2 * a_second()
        assert (await ada.reply(await ada.send(kinksters[0], "By SQL.")))["status"] == "completed"
    assert {turn.row["attempts"] for turn in turns()} == {1}


async def test_only_a_look_finds_a_turn_there(
    start_pooled: StartPooled, scripted: Scripted, ada: Person, kinkster: str, turns: Turns
) -> None:
    await start_pooled(kinkster_poll_seconds=3600)
    scripted.will(*answered("After all."))
    await asyncio.sleep(0.3)  # until it believes that it listens
    turn = await ada.send(kinkster)
    await asyncio.sleep(0.5)
    assert [found.status for found in turns()] == ["queued"], (
        "notices come through: the other tests prove less"
    )
    await start_pooled()
    assert (await ada.reply(turn))["reply"] == "After all."
