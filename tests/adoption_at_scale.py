"""Installs over an application's tables while its users read and write them, and measures what they notice:

    make adoption ARGS=--rows=100000

Three runs, each on a database of its own: over the tables as they are; over those of an earlier attempt; and
while somebody keeps a transaction open, so that migrations meet their lock_timeout and are run again.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from scripts.installation import HISTORY, MIGRATIONS, RECORD, install, run
from scripts.throwaway_postgres import Server, create_database, drop_database, server
from tests.test_adoption import EARLIER_ATTEMPT

TABLES = Path(__file__).with_name("existing_tables.sql")
LIMIT = 1.0
"""Seconds that a lock may keep others waiting, and that a statement of a user may take."""
USERS = 4
TRIES = 20

STATEMENTS = [
    "select * from kinksters where id = md5('kinkster ' || %(n)s)::uuid",
    "select k.name, p.email from kinksters as k join profiles as p on p.id = k.user_id "
    "where k.id = md5('kinkster ' || %(n)s)::uuid",
    "update kinksters set favourite_season = 'spring' where id = md5('kinkster ' || %(n)s)::uuid",
    "update profiles set theme = 'light' where id = md5('user ' || 1 + %(n)s %% 50)::uuid",
    "insert into kinksters (name, user_id) values ('New', md5('user ' || 1 + %(n)s %% 50)::uuid)",
]
"""What the application's users do meanwhile."""

OF_THE_USERS = {
    "favourite_season",
    "updated_at",
    "sync_status",
    "last_local_update",
    "provider",
}
"""The columns that these change, and the one that the migrations fill in."""

BLOCKING = """
select from pg_catalog.pg_locks
where pid = %s and granted and relation in ('public.kinksters'::regclass, 'public.profiles'::regclass)
  and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
"""The locks of a connection that reads or writes of the two tables wait for."""


@dataclass
class Measured:
    """What was measured, in seconds: the longest lock and whose it was, the longest statement of a user."""

    lock: float = 0
    lock_of: str = ""
    statement: float = 0
    statements: int = 0
    took: float = 0
    tries_again: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    kept: bool = False
    running: str = ""

    def __str__(self) -> str:
        failed = "".join(f"\n    {count} times {what}" for what, count in Counter(self.failed).items())
        return (
            f"\n  longest lock: {self.lock * 1000:.0f} ms, of {self.lock_of}"
            f"\n  longest statement of a user: {self.statement * 1000:.0f} ms, of {self.statements}"
            f"\n  installed in {self.took:.1f} s, tried again: {dict(Counter(self.tries_again)) or 'nothing'}"
            f"\n  statements of users that failed: {len(self.failed)}{failed}"
            f"\n  lost or changed: {'nothing' if self.kept else 'SOMETHING'}"
        )

    @property
    def is_good(self) -> bool:
        """Whether nobody waited too long, for a table or a row, nothing failed, and nothing is lost."""
        return max(self.lock, self.statement) <= LIMIT and self.kept and not self.failed


def watch(conninfo: str, pid: int, measured: Measured, stop: threading.Event) -> None:
    """Looks every few milliseconds whether a connection has a lock that others wait for, and for how long."""
    since, of = None, ""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        while not stop.wait(0.002):
            looked = time.monotonic()
            if connection.execute(BLOCKING, [pid]).rowcount == 0:
                since = None
                continue
            if since is None:
                since, of = looked, measured.running
            if time.monotonic() - since > measured.lock:
                measured.lock, measured.lock_of = time.monotonic() - since, of


def use(conninfo: str, rows: int, n: int, measured: Measured, stop: threading.Event) -> None:
    """Does what users do, one statement after the other, and keeps the longest time that one took.

    Nothing is prepared: a prepared `select *` fails once wherever a column is added.
    """
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        while not stop.is_set():
            n += 7
            began = time.monotonic()
            try:
                connection.execute(STATEMENTS[n % len(STATEMENTS)].encode(), {"n": 1 + n % rows})
            except psycopg.Error as error:
                measured.failed.append(f"{error.diag.message_primary}, in {measured.running}")
            measured.statement = max(measured.statement, time.monotonic() - began)
            measured.statements += 1


def keep_open(conninfo: str, seconds: float) -> None:
    """Edits a character, and commits only some seconds later."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("update kinksters set favourite_season = 'autumn' where metadata ->> 'n' = '7'")
        connection.execute("select pg_sleep(%s)", [seconds])


