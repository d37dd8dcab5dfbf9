"""`/v1/blocks/{id}`: a page's content, block by block."""

from .notion_call import Call, page_of
from .notion_errors import MISSING, in_trash, invalid, wrong
from .notion_texts import Json, flag_of, id_of, list_of, object_of, rich_text, text_of
from .notion_workspace import Block, Page, Workspace

_TEXTS = (
    *("paragraph", "heading_1", "heading_2", "heading_3", "bulleted_list_item", "numbered_list_item"),
    *("quote", "toggle", "callout", "to_do", "code"),
)
KINDS = (*_TEXTS, "divider")
_MOST_BLOCKS, _MOST_DEPTH = 1_000, 2


def get_block(call: Call) -> Json:
    """One block, also from the trash."""
    found = call.workspace.parent_of_blocks(call.id("block_id"))
    return _show(call, found)


def get_children(call: Call) -> Json:
    """The blocks in a page or block, in order, at most 100 at a time."""
    found = call.workspace.parent_of_blocks(call.id("block_id"))
    blocks = [call.workspace.blocks[identifier] for identifier in found.children]
    cursor, size = call.query.get("start_cursor"), call.query.get("page_size")
    shown, following = page_of(blocks, found.children, cursor, size)
    return _list([block.show(call.version) for block in shown], following)


def append_children(call: Call) -> Json:
    """Adds blocks at the end of a page or block, or where `position` (before 2026-03-11: `after`) says."""
    found = call.workspace.parent_of_blocks(call.id("block_id"))
    _check_trash(call, found)
    body = object_of(call.body, "body", ("children", "position") if call.is_newest else ("children", "after"))
    place = _place(found, body)
    kind = "page_id" if isinstance(found, Page) else "block_id"
    page = found.id if isinstance(found, Page) else found.page
    parent = {"type": kind, kind: found.id}
    blocks = build(body.get("children", MISSING), page, parent, call.bot.id)
    put(call.workspace, found, blocks, place)
    call.workspace.pages[page].edit()
    shown = [block.show(call.version) for block in blocks if block.parent is parent]
    return _list(shown, {"next_cursor": None, "has_more": False})


def delete_block(call: Call) -> Json:
    """Moves a block, or a page, to the trash."""
    found = call.workspace.parent_of_blocks(call.id("block_id"))
    _check_trash(call, found)
    found.in_trash = True
    found.edit()
    if isinstance(found, Block):
        call.workspace.parent_of_blocks(found.parent[found.parent["type"]]).children.remove(found.id)
        call.workspace.pages[found.page].edit()
    return _show(call, found)


def build(given: object, page: str, parent: Json, bot: str) -> list[Block]:
    """The blocks that a request's `children` make, each after the one that it is in; none is stored yet."""
    made: list[Block] = []
    _build(given, "body.children", 1, page, parent, bot, made)
    if len(made) > _MOST_BLOCKS:
        raise wrong("body.children", f"≤ `{_MOST_BLOCKS}` blocks in all", len(made))
    return made


def put(workspace: Workspace, into: Page | Block, blocks: list[Block], place: int) -> None:
    """Stores blocks; those that have no other parent stand at a place in `into`."""
    for block in blocks:
        workspace.blocks[block.id] = block
    into.children[place:place] = [b.id for b in blocks if b.parent[b.parent["type"]] == into.id]


def _build(
    given: object, where: str, depth: int, page: str, parent: Json, bot: str, made: list[Block]
) -> list[str]:
    ids = []
    for number, child in enumerate(list_of(given, where)):
        place = f"{where}[{number}]"
        block = object_of(child, place, {"object", "type", *KINDS})
        kinds = [name for name in KINDS if name in block]
        is_typed = len(kinds) == 1 and block.get("type", kinds[0]) == kinds[0]
        if not is_typed or block.get("object", "block") != "block":
            raise wrong(place, "a block that has its type's content and no other", child)
        kind = kinds[0]
        content, inner = _content(kind, block[kind], f"{place}.{kind}")
        found = Block(kind, content, parent, page, bot=bot)
        made.append(found)
        ids.append(found.id)
        if inner is not None:
            if depth == _MOST_DEPTH:
                raise wrong(f"{place}.{kind}.children", "not present", inner)
            inside = {"type": "block_id", "block_id": found.id}
            found.children = _build(inner, f"{place}.{kind}.children", depth + 1, page, inside, bot, made)
    return ids


def _content(kind: str, given: object, where: str) -> tuple[Json, object]:
    """A block's content as answers show it, and the children that it is given."""
    if kind == "divider":
        return object_of(given, where, ()), None
    more = {"to_do": ("checked",), "code": ("language", "caption")}.get(kind, ())
    content = object_of(given, where, ("rich_text", "color", "children", "is_toggleable", *more))
    shown: Json = {"rich_text": rich_text(content.get("rich_text", MISSING), f"{where}.rich_text")}
    if kind != "code":
        shown["color"] = text_of(content.get("color", "default"), f"{where}.color")
    if kind in ("paragraph", "callout"):
        shown["icon"] = None
    if kind.startswith("heading"):
        shown["is_toggleable"] = flag_of(content.get("is_toggleable", False), f"{where}.is_toggleable")
    if kind == "to_do":
        shown["checked"] = flag_of(content.get("checked", False), f"{where}.checked")
    if kind == "code":
        shown["language"] = text_of(content.get("language", "plain text"), f"{where}.language")
        shown["caption"] = rich_text(content.get("caption", []), f"{where}.caption")
    return shown, content.get("children")


def _place(found: Page | Block, body: Json) -> int:
    after = body.get("after")
    position = object_of(body.get("position", {"type": "end"}), "body.position", ("type", "after_block"))
    if position.get("type") == "after_block":
        block = object_of(position.get("after_block", MISSING), "body.position.after_block", ("id",))
        after = block.get("id", MISSING)
    elif position.get("type") not in ("start", "end"):
        raise wrong("body.position.type", '`"after_block"`, `"start"` or `"end"`', position.get("type"))
    elif after is None:
        return 0 if position["type"] == "start" else len(found.children)
    after = id_of(after, "body.after")
    if after not in found.children:
        raise invalid(f"Block to append after is not a child of the parent: {after}")
    return found.children.index(after) + 1


def _check_trash(call: Call, found: Page | Block) -> None:
    page = found if isinstance(found, Page) else call.workspace.pages[found.page]
    if found.in_trash or page.in_trash:
        raise in_trash()


def _show(call: Call, found: Page | Block) -> Json:
    if isinstance(found, Block):
        return found.show(call.version)
    shown = call.workspace.show_page(found, call.version)
    titles = [value for value in shown["properties"].values() if value["type"] == "title"]
    title = "".join(one["plain_text"] for one in titles[0]["title"])
    more = {"has_children": bool(found.children), "type": "child_page", "child_page": {"title": title}}
    return {**found.head("block", call.version), "parent": shown["parent"], **more}


def _list(results: list[Json], cursor: Json) -> Json:
    return {"object": "list", "results": results, **cursor, "type": "block", "block": {}}
