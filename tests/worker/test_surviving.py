"""What becomes of a reply when its client, its worker, its provider or its database goes away for a while."""

import asyncio
import logging
import socket
import uuid
from typing import Any

import aiohttp
import psycopg
import pytest
from kinkster_worker import errors
from kinkster_worker.http import serve
from kinkster_worker.plan import Checkpoint, Stored
from kinkster_worker.queries import Queries
from psycopg import sql

from tests.people import claims_of, value
from tests.worker.conftest import (
    END,
    Client,
    Cut,
    Scripted,
    Stall,
    StartWorker,
    Turns,
    a_second,
    answered,
    completed,
    delta,
    eventually,
    failed,
    first_text,
    new_kinkster,
    new_user,
    read,
    settings_of,
    sse,
)
from tests.worker.counting_proxy import CountingProxy

SLOW = {"kinkster_idle_seconds": 20, "kinkster_first_byte_seconds": 20}
NOBODY_LOOKS = {"kinkster_queue_turns": 0}  # what waits is claimed by those who follow it, or not at all


def in_three(scripted: Scripted, pause: float = 0.3) -> None:
    """The next request is answered with three pieces."""
    scripted.will(sse(), delta("One, "), pause, delta("two, "), pause, delta("three."), completed(), END)


def cancel(admin: psycopg.Connection, user: str, turn: str) -> None:
    """The user cancels a turn."""
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(user)])
        admin.execute("select cancel_kinkster_turn(%s)", [turn])


def send(admin: psycopg.Connection, user: str, kinkster: str, message: str = "Hello") -> None:
    """The user sends a message by SQL."""
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(user)])
        admin.execute("select send_kinkster_message(%s, %s)", [kinkster, message])


async def test_no_word_is_sent_before_the_database_has_it(
    proxy: CountingProxy, start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns
) -> None:  # the proxy first, so that it goes after the worker
    client = await start_worker(database_url=proxy.conninfo, **SLOW)
    proxy.pausing = b"checkpoint_turns"
    scripted.will(sse(), delta("One, "), Stall)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        await proxy.paused.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.content.read(1), 0.3)
        assert turns()[0].reply == ""
        proxy.go_on.set()
        assert (await first_text(response))[1] == "One, "
        assert turns()[0].reply == "One, "


