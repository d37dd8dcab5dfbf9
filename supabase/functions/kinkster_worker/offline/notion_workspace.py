"""What a workspace holds: databases with their data sources, pages, and blocks of content."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from .notion_errors import not_found
from .notion_schema import Schema
from .notion_texts import Json
from .notion_values import show

NEWEST = "2026-03-11"
VERSIONS = ("2025-09-03", NEWEST)
T = TypeVar("T")


def _now() -> str:
    """The time as Notion tells it: to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


@dataclass
class Thing:
    """What databases, data sources, pages and blocks have in common. `born` is on the monotonic clock; `bot`
    is the id of the bot that made it.
    """

    id: str = field(default_factory=lambda: str(uuid4()), kw_only=True)
    bot: str = field(default_factory=lambda: str(uuid4()), kw_only=True)
    in_trash: bool = field(default=False, kw_only=True)
    created: str = field(default_factory=_now, kw_only=True)
    edited: str = field(default_factory=_now, kw_only=True)
    born: float = field(default_factory=time.monotonic, kw_only=True)

    def edit(self) -> None:
        """Notes an edit."""
        self.edited = _now()

    def head(self, kind: str, version: str) -> Json:
        """The fields that all objects begin with."""
        bot = {"object": "user", "id": self.bot}
        shown: Json = {"object": kind, "id": self.id, "created_time": self.created, "created_by": bot}
        shown |= {"last_edited_time": self.edited, "last_edited_by": bot, "in_trash": self.in_trash}
        return shown | ({} if version == NEWEST else {"archived": self.in_trash})


@dataclass
class Database(Thing):
    """A database: a folder of data sources."""

    title: list[Json]
    sources: list[str] = field(default_factory=list)
    description: list[Json] = field(default_factory=list)


@dataclass
class Source(Thing):
    """A data source: a table in a database."""

    title: list[Json]
    database: str
    schema: Schema


@dataclass
class Page(Thing):
    """A row. `values` are by the id of their property; `children` are the ids of blocks."""

    source: str
    values: dict[str, Any]
    children: list[str] = field(default_factory=list)


@dataclass
class Block(Thing):
    """A block of a page's content, or of another block's."""

    kind: str
    content: Json
    parent: Json
    page: str
    children: list[str] = field(default_factory=list)

    def show(self, version: str) -> Json:
        """The block as answers show it."""
        more = {"parent": self.parent, "has_children": bool(self.children)}
        return {**self.head("block", version), **more, "type": self.kind, self.kind: self.content}


@dataclass
class Workspace:
    """One workspace; tokens of another one see nothing of it."""

    name: str
    databases: dict[str, Database] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)

    def database(self, identifier: str) -> Database:
        """The database with this id."""
        return _found(self.databases, "database", identifier)

    def source(self, identifier: str) -> Source:
        """The data source with this id."""
        return _found(self.sources, "data_source", identifier)

    def page(self, identifier: str) -> Page:
        """The page with this id."""
        return _found(self.pages, "page", identifier)

    def parent_of_blocks(self, identifier: str) -> Page | Block:
        """The page or block with this id: a page is also a block."""
        found = self.pages.get(identifier)
        return found or _found(self.blocks, "block", identifier)

    def show_page(self, page: Page, version: str) -> Json:
        """A page as answers show it."""
        source = self.sources[page.source]
        parent = {"type": "data_source_id", "data_source_id": source.id, "database_id": source.database}
        return {
            **page.head("page", version),
            "cover": None,
            "icon": None,
            "parent": parent,
            "is_archived": False,
            "is_locked": False,
            "properties": {p.name: show(p, page.values) for p in source.schema.properties},
            "url": f"https://www.notion.so/{page.id.replace('-', '')}",
            "public_url": None,
        }


def _found(things: dict[str, T], kind: str, identifier: str) -> T:
    if identifier not in things:
        raise not_found(kind, identifier)
    return things[identifier]
