"""What the offline Notion answers has the types that Notion's own SDK declares, says the compiler."""

from pathlib import Path

from tests.test_notion_types import refused, types
from tests.worker.notion_fixtures import Json, client_of, offline_notion, paragraph, row, text

__all__ = ["types"]

EMPTY = [
    "heading_1",
    "heading_2",
    "heading_3",
    "bulleted_list_item",
    "numbered_list_item",
    "quote",
    "callout",
]
VALUES: Json = {
    "Role": {"select": {"name": "switch"}},
    "Hard Limits": {"multi_select": [{"name": "spiders"}]},
    "Dominance": {"number": 3},
    "Avatar": {"files": [{"name": "face", "external": {"url": "https://example.com/a.png"}}]},
    "Created": {"date": {"start": "2026-01-02T03:04:05Z"}},
    "Site": {"url": "https://example.com"},
}
BLOCKS: list[Json] = [
    paragraph("x"),
    {"toggle": {"rich_text": text("outer"), "children": [paragraph("inner")]}},
    {"to_do": {"rich_text": [], "checked": True}},
    {"code": {"rich_text": text("x")}},
    {"divider": {}},
    *({kind: {"rich_text": []}} for kind in EMPTY),
]


async def test_answers_have_notions_types(types: Path) -> None:
    async with offline_notion() as notion:
        # The SDK's types still have `archived`, which the newest version no longer gives.
        client = client_of(notion.url, version="2025-09-03")
        parent = {"database_id": notion.database}
        full = await client.pages.create(parent=parent, properties=row(**VALUES), children=BLOCKS)
        bare = await client.pages.create(parent=parent, properties={})
        answers = [
            ("PageObjectResponse", full),
            ("PageObjectResponse", bare),
            ("PageObjectResponse", await client.pages.update(bare["id"], archived=True)),
            ("DatabaseObjectResponse", await client.databases.retrieve(notion.database)),
            ("DataSourceObjectResponse", await client.data_sources.retrieve(notion.source)),
            ("QueryDataSourceResponse", await client.data_sources.query(notion.source, page_size=1)),
            ("ListBlockChildrenResponse", await client.blocks.children.list(full["id"])),
            ("BlockObjectResponse", await client.blocks.retrieve(full["id"])),
            ("GetSelfResponse", await client.users.me()),
        ]
        await client.aclose()
    assert refused(types, answers) == {}
    assert set(refused(types, [("PageObjectResponse", {**full, "archived": None})])) == {0}
