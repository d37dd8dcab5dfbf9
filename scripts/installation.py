"""Installs the project into a database: what Supabase has, where it is a plain Postgres; the migrations; the
seed.
"""

from pathlib import Path
from typing import Literal

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SHIM = ROOT / "tests" / "shim"
MIGRATIONS = ROOT / "supabase" / "migrations"
SEED = ROOT / "supabase" / "seed.sql"

Privileges = Literal["explicit", "legacy"]
"""What new objects in `public` are granted by default: nothing, as in new projects, or everything."""

HISTORY = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text not null primary key, statements text[], name text
)
"""

RECORDED = "select version from supabase_migrations.schema_migrations"
RECORD = "insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s)"


def install(
    conninfo: str,
    *,
    shim: Privileges | None = "explicit",
    migrations: Path | None = MIGRATIONS,
    seed: bool = True,
) -> list[str]:
    """Installs what is not yet there; returns the versions of the migrations that it ran.

    `shim` is installed where there is no auth.uid(); `migrations` is the folder to take them from, recorded
    as the Supabase CLI records them, each in one transaction with its record. The seed runs every time.
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        if shim:
            install_shim(connection, shim)
        ran = install_migrations(connection, migrations) if migrations else []
        if seed and SEED.exists():
            run(connection, SEED)
    return ran


def install_shim(connection: psycopg.Connection, privileges: Privileges) -> None:
    """Gives a plain Postgres the roles, functions and default privileges of Supabase."""
    there = connection.execute("select to_regprocedure('auth.uid()') is not null").fetchone()
    if there == (True,):
        return
    run(connection, SHIM / "supabase.sql")
    if privileges == "legacy":
        run(connection, SHIM / "default_privileges_legacy.sql")


def install_migrations(connection: psycopg.Connection, folder: Path) -> list[str]:
    """Runs the migrations of `folder` that are not recorded, in order; returns their versions."""
    connection.execute(HISTORY)
    recorded = {row[0] for row in connection.execute(RECORDED)}
    ran = []
    for path in sorted(folder.glob("*.sql")):
        version, _, name = path.stem.partition("_")
        if version in recorded:
            continue
        with connection.transaction():
            run(connection, path)
            connection.execute(RECORD, (version, [path.read_text(encoding="utf-8")], name))
        ran.append(version)
    return ran


def run(connection: psycopg.Connection, path: Path) -> None:
    """Runs a file of SQL in one round trip, one transaction. Errors carry its name as a note."""
    try:
        connection.execute(path.read_bytes())
    except psycopg.Error as error:
        error.add_note(f"in {path}")
        raise
