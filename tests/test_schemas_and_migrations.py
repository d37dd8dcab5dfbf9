"""supabase/schemas, which people read, and supabase/migrations, which databases replay, build the same."""

from collections.abc import Callable

import psycopg
import pytest

from scripts.frozen_migrations import findings
from scripts.installation import MIGRATIONS, Privileges, install
from scripts.schema_files import SchemaFile, schema_files
from scripts.throwaway_postgres import Server, create_database, drop_database

REPLACEABLE = [file for file in schema_files() if file.replaceable]


def dump(server: Server, database: str) -> list[str]:
    """The whole schema with owners, comments and privileges, in lines, but for the record of migrations."""
    text = server.pg_dump(database, ["--schema-only", "--exclude-schema=supabase_migrations"])
    noise = ("-- Dumped", r"\restrict", r"\unrestrict")  # versions, and a random word that each dump makes up
    return [line for line in text.splitlines() if not line.startswith(noise)]


@pytest.mark.parametrize("privileges", ["explicit", "legacy"])
def test_schemas_and_migrations_build_the_same_database(
    server: Server, template: Callable[[Privileges], str], privileges: Privileges
) -> None:
    from_schemas = create_database(server)
    try:
        conninfo = server.conninfo(from_schemas)
        install(conninfo, shim=privileges, migrations=None, seed=False)
        with psycopg.connect(conninfo) as connection:
            for file in schema_files():
                connection.execute(file.text.encode())
        assert dump(server, from_schemas) == dump(server, template(privileges))
    finally:
        drop_database(server, from_schemas)


@pytest.mark.parametrize("file", REPLACEABLE, ids=[file.name for file in REPLACEABLE])
def test_a_function_or_view_stands_verbatim_in_a_migration(file: SchemaFile) -> None:
    assert any(file.text in path.read_text(encoding="utf-8") for path in MIGRATIONS.glob("*.sql"))


def test_no_frozen_migration_has_changed() -> None:
    assert findings() == []
