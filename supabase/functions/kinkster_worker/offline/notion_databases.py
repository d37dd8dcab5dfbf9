"""`/v1/databases/{id}` and `/v1/data_sources/{id}`: what is in a database, and which properties it has."""

from .notion_call import Call
from .notion_errors import in_trash
from .notion_texts import Json, flag_of, object_of, plain, rich_text
from .notion_workspace import Database, Source, Workspace


def get_database(call: Call) -> Json:
    """A database and the ids of its data sources."""
    return show_database(call.workspace, call.workspace.database(call.id("database_id")), call.version)


def patch_database(call: Call) -> Json:
    """Changes a database's title or description, or moves it to the trash and back."""
    database = call.workspace.database(call.id("database_id"))
    body = object_of(call.body, "body", ("title", "description", *call.trash_names))
    trash = _trash(call, body, database)
    title, description = (
        rich_text(body[name], f"body.{name}") if name in body else getattr(database, name)
        for name in ("title", "description")
    )
    database.title, database.description, database.in_trash = title, description, trash
    database.edit()
    return show_database(call.workspace, database, call.version)


def get_source(call: Call) -> Json:
    """A data source with its properties."""
    return show_source(call.workspace.source(call.id("data_source_id")), call.version)


def patch_source(call: Call) -> Json:
    """Creates, changes, renames and removes properties; changes the title; moves it to the trash and back."""
    source = call.workspace.source(call.id("data_source_id"))
    body = object_of(call.body, "body", ("title", "properties", *call.trash_names))
    trash = _trash(call, body, source)
    title = rich_text(body["title"], "body.title") if "title" in body else source.title
    schema = source.schema.updated(body["properties"]) if "properties" in body else source.schema
    retyped = {p.id for p in source.schema.properties} - {
        p.id for p in schema.properties if (old := source.schema.find(p.id)) and old.kind == p.kind
    }
    for page in call.workspace.pages.values():
        if page.source == source.id:
            page.values = {name: value for name, value in page.values.items() if name not in retyped}
    source.title, source.schema, source.in_trash = title, schema, trash
    source.edit()
    return show_source(source, call.version)


def show_database(workspace: Workspace, database: Database, version: str) -> Json:
    """A database as answers show it."""
    sources = [workspace.sources[identifier] for identifier in database.sources]
    head = database.head("database", version)
    return {
        **{name: value for name, value in head.items() if name not in ("created_by", "last_edited_by")},
        "title": database.title,
        "description": database.description,
        "parent": {"type": "workspace", "workspace": True},
        "is_inline": False,
        "is_locked": False,
        "data_sources": [{"id": source.id, "name": plain(source.title)} for source in sources],
        "icon": None,
        "cover": None,
        "url": f"https://www.notion.so/{database.id.replace('-', '')}",
        "public_url": None,
    }


def show_source(source: Source, version: str) -> Json:
    """A data source as answers show it."""
    return {
        **source.head("data_source", version),
        "title": source.title,
        "description": [],
        "parent": {"type": "database_id", "database_id": source.database},
        "database_parent": {"type": "workspace", "workspace": True},
        "is_inline": False,
        "properties": source.schema.config(),
        "icon": None,
        "cover": None,
        "url": f"https://www.notion.so/{source.id.replace('-', '')}",
        "public_url": None,
    }


def _trash(call: Call, body: Json, thing: Database | Source) -> bool:
    """Whether it will be in the trash; refuses other edits of what is there."""
    trash = thing.in_trash
    for name in call.trash_names:
        trash = flag_of(body[name], f"body.{name}") if name in body else trash
    if thing.in_trash and trash:
        raise in_trash()
    return trash