@contextmanager
def at_once(*threads: threading.Thread, stop: threading.Event) -> Iterator[None]:
    """Runs threads beside a block, and tells them to stop at its end."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def install_patiently(connection: psycopg.Connection, measured: Measured) -> None:
    """Runs the migrations one by one; one that got no lock in time has changed nothing, and is run again."""
    connection.execute(HISTORY)
    for path in sorted(MIGRATIONS.glob("*.sql")):
        version, _, name = path.stem.partition("_")
        measured.running = name
        for _ in range(TRIES):
            try:
                with connection.transaction():
                    run(connection, path)
                    connection.execute(RECORD, (version, None, name))
                break
            except psycopg.errors.LockNotAvailable:
                measured.tries_again.append(name)
        else:
            raise TimeoutError(f"{path.name} got no lock in {TRIES} tries")


def contents(connection: psycopg.Connection, columns: list[str]) -> object:
    """A hash of what stands in these columns of the characters that were there at first."""
    row = sql.SQL("row({})::text").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
    query = "select count(*), md5(string_agg(md5({row}), '' order by id)) from kinksters where name <> 'New'"
    return connection.execute(sql.SQL(query).format(row=row)).fetchone()


def measure(conninfo: str, rows: int, *, earlier_attempt: bool = False, open_for: float = 0) -> Measured:
    """Makes the application with `rows` characters in an empty database, and installs over it under load.
    For the first `open_for` seconds a user's transaction stays open.
    """
    install(conninfo, shim="legacy", migrations=None, seed=False)
    text = TABLES.read_text(encoding="utf-8")
    measured, stop = Measured(), threading.Event()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(text.replace("generate_series(1, 2000)", f"generate_series(1, {rows})").encode())
        if earlier_attempt:
            connection.execute(EARLIER_ATTEMPT.encode())
        there = "select attname::text from pg_attribute where attrelid = 'kinksters'::regclass and attnum > 0"
        columns = [name for (name,) in connection.execute(there) if name not in OF_THE_USERS]
        before = contents(connection, columns)
        threads = [
            threading.Thread(target=watch, args=(conninfo, connection.info.backend_pid, measured, stop))
        ]
        threads += [
            threading.Thread(target=use, args=(conninfo, rows, n, measured, stop)) for n in range(USERS)
        ]
        if open_for:
            threads.append(threading.Thread(target=keep_open, args=(conninfo, open_for)))
        with at_once(*threads, stop=stop):
            began = time.monotonic()
            install_patiently(connection, measured)
            measured.took = time.monotonic() - began
        measured.kept = contents(connection, columns) == before
    return measured


def on_a_database(on: Server, rows: int, *, earlier_attempt: bool = False, open_for: float = 0) -> Measured:
    """Measures on a database made for the purpose."""
    name = create_database(on)
    try:
        return measure(on.conninfo(name), rows, earlier_attempt=earlier_attempt, open_for=open_for)
    finally:
        drop_database(on, name)


def main() -> int:
    """Prints the three runs; status 1 when one is not good."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="characters (100000)")
    rows = parser.parse_args().rows
    bad = 0
    with server(need_test_extensions=False, durable=True) as on:
        print(f"{rows} characters, {USERS} connections that read and write meanwhile", flush=True)
        for title, earlier_attempt, open_for in [
            ("as it is", False, 0.0),
            ("after an earlier attempt", True, 0.0),
            ("while a transaction stays open for 5 s", False, 5.0),
        ]:
            measured = on_a_database(on, rows, earlier_attempt=earlier_attempt, open_for=open_for)
            print(f"{title}: {measured}", flush=True)
            bad += not measured.is_good
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
