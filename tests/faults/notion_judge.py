"""What became of the characters: each stands in Notion once, in its place, as it is now."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.faults.judge import Finding, Kind
from tests.faults.notion_world import World
from tests.worker.notion_fixtures import Json, said
from tests.worker.test_offline_notion_characters import pieces, texts

ROWS = """
select k.id::text, to_jsonb(k), p.notion_kinksters_database_id, to_jsonb(a),
  public.prepare_kinkster_for_notion(k.id)
from public.kinksters as k
join public.profiles as p on p.id = k.user_id
left join kinkster.notion_attempts as a on a.kinkster_id = k.id
"""
TROUBLES = """
select p.email, c.error_code, c.error_message from kinkster.notion_connections as c
join public.profiles as p on p.id = c.user_id
where c.error_code is not null
"""
SHOWN = 120  # characters of a text in a finding


async def judge(world: World) -> list[Finding]:
    """What is not as it should be, in the database and in Notion."""
    pages: dict[str, list[Json]] = defaultdict(list)
    for page in (await world.stage.offline.notion("GET", "/pages"))["pages"]:
        pages[said(page["properties"]["Supabase ID"])].append(page)
    found = []
    for kinkster, row, database, attempt, prepared in await world.stage.rows(ROWS):
        its_pages = pages.pop(kinkster, [])
        for kind, what in (*of_row(row, attempt, its_pages), *of_pages(its_pages, database, prepared)):
            found.append(Finding(kind, kinkster, what))
    found += [Finding("doubled", name or "-", "nobody's page") for name in pages]
    for email, code, message in await world.stage.rows(TROUBLES):
        found.append(Finding("wrong", email, f"the connection stopped: {code}: {message}"))
    return found


def of_row(row: Json, attempt: Json | None, pages: list[Json]) -> Iterator[tuple[Kind, str]]:
    """What is wrong with what the database says."""
    status, revision, synced = row["sync_status"], row["revision"], row["synced_revision"]
    if status == "error":
        yield "wrong", f"sync_error {row['sync_error']!r}"
    elif status != "synced" or revision != synced:
        yield "stuck", f"it is {status}, at revision {revision}, sent {synced}; {attempt}"
    elif attempt or row["sync_error"]:
        yield "wrong", f"it is sent, and remembered are {row['sync_error']!r} and {attempt}"
    if pages and row["notion_page_id"] not in [page["id"] for page in pages]:
        yield "wrong", f"its page is noted as {row['notion_page_id']}, and is {pages[0]['id']}"


def of_pages(pages: list[Json], database: str, prepared: Json) -> Iterator[tuple[Kind, str]]:
    """What is wrong with what Notion shows."""
    if not pages:
        yield "lost", "it is not in Notion"
    if len(pages) > 1:
        yield "doubled", f"it is in Notion {len(pages)} times"
    for page in pages:
        if page["in_trash"] or page["parent"]["database_id"] != database:
            yield "wrong", f"its page is in another place: {page['parent']}, in_trash {page['in_trash']}"
        yield from of_properties(page["properties"], prepared["properties"])
        blocks = [block for part in (prepared["children"], *prepared["more_children"]) for block in part]
        yield from of_content(texts(page["content"]), texts(blocks))


def of_properties(shown: Json, wanted: Json) -> Iterator[tuple[Kind, str]]:
    """Properties that say something else than they should: the last edit of them is lost."""
    for name, value in wanted.items():
        if pieces(shown[name]) != pieces(value):
            yield "lost", f"{name} is {pieces(shown[name])!r:.{SHOWN}}, not {pieces(value)!r:.{SHOWN}}"


def of_content(shown: list[tuple[str, Any]], wanted: list[tuple[str, Any]]) -> Iterator[tuple[Kind, str]]:
    """Blocks that are missing, or too many, or in another order."""
    shown_blocks, wanted_blocks = Counter(map(repr, shown)), Counter(map(repr, wanted))
    for block in wanted_blocks - shown_blocks:
        yield "lost", f"its content lacks {block:.{SHOWN}}"
    for block in shown_blocks - wanted_blocks:
        yield "wrong", f"its content has {block:.{SHOWN}}, which is not of it, or once too often"
    if shown_blocks == wanted_blocks and shown != wanted:
        yield "wrong", "its content is in another order"