async def test_the_checkpoints_of_many_turns_go_together(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []
    checkpoint = Queries.checkpoint_turns

    async def noted(self: Queries, checkpoints: list[Checkpoint]) -> dict[str, Stored]:
        sizes.append(len(checkpoints))
        return await checkpoint(self, checkpoints)

    monkeypatch.setattr(Queries, "checkpoint_turns", noted)
    client = await start_worker(**SLOW)
    piece: list[Any] = [delta("word "), 0.02]
    for _ in range(20):
        scripted.will(sse(), *piece * 50, completed(), END)
    replies = await asyncio.gather(*[client.chat(new_kinkster(admin, user)) for _ in range(20)])
    assert [reply.text for reply in replies] == ["word " * 50] * 20
    assert max(sizes) > 10
    assert len(sizes) < 40  # for a thousand pieces
    assert all(3 <= len(reply.texts) <= 20 for reply in replies)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_client_that_comes_back_goes_on_where_it_stopped(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns, elsewhere: bool
) -> None:
    client = await start_worker(kinkster_resume_seconds=5, **SLOW)
    other = await start_worker(**SLOW) if elsewhere else client
    in_three(scripted)
    last_id, text = await client.read_first(kinkster)
    turn = turns()[0].row
    assert (text, last_id) == ("One, ", f"{turn['id']}/{turn['lease'][:8]}/5")
    rest = await other.chat(kinkster, last_id=last_id)
    assert (rest.text, rest.done, rest.error) == ("two, three.", True, None)
    assert rest.headers["X-Kinkster-Turn-Id"] == turn["id"]
    assert rest.headers["X-Kinkster-Conversation-Id"] == turn["conversation_id"]
    assert [(turn.status, turn.reply) for turn in turns()] == [("completed", "One, two, three.")]
    assert len(scripted.requests) == 1


async def test_what_one_read_at_another_worker_goes_on_there_too(
    start_worker: StartWorker, scripted: Scripted, kinkster: str
) -> None:
    here, there = await start_worker(**SLOW), await start_worker(**SLOW)
    in_three(scripted, 0.6)
    request = str(uuid.uuid4())
    answering = asyncio.create_task(here.chat(kinkster, requestId=request))
    await eventually(lambda: scripted.requests)
    body = {"message": "Hello", "kinksterId": kinkster, "requestId": request}
    async with there.post(body) as response:
        last_id, text = await first_text(response)
        response.close()
    for client in (here, there):
        rest = await client.chat(kinkster, last_id=last_id, requestId=request)
        assert (text + rest.text, rest.done) == ("One, two, three.", True)
    assert (await answering).text == "One, two, three."


async def test_after_the_end_the_rest_is_still_there(
    start_worker: StartWorker, scripted: Scripted, kinkster: str
) -> None:
    here, there = await start_worker(), await start_worker()
    scripted.will(*answered("One, 🕯️ two."))
    whole = await here.chat(kinkster)
    assert whole.last_id
    start, _, length = whole.last_id.rpartition("/")
    assert length == str(len("One, 🕯️ two."))
    for client in (here, there):
        rest = await client.chat(kinkster, last_id=f"{start}/6")
        assert (rest.text, rest.done, rest.last_id) == ("\ufe0f two.", True, whole.last_id)
        nothing = await client.chat(kinkster, last_id=whole.last_id)
        assert (nothing.texts, nothing.done) == ([], True)


async def test_a_reply_that_was_begun_anew_is_not_mixed_with_the_old_one(
    client: Client, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    scripted.will(*answered("The first."))
    last_id = (await client.chat(kinkster)).last_id
    assert last_id
    admin.execute("update kinkster_turns set lease = gen_random_uuid()")
    refused = await client.chat(kinkster, last_id=last_id)
    assert (refused.status, refused.error and refused.error["code"]) == (409, "conflict")


async def test_nobody_goes_on_in_the_reply_of_somebody_else(
    client: Client, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    scripted.will(*answered("A secret."))
    last_id = (await client.chat(kinkster)).last_id
    assert last_id
    stranger = Client(client.session, client.address, new_user(admin))
    unknown = f"{uuid.uuid4()}/{last_id[37:]}"
    for place in (last_id, f"{last_id[:46]}0", unknown):
        refused = await stranger.chat(kinkster, last_id=place)
        assert (refused.status, refused.error and refused.error["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "last_id",
    ["", "1", "{turn}", "{turn}/abcdef01", "{turn}/abcdef01/-1", "{turn}/ABCDEF01/1", "{turn}/abcdef01/1/1"],
)
async def test_a_last_event_id_that_is_none_of_ours_is_refused(
    client: Client, kinkster: str, turns: Turns, last_id: str
) -> None:
    refused = await client.chat(kinkster, last_id=last_id.format(turn=uuid.uuid4()))
    assert (refused.status, refused.error and refused.error["code"]) == (400, "bad_request")
    assert turns() == []


async def test_a_last_event_id_of_another_request_is_refused(client: Client, kinkster: str) -> None:
    place = f"{uuid.uuid4()}/abcdef01/1"
    assert (await client.chat(kinkster, last_id=place, requestId=str(uuid.uuid4()))).status == 400


async def test_twenty_clients_with_one_request_id_read_one_reply(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    clients = [await start_worker(**SLOW), await start_worker(**SLOW)]
    in_three(scripted)
    request = str(uuid.uuid4())
    replies = await asyncio.gather(*[clients[i % 2].chat(kinkster, requestId=request) for i in range(20)])
    assert {(reply.text, reply.done) for reply in replies} == {("One, two, three.", True)}
    assert (len(turns()), len(scripted.requests)) == (1, 1)


async def test_users_who_chose_the_same_request_id_do_not_meet(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    client = await start_worker(**SLOW)
    other = Client(client.session, client.address, new_user(admin))
    scripted.will(sse(), delta("For you"), 0.5, delta(" alone."), completed(), END)
    scripted.will(sse(), delta("For me"), 0.5, delta(" alone."), completed(), END)
    request = str(uuid.uuid4())
    first = asyncio.create_task(client.chat(kinkster, requestId=request))
    await eventually(lambda: scripted.requests)
    second = await other.chat(new_kinkster(admin, other.user), requestId=request)
    assert ((await first).text, second.text) == ("For you alone.", "For me alone.")


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_client_that_came_back_is_waited_for_no_more(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns, elsewhere: bool
) -> None:
    client = await start_worker(kinkster_resume_seconds=0.4, **SLOW)
    other = await start_worker(**SLOW) if elsewhere else client
    scripted.will(sse(), delta("One, "), 1.5, delta("two."), completed(), END)
    last_id, _ = await client.read_first(kinkster)
    rest = await other.chat(kinkster, last_id=last_id)
    assert (rest.text, rest.done) == ("two.", True)
    assert turns()[0].status == "completed"


async def test_a_client_that_left_for_good_ends_its_turn_after_a_while(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    client = await start_worker(kinkster_resume_seconds=0.5, **SLOW)
    scripted.will(sse(), delta("One, "), 0.2, delta("two, "), Stall)
    last_id, _ = await client.read_first(kinkster)
    await asyncio.sleep(0.3)
    assert (turns()[0].status, scripted.requests[0].left.is_set()) == ("streaming", False)
    await asyncio.wait_for(scripted.requests[0].left.wait(), a_second())
    await eventually(lambda: turns()[0].status == "cancelled")
    assert (turns()[0].reply, turns()[0].error_code) == ("One, two, ", "client_gone")
    rest = await client.chat(kinkster, last_id=last_id)
    assert (rest.text, rest.done, rest.error and rest.error["code"]) == ("two, ", False, "client_gone")


async def test_one_of_two_that_leaves_ends_nothing(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.will(sse(), delta("One, "), 0.2, delta("two."), completed(), END)
    request = str(uuid.uuid4())
    body = {"message": "Hello", "kinksterId": kinkster, "requestId": request}
    async with client.post(body) as first:
        await first_text(first)
        staying = asyncio.create_task(client.chat(kinkster, requestId=request))
        await asyncio.sleep(0.05)
        first.close()
    assert (await staying).text == "One, two."


async def test_a_follower_that_leaves_a_turn_of_the_queue_ends_nothing(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    in_three(scripted)
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(user)])
        turn = value(admin, "select send_kinkster_message(%s, 'Hello')", kinkster)["turn_id"]
    client = await start_worker(**SLOW)
    await eventually(lambda: scripted.requests)
    async with client.post({"message": "Hello", "kinksterId": kinkster, "requestId": turn}) as response:
        assert (await first_text(response))[1].startswith("One, ")
        response.close()
    await eventually(lambda: turns()[0].status == "completed")
    assert turns()[0].reply == "One, two, three."


async def test_a_failure_before_any_text_is_one_longer_wait(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    client = await start_worker(keep_alive=0.3, **NOBODY_LOOKS, **SLOW)
    scripted.will(failed("500 Internal Server Error", {})).will(*answered("Here I am."))
    reply = await client.chat(kinkster)
    assert (reply.texts, reply.done, reply.error) == (["Here I am."], True, None)
    assert [(turn.status, turn.row["attempts"]) for turn in turns()] == [("completed", 2)]


async def test_text_that_nobody_saw_is_not_mixed_with_that_of_the_next_attempt(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    scripted.will(sse(), delta("Half a "), 0.3, END)
    scripted.will(sse(), 0.5, delta("A whole "), 0.3, delta("reply."), completed(), END)
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(user)])
        turn = value(admin, "select send_kinkster_message(%s, 'Hello')", kinkster)["turn_id"]
    await start_worker(kinkster_checkpoint_seconds=0.1, kinkster_poll_seconds=0.1, **SLOW)
    await eventually(lambda: turns()[0].reply == "Half a ")
    await eventually(lambda: turns()[0].status == "queued")
    other = await start_worker(**NOBODY_LOOKS, **SLOW)
    reply = await other.chat(kinkster, requestId=turn)
    assert (reply.text, reply.done) == ("A whole reply.", True)


async def test_a_worker_that_stops_hands_back_what_nobody_has_seen(
    start_worker: StartWorker, worker_login: str, scripted: Scripted, kinkster: str, user: str, turns: Turns
) -> None:
    there = await start_worker(**NOBODY_LOOKS, **SLOW)
    scripted.will(sse(), Stall).will(*answered("Here I am."))
    request = str(uuid.uuid4())
    async with serve(settings_of(worker_login, scripted.url, **SLOW)) as address:
        here = Client(there.session, address, user)
        asking = asyncio.create_task(here.chat(kinkster, requestId=request))
        await eventually(lambda: scripted.requests)
        elsewhere = asyncio.create_task(there.chat(kinkster, requestId=request))
        await asyncio.sleep(0.1)
    stopped = await asking
    assert (stopped.texts, stopped.error and stopped.error["code"]) == ([], "worker_stopped")
    assert stopped.error
    assert "Last-Event-ID" in stopped.error["hint"]
    followed = await elsewhere
    assert (followed.text, followed.done) == ("Here I am.", True)
    again = await there.chat(kinkster, requestId=request)
    assert (again.text, again.done) == ("Here I am.", True)
    assert ([turn.status for turn in turns()], len(scripted.requests)) == (["completed"], 2)


async def test_a_worker_that_stops_takes_no_message(
    worker_login: str, scripted: Scripted, client: Client, kinkster: str, admin: psycopg.Connection
) -> None:
    scripted.will(sse(), delta("One, "), Stall)
    settings = settings_of(worker_login, scripted.url, kinkster_grace_seconds=0.5, **SLOW)
    async with serve(settings) as address:
        here = Client(client.session, address, client.user)
        await here.chat(str(uuid.uuid4()))  # keeps a connection, since no new one is taken
        asking = asyncio.create_task(here.chat(kinkster))
        await eventually(lambda: scripted.requests)
        await here.chat(str(uuid.uuid4()))
        late = asyncio.create_task(_late(here, new_kinkster(admin, here.user)))
    refused = await late
    assert (refused.status, refused.error and refused.error["code"]) == (503, "stopping")
    await asking


async def _late(client: Client, kinkster: str) -> Any:
    await asyncio.sleep(0.2)
    return await client.chat(kinkster)


async def test_text_that_streamed_until_the_cancel_is_kept(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    scripted.will(sse(), delta("Not stored yet"), Stall)
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(user)])
        turn = value(admin, "select send_kinkster_message(%s, 'Hello')", kinkster)["turn_id"]
    await start_worker(kinkster_checkpoint_seconds=20, **SLOW)
    await eventually(lambda: scripted.requests)
    await asyncio.sleep(0.1)
    assert turns()[0].reply == ""
    cancel(admin, user, turn)
    await eventually(lambda: turns()[0].reply == "Not stored yet")
    assert (turns()[0].status, turns()[0].error_code) == ("cancelled", "cancelled")


async def test_a_cancel_ends_the_streams_of_all_who_read_along_where_they_are(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    here, there = await start_worker(**SLOW), await start_worker(**SLOW)
    piece: list[Any] = [delta("word "), 0.02]
    scripted.will(sse(), *piece * 100, Stall)
    request = str(uuid.uuid4())
    reading = [asyncio.create_task(client.chat(kinkster, requestId=request)) for client in (here, there)]
    await eventually(lambda: turns() and len(turns()[0].reply or "") > 30)
    cancel(admin, user, request)
    at_once = turns()[0].reply or ""
    for reply in await asyncio.wait_for(asyncio.gather(*reading), a_second()):
        assert (reply.done, reply.error and reply.error["code"]) == (False, "cancelled")
        assert at_once.startswith(reply.text)
    assert (turns()[0].reply or "").startswith(at_once)


async def test_a_row_that_is_locked_holds_up_nobody_else(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    database: str,
) -> None:
    client = await start_worker(**SLOW)
    scripted.will(sse(), 0.3, delta("Late."), 0.3, completed(), END)
    asking = asyncio.create_task(client.chat(kinkster))
    await eventually(lambda: scripted.requests)
    in_three(scripted)
    with psycopg.connect(database) as holder:
        holder.execute("select from kinkster_turns for no key update")
        other = await client.chat(new_kinkster(admin, user))
        assert (other.text, asking.done()) == ("One, two, three.", False)
    assert (await asking).text == "Late."


async def test_a_text_that_cant_be_stored_holds_up_nobody_else(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("kinkster_worker.providers.stream.SurrogateMender", lambda: lambda text: text)
    caplog.set_level(logging.INFO, "kinkster")
    client = await start_worker(**SLOW)
    for _ in range(5):
        in_three(scripted)
    others = [asyncio.create_task(client.chat(new_kinkster(admin, user))) for _ in range(5)]
    await eventually(lambda: len(scripted.requests) == 5)
    scripted.will(sse(), delta("\x00"), Stall)
    async with client.post({"message": "Hello", "kinksterId": kinkster}):
        await eventually(lambda: scripted.requests[5:] and scripted.requests[5].left.is_set())
    assert [(await other).text for other in others] == ["One, two, three."] * 5
    assert "checkpoint_refused" in [record.getMessage() for record in caplog.records]


async def test_a_database_that_is_away_in_mid_stream_is_a_longer_wait(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, proxy: CountingProxy, turns: Turns
) -> None:
    client = await start_worker(database_url=proxy.conninfo, **SLOW)
    steps: list[Any] = [delta("word "), 0.1]
    scripted.will(sse(), *steps * 40, completed(), END)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        _, text = await first_text(response)
        proxy.go_down()
        await asyncio.sleep(2)
        proxy.down = False
        rest = await read(response)
    assert (text + rest.text, rest.done) == ("word " * 40, True)
    assert (turns()[0].status, turns()[0].reply) == ("completed", "word " * 40)
    assert len(scripted.requests) == 1


async def test_a_database_that_is_away_when_the_reply_ends_is_a_longer_wait(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, proxy: CountingProxy, turns: Turns
) -> None:
    here, there = await start_worker(database_url=proxy.conninfo, **SLOW), await start_worker(**SLOW)
    in_three(scripted)
    request = str(uuid.uuid4())
    asking = asyncio.create_task(here.chat(kinkster, requestId=request))
    await eventually(lambda: turns() and turns()[0].reply)
    elsewhere = asyncio.create_task(there.chat(kinkster, requestId=request))
    proxy.go_down()
    await asyncio.sleep(2)
    assert not asking.done()
    proxy.down = False
    assert {(reply.text, reply.done) for reply in (await asking, await elsewhere)} == {
        ("One, two, three.", True)
    }


async def test_a_worker_that_lost_the_database_for_too_long_stops_asking(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    proxy: CountingProxy,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    admin.execute("update kinkster.settings set lease = '1 second'")
    client = await start_worker(database_url=proxy.conninfo, kinkster_database_seconds=0.2, **SLOW)
    there = await start_worker(kinkster_poll_seconds=0.1, **SLOW)
    scripted.will(sse(), Stall).will(*answered("Here I am."))
    asking = asyncio.create_task(client.chat(kinkster))
    await eventually(lambda: scripted.requests)
    proxy.go_down()
    await asyncio.wait_for(scripted.requests[0].left.wait(), 3)
    await eventually(lambda: turns()[0].status == "completed")
    proxy.down = False
    assert ((await asking).text, turns()[0].row["attempts"]) == ("Here I am.", 2)
    assert (await there.chat(kinkster, requestId=turns()[0].row["id"])).text == "Here I am."


async def test_pooled_connections_that_died_hold_no_call_beyond_its_limit(
    proxy: CountingProxy, admin: psycopg.Connection
) -> None:
    async with Queries(proxy.conninfo, 5, 3) as queries:
        await _fall_silent(queries, proxy, admin)
        try:
            call = asyncio.create_task(queries.ping())
            await asyncio.wait({call}, timeout=10)
            assert call.done()
            assert isinstance(call.exception(), errors.DatabaseUnavailable)
        finally:
            proxy.go_on.set()


async def test_a_call_that_pooled_connections_hold_up_can_be_cancelled(
    proxy: CountingProxy, admin: psycopg.Connection
) -> None:
    async with Queries(proxy.conninfo, 5, 10) as queries:
        await _fall_silent(queries, proxy, admin)
        try:
            call = asyncio.create_task(queries.ping())
            await asyncio.wait({call}, timeout=0.3)
            assert not call.done()
            call.cancel()
            await asyncio.wait({call}, timeout=20)  # the driver may first ask the server to cancel, for 5 s
            assert call.cancelled()
        finally:
            proxy.go_on.set()


async def _fall_silent(queries: Queries, proxy: CountingProxy, admin: psycopg.Connection) -> None:
    """Fills the pool with five connections; then the next one is dead, and all others are never answered."""
    workers = "from pg_stat_activity where datname = current_database() and usename = 'kinkster_worker'"
    proxy.pausing = b"select 1"
    calls = [asyncio.create_task(queries.ping()) for _ in range(5)]
    await eventually(lambda: value(admin, f"select count(*) = 5 {workers}"))
    proxy.go_on.set()
    await asyncio.gather(*calls)
    proxy.pausing = None
    for _ in range(5):  # the pool gives the connection that was used least recently
        await queries.ping()
    proxy.go_on.clear()
    proxy.pausing = b""  # is in every message
    assert value(admin, f"select pg_terminate_backend(pid, 1000) {workers} order by state_change limit 1")
    await asyncio.sleep(0.1)


async def test_a_lease_that_is_shorter_than_the_heartbeat_is_kept(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    admin.execute("update kinkster.settings set lease = '1 second'")
    for _ in range(3):
        scripted.will(sse(), delta("One, "), 2.5, delta("two."), completed(), END)
    send(admin, user, kinkster)
    await start_worker(kinkster_checkpoint_seconds=20, kinkster_poll_seconds=0.1, **SLOW)
    await eventually(lambda: turns()[0].status == "completed", 8)
    assert (turns()[0].reply, turns()[0].row["attempts"]) == ("One, two.", 1)
    assert len(scripted.requests) == 1


async def test_of_a_turn_that_was_released_a_client_reads_no_more_than_is_stored(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    proxy: CountingProxy,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    client = await start_worker(database_url=proxy.conninfo, **NOBODY_LOOKS, **SLOW)
    scripted.will(sse(), delta("One, "), 0.5, delta("two, "), 1.5, Cut)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        _, text = await first_text(response)
        proxy.pausing = b"checkpoint_turns"
        await proxy.paused.wait()
        admin.execute("update kinkster.settings set clock_offset = '2 minutes'")
        send(admin, user, kinkster, "Other")
        rest = await read(response)
        proxy.go_on.set()
    assert (rest.done, rest.error and rest.error["code"]) == (False, "worker_lost")
    assert text + rest.text == turns()[0].reply == "One, "


async def test_a_slow_reader_is_sent_nothing_more_after_a_safeword(
    start_worker: StartWorker,
    scripted: Scripted,
    kinkster: str,
    admin: psycopg.Connection,
    user: str,
    turns: Turns,
) -> None:
    client = await start_worker(**NOBODY_LOOKS, **SLOW)
    flood = [delta("🕯" * 20_000)] * 15  # more than the buffers between worker and client hold
    scripted.will(sse(), delta("One, "), 0.5, *flood, 0.5, delta("the end"), Stall)

    def narrow(address: aiohttp.AddrInfoType) -> socket.socket:
        found = socket.socket(*address[:3])
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # so the worker buffers little too
        return found

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(socket_factory=narrow)) as session:
        slow = Client(session, client.address, user)
        body = {"message": "Hello", "kinksterId": kinkster}
        async with slow.post(body, read_bufsize=1024) as response:
            await first_text(response)
            await eventually(lambda: (turns()[0].reply or "").endswith("the end"))
            send(admin, user, kinkster, "safeword")
            await asyncio.wait_for(scripted.requests[0].left.wait(), 5)
            await eventually(lambda: turns()[0].error_code == "safeword")
            await asyncio.sleep(0.3)
            rest = (await response.read()).decode()
    assert "🕯" in rest
    assert '"code":"safeword"' in rest
    assert "the end" not in rest


async def test_a_database_that_is_read_only_for_a_moment_fails_no_turn(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, admin: psycopg.Connection, turns: Turns
) -> None:
    client = await start_worker(**SLOW)
    scripted.will(sse(), delta("One, "), 0.7, delta("two, "), 1.5, delta("three."), completed(), END)
    asking = asyncio.create_task(client.chat(kinkster))
    await eventually(lambda: turns() and turns()[0].reply)
    _let_write(admin, False)
    await asyncio.sleep(1.5)
    assert turns()[0].reply == "One, "
    _let_write(admin, True)
    reply = await asking
    assert (reply.text, reply.done, reply.error) == ("One, two, three.", True, None)
    assert (turns()[0].status, turns()[0].reply) == ("completed", "One, two, three.")
    assert len(scripted.requests) == 1


def _let_write(admin: psycopg.Connection, writable: bool) -> None:
    """Makes the database a primary or, as far as workers can tell, a standby; their connections end."""
    database = sql.Identifier(admin.info.dbname)
    setting = sql.SQL("reset" if writable else "set")
    to = sql.SQL("" if writable else "= on")
    admin.execute(
        sql.SQL("alter database {} {} default_transaction_read_only {}").format(database, setting, to)
    )
    admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and usename = 'kinkster_worker'"
    )


async def test_a_short_outage_while_a_context_is_rebuilt_is_a_longer_wait(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, proxy: CountingProxy, turns: Turns
) -> None:
    client = await start_worker(database_url=proxy.conninfo, kinkster_database_seconds=0.5, **SLOW)
    scripted.will(*answered("Here I am."))
    assert (await client.chat(kinkster)).done
    forgotten = {"code": "previous_response_not_found", "message": "It is gone."}
    scripted.will(0.3, failed("400 Bad Request", forgotten)).will(*answered("Here I am again."))
    asking = asyncio.create_task(client.chat(kinkster, "Again"))
    await eventually(lambda: len(scripted.requests) == 2)
    proxy.go_down()
    await asyncio.sleep(1.5)
    proxy.down = False
    await eventually(lambda: (turns()[1].status, turns()[1].error_code) == ("queued", "database_lost"))
    reply = await asking
    assert (reply.text, reply.done, reply.error) == ("Here I am again.", True, None)
    assert (turns()[1].status, turns()[1].error_code, turns()[1].row["attempts"]) == ("completed", None, 2)
