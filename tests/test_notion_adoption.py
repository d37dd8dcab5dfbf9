"""An application's characters go to Notion as they are, whatever it had noted of them before."""

from collections import Counter

import psycopg
import pytest

from tests.people import acting, value
from tests.test_adoption import Adopted, adopted

__all__ = ["adopted"]  # pytest finds it here

PREPARE = "select prepare_kinkster_for_notion(%s)"
MARK = "select mark_kinkster_synced(%s, %s, p_revision => 1)"


def test_the_function_of_four_arguments_is_gone_and_a_short_call_finds_the_new_one(adopted: Adopted) -> None:
    kinkster, owner = adopted.kinkster(1)
    query = "select array_agg(pronargs::integer) from pg_proc where proname = 'mark_kinkster_synced'"
    assert value(adopted.admin, query) == [5]
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        marked = value(connection, "select mark_kinkster_synced(%s::uuid, 'page', 'database')", kinkster)
    assert marked["success"]
    assert marked["sync_status"] == "synced"


def test_what_notion_shows_of_characters_of_before_nobody_claims_to_know(adopted: Adopted) -> None:
    query = "select distinct sync_status, revision, synced_revision from kinksters"
    assert adopted.admin.execute(query).fetchall() == [("synced", 1, None)]


def test_every_character_but_those_that_break_a_rule_can_be_sent(adopted: Adopted) -> None:
    with adopted.undone() as admin:
        admin.execute("update profiles set notion_kinksters_database_id = 'a-database'")
        refused: Counter[str | None] = Counter()
        for (kinkster,) in admin.execute("select id from kinksters where user_id is not null").fetchall():
            try:
                with admin.transaction():
                    assert value(admin, PREPARE, kinkster)["success"]
                    value(admin, MARK, kinkster, str(kinkster))
            except psycopg.Error as error:
                refused[error.diag.message_primary] += 1
        synced = "select count(*) from kinksters where synced_revision = 1"
        assert value(admin, synced) == 1950 - refused.total()
    assert all(message and "a rule that it breaks" in message for message in refused)
    assert 2 <= refused.total() <= 3


def test_two_characters_that_were_noted_with_one_page_are_told_apart(adopted: Adopted) -> None:
    (one, _), (other, _) = adopted.kinkster(1), adopted.kinkster(51)
    with adopted.undone() as admin:
        admin.execute("update kinksters set notion_page_id = 'page' where id in (%s, %s)", [one, other])
        with pytest.raises(psycopg.Error, match="another kinkster's"), admin.transaction():
            value(admin, MARK, one, "page")
        assert value(admin, MARK, one, "a-new-page")["sync_status"] == "synced"
        assert value(admin, MARK, other, "page")["sync_status"] == "synced"
