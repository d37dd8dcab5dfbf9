"""Two at once: an edit made while a character is sent is not lost, no page shows two characters, no two
workers use one bot, and what happened to a character meanwhile stays.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.people import new_kinkster, new_user, value
from tests.test_races import BLOCKED, EXPIRE, Race, sqlstate
from tests.test_races import race as connections

__all__ = ["connections"]  # pytest finds it here

PREPARE = "select prepare_kinkster_for_notion(%s)"
MARK = "select public.mark_kinkster_synced(%s, %s, p_revision => %s)"
EDIT = "update public.kinksters set bio = %s where id = %s returning revision"
FORGET = "select public.forget_kinkster_notion_page(%s)"
CONNECT = "select kinkster.connect_notion(%s, 'sealed', %s, 'a-workspace', 'a-database')"
DISCONNECT = "select kinkster.disconnect_notion(%s)"
CLAIM = "select kinkster.claim_notion('w')"
CLAIM_OF = "select kinkster.claim_notion('w', %s, true)"
NEXT = "select kinkster.next_notion_page(%s, %s)"
SETTLE = "select kinkster.settle_notion_page(%s, %s, %s, %s)"
RENEW = "select kinkster.renew_notion(%s, %s)"
RESEND = "select kinkster.resend_to_notion(p_all => true)"
HOLD = "update kinkster.notion_connections set failures = failures where user_id = %s"
LEASES = "select count(*) from kinkster.notion_connections where lease_expires_at > kinkster.now()"
IDLE = {"state": "idle"}
LATER = "update kinkster.settings set clock_offset = clock_offset + '11 seconds'"  # Notion's search knows it


@pytest.fixture
def race(connections: Race) -> Race:
    """Two connections that act for a user whose characters go to Notion."""
    connections.admin.execute("update profiles set notion_kinksters_database_id = 'a-database'")
    connections.as_user()
    return connections


@pytest.fixture
def loop(connections: Race) -> Race:
    """Two workers, and a user who is connected to Notion, with a character that is due."""
    connections.admin.execute(CONNECT, [connections.user, "a-bot"])
    connections.as_workers()
    return connections


def noted(race: Race, kinkster: str | None = None) -> tuple[str, int, int | None, str | None]:
    """What is noted of a character: status, revision, the revision that Notion shows, its page."""
    query = "select sync_status, revision, synced_revision, notion_page_id from kinksters where id = %s"
    row: tuple[str, int, int | None, str | None] | None
    row = race.admin.execute(query, [kinkster or race.kinkster]).fetchone()
    assert row
    return row


def claimed(race: Race, user: str | None = None) -> tuple[str, str]:
    """A lease of a user's connection, as the arguments that calls under it begin with."""
    claim = value(race.admin, CLAIM_OF, user or race.user)
    assert claim["state"] == "claimed"
    return claim["user_id"], claim["lease"]


def another(race: Race, bot: str) -> str:
    """Another user with a character that is due, connected by a token of this bot."""
    user = new_user(race.admin)
    new_kinkster(race.admin, user)
    race.admin.execute(CONNECT, [user, bot])
    return user


def outcome(status: str = "sent", revision: int = 1, **more: Any) -> str:
    """What became of a page."""
    page = {"page_id": "our-page"} if status == "sent" else {"error_message": "No.", "error_hint": "Why?"}
    return json.dumps({"status": status, "revision": revision} | page | more)


def starts(race: Race, statement: str, *arguments: object) -> Future[Any]:
    """Starts a statement on the second connection; returns when it has ended, or waits for a lock."""

    def run() -> Any:
        found = value(race.second, statement, *arguments)
        race.second.commit()
        return found

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    while not (future.done() or value(race.admin, BLOCKED, race.second.info.backend_pid)):
        pass
    return future


def test_an_edit_between_preparing_and_marking_leaves_it_pending(race: Race) -> None:
    sent = value(race.first, PREPARE, race.kinkster)
    race.first.commit()
    assert value(race.second, EDIT, "A bio.", race.kinkster) == 2
    race.second.commit()
    marked = value(race.first, MARK, race.kinkster, "page", sent["revision"])
    race.first.commit()
    assert marked["sync_status"] == "pending"
    assert noted(race) == ("pending", 2, 1, "page")


def test_an_edit_that_is_under_way_when_it_is_marked_leaves_it_pending(race: Race) -> None:
    value(race.first, EDIT, "A bio.", race.kinkster)
    waiting = race.second_waits(MARK, race.kinkster, "page", 1)
    race.first.commit()
    assert waiting.result(10)["sync_status"] == "pending"
    assert noted(race) == ("pending", 2, 1, "page")


