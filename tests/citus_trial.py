"""Whole conversations on a real Citus cluster, through the real worker: `python -m tests.citus_trial`.

Needs Citus 13.2 in the Postgres 15 whose programs `pg_config` names, psql, and no root. Starts a coordinator
and two nodes on free ports of this machine, applies supabase/scale/citus.sql, and takes down all of it. Says
what it saw, a line each; what was not as it should be raises.
"""

import asyncio
import contextlib
import json
import subprocess
import tempfile
import uuid
from collections import Counter
from pathlib import Path

import aiohttp
import psycopg

from scripts.installation import ROOT, install
from scripts.temporary_cluster import Cluster, cluster
from tests.faults.children import OFFLINE, Child, Worker
from tests.people import claims_of, new_kinkster, new_user, value
from tests.worker.conftest import ISSUER, SECRET, Client

SETTINGS = [
    "shared_preload_libraries=citus",
    "wal_level=logical",  # shards move by it
    "max_connections=200",
    "max_prepared_transactions=200",
    "citus.shard_count=8",
    "citus.node_conninfo=sslmode=disable",
]
USERS = 12
BEGIN = "select kinkster.begin_turn(%s::jsonb, %s, %s, %s, %s, '/api/chat', 'trial')"
WHERE = """
select p.nodeport, p.shardid from pg_dist_shard_placement as p
where p.shardid = get_shard_id_for_distribution_column('public.kinkster_conversations', %s::uuid)
"""
MOVE = "select citus_move_shard_placement(%s, '127.0.0.1', %s, '127.0.0.1', %s, 'force_logical')"


def url_of(server: Cluster, role: str = "postgres") -> str:
    """The address of a node."""
    return f"postgresql://{role}@127.0.0.1:{server.port}/postgres"


def distribute(servers: list[Cluster], psql: str) -> None:
    """Makes them a cluster, the first its coordinator, and distributes the project over it."""
    for server in servers:
        server.start()
        with psycopg.connect(url_of(server), autocommit=True) as node:
            node.execute("create extension citus")
    install(url_of(servers[0]))
    with psycopg.connect(url_of(servers[0]), autocommit=True) as coordinator:
        coordinator.execute("select citus_set_coordinator_host('127.0.0.1', %s)", [servers[0].port])
        for server in servers[1:]:
            coordinator.execute("select citus_add_node('127.0.0.1', %s)", [server.port])
    file = ROOT / "supabase" / "scale" / "citus.sql"
    options = ["--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={file}"]
    subprocess.run([psql, url_of(servers[0]), *options], check=True, stdout=subprocess.DEVNULL)


def place(admin: psycopg.Connection, user: str) -> tuple[int, int]:
    """The port of the node that has a user, and the shard."""
    found = admin.execute(WHERE, [user]).fetchone()
    assert found
    return int(found[0]), int(found[1])


def by_sql(admin: psycopg.Connection, worker: psycopg.Connection) -> None:
    """A conversation of two turns by the worker's statements; nobody else may go on with it, or follow it."""
    user, other = new_user(admin), new_user(admin)
    kinkster, conversation, plan = new_kinkster(admin, None), None, {}
    for previous in (None, "resp_1"):
        asked = claims_of(user), kinkster, "Hello", conversation, str(uuid.uuid4())
        plan = value(worker, BEGIN, *asked)["plan"]
        assert plan["previous_response_id"] == previous
        ids, conversation = (user, plan["turn_id"], plan["lease"]), plan["conversation_id"]
        kept = {"from": 0, "text": "He", "shown": True}
        kept |= dict(zip(("user_id", "turn_id", "lease"), ids, strict=True))
        states = value(worker, "select kinkster.checkpoint_turns(%s::jsonb)", json.dumps([kept]))
        assert states[plan["turn_id"]]["state"] == "kept"
        outcome = {"status": "completed", "reply": "Hello.", "api": "responses", "response_id": "resp_1"}
        settle = "select kinkster.settle_turn(%s, %s, %s, %s::jsonb)"
        assert value(worker, settle, *ids, json.dumps(outcome))["status"] == "completed"
    print("by SQL: two turns, the second chained")
    follow = "select kinkster.follow_turn(%s::jsonb, %s, 0, null)"
    assert value(worker, follow, claims_of(user), plan["turn_id"])["text"] == "Hello."
    for statement, arguments in (
        (follow, (claims_of(other), plan["turn_id"])),
        (BEGIN, (claims_of(other), kinkster, "Hello", conversation, str(uuid.uuid4()))),
    ):
        with contextlib.suppress(psycopg.Error):
            raise AssertionError(value(worker, statement, *arguments))
    print("row security: another user neither follows the turn nor goes on with the conversation")


