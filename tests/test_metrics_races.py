"""Two at once: turns are added up while they are deleted, rated, asked again or just being stored. The views
show what the turns say, at every step.
"""

import contextlib
import json
import uuid

import psycopg
import pytest

from scripts.installation import run
from tests.metrics_at_scale import RULES
from tests.people import claims_of, new_kinkster, value
from tests.test_metrics import ROLL_UP, differences
from tests.test_notion_races import starts
from tests.test_races import BEGIN, SETTLE, Race, sqlstate, talk
from tests.test_races import race as connections

__all__ = ["connections"]  # pytest finds it here

ALL_AGAIN = "update kinkster.roll_up_state set rolled_until = '-infinity'"
LATER = "update kinkster.settings set clock_offset = clock_offset + interval '3 hours'"
RATE = "insert into public.kinkster_ratings (user_id, turn_id, rating) values ('{user}', '{turn}', -1)"
RATE_ANEW = "update public.kinkster_ratings set rating = -1 where turn_id = '{rated}'"
UNRATE = "delete from public.kinkster_ratings where turn_id = '{rated}'"
DELETE = "delete from public.kinkster_turns where id = '{turn}'"
DELETE_ALL = "delete from public.kinkster_conversations"
DELETE_CHARACTER = "delete from public.kinksters"
DELETE_PROFILE = "delete from public.profiles"
DELETE_RATED = "delete from public.kinkster_turns where id = '{rated}'"
AGAIN = "select kinkster.take_turn('{user}', '{failed}', 'w', false)"
CHANGES = {
    "rated": RATE,
    "rated anew": RATE_ANEW,
    "rating taken back": UNRATE,
    "deleted": DELETE,
    "deleted with its conversation": DELETE_ALL,
    "deleted with its character": DELETE_CHARACTER,
    "deleted with its user": DELETE_PROFILE,
    "asked again": AGAIN,
}
PAIRED = {
    "rated first": RATE,
    "reply deleted": DELETE,
    "rated anew": RATE_ANEW,
    "rating taken back": UNRATE,
    "rated reply deleted": DELETE_RATED,
    "deleted with its conversation": DELETE_ALL,
}
REFUSED = ("23503", "23505")  # there is no such turn any more; it has been rated already
FAILED = {
    "status": "failed",
    "reply": "",
    "error_code": "provider_timeout",
    "error_message": "No.",
    "error_hint": "So.",
    "shown": True,
}


@pytest.fixture
def race(connections: Race) -> Race:
    """Turns of three hours ago, added up: two answered, of which one is rated, and a last one that failed."""
    admin = connections.admin
    with psycopg.connect(admin.info.dsn, autocommit=True) as other:
        run(other, RULES)
    talk(connections)
    talk(connections)
    plan = connections.plan()
    admin.execute(SETTLE, [connections.user, plan["turn_id"], plan["lease"], json.dumps(FAILED)])
    turn, rated, failed = connections.turns("id")
    connections.names = {"user": connections.user, "turn": turn, "rated": rated, "failed": failed}
    admin.execute(RATE.format(user=connections.user, turn=rated).replace("-1", "1").encode())
    admin.execute(LATER)
    roll_up(connections)
    assert value(admin, "select count(*) from kinkster.turns_not_added_up()") == 0
    return connections


def roll_up(race: Race) -> None:
    """What a worker does every half minute, a few times; the views are right before and after."""
    for _ in range(3):
        is_right(race)
        value(race.admin, ROLL_UP)
    is_right(race)


def is_right(race: Race) -> None:
    """Whether the views show what the turns say."""
    assert differences(race.admin) == []


def done(race: Race, change: str) -> str:
    """The statement of a change."""
    return (CHANGES | PAIRED)[change].format(**race.names)


def as_rows(change: str) -> str:
    """A change as a query that gives a row."""
    return (
        change if change.startswith("select") else f"with c as ({change} returning 1) select count(*) from c"
    )


def rolled_up(race: Race) -> None:
    """Adds up all there is, and sees that it was, but for what is in flight."""
    roll_up(race)
    left = "select count(*) from kinkster.turns_not_added_up() where in_flight = 0"
    streaming = value(race.admin, "select count(*) from kinkster.measured_turns where in_flight = 1")
    assert streaming or value(race.admin, left) == 0


@pytest.mark.parametrize("change", CHANGES)
def test_hours_are_added_up_while_a_turn_is_being(race: Race, change: str) -> None:
    race.first.execute(done(race, change).encode())
    roll_up(race)
    race.first.commit()
    rolled_up(race)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_is_taken_back_leaves_all_as_it_was(race: Race, change: str) -> None:
    race.first.execute(done(race, change).encode())
    roll_up(race)
    race.first.rollback()
    rolled_up(race)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_waits_for_the_hour_that_is_being_added_up(race: Race, change: str) -> None:
    race.admin.execute(ALL_AGAIN)
    race.first.execute(ROLL_UP)
    waiting = race.second_waits(as_rows(done(race, change)))
    is_right(race)
    race.first.commit()
    waiting.result(10)
    rolled_up(race)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_an_old_snapshot_counts(race: Race, change: str) -> None:
    """REPEATABLE READ: it is counted, or told to begin again."""
    race.first.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    race.first.execute("select count(*) from public.kinkster_turns")
    roll_up(race)
    with contextlib.suppress(psycopg.errors.SerializationFailure):
        race.first.execute(done(race, change).encode())
    roll_up(race)
    race.first.commit()
    rolled_up(race)


