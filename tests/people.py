"""Users and characters for tests of the database, and connections that act for somebody as PostgREST does."""

import contextlib
import json
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

PASSWORD = secrets.token_urlsafe()  # the role is the whole server's: nobody else may come to know it


def new_user(admin: psycopg.Connection) -> str:
    """Signs somebody up, with a profile; returns the id."""
    identifier = str(uuid.uuid4())
    admin.execute("insert into auth.users (id) values (%s)", [identifier])
    admin.execute(
        "insert into public.profiles (id, email) values (%s, %s)", [identifier, f"{identifier}@example.com"]
    )
    return identifier


def new_kinkster(admin: psycopg.Connection, owner: str | None, **columns: Any) -> str:
    """Makes a character that the Responses API answers for, a system one without an owner; returns the id."""
    row: dict[str, Any] = {"name": "Mira", "user_id": owner, "is_system_kinkster": owner is None}
    row |= {"provider": "openai_responses"} | columns
    statement = sql.SQL("insert into public.kinksters ({}) values ({}) returning id").format(
        sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(sql.Placeholder() * len(row))
    )
    found = admin.execute(statement, list(row.values())).fetchone()
    assert found
    return str(found[0])


@contextlib.contextmanager
def acting(conninfo: str, role: str, user: str | None = None) -> Iterator[psycopg.Connection]:
    """A connection of the login `authenticator`, as `role` with the claims of `user`, which keeps nothing."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("set session authorization authenticator")
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        claims = {"role": role} | ({"sub": user} if user else {})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
        yield connection
        connection.rollback()


@contextlib.contextmanager
def worker_login(admin: psycopg.Connection, conninfo: str) -> Iterator[str]:
    """The address for a login of the role kinkster_worker, whose password ends with the block."""
    admin.execute(sql.SQL("alter role kinkster_worker password {}").format(PASSWORD))
    try:
        yield make_conninfo(conninfo, user="kinkster_worker", password=PASSWORD)
    finally:
        admin.execute("alter role kinkster_worker password null")


@contextlib.contextmanager
def worker(admin: psycopg.Connection, conninfo: str) -> Iterator[psycopg.Connection]:
    """A login of the role kinkster_worker, each statement a transaction."""
    with worker_login(admin, conninfo) as login, psycopg.connect(login, autocommit=True) as connection:
        yield connection


def claims_of(user: str) -> str:
    """What a verified token of a user says, as JSON."""
    return json.dumps({"sub": user, "role": "authenticated"})


MISPLACED = """
select coalesce(t.status, 'gone')
from (select * from public.kinkster_turns where status in ('queued', 'streaming')) as t
full join kinkster.turns_in_flight as f
  on f.user_id = t.user_id and f.conversation_id = t.conversation_id and f.turn_id = t.id
where f.turn_id is null or t.id is null
"""
"""What is in kinkster.turns_in_flight and not in flight, or the other way around: always nothing."""


def value(connection: psycopg.Connection, statement: str, *arguments: object) -> Any:
    """The first value of a statement's first row; None where it gives no row."""
    row = connection.execute(statement, arguments).fetchone()
    return row[0] if row else None