def test_an_edit_that_is_taken_back_leaves_it_marked(race: Race) -> None:
    value(race.first, EDIT, "A bio.", race.kinkster)
    waiting = race.second_waits(MARK, race.kinkster, "page", 1)
    race.first.rollback()
    assert waiting.result(10)["sync_status"] == "synced"
    assert noted(race) == ("synced", 1, 1, "page")


def test_an_edit_that_waits_for_the_mark_makes_it_pending_again(race: Race) -> None:
    value(race.first, MARK, race.kinkster, "page", 1)
    waiting = race.second_waits(EDIT, "A bio.", race.kinkster)
    race.first.commit()
    assert waiting.result(10) == 2
    assert noted(race) == ("pending", 2, 1, "page")


def test_two_characters_marked_with_one_page_at_once_are_one(race: Race) -> None:
    other = new_kinkster(race.admin, race.user)
    value(race.first, MARK, race.kinkster, "0A1B2C3D4E5F67898ABCDEF012345678", 1)
    waiting = race.second_waits(MARK, other, "0a1b2c3d-4e5f-6789-8abc-def012345678", 1)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert noted(race) == ("synced", 1, 1, "0a1b2c3d-4e5f-6789-8abc-def012345678")
    assert noted(race, other) == ("pending", 1, None, None)


def test_a_page_whose_mark_was_taken_back_is_free(race: Race) -> None:
    other = new_kinkster(race.admin, race.user)
    value(race.first, MARK, race.kinkster, "page", 1)
    waiting = race.second_waits(MARK, other, "page", 1)
    race.first.rollback()
    assert waiting.result(10)["sync_status"] == "synced"
    assert noted(race) == ("pending", 1, None, None)


def test_two_pages_made_for_one_revision_are_one_and_a_409(race: Race) -> None:
    """The second worker learns that it has made a double, instead of hiding the first."""
    value(race.first, MARK, race.kinkster, "page", 1)
    waiting = race.second_waits(MARK, race.kinkster, "another-page", 1)
    race.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert noted(race) == ("synced", 1, 1, "page")


def test_two_workers_claim_one_connection_once(loop: Race) -> None:
    claim = value(loop.first, CLAIM)
    waiting = loop.second_waits(CLAIM)
    loop.first.commit()
    assert (claim["state"], waiting.result(10)) == ("claimed", IDLE)


def test_a_connection_whose_claim_was_taken_back_is_free(loop: Race) -> None:
    value(loop.first, CLAIM)
    waiting = loop.second_waits(CLAIM)
    loop.first.rollback()
    assert waiting.result(10)["state"] == "claimed"


def test_two_workers_claim_two_users_connections(loop: Race) -> None:
    other = another(loop, "another-bot")
    claim = value(loop.first, CLAIM)
    waiting = loop.second_waits(CLAIM)
    loop.first.commit()
    assert {claim["user_id"], waiting.result(10)["user_id"]} == {loop.user, other}


def test_two_users_with_one_bot_are_not_claimed_at_once(loop: Race) -> None:
    other = another(loop, "a-bot")
    value(loop.first, CLAIM_OF, loop.user)
    waiting = loop.second_waits(CLAIM_OF, other)
    loop.first.commit()
    assert waiting.result(10)["state"] == "busy"
    assert value(loop.admin, LEASES) == 1


@pytest.mark.parametrize("bot", ["its own", "of both"])
def test_a_lease_that_is_just_being_renewed_is_not_taken(loop: Race, bot: str) -> None:
    """Late, but in time: whoever renews first has it, and so has the bot."""
    user = another(loop, "a-bot") if bot == "of both" else loop.user
    lease = claimed(loop)
    loop.admin.execute(EXPIRE)
    loop.first.execute(RENEW, lease)
    claim = starts(loop, CLAIM_OF, user)
    loop.first.commit()
    assert claim.result(10)["state"] == "busy"
    loop.first.execute(RENEW, lease)
    assert value(loop.admin, LEASES) == 1


@pytest.mark.parametrize("bot", ["its own", "of both"])
def test_a_renewal_that_comes_while_the_bot_is_claimed_is_too_late(loop: Race, bot: str) -> None:
    user = another(loop, "a-bot") if bot == "of both" else loop.user
    lease = claimed(loop)
    loop.admin.execute(EXPIRE)
    assert value(loop.first, CLAIM_OF, user)["state"] == "claimed"
    waiting = loop.second_waits(RENEW, *lease)
    loop.first.commit()
    assert sqlstate(waiting) == "KW001"
    assert value(loop.admin, LEASES) == 1


