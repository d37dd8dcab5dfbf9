"""Two at once: one connection holds, the other is seen waiting for it, then the first lets go."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.people import claims_of, new_kinkster, new_user, value

SEND = "select public.send_kinkster_message(%s, %s, null, %s)"
BEGIN = "select kinkster.begin_turn(%s, %s, 'Hello', null, %s, '/api/chat', %s)"
CLAIM = "select kinkster.claim_turn(%s, %s, %s)"
EXPIRE = "update kinkster.settings set clock_offset = clock_offset + '61 seconds'"
BLOCKED = "select pg_blocking_pids(%s) <> '{}'"


class Race:
    """Two connections to one database, and a third that watches them."""

    def __init__(self, conninfo: str, admin: psycopg.Connection, pool: ThreadPoolExecutor) -> None:
        self.admin, self._pool = admin, pool
        self.first = psycopg.connect(conninfo)
        self.second = psycopg.connect(conninfo)
        self.user = new_user(admin)
        self.kinkster = new_kinkster(admin, self.user)

    def as_user(self) -> None:
        """Makes both connections act for the user."""
        for connection in (self.first, self.second):
            connection.execute("select set_config('request.jwt.claims', %s, false)", [claims_of(self.user)])
            connection.execute("set role authenticated")
            connection.commit()

    def as_workers(self) -> None:
        """Makes both connections workers."""
        for connection in (self.first, self.second):
            connection.execute("set session authorization kinkster_worker")
            connection.commit()

    def second_waits(self, statement: str, *arguments: object) -> Future[Any]:
        """Starts a statement on the second connection; returns when it waits for a lock of the first."""

        def run() -> Any:
            found = value(self.second, statement, *arguments)
            self.second.commit()
            return found

        future = self._pool.submit(run)
        deadline = time.monotonic() + 10
        while not value(self.admin, BLOCKED, self.second.info.backend_pid):
            assert not future.done(), f"it did not wait: {future.exception() or future.result()}"
            assert time.monotonic() < deadline, "it does not wait for a lock"
        return future

    def turns(self, column: str) -> list[Any]:
        """A column of all turns, oldest first."""
        rows = self.admin.execute(f"select {column} from public.kinkster_turns order by created_at")
        return [row[0] for row in rows]

    def expired_turn(self) -> Any:
        """The plan of a turn whose worker has died."""
        request = str(uuid.uuid4())
        began = value(self.admin, BEGIN, claims_of(self.user), self.kinkster, request, "first worker")
        self.admin.execute(EXPIRE)
        return began["plan"]

    def close(self) -> None:
        """Ends both connections."""
        self.first.close()
        self.second.close()


@pytest.fixture
def race(database: str, admin: psycopg.Connection) -> Iterator[Race]:
    """Two connections to a database with a user and a character."""
    with ThreadPoolExecutor(1) as pool, contextlib.closing(Race(database, admin, pool)) as found:
        yield found


def sqlstate(future: Future[Any]) -> str | None:
    """The SQLSTATE that a statement ended with; None when it ended well."""
    error = future.exception(10)
    assert error is None or isinstance(error, psycopg.Error)
    return error.sqlstate if error else None


def talk(race: Race) -> None:
    """A whole turn, so that there is a conversation."""
    plan = value(race.admin, BEGIN, claims_of(race.user), race.kinkster, str(uuid.uuid4()), "w")["plan"]
    outcome = '{"status": "completed", "reply": "Well met.", "api": "responses", "response_id": "resp_1"}'
    race.admin.execute(
        "select kinkster.settle_turn(%s, %s, %s, %s)", [race.user, plan["turn_id"], plan["lease"], outcome]
    )


@pytest.mark.parametrize("before", [lambda _: None, talk], ids=["first message", "later message"])
def test_the_same_request_twice_at_once_is_one_turn(race: Race, before: Callable[[Race], None]) -> None:
    before(race)
    race.as_user()
    request = str(uuid.uuid4())
    sent = value(race.first, SEND, race.kinkster, "Hello again", request)
    waiting = race.second_waits(SEND, race.kinkster, "Hello again", request)
    race.first.commit()
    assert waiting.result(10) == sent | {"created": False}
    assert race.turns("message").count("Hello again") == 1


@pytest.mark.parametrize("before", [lambda _: None, talk], ids=["first message", "later message"])
def test_two_messages_at_once_are_one_turn_and_a_409(race: Race, before: Callable[[Race], None]) -> None:
    before(race)
    race.as_user()
    value(race.first, SEND, race.kinkster, "From one tab", str(uuid.uuid4()))
    waiting = race.second_waits(SEND, race.kinkster, "From another", str(uuid.uuid4()))
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert race.turns("message")[-1] == "From one tab"
    assert "From another" not in race.turns("message")
    assert value(race.admin, "select count(*) from public.kinkster_conversations") == 1


def test_two_first_messages_at_once_are_one_conversation_when_the_first_is_taken_back(race: Race) -> None:
    race.as_user()
    value(race.first, SEND, race.kinkster, "From one tab", str(uuid.uuid4()))
    waiting = race.second_waits(SEND, race.kinkster, "From another", str(uuid.uuid4()))
    race.first.rollback()
    assert waiting.result(10)["created"]
    assert race.turns("message") == ["From another"]
    assert value(race.admin, "select count(*) from public.kinkster_conversations") == 1


def test_a_message_that_was_taken_back_leaves_room_for_the_next(race: Race) -> None:
    talk(race)
    race.as_user()
    value(race.first, SEND, race.kinkster, "From one tab", str(uuid.uuid4()))
    waiting = race.second_waits(SEND, race.kinkster, "From another", str(uuid.uuid4()))
    race.first.rollback()
    assert waiting.result(10)["created"]


def test_a_message_that_waited_follows_the_turn_that_it_waited_for(race: Race) -> None:
    talk(race)
    race.as_workers()
    begin = "select kinkster.begin_turn(%s, %s, %s, null, null, '/api/chat', 'w')"
    settle = "select kinkster.settle_turn(%s, %s, %s, %s)"
    outcome = '{"status": "completed", "reply": "Indeed.", "api": "responses", "response_id": "resp_2"}'
    plan = value(race.first, begin, claims_of(race.user), race.kinkster, "Second")["plan"]
    value(race.first, settle, race.user, plan["turn_id"], plan["lease"], outcome)
    waiting = race.second_waits(begin, claims_of(race.user), race.kinkster, "Third")
    race.first.commit()
    assert waiting.result(10)["plan"]["previous_response_id"] == "resp_2"
    assert race.turns("parent_turn_id")[-1] == race.turns("id")[-2]


def test_two_turns_inserted_at_once_are_one(race: Race) -> None:
    """The index says so, whatever function a client goes around."""
    talk(race)
    race.as_user()
    conversation = value(race.admin, "select id from public.kinkster_conversations")
    insert = "insert into public.kinkster_turns (conversation_id, message) values (%s, %s) returning id"
    value(race.first, insert, conversation, "From one tab")
    waiting = race.second_waits(insert, conversation, "From another")
    race.first.commit()
    error = waiting.exception(10)
    assert isinstance(error, psycopg.errors.UniqueViolation)
    assert error.diag.constraint_name == "one_turn_of_a_conversation_is_in_flight"


def test_two_workers_at_one_expired_turn_are_one_claim(race: Race) -> None:
    plan = race.expired_turn()
    race.as_workers()
    won = value(race.first, CLAIM, race.user, plan["turn_id"], "second worker")
    waiting = race.second_waits(CLAIM, race.user, plan["turn_id"], "third worker")
    race.first.commit()
    assert won["state"] == "claimed"
    assert sqlstate(waiting) == "KW001"
    assert race.turns("worker") == ["second worker"]
    assert race.turns("attempts") == [2]


def test_two_doors_at_one_expired_turn_are_one_claim_and_a_409(race: Race) -> None:
    plan = race.expired_turn()
    race.as_workers()
    request = (claims_of(race.user), race.kinkster, plan["turn_id"])
    won = value(race.first, BEGIN, *request, "second worker")
    waiting = race.second_waits(BEGIN, *request, "third worker")
    race.first.commit()
    assert won["state"] == "claimed"
    assert sqlstate(waiting) == "PT409"
    assert race.turns("worker") == ["second worker"]


def test_the_same_request_at_two_doors_at_once_is_answered_once(race: Race) -> None:
    race.as_workers()
    request = (claims_of(race.user), race.kinkster, str(uuid.uuid4()))
    won = value(race.first, BEGIN, *request, "first worker")
    waiting = race.second_waits(BEGIN, *request, "second worker")
    race.first.commit()
    assert won["state"] == "claimed"
    assert sqlstate(waiting) == "PT409"
    assert race.turns("attempts") == [1]


def test_a_worker_that_comes_back_late_does_not_settle_over_the_next_one(race: Race) -> None:
    plan = race.expired_turn()
    race.as_workers()
    value(race.first, CLAIM, race.user, plan["turn_id"], "second worker")
    settle = "select kinkster.settle_turn(%s, %s, %s, %s)"
    outcome = '{"status": "completed", "reply": "Too late.", "api": "responses"}'
    waiting = race.second_waits(settle, race.user, plan["turn_id"], plan["lease"], outcome)
    race.first.commit()
    assert sqlstate(waiting) == "KW001"
    assert race.turns("status") == ["streaming"]


def test_a_message_does_not_end_a_turn_that_another_worker_has_just_claimed(race: Race) -> None:
    plan = race.expired_turn()
    race.first.execute("set session authorization kinkster_worker")
    value(race.first, CLAIM, race.user, plan["turn_id"], "second worker")
    begin = "select kinkster.begin_turn(%s, %s, 'Something else', null, null, '/api/chat', 'third worker')"
    waiting = race.second_waits(begin, claims_of(race.user), race.kinkster)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert race.turns("status") == ["streaming"]


def test_a_worker_does_not_claim_a_turn_that_the_next_message_has_just_ended(race: Race) -> None:
    plan = race.expired_turn()
    race.as_workers()
    begin = "select kinkster.begin_turn(%s, %s, 'Something else', null, null, '/api/chat', 'second worker')"
    assert value(race.first, begin, claims_of(race.user), race.kinkster)["state"] == "claimed"
    waiting = race.second_waits(CLAIM, race.user, plan["turn_id"], "third worker")
    race.first.commit()
    assert sqlstate(waiting) == "KW001"
    assert race.turns("status") == ["failed", "streaming"]
