"""`kinkster migrations`: what an operator types before and after the Supabase CLI."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kinkster_worker.migrations import catalog, files
from kinkster_worker.migrations.planning import Plan, make_plan
from kinkster_worker.migrations.situation import Row, Situation, survey

app = typer.Typer(no_args_is_help=True, help="Compares migration files, their record and the database.")

Folder = Annotated[Path, typer.Option(help="Folder of the migration files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
DEFAULT = Path("supabase/migrations")
SEEN = {
    "there": "[green]yes[/]",
    "half": "[yellow]half[/]",
    "absent": "[red]no[/]",
    "unknown": "[dim]can't be seen[/]",
}


@app.command()
def status(folder: Folder = DEFAULT, as_json: AsJson = False) -> None:
    """Shows of each migration whether it has a file, is recorded, and is really there. Changes nothing.

    The database is the one of the environment variable DATABASE_URL.
    """
    situation = _survey(folder)
    if as_json:
        typer.echo(json.dumps([_as_json(row) for row in situation.rows], indent=2))
        return
    table = Table("version", "name", "file", "recorded", "really there")
    for row in situation.rows:
        one = row.migration
        table.add_row(one.version, one.name, _yes(row.has_file), _yes(row.recorded), SEEN[row.finding.seen])
    Console().print(table)


@app.command()
def plan(
    folder: Folder = DEFAULT,
    remote: Annotated[
        bool,
        typer.Option("--remote", help="Write the commands for the linked project, as --remote of the CLI."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prints the commands that make files, record and database agree, each with its reason. Changes nothing.

    The database is the one of the environment variable DATABASE_URL. Status 0: nothing to do; 1: there is.
    """
    made = make_plan(_survey(folder), remote=remote)
    if as_json:
        typer.echo(json.dumps(asdict(made), indent=2))
    else:
        for line in _lines(made):
            typer.echo(line)
    if not made.is_empty:
        raise typer.Exit(1)


def _survey(folder: Path) -> Situation:
    """Reads the folder and the database; ends the command with a sentence where that is not possible."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        typer.echo("DATABASE_URL is not set: put the database's address into the environment.", err=True)
        raise typer.Exit(78)
    try:
        return survey(files.read_folder(folder), catalog.look(url))
    except files.MigrationsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.status) from None


def _lines(plan: Plan) -> list[str]:
    """The plan as a shell reads it: commands, and all else as comments."""
    lines: list[str] = []
    for command in plan.repairs:
        lines += [f"# {command.reason}", command.command]
    for question in plan.questions:
        lines += [f"# {question.version} is yours to decide. {question.reason}"]
        lines += [f"#   {answer.command}  # {answer.reason}" for answer in question.answers]
    for command in plan.following:
        lines += [f"# {command.reason}", f"{'# then: ' if plan.questions else ''}{command.command}"]
    return lines


def _as_json(row: Row) -> dict[str, Any]:
    found = asdict(row.finding)
    return {
        "version": found.pop("version"),
        "name": row.migration.name,
        "file": row.has_file,
        "recorded": row.recorded,
        "really_there": row.finding.seen,
        **found,
    }


def _yes(value: bool) -> str:
    return "yes" if value else "[yellow]no[/]"
