"""Whole conversations on a real Citus cluster, through the real worker: `python -m tests.citus_trial`.

Needs what tests/citus_cluster.py needs. Takes half a minute, leaves nothing behind, and says what it saw;
what was not as it should be raises.
"""

import asyncio
import contextlib
import json
import tempfile
import uuid
from pathlib import Path

import aiohttp
import psycopg
import pytest

from scripts.temporary_cluster import Cluster
from tests.citus_cluster import citus, move, place, url_of
from tests.citus_people import USERS, People, say_safeword, send
from tests.faults.children import OFFLINE, Child, Worker
from tests.people import claims_of, new_kinkster, new_user, value
from tests.worker.conftest import ISSUER, SECRET, Client

STATUS = "select status from kinkster_turns where id = %s"
TIMEOUT = aiohttp.ClientTimeout(total=30)
BEGIN = "select kinkster.begin_turn(%s::jsonb, %s, %s, %s, %s, '/api/chat', 'trial')"


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
        with pytest.raises(psycopg.Error) as refusal:
            value(worker, statement, *arguments)
        assert refusal.value.sqlstate == "PT404"
    print("row security: another user neither follows the turn nor goes on with the conversation")


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
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        people = People(admin, session, worker.address)

        whole, failed = await people.converse(4)
        assert not failed, failed
        print(f"by the worker: {whole.total()} turns of {USERS} users, all whole")

        sent = await asyncio.to_thread(send, admin, url_of(servers[0]))
        async with asyncio.timeout(30):
            while value(admin, STATUS, sent) != "completed":  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        print("by the worker's queue: a turn that its user sent")
        await say_safeword(admin, Client(session, worker.address, new_user(admin)))

        talk = asyncio.create_task(people.converse(20))
        await asyncio.sleep(0.5)
        shard = await asyncio.to_thread(move, admin, servers, people.all[0][0].user)
        assert not talk.done()
        whole, failed = await talk
        print(f"while shard {shard} moved: {whole.total()} turns whole, {failed.total()} not")
        assert failed.total() <= 2  # begun on the old node, and refused there

        placed = {client.user: place(admin, client.user)[0] for client, _ in people.all}
        servers[2].stop()
        whole, failed = await people.converse(2)
        for server in servers[1:]:
            users = [user for user, port in placed.items() if port == server.port]
            state = "stopped" if server is servers[2] else "running"
            good, bad = sum(whole[user] for user in users), sum(failed[user] for user in users)
            print(f"node {state}: {len(users)} users, {good} turns whole, {bad} not")
            assert not (bad if state == "running" else good)
        servers[2].start()
        whole, failed = await people.converse(2)
        print(f"node started again: {whole.total()} turns whole, {failed.total()} not")


def main() -> None:
    """The whole trial."""
    with tempfile.TemporaryDirectory() as logs, citus() as servers:
        login = url_of(servers[0], "kinkster_worker")
        with psycopg.connect(url_of(servers[0]), autocommit=True) as admin:
            with psycopg.connect(login, autocommit=True) as worker:
                by_sql(admin, worker)
            asyncio.run(by_worker(admin, servers, Path(logs)))


if __name__ == "__main__":
    main()
