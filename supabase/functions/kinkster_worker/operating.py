"""Runs what an operator asked for: a failure is a sentence, what to do, and an exit status."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import typer

from kinkster_worker import errors, logs
from kinkster_worker.notion.errors import TRIED_AGAIN
from kinkster_worker.queries import Queries
from kinkster_worker.settings import NotionSettings, SettingsError, load_notion

Work = Callable[[Queries, NotionSettings], Awaitable[int]]


def run(work: Work, needs_key: bool = False) -> None:
    """Runs a command and ends with its exit status: what `work` returns, 1 for a failure, 78 for settings
    that are not complete, 76 for a database of another version.
    """
    logs.say_defects()
    unknown: list[errors.SchemaUnknown] = []

    async def at_desk(settings: NotionSettings) -> int:
        async with Queries(settings.database_url.get_secret_value(), 10, 5, unknown.append) as queries:
            return await work(queries, settings)

    try:
        status = asyncio.run(at_desk(load_notion(needs_key)))
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        status = os.EX_CONFIG
    except errors.WorkerError as error:
        known = unknown[0] if unknown else error
        typer.echo(said(known), err=True)
        status = os.EX_PROTOCOL if isinstance(known, errors.SchemaUnknown) else 1
    except Exception:
        logs.log.exception("command_crashed")
        status = 1
    raise typer.Exit(status)


def said(error: errors.WorkerError) -> str:
    """A failure and what to do. What a worker tries again by itself, a command does not."""
    return f"{error.message} {error.hint.replace(TRIED_AGAIN, 'Run the command again.')}"