@pytest.mark.parametrize("first_ends", ["commit", "rollback"])
def test_who_settles_while_another_claims_is_too_late(loop: Race, first_ends: str) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.admin.execute(EXPIRE)
    assert value(loop.first, CLAIM)["state"] == "claimed"
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    getattr(loop.first, first_ends)()
    if first_ends == "commit":
        assert sqlstate(waiting) == "KW001"
        assert noted(loop) == ("pending", 1, None, None)
    else:
        assert waiting.result(10) == {"goes_on": True, "sync_status": "synced"}
        assert noted(loop) == ("synced", 1, 1, "our-page")


def test_a_connection_that_somebody_has_locked_holds_up_nobody_else(loop: Race) -> None:
    other = another(loop, "another-bot")
    claims = set()
    for locked in (loop.user, other):
        with loop.admin.transaction():
            loop.admin.execute(HOLD, [locked])
            claims.add(value(loop.second, CLAIM)["user_id"])  # and does not wait
            loop.second.rollback()
    assert claims == {loop.user, other}


def test_a_claim_and_what_locks_all_connections_are_no_deadlock(loop: Race) -> None:
    """As making everything due does: one connection after the other, in one transaction."""
    users = sorted([loop.user, another(loop, "a-bot")])
    loop.admin.execute(CLAIM_OF, [users[0]])
    loop.admin.execute(EXPIRE)
    loop.first.execute("reset session authorization")
    loop.first.execute(HOLD, [users[0]])
    claim = starts(loop, CLAIM_OF, users[1])
    loop.first.execute(HOLD, [users[1]])
    loop.first.commit()
    assert claim.result(10)["state"] in ("claimed", "busy")


def test_the_next_page_asked_for_twice_at_once_is_given_out_once(loop: Race) -> None:
    """The connection broke while the first call ran, and the worker asked again."""
    lease = claimed(loop)
    page = value(loop.first, NEXT, *lease)
    waiting = loop.second_waits(NEXT, *lease)
    loop.first.commit()
    assert (page["kinkster_id"], waiting.result(10)) == (loop.kinkster, {"state": "none"})


def test_a_page_settled_twice_at_once_is_settled_once(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    settled = value(loop.first, SETTLE, *lease, loop.kinkster, outcome())
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    loop.first.commit()
    assert waiting.result(10) == settled == {"goes_on": True, "sync_status": "synced"}


@pytest.mark.parametrize(
    ("first_ends", "expected"),
    [("commit", ("pending", 2, 1, "our-page")), ("rollback", ("synced", 1, 1, "our-page"))],
)
def test_an_edit_that_is_under_way_when_it_is_settled_is_not_lost(
    loop: Race, first_ends: str, expected: tuple[str, int, int, str]
) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.first)
    value(loop.first, EDIT, "A bio.", loop.kinkster)
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    getattr(loop.first, first_ends)()
    assert waiting.result(10) == {"goes_on": True, "sync_status": expected[0]}
    assert noted(loop) == expected


def test_an_edit_that_waits_for_the_settling_is_sent_next(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.second)
    value(loop.first, SETTLE, *lease, loop.kinkster, outcome())
    waiting = loop.second_waits(EDIT, "A bio.", loop.kinkster)
    loop.first.commit()
    assert waiting.result(10) == 2
    assert noted(loop) == ("pending", 2, 1, "our-page")
    page = value(loop.admin, NEXT, *lease)
    assert (page["page_id"], page["revision"]) == ("our-page", 2)


def test_an_edit_of_a_character_that_is_just_being_refused_is_tried(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.first)
    value(loop.first, EDIT, "A bio.", loop.kinkster)
    refused = outcome("failed", error_code="notion_rejected", is_unclear=False)
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, refused)
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": "pending"}
    assert value(loop.admin, NEXT, *lease)["revision"] == 2


def test_an_edit_while_the_connection_is_stopped_is_sent_once_it_goes_on(loop: Race) -> None:
    lease = claimed(loop)
    other = new_kinkster(loop.admin, loop.user)
    loop.as_user(loop.first)
    value(loop.first, EDIT, "A bio.", other)
    stopped = outcome("failed", error_code="notion_unauthorized", is_unclear=False)
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, stopped)
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": False, "sync_status": "error"}
    assert noted(loop, other) == ("error", 2, None, None)
    loop.admin.execute(CONNECT, [loop.user, "a-bot"])
    assert noted(loop, other) == ("pending", 2, None, None)


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_a_character_that_is_deleted_while_it_is_settled_is_gone(loop: Race, status: str) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.first)
    loop.first.execute("delete from kinksters where id = %s", [loop.kinkster])
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome(status, error_code="notion_timeout"))
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": None}
    assert value(loop.admin, "select count(*) from kinkster.notion_attempts") == 0


