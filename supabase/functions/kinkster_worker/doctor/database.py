"""What the database says of itself, and whether a worker can use it."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict, cast

import orjson
import psycopg
from psycopg.types.json import set_json_loads

from kinkster_worker import queries
from kinkster_worker.doctor.finding import Finding

CONNECT_SECONDS = 2
STATEMENT_SECONDS = 5
_NOT_OURS = ("42883", "3F000", "42501")
RUN_MIGRATIONS = "Run the project's migrations, or start the worker that belongs to this database."


class Targets(TypedDict):
    """What others are to be asked about; see kinkster.doctor_targets."""

    now: str
    models: list[str]
    chatflows: list[str]
    uses_openai: bool
    uses_flowise: bool
    uses_notion: bool


@dataclass
class Seen:
    """What was found; without `targets` the database could not say them. `ahead` is its clock before ours."""

    findings: list[Finding] = field(default_factory=list)
    targets: Targets | None = None
    ahead: float | None = None
    is_unknown: bool = False
    is_there: bool = False


async def look(conninfo: str) -> Seen:
    """Connects as the worker does, once, and asks."""
    seen = Seen()
    if not conninfo:
        seen.findings.append(
            Finding("database", "unknown", "Without DATABASE_URL it can't be asked.", "Set DATABASE_URL.")
        )
        return seen
    try:
        async with asyncio.timeout(CONNECT_SECONDS + STATEMENT_SECONDS):
            connection = await psycopg.AsyncConnection.connect(
                conninfo,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="kinkster-doctor",
                prepare_threshold=None,
            )
            async with connection:
                set_json_loads(orjson.loads, connection)
                await _ask(connection, seen)
    except TimeoutError:
        seen.findings.append(
            Finding(
                "database",
                "problem",
                "The database did not answer in time.",
                "See its load, and locks in it.",
            )
        )
    except psycopg.Error as error:
        todo = "See DATABASE_URL (host, port, password), and that the server runs."
        seen.findings.append(
            Finding("database", "problem", f"The database can't be used: {reason(error)}.", todo)
        )
    return seen


async def _ask(connection: psycopg.AsyncConnection[Any], seen: Seen) -> None:
    row = await (await connection.execute(queries.FIND_ROLE)).fetchone()
    assert row
    seen.is_there = True
    seen.findings += [
        Finding("database", "ok", f"The database is reached, as {row[0]}."),
        _of_role(*row),
    ]
    version = await _value(connection, queries.FIND_SCHEMA_VERSION)
    seen.findings.append(_of_version(version))
    seen.is_unknown = seen.findings[-1].state == "problem"
    found = await _value(connection, queries.DOCTOR)
    if isinstance(found, list):
        seen.findings += [Finding(**row) for row in found]
    else:
        seen.findings.append(
            Finding(
                "kinkster_doctor", "unknown", f"kinkster_doctor() does not answer: {found}.", RUN_MIGRATIONS
            )
        )
    before = time.time()
    targets = await _value(connection, queries.DOCTOR_TARGETS)
    after = time.time()
    if isinstance(targets, dict):
        seen.targets = cast(Targets, targets)
        seen.ahead = datetime.fromisoformat(targets["now"]).timestamp() - (before + after) / 2


async def _value(connection: psycopg.AsyncConnection[Any], statement: str) -> Any:
    """The one value of a statement; a sentence where the database refuses it."""
    try:
        row = await (await connection.execute(statement)).fetchone()
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        return reason(error)
    return row[0] if row else None


def _of_role(name: str, is_superuser: bool, bypasses: bool, is_worker: bool) -> Finding:
    todo = "Give the worker a login of role kinkster_worker: alter role kinkster_worker password '…';"
    if is_superuser:
        return Finding("database_role", "problem", f"{name} is a superuser: no policy holds for it.", todo)
    if not is_worker or bypasses:
        found = f"{name} is not the worker's role kinkster_worker" + (
            ", and passes row security by." if bypasses else "."
        )
        return Finding("database_role", "warning", found, todo)
    return Finding("database_role", "ok", f"{name} has the rights of a worker and no more.")


def _of_version(version: object) -> Finding:
    if version == queries.SCHEMA_VERSION:
        return Finding(
            "schema_version", "ok", f"The database's functions have version {version}, as they should."
        )
    if isinstance(version, int):
        found = (
            f"The database's functions have version {version}; this worker knows {queries.SCHEMA_VERSION}."
        )
    else:
        found = f"The functions that workers call are missing, or may not be called: {version}."
    return Finding("schema_version", "problem", found, RUN_MIGRATIONS)


def reason(error: psycopg.Error) -> str:
    """Why, in the words of Postgres on one line; never a password."""
    said = " ".join((error.diag.message_primary or str(error)).split()).rstrip(".")
    if "@" in said:  # a password with an unescaped @ ends up in the host's name
        return "its host is not understood; write special characters of the password as %XX"
    return said[:300]
