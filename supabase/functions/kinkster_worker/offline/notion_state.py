"""What the offline Notion holds while it runs: workspaces, tokens, faults, limits, and its requests."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from aiohttp import web

from .notion_faults import NotionFault, Waiting, take
from .notion_pace import Limits
from .notion_schema import schema_of
from .notion_texts import Json, rich_text
from .notion_workspace import Database, Source, Workspace
from .state import Entry

FIRST_TOKEN = "ntn_offline"  # noqa: S105  # opens nothing but made-up pages
FIRST_DATABASE = "0ff11e00-0000-4000-8000-000000000001"
"""A database with nothing but a title, which is there from the start."""


@dataclass
class Bot:
    """The connection that a token is for, and when its requests came (by the event loop's clock)."""

    name: str
    workspace: str
    sent: deque[float] = field(default_factory=deque)

    @property
    def id(self) -> str:
        """Its user id."""
        return str(uuid5(UUID(int=0), f"{self.workspace}/{self.name}"))


@dataclass
class NotionEntry(Entry):
    """One request, without its token: whose it was (the bot's name), how it was answered, what fault it met.
    `body` is None where it is no JSON.
    """

    query: dict[str, str] = field(default_factory=dict)
    bot: str | None = None
    status: int | None = None
    fault: NotionFault | None = None


class Notion:
    """One offline Notion. `keeps_requests` is for tests alone."""

    def __init__(self, limits: Limits, keeps_requests: bool) -> None:
        self.first_limits = limits
        self.journal: list[NotionEntry] | None = [] if keeps_requests else None
        self.reset()

    def reset(self) -> None:
        """Forgets everything; then one token and one database are there."""
        self.limits = self.first_limits
        self.faults: list[Waiting] = []
        self.bots: dict[str, Bot] = {FIRST_TOKEN: Bot("offline", "offline")}
        self.workspaces: dict[str, Workspace] = {}
        if self.journal is not None:
            self.journal.clear()
        self.add_database("offline", "Kinksters", {"Kinksters": {}}, FIRST_DATABASE)

    def workspace(self, name: str) -> Workspace:
        """The workspace of this name, made when it is new."""
        return self.workspaces.setdefault(name, Workspace(name))

    def add_database(self, workspace: str, title: str, sources: Json, identifier: str = "") -> Database:
        """Makes a database with these data sources: the properties of each, by its title."""
        schemas = {name: schema_of(given) for name, given in sources.items()}
        database = Database(_title(title), id=identifier or str(uuid4()))
        place = self.workspace(workspace)
        place.databases[database.id] = database
        for name, schema in schemas.items():
            source = Source(_title(name), database.id, schema)
            place.sources[source.id] = source
            database.sources.append(source.id)
        return database

    def note(self, request: web.Request, path: str, body: Any, bot: Bot | None) -> NotionEntry:
        """Notes a request."""
        headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
        entry = NotionEntry(request.method, path, headers, body, query=dict(request.query))
        entry.bot = bot.name if bot else None
        if self.journal is not None:
            self.journal.append(entry)
        return entry

    def take_fault(self, method: str, path: str, body: str) -> NotionFault | None:
        """The fault that is for a request."""
        return take(self.faults, method, path, body)


def _title(text: str) -> list[Json]:
    return rich_text([{"text": {"content": text}}], "title")


NOTION = web.AppKey("notion", Notion)
