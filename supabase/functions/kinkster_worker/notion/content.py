"""The content of a page: what we wrote there is made what it should be, and other people's is left alone."""

from collections.abc import Callable
from difflib import SequenceMatcher
from urllib.parse import quote

from kinkster_worker.notion import errors
from kinkster_worker.notion.client import Client, reading
from kinkster_worker.notion.plan import Json

MOST_BLOCKS = 40  # of a request: SQL's blocks are short enough that so many stay under 500 KB


async def arrange(
    client: Client, page_id: str, bot_id: str, wanted: list[Json], on_change: Callable[[], None]
) -> None:
    """Makes the blocks that `bot_id` wrote on a page the `wanted` ones, by as few changes as it takes; tells
    of each.

    An answer that is lost needs no memory: whoever comes next sees what there is.
    """
    there = await _blocks(client, page_id)
    with reading():
        own = [block for block in there if block["created_by"]["id"] == bot_id]
        said = [_said(block) for block in own]
    to_say = [_said(block) for block in wanted]
    for change, start, end, first, last in SequenceMatcher(None, said, to_say, False).get_opcodes():
        if change == "equal":
            continue
        place = there.index(own[start]) if start < len(own) else len(there)
        after = own[start - 1]["id"] if start else there[place - 1]["id"] if place else None
        # The last ones first: each list then stands right after the same block.
        for begin in reversed(range(first, last, MOST_BLOCKS)):
            await _insert(client, page_id, after, wanted[begin : min(begin + MOST_BLOCKS, last)])
            on_change()
        for block in own[start:end]:
            if not block.get("has_children"):  # what somebody wrote below it would be gone with it
                await _delete(client, block["id"])
                on_change()


async def _blocks(client: Client, page_id: str) -> list[Json]:
    """All blocks at the top of a page, in order."""
    found: list[Json] = []
    first = path = f"/blocks/{page_id}/children?page_size=100"
    asked: set[str] = set()
    while path not in asked:
        asked.add(path)
        try:
            answer = await client.call("GET", path)
        except errors.NotionMissing:
            raise errors.NotionConflict from None  # it was there a moment ago: the next try says what it is
        with reading():
            found += answer["results"]
            if not answer["has_more"]:
                return found
            path = f"{first}&start_cursor={quote(answer['next_cursor'])}"
    raise errors.NotionMisbehaved("Notion lists the blocks of a page without end.")


async def _insert(client: Client, page_id: str, after: str | None, blocks: list[Json]) -> None:
    position: Json = {"type": "start"}
    if after is not None:
        position = {"type": "after_block", "after_block": {"id": after}}
    body = {"children": blocks, "position": position}
    try:
        await client.call("PATCH", f"/blocks/{page_id}/children", body)
    except errors.NotionMissing:
        raise errors.NotionConflict from None


async def _delete(client: Client, block_id: str) -> None:
    try:
        await client.call("DELETE", f"/blocks/{block_id}")
    except errors.NotionRejected:
        raise errors.NotionConflict from None  # somebody else was quicker


def _said(block: Json) -> tuple[str, str]:
    """What a block is and says, in a request as in an answer."""
    kind = block["type"]
    texts = (block.get(kind) or {}).get("rich_text", [])
    said = (text["text"]["content"] if "plain_text" not in text else text["plain_text"] for text in texts)
    return kind, "".join(said)
