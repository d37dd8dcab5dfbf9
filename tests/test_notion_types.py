"""What is prepared for Notion has the types that Notion's own SDK declares, says the TypeScript compiler."""

import copy
import json
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests import npm
from tests.notion_author import NotionAuthor
from tests.people import new_user
from tests.test_notion_rules import INSERT

PACKAGE = Path(__file__).parent / "notion" / "package.json"
TSC = [
    "node_modules/.bin/tsc",
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--module",
    "nodenext",
    "--pretty",
    "false",
]

Body = dict[str, Any]


@pytest.fixture(scope="module")
def types(pytestconfig: pytest.Config) -> Path:
    """A folder with the SDK and the compiler in it, kept in pytest's cache."""
    if not npm.is_here():
        pytest.skip("npm is not here, which installs Notion's types and the TypeScript compiler")
    assert pytestconfig.cache is not None
    return npm.installed(PACKAGE, pytestconfig.cache.mkdir("notion-types"))


@pytest.fixture
def pages(admin: psycopg.Connection) -> list[Body]:
    """100 characters as they are prepared: 50 for a new page, 50 for one that is there."""
    author, user = NotionAuthor(Random(11), ["Mira", "e\u0301", "🎭 "]), new_user(admin)
    admin.execute("update profiles set notion_kinksters_database_id = 'a-database' where id = %s", [user])
    rows = [author.character() for _ in range(100)]
    admin.execute(INSERT.format(columns=", ".join(rows[0])), [user, Jsonb(rows)])
    half = "select id from kinksters order by id limit 50"
    admin.execute(f"update kinksters set notion_page_id = id::text where id in ({half})")
    prepared = "select prepare_kinkster_for_notion(id) from kinksters order by notion_page_id, id"
    found = admin.execute(prepared).fetchall()
    return [page for (page,) in found]


def bodies_of(page: Body) -> list[tuple[str, Body]]:
    """The requests that bring a page to Notion, each with the SDK's name of its type."""
    if page["page_id"] is None:
        first = [("CreatePageParameters", {key: page[key] for key in ("parent", "properties", "children")})]
        lists = page["more_children"]
    else:
        first = [("UpdatePageParameters", {"page_id": page["page_id"], "properties": page["properties"]})]
        lists = [page["children"], *page["more_children"]]
    return [
        *first,
        *(("AppendBlockChildrenParameters", {"block_id": "a-page", "children": blocks}) for blocks in lists),
    ]


def refused(types: Path, bodies: list[tuple[str, Body]]) -> dict[int, str]:
    """What the compiler says of each body that is not of its type, by place in the list."""
    with tempfile.TemporaryDirectory(dir=types) as folder:
        for n, (kind, body) in enumerate(bodies):
            Path(folder, f"body_{n}.ts").write_text(
                f'import type {{ {kind} }} from "@notionhq/client/build/src/api-endpoints";\n'
                f"export const body = {json.dumps(body)} satisfies {kind};\n"
            )
        files = [f"{Path(folder).name}/body_{n}.ts" for n in range(len(bodies))]
        done = subprocess.run([*TSC, *files], cwd=types, capture_output=True, text=True)
    said = dict(re.findall(r"^\S*body_(\d+)\.ts\(\d+,\d+\): (.*)", done.stdout, re.MULTILINE))
    assert bool(said) == bool(done.returncode), done.stdout + done.stderr
    return {int(n): text for n, text in said.items()}


def test_the_requests_for_a_hundred_characters_have_notions_types(types: Path, pages: list[Body]) -> None:
    bodies = [body for page in pages for body in bodies_of(page)]
    kinds = [kind for kind, _ in bodies]
    assert kinds.count("CreatePageParameters") == kinds.count("UpdatePageParameters") == 50
    assert refused(types, bodies) == {}


def put(*path: str | int, new: Any) -> Callable[[Body], None]:
    """Puts something else in a place of a body."""

    def broken(body: Body) -> None:
        for step in path[:-1]:
            body = body[step]  # type: ignore[index]
        body[path[-1]] = new  # type: ignore[index]

    return broken


BREAKS: dict[str, Callable[[Body], None]] = {
    "an option that is a bare text": put("properties", "Hard Limits", "multi_select", new=["spiders"]),
    "a number in words": put("properties", "Dominance", "number", new="ten"),
    "a title that is a bare text": put("properties", "Name", "title", new="Mira"),
    "a checkbox of null": put("properties", "Public", "checkbox", new=None),
    "a list of limits of null": put("properties", "Soft Limits", "multi_select", new=None),
    "a date without a start": put("properties", "Created", "date", new={"end": "2026-01-02"}),
    "a picture without an address": put("properties", "Avatar", "files", new=[{"name": "a", "external": {}}]),
    "a parent without an id": put("parent", new={"type": "database_id"}),
    "a block of a type that there is not": put("children", new=[{"type": "prose", "prose": {}}]),
}


def test_what_is_broken_is_refused(types: Path, pages: list[Body]) -> None:
    kind, whole = next(body for page in pages for body in bodies_of(page) if page["page_id"] is None)
    bodies = [(kind, whole)]
    for breaks in BREAKS.values():
        bodies.append((kind, copy.deepcopy(whole)))
        breaks(bodies[-1][1])
    found = refused(types, bodies)
    assert [why for n, why in enumerate(BREAKS, 1) if n not in found] == []
    assert 0 not in found
