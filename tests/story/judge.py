"""Whether the story left everything as it should be."""

from typing import Any

import psycopg
from psycopg import sql

TABLES = ("profiles", "kinksters", "conversations", "messages")
OF_THE_STORY = {
    "kinksters": {
        "updated_at",
        "sync_status",
        "last_local_update",
        "notion_last_synced_at",
        "notion_page_id",
    },
    "profiles": {"updated_at", "notion_kinksters_database_id", "notion_workspace_id"},
}
"""Columns of the application that edits, and what is sent to Notion, write."""

Contents = dict[str, tuple[list[str], list[Any]]]


def value(connection: psycopg.Connection, statement: str) -> Any:
    """The one value of a statement."""
    row = connection.execute(statement.encode()).fetchone()
    assert row
    return row[0]


def contents(connection: psycopg.Connection, of: Contents | None = None) -> Contents:
    """What stands in the application's tables: in the columns that they have, or in those of `of`."""
    found: Contents = {}
    for table in TABLES:
        if of:
            columns = of[table][0]
        else:
            there = (
                "select attname from pg_attribute "
                "where attrelid = %s::regclass and attnum > 0 and not attisdropped"
            )
            own = (name for (name,) in connection.execute(there, [table]))
            columns = [name for name in own if name not in OF_THE_STORY.get(table, ())]
        query = sql.SQL("select row({})::text from {} order by 1").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
        )
        found[table] = columns, [row for (row,) in connection.execute(query)]
    return found


def faults(connection: psycopg.Connection, before: Contents) -> list[str]:
    """What is not as it should be at the end."""
    found = [
        f"{table} of the application is not as it was"
        for table, rows in contents(connection, before).items()
        if rows != before[table]
    ]
    for says, good in {
        "a turn is not whole": "select bool_and(status = 'completed') from kinkster_turns",
        "nobody chatted with both providers": "select count(distinct provider) = 2 from kinkster_turns",
        "nothing was chained": "select bool_or(continuity = 'chained') from kinkster_turns",
    }.items():
        if value(connection, good) is not True:
            found.append(says)
    return found
