"""Databases in Notion: which data source it is, what it lacks, and how it gets that."""

from collections.abc import AsyncIterator, Mapping
from unittest.mock import AsyncMock

import pytest
from kinkster_worker.notion import errors, source
from kinkster_worker.notion.client import Client

from tests.worker.notion_fixtures import SOME_PROPERTIES, Json, OfflineNotion, offline_notion

WANTED = {name: next(iter(config)) for name, config in SOME_PROPERTIES.items()}
UNKNOWN = "0ff11e00-0000-4000-8000-00000000dead"


@pytest.fixture
async def notion() -> AsyncIterator[OfflineNotion]:
    async with offline_notion() as found:
        yield found


@pytest.fixture
async def client(notion: OfflineNotion) -> Client:
    found = Client(notion.http, f"{notion.url}/notion", 0)
    found.authorize("ntn_offline")
    return found


async def change(notion: OfflineNotion, properties: Mapping[str, object]) -> None:
    """Somebody changes the properties in Notion."""
    await notion.control("PATCH", f"/data_sources/{notion.source}", {"properties": properties})


async def kinds(notion: OfflineNotion) -> dict[str, str]:
    """The properties that the database has now."""
    (database,) = (await notion.control("GET", "/databases"))["databases"]
    return {name: config["type"] for name, config in database["data_sources"][0]["properties"].items()}


async def test_without_a_database_there_is_nothing_to_ask(client: Client) -> None:
    with pytest.raises(errors.NotionDatabaseUnset):
        await source.resolve(client, None)


async def test_the_only_data_source_is_the_one(notion: OfflineNotion, client: Client) -> None:
    assert await source.resolve(client, notion.database) == notion.source
    assert await source.resolve(client, notion.database.replace("-", "")) == notion.source


async def test_of_several_somebody_has_to_choose(notion: OfflineNotion, client: Client) -> None:
    made = await notion.control("POST", "/databases", {"data_sources": {"Ours": {}, "Theirs": {}}})
    ours, theirs = (one["id"] for one in made["data_sources"])
    with pytest.raises(errors.NotionSourcesSeveral) as caught:
        await source.resolve(client, made["id"])
    assert f"{ours} (Ours), {theirs} (Theirs)" in caught.value.message
    assert await source.resolve(client, made["id"], theirs) == theirs
    assert (await source.resolve(client, made["id"], theirs.replace("-", ""))).replace(
        "-", ""
    ) == theirs.replace("-", "")
    with pytest.raises(errors.NotionDatabaseMissing, match="has no data source"):
        await source.resolve(client, made["id"], notion.source)


@pytest.mark.parametrize(
    "database", [UNKNOWN, "no-id", "https://www.notion.so/robin/0ff11e0000004000?v=1", "../users/me"]
)
async def test_a_database_that_is_not_there(client: Client, database: str) -> None:
    with pytest.raises(errors.NotionDatabaseMissing):
        await source.resolve(client, database)


async def test_a_database_in_the_trash(notion: OfflineNotion, client: Client) -> None:
    await client.call("PATCH", f"/databases/{notion.database}", {"in_trash": True})
    with pytest.raises(errors.NotionDatabaseMissing, match="trash"):
        await source.resolve(client, notion.database)


async def test_a_database_that_is_complete_is_left_alone(notion: OfflineNotion, client: Client) -> None:
    await source.check(client, notion.database, notion.source, WANTED)
    before = len(await notion.requests())
    assert await source.complete(client, notion.source, WANTED) == []
    assert [r["method"] for r in (await notion.requests())[before:]] == ["GET"]


async def test_what_is_missing_is_created_and_the_title_gets_its_name(
    notion: OfflineNotion, client: Client
) -> None:
    await change(
        notion,
        {"Name": {"name": "Who"}, "Bio": None, "Role": None, "Hard Limits": None, "Extra": {"number": {}}},
    )
    done = await source.complete(client, notion.source, WANTED)
    assert done == ["Created Bio, Role and Hard Limits.", "Renamed Who to Name."]
    assert await kinds(notion) == WANTED | {"Extra": "number"}
    await source.check(client, notion.database, notion.source, WANTED)


