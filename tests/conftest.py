"""A throwaway server for each process that runs tests; a database of its own for each test that asks for one.

Roles belong to a whole server, and so does what can be seen of others at work in it: processes that run tests
side by side don't share one.
"""

import os
from collections.abc import Callable, Iterator

import psycopg
import pytest

from scripts import throwaway_postgres
from scripts.installation import Privileges, install
from scripts.throwaway_postgres import Server, create_database, drop_database


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` starts: tests wait more than they work. A server that was given has room
    for one.
    """
    if os.environ.get("DATABASE_URL") and not os.environ.get("KINKSTER_POSTGRES"):
        return 0
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many tests pg_prove ran, whichever process ran it."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, found in report.user_properties:
            if name == "pg_prove":
                terminalreporter.write_line(f"pg_prove: {found}")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of this process, with pgTAP, plpython3u and plpgsql_check at hand."""
    with throwaway_postgres.server(need_test_extensions=True) as taken:
        yield taken


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[Callable[[Privileges], str]]:
    """The name of a database with shim and migrations, made once for each kind of default privileges; no
    seed.
    """
    made: dict[Privileges, str] = {}

    def template_for(privileges: Privileges) -> str:
        if privileges not in made:
            name = create_database(server)
            made[privileges] = name
            install(server.conninfo(name), shim=privileges, seed=False)
        return made[privileges]

    yield template_for
    for name in made.values():
        drop_database(server, name)


@pytest.fixture
def make_database(server: Server, template: Callable[[Privileges], str]) -> Iterator[Callable[..., str]]:
    """Makes databases, each a fresh copy of the template for `privileges`, and drops them after the test.

    Call it as `make_database()` or `make_database("legacy")`; it returns the conninfo of a superuser.
    """
    names: list[str] = []

    def make(privileges: Privileges = "explicit") -> str:
        names.append(create_database(server, template=template(privileges)))
        return server.conninfo(names[-1])

    yield make
    for name in names:
        drop_database(server, name)


@pytest.fixture
def database(make_database: Callable[..., str]) -> str:
    """The conninfo of a fresh database with the migrations in it, under explicit privileges."""
    return make_database()


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to `database`, each statement a transaction."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection
