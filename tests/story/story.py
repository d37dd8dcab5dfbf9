"""The story from its first line to its last, and whether it was as the page says."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from aiohttp import web
from aiohttp.typedefs import Handler
from kinkster_worker.offline.app import create_app

from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.step_one import make_production
from tests.story import judge, page, project
from tests.story.people import People
from tests.story.session import Session, psql, shell

APPLICATION = Path(__file__).with_name("application.sql")
FLOWISE_SECONDS = 0.25
"""How long the story's Flowise thinks before its first word."""
Print = Callable[[str], None]


@dataclass
class Story:
    """What is needed to go through the page; `faults` says what was not as it says."""

    sessions: dict[str, Session]
    stands: dict[str, str]
    people: People
    admin: psycopg.Connection
    worker: str
    show: Print
    faults: list[str] = field(default_factory=list)

    async def go(self) -> None:
        """Goes through the whole page."""
        section = ""
        for block in page.blocks():
            if block.kind == "title":
                section = block.text
                self.show(f"\n## {section}\n")
            elif block.kind == "comment":
                await self.meanwhile(block.text)
            else:
                await self.type(block)
            if self.faults:
                return

    async def type(self, block: page.Block) -> None:
        """Types a block's commands and holds what they said against what the page shows."""
        prompt = "$ " if block.kind == "sh" else "postgres=> "
        said_in_all = ""
        for command in block.commands:
            self.show(prompt + command.replace("\n", "\n> "))
            typed = command
            for stands, is_ours in self.stands.items():
                typed = typed.replace(stands, is_ours)
            said, status = await self.sessions[block.kind].type(typed)
            if said:
                self.show(said)
            said_in_all += said + "\n"
            if status != page.status_of(command):
                self.faults.append(f"status {status}, not {page.status_of(command)}: {command}")
                return
        if not_there := page.missing(block.shown, said_in_all):
            self.faults.append(f"the page shows, and this was not said: {not_there}")

    async def meanwhile(self, what: str) -> None:
        """What others do while the operator types nothing."""
        match what.split():
            case ["a", "week", "later"]:
                self.admin.execute(
                    "update kinkster.settings set clock_offset = clock_offset + interval '7 days'"
                )
                self.show("… a week later")
            case ["today", "again"]:
                self.admin.execute("update kinkster.settings set clock_offset = '0'")
                self.show("… today again")
            case [count, "chats"]:
                await self.people.chat(self.worker, int(count))
                self.show(f"… {count} chats")
                self.faults += self.people.faults
            case _:
                raise ValueError(f"a comment of the page that means nothing: {what}")


async def tell(server: Server, packages: Path, show: Print) -> list[str]:
    """Tells the story on a database of its own; returns what was not as it should be."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = create_database(server)
        stack.callback(drop_database, server, database)
        url = server.conninfo(database)
        make_production(url)
        admin = stack.enter_context(psycopg.connect(url, autocommit=True))
        admin.execute(APPLICATION.read_bytes())
        before = judge.contents(admin)

        password, secret, port = secrets.token_urlsafe(), secrets.token_urlsafe(48), project.free_port()
        openai = await stack.enter_async_context(offline())
        flowise = await stack.enter_async_context(offline(FLOWISE_SECONDS))
        address = urlsplit(url)
        host = address.netloc.rpartition("@")[2]
        login = address._replace(netloc=f"kinkster_worker:{password}@{host}").geturl()
        application = project.make_project(folder)
        project.write_env(application, login, openai, flowise, secret, port)
        environment = project.make_machine(folder, packages, server, url)
        people, worker = People(url, secret), f"http://127.0.0.1:{port}"
        robin = judge.value(admin, "select id::text from profiles where display_name = 'Robin'")
        story = Story(
            {
                "sh": await stack.enter_async_context(shell(application, environment)),
                "sql": await stack.enter_async_context(psql(server.psql, url, application, environment)),
            },
            {
                "postgresql://postgres:…@db.example.com:5432/postgres": url,
                "password '…'": f"password '{password}'",
                "http://127.0.0.1:8787": worker,
                "TOKEN=…": f"TOKEN={people.token(robin)}",
            },
            people,
            admin,
            worker,
            show,
        )
        try:
            await story.go()
        finally:
            stack.callback(forget_password, admin)
        log = application / "worker.log"
        if story.faults and log.exists():
            lines = log.read_text(encoding="utf-8").splitlines()
            show("\n".join(line for line in lines if '"level":"info"' not in line))
        return story.faults or judge.faults(admin, before)


def forget_password(admin: psycopg.Connection) -> None:
    """The role is the whole server's, and another test's."""
    admin.execute("alter role kinkster_worker password null")


@asynccontextmanager
async def offline(thinks: float = 0) -> AsyncIterator[str]:
    """Offline providers that think so many seconds before they answer a message; gives their address."""
    app = create_app(pace=0.001)

    @web.middleware
    async def think(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "POST":
            await asyncio.sleep(thinks)
        return await handler(request)

    if thinks:
        app.middlewares.append(think)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