@pytest.mark.parametrize("change", CHANGES)
def test_hours_are_added_up_in_an_old_snapshot(race: Race, change: str) -> None:
    """REPEATABLE READ: a change comes between the snapshot and the adding up."""
    race.first.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    race.first.execute("select count(*) from public.kinkster_turns")
    race.admin.execute(done(race, change).encode())
    try:
        race.first.execute(ROLL_UP)
        race.first.commit()
    except psycopg.Error:
        race.first.rollback()
    rolled_up(race)


def test_a_message_after_the_snapshot_in_which_hours_are_added_up_counts(race: Race) -> None:
    race.first.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    race.first.execute("select count(*) from public.kinkster_turns")
    talk(race)
    race.admin.execute(LATER)
    try:
        race.first.execute(ROLL_UP)
        race.first.commit()
    except psycopg.Error:
        race.first.rollback()
    rolled_up(race)


@pytest.mark.parametrize("second", PAIRED)
@pytest.mark.parametrize("first", PAIRED)
def test_two_changes_of_one_turn_at_once_both_count(race: Race, first: str, second: str) -> None:
    """While the first is not yet there the second begins, and waits for it or not."""
    race.first.execute(as_rows(done(race, first)).encode())
    ending = starts(race, as_rows(done(race, second)))
    roll_up(race)
    race.first.commit()
    assert sqlstate(ending) in (None, *REFUSED)
    rolled_up(race)


def test_two_changes_of_an_hour_that_end_one_after_the_other_both_count(race: Race) -> None:
    race.first.execute(done(race, "rated").encode())
    race.second.execute(done(race, "rated anew").encode())
    roll_up(race)
    race.first.commit()
    roll_up(race)
    race.second.commit()
    rolled_up(race)


def test_a_message_that_is_stored_late_counts(race: Race) -> None:
    """Its transaction began in an hour that is over when it ends."""
    kinkster = new_kinkster(race.admin, race.user)
    request = str(uuid.uuid4())
    value(race.first, BEGIN, claims_of(race.user), kinkster, request, "w")
    race.admin.execute(LATER)
    roll_up(race)
    talk(race)
    race.admin.execute(LATER)
    roll_up(race)
    race.first.commit()
    rolled_up(race)


def test_a_message_that_is_stored_late_counts_though_others_came_and_went(race: Race) -> None:
    """Somebody else's transaction is always open: none of them ends later than the next begins."""
    request = str(uuid.uuid4())
    value(race.first, BEGIN, claims_of(race.user), new_kinkster(race.admin, race.user), request, "w")
    for _ in range(3):
        race.admin.execute(LATER)
        race.second.execute("select pg_current_xact_id()")
        roll_up(race)
        race.first.commit()
        roll_up(race)
        race.first.execute("select pg_current_xact_id()")
        race.second.commit()
        roll_up(race)
    race.first.commit()
    rolled_up(race)


def test_a_long_transaction_of_others_delays_and_does_not_stop(race: Race) -> None:
    race.second.execute("select pg_current_xact_id()")
    talk(race)
    race.admin.execute(LATER)
    roll_up(race)
    race.second.commit()
    rolled_up(race)


def test_two_who_add_up_do_not_wait_for_each_other(race: Race) -> None:
    race.first.execute(ROLL_UP)
    assert value(race.second, ROLL_UP) == {"state": "busy"}
    race.second.commit()
    race.first.commit()
    rolled_up(race)


def test_a_reader_sees_one_moment(race: Race) -> None:
    """Two statements of one snapshot say the same, whatever was added up between them."""
    race.first.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    talk(race)
    query = "select to_jsonb(m) from kinkster.provider_metrics as m order by day, provider, model"
    before = race.first.execute(query).fetchall()
    race.admin.execute(DELETE.format(**race.names).encode())
    race.admin.execute(LATER)
    roll_up(race)
    assert race.first.execute(query).fetchall() == before
    race.first.commit()
    assert race.first.execute(query).fetchall() != before


def test_turns_of_a_clock_that_was_set_back_count(race: Race) -> None:
    race.admin.execute("update kinkster.settings set clock_offset = clock_offset - interval '3 hours'")
    talk(race)
    race.admin.execute(done(race, "rated").encode())
    roll_up(race)
    race.admin.execute(LATER)
    rolled_up(race)


def test_years_of_turns_can_be_deleted_at_once(race: Race) -> None:
    """One lock an hour would be more locks than a server has."""
    race.admin.execute(
        "insert into public.kinkster_turns (user_id, conversation_id, message, status, reply, created_at)"
        " select user_id, conversation_id, 'Hello', 'completed', 'Yes.', created_at - n * interval '1 hour'"
        " from public.kinkster_turns, generate_series(1, 20000) as n where id = %s",
        [race.names["turn"]],
    )
    race.admin.execute("update kinkster.roll_up_state set rolled_until = '-infinity'")
    race.admin.execute(DELETE_ALL)
    is_right(race)