async def test_every_property_that_characters_need_can_be_created(
    notion: OfflineNotion, client: Client
) -> None:
    wanted = {name: kind for name, kind in WANTED.items() if kind == "title"} | {
        f"A {kind}": kind for kind in WANTED.values() if kind != "title"
    }
    await source.complete(client, notion.source, wanted)
    await source.check(client, notion.database, notion.source, wanted)


async def test_a_property_of_another_type_is_named_and_never_converted(
    notion: OfflineNotion, client: Client
) -> None:
    await change(notion, {"Bio": None, "Dominance": {"rich_text": {}}, "Role": {"multi_select": {}}})
    before = await kinds(notion)
    with pytest.raises(errors.NotionPropertiesWrong) as caught:
        await source.complete(client, notion.source, WANTED)
    assert (
        "Role is a multi-select, not a select and Dominance is a text, not a number" in caught.value.message
    )
    assert await kinds(notion) == before


async def test_what_does_not_fit_is_named(notion: OfflineNotion, client: Client) -> None:
    await change(notion, {"Bio": None, "Role": None, "Dominance": {"rich_text": {}}})
    with pytest.raises(errors.NotionPropertiesWrong) as caught:
        await source.check(client, notion.database, notion.source, WANTED)
    assert caught.value.message == (
        "The Notion database does not fit: lacks Bio and Role; Dominance is a text, not a number."
    )
    assert "kinkster notion setup" in caught.value.hint


async def test_of_many_that_do_not_fit_ten_are_named(notion: OfflineNotion, client: Client) -> None:
    lacking = {f"P{number}": "number" for number in range(41)}
    with pytest.raises(errors.NotionPropertiesWrong, match=r"lacks P0, .*, P9 and 31 more\."):
        await source.check(client, notion.database, notion.source, WANTED | lacking)
    assert await source.complete(client, notion.source, WANTED | lacking) == ["Created 41 properties."]
    wrong = dict.fromkeys(lacking, "checkbox")
    with pytest.raises(errors.NotionPropertiesWrong, match=r"P9 is a number, not a checkbox and 31 more\."):
        await source.complete(client, notion.source, WANTED | wrong)


async def test_a_title_that_is_called_otherwise_is_lacking(notion: OfflineNotion, client: Client) -> None:
    await change(notion, {"Name": {"name": "Who"}})
    with pytest.raises(errors.NotionPropertiesWrong, match=r"lacks Name\."):
        await source.check(client, notion.database, notion.source, WANTED)


async def test_a_data_source_that_is_gone(notion: OfflineNotion, client: Client) -> None:
    with pytest.raises(errors.NotionDatabaseMissing):
        await source.check(client, notion.database, UNKNOWN, WANTED)
    await client.call("PATCH", f"/data_sources/{notion.source}", {"in_trash": True})
    with pytest.raises(errors.NotionDatabaseMissing):
        await source.check(client, notion.database, notion.source, WANTED)


async def test_other_failures_stay_what_they_are(notion: OfflineNotion, client: Client) -> None:
    for status, kind in (
        (401, errors.NotionUnauthorized),
        (429, errors.NotionRateLimited),
        (500, errors.NotionUnavailable),
    ):
        await notion.faults({"kind": "status", "status": status})
        with pytest.raises(kind):
            await source.resolve(client, notion.database)


@pytest.mark.parametrize(
    ("database", "kind"),
    [
        ({"data_sources": None}, errors.NotionDatabaseMissing),
        ({"data_sources": ["one"]}, errors.NotionMisbehaved),
        ({"data_sources": [{"name": "one"}]}, errors.NotionMisbehaved),
    ],
)
async def test_a_database_that_is_built_otherwise(
    client: Client, monkeypatch: pytest.MonkeyPatch, database: Json, kind: type[errors.NotionError]
) -> None:
    monkeypatch.setattr(client, "call", AsyncMock(return_value=database))
    with pytest.raises(kind):
        await source.resolve(client, UNKNOWN)


@pytest.mark.parametrize("properties", [None, ["Name"], {"Name": None}, {"Bio": {"type": "rich_text"}}])
async def test_a_data_source_that_is_built_otherwise(
    client: Client, monkeypatch: pytest.MonkeyPatch, properties: object
) -> None:
    monkeypatch.setattr(client, "call", AsyncMock(return_value={"properties": properties}))
    with pytest.raises(errors.NotionMisbehaved):
        await source.complete(client, UNKNOWN, WANTED)
