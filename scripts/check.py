"""Lint and types, of Python and of SQL: `make check`. Every check runs, and any finding fails it."""

import subprocess
import sys
from collections.abc import Callable

import psycopg

from scripts import frozen_migrations
from scripts.installation import MIGRATIONS, ROOT, install
from scripts.throwaway_postgres import NoPostgres, create_database, drop_database, server

PLPGSQL = """
select p.oid::regprocedure::text || coalesce(' line ' || f.lineno, '') || ': ' || f.level || ': ' || f.message
from pg_catalog.pg_proc p
join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
join pg_catalog.pg_namespace n on n.oid = p.pronamespace and n.nspname in ('public', 'kinkster')
left join pg_catalog.pg_trigger t on t.tgfoid = p.oid
cross join lateral plpgsql_check_function_tb(
  p.oid, coalesce(t.tgrelid, 0), all_warnings => true
) f
where not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by 1
"""


def tool(*command: str) -> bool:
    """Runs a checker of the virtual environment in the project's folder; whether it found nothing."""
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT).returncode == 0


def squawk() -> bool:
    """Reads the migrations for statements that lock or break what is running. A program, not a module."""
    migrations = [str(path) for path in sorted(MIGRATIONS.glob("*.sql"))]
    program = f"{sys.prefix}/bin/squawk"
    return not migrations or subprocess.run([program, *migrations], cwd=ROOT).returncode == 0


def plpgsql() -> bool:
    """Reads the body of every PL/pgSQL function in a database built from the migrations."""
    with server(need_test_extensions=True) as postgres:
        name = create_database(postgres)
        try:
            install(postgres.conninfo(name), seed=False)
            with psycopg.connect(postgres.conninfo(name)) as connection:
                connection.execute(
                    "create schema plpgsql_check; create extension plpgsql_check schema plpgsql_check"
                )
                connection.execute("set search_path = plpgsql_check")
                found = [str(row[0]) for row in connection.execute(PLPGSQL)]
        finally:
            drop_database(postgres, name)
    print("\n".join(found) or "every function: nothing found")
    return not found


CHECKS: dict[str, Callable[[], bool]] = {
    "ruff": lambda: tool("ruff", "check"),
    "ruff format": lambda: tool("ruff", "format", "--check"),
    "mypy": lambda: tool("mypy"),
    "sqlfluff": lambda: tool("sqlfluff", "lint", "supabase/schemas", "supabase/seed.sql"),
    "squawk": squawk,
    "frozen migrations": lambda: frozen_migrations.main() == 0,
    "plpgsql_check": plpgsql,
}


def main() -> int:
    """Runs the checks named on the command line, or all; status 1 when one of them found something."""
    failed = []
    for name in sys.argv[1:] or CHECKS:
        print(f"== {name}", flush=True)
        if not CHECKS[name]():
            failed.append(name)
    print(f"findings in: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoPostgres as reason:
        sys.exit(str(reason))
