"""An application's characters go to Notion as they are, whatever it had noted of them before."""

import json
from collections import Counter
from typing import Any

import psycopg
import pytest

from tests.people import acting, new_user, value
from tests.test_adoption import Adopted, adopted, rows_of

__all__ = ["adopted"]  # pytest finds it here

PREPARE = "select prepare_kinkster_for_notion(%s)"
MARK = "select mark_kinkster_synced(%s, %s, p_revision => 1)"
PLAIN_TOKENS = "select kinkster.plain_notion_tokens()"
STATUS = "select kinkster.notion_status()"
SETTLE = "select kinkster.settle_notion_page(%s, %s, %s, %s)"
CONNECT = "select kinkster.connect_notion(%s, %s, %s, 'a-workspace', 'a-database')"


def sent(admin: psycopg.Connection, user: str) -> list[dict[str, Any]]:
    """What a worker is given of a user's characters, each of which it then says to have sent."""
    claim = value(admin, "select kinkster.claim_notion('w', %s, true)", user)
    lease = claim["user_id"], claim["lease"]
    pages: list[dict[str, Any]] = []
    while len(pages) < 1000:
        page = value(admin, "select kinkster.next_notion_page(%s, %s)", *lease)
        if page["state"] == "none":
            break
        page_id = page["page_id"] or f"page-{page['kinkster_id']}"
        outcome = json.dumps({"status": "sent", "revision": page["revision"], "page_id": page_id})
        value(admin, SETTLE, *lease, page["kinkster_id"], outcome)
        pages.append(page)
    return pages


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


def test_the_tokens_that_lay_there_in_plain_text_are_moved_one_by_one(adopted: Adopted) -> None:
    _, owner = adopted.kinkster(1)
    with adopted.undone() as admin:
        tokens = value(admin, PLAIN_TOKENS)
        assert len(tokens) == 50
        assert len(value(admin, STATUS)["plain_tokens"]) == 50
        mine = next(token for token in tokens if token["user_id"] == owner)
        plain = value(admin, "select notion_access_token from profiles where id = %s", owner)
        assert mine["token"] == plain
        before = rows_of(admin)["profiles"]
        assert value(admin, CONNECT, owner, "sealed", "a-bot")["success"]
        after = rows_of(admin)["profiles"]
        moved = {"notion_access_token": None, "notion_workspace_id": "a-workspace"}
        moved["notion_kinksters_database_id"] = "a-database"
        assert after == before | {owner: before[owner] | moved}
        assert len(value(admin, PLAIN_TOKENS)) == 49
        status = json.dumps(value(admin, STATUS))
    assert "sealed" not in status
    assert not any(token["token"] in status for token in tokens)


def test_nobody_but_its_user_reads_a_token_that_is_still_there(adopted: Adopted) -> None:
    _, owner = adopted.kinkster(1)
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        query = "select count(*) from profiles where notion_access_token is not null and id <> auth.uid()"
        assert value(connection, query) == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(PLAIN_TOKENS)


def test_an_applications_characters_all_arrive_once(adopted: Adopted) -> None:
    """What it had noted as synced counts as nothing until it is sent; what it had noted of pages counts."""
    _, owner = adopted.kinkster(1)
    with adopted.undone() as admin:
        noted = "update kinksters set notion_page_id = 'page-' || id where user_id = %s and age_range = '30s'"
        admin.execute(noted, [owner])
        value(admin, CONNECT, owner, "sealed", "a-bot")
        assert value(admin, "select kinkster.claim_notion('w')") == {"state": "idle"}
        pending = value(admin, "select kinkster.resend_to_notion(%s, true)", owner)["pending"]
        pages = sent(admin, owner)
        whole = "select id::text from kinksters as k where user_id = %s and kinkster.broken_rule(k) is null"
        expected = {row[0] for row in admin.execute(whole, [owner])}
        assert {page["kinkster_id"] for page in pages} == expected
        assert len(pages) == len(expected) == pending
        with_page = [page for page in pages if page["page_id"]]
        assert 0 < len(with_page) < len(pages)
        assert all(page["page_id"] == f"page-{page['kinkster_id']}" for page in with_page)
        # They were in Notion, it was said: a page of theirs is looked for before one is made.
        assert all(page["look_up"] for page in pages if not page["page_id"])
        arrived = "select count(*) from kinksters where user_id = %s and synced_revision = revision"
        assert value(admin, arrived, owner) == len(expected)
        status = value(admin, STATUS)
        assert (status["connections"][0]["pending"], status["connections"][0]["errors"]) == (0, 1)
        assert [failed["kinkster_id"] for failed in status["failed"]] == [adopted.kinkster(1001)[0]]


def test_a_database_that_never_had_such_tokens_has_none(admin: psycopg.Connection) -> None:
    assert value(admin, PLAIN_TOKENS) == []
    user = new_user(admin)
    assert value(admin, CONNECT, user, "sealed", "a-bot")["success"]
    assert value(admin, STATUS)["plain_tokens"] == []
