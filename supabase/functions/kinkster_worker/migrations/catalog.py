"""Asks a database what it has recorded of migrations, and what is really in it. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from kinkster_worker.migrations import catalog_queries as queries
from kinkster_worker.migrations.files import Migration, MigrationsError
from kinkster_worker.migrations.names import plain
from kinkster_worker.migrations.objects import Key, Traits
from kinkster_worker.migrations.reader import read_type
from kinkster_worker.migrations.routines import comparable_body, comparable_setting

TIMEOUT = 10
"""Seconds to wait for a connection."""


@dataclass(frozen=True)
class Database:
    """What was found: the recorded migrations in order, and every object."""

    recorded: list[Migration]
    objects: dict[Key, Traits]


def look(conninfo: str) -> Database:
    """Reads record and catalogs in one read-only transaction. Raises MigrationsError."""
    try:
        with psycopg.connect(conninfo, connect_timeout=TIMEOUT) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("set local search_path = ''")
            return Database(_recorded(connection), dict(_objects(connection)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationsError(
            f"The record of migrations can't be read ({error.diag.message_primary}):"
            " connect as the role that runs the migrations.",
            77,
        ) from None
    except psycopg.ProgrammingError:
        raise MigrationsError(
            "DATABASE_URL must be a Postgres address, postgresql://user:password@host:port/database.", 78
        ) from None
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        if "@" in said:  # a password with an unescaped @ ends up in the host's name
            said = "its host is not understood; write special characters of the password as %XX"
        raise MigrationsError(f"The database can't be reached: {said}. See DATABASE_URL.", 69) from None


def _recorded(connection: psycopg.Connection) -> list[Migration]:
    """The recorded migrations, with name and SQL where the CLI that recorded them has kept these."""
    columns = {name for (name,) in connection.execute(queries.RECORD_COLUMNS)}
    if not columns:
        return []
    name = "coalesce(name, '')" if "name" in columns else "''"
    statements = "statements" in columns
    text = r"coalesce(pg_catalog.array_to_string(statements, E';\n'), '')" if statements else "''"
    query = sql.SQL(queries.RECORDED).format(name=sql.SQL(name), sql=sql.SQL(text))
    return [Migration(*row) for row in connection.execute(query)]


def _objects(connection: psycopg.Connection) -> Iterator[tuple[Key, Traits]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        for query in queries.OBJECTS:
            for row in cursor.execute(query).fetchall():
                yield _key(row), row


def _key(row: dict[str, Any]) -> Key:
    """Takes an object's names out of its row, and leaves the traits as `reader` gives them."""
    kind, name, of = row.pop("kind"), _name(row.pop("name")), _name(row.pop("of", ""))
    if kind == "column":
        row["type"] = read_type(row["type"])
    elif kind == "function":
        name += f"({', '.join(read_type(text, length=False) for text in row.pop('arguments'))})"
        row["result"] = ("setof " if row.pop("many") else "") + read_type(row["result"], length=False)
        row["settings"] = sorted(comparable_setting(text) for text in row["settings"])
        row["body"] = comparable_body(row["body"])
    elif kind == "trigger":
        row["function"] = _name(row["function"])
    elif kind == "constraint":
        row["other table"] = _name(row["other table"]) if all(row["other table"]) else None
    elif kind == "policy":
        row["roles"].sort()
    return Key(kind, name, of)


def _name(words: str | list[str]) -> str:
    return words if isinstance(words, str) else plain(*words)
