"""What the offline Notion refuses, in Notion's error body, and that nothing of it is done."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from notion_client import APIResponseError

from tests.worker.notion_fixtures import (
    Json,
    OfflineNotion,
    client_of,
    offline_notion,
    paragraph,
    refusal,
    row,
    text,
)


@pytest_asyncio.fixture
async def notion() -> AsyncIterator[OfflineNotion]:
    async with offline_notion() as server:
        yield server


def limits(*names: str) -> Json:
    """Properties of a page with hard limits."""
    return {"Hard Limits": {"multi_select": [{"name": name} for name in names]}}


def bio(*texts: str) -> Json:
    """Properties of a page with a bio."""
    return {"Bio": {"rich_text": [element for content in texts for element in text(content)]}}


def avatar(url: Any) -> Json:
    """Properties of a page with a picture."""
    return {"Avatar": {"files": [{"name": "face", "external": {"url": url}}]}}


def place(path: str, should: str, found: Any) -> str:
    """The message for a part of the body."""
    return f"body failed validation: body.properties.{path} should be {should}, instead was `{found}`."


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Nickname": {"rich_text": []}}, "Nickname is not a property that exists."),
        ({"Role": {"rich_text": []}}, "Role is expected to be select."),
        ({"Role": {"type": "select"}}, place("Role.select", "defined", "undefined")),
        (bio("x" * 2001), place("Bio.rich_text[0].text.content.length", "≤ `2000`", 2001)),
        (bio("🎭" * 1001), place("Bio.rich_text[0].text.content.length", "≤ `2000`", 2002)),
        (bio(*["x"] * 101), place("Bio.rich_text.length", "≤ `100`", 101)),
        (bio("\ud83c"), "should be a string without halves of characters"),
        (limits("a, b"), "Invalid select option, commas not allowed: a, b"),
        ({"Role": {"select": {"name": "a,b"}}}, "Invalid select option, commas not allowed: a,b"),
        (limits("x" * 101), place("Hard Limits.multi_select[0].name.length", "≤ `100`", 101)),
        (limits("🎭" * 51), place("Hard Limits.multi_select[0].name.length", "≤ `100`", 102)),
        (limits(""), place("Hard Limits.multi_select[0].name.length", "≥ `1`", 0)),
        (limits(*map(str, range(101))), place("Hard Limits.multi_select.length", "≤ `100`", 101)),
        ({"Hard Limits": {"multi_select": ["a"]}}, place("Hard Limits.multi_select[0]", "an object", '"a"')),
        ({"Hard Limits": {"multi_select": None}}, place("Hard Limits.multi_select", "an array", "null")),
        ({"Role": {"select": {"id": "x"}}}, 'Role is an invalid select option "x".'),
        ({"Dominance": {"number": "3"}}, place("Dominance.number", "a number or `null`", '"3"')),
        ({"Dominance": {"number": True}}, place("Dominance.number", "a number or `null`", "true")),
        ({"Public": {"checkbox": None}}, place("Public.checkbox", "a boolean", "null")),
        (avatar("/images/mira.png"), "Invalid file url"),
        (avatar("https://example.com/" + "x" * 1981), "url.length should be ≤ `2000`, instead was `2001`."),
        (avatar(None), place("Avatar.files[0].external.url", "a string", "null")),
        ({"Site": {"url": ""}}, place("Site.url.length", "≥ `1`", 0)),
        ({"Created": {"date": {"start": "soon"}}}, "should be a valid ISO 8601 date string"),
        ({"Created": {"date": {"end": "2026-01-02"}}}, place("Created.date.start", "a string", "undefined")),
        ({"Name": {"title": "Mira"}}, place("Name.title", "an array", '"Mira"')),
        ({"Name": {"title": [{"content": "x"}]}}, place("Name.title[0].content", "not present", '"x"')),
    ],
)
async def test_a_page_is_refused_whole(notion: OfflineNotion, properties: Json, message: str) -> None:
    parent = {"data_source_id": notion.source}
    body = {"parent": parent, "properties": {**row("Mira", "one"), **properties}}
    before = await notion.client.data_sources.retrieve(notion.source)
    status, error = await notion.send("POST", "/pages", data=json.dumps(body).encode())
    assert (status, error["object"], error["status"]) == (400, "error", 400)
    assert (error["code"], len(error["request_id"])) == ("validation_error", 36)
    assert message in error["message"]
    assert await notion.pages() == []
    assert await notion.client.data_sources.retrieve(notion.source) == before


async def test_what_is_just_within_the_limits_is_taken(notion: OfflineNotion) -> None:
    fits = [bio(*["🎭" * 1000] * 50), limits(*[f"{n}" * 2 for n in range(99)], "🎭" * 50)]
    fits += [avatar("https://example.com/" + "x" * 1980)]
    for properties in fits:
        await notion.create({**row(), **properties})
    assert len(await notion.pages()) == len(fits)


@pytest.mark.parametrize(
    ("children", "message"),
    [
        ([paragraph("x")] * 101, "body.children.length should be ≤ `100`, instead was `101`."),
        (
            [paragraph("x" * 2001)],
            "body.children[0].paragraph.rich_text[0].text.content.length should be ≤ `2000`",
        ),
        ([{"type": "prose", "prose": {}}], "body.children[0].prose should be not present"),
        ([paragraph("x") | {"type": "quote"}], "body.children[0] should be a block that has its type's"),
        ([{"paragraph": {}}], "body.children[0].paragraph.rich_text should be an array"),
        (
            [{"toggle": {"rich_text": [], "children": [paragraph("x")] * 100}}] * 10,
            "body.children should be ≤ `1000` blocks in all, instead was `1010`.",
        ),
        (
            [{"toggle": {"rich_text": [], "children": [{"toggle": {"rich_text": [], "children": []}}]}}],
            "body.children[0].toggle.children[0].toggle.children should be not present",
        ),
    ],
)
async def test_content_is_refused_whole(notion: OfflineNotion, children: list[Json], message: str) -> None:
    page = await notion.create(row())
    with pytest.raises(APIResponseError) as appended:
        await notion.client.blocks.children.append(page["id"], children=children)
    with pytest.raises(APIResponseError) as made:
        await notion.create(row(), children=children)
    for raised in (appended, made):
        status, code, said = refusal(raised.value)
        assert (status, code) == (400, "validation_error")
        assert message in said
    assert [(one["id"], one["content"]) for one in await notion.pages()] == [(page["id"], [])]


async def test_a_request_has_at_most_500_kb(notion: OfflineNotion) -> None:
    many = [paragraph("漢" * 2000)] * 90
    body = {"parent": {"data_source_id": notion.source}, "properties": row(), "children": many}
    raw = json.dumps(body, ensure_ascii=False).encode()
    status, error = await notion.send("POST", "/pages", data=raw)
    assert (status, error["code"]) == (400, "validation_error")
    assert f"≤ `500000` bytes, instead was `{len(raw)}`" in error["message"]


async def test_a_database_with_several_sources_takes_no_page_of_its_own(notion: OfflineNotion) -> None:
    made = await notion.control("POST", "/databases", {"data_sources": {"Mine": {}, "Yours": {}}})
    with pytest.raises(APIResponseError) as raised:
        await notion.client.pages.create(parent={"database_id": made["id"]}, properties={})
    assert refusal(raised.value)[:2] == (400, "validation_error")
    assert raised.value.additional_data == {
        "error_type": "multiple_data_sources_for_database",
        "database_id": made["id"],
        "child_data_source_ids": [source["id"] for source in made["data_sources"]],
    }


@pytest.mark.parametrize("kind", ["page", "database", "data_source", "block"])
async def test_what_is_not_there_is_not_found(notion: OfflineNotion, kind: str) -> None:
    missing = str(uuid4())
    status, error = await notion.send("GET", f"/{kind}s/{missing}")
    assert (status, error["code"]) == (404, "object_not_found")
    assert error["message"].startswith(f"Could not find {kind} with ID: {missing}. Make sure")
    status, error = await notion.send("GET", f"/{kind}s/a-{kind}")
    assert (status, error["code"]) == (400, "validation_error")
    should = f'path.{kind}_id should be a valid uuid, instead was `"a-{kind}"`.'
    assert error["message"] == f"path failed validation: {should}"


async def test_the_id_of_a_database_is_not_that_of_its_source(notion: OfflineNotion) -> None:
    with pytest.raises(APIResponseError) as raised:
        await notion.client.data_sources.query(notion.database)
    assert refusal(raised.value)[:2] == (404, "object_not_found")


async def test_an_unknown_or_revoked_token_is_unauthorized(notion: OfflineNotion) -> None:
    stranger = client_of(notion.url, token="ntn_nobody")
    with pytest.raises(APIResponseError) as raised:
        await stranger.users.me()
    await stranger.aclose()
    assert refusal(raised.value) == (401, "unauthorized", "API token is invalid.")
    assert await notion.control("DELETE", "/tokens/ntn_offline") == {"revoked": True}
    assert (await notion.send("GET", "/users/me"))[1]["code"] == "unauthorized"
    assert (await notion.send("GET", "/users/me", headers={"Authorization": ""}))[0] == 401


async def test_the_version_is_asked_for(notion: OfflineNotion) -> None:
    for version, code in (("", "missing_version"), ("2022-06-28", "validation_error")):
        status, error = await notion.send("GET", "/users/me", headers={"Notion-Version": version})
        assert (status, error["code"]) == (400, code)
        assert error["message"].startswith("Notion-Version header failed validation: ")


@pytest.mark.parametrize("raw", [b"{", b'{"a": NaN}', b"\xff", b"[" * 100_000])
async def test_what_is_no_json_is_said_to_be_none(notion: OfflineNotion, raw: bytes) -> None:
    status, error = await notion.send("POST", "/pages", data=raw)
    assert (status, error["code"], error["message"]) == (400, "invalid_json", "Error parsing JSON body.")


async def test_there_are_no_other_routes(notion: OfflineNotion) -> None:
    for method, path in (("GET", "/nothing"), ("PUT", "/pages")):
        status, error = await notion.send(method, path)
        assert (status, error["code"]) == (400, "invalid_request_url")


@pytest.mark.parametrize("body", [None, [], "x", {"properties": {}, "more": 1}, {"success": True}])
async def test_a_body_is_an_object_of_known_fields(notion: OfflineNotion, body: Any) -> None:
    page = await notion.create(row())
    for method, path in (("POST", "/pages"), ("PATCH", f"/pages/{page['id']}")):
        status, error = await notion.send(method, path, body)
        assert (status, error["code"]) == (400, "validation_error")
        assert error["message"].startswith("body failed validation: body")


async def test_a_page_in_the_trash_takes_no_edits(notion: OfflineNotion) -> None:
    page = await notion.create(row(), children=[paragraph("x")])
    block = (await notion.client.blocks.children.list(page["id"]))["results"][0]["id"]
    await notion.control("DELETE", f"/pages/{page['id']}")
    for edit in (
        notion.client.pages.update(page["id"], properties=row("Ada")),
        notion.client.blocks.children.append(page["id"], children=[paragraph("y")]),
        notion.client.blocks.delete(block),
    ):
        with pytest.raises(APIResponseError) as raised:
            await edit
        assert refusal(raised.value)[:2] == (400, "validation_error")
        assert str(raised.value).startswith("Can't edit block that is archived.")
    await notion.control("DELETE", f"/pages/{page['id']}?for_good=1")
    with pytest.raises(APIResponseError) as raised:
        await notion.client.pages.update(page["id"], in_trash=False)
    assert refusal(raised.value)[:2] == (404, "object_not_found")


async def test_a_database_in_the_trash_takes_no_pages(notion: OfflineNotion) -> None:
    page = await notion.create(row())
    await notion.client.databases.update(notion.database, in_trash=True)
    for edit in (notion.create(row()), notion.client.pages.update(page["id"], properties=row("Ada"))):
        with pytest.raises(APIResponseError) as raised:
            await edit
        assert refusal(raised.value)[:2] == (400, "validation_error")
        assert "archived ancestor" in str(raised.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Bio": None}, "Bio is not a property that exists."),
        ({"Bio": {"name": "Biography"}}, "Bio is not a property that exists."),
        ({"Role": {"rich_text": {}}}, "Role is expected to be rich_text."),
    ],
)
async def test_a_changed_property_refuses_what_it_took(
    notion: OfflineNotion, change: Json, message: str
) -> None:
    page = await notion.create(row(**bio("x"), Role={"select": {"name": "switch"}}))
    await notion.control("PATCH", f"/data_sources/{notion.source}", {"properties": change})
    properties = {**bio("y"), "Role": {"select": None}}
    with pytest.raises(APIResponseError) as raised:
        await notion.client.pages.update(page["id"], properties=properties)
    assert refusal(raised.value) == (400, "validation_error", message)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Name": None}, "Cannot delete the title property"),
        ({"Name": {"rich_text": {}}}, "Cannot change the type of the title"),
        ({"Other": {"title": {}}}, "exactly one title"),
        ({"Bio": {"name": "Role"}}, "Role is the name of another property"),
        ({"Nothing": {"name": "Something"}}, "Nothing is not a property that exists."),
        ({"Nothing": None}, "Nothing is not a property that exists."),
        ({"New": {"select": {"options": [{"name": "a,b"}]}}}, "commas not allowed"),
        ({"New": {"prose": {}}}, "body.properties.New.prose should be not present"),
        ({"New": {"url": {}}, "Name": None}, "Cannot delete the title property"),
    ],
)
async def test_properties_are_changed_all_or_not_at_all(
    notion: OfflineNotion, properties: Json, message: str
) -> None:
    before = await notion.client.data_sources.retrieve(notion.source)
    with pytest.raises(APIResponseError) as raised:
        await notion.client.data_sources.update(notion.source, properties=properties)
    assert refusal(raised.value)[:2] == (400, "validation_error")
    assert message in str(raised.value)
    assert await notion.client.data_sources.retrieve(notion.source) == before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"filter": {"property": "Nothing", "rich_text": {"equals": "x"}}}, "Could not find property"),
        ({"filter": {"property": "Bio", "title": {"equals": "x"}}}, "rich_text does not match filter title"),
        ({"filter": {"property": "Bio", "rich_text": {"equals": 1}}}, "a rule for texts, with its value"),
        ({"filter": {"property": "Bio", "rich_text": {"is": "x"}}}, "a rule for texts, with its value"),
        ({"page_size": 101}, "body.page_size should be ≥ `1` and ≤ `100`, instead was `101`."),
        ({"page_size": 0}, "body.page_size"),
        ({"start_cursor": "x"}, "body.start_cursor should be a valid uuid"),
        ({"start_cursor": str(uuid4())}, "The start_cursor provided is invalid"),
    ],
)
async def test_a_query_is_refused(notion: OfflineNotion, body: Json, message: str) -> None:
    status, error = await notion.send("POST", f"/data_sources/{notion.source}/query", body)
    assert (status, error["code"]) == (400, "validation_error")
    assert message in error["message"]