class People:
    """Users of the worker at `address`, each with a character of their own."""

    def __init__(self, admin: psycopg.Connection, session: aiohttp.ClientSession, address: str) -> None:
        users = [new_user(admin) for _ in range(USERS)]
        self.all = [(Client(session, address, user), new_kinkster(admin, user)) for user in users]

    async def converse(self, turns: int) -> tuple[Counter[str], Counter[str]]:
        """Each user tells a number and asks for it, so many turns; whole replies and failures by user."""
        whole, failed = Counter[str](), Counter[str]()

        async def one(number: int, client: Client, kinkster: str) -> None:
            for turn in range(turns):
                message = "What is my lucky number?" if turn % 2 else f"My lucky number is {number}."
                reply = await client.chat(kinkster, message)
                right = reply.done and str(number) in reply.text
                (whole if right else failed)[client.user] += 1

        await asyncio.gather(*(one(1000 + n, *person) for n, person in enumerate(self.all)))
        return whole, failed


async def by_worker(admin: psycopg.Connection, servers: list[Cluster], logs: Path) -> None:
    """Conversations over HTTP: in peace, while a shard moves, and with a node stopped."""
    async with contextlib.AsyncExitStack() as stack:
        offline = Child((*OFFLINE, "1", "responses"), {}, logs / "offline.log")
        stack.push_async_callback(offline.stop)
        ports = (await offline.start())["ports"]
        environment = {
            "DATABASE_URL": url_of(servers[0], "kinkster_worker"),
            "SUPABASE_JWT_SECRET": SECRET,
            "SUPABASE_JWT_ISSUER": ISSUER,
        }
        worker = Worker(f"http://127.0.0.1:{ports[0]}", environment, logs / "worker.log")
        stack.push_async_callback(worker.stop)
        await worker.start()
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)))
        people = People(admin, session, worker.address)

        whole, failed = await people.converse(4)
        assert not failed, failed
        print(f"by the worker: {whole.total()} turns of {USERS} users, all whole")

        talk = asyncio.create_task(people.converse(20))
        await asyncio.sleep(0.5)
        port, shard = place(admin, people.all[0][0].user)
        other = next(server.port for server in servers[1:] if server.port != port)
        await asyncio.to_thread(admin.execute, MOVE, [shard, port, other])
        moved_while = not talk.done()
        whole, failed = await talk
        print(f"shard {shard} moved while turns ran ({moved_while}): {whole.total()} whole, {failed.total()} not")

        placed = {client.user: place(admin, client.user)[0] for client, _ in people.all}
        servers[2].stop()
        whole, failed = await people.converse(2)
        for server in servers[1:]:
            users = [user for user, port in placed.items() if port == server.port]
            state = "stopped" if server is servers[2] else "running"
            good, bad = sum(whole[user] for user in users), sum(failed[user] for user in users)
            print(f"node {state}: {len(users)} users, {good} turns whole, {bad} not")


def main() -> None:
    """The whole trial."""
    bin_folder = Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
    with contextlib.ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = [stack.enter_context(cluster(bin_folder, SETTINGS)) for _ in range(3)]
        distribute(servers, str(bin_folder / "psql"))
        admin = stack.enter_context(psycopg.connect(url_of(servers[0]), autocommit=True))
        login = url_of(servers[0], "kinkster_worker")
        by_sql(admin, stack.enter_context(psycopg.connect(login, autocommit=True)))
        asyncio.run(by_worker(admin, servers, logs))


if __name__ == "__main__":
    main()
