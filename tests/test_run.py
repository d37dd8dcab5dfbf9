"""`make run`, as a newcomer runs it: the real command, its real output, pasted lines included."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests import people

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "scripts.run"]


def environment(**given: str) -> dict[str, str]:
    """This process's environment without whatever would put a real provider or database in place."""
    real = ("DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "FLOWISE_URL", "FLOWISE_API_KEY")
    return {name: value for name, value in os.environ.items() if name not in real} | given


def test_once_holds_the_conversation_on_the_wheels_postgres_and_exits_with_0() -> None:
    run = subprocess.run(
        [*COMMAND, "--once"],
        cwd=ROOT,
        env=environment(KINKSTER_POSTGRES="wheel"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    replies = re.findall(r"^  (?:Wren|Ash) .*\[offline, no model\].*$", run.stdout, re.MULTILINE)
    assert len(replies) == 7
    assert sum("Robin" in reply for reply in replies[1:]) >= 4
    assert "from now on, in the same conversation" in run.stdout
    assert "The same conversation out of SQL" in run.stdout
    assert "Robin" in replies[6]
    assert "no model" in run.stderr
    assert run.stdout.endswith("Every reply and every edit arrived whole.\n")


def test_once_says_so_and_exits_with_1_when_a_reply_is_not_whole(
    database: str, admin: psycopg.Connection
) -> None:
    admin.execute("update kinkster.settings set max_attempts = 1")  # a second one only comes after a while
    nobody = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    run = subprocess.run(
        [*COMMAND, "--once"],
        cwd=ROOT,
        env=environment(DATABASE_URL=database, KINKSTER_POSTGRES="", **nobody),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1
    assert "provider_unreachable" in run.stdout
    assert "Not everything was as it should be." in run.stdout


def test_a_real_flowise_needs_a_chatflow() -> None:
    run = subprocess.run(
        [*COMMAND, "--once"],
        cwd=ROOT,
        env=environment(FLOWISE_URL="http://127.0.0.1:9"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 78
    assert run.stderr.startswith("FLOWISE_CHATFLOW_ID is missing")


@contextlib.contextmanager
def serving(**given: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A run that serves, and all that it printed until then."""
    process = subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=environment(**given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, printed
        finally:
            if process.poll() is None:
                process.kill()


def pasted(printed: str, start: str, **given: str) -> str:
    """What the printed line that begins with `start` prints when it is pasted into a shell."""
    line = next(line for line in printed.splitlines() if line.split(" ")[0].rstrip("'").endswith(start))
    return subprocess.run(
        ["sh", "-c", line], env=os.environ | given, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_the_printed_lines_work_as_pasted_and_ctrl_c_ends_all_of_it() -> None:
    with serving(KINKSTER_POSTGRES="wheel") as (process, printed):
        assert "DATABASE_URL" not in printed
        said = pasted(printed, "curl")
        assert "Robin" in said
        assert said.endswith("data: [DONE]\n\n")
        assert "What do you remember?" in pasted(printed, "psql")

        worker = re.search(r"Worker: (\S+)", printed)
        assert worker
        with urllib.request.urlopen(f"{worker[1]}/healthz") as response:
            assert response.status == 200
        process.send_signal(signal.SIGINT)
        rest, problems = process.communicate(timeout=30)
        assert process.returncode == 0, problems
        assert "Ended." in rest
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{worker[1]}/healthz")
        folder = re.search(r" in (/\S+)$", problems.splitlines()[0])
        assert folder
        assert not Path(folder[1]).exists()


def test_a_given_database_is_not_shown_and_what_stays_in_it_is_said(
    database: str, admin: psycopg.Connection
) -> None:
    other = people.new_user(admin)
    kinkster = people.new_kinkster(admin, other)
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [people.claims_of(other)])
        admin.execute("select send_kinkster_message(%s, 'Words of somebody else')", [kinkster])
    password = str(conninfo_to_dict(database).get("password") or "hunter2")
    address = make_conninfo(database, password=password)
    with serving(DATABASE_URL=address, KINKSTER_POSTGRES="") as (_, printed):
        assert password not in printed
        assert '"$DATABASE_URL"' in printed
        said = pasted(printed, "psql", DATABASE_URL=address)
    assert "What is my favourite colour?" in said
    assert "Words of somebody else" not in said
    (stays,) = (line for line in printed.splitlines() if line.startswith("In the database of DATABASE_URL"))
    assert "demo@kinkster.example" in stays
    assert "system characters" in stays
