"""`kinkster doctor`, as people type it."""

import asyncio
import os
from dataclasses import asdict
from typing import Annotated

import orjson
import typer

from kinkster_worker import logs
from kinkster_worker.doctor import report
from kinkster_worker.doctor.examination import examine
from kinkster_worker.settings import load_what_is_right


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Looks for what is wrong, and says what to do. Changes nothing, and asks nothing that costs anything.

    Status 0: no problems; 1: problems; 78: settings are missing or malformed; 76: the database is none that
    this worker knows.
    """
    logs.say_defects()
    settings, problems = load_what_is_right()
    found = asyncio.run(examine(settings, problems))
    if as_json:
        typer.echo(orjson.dumps([asdict(one) for one in found.findings], option=orjson.OPT_INDENT_2))
    else:
        report.show(found.findings)
    if problems:
        raise typer.Exit(os.EX_CONFIG)
    if found.is_unknown_schema:
        raise typer.Exit(os.EX_PROTOCOL)
    if any(one.state == "problem" for one in found.findings):
        raise typer.Exit(1)
