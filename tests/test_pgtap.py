"""Runs tests/database, the tests in SQL, through pg_prove."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg

FOLDER = Path(__file__).parent / "database"


def test_every_pgtap_test_passes(
    make_database: Callable[[], str], record_property: Callable[[str, object], None]
) -> None:
    conninfo = make_database()
    with psycopg.connect(conninfo) as connection:
        connection.execute("create extension pgtap; create extension plpython3u")
    prove(conninfo, record_property)


def prove(conninfo: str, record_property: Callable[[str, object], None]) -> None:
    """Runs all files: each rolls back what it does. A run that executed no test fails."""
    command = ["pg_prove", "--ext", ".sql", "--recurse", "--dbname", conninfo, str(FOLDER)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(run.stdout)
    summary = re.search(r"^Files=\d+, Tests=(\d+)", run.stdout, re.MULTILINE)
    record_property("pg_prove", summary[0] if summary else "no summary")
    assert run.returncode == 0, "pg_prove tells below what failed"
    assert summary
    assert int(summary[1]) > 0, "no test ran"
