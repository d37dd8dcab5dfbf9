"""The `kinkster` command."""

import asyncio
import os
from typing import Annotated

import orjson
import typer
from aiohttp import web

from kinkster_worker import __version__, errors, logs, operating
from kinkster_worker import report as shown
from kinkster_worker.doctor.command import doctor
from kinkster_worker.http import serve
from kinkster_worker.logs import fields, log
from kinkster_worker.migrations import command as migrations
from kinkster_worker.notion.command import notion
from kinkster_worker.offline.app import create_app
from kinkster_worker.offline.notion_pace import NOTIONS_PACE
from kinkster_worker.offline.notion_state import FIRST_DATABASE
from kinkster_worker.queries import Queries
from kinkster_worker.rollout.command import rollout
from kinkster_worker.settings import Settings, SettingsError, load
from kinkster_worker.signals import stop_signal

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(notion, name="notion")
app.add_typer(migrations.app, name="migrations")
app.add_typer(rollout, name="rollout")
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kinkster {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Kinkster hybrid chat: characters that live in Postgres, answered by Flowise or by the OpenAI API."""


@app.command()
def worker() -> None:
    """Serves both doors until it is stopped. Settings come from the environment; see .env.example."""
    try:
        settings = load()
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(os.EX_CONFIG) from None
    logs.configure()
    try:
        unknown = asyncio.run(_serve(settings))
    except OSError as error:
        address = f"{settings.kinkster_host}:{settings.kinkster_port}"
        typer.echo(
            f"Can't listen on {address} ({error.strerror}): set KINKSTER_HOST and KINKSTER_PORT.", err=True
        )
        raise typer.Exit(1) from None
    if unknown:
        typer.echo(f"{unknown.message} {unknown.hint}", err=True)
        raise typer.Exit(os.EX_PROTOCOL)


async def _serve(settings: Settings) -> errors.SchemaUnknown | None:
    """Serves until it is told to stop, or the database turns out to be none that this worker knows."""
    stop, found = stop_signal(), list[errors.SchemaUnknown]()

    def unknown(error: errors.SchemaUnknown) -> None:
        found.append(error)
        stop.set()

    async with serve(settings, on_unknown=unknown) as address:
        log.info("listening", extra=fields(address=address, version=__version__))
        await stop.wait()
        log.info("stopping", extra=fields(address=address, code=found[0].code if found else None))
    return found[0] if found else None


@app.command()
def report(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days it covers.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Shows how Flowise and the Responses API do, side by side, and which of them does better."""

    async def work(queries: Queries, _: object) -> int:
        found = await queries.provider_report(days)
        if as_json:
            typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        else:
            shown.show(found)
        return 0

    operating.run(work)


@app.command()
def offline(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8788,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serves OpenAI's and Flowise's protocols without any model, and a Notion in memory, to try out."""
    logs.configure()
    try:
        asyncio.run(_serve_offline(host, port))
    except OSError as error:
        typer.echo(f"Can't listen on {host}:{port} ({error.strerror}): use --host and --port.", err=True)
        raise typer.Exit(1) from None


async def _serve_offline(host: str, port: int) -> None:
    offline_app = create_app(notion_limits=NOTIONS_PACE)
    runner = web.AppRunner(offline_app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        address = f"http://{host}:{runner.addresses[0][1]}"
        urls = {
            "openai_base_url": f"{address}/v1",
            "flowise_url": address,
            "notion_url": f"{address}/notion",
            "notion_database_id": FIRST_DATABASE,
        }
        log.info("offline_listening", extra=fields(**urls))
        await stop_signal().wait()
    finally:
        await runner.cleanup()
