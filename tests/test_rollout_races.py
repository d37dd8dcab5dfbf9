"""Steps of a rollout while turns are claimed, characters edited, and somebody else takes a step."""

from typing import Any

import psycopg
import pytest

from tests.people import claims_of, new_kinkster, new_user, value
from tests.test_races import BEGIN, SETTLE, Race, sqlstate
from tests.test_races import race as connections

__all__ = ["connections"]  # pytest finds it here

PLAN = "select kinkster.plan_rollout()"
START = "select kinkster.start_rollout(null)"
ADVANCE = "select kinkster.advance_rollout(null, null, true)"
ROLLBACK = "select kinkster.rollback_rollout(null)"
WATCH = "select kinkster.watch_rollout()"
STATUS = "select kinkster.rollout_status()"
CLAIM = "select kinkster.claim_turn(%s, %s, 'w')"
SIMPLE: dict[str, Any] = {"provider": "flowise", "bio": "A patient guide who keeps a garden."}
REPLY = '{"status": "completed", "reply": "Well met.", "api": "responses", "response_id": "resp_1"}'


@pytest.fixture
def race(connections: Race) -> Race:
    """Two workers, twelve characters that are simple, and a plan. The first of them is a system one."""
    admin = connections.admin
    admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'default-flow'")
    admin.execute("delete from public.kinksters")
    connections.kinkster = new_kinkster(admin, None, **SIMPLE)
    for _ in range(11):
        new_kinkster(admin, connections.user, **SIMPLE)
    admin.execute(PLAN)
    admin.execute(
        "update kinkster.rollout_kinksters set stage = 1 where kinkster_id = %s", [connections.kinkster]
    )
    connections.as_workers()
    return connections


def began(connection: psycopg.Connection, race: Race, user: str | None = None) -> Any:
    """The plan of a user's next turn."""
    claims = claims_of(user or race.user)
    return value(connection, BEGIN, claims, race.kinkster, None, "a worker")["plan"]


def settled(race: Race, plan: Any) -> None:
    """A whole reply."""
    race.admin.execute(SETTLE, [plan["user_id"], plan["turn_id"], plan["lease"], REPLY])


def test_of_two_who_advance_at_once_one_does(race: Race) -> None:
    race.admin.execute(START)
    value(race.first, ADVANCE)
    waiting = race.second_waits(ADVANCE)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert value(race.admin, STATUS)["stage"] == 2


def test_who_advances_goes_on_when_the_first_took_it_back(race: Race) -> None:
    race.admin.execute(START)
    value(race.first, ADVANCE)
    waiting = race.second_waits(ADVANCE)
    race.first.rollback()
    assert waiting.result(10)["stage"] == 2


def test_a_rollback_takes_back_what_was_just_advanced_to(race: Race) -> None:
    race.admin.execute(START)
    for _ in range(4):
        race.admin.execute(ADVANCE)
    value(race.first, ADVANCE)
    waiting = race.second_waits(ROLLBACK)
    race.first.commit()
    found = waiting.result(10)
    assert (found["state"], found["kinksters"]["restored"]) == ("rolled_back", 12)
    assert value(race.admin, "select count(*) from public.kinksters where provider <> 'flowise'") == 0


def test_of_two_who_start_at_once_one_does(race: Race) -> None:
    value(race.first, START)
    waiting = race.second_waits(START)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"


def test_nothing_is_planned_in_place_of_what_is_just_being_started(race: Race) -> None:
    value(race.first, START)
    waiting = race.second_waits(PLAN)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert value(race.admin, STATUS)["state"] == "running"


def test_of_two_plans_at_once_one_is_left(race: Race) -> None:
    value(race.first, PLAN)
    waiting = race.second_waits(PLAN)
    race.first.commit()
    assert waiting.result(10)["moves"] == 12
    assert value(race.admin, "select count(*) from kinkster.rollouts") == 1


def test_a_turn_does_not_wait_for_a_step(race: Race) -> None:
    value(race.first, START)
    plan = began(race.second, race)
    race.second.commit()
    assert plan["provider"] == "flowise"
    race.first.commit()
    assert began(race.second, race, new_user(race.admin))["provider"] == "openai_responses"


def test_a_turn_that_moved_when_it_was_rolled_back_is_kept_and_the_next_goes_back(race: Race) -> None:
    race.admin.execute(START)
    plan = began(race.first, race)
    assert value(race.second, ROLLBACK)["state"] == "rolled_back"
    race.second.commit()
    race.first.commit()
    assert plan["provider"] == "openai_responses"
    settled(race, plan)
    following = began(race.first, race)
    assert following["provider"] == "flowise"
    assert following["history"] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Well met."},
    ]


def test_a_conversation_that_somebody_has_now_moves_with_its_next_turn(race: Race) -> None:
    """To wait for it would be a deadlock: others lock the conversation first, then its turn."""
    race.admin.execute(START)
    turn = race.waiting_turn()
    race.as_user(race.first)
    race.first.execute("update public.kinkster_conversations set updated_at = updated_at")
    claimed = value(race.second, CLAIM, race.user, turn)
    race.second.commit()
    race.first.commit()
    assert claimed["plan"]["provider"] == "flowise"
    outcome = '{"status": "completed", "reply": "Well met.", "api": "flowise"}'
    race.admin.execute(SETTLE, [race.user, turn, claimed["plan"]["lease"], outcome])
    race.admin.execute("update public.kinkster_conversations set head_turn_id = %s", [turn])
    assert began(race.second, race)["provider"] == "openai_responses"


def test_a_character_that_is_being_edited_is_waited_for_by_nobody(race: Race) -> None:
    race.admin.execute(START)
    for _ in range(4):
        race.admin.execute(ADVANCE)
    edited = value(race.admin, "select id from public.kinksters where user_id is not null limit 1")
    race.as_user(race.first)
    race.first.execute("update public.kinksters set bio = 'Keeps bees.' where id = %s", [edited])
    found = value(race.second, ADVANCE)
    race.second.commit()
    assert (found["state"], found["stage"], found["kinksters"]["moved"]) == ("running", 4, 11)
    race.first.commit()
    value(race.second, WATCH)
    race.second.commit()
    assert value(race.admin, STATUS)["state"] == "completed"
    query = "select bio || ' ' || provider from public.kinksters where id = %s"
    assert value(race.admin, query, edited) == "Keeps bees. openai_responses"


def test_a_worker_does_not_wait_for_another_that_looks(race: Race) -> None:
    race.admin.execute(START)
    value(race.first, WATCH)
    race.second.execute("set lock_timeout = '1ms'")
    assert value(race.second, WATCH)["state"] == "running"
