"""`kinkster notion`: connecting users, preparing their databases, sending, and looking at how it stands."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import aiohttp
import orjson
import typer

from kinkster_worker import errors, operating
from kinkster_worker.notion import report, source
from kinkster_worker.notion.client import Client, reading
from kinkster_worker.notion.errors import (
    NotionError,
    NotionMisbehaved,
    NotionUnauthorized,
    failure_of,
)
from kinkster_worker.notion.lease import Lease
from kinkster_worker.notion.loop import NotionLoop
from kinkster_worker.notion.plan import Connection
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.providers.stream import new_session
from kinkster_worker.queries import Queries
from kinkster_worker.settings import NotionSettings
from kinkster_worker.signals import stop_signal

LONGEST_WAIT = 60.0  # seconds; what is due later than that, nobody sits and waits for
LOOK_SECONDS = 0.5
GRACE_SECONDS = 10.0

notion = typer.Typer(no_args_is_help=True, help="Characters' pages in Notion.")

User = Annotated[str, typer.Option("--user", help="E-mail address or id of the user.")]
AnyUser = Annotated[str | None, typer.Option("--user", help="E-mail address or id of one user.")]
Database = Annotated[str | None, typer.Option(help="Id of the user's database in Notion.")]


@dataclass(frozen=True)
class Desk:
    """What the commands work with."""

    queries: Queries
    session: aiohttp.ClientSession
    url: str
    keys: str | None

    @property
    def sealer(self) -> Sealer:
        """What seals tokens; `_run` saw to it that there is a key."""
        return Sealer(self.keys or "")


def _run(work: Callable[[Desk], Awaitable[int]], needs_key: bool = True) -> None:
    """Runs a command with what it works with."""

    async def at_desk(queries: Queries, settings: NotionSettings) -> int:
        key = settings.kinkster_notion_key
        async with new_session(repeats=False) as session:
            keys = key.get_secret_value() if key else None
            return await work(Desk(queries, session, settings.kinkster_notion_url, keys))

    operating.run(at_desk, needs_key)


@notion.command()
def connect(user: AnyUser = None, database: Database = None) -> None:
    """Keeps a user's token, sealed; it is asked for, or read from standard input. Without --user it moves
    every token that the old application left in profiles as plain text.
    """
    if user is None:
        if database is not None:
            raise typer.BadParameter("it goes with --user.", param_hint="--database")
        _run(_move)
    token = typer.prompt("Token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    _run(lambda desk: _connect(desk, str(user), token.strip(), database))


async def _connect(desk: Desk, who: str, token: str, database: str | None) -> int:
    client = Client(desk.session, desk.url)
    database_id = await _keep(desk, client, await desk.queries.find_notion_user(who), token, database)
    typer.echo(f"{who} is connected.")
    named = "" if database_id else " --database ID"
    typer.echo(f"Now prepare the database: kinkster notion setup --user {who}{named}")
    return 0


async def _move(desk: Desk) -> int:
    tokens, failed = await desk.queries.plain_notion_tokens(), 0
    client = Client(desk.session, desk.url)  # one for all: the tokens may be one bot's
    for one in tokens:
        who = one["email"] or one["user_id"]
        try:
            await _keep(desk, client, one["user_id"], one["token"], None)
        except (errors.DatabaseUnavailable, errors.SchemaUnknown):
            raise
        except errors.WorkerError as error:
            failed += 1
            typer.echo(f"{who}: {operating.said(error)}", err=True)
        else:
            typer.echo(f"{who} is connected; the token in plain text is gone.")
    if not tokens:
        typer.echo("No token lies in profiles as plain text. One user is connected with --user.")
    return 1 if failed else 0


async def _keep(desk: Desk, client: Client, user_id: str, token: str, database: str | None) -> str | None:
    """Asks Notion whose token it is, and keeps it. Returns the user's database."""
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise NotionUnauthorized("This is no token of Notion.")
    client.authorize(token)
    me = await client.call("GET", "/users/me")
    with reading():
        bot_id, workspace = me["id"], (me.get("bot") or {}).get("workspace_id")
    if not isinstance(bot_id, str) or not isinstance(workspace, str | None):
        raise NotionMisbehaved("Notion does not say whose token this is.")
    sealed = desk.sealer.seal(user_id, token)
    return await desk.queries.connect_notion(user_id, sealed, bot_id, workspace, database)


