"""One request to the offline Notion, as its handlers see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .notion_errors import invalid
from .notion_pace import Limits
from .notion_state import Bot
from .notion_texts import MOST_ITEMS, Json, id_of
from .notion_workspace import NEWEST, Workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """Whose request it is and what it says; `names` are the variable parts of its path."""

    bot: Bot
    workspace: Workspace
    limits: Limits
    version: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    @property
    def is_newest(self) -> bool:
        """Whether it keeps to the newest version of the API."""
        return self.version == NEWEST

    def id(self, kind: str) -> str:
        """The id in the path."""
        try:
            return id_of(self.names[kind], "")
        except Exception:
            message = f'path.{kind} should be a valid uuid, instead was `"{self.names[kind]}"`.'
            raise invalid(f"path failed validation: {message}") from None

    @property
    def trash_names(self) -> tuple[str, ...]:
        """How this version calls the trash."""
        return ("in_trash",) if self.is_newest else ("in_trash", "archived")


Handler = Callable[[Call], Json]
"""Answers one request, at once and as a whole, or raises NotionError and has done nothing."""


def page_of(items: list[T], ids: list[str], cursor: object, size: object) -> tuple[list[T], Json]:
    """The part of a list that begins at a cursor, and the fields that lead to the next one."""
    if isinstance(size, str) and size.isascii() and size.isdigit():
        size = int(size)
    size = MOST_ITEMS if size is None else size
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST_ITEMS:
        bounds = f"≥ `1` and ≤ `{MOST_ITEMS}`"
        raise invalid(f"body failed validation: body.page_size should be {bounds}, instead was `{size}`.")
    start = 0
    if cursor is not None:
        cursor = id_of(cursor, "body.start_cursor")
        if cursor not in ids:
            raise invalid(f"The start_cursor provided is invalid: {cursor}")
        start = ids.index(cursor)
    end = start + size
    more = end < len(items)
    return items[start:end], {"next_cursor": ids[end] if more else None, "has_more": more}
