"""Two at once: an edit made while a character is sent is not lost, and no page shows two characters."""

import pytest

from tests.people import new_kinkster, value
from tests.test_races import Race, sqlstate
from tests.test_races import race as connections

__all__ = ["connections"]  # pytest finds it here

PREPARE = "select prepare_kinkster_for_notion(%s)"
MARK = "select mark_kinkster_synced(%s, %s, p_revision => %s)"
EDIT = "update kinksters set bio = %s where id = %s returning revision"


@pytest.fixture
def race(connections: Race) -> Race:
    """Two connections that act for a user whose characters go to Notion."""
    connections.admin.execute("update profiles set notion_kinksters_database_id = 'a-database'")
    connections.as_user()
    return connections


def noted(race: Race, kinkster: str | None = None) -> tuple[str, int, int | None, str | None]:
    """What is noted of a character: status, revision, the revision that Notion shows, its page."""
    query = "select sync_status, revision, synced_revision, notion_page_id from kinksters where id = %s"
    row: tuple[str, int, int | None, str | None] | None
    row = race.admin.execute(query, [kinkster or race.kinkster]).fetchone()
    assert row
    return row


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
