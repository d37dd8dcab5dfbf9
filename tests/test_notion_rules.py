"""The SQL that prepares pages and an independent reading of Notion's limits agree, whatever a row holds."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from scripts.installation import Privileges, run
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.notion_author import NotionAuthor
from tests.people import new_user, value
from tests.test_prompt_rules import LISTS, SHORT_TEXTS

BATCHES, ROWS = 21, 96

INSERT = """
insert into kinksters (user_id, {columns})
select %s, {columns} from jsonb_populate_recordset(null::kinksters, %s)
"""
FINDINGS = """
select found, case when found <> '{}' then to_jsonb(k) end
from kinksters as k
cross join lateral (
  select notion_rules.findings(to_jsonb(k), prepare_kinkster_for_notion(k.id)) as found
  offset 0
) as judged
where k.user_id = %s
"""

Page = dict[str, Any]


class Judge:
    """A database with the rules in it, and a user whose characters they judge."""

    def __init__(self, admin: psycopg.Connection) -> None:
        self.admin, self.judged = admin, 0
        self.user = new_user(admin)
        admin.execute(
            "update profiles set notion_kinksters_database_id = 'a-database' where id = %s", [self.user]
        )

    def insert(self, rows: list[dict[str, Any]]) -> None:
        """Makes characters of the user."""
        self.admin.execute(INSERT.format(columns=", ".join(rows[0])), [self.user, Jsonb(rows)])

    def findings(self, rows: list[dict[str, Any]]) -> list[tuple[list[str], Any]]:
        """What the rules find in the pages of these characters, with the row; they are gone afterwards."""
        with self.admin.transaction(force_rollback=True):
            self.insert(rows)
            found = self.admin.execute(FINDINGS, [self.user]).fetchall()
        assert len(found) == len(rows)
        self.judged += len(found)
        return [(wrong, row) for wrong, row in found if wrong]

    def findings_in(self, row: dict[str, Any], page: Page) -> list[str]:
        """What the rules find in any page for a row."""
        found: list[str] = value(self.admin, "select notion_rules.findings(%s, %s)", Jsonb(row), Jsonb(page))
        return found


@pytest.fixture(scope="module")
def judge(server: Server, template: Callable[[Privileges], str]) -> Iterator[Judge]:
    """The rules, in a database of their own."""
    name = create_database(server, template=template("explicit"))
    try:
        with psycopg.connect(server.conninfo(name), autocommit=True) as admin:
            admin.execute("create extension plpython3u")
            run(admin, Path(__file__).with_name("notion_rules.sql"))
            yield Judge(admin)
    finally:
        drop_database(server, name)


def test_sql_and_rules_agree_over_thousands_of_awkward_characters(judge: Judge) -> None:
    @settings(
        max_examples=BATCHES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts=SHORT_TEXTS, random=st.randoms(use_true_random=True))
    def batch(texts: list[str], random: Random) -> None:
        author = NotionAuthor(Random(random.getrandbits(64)), texts)
        wrong = judge.findings([author.character() for _ in range(ROWS)])
        assert not wrong, "\n".join(f"{found}\n{str(row)[:3000]}" for found, row in wrong[:3])

    before = judge.judged
    batch()
    assert judge.judged - before >= 2000


def test_an_unchanged_row_gives_the_same_bytes(judge: Judge) -> None:
    """In another session, with other settings, after the row has been written anew."""
    author = NotionAuthor(Random(7), ["Mira"])
    query = "select id, prepare_kinkster_for_notion(id)::text from kinksters where user_id = %s order by id"
    user = new_user(judge.admin)
    judge.admin.execute("update profiles set notion_kinksters_database_id = 'db' where id = %s", [user])
    rows = [author.character() for _ in range(100)]
    judge.admin.execute(INSERT.format(columns=", ".join(rows[0])), [user, Jsonb(rows)])
    first = judge.admin.execute(query, [user]).fetchall()
    judge.admin.execute("update kinksters set metadata = '[1]' where user_id = %s", [user])
    with psycopg.connect(judge.admin.info.dsn) as another:
        another.execute("set time zone 'Pacific/Apia'; set datestyle = 'German'; set work_mem = '64kB'")
        another.execute("set jit = off; set enable_hashagg = off; set enable_hashjoin = off")
        assert another.execute(query, [user]).fetchall() == first
    assert len(first) == 100


@pytest.mark.parametrize("filler", ["x", "word ", "🎭", "漢", '"\\', "e\u0301", "\n", "🇫🇮", "a, "])
@pytest.mark.parametrize("column", ["bio", "appearance_description", "physical_attributes", "hard_limits"])
def test_a_row_as_long_as_a_row_can_be_agrees_too(judge: Judge, filler: str, column: str) -> None:
    text = (filler * 99_000)[:98_000]
    escaped = text[:48_000]
    said: Any = {"physical_attributes": {"scars": escaped}, "hard_limits": [escaped]}.get(column, text)
    assert judge.findings([{"name": "Mira", column: said}]) == []


def test_lists_as_long_as_a_row_can_be_agree_too(judge: Judge) -> None:
    """Options of three bytes a character, over all lists: more than one request takes."""
    items = [f"漢{n:03}" + "漢" * 90 for n in range(110)]
    assert judge.findings([{"name": "Mira"} | dict.fromkeys(LISTS[1:], items)]) == []


PLAIN: dict[str, Any] = {
    "name": "Mira",
    "role": "dominant, mostly",
    "pronouns": "She/Her",
    "bio": "Runs a small theatre.",
    "backstory": "word " * 900,
    "specialty": "two\r\nlines",
    "personality_traits": ["calm", "exact", "calm ", ""],
    "physical_attributes": {"eyes": {"left": "green"}, "scars": [2, True]},
    "hard_limits": ["spiders", "heights, depths"],
    "soft_limits": [f"limit {n}" for n in range(102)],
    "avatar_url": "https://example.com/mira.png",
    "dominance": 12,
    "is_public": True,
}
Break = Callable[[Page], None]


def at(page: Page, *path: str | int) -> Any:
    """A part of a page."""
    found: Any = page
    for step in path:
        found = found[step]
    return found


def put(*path: str | int, new: Any) -> Break:
    """Puts something else in a place."""

    def broken(page: Page) -> None:
        at(page, *path[:-1])[path[-1]] = new

    return broken


def without(*path: str | int) -> Break:
    """Takes something away."""

    def broken(page: Page) -> None:
        del at(page, *path[:-1])[path[-1]]

    return broken


def text(content: str) -> dict[str, Any]:
    """An element of rich text."""
    return {"type": "text", "text": {"content": content}}


def paragraph(content: str) -> dict[str, Any]:
    """A block of content."""
    return {"object": "block", "type": "paragraph", "paragraph": {"rich_text": [text(content)]}}


def swap_children(page: Page) -> None:
    """Bio and backstory the other way round."""
    page["children"][:5] = page["children"][2:5] + page["children"][:2]


P = "properties"
CONTENT = ("text", "content")
BREAKS: dict[str, tuple[Break, str]] = {
    "no properties": (put(P, new={}), "properties"),
    "a property is left out": (without(P, "Soft Limits"), "properties"),
    "a property of another type": (put(P, "Role", new={"rich_text": []}), "properties"),
    "a property that nobody knows": (put(P, "Nickname", new={"rich_text": []}), "properties"),
    "an unknown key": (put("icon", new=None), "keys"),
    "a parent for a page that is there": (put("page_id", new="page"), "keys"),
    "the revision of another row": (put("revision", new=7), "keys"),
    "a bare id as parent": (put("parent", new={"database_id": "x"}), "keys"),
    "a text of 2,001 code units": (put(P, "Height", "rich_text", new=[text("x" * 2001)]), "length"),
    "1,001 emoji in a text": (put(P, "Height", "rich_text", new=[text("🎭" * 1001)]), "length"),
    "an empty text": (put(P, "Height", "rich_text", new=[text("")]), "length"),
    "101 texts": (put(P, "Height", "rich_text", new=[text("x")] * 101), "rich text"),
    "a text that is none": (put(P, "Height", "rich_text", new=[{"text": "x"}]), "rich text"),
    "a control character": (put(P, "Bio", "rich_text", 0, *CONTENT, new="Runs\x07"), "characters"),
    "a text that nobody wrote": (put(P, "Height", "rich_text", new=[text("tall")]), "dropped"),
    "a name that is gone": (put(P, "Name", "title", new=[]), "dropped"),
    "a bio that is cut": (put(P, "Bio", "rich_text", 0, *CONTENT, new="Runs"), "dropped"),
    "a backstory that ends": (without(P, "Backstory", "rich_text", 2), "dropped"),
    "a short piece before the last": (
        put(P, "Backstory", "rich_text", new=[text("word "), text("word " * 400)]),
        "seam",
    ),
    "a piece that ends in a word": (
        put(P, "Backstory", "rich_text", new=[text("word " * 399 + "wo"), text("rd " + "word " * 400)]),
        "seam",
    ),
    "an accent that is torn off": (
        put(P, "Backstory", "rich_text", new=[text("e" * 1000), text("\u0301")]),
        "seam",
    ),
    "an option with a comma": (
        put(P, "Hard Limits", "multi_select", new=[{"name": "spiders"}, {"name": "heights, depths"}]),
        "option",
    ),
    "an option of 101 code units": (
        put(P, "Hard Limits", "multi_select", new=[{"name": "x" * 101}]),
        "option",
    ),
    "an option with a line end": (put(P, "Pronouns", "select", "name", new="She\nHer"), "option"),
    "an option without a name": (put(P, "Hard Limits", "multi_select", new=[{"name": ""}]), "option"),
    "101 options": (
        put(P, "Soft Limits", "multi_select", new=[{"name": f"limit {n}"} for n in range(101)]),
        "option",
    ),
    "an option twice": (
        put(P, "Personality Traits", "multi_select", 1, "name", new="calm"),
        "option",
    ),
    "an option that is gone": (
        put(P, "Personality Traits", "multi_select", new=[{"name": "calm"}]),
        "dropped",
    ),
    "options in another order": (
        put(P, "Personality Traits", "multi_select", new=[{"name": "exact"}, {"name": "calm"}]),
        "invented",
    ),
    "a limit that nobody set": (
        put(P, "Hard Limits", "multi_select", new=[{"name": "spiders"}, {"name": "depths"}]),
        "invented",
    ),
    "an attribute that is gone": (
        put(P, "Physical Attributes", "rich_text", new=[text("eyes, left: green\nscars: 2")]),
        "dropped",
    ),
    "an attribute that nobody wrote": (
        put(P, "Physical Attributes", "rich_text", new=[text("eyes, left: green\nscars: 2\nscars: true\nx")]),
        "invented",
    ),
    "another number": (put(P, "Dominance", "number", new=11), "dropped"),
    "an open door": (put(P, "Public", "checkbox", new=False), "dropped"),
    "no date": (put(P, "Created", "date", new=None), "dropped"),
    "a date in words": (put(P, "Created", "date", "start", new="today"), "date"),
    "an address of 2,001 characters": (
        put(P, "Avatar", "files", 0, "external", "url", new="https://" + "x" * 1993),
        "files",
    ),
    "no address": (put(P, "Avatar", "files", 0, "external", "url", new="mira.png"), "files"),
    "no picture": (put(P, "Avatar", "files", new=[]), "dropped"),
    "content that is gone": (put("children", new=[]), "dropped"),
    "a heading without text": (lambda page: page["children"].pop(1) and None, "headings"),
    "a heading of nothing": (
        put("children", 0, "heading_2", "rich_text", 0, *CONTENT, new="Biography"),
        "headings",
    ),
    "a heading twice": (put("children", 2, "heading_2", "rich_text", 0, *CONTENT, new="Bio"), "headings"),
    "a last heading without text": (lambda page: page["children"].pop() and None, "headings"),
    "text before any heading": (lambda page: page["children"].pop(0) and None, "headings"),
    "the 102nd option is gone": (put("children", -1, new=paragraph("• limit 100")), "dropped"),
    "another order of the content": (swap_children, "headings"),
    "101 blocks in a request": (
        lambda page: page["children"].extend([paragraph("x")] * 101),
        "blocks",
    ),
    "an empty request": (put("more_children", new=[[]]), "blocks"),
    "a request that is not full": (put("more_children", new=[[paragraph("x")], [paragraph("y")]]), "blocks"),
    "a block without a type": (without("children", 1, "type"), "blocks"),
    "a request of over 500 KB": (
        put("children", new=[paragraph("漢" * 2000) for _ in range(90)]),
        "size",
    ),
}  # fmt: skip


@pytest.fixture
def plain(judge: Judge) -> Iterator[tuple[dict[str, Any], Page]]:
    """An ordinary row and its page."""
    with judge.admin.transaction(force_rollback=True):
        judge.insert([PLAIN])
        query = "select to_jsonb(k), prepare_kinkster_for_notion(k.id) from kinksters as k where user_id = %s"
        row = judge.admin.execute(query, [judge.user]).fetchone()
        assert row
        yield row[0], row[1]


def test_an_ordinary_page_breaks_no_rule(judge: Judge, plain: tuple[dict[str, Any], Page]) -> None:
    assert judge.findings_in(*plain) == []


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_page_is_found_out(judge: Judge, plain: tuple[dict[str, Any], Page], broken: str) -> None:
    row, page = plain
    breaks, kind = BREAKS[broken]
    changed = copy.deepcopy(page)
    breaks(changed)
    assert changed != page
    found = judge.findings_in(row, changed)
    assert any(each.split(":")[0] == kind for each in found), json.dumps(found)
