"""Two at once: one connection holds, the other is seen waiting for it, then the first lets go."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.people import MISPLACED, claims_of, new_kinkster, new_user, value

SEND = "select public.send_kinkster_message(%s, %s, null, %s)"
BEGIN = "select kinkster.begin_turn(%s, %s, 'Hello', null, %s, '/api/chat', %s)"
CLAIM = "select kinkster.claim_turn(%s, %s, %s)"
SETTLE = "select kinkster.settle_turn(%s, %s, %s, %s)"
KEEP = "select kinkster.checkpoint_turns(%s)"
SAFEWORD = "select public.send_kinkster_message(%s, 'safeword')"
PAUSE = "select public.pause_kinkster_chats()"
EDIT = "select public.edit_kinkster_message(%s, %s)"
SWITCH = "select public.switch_kinkster_branch(%s)"
WELL_MET = '{"status": "completed", "reply": "Well met.", "api": "responses", "response_id": "resp_1"}'
EXPIRE = "update kinkster.settings set clock_offset = clock_offset + '61 seconds'"
BLOCKED = "select pg_blocking_pids(%s) <> '{}'"


class Race:
    """Two connections to one database, and a third that watches them."""

    def __init__(self, conninfo: str, admin: psycopg.Connection, pool: ThreadPoolExecutor) -> None:
        self.admin, self._pool = admin, pool
        # What should not wait fails instead of waiting for ever.
        self.first = psycopg.connect(conninfo, options="-c lock_timeout=15s")
        self.second = psycopg.connect(conninfo, options="-c lock_timeout=15s")
        self.user = new_user(admin)
        self.kinkster = new_kinkster(admin, self.user)
        self.names: dict[str, str] = {}  # ids by the names that statements have for them

    def as_user(self, *connections: psycopg.Connection) -> None:
        """Makes these connections, or both, act for the user."""
        for connection in connections or (self.first, self.second):
            connection.execute("select set_config('request.jwt.claims', %s, false)", [claims_of(self.user)])
            connection.execute("set role authenticated")
            connection.commit()

    def as_workers(self, *connections: psycopg.Connection) -> None:
        """Makes these connections, or both, workers."""
        for connection in connections or (self.first, self.second):
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

    def plan(self) -> Any:
        """The plan of a turn that streams."""
        request = str(uuid.uuid4())
        return value(self.admin, BEGIN, claims_of(self.user), self.kinkster, request, "first worker")["plan"]

    def expired_turn(self) -> Any:
        """The plan of a turn whose worker has died."""
        plan = self.plan()
        self.admin.execute(EXPIRE)
        return plan

    def waiting_turn(self, message: str = "Hello?") -> str:
        """The id of a turn that waits, the first of a conversation."""
        return str(
            value(
                self.admin,
                "with conversation as (insert into public.kinkster_conversations (user_id, kinkster_id)"
                " values (%s, %s) returning user_id, id)"
                ", turn as (insert into public.kinkster_turns (user_id, conversation_id, message)"
                " select user_id, id, %s from conversation returning user_id, conversation_id, id)"
                " insert into kinkster.turns_in_flight select * from turn returning turn_id",
                self.user,
                self.kinkster,
                message,
            )
        )

    def state(self) -> Any:
        """The state of the only conversation."""
        return value(self.admin, "select state from public.kinkster_conversations")

    def close(self) -> None:
        """Ends both connections."""
        self.first.close()
        self.second.close()


@pytest.fixture
def race(database: str, admin: psycopg.Connection) -> Iterator[Race]:
    """Two connections to a database with a user and a character."""
    with ThreadPoolExecutor(1) as pool, contextlib.closing(Race(database, admin, pool)) as found:
        yield found
        assert admin.execute(MISPLACED).fetchall() == []


def sqlstate(future: Future[Any]) -> str | None:
    """The SQLSTATE that a statement ended with; None when it ended well."""
    error = future.exception(10)
    assert error is None or isinstance(error, psycopg.Error)
    return error.sqlstate if error else None


def talk(race: Race) -> None:
    """A whole turn, so that there is a conversation."""
    plan = race.plan()
    race.admin.execute(SETTLE, [race.user, plan["turn_id"], plan["lease"], WELL_MET])


def checkpoint(*plans: Any, text: str = "Wel") -> str:
    """A batch that stores the first text of these turns."""
    return json.dumps(
        [
            {key: plan[key] for key in ("user_id", "turn_id", "lease")}
            | {"from": 0, "text": text, "shown": True}
            for plan in plans
        ]
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


@pytest.mark.parametrize("named", [False, True], ids=["latest conversation", "named conversation"])
def test_a_message_that_waited_follows_the_turn_that_it_waited_for(race: Race, named: bool) -> None:
    talk(race)
    conversation = value(race.admin, "select id from public.kinkster_conversations") if named else None
    race.as_workers()
    begin = "select kinkster.begin_turn(%s, %s, %s, %s, null, '/api/chat', 'w')"
    settle = "select kinkster.settle_turn(%s, %s, %s, %s)"
    outcome = '{"status": "completed", "reply": "Indeed.", "api": "responses", "response_id": "resp_2"}'
    plan = value(race.first, begin, claims_of(race.user), race.kinkster, "Second", conversation)["plan"]
    value(race.first, settle, race.user, plan["turn_id"], plan["lease"], outcome)
    waiting = race.second_waits(begin, claims_of(race.user), race.kinkster, "Third", conversation)
    race.first.commit()
    assert waiting.result(10)["plan"]["previous_response_id"] == "resp_2"
    assert race.turns("parent_turn_id")[-1] == race.turns("id")[-2]


def test_two_turns_queued_at_once_are_one(race: Race) -> None:
    """The key says so, whatever function a client goes around."""
    talk(race)
    race.as_user()
    conversation = value(race.admin, "select id from public.kinkster_conversations")
    queue = "select kinkster.queue_turn(%s, gen_random_uuid(), null, %s)"
    assert value(race.first, queue, conversation, "From one tab")
    waiting = race.second_waits(queue, conversation, "From another")
    race.first.commit()
    assert waiting.result(10) is False
    assert race.turns("message")[1:] == ["From one tab"]


def test_one_request_id_queued_at_once_in_two_conversations_is_one_turn(race: Race) -> None:
    """And the place that it had taken in the second one is given back."""
    talk(race)
    other = value(
        race.admin,
        "insert into public.kinkster_conversations (user_id, kinkster_id) values (%s, %s) returning id",
        race.user,
        race.kinkster,
    )
    one = value(race.admin, "select id from public.kinkster_conversations where id <> %s", other)
    race.as_user()
    queue, request = "select kinkster.queue_turn(%s, %s, null, 'Hello')", str(uuid.uuid4())
    assert value(race.first, queue, one, request)
    waiting = race.second_waits(queue, other, request)
    race.first.commit()
    assert waiting.result(10) is False
    assert value(race.admin, "select array_agg(conversation_id) from kinkster.turns_in_flight") == [one]


@pytest.mark.parametrize(("ends", "how"), [("commit", "PT409"), ("rollback", None)])
def test_one_request_id_at_two_doors_in_two_conversations_is_one_turn(
    race: Race, ends: str, how: str | None
) -> None:
    """The second door has to look again, and finds the turn of the first, or that there is none."""
    insert = "insert into public.kinkster_conversations (user_id, kinkster_id) values (%s, %s) returning id"
    one, other = (value(race.admin, insert, race.user, race.kinkster) for _ in range(2))
    race.as_workers()
    begin = "select kinkster.begin_turn(%s, %s, 'Hello', %s, %s, '/api/chat', 'w')"
    request = str(uuid.uuid4())
    value(race.first, begin, claims_of(race.user), race.kinkster, one, request)
    waiting = race.second_waits(begin, claims_of(race.user), race.kinkster, other, request)
    getattr(race.first, ends)()
    assert sqlstate(waiting) == how
    assert race.turns("conversation_id") == [one if how else other]


@pytest.mark.parametrize(("ends", "how"), [("commit", "PT409"), ("rollback", None)])
def test_a_message_waits_for_one_that_is_just_being_asked_again(
    race: Race, ends: str, how: str | None
) -> None:
    plan = race.plan()
    race.admin.execute(
        SETTLE,
        [
            race.user,
            plan["turn_id"],
            plan["lease"],
            '{"status": "failed", "error_code": "provider_rejected",'
            ' "error_message": "No.", "error_hint": "Ask otherwise."}',
        ],
    )
    race.as_workers()
    again = value(race.first, BEGIN, claims_of(race.user), race.kinkster, plan["turn_id"], "second worker")
    assert again["plan"]["attempt"] == 1
    begin = "select kinkster.begin_turn(%s, %s, 'Something else', null, null, '/api/chat', 'third worker')"
    waiting = race.second_waits(begin, claims_of(race.user), race.kinkster)
    getattr(race.first, ends)()
    assert sqlstate(waiting) == how
    assert race.turns("status") == (["streaming"] if how else ["failed", "streaming"])


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


def test_two_doors_at_one_expired_turn_are_one_claim_and_a_follower(race: Race) -> None:
    plan = race.expired_turn()
    race.as_workers()
    request = (claims_of(race.user), race.kinkster, plan["turn_id"])
    won = value(race.first, BEGIN, *request, "second worker")
    waiting = race.second_waits(BEGIN, *request, "third worker")
    race.first.commit()
    assert won["state"] == "claimed"
    told = waiting.result(10)
    assert (told["state"], told["tag"]) == ("waiting", won["plan"]["lease"][:8])
    assert race.turns("worker") == ["second worker"]


def test_the_same_request_at_two_doors_at_once_is_answered_once(race: Race) -> None:
    race.as_workers()
    request = (claims_of(race.user), race.kinkster, str(uuid.uuid4()))
    won = value(race.first, BEGIN, *request, "first worker")
    waiting = race.second_waits(BEGIN, *request, "second worker")
    race.first.commit()
    assert won["state"] == "claimed"
    told = waiting.result(10)
    assert (told["state"], told["tag"]) == ("waiting", won["plan"]["lease"][:8])
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


def test_a_safeword_stops_a_turn_that_is_just_being_claimed(race: Race) -> None:
    turn = race.waiting_turn()
    race.as_workers(race.first)
    race.as_user(race.second)
    assert value(race.first, CLAIM, race.user, turn, "w")["state"] == "claimed"
    waiting = race.second_waits(SAFEWORD, race.kinkster)
    race.first.commit()
    assert waiting.result(10)["status"] == "completed"
    assert race.turns("status") == ["cancelled", "completed"]
    assert race.turns("error_code") == ["safeword", None]
    assert race.state() == "paused"


def test_a_turn_that_a_safeword_is_just_stopping_is_not_claimed(race: Race) -> None:
    turn = race.waiting_turn()
    race.as_user(race.first)
    race.as_workers(race.second)
    value(race.first, SAFEWORD, race.kinkster)
    waiting = race.second_waits(CLAIM, race.user, turn, "w")
    race.first.commit()
    assert sqlstate(waiting) == "KW001"
    assert race.turns("status") == ["cancelled", "completed"]


def test_the_queue_waits_for_no_safeword(race: Race) -> None:
    race.waiting_turn()
    race.as_user(race.first)
    race.as_workers(race.second)
    value(race.first, SAFEWORD, race.kinkster)
    assert value(race.second, "select kinkster.claim_next_turn('w')") == {"state": "idle"}
    race.first.commit()
    assert value(race.second, "select kinkster.claim_next_turn('w')") == {"state": "idle"}


def test_a_safeword_and_a_claim_of_another_one_do_not_wait_for_each_other(race: Race) -> None:
    """Turns can be inserted past the door; sending locks the conversation first, claiming the turn."""
    turn = race.waiting_turn("safeword")
    race.as_user(race.first)
    race.as_workers(race.second)
    lock = "select from public.kinkster_conversations where kinkster_id = %s for no key update"
    race.first.execute(lock, [race.kinkster])
    with pytest.raises(psycopg.Error) as refused:
        value(race.second, CLAIM, race.user, turn, "w")
    assert refused.value.sqlstate == "KW001"
    race.second.rollback()
    assert value(race.first, SAFEWORD, race.kinkster)["status"] == "completed"
    race.first.commit()
    assert race.turns("status") == ["cancelled", "completed"]


def test_a_safeword_that_comes_with_the_reply_follows_it(race: Race) -> None:
    plan = race.plan()
    race.as_workers(race.first)
    race.as_user(race.second)
    value(race.first, SETTLE, race.user, plan["turn_id"], plan["lease"], WELL_MET)
    waiting = race.second_waits(SAFEWORD, race.kinkster)
    race.first.commit()
    assert waiting.result(10)["status"] == "completed"
    assert race.turns("reply")[0] == "Well met."
    assert race.turns("error_code") == [None, None]
    assert race.state() == "paused"


def test_a_reply_that_comes_after_a_safeword_is_not_stored(race: Race) -> None:
    plan = race.plan()
    race.as_user(race.first)
    race.as_workers(race.second)
    value(race.first, SAFEWORD, race.kinkster)
    waiting = race.second_waits(SETTLE, race.user, plan["turn_id"], plan["lease"], WELL_MET)
    race.first.commit()
    answer = waiting.result(10)
    assert (answer["status"], answer["error"]["code"]) == ("cancelled", "safeword")
    assert race.turns("reply")[0] == ""


@pytest.mark.parametrize("before", [lambda _: None, talk], ids=["first message", "later message"])
def test_a_safeword_stops_a_turn_that_is_just_being_sent(race: Race, before: Callable[[Race], None]) -> None:
    before(race)
    race.as_workers(race.first)
    race.as_user(race.second)
    request = str(uuid.uuid4())
    began = value(race.first, BEGIN, claims_of(race.user), race.kinkster, request, "w")
    waiting = race.second_waits(SAFEWORD, race.kinkster)
    race.first.commit()
    assert waiting.result(10)["status"] == "completed"
    assert race.turns("status")[-2:] == ["cancelled", "completed"]
    assert race.turns("parent_turn_id")[-1] == race.turns("id")[-2]
    assert race.state() == "paused"
    kept = value(race.admin, KEEP, checkpoint(began["plan"]))
    assert kept == {request: {"state": "lost"}}
    assert race.turns("reply")[-2] == ""


def test_a_message_that_waited_for_a_safeword_is_not_taken(race: Race) -> None:
    talk(race)
    race.as_user()
    value(race.first, SAFEWORD, race.kinkster)
    waiting = race.second_waits(SEND, race.kinkster, "And then?", str(uuid.uuid4()))
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert "And then?" not in race.turns("message")


@pytest.mark.parametrize("before", [lambda _: None, talk], ids=["first message", "later message"])
def test_two_safewords_at_once_are_both_heeded(race: Race, before: Callable[[Race], None]) -> None:
    before(race)
    race.as_user()
    value(race.first, SAFEWORD, race.kinkster)
    waiting = race.second_waits(SAFEWORD, race.kinkster)
    race.first.commit()
    assert waiting.result(10)["safeword_seen"]
    assert race.turns("message")[-2:] == ["safeword", "safeword"]
    assert race.turns("parent_turn_id")[-1] == race.turns("id")[-2]
    assert race.state() == "paused"


@pytest.mark.parametrize("before", [lambda _: None, talk], ids=["first message", "later message"])
def test_the_same_safeword_twice_at_once_is_one(race: Race, before: Callable[[Race], None]) -> None:
    before(race)
    race.as_user()
    request = str(uuid.uuid4())
    sent = value(race.first, SEND, race.kinkster, "safeword", request)
    waiting = race.second_waits(SEND, race.kinkster, "safeword", request)
    race.first.commit()
    assert waiting.result(10) == sent | {"created": False}
    assert race.turns("message").count("safeword") == 1


def test_a_turn_that_slips_past_a_pause_stops_at_its_first_checkpoint(race: Race) -> None:
    race.as_workers(race.first)
    race.as_user(race.second)
    request = str(uuid.uuid4())
    plan = value(race.first, BEGIN, claims_of(race.user), race.kinkster, request, "w")["plan"]
    assert value(race.second, PAUSE)["stopped"] == 0
    race.second.commit()
    race.first.commit()
    assert race.turns("status") == ["streaming"]
    assert value(race.first, KEEP, checkpoint(plan)) == {request: {"state": "lost"}}
    race.first.commit()
    assert (race.turns("status"), race.turns("error_code")) == (["cancelled"], ["paused"])


def test_a_pause_stops_a_turn_that_is_just_being_claimed(race: Race) -> None:
    turn = race.waiting_turn()
    race.as_workers(race.first)
    race.as_user(race.second)
    assert value(race.first, CLAIM, race.user, turn, "w")["state"] == "claimed"
    waiting = race.second_waits(PAUSE)
    race.first.commit()
    assert waiting.result(10)["stopped"] == 1
    assert race.turns("error_code") == ["paused"]


def test_a_turn_that_a_pause_is_just_stopping_is_not_claimed(race: Race) -> None:
    turn = race.waiting_turn()
    race.as_user(race.first)
    race.as_workers(race.second)
    value(race.first, PAUSE)
    waiting = race.second_waits(CLAIM, race.user, turn, "w")
    race.first.commit()
    assert sqlstate(waiting) == "KW001"
    assert race.turns("status") == ["cancelled"]


def test_two_pauses_at_once_are_one(race: Race) -> None:
    race.plan()
    race.as_user()
    assert value(race.first, PAUSE)["stopped"] == 1
    waiting = race.second_waits(PAUSE)
    race.first.commit()
    assert waiting.result(10)["stopped"] == 0


def test_a_branch_is_not_switched_under_a_message_that_is_just_being_sent(race: Race) -> None:
    talk(race)
    first = race.turns("id")[0]
    race.as_user()
    value(race.first, SEND, race.kinkster, "Second", str(uuid.uuid4()))
    waiting = race.second_waits(SWITCH, first)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert value(race.admin, "select head_turn_id from public.kinkster_conversations") == race.turns("id")[1]


def test_a_message_that_waited_for_a_switch_goes_on_from_there(race: Race) -> None:
    talk(race)
    talk(race)
    first, second = race.turns("id")
    race.admin.execute("update public.kinkster_turns set parent_turn_id = null")
    race.as_user()
    assert value(race.first, SWITCH, first)["head_turn_id"] == str(first)
    waiting = race.second_waits(SEND, race.kinkster, "Third", str(uuid.uuid4()))
    race.first.commit()
    assert waiting.result(10)["created"]
    assert race.turns("parent_turn_id") == [None, None, first]
    assert second not in race.turns("parent_turn_id")


def test_two_edits_of_one_message_at_once_are_one_and_a_409(race: Race) -> None:
    talk(race)
    turn = race.turns("id")[0]
    race.as_user()
    edited = value(race.first, EDIT, turn, "In other words")
    waiting = race.second_waits(EDIT, turn, "In yet other words")
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert race.turns("message") == ["Hello", "In other words"]
    head = value(race.admin, "select head_turn_id from public.kinkster_conversations")
    assert str(head) == edited["turn_id"]


def test_an_edit_that_waited_for_one_that_was_taken_back_takes_its_place(race: Race) -> None:
    talk(race)
    turn = race.turns("id")[0]
    race.as_user()
    value(race.first, EDIT, turn, "In other words")
    waiting = race.second_waits(EDIT, turn, "In yet other words")
    race.first.rollback()
    assert waiting.result(10)["created"]
    assert race.turns("message") == ["Hello", "In yet other words"]


def test_a_checkpoint_passes_over_a_row_that_somebody_has_locked(race: Race) -> None:
    locked, free = race.plan(), None
    other = new_user(race.admin)
    character = new_kinkster(race.admin, None)
    free = value(race.admin, BEGIN, claims_of(other), character, str(uuid.uuid4()), "w")["plan"]
    race.as_user(race.first)
    race.as_workers(race.second)
    cancel = "select public.cancel_kinkster_turn(%s)"
    value(race.first, cancel, locked["turn_id"])

    kept = {"state": "kept", "followed": False}
    batch = checkpoint(locked, free)
    assert value(race.second, KEEP, batch) == {free["turn_id"]: kept}  # and does not wait
    race.second.commit()
    replies = "select reply from public.kinkster_turns where user_id = %s"
    assert value(race.admin, replies, other) == "Wel"
    assert value(race.admin, replies, race.user) == ""

    race.first.rollback()
    assert value(race.second, KEEP, batch) == {locked["turn_id"]: kept, free["turn_id"]: kept}
    race.second.commit()
    value(race.first, cancel, locked["turn_id"])
    race.first.commit()
    assert value(race.second, KEEP, batch) == {locked["turn_id"]: {"state": "lost"}, free["turn_id"]: kept}


def test_a_reply_that_waited_for_a_cancellation_keeps_what_had_arrived(race: Race) -> None:
    plan = race.plan()
    race.as_user(race.first)
    race.as_workers(race.second)
    value(race.first, "select public.cancel_kinkster_turn(%s)", plan["turn_id"])
    waiting = race.second_waits(SETTLE, race.user, plan["turn_id"], plan["lease"], WELL_MET)
    race.first.commit()
    assert waiting.result(10)["status"] == "cancelled"
    assert (race.turns("status"), race.turns("reply")) == (["cancelled"], ["Well met."])


def test_a_follower_that_is_shown_text_first_keeps_it_from_being_written_anew(race: Race) -> None:
    plan = race.plan()
    value(race.admin, KEEP, checkpoint(plan).replace("true", "false"))
    race.as_workers()
    follow = "select kinkster.follow_turn(%s, %s, 0, null)"
    outcome = (
        '{"status": "failed", "reply": "Wel", "error_code": "provider_unavailable",'
        ' "error_message": "Down.", "error_hint": "Wait."}'
    )
    assert value(race.first, follow, claims_of(race.user), plan["turn_id"])["text"] == "Wel"
    waiting = race.second_waits(SETTLE, race.user, plan["turn_id"], plan["lease"], outcome)
    race.first.commit()
    assert waiting.result(10)["status"] == "failed"


def test_a_follower_that_waited_for_an_attempt_to_fail_is_not_shown_its_text(race: Race) -> None:
    plan = race.plan()
    value(race.admin, KEEP, checkpoint(plan).replace("true", "false"))
    race.as_workers()
    follow = "select kinkster.follow_turn(%s, %s, 0, null)"
    outcome = (
        '{"status": "failed", "reply": "Wel", "error_code": "provider_unavailable",'
        ' "error_message": "Down.", "error_hint": "Wait."}'
    )
    assert value(race.first, SETTLE, race.user, plan["turn_id"], plan["lease"], outcome)["status"] == "queued"
    waiting = race.second_waits(follow, claims_of(race.user), plan["turn_id"])
    race.first.commit()
    told = waiting.result(10)
    assert (told["status"], told["text"]) == ("queued", "")
    assert race.turns("is_shown") == [False]


@pytest.mark.parametrize(
    ("first_ends", "second_state"), [("commit", "waiting"), ("rollback", "claimed")], ids=["goes", "is lost"]
)
def test_one_turn_alone_tries_a_provider_that_was_down(
    race: Race, first_ends: str, second_state: str
) -> None:
    turns = [race.waiting_turn(), race.waiting_turn()]
    race.admin.execute("update kinkster.breakers set failures = 5, open_until = kinkster.now()")
    race.as_workers()
    assert value(race.first, CLAIM, race.user, turns[0], "first worker")["state"] == "claimed"
    waiting = race.second_waits(CLAIM, race.user, turns[1], "second worker")
    getattr(race.first, first_ends)()
    assert waiting.result(10)["state"] == second_state


def test_failures_at_once_are_all_counted(race: Race) -> None:
    plans = []
    for _ in range(2):
        user = new_user(race.admin)
        character = new_kinkster(race.admin, None)
        plans.append(value(race.admin, BEGIN, claims_of(user), character, str(uuid.uuid4()), "w")["plan"])
    race.as_workers()
    outcome = (
        '{"status": "failed", "reply": "", "error_code": "provider_unreachable",'
        ' "error_message": "Down.", "error_hint": "Wait."}'
    )
    value(race.first, SETTLE, plans[0]["user_id"], plans[0]["turn_id"], plans[0]["lease"], outcome)
    waiting = race.second_waits(SETTLE, plans[1]["user_id"], plans[1]["turn_id"], plans[1]["lease"], outcome)
    race.first.commit()
    assert waiting.result(10)["status"] == "queued"
    failures = "select failures from kinkster.breakers where provider = 'openai_responses'"
    assert value(race.admin, failures) == 2
