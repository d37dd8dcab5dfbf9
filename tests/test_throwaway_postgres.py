"""The throwaway server is there when it is needed, and gone without a trace when it isn't."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from scripts import throwaway_postgres
from scripts.installation import Privileges, install
from scripts.throwaway_postgres import NoPostgres, Server, create_database, drop_database

ROOT = Path(__file__).resolve().parent.parent
HOLDER = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
from scripts.throwaway_postgres import server
with server(need_test_extensions=False) as taken:
    print(taken.url, flush=True)
    time.sleep(60)
"""


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def eventually(true: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, open to every user as the system's is, with a space in its name."""
    with tempfile.TemporaryDirectory(prefix="with space ") as name:
        Path(name).chmod(0o777)
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(name)


@pytest.mark.parametrize("kind", ["docker", "native", "wheel"])
def test_a_server_comes_and_goes(
    kind: str, folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINKSTER_POSTGRES", kind)
    try:
        with throwaway_postgres.server(need_test_extensions=False) as taken:
            assert taken.kind == kind
            name = create_database(taken)
            install(taken.conninfo(name), migrations=None, seed=False)
            assert "auth.uid" in taken.pg_dump(name, ["--schema-only"])
    except NoPostgres as reason:
        if kind == server.kind:
            raise
        pytest.skip(str(reason))
    assert not answers(taken.url)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda n: n.name)
def test_a_killed_holder_leaves_nothing_behind(number: signal.Signals, folder: Path, server: Server) -> None:
    kind = "wheel" if server.kind == "given" else server.kind
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=ROOT,
        env={**os.environ, "KINKSTER_POSTGRES": kind},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with holder:
        assert holder.stdout
        url = holder.stdout.readline().strip()
        assert answers(url)
        holder.send_signal(number)
    assert eventually(lambda: not answers(url) and not list(folder.iterdir()))


def test_a_kind_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINKSTER_POSTGRES", "mysql")
    with (
        pytest.raises(NoPostgres, match="docker, native, wheel"),
        throwaway_postgres.server(need_test_extensions=False),
    ):
        pass


def test_a_kind_without_the_extensions_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINKSTER_POSTGRES", "wheel")
    with (
        pytest.raises(NoPostgres, match="wheel: has none of the extensions"),
        throwaway_postgres.server(need_test_extensions=True),
    ):
        pass


def test_a_given_server_is_used_and_left_running(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KINKSTER_POSTGRES", raising=False)
    monkeypatch.setenv("DATABASE_URL", server.url)
    with throwaway_postgres.server(need_test_extensions=True) as taken:
        assert taken.kind == "given"
        name = create_database(taken)
        assert answers(taken.conninfo(name))
        drop_database(taken, name)
        assert not answers(taken.conninfo(name))
    assert answers(server.url)


def test_installing_twice_installs_once(server: Server, tmp_path: Path) -> None:
    (tmp_path / "20260101000000_first.sql").write_text("create table first (); create table second ();")
    name = create_database(server)
    try:
        conninfo = server.conninfo(name)
        assert install(conninfo, migrations=tmp_path, seed=False) == ["20260101000000"]
        (tmp_path / "20260102000000_third.sql").write_text("create table third ();")
        assert install(conninfo, migrations=tmp_path, seed=False) == ["20260102000000"]
        assert install(conninfo, migrations=tmp_path, seed=False) == []
        with psycopg.connect(conninfo) as connection:
            recorded = connection.execute("select version, name from supabase_migrations.schema_migrations")
            assert recorded.fetchall() == [("20260101000000", "first"), ("20260102000000", "third")]
    finally:
        drop_database(server, name)


def test_a_migration_that_fails_leaves_nothing_and_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "20260101000000_broken.sql").write_text("create table first (); select 1 / 0;")
    name = create_database(server)
    try:
        conninfo = server.conninfo(name)
        with pytest.raises(psycopg.errors.DivisionByZero) as raised:
            install(conninfo, migrations=tmp_path, seed=False)
        assert "20260101000000_broken.sql" in raised.value.__notes__[0]
        with psycopg.connect(conninfo) as connection:
            assert connection.execute("select to_regclass('first')").fetchone() == (None,)
    finally:
        drop_database(server, name)


@pytest.mark.parametrize(("privileges", "granted"), [("explicit", False), ("legacy", True)])
def test_the_shim_gives_away_what_supabase_gives_away(
    server: Server, privileges: Privileges, granted: bool
) -> None:
    name = create_database(server)
    try:
        install(server.conninfo(name), shim=privileges, migrations=None, seed=False)
        with psycopg.connect(server.conninfo(name)) as connection:
            connection.execute("create table public.things ()")
            sees = connection.execute("select has_table_privilege('anon', 'public.things', 'select')")
            assert sees.fetchone() == (granted,)
    finally:
        drop_database(server, name)


def test_the_shim_reads_the_claims_of_the_request(database: str) -> None:
    claims = '{"sub": "00000000-0000-4000-8000-000000000001", "role": "authenticated"}'
    with psycopg.connect(database) as connection:
        assert connection.execute("select auth.uid(), auth.role(), auth.jwt()").fetchone() == (
            None,
            None,
            None,
        )
        connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        seen = connection.execute("select auth.uid()::text, auth.role(), auth.jwt()->>'sub'").fetchone()
    assert seen == ("00000000-0000-4000-8000-000000000001", "authenticated", seen[0] if seen else "")


def test_a_server_that_crashed_starts_again_with_what_was_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KINKSTER_POSTGRES", raising=False)  # a container can't be told to
    with throwaway_postgres.server(need_test_extensions=False, durable=True, may_crash=True) as taken:
        assert taken.tell
        with psycopg.connect(taken.url) as connection:
            connection.execute("create table kept ()")
        taken.tell("crash")
        assert not answers(taken.url)
        taken.tell("start")
        with psycopg.connect(taken.url) as connection:
            connection.execute("table kept")
