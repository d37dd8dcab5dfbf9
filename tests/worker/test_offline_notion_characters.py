"""What is prepared of awkward characters goes into the offline Notion, and every piece comes back."""

from random import Random
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.notion_author import NotionAuthor
from tests.people import new_user
from tests.test_notion_rules import INSERT
from tests.worker.notion_fixtures import Json, OfflineNotion, offline_notion

CHARACTERS = 40
PREPARED = "select prepare_kinkster_for_notion(id) from kinksters where user_id = %s"


def pieces(value: Json) -> Any:
    """What a property says, in a form that is the same for what is sent and for what comes back."""
    kind = next(kind for kind in value if kind not in ("id", "type"))
    inner = value[kind]
    match kind:
        case "title" | "rich_text":
            return [element["text"]["content"] for element in inner]
        case "multi_select":
            return [option["name"] for option in inner]
        case "select":
            return inner and inner["name"]
        case "files":
            return [file["external"]["url"] for file in inner]
        case "date":
            return inner and inner["start"][:16]
    return inner


def prepared(admin: psycopg.Connection, database: str) -> list[Json]:
    """What is sent of new characters whose pages belong into a database."""
    user, author = new_user(admin), NotionAuthor(Random(5), ["Mira", "e\u0301", "🎭 ", "a, b", '"\\'])
    admin.execute("update profiles set notion_kinksters_database_id = %s where id = %s", [database, user])
    rows = [author.character() for _ in range(CHARACTERS)]
    rows[0]["backstory"] = "🎭🎭🎭🎭 " * 9_500
    admin.execute(INSERT.format(columns=", ".join(rows[0])), [user, Jsonb(rows)])
    return [page for (page,) in admin.execute(PREPARED, [user])]


async def write(notion: OfflineNotion, body: Json) -> None:
    """Makes a page and appends the content that did not fit into its first request."""
    first = {name: body[name] for name in ("parent", "properties", "children")}
    page = await notion.client.pages.create(**first)
    for blocks in body["more_children"]:
        await notion.client.blocks.children.append(page["id"], children=blocks)


async def content(notion: OfflineNotion, page: str) -> list[tuple[str, Any]]:
    """The blocks of a page: type and texts."""
    found: list[Json] = []
    answer: Json = {"next_cursor": None, "has_more": True}
    while answer["has_more"]:
        more = {"start_cursor": answer["next_cursor"]} if answer["next_cursor"] else {}
        answer = await notion.client.blocks.children.list(page, **more)
        found += answer["results"]
    return texts(found)


def texts(blocks: list[Json]) -> list[tuple[str, Any]]:
    """What blocks say: type and texts."""
    return [(one["type"], pieces({"rich_text": one[one["type"]]["rich_text"]})) for one in blocks]


async def test_every_piece_of_awkward_characters_arrives(admin: psycopg.Connection) -> None:
    async with offline_notion() as notion:
        made = await notion.control("POST", "/databases", {"title": "Awkward"})
        bodies, source = prepared(admin, made["id"]), made["data_sources"][0]["id"]
        properties: Json = {name: {next(iter(v)): {}} for name, v in bodies[0]["properties"].items()}
        await notion.client.data_sources.update(source, properties=properties)
        for body in bodies:
            await write(notion, body)
            where = {"property": "Supabase ID", "rich_text": {"equals": body["kinkster_id"]}}
            (page,) = (await notion.client.data_sources.query(source, filter=where))["results"]
            sent = {name: pieces(value) for name, value in body["properties"].items()}
            assert {name: pieces(value) for name, value in page["properties"].items()} == sent
            blocks = [block for blocks in (body["children"], *body["more_children"]) for block in blocks]
            assert await content(notion, page["id"]) == texts(blocks)
            await notion.client.pages.update(page["id"], properties=body["properties"])
            assert (await notion.client.pages.retrieve(page["id"]))["properties"] == page["properties"]
        assert len(await notion.pages()) == CHARACTERS
        assert any(body["more_children"] for body in bodies)