def test_a_character_that_is_deleted_while_it_is_given_out_is_passed_over(loop: Race) -> None:
    lease = claimed(loop)
    other = new_kinkster(loop.admin, loop.user, id="ffffffff-ffff-4fff-8fff-ffffffffffff")
    loop.as_user(loop.first)
    loop.first.execute("delete from kinksters where id = %s", [loop.kinkster])
    waiting = loop.second_waits(NEXT, *lease)
    loop.first.commit()
    assert waiting.result(10)["kinkster_id"] == other


def test_a_character_that_is_to_stay_here_from_this_moment_stays(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.first.execute("reset session authorization")
    loop.first.execute("update kinksters set sync_status = 'local_only'")
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": "local_only"}


def test_what_a_client_is_just_marking_stays(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.first)
    value(loop.first, MARK, loop.kinkster, "clients-page", 1)
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": "synced"}
    assert noted(loop) == ("synced", 1, 1, "clients-page")


def test_a_client_that_marks_what_is_just_being_settled_is_told_of_its_double(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.second)
    value(loop.first, SETTLE, *lease, loop.kinkster, outcome())
    waiting = loop.second_waits(MARK, loop.kinkster, "clients-page", 1)
    loop.first.commit()
    assert sqlstate(waiting) == "PT409"
    assert noted(loop) == ("synced", 1, 1, "our-page")


def test_a_page_that_another_character_is_just_marked_with_is_not_noted_twice(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    other = new_kinkster(loop.admin, loop.user)
    loop.as_user(loop.first)
    value(loop.first, MARK, other, "our-page", 1)
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": "error"}
    assert noted(loop) == ("error", 1, None, None)
    assert noted(loop, other) == ("synced", 1, 1, "our-page")


def test_a_page_that_is_just_being_forgotten_and_is_gone_is_made_anew(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, SETTLE, *lease, loop.kinkster, outcome())
    value(loop.admin, EDIT, "A bio.", loop.kinkster)
    loop.as_user(loop.first)
    value(loop.first, FORGET, loop.kinkster)
    gone = outcome("failed", 2, error_code="notion_page_gone", is_unclear=False, page_id="our-page")
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, gone)
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": "pending"}
    loop.admin.execute(LATER)
    page = value(loop.admin, NEXT, *lease)
    assert (page["page_id"], page["look_up"]) == (None, True)


def test_a_page_is_forgotten_once_its_last_change_has_arrived(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.as_user(loop.second)
    value(loop.first, SETTLE, *lease, loop.kinkster, outcome())
    waiting = loop.second_waits(FORGET, loop.kinkster)
    loop.first.commit()
    assert waiting.result(10)["forgotten_page_id"] == "our-page"
    assert noted(loop) == ("pending", 1, None, None)


@pytest.mark.parametrize("call", [CONNECT, DISCONNECT], ids=["connected anew", "disconnected"])
def test_a_worker_that_uses_a_token_of_before_notes_nothing_more(loop: Race, call: str) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    value(loop.first, call, *[loop.user, "a-bot"][: call.count("%s")])
    revoked = outcome("failed", error_code="notion_unauthorized", is_unclear=False)
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, revoked)
    loop.first.commit()
    assert sqlstate(waiting) == "KW001"
    assert noted(loop) == ("pending", 1, None, None)
    query = "select count(*) from kinkster.notion_connections where error_code is not null"
    assert value(loop.admin, query) == 0


def test_a_user_who_leaves_takes_everything_along(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    loop.first.execute("reset session authorization")
    loop.first.execute("delete from auth.users where id = %s", [loop.user])
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    loop.first.commit()
    assert sqlstate(waiting) == "KW001"
    for table in ("kinkster.notion_connections", "kinkster.notion_attempts", "public.kinksters"):
        assert value(loop.admin, f"select count(*) from {table}") == 0, table


def test_what_is_sent_while_all_is_made_due_is_sent_again(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    assert value(loop.first, RESEND) == {"pending": 1}
    waiting = loop.second_waits(SETTLE, *lease, loop.kinkster, outcome())
    loop.first.commit()
    assert waiting.result(10) == {"goes_on": True, "sync_status": "pending"}
    assert noted(loop) == ("pending", 2, 1, "our-page")


def test_what_was_just_sent_when_all_is_made_due_is_due(loop: Race) -> None:
    lease = claimed(loop)
    value(loop.admin, NEXT, *lease)
    value(loop.first, SETTLE, *lease, loop.kinkster, outcome())
    waiting = loop.second_waits(RESEND)
    loop.first.commit()
    assert waiting.result(10) == {"pending": 1}
    assert noted(loop) == ("pending", 2, 1, "our-page")
