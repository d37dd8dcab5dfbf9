"""The data source that characters' pages are in: finding it, comparing its properties, completing them."""

from collections.abc import Mapping
from urllib.parse import quote

from kinkster_worker.notion import errors
from kinkster_worker.notion.client import Client, reading
from kinkster_worker.notion.plan import Json

TITLE = "Name"
MOST_NAMED = 10  # properties in a sentence
_KINDS = {"rich_text": "text", "multi_select": "multi-select", "files": "files & media"}  # as Notion says it


async def resolve(client: Client, database_id: str | None, wanted: str | None = None) -> str:
    """The id of the database's data source: its only one, or the one that is wanted.

    Raises NotionDatabaseUnset, NotionDatabaseMissing, NotionSourcesSeveral.
    """
    if database_id is None:
        raise errors.NotionDatabaseUnset
    database = await _get(client, f"/databases/{quote(database_id, safe='')}")
    with reading():
        sources = {str(one["id"]): str(one.get("name")) for one in database.get("data_sources") or []}
    if wanted is not None and wanted.replace("-", "") in {source.replace("-", "") for source in sources}:
        return wanted
    named = ", ".join(f"{identifier} ({name})" for identifier, name in sources.items())
    if wanted is not None:
        raise errors.NotionDatabaseMissing(f"The database has no data source {wanted}; it has {named}.")
    if not sources:
        raise errors.NotionDatabaseMissing("The Notion database has no data source.")
    if len(sources) > 1:
        raise errors.NotionSourcesSeveral(f"The Notion database has several data sources: {named}.")
    return next(iter(sources))


async def check(client: Client, database_id: str | None, source_id: str, wanted: Mapping[str, str]) -> None:
    """Raises NotionDatabaseMissing or NotionPropertiesWrong where the data source is not as characters need
    it.
    """
    if database_id is not None:
        await _get(client, f"/databases/{quote(database_id, safe='')}")
    lacking, retyped = _compare(await _kinds(client, source_id), wanted)
    if lacking or retyped:
        said = [f"lacks {_listed(lacking)}"] if lacking else []
        said += [_listed(retyped)] if retyped else []
        raise errors.NotionPropertiesWrong(f"The Notion database does not fit: {'; '.join(said)}.")


async def complete(client: Client, source_id: str, wanted: Mapping[str, str]) -> list[str]:
    """Creates the properties that are missing, and names the title as characters need it. Returns what it
    did, a line each. Raises NotionPropertiesWrong where one has another type: it is never converted.
    """
    found = await _kinds(client, source_id)
    lacking, retyped = _compare(found, wanted)
    if retyped:
        raise errors.NotionPropertiesWrong(
            f"The Notion database does not fit: {_listed(retyped)}.",
            "Rename or remove these properties in Notion, then run kinkster notion setup again.",
        )
    changes: Json = {name: {wanted[name]: {}} for name in lacking if name != TITLE}
    made = _listed(list(changes)) if len(changes) <= MOST_NAMED else f"{len(changes)} properties"
    done = [f"Created {made}."] if changes else []
    if TITLE in lacking:
        title = next((name for name, kind in found.items() if kind == "title"), None)
        if title is None:
            raise errors.NotionMisbehaved("Notion shows the database without a title.")
        changes[title] = {"name": TITLE}
        done.append(f"Renamed {title} to {TITLE}.")
    if changes:
        await client.call("PATCH", f"/data_sources/{source_id}", {"properties": changes})
    return done


async def _get(client: Client, path: str) -> Json:
    """A database or data source that can be used. An id that is none, or a page's, is refused with 400."""
    try:
        found = await client.call("GET", path)
    except errors.NotionRejected:
        raise errors.NotionDatabaseMissing from None
    if found.get("in_trash"):
        raise errors.NotionDatabaseMissing("The Notion database is in the trash.")
    return found


async def _kinds(client: Client, source_id: str) -> dict[str, str]:
    """The properties of a data source: their types, by name."""
    found = await _get(client, f"/data_sources/{quote(source_id, safe='')}")
    with reading():
        return {name: str(config.get("type")) for name, config in found["properties"].items()}


def _compare(found: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Which properties are missing, and which have another type, as sentences."""
    lacking = [name for name in wanted if name not in found]
    retyped = [name for name in wanted if found.get(name, wanted[name]) != wanted[name]]
    return lacking, [f"{name} is {_kind(found[name])}, not {_kind(wanted[name])}" for name in retyped]


def _listed(items: list[str]) -> str:
    if len(items) > MOST_NAMED:
        items = [*items[:MOST_NAMED], f"{len(items) - MOST_NAMED} more"]
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _kind(kind: str) -> str:
    return f"a {_KINDS.get(kind, kind.replace('_', ' '))}"