@notion.command()
def disconnect(user: User) -> None:
    """Forgets a user's token. What is in Notion stays there."""

    async def work(desk: Desk) -> int:
        await desk.queries.disconnect_notion(await desk.queries.find_notion_user(user))
        typer.echo(f"{user} is no longer connected.")
        return 0

    _run(work, needs_key=False)


@notion.command()
def setup(
    user: User,
    database: Database = None,
    data_source: Annotated[str | None, typer.Option(help="Which one, where it has several.")] = None,
) -> None:
    """Creates the properties that a user's database in Notion lacks, and lets characters be sent there."""
    _run(lambda desk: _setup(desk, user, database, data_source))


async def _setup(desk: Desk, who: str, database: str | None, data_source: str | None) -> int:
    user_id = await desk.queries.find_notion_user(who)
    connection, since = await _claim(desk, user_id)
    lease = Lease(desk.queries, connection, since)
    client = Client(desk.session, desk.url, connection["interval_seconds"], lease.patience)
    failure = None
    try:
        client.authorize(desk.sealer.open(user_id, connection["sealed_token"]))
        database_id = database or connection["database_id"]
        source_id = await source.resolve(client, database_id, data_source)
        done = await source.complete(client, source_id, await desk.queries.notion_properties())
        await lease.note_source(database_id, source_id)
    except NotionError as error:
        if error.retry_after is not None:  # whoever comes next is to wait, too
            failure = failure_of(error)
        raise
    finally:
        await lease.release(client.wait_seconds, failure)
    pending = await desk.queries.resend_to_notion(user_id, False)
    for line in done or ["The database has all properties."]:
        typer.echo(line)
    typer.echo(f"To be sent: {pending}. kinkster worker does it, and kinkster notion sync.")
    return 0


async def _claim(desk: Desk, user_id: str) -> tuple[Connection, float]:
    """The user's connection, as soon as no worker uses it, and since when it is ours."""
    while True:
        since = asyncio.get_running_loop().time()
        claimed = await desk.queries.claim_notion(_name(), user_id, anyway=True)
        if claimed["state"] == "claimed":
            return claimed, since
        seconds = claimed.get("wait_seconds", LOOK_SECONDS)
        if seconds > LONGEST_WAIT:
            message = f"The connection is paused for another {seconds:.0f} seconds."
            raise errors.Conflict(message, "Run the command again after that.")
        await asyncio.sleep(min(seconds, LOOK_SECONDS))


@notion.command()
def sync(
    user: AnyUser = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what has not changed.")] = False,
    watch: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = False,
) -> None:
    """Sends what is pending, and what failed once more."""
    _run(lambda desk: _sync(desk, user, everything, watch))


async def _sync(desk: Desk, who: str | None, everything: bool, watch: bool) -> int:
    user_id = await desk.queries.find_notion_user(who) if who else None
    stop, total = stop_signal(), await desk.queries.resend_to_notion(user_id, everything)
    loop = NotionLoop(desk.queries, desk.session, desk.sealer, desk.url, _name(), LOOK_SECONDS, user_id)
    found = await desk.queries.notion_status(user_id)
    loop.start()
    try:
        with report.Progress(total) as progress:
            while True:
                progress.show(found)
                if stop.is_set() or not (watch or report.moves(found, LONGEST_WAIT)):
                    break
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    found = await desk.queries.notion_status(user_id)
                except errors.DatabaseUnavailable:
                    if not watch:
                        raise
    finally:
        await loop.stop(GRACE_SECONDS)
    report.failures(found)
    return 1 if report.needs_somebody(found) or any(one["pending"] for one in found["connections"]) else 0


@notion.command()
def status(user: AnyUser = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Shows who is connected and what was sent. Exit status 1: something needs somebody."""

    async def work(desk: Desk) -> int:
        found = await desk.queries.notion_status(await desk.queries.find_notion_user(user) if user else None)
        if as_json:
            typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        else:
            report.table(found)
            report.failures(found)
        return 1 if report.needs_somebody(found) or found["plain_tokens"] else 0

    _run(work, needs_key=False)


def _name() -> str:
    return f"command/{secrets.token_hex(4)}"
