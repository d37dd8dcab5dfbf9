"""The offline Notion, read by the official client: what was written is there, complete and in order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.worker.notion_fixtures import (
    SOME_PROPERTIES,
    OfflineNotion,
    client_of,
    offline_notion,
    paragraph,
    row,
    said,
    text,
)


@pytest_asyncio.fixture
async def notion() -> AsyncIterator[OfflineNotion]:
    async with offline_notion() as server:
        yield server


async def texts_in(notion: OfflineNotion, block: str) -> list[str]:
    """What the blocks in a page or block say, read page by page."""
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = await notion.client.blocks.children.list(block, **cursor)
        found += [said(one[one["type"]]) for one in answer["results"]]
        if not answer["has_more"]:
            return found
        cursor = {"start_cursor": answer["next_cursor"]}


async def test_an_empty_data_source_has_no_pages(notion: OfflineNotion) -> None:
    found = await notion.query("nobody")
    assert (found["results"], found["has_more"], found["next_cursor"]) == ([], False, None)


async def test_a_token_says_whose_it_is(notion: OfflineNotion) -> None:
    me = await notion.client.users.me()
    assert (me["object"], me["type"], me["bot"]["workspace_name"]) == ("user", "bot", "offline")


async def test_every_type_of_property_is_read_back(notion: OfflineNotion) -> None:
    given = {
        "Name": {"title": text("Mira 🎭")},
        "Supabase ID": {"rich_text": text("one")},
        "Bio": {"rich_text": text("a" * 2000) + text("b\n☕")},
        "Role": {"select": {"name": "switch"}},
        "Hard Limits": {"multi_select": [{"name": "spiders"}, {"name": "🕷"}, {"name": "spiders"}]},
        "Dominance": {"number": 2.5},
        "Public": {"checkbox": True},
        "Avatar": {"files": [{"name": "face", "external": {"url": "https://example.com/a.png"}}]},
        "Created": {"date": {"start": "2026-01-02T03:04:05+02:00"}},
        "Site": {"url": "https://example.com"},
    }
    made = await notion.create(given)
    for page in (made, await notion.client.pages.retrieve(made["id"])):
        properties = page["properties"]
        assert {name: value["type"] for name, value in properties.items()} == {
            name: next(iter(config)) for name, config in SOME_PROPERTIES.items()
        }
        assert (said(properties["Name"]), said(properties["Bio"])) == ("Mira 🎭", "a" * 2000 + "b\n☕")
        assert properties["Role"]["select"]["name"] == "switch"
        assert [one["name"] for one in properties["Hard Limits"]["multi_select"]] == ["spiders", "🕷"]
        assert (properties["Dominance"]["number"], properties["Public"]["checkbox"]) == (2.5, True)
        assert properties["Avatar"]["files"][0]["external"]["url"] == "https://example.com/a.png"
        assert properties["Created"]["date"]["start"] == "2026-01-02T03:04:00.000+02:00"
        assert properties["Site"]["url"] == "https://example.com"
        assert page["parent"]["database_id"] == notion.database
        assert page["last_edited_time"].endswith(":00.000Z")
    assert {page["id"] for page in (await notion.query("one"))["results"]} == {made["id"]}


async def test_a_page_without_values_has_every_property_empty(notion: OfflineNotion) -> None:
    page = await notion.create({})
    values = {name: value[value["type"]] for name, value in page["properties"].items()}
    assert values == {
        **{name: [] for name in ("Name", "Supabase ID", "Bio", "Hard Limits", "Avatar")},
        **dict.fromkeys(("Role", "Dominance", "Created", "Site"), None),
        "Public": False,
    }


async def test_what_an_edit_leaves_out_stays_and_what_it_sends_empty_is_emptied(
    notion: OfflineNotion,
) -> None:
    limits = {"multi_select": [{"name": "spiders"}]}
    more = {"Hard Limits": limits, "Role": {"select": {"name": "switch"}}, "Dominance": {"number": 3}}
    page = await notion.create(row("Mira", "one", **more))
    changes = {"Hard Limits": {"multi_select": []}, "Role": {"select": None}, "Name": {"title": text("Ada")}}
    properties = (await notion.client.pages.update(page["id"], properties=changes))["properties"]
    assert (said(properties["Name"]), said(properties["Supabase ID"])) == ("Ada", "one")
    assert (properties["Hard Limits"]["multi_select"], properties["Role"]["select"]) == ([], None)
    assert properties["Dominance"]["number"] == 3


async def test_pages_are_found_by_supabase_id_alone(notion: OfflineNotion) -> None:
    pages = [await notion.create(row("Mira", identifier)) for identifier in ("one", "two", "two")]
    found = await notion.query("two")
    assert [page["id"] for page in found["results"]] == [page["id"] for page in pages[1:]]
    both = [{"property": "Supabase ID", "rich_text": {"equals": name}} for name in ("one", "two")]
    for combined, count in (({"or": both}, 3), ({"and": both}, 0)):
        answer = await notion.client.data_sources.query(notion.source, filter=combined)
        assert len(answer["results"]) == count


async def test_a_query_is_read_page_by_page(notion: OfflineNotion) -> None:
    made = [(await notion.create(row(f"{n}", "same")))["id"] for n in range(7)]
    found: list[str] = []
    cursor: dict[str, Any] = {}
    for left in (True, True, False):
        answer = await notion.query("same", page_size=3, **cursor)
        found += [page["id"] for page in answer["results"]]
        assert answer["has_more"] is left
        cursor = {"start_cursor": answer["next_cursor"]}
    assert found == made


async def test_a_query_stops_silently_at_its_limit(notion: OfflineNotion) -> None:
    await notion.control("PUT", "/limits", {"query_rows": 2})
    for _ in range(3):
        await notion.create(row("Mira", "same"))
    answer = await notion.query("same")
    assert (len(answer["results"]), answer["has_more"]) == (2, False)
    assert answer["request_status"]["incomplete_reason"] == "query_result_limit_reached"


async def test_a_new_page_can_be_unseen_by_queries_for_a_while(notion: OfflineNotion) -> None:
    await notion.control("PUT", "/limits", {"query_lag_seconds": 60})
    await notion.create(row("Mira", "one"))
    assert (await notion.query("one"))["results"] == []
    await notion.control("PUT", "/limits", {})
    assert len((await notion.query("one"))["results"]) == 1


async def test_content_is_read_in_order_a_hundred_blocks_at_a_time(notion: OfflineNotion) -> None:
    page = await notion.create(row(), children=[paragraph(f"{n}") for n in range(100)])
    for start in (100, 200):
        blocks = [paragraph(f"{n}") for n in range(start, start + 100)]
        appended = await notion.client.blocks.children.append(page["id"], children=blocks)
        assert len(appended["results"]) == 100
    assert await texts_in(notion, page["id"]) == [f"{n}" for n in range(300)]


async def test_blocks_are_put_where_they_are_wanted_and_deleted(notion: OfflineNotion) -> None:
    page = await notion.create(row(), children=[paragraph("b"), paragraph("d")])
    children = notion.client.blocks.children
    first = (await children.list(page["id"]))["results"][0]["id"]
    await children.append(page["id"], children=[paragraph("a")], position={"type": "start"})
    position = {"type": "after_block", "after_block": {"id": first}}
    await children.append(page["id"], children=[paragraph("c")], position=position)
    assert await texts_in(notion, page["id"]) == ["a", "b", "c", "d"]
    assert (await notion.client.blocks.delete(first))["in_trash"] is True
    assert await texts_in(notion, page["id"]) == ["a", "c", "d"]
    assert (await notion.client.blocks.retrieve(first))["in_trash"] is True
    await notion.client.pages.update(page["id"], erase_content=True)
    assert await texts_in(notion, page["id"]) == []


async def test_blocks_can_hold_blocks(notion: OfflineNotion) -> None:
    toggle = {"type": "toggle", "toggle": {"rich_text": text("outer"), "children": [paragraph("inner")]}}
    page = await notion.create(row(), children=[toggle])
    outer = (await notion.client.blocks.children.list(page["id"]))["results"][0]
    assert outer["has_children"] is True
    assert await texts_in(notion, outer["id"]) == ["inner"]


async def test_ids_are_taken_without_dashes(notion: OfflineNotion) -> None:
    page = await notion.create(row())
    bare = page["id"].replace("-", "").upper()
    assert (await notion.client.pages.retrieve(bare))["id"] == page["id"]
    parent = {"database_id": notion.database.replace("-", "")}
    made = await notion.client.pages.create(parent=parent, properties=row())
    assert made["parent"]["data_source_id"] == notion.source


async def test_a_page_goes_to_the_trash_and_comes_back(notion: OfflineNotion) -> None:
    page = await notion.create(row("Mira", "one"))
    assert (await notion.client.pages.update(page["id"], in_trash=True))["in_trash"] is True
    assert (await notion.query("one"))["results"] == []
    assert (await notion.client.pages.retrieve(page["id"]))["in_trash"] is True
    assert (await notion.client.pages.update(page["id"], in_trash=False))["in_trash"] is False
    assert len((await notion.query("one"))["results"]) == 1


async def test_properties_are_created_renamed_and_removed(notion: OfflineNotion) -> None:
    page = await notion.create(row("Mira", "one", Bio={"rich_text": text("said")}))
    changes = {
        "Bio": {"name": "Biography"},
        "Site": None,
        "Pronouns": {"select": {"options": [{"name": "they"}]}},
        "Name": {"name": "Title"},
    }
    source = await notion.client.data_sources.update(notion.source, properties=changes)
    assert "Site" not in source["properties"]
    assert [one["name"] for one in source["properties"]["Pronouns"]["select"]["options"]] == ["they"]
    assert source == await notion.client.data_sources.retrieve(notion.source)
    properties = (await notion.client.pages.retrieve(page["id"]))["properties"]
    assert (said(properties["Biography"]), said(properties["Title"])) == ("said", "Mira")
    by_id = {properties["Biography"]["id"]: {"rich_text": text("by id")}}
    properties = (await notion.client.pages.update(page["id"], properties=by_id))["properties"]
    assert said(properties["Biography"]) == "by id"


async def test_a_database_lists_its_data_sources(notion: OfflineNotion) -> None:
    sources = {"Mine": SOME_PROPERTIES, "Yours": {}}
    made = await notion.control("POST", "/databases", {"title": "Two", "data_sources": sources})
    database = await notion.client.databases.retrieve(made["id"])
    assert (said(database), [one["name"] for one in database["data_sources"]]) == ("Two", ["Mine", "Yours"])
    assert list(made["data_sources"][1]["properties"]) == ["Name"]
    database = await notion.client.databases.update(made["id"], title=text("Renamed"), in_trash=True)
    assert (said(database), database["in_trash"]) == ("Renamed", True)


async def test_the_version_before_calls_the_trash_archived(notion: OfflineNotion) -> None:
    client = client_of(notion.url, version="2025-09-03")
    page = await notion.create(row(), children=[paragraph("a"), paragraph("c")])
    assert "archived" not in page
    first = (await client.blocks.children.list(page["id"]))["results"][0]["id"]
    await client.blocks.children.append(page["id"], children=[paragraph("b")], after=first)
    assert await texts_in(notion, page["id"]) == ["a", "b", "c"]
    archived = await client.pages.update(page["id"], archived=True)
    assert (archived["archived"], archived["in_trash"]) == (True, True)
    await client.aclose()


async def test_tokens_of_another_workspace_see_nothing(notion: OfflineNotion) -> None:
    await notion.control("POST", "/tokens", {"token": "ntn_other", "workspace": "other", "name": "Other"})
    page = await notion.create(row())
    assert (await notion.send("GET", f"/pages/{page['id']}", token="ntn_other"))[0] == 404
    assert (await notion.send("GET", f"/pages/{page['id']}"))[0] == 200
    made = await notion.control("POST", "/databases", {"workspace": "other", "properties": SOME_PROPERTIES})
    parent = {"data_source_id": made["data_sources"][0]["id"]}
    body = {"parent": parent, "properties": row()}
    assert (await notion.send("POST", "/pages", body, token="ntn_other"))[0] == 200
    assert [entry["bot"] for entry in await notion.requests()][-3:] == ["Other", "offline", "Other"]
    assert len((await notion.control("GET", "/pages?workspace=other"))["pages"]) == 1
