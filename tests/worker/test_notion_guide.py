"""What docs/notion.md tells to type, typed word for word, does what it says."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from scripts.throwaway_postgres import Server
from tests import people
from tests.worker.offline_fixtures import offline_server

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "notion.md"
KINKSTER = "from kinkster_worker.cli import app; app(prog_name='kinkster')"
END = "== end =="
PRINTED = [
    r"robin@example\.com is connected\.",
    r"Now prepare the database: kinkster notion setup --user robin@example\.com",
    r"Created 41 properties\.",
    r"To be sent: 1\. kinkster worker does it, and kinkster notion sync\.",
    r"0 of 1 sent",
    r"1 of 1 sent",
    r".*last sent.*",
    r".*ready.*",
    r"Wren\|pending\|2\|1",
    r"0 of 1 sent",
    r"1 of 1 sent",
    r"0 of 1 sent",
    r"1 of 1 sent",
    r"robin@example\.com is no longer connected\.",
    r"No token lies in profiles as plain text\. One user is connected with --user\.",
    r"0ff11e00-0000-4000-8000-000000000001\|[0-9a-f-]{36}",
    r"4",
    r"synced",
]
"""What is said to all of it, line by line, frames left out."""


def blocks(*kinds: str) -> list[tuple[str, str]]:
    """The blocks of these kinds on the page, in order: kind and text."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [(kind, text) for kind, text in found if kind in kinds]


def script() -> str:
    """The page's commands as one script, its SQL through psql as the user."""
    texts = [
        text if kind == "sh" else f"as_user <<'{END}'\n{text}{END}\n" for kind, text in blocks("sh", "sql")
    ]
    return "".join(texts)


async def test_the_pages_commands_do_what_it_says(
    tmp_path: Path, server: Server, database: str, worker_login: str, admin: psycopg.Connection, user: str
) -> None:
    admin.execute("update profiles set email = 'robin@example.com' where id = %s", [user])
    wren = people.new_kinkster(admin, user, name="Wren", hard_limits=["spiders"])
    command = tmp_path / "kinkster"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(KINKSTER)} "$@"\n')
    command.chmod(0o755)
    claims = json.dumps({"sub": user, "role": "authenticated"})
    psql = shlex.join([server.psql, "-XqAt", "-v", "ON_ERROR_STOP=1", database])
    become = f"set request.jwt.claims = '{claims}'; set role authenticated;"
    typed = script()
    async with offline_server() as offline:
        for stands, is_ours in (
            ("postgresql://kinkster_worker:…@…/postgres", worker_login),
            ("http://127.0.0.1:8788", offline.url),
        ):
            assert stands in typed
            typed = typed.replace(stands, is_ours)
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail"),
            env={
                "PATH": f"{tmp_path}:{os.environ['PATH']}",
                "PYTHONPATH": os.pathsep.join([str(ROOT / "supabase" / "functions"), str(ROOT)]),
                "COLUMNS": "120",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await shell.communicate(
            f"as_user() {{ {{ echo {shlex.quote(become)}; cat; }} | {psql}; }}\n{typed}".encode()
        )
    lines = [line for line in said.decode().splitlines() if not re.match("[┏┡└]", line)]
    # How many were sent at each look depends on when it looks.
    for line, pattern in zip(lines, PRINTED, strict=True):
        assert re.fullmatch(pattern, line), (pattern, line, said.decode())
    assert shell.returncode == 0
    assert people.value(admin, "select hard_limits from kinksters where id = %s", wren) == [
        "spiders",
        "heights",
    ]


@pytest.mark.parametrize("line", PRINTED[:6])
def test_the_page_shows_what_the_first_commands_print(line: str) -> None:
    shown = "".join(text for _, text in blocks("")).splitlines()
    assert any(re.fullmatch(line, one) for one in shown)
