"""Turns that were sent by SQL: a user's connection on one side, the provider on the other."""

import asyncio
import contextlib
import logging
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
from kinkster_worker.http import serve
from kinkster_worker.queries import Queries
from psycopg.types.json import Jsonb

from tests.people import claims_of, value
from tests.worker.conftest import (
    END,
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

SEND = "select send_kinkster_message(%s, %s)"
LISTENERS = "select pid from pg_stat_activity where datname = current_database() and query like 'listen %'"
NEVER = 3600.0  # seconds between polls: only a notice wakes the worker
SELDOM = 20.0  # seconds between checkpoints: longer than any test waits
SLOW = {"kinkster_idle_seconds": 20, "kinkster_first_byte_seconds": 20}


class Person:
    """A signed-in user's connection to the database, as PostgREST or psql would have it."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], user: str) -> None:
        self.connection, self.user = connection, user

    async def ask(self, statement: str, *arguments: object) -> Any:
        """The one value of a statement."""
        row = await (await self.connection.execute(statement, arguments)).fetchone()
        return row[0] if row else None

    async def send(self, kinkster: str, message: str = "Hello") -> str:
        """Sends a message; returns the turn."""
        return str((await self.ask(SEND, kinkster, message))["turn_id"])

    async def reply(self, turn: str) -> Any:
        """What the turn came to."""
        return await self.ask("select await_kinkster_reply(%s, '10 seconds')", turn)


SignIn = Callable[[str], Awaitable[Person]]


@pytest.fixture
async def sign_in(database: str) -> AsyncIterator[SignIn]:
    """Connects as a user."""
    async with contextlib.AsyncExitStack() as stack:

        async def connect(user: str) -> Person:
            connection = await psycopg.AsyncConnection.connect(database, autocommit=True)
            await stack.enter_async_context(connection)
            await connection.execute("select set_config('request.jwt.claims', %s, false)", [claims_of(user)])
            await connection.execute("set role authenticated")
            return Person(connection, user)

        yield connect


@pytest.fixture
async def ada(sign_in: SignIn, user: str) -> Person:
    """The user's own connection."""
    return await sign_in(user)


async def listening(admin: psycopg.Connection, workers: int = 1) -> None:
    """Waits until so many workers hear notices."""
    await eventually(lambda: len(admin.execute(LISTENERS).fetchall()) == workers)


def move_clock(admin: psycopg.Connection) -> None:
    """Lets every lease run out."""
    admin.execute("update kinkster.settings set clock_offset = clock_offset + '61 seconds'")


def dies_at_work(admin: psycopg.Connection, turn: str, text: str) -> None:
    """Another worker claims the turn, streams a text, and is never heard of again."""
    plan = value(admin, "select kinkster.claim_next_turn('a worker that dies')")["plan"]
    assert plan["turn_id"] == turn
    ids = [plan["user_id"], plan["turn_id"], plan["lease"]]
    checkpoint = dict(zip(("user_id", "turn_id", "lease"), ids, strict=True)) | {"from": 0, "text": text}
    kept = value(admin, "select kinkster.checkpoint_turns(%s)", Jsonb([checkpoint | {"shown": False}]))
    assert kept[turn]["state"] == "kept"


async def test_a_turn_that_was_sent_by_sql_is_answered_whole(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str, admin: psycopg.Connection
) -> None:
    await start_worker(kinkster_poll_seconds=NEVER)
    await listening(admin)
    scripted.will(sse(), delta("Good "), delta("evening."), completed(), END)
    turn = await ada.send(kinkster)
    found = await ada.reply(turn)
    assert found.pop("conversation_id")
    assert found == {
        "turn_id": turn,
        "status": "completed",
        "reply": "Good evening.",
        "error": None,
        "success": True,
    }


async def test_a_turn_that_was_sent_before_the_worker_started_is_answered(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str
) -> None:
    turn = await ada.send(kinkster)
    scripted.will(*answered("Here now."))
    await start_worker(kinkster_poll_seconds=NEVER)
    assert (await ada.reply(turn))["reply"] == "Here now."


async def test_a_lost_notice_is_found_by_polling(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str, admin: psycopg.Connection
) -> None:
    await start_worker(kinkster_poll_seconds=0.05)
    await listening(admin)
    scripted.will(*answered("Found you."))
    sent = await ada.ask("select kinkster.store_message(%s, 'Hello', null, null)", kinkster)
    assert (await ada.reply(sent["turn_id"]))["reply"] == "Found you."


@pytest.mark.parametrize("text", ["", "What had streamed"])
async def test_a_turn_whose_worker_died_is_claimed_again(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    admin: psycopg.Connection,
    turns: Turns,
    text: str,
) -> None:
    turn = await ada.send(kinkster)
    dies_at_work(admin, turn, text)
    await start_worker(kinkster_poll_seconds=0.02)
    await asyncio.sleep(0.1)
    assert scripted.requests == []  # its lease still runs
    scripted.will(*answered("Here I am."))
    move_clock(admin)
    assert (await ada.reply(turn))["reply"] == "Here I am."
    assert turns()[0].row["attempts"] == 2


async def test_a_turn_whose_workers_died_too_often_fails_and_keeps_its_text(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str, admin: psycopg.Connection
) -> None:
    turn = await ada.send(kinkster)
    for text in ("What had", "What had streamed", ""):
        dies_at_work(admin, turn, text)
        move_clock(admin)
    await start_worker(kinkster_poll_seconds=0.02)
    found = await ada.reply(turn)
    assert (found["status"], found["error"]["code"]) == ("failed", "worker_lost")
    assert found["reply"] == "What had streamed"
    assert scripted.requests == []


async def test_users_take_turns(
    start_worker: StartWorker,
    scripted: Scripted,
    sign_in: SignIn,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    people = [await sign_in(new_user(admin)) for _ in range(2)]
    for _ in range(10):
        await people[0].send(new_kinkster(admin, people[0].user))
    await people[1].send(new_kinkster(admin, people[1].user))
    scripted.scripts += [answered("Hi")] * 11
    await start_worker(kinkster_queue_turns=1)
    await eventually(lambda: {turn.status for turn in turns()} == {"completed"})
    order = [turn.row["user_id"] for turn in sorted(turns(), key=lambda turn: turn.row["started_at"])]
    assert order.index(people[1].user) <= 1


async def test_two_workers_never_answer_one_turn_twice(
    start_worker: StartWorker,
    scripted: Scripted,
    sign_in: SignIn,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    for _ in range(2):
        await start_worker(kinkster_poll_seconds=0.01)
    await listening(admin, 2)
    people = [await sign_in(new_user(admin)) for _ in range(3)]
    scripted.scripts += [answered("Hi")] * 200
    for number in range(60):
        await people[number % 3].send(new_kinkster(admin, people[number % 3].user), f"Message {number}")
    await eventually(lambda: [turn.status for turn in turns()] == ["completed"] * 60, 20)
    asked = Counter(request.body["input"] for request in scripted.requests)
    assert asked == {f"Message {number}": 1 for number in range(60)}
    assert {turn.row["attempts"] for turn in turns()} == {1}
    assert len({turn.row["worker"] for turn in turns()}) == 2


async def test_a_locked_row_is_passed_over(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    database: str,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    sent = [await ada.send(new_kinkster(admin, ada.user)) for _ in range(3)]
    scripted.scripts += [answered("Hi")] * 3
    with psycopg.connect(database) as holder:
        first = min(turns(), key=lambda turn: turn.row["conversation_id"]).row["id"]
        holder.execute("select from kinkster_turns where id = %s for update", [first])
        await start_worker(kinkster_poll_seconds=0.05)
        others = [turn for turn in sent if turn != first]
        assert [(await ada.reply(turn))["status"] for turn in others] == ["completed"] * 2
        assert len(scripted.requests) == 2
    assert (await ada.reply(first))["status"] == "completed"


async def test_a_cancelled_turn_that_waits_is_never_asked(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str
) -> None:
    turn = await ada.send(kinkster)
    cancelled = await ada.ask("select cancel_kinkster_turn(%s)", turn)
    assert (cancelled["status"], cancelled["error"]["code"]) == ("cancelled", "cancelled")
    scripted.will(*answered("The next."))
    await start_worker(kinkster_poll_seconds=0.05)
    assert (await ada.reply(await ada.send(kinkster, "Next")))["status"] == "completed"
    (request,) = scripted.requests
    assert request.body["input"][-1]["content"] == "Next"


async def test_a_cancelled_turn_of_the_queue_stops_at_once(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    await start_worker(kinkster_checkpoint_seconds=SELDOM, **SLOW)
    await listening(admin)
    scripted.will(sse(), delta("part"), Stall).will(*answered("Again."))
    turn = await ada.send(kinkster)
    await eventually(lambda: scripted.requests)
    await asyncio.sleep(0.05)
    await ada.ask("select cancel_kinkster_turn(%s)", turn)
    await asyncio.wait_for(scripted.requests[0].left.wait(), a_second())
    assert [found.status for found in turns()] == ["cancelled"]
    assert (await ada.reply(await ada.send(kinkster, "Again?")))["reply"] == "Again."


@pytest.mark.parametrize("most", [0, 20])
async def test_a_cancelled_turn_of_the_http_door_stops_at_once(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    admin: psycopg.Connection,
    turns: Turns,
    most: int,
) -> None:
    client = await start_worker(kinkster_checkpoint_seconds=SELDOM, kinkster_queue_turns=most, **SLOW)
    await listening(admin)
    scripted.will(sse(), delta("part"), Stall)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        assert (await first_text(response))[1] == "part"
        await ada.ask("select cancel_kinkster_turn(%s)", response.headers["X-Kinkster-Turn-Id"])
        reply = await asyncio.wait_for(read(response), a_second())
    assert reply.error
    assert (reply.texts, reply.done, reply.error["code"]) == ([], False, "cancelled")
    await asyncio.wait_for(scripted.requests[0].left.wait(), a_second())
    assert turns()[0].status == "cancelled"


async def test_what_was_stored_before_the_cancel_is_kept(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    await start_worker(kinkster_checkpoint_seconds=0.05, **SLOW)
    scripted.will(sse(), delta("part"), Stall)
    turn = await ada.send(kinkster)
    await eventually(lambda: turns()[0].reply == "part")
    cancelled = await ada.ask("select cancel_kinkster_turn(%s)", turn)
    assert (cancelled["status"], cancelled["reply"]) == ("cancelled", "part")
    await asyncio.wait_for(scripted.requests[0].left.wait(), a_second())
    assert (turns()[0].status, turns()[0].reply) == ("cancelled", "part")


async def test_a_notice_about_a_turn_that_was_not_cancelled_stops_nothing(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    await start_worker(kinkster_checkpoint_seconds=SELDOM, **SLOW)
    await listening(admin)
    scripted.will(sse(), delta("On "), 0.3, delta("and on."), completed(), END)
    turn = await ada.send(kinkster)
    await eventually(lambda: scripted.requests)
    await asyncio.sleep(0.05)
    for payload in (turn, "", "no uuid", str(uuid.uuid4())):
        admin.execute("select pg_notify('kinkster_changed', %s)", [payload])
    await eventually(lambda: turns()[0].reply == "On ")  # it looked
    assert (await ada.reply(turn))["reply"] == "On and on."


async def test_no_more_turns_run_at_a_time_than_the_setting_says(
    start_worker: StartWorker, scripted: Scripted, ada: Person, admin: psycopg.Connection, turns: Turns
) -> None:
    for _ in range(5):
        scripted.will(sse(), delta("x"), 0.1, completed(), END)
        await ada.send(new_kinkster(admin, ada.user))
    await start_worker(kinkster_queue_turns=2, kinkster_poll_seconds=0.01)
    most = 0

    def all_whole() -> bool:
        nonlocal most
        counts = Counter(turn.status for turn in turns())
        most = max(most, counts["streaming"])
        return counts["completed"] == 5

    await eventually(all_whole)
    assert most == 2


async def test_the_door_can_be_switched_off(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    admin: psycopg.Connection,
    kinkster: str,
    turns: Turns,
) -> None:
    client = await start_worker(kinkster_queue_turns=0, kinkster_poll_seconds=0.01)
    await listening(admin)
    await ada.send(kinkster)
    scripted.will(*answered("Over HTTP."))
    assert (await client.chat(new_kinkster(admin, ada.user))).done
    assert [(turn.status, turn.row["attempts"]) for turn in turns()] == [("queued", 0), ("completed", 1)]


async def test_a_listening_connection_that_was_killed_is_opened_again(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str, admin: psycopg.Connection
) -> None:
    await start_worker(kinkster_poll_seconds=NEVER)
    await listening(admin)
    (killed,) = admin.execute(LISTENERS).fetchall()
    admin.execute("select pg_terminate_backend(%s)", killed)
    await eventually(lambda: killed not in admin.execute(LISTENERS).fetchall())
    scripted.will(*answered("While deaf.")).will(*answered("By notice."))
    missed = await ada.ask("select kinkster.store_message(%s, 'Hello', null, null)", kinkster)
    assert (await ada.reply(missed["turn_id"]))["reply"] == "While deaf."  # looked for when it hears again
    await listening(admin)
    assert (await ada.reply(await ada.send(kinkster, "And now?")))["reply"] == "By notice."


async def test_polling_goes_on_while_nobody_listens(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kinkster_worker.queries.LISTEN", "select 1 / 0")
    await start_worker(kinkster_poll_seconds=0.05)
    scripted.will(*answered("Polled."))
    assert (await ada.reply(await ada.send(kinkster)))["reply"] == "Polled."


@pytest.mark.usefixtures("one_attempt")
async def test_a_provider_that_fails_ends_the_turn_with_its_error(
    start_worker: StartWorker, scripted: Scripted, ada: Person, kinkster: str
) -> None:
    await start_worker()
    scripted.will(failed("429 Too Many Requests", {})).will(sse(), delta("part"), Cut)
    first = await ada.reply(await ada.send(kinkster))
    assert (first["status"], first["reply"], first["error"]["code"]) == (
        "failed",
        "",
        "provider_rate_limited",
    )
    second = await ada.reply(await ada.send(kinkster, "Again"))
    assert (second["status"], second["reply"], second["error"]["code"]) == ("failed", "part", "reply_cut_off")
    assert second["error"]["hint"]


async def test_a_worker_that_stops_claims_no_more_and_ends_what_runs(
    worker_login: str,
    scripted: Scripted,
    ada: Person,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    scripted.will(sse(), delta("part"), Stall)
    settings = settings_of(worker_login, scripted.url, kinkster_queue_turns=1, **SLOW)
    async with serve(settings):
        running = await ada.send(new_kinkster(admin, ada.user))
        await eventually(lambda: scripted.requests)
        await ada.send(new_kinkster(admin, ada.user))
        await asyncio.sleep(0.05)
    assert [(turn.status, turn.error_code) for turn in turns()] == [
        ("queued", "worker_stopped"),
        ("queued", None),
    ]
    scripted.will(*answered("Still.")).will(*answered("Next."))
    async with serve(settings):  # another worker goes on with both
        assert (await ada.reply(running))["reply"] in ("Still.", "Next.")
        await eventually(lambda: {turn.status for turn in turns()} == {"completed"})


async def test_a_turn_that_is_claimed_while_the_worker_stops_is_not_left_behind(
    worker_login: str,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    database: str,
    admin: psycopg.Connection,
    turns: Turns,
) -> None:
    await ada.send(kinkster)
    waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%claim_next_turn%'"
    with psycopg.connect(database) as holder:
        holder.execute("lock table profiles in access exclusive mode")
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(serve(settings_of(worker_login, scripted.url)))
            await eventually(lambda: admin.execute(waiting).fetchall())
            stopping = asyncio.create_task(stack.pop_all().aclose())
            await asyncio.sleep(0.05)
            holder.rollback()
            await stopping
    assert [(turn.status, turn.error_code) for turn in turns()] == [("queued", "worker_stopped")]
    assert scripted.requests == []


async def test_a_database_that_goes_away_is_logged_once_and_waited_for(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    proxy: CountingProxy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "kinkster")

    def events(name: str) -> int:
        return [record.getMessage() for record in caplog.records].count(name)

    await start_worker(database_url=proxy.conninfo, kinkster_poll_seconds=0.02, kinkster_database_seconds=0.1)
    await eventually(lambda: proxy.counts[b"S"] > 2)
    proxy.go_down()
    await eventually(lambda: events("database_unavailable") and events("notices_lost"))
    await asyncio.sleep(0.3)
    turn = await ada.send(kinkster)
    scripted.will(*answered("Back."))
    proxy.down = False
    assert (await ada.reply(turn))["reply"] == "Back."
    await eventually(lambda: events("notices_back"))
    names = ("database_unavailable", "database_back", "notices_lost", "notices_back", "queue_crashed")
    assert [events(name) for name in names] == [1, 1, 1, 1, 0]


async def test_a_defect_in_a_loop_is_logged_and_the_loop_begins_again(
    start_worker: StartWorker,
    scripted: Scripted,
    ada: Person,
    kinkster: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    claim = Queries.claim_next_turn
    defects = [ZeroDivisionError()]

    async def claim_once_broken(*arguments: Any) -> Any:
        if defects:
            raise defects.pop()
        return await claim(*arguments)

    monkeypatch.setattr(Queries, "claim_next_turn", claim_once_broken)
    await start_worker(kinkster_poll_seconds=0.02)
    scripted.will(*answered("Still here."))
    assert (await ada.reply(await ada.send(kinkster)))["reply"] == "Still here."
    assert "queue_crashed" in [record.getMessage() for record in caplog.records]


async def test_a_turn_that_cannot_be_claimed_does_not_hold_up_the_others(
    start_worker: StartWorker, scripted: Scripted, sign_in: SignIn, admin: psycopg.Connection, turns: Turns
) -> None:
    people = [
        await sign_in(new_user(admin, f"{first}0000000-0000-4000-8000-000000000000")) for first in "189a"
    ]
    for person in people:
        await person.send(new_kinkster(admin, person.user))
    admin.execute(
        "create function broken() returns trigger language plpgsql as $$ begin raise 'broken'; end $$"
    )
    admin.execute(
        "create trigger broken before update on kinkster_turns for each row"
        f" when (old.user_id = '{people[0].user}') execute function broken()"
    )
    scripted.scripts += [answered("Hi")] * 4
    await start_worker(kinkster_poll_seconds=0.01)
    await eventually(lambda: Counter(turn.status for turn in turns()) == {"queued": 1, "completed": 3})
    await people[1].send(new_kinkster(admin, people[1].user))  # behind the one that can't be claimed
    await eventually(lambda: Counter(turn.status for turn in turns()) == {"queued": 1, "completed": 4})
