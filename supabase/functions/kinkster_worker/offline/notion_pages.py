"""`/v1/pages`: the rows of a data source."""

from .notion_blocks import build, put
from .notion_call import Call
from .notion_errors import MISSING, ancestor_in_trash, in_trash, invalid, wrong
from .notion_texts import Json, flag_of, id_of, object_of
from .notion_values import add_options, read_values
from .notion_workspace import Page, Source


def create_page(call: Call) -> Json:
    """Makes a page with its first content. The request has no key: sent twice, it makes two pages."""
    body = object_of(call.body, "body", ("parent", "properties", "children", "icon", "cover"))
    source = _parent(call, body.get("parent", MISSING))
    _check_place(call, source)
    values = read_values(source.schema, body.get("properties", MISSING))
    page = Page(source.id, values, bot=call.bot.id)
    parent = {"type": "page_id", "page_id": page.id}
    blocks = build(body.get("children", []), page.id, parent, call.bot.id)
    add_options(source.schema, values)
    call.workspace.pages[page.id] = page
    put(call.workspace, page, blocks, len(page.children))
    return call.workspace.show_page(page, call.version)


def get_page(call: Call) -> Json:
    """A page with its properties, from the trash too."""
    return call.workspace.show_page(call.workspace.page(call.id("page_id")), call.version)


def patch_page(call: Call) -> Json:
    """Changes the properties that are given, erases the content, or moves the page to the trash and back."""
    page = call.workspace.page(call.id("page_id"))
    known = ("properties", "erase_content", "icon", "cover", *call.trash_names)
    body = object_of(call.body, "body", known)
    source = call.workspace.sources[page.source]
    trash = page.in_trash
    for name in call.trash_names:
        trash = flag_of(body[name], f"body.{name}") if name in body else trash
    if page.in_trash and trash and set(body) - {"in_trash", "archived"}:
        raise in_trash()
    _check_place(call, source)
    values = read_values(source.schema, body["properties"]) if "properties" in body else {}
    erases = flag_of(body.get("erase_content", False), "body.erase_content")
    add_options(source.schema, values)
    page.values |= values
    page.in_trash = trash
    if erases:
        for identifier in page.children:
            call.workspace.blocks[identifier].in_trash = True
        page.children.clear()
    page.edit()
    return call.workspace.show_page(page, call.version)


def _parent(call: Call, given: object) -> Source:
    parent = object_of(given, "body.parent", ("type", "data_source_id", "database_id"))
    kinds = [name for name in ("data_source_id", "database_id") if name in parent]
    if len(kinds) != 1 or parent.get("type", kinds[0]) != kinds[0]:
        raise wrong("body.parent", "either a data source or a database", parent)
    identifier = id_of(parent[kinds[0]], f"body.parent.{kinds[0]}")
    if kinds == ["data_source_id"]:
        return call.workspace.source(identifier)
    database = call.workspace.database(identifier)
    if len(database.sources) != 1:
        raise invalid(
            "Databases with multiple data sources are not supported in this API version.",
            additional_data={
                "error_type": "multiple_data_sources_for_database",
                "database_id": database.id,
                "child_data_source_ids": list(database.sources),
            },
        )
    return call.workspace.source(database.sources[0])


def _check_place(call: Call, source: Source) -> None:
    """Refuses to write below what is in the trash."""
    if source.in_trash or call.workspace.databases[source.database].in_trash:
        raise ancestor_in_trash()
