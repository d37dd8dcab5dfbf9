"""Who listens is told at once: that a turn waits, or that one that is answered is to be looked at."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.people import claims_of, new_kinkster, new_user, value

BEGIN = "select kinkster.begin_turn(%s, %s, 'Hello', null, %s, '/api/chat', 'w')"
SETTLE = "select kinkster.settle_turn(%s, %s, %s, %s)"
WELL_MET = '{"status": "completed", "reply": "Well met.", "api": "responses", "response_id": "resp_1"}'


class Heard:
    """A user who chats, and what a listener hears of it."""

    def __init__(self, admin: psycopg.Connection, conninfo: str) -> None:
        self.admin, self._listener = admin, psycopg.connect(conninfo, autocommit=True)
        self._listener.execute("listen kinkster_turns; listen kinkster_changed")
        self.user = new_user(admin)
        self.kinkster = new_kinkster(admin, self.user)

    def close(self) -> None:
        """Ends the listener's connection."""
        self._listener.close()

    def began(self) -> Any:
        """The plan of a turn that streams."""
        return value(self.admin, BEGIN, claims_of(self.user), self.kinkster, str(uuid.uuid4()))["plan"]

    def talked(self) -> str:
        """The id of a whole turn."""
        plan = self.began()
        self.admin.execute(SETTLE, [self.user, plan["turn_id"], plan["lease"], WELL_MET])
        return str(plan["turn_id"])

    def call(self, statement: str, *arguments: object) -> None:
        """Calls something as the user."""
        with self.admin.transaction():
            claims = "select set_config('request.jwt.claims', %s, true), set_config('role', %s, true)"
            self.admin.execute(claims, [claims_of(self.user), "authenticated"])
            self.admin.execute(statement, arguments)

    def notices(self) -> list[tuple[str, str]]:
        """Channel and payload of all that was heard until now."""
        self.admin.execute("select pg_notify('kinkster_turns', 'the end')")
        heard = []
        for notice in self._listener.notifies(timeout=10):
            if notice.payload == "the end":
                break
            heard.append((notice.channel, notice.payload))
        return heard


@pytest.fixture
def heard(admin: psycopg.Connection, database: str) -> Iterator[Heard]:
    """A user and a listener."""
    found = Heard(admin, database)
    yield found
    found.close()


def test_over_http_nobody_needs_to_be_woken(heard: Heard) -> None:
    heard.talked()
    assert heard.notices() == []


def test_a_turn_that_waits_wakes_the_workers(heard: Heard) -> None:
    turn = heard.talked()
    heard.call("select send_kinkster_message(%s, 'Hello?')", heard.kinkster)
    assert heard.notices() == [("kinkster_turns", "")]
    heard.admin.execute("update kinkster_turns set status = 'completed', reply = 'Well met.'")
    heard.call("select regenerate_kinkster_reply(%s)", turn)
    assert heard.notices() == [("kinkster_turns", "")]
    heard.admin.execute("update kinkster_turns set status = 'completed', reply = 'Well met.'")
    heard.call("select edit_kinkster_message(%s, 'Good day')", turn)
    assert heard.notices() == [("kinkster_turns", "")]


def test_a_safeword_needs_nobody(heard: Heard) -> None:
    heard.call("select send_kinkster_message(%s, 'safeword')", heard.kinkster)
    assert heard.notices() == []


@pytest.mark.parametrize(
    ("statement", "argument"),
    [
        ("select cancel_kinkster_turn(%s)", "turn_id"),
        ("select send_kinkster_message(%s, 'safeword')", "kinkster_id"),
        ("select pause_kinkster_chats() where %s::text is not null", "turn_id"),
    ],
    ids=["cancel", "safeword", "pause"],
)
def test_whoever_answers_a_turn_that_is_stopped_is_told(heard: Heard, statement: str, argument: str) -> None:
    plan = heard.began()
    heard.call(statement, (plan | {"kinkster_id": heard.kinkster})[argument])
    assert heard.notices() == [("kinkster_changed", plan["turn_id"])]


def test_whoever_answers_a_turn_is_told_of_its_first_follower(heard: Heard) -> None:
    plan = heard.began()
    follow = "select kinkster.follow_turn(%s, %s, 0, null)"
    for _ in range(3):
        heard.admin.execute(follow, [claims_of(heard.user), plan["turn_id"]])
    assert heard.notices() == [("kinkster_changed", plan["turn_id"])]
    heard.admin.execute("update kinkster.settings set clock_offset = '10 seconds'")
    heard.admin.execute(follow, [claims_of(heard.user), plan["turn_id"]])
    assert heard.notices() == [("kinkster_changed", plan["turn_id"])]


def test_what_is_taken_back_is_not_told(heard: Heard) -> None:
    plan = heard.began()
    with heard.admin.transaction(force_rollback=True):
        heard.call("select cancel_kinkster_turn(%s)", plan["turn_id"])
    assert heard.notices() == []
