"""A durable Postgres for the benchmarks, with the product in a database and pgbench's own in another."""

import contextlib
import functools
import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from bench.figures import WrongAnswer
from scripts.installation import install
from scripts.system_packages import server_binaries
from scripts.throwaway_postgres import NoPostgres, Server, create_database, drop_database, server

HERE = Path(__file__).parent
AT_ONCE = 2
"""Connections that fill a database."""
SETTINGS = [
    "shared_buffers = '4GB'",
    "work_mem = '16MB'",
    "maintenance_work_mem = '1GB'",
    "max_wal_size = '8GB'",
]
FILLING = ["fsync", "full_page_writes", "autovacuum"]
PASSWORD = secrets.token_urlsafe()
TPC_B_SCALE = 10


@dataclass(frozen=True)
class Run:
    """What one run of pgbench came to: transactions a second, and how many there were."""

    tps: float
    transactions: int

    @property
    def microseconds(self) -> float:
        """Time of a transaction of a single client."""
        return 1e6 / self.tps


@functools.cache
def pgbench_program() -> Path:
    """The pgbench of the server's version. Raises NoPostgres."""
    folder = server_binaries()
    if folder is None or not (folder / "pgbench").exists():
        raise NoPostgres(
            "no pgbench beside a server of this machine; on Debian: apt-get install postgresql-15"
        )
    return folder / "pgbench"


def pgbench(conninfo: str, *options: str, clients: int = 1, seconds: int = 4, log: Path | None = None) -> Run:
    """Runs pgbench with prepared statements. Raises WrongAnswer when a transaction failed."""
    command = [str(pgbench_program()), "--no-vacuum", "--protocol=prepared", f"--client={clients}"]
    command += [f"--jobs={min(clients, 2)}", f"--time={seconds}", *options]
    if log:
        command += ["--log", f"--log-prefix={log}"]
    done = subprocess.run([*command, conninfo], capture_output=True, text=True)
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    if done.returncode or not tps or not count or "aborted" in done.stderr:
        raise WrongAnswer(f"pgbench: {done.stderr[:2000]}")
    return Run(float(tps[1]), int(count[1]))


@contextlib.contextmanager
def durable_server() -> Iterator[Server]:
    """A server of this machine's own binaries with fsync and synchronous_commit on."""
    with server(need_test_extensions=False, durable=True, may_crash=True) as on:
        with psycopg.connect(on.url, autocommit=True) as connection:
            for setting in SETTINGS:
                connection.execute(f"alter system set {setting}".encode())
        assert on.tell
        on.tell("crash")
        on.tell("start")  # shared_buffers is read then
        with psycopg.connect(on.url, autocommit=True) as connection:
            assert_durable(connection)
        yield on


def assert_durable(connection: psycopg.Connection) -> None:
    """Raises WrongAnswer unless what is committed is on the disk, and SETTINGS hold."""
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if connection.execute(f"show {name}".encode()).fetchone() != ("on",):
            raise WrongAnswer(f"the server is not durable: {name} is off")
    for setting in SETTINGS:
        name, _, value = setting.replace("'", "").split()
        if connection.execute(f"show {name}".encode()).fetchone() != (value,):
            raise WrongAnswer(f"the server has not the setting {setting}")


@contextlib.contextmanager
def not_durable(connection: psycopg.Connection) -> Iterator[None]:
    """While a database is filled nothing needs to survive a crash; all is on the disk after the block."""
    for setting in FILLING:
        connection.execute(f"alter system set {setting} = off".encode())
    connection.execute("select pg_reload_conf()")
    yield
    connection.execute("checkpoint")
    os.sync()
    for setting in FILLING:
        connection.execute(f"alter system reset {setting}".encode())
    connection.execute("select pg_reload_conf()")
    connection.execute("checkpoint")


def filled_in(name: str, **numbers: int) -> bytes:
    """A script of this folder with numbers for its names."""
    text = (HERE / name).read_text(encoding="utf-8")
    for word, number in sorted(numbers.items(), reverse=True):
        text = text.replace(f":{word}", str(number))
    return text.encode()


def in_parts(count: int, write: Callable[[int, int], None]) -> None:
    """Calls `write` with the first and last number of each part of 1 to `count`, all at once."""
    ends = [count * part // AT_ONCE for part in range(AT_ONCE + 1)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda part: write(ends[part] + 1, ends[part + 1]), range(AT_ONCE)))


@contextlib.contextmanager
def product(on: Server, users: int, characters: int) -> Iterator[str]:
    """A database with the product, its people and their characters; the conninfo of a superuser."""
    name = create_database(on)
    try:
        conninfo = on.conninfo(name)
        install(conninfo, seed=False)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(filled_in("people.sql", users=users))

            def write(first: int, last: int) -> None:
                numbers = {"users": users, "characters": characters, "first": first, "last": last}
                with psycopg.connect(conninfo, autocommit=True) as writer:
                    writer.execute(filled_in("characters.sql", **numbers))

            in_parts(characters, write)
            connection.execute(f"alter role kinkster_worker password '{PASSWORD}'".encode())
            connection.execute("vacuum analyze")
        yield conninfo
    finally:
        drop_database(on, name)


@contextlib.contextmanager
def tpc_b(on: Server) -> Iterator[str]:
    """A database of pgbench's own; its conninfo."""
    name = create_database(on)
    try:
        command = [
            str(pgbench_program()),
            "--initialize",
            "--quiet",
            f"--scale={TPC_B_SCALE}",
            on.conninfo(name),
        ]
        subprocess.run(command, check=True, capture_output=True)
        yield on.conninfo(name)
    finally:
        drop_database(on, name)


def as_worker(conninfo: str) -> str:
    """The same database for the worker's login, which has no table rights."""
    return make_conninfo(conninfo, user="kinkster_worker", password=PASSWORD)


def as_role(conninfo: str, role: str, user_number: int | None = None) -> str:
    """The same database as one of Supabase's roles, with the claims of a user where it has one."""
    options = f"-c role={role}"
    if user_number is not None:
        with psycopg.connect(conninfo) as connection:
            found = connection.execute("select md5('user ' || %s)::uuid", [user_number]).fetchone()
        assert found
        options += f' -c request.jwt.claims={{"sub":"{found[0]}","role":"{role}"}}'
    return make_conninfo(conninfo, options=options)


@contextlib.contextmanager
def script(text: str) -> Iterator[str]:
    """A script of pgbench in a file; the option that names it."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield f"--file={file.name}"
