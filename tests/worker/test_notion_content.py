"""The content of a page: ours becomes what it should be, other people's stays as and where it is."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from kinkster_worker.notion import errors
from kinkster_worker.notion.client import Client
from kinkster_worker.notion.content import MOST_BLOCKS, arrange
from notion_client import AsyncClient

from tests.worker.notion_fixtures import (
    Json,
    OfflineNotion,
    client_of,
    offline_notion,
    paragraph,
    row,
    said,
    text,
)

SOMEBODY = "ntn_somebody"


@dataclass
class Sheet:
    """A page of ours, and somebody else who writes on it."""

    notion: OfflineNotion
    client: Client
    somebody: AsyncClient
    page: str
    bot: str
    changes: int = 0

    def progress(self) -> None:
        """Counts a change that was made."""
        self.changes += 1

    async def arrange(self, *texts: str) -> list[str]:
        """Makes our paragraphs these; the requests that it took."""
        before = len(await self.notion.requests())
        await arrange(self.client, self.page, self.bot, [paragraph(one) for one in texts], self.progress)
        made = (await self.notion.requests())[before:]
        return [
            f"{r['method']} {r['path'].rsplit('/', 1)[-1]}" if r["method"] != "DELETE" else "DELETE"
            for r in made
        ]

    async def blocks(self) -> list[Json]:
        """All blocks, in order."""
        (page,) = await self.notion.pages()
        found: list[Json] = page["content"]
        return found

    async def texts(self, of_somebody: bool = False) -> list[str]:
        """What the blocks say: ours, or somebody else's."""
        found = [
            block for block in await self.blocks() if (block["created_by"]["id"] != self.bot) == of_somebody
        ]
        return [said(block[block["type"]]) for block in found]

    async def note(self, content: str, after: str | None = None) -> None:
        """Somebody writes something."""
        position: Json = {"type": "after_block", "after_block": {"id": after}} if after else {"type": "end"}
        await self.somebody.blocks.children.append(
            self.page, children=[paragraph(content)], position=position
        )


@pytest.fixture
async def sheet() -> AsyncIterator[Sheet]:
    async with offline_notion() as notion:
        await notion.control("POST", "/tokens", {"token": SOMEBODY, "name": "somebody"})
        client = Client(notion.http, f"{notion.url}/notion", 0)
        client.authorize("ntn_offline")
        bot = (await client.call("GET", "/users/me"))["id"]
        page = await notion.create(row())
        somebody = client_of(notion.url, SOMEBODY)
        yield Sheet(notion, client, somebody, page["id"], bot)
        await somebody.aclose()


async def test_an_empty_page_stays_empty(sheet: Sheet) -> None:
    assert await sheet.arrange() == ["GET children"]
    assert await sheet.texts() == []


async def test_what_is_there_already_is_only_looked_at(sheet: Sheet) -> None:
    await sheet.arrange("one", "two")
    assert await sheet.arrange("one", "two") == ["GET children"]


async def test_a_changed_paragraph_takes_two_requests(sheet: Sheet) -> None:
    await sheet.arrange("one", "two", "three")
    first = await sheet.blocks()
    assert await sheet.arrange("one", "2", "three") == ["GET children", "PATCH children", "DELETE"]
    now = await sheet.blocks()
    assert [block["id"] for block in now][::2] == [block["id"] for block in first][::2]
    assert await sheet.texts() == ["one", "2", "three"]
    assert sheet.changes == 3


async def test_a_type_that_changed_is_a_change(sheet: Sheet) -> None:
    await sheet.arrange("Bio")
    heading = {"object": "block", "type": "heading_2", "heading_2": {"rich_text": text("Bio")}}
    await arrange(sheet.client, sheet.page, sheet.bot, [heading], sheet.progress)
    assert [block["type"] for block in await sheet.blocks()] == ["heading_2"]


async def test_a_text_in_several_elements_says_the_same_as_in_one(sheet: Sheet) -> None:
    await sheet.arrange("one two")
    wanted = {"type": "paragraph", "paragraph": {"rich_text": [*text("one "), *text("two")]}}
    before = len(await sheet.notion.requests())
    await arrange(sheet.client, sheet.page, sheet.bot, [wanted], sheet.progress)
    assert len(await sheet.notion.requests()) == before + 1


async def test_more_than_a_request_takes_stands_in_order(sheet: Sheet) -> None:
    many = [str(number) for number in range(2 * MOST_BLOCKS + 5)]
    assert await sheet.arrange(*many) == ["GET children"] + 3 * ["PATCH children"]
    assert await sheet.texts() == many
    bodies = [
        r["body"]["children"]
        for r in await sheet.notion.requests()
        if r["path"].endswith("/children") and r["body"]
    ]
    assert [len(body) for body in bodies] == [5, MOST_BLOCKS, MOST_BLOCKS]


async def test_a_long_page_is_read_to_its_end(sheet: Sheet) -> None:
    many = [str(number) for number in range(230)]
    await sheet.arrange(*many)
    assert await sheet.arrange(*many, "the last") == 3 * ["GET children"] + ["PATCH children"]
    assert await sheet.texts() == [*many, "the last"]


async def test_notes_between_our_paragraphs_stay_where_they_are(sheet: Sheet) -> None:
    await sheet.arrange("one", "two", "three")
    blocks = await sheet.blocks()
    await sheet.note("after one", after=blocks[0]["id"])
    await sheet.note("at the end")
    await sheet.arrange("zero", "one", "2", "three", "four")
    found = [said(block[block["type"]]) for block in await sheet.blocks()]
    assert found == ["zero", "one", "2", "after one", "three", "four", "at the end"]
    await sheet.arrange()
    assert [said(block[block["type"]]) for block in await sheet.blocks()] == ["after one", "at the end"]


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_is_there_ours_becomes_what_it_should_be(sheet: Sheet, seed: int) -> None:
    chance = random.Random(seed)
    texts = [chance.choice("abcde") for _ in range(chance.randrange(8))]
    await sheet.arrange(*texts)
    for number in range(chance.randrange(4)):
        blocks = await sheet.blocks()
        await sheet.note(f"note {number}", after=chance.choice(blocks)["id"] if blocks else None)
    notes = await sheet.texts(of_somebody=True)
    for _ in range(3):
        wanted = [chance.choice("abcde") for _ in range(chance.randrange(8))]
        await sheet.arrange(*wanted)
        assert await sheet.texts() == wanted
        assert await sheet.texts(of_somebody=True) == notes


async def test_a_block_that_somebody_has_written_below_is_not_thrown_away(sheet: Sheet) -> None:
    await sheet.arrange("one", "two")
    blocks = await sheet.blocks()
    await sheet.somebody.blocks.children.append(blocks[0]["id"], children=[paragraph("a remark")])
    assert await sheet.arrange("one", "two") == ["GET children"]
    await sheet.arrange("1", "two")
    assert await sheet.texts() == ["1", "one", "two"]
    assert await sheet.arrange("1", "two") == ["GET children"]


@pytest.mark.parametrize(
    ("status", "method"), [(404, "DELETE"), (400, "DELETE"), (404, "PATCH"), (404, "GET")]
)
async def test_what_somebody_removes_at_the_same_moment_is_a_conflict(
    sheet: Sheet, status: int, method: str
) -> None:
    await sheet.arrange("one", "two")
    await sheet.notion.faults({"kind": "status", "status": status, "method": method, "path": "/blocks/"})
    with pytest.raises(errors.NotionConflict):
        await sheet.arrange("1", "two")
    await sheet.arrange("1", "two")
    assert await sheet.texts() == ["1", "two"]


async def test_a_lost_answer_doubles_nothing(sheet: Sheet) -> None:
    await sheet.arrange("one")
    await sheet.notion.faults({"kind": "cut", "done": True, "method": "PATCH"})
    with pytest.raises(errors.NotionUnreachable):
        await sheet.arrange("one", "two")
    await sheet.arrange("one", "two")
    assert await sheet.texts() == ["one", "two"]


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [], "has_more": True, "next_cursor": "the same again"},
        {"results": [], "has_more": True, "next_cursor": None},
        {"results": None, "has_more": False},
        {"results": [{"type": "paragraph"}], "has_more": False},
        {"object": "list"},
    ],
)
async def test_a_listing_that_is_none_or_has_no_end_is_misbehaviour(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch, answer: Json
) -> None:
    async def call(*_: object) -> Json:
        await asyncio.sleep(0)
        return answer

    monkeypatch.setattr(sheet.client, "call", call)
    with pytest.raises(errors.NotionMisbehaved):
        async with asyncio.timeout(5):
            await sheet.arrange("one")
