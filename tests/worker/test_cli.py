"""The command as an operator meets it: a process, its output, its exit status."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from typing import Any

import aiohttp
import psycopg
import pytest
from kinkster_worker import __version__
from kinkster_worker.settings import Settings

from tests.worker.conftest import ISSUER, SECRET, Client, Scripted, Stall, Turns, delta, eventually, read, sse

COMMAND = [sys.executable, "-c", "from kinkster_worker.cli import app; app(prog_name='kinkster')"]


def environment(**values: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path)} | values


def test_version() -> None:
    done = subprocess.run(
        [*COMMAND, "--version"], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stdout == f"kinkster {__version__}\n"


def test_help_names_the_commands() -> None:
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, env=environment(), check=True)
    assert "worker" in done.stdout
    assert "offline" in done.stdout


def test_missing_settings_end_it_with_a_line_each() -> None:
    done = subprocess.run(
        [*COMMAND, "worker"],
        capture_output=True,
        text=True,
        env=environment(DATABASE_URL="hunter2 hunter2", FLOWISE_URL="http://127.0.0.1:1"),
        check=False,
    )
    assert (done.returncode, done.stdout) == (78, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all("hunter2" not in line and "Traceback" not in line for line in lines)


@pytest.fixture
def prepared(database: str, request: pytest.FixtureRequest) -> None:
    """Changes the database before the worker starts, where a test says how."""
    with psycopg.connect(database) as connection:
        connection.execute(getattr(request, "param", "select 1"))


@pytest.fixture
async def process(prepared: None, worker_login: str, scripted: Scripted) -> Any:
    """A running `kinkster worker`, and the lines that it logs."""
    env = environment(
        DATABASE_URL=worker_login,
        OPENAI_API_KEY="sk-test-0123456789",
        OPENAI_BASE_URL=scripted.url + "/v1",
        SUPABASE_JWT_SECRET=SECRET,
        SUPABASE_JWT_ISSUER=ISSUER,
        KINKSTER_PORT="0",
        KINKSTER_GRACE_SECONDS="0.1",
    )
    started = await asyncio.create_subprocess_exec(*COMMAND, "worker", env=env, stderr=subprocess.PIPE)
    yield started
    if started.returncode is None:
        started.kill()
    await started.wait()


async def test_a_worker_that_is_stopped_ends_its_replies(
    process: Any, scripted: Scripted, user: str, kinkster: str, turns: Turns
) -> None:
    listening = json.loads(await process.stderr.readline())
    assert listening["event"] == "listening"
    scripted.will(sse(), delta("part"), Stall)
    async with aiohttp.ClientSession() as session:
        client = Client(session, listening["address"], user)
        async with client.post({"message": "my secret message", "kinksterId": kinkster}) as response:
            reading = asyncio.create_task(read(response))
            await eventually(lambda: scripted.requests)
            await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            reply = await reading
    assert reply.error
    assert (reply.text, reply.done, reply.error["code"]) == ("part", False, "worker_stopped")
    (turn,) = turns()
    assert (turn.status, turn.error_code, turn.reply) == ("failed", "worker_stopped", "part")
    lines = [json.loads(line) async for line in process.stderr]
    assert await process.wait() == 0
    (line,) = [line for line in lines if line["event"] == "turn"]
    assert line["turn_id"] == turn.row["id"]
    assert line["code"] == "worker_stopped"
    for secret in ("my secret message", "part", "sk-test", SECRET):
        assert secret not in json.dumps(lines)


@pytest.mark.parametrize(
    ("prepared", "said"),
    [
        (
            "create or replace function kinkster.schema_version() returns integer language sql return 2",
            "version 2 of its functions",
        ),
        ("drop schema kinkster cascade", "lacks functions"),
        ("revoke execute on function kinkster.schema_version() from kinkster_worker", "lacks functions"),
    ],
    indirect=["prepared"],
)
async def test_a_database_that_it_does_not_know_ends_it_with_a_status_of_its_own(
    process: Any, said: str
) -> None:
    lines = [line.decode() async for line in process.stderr]
    assert await process.wait() == 76
    for words in (said, "version 1", "migrations"):
        assert words in lines[-1]
    assert not any("Traceback" in line for line in lines)


async def test_a_schema_that_changes_under_a_running_worker_ends_it(
    process: Any, admin: psycopg.Connection, user: str, kinkster: str
) -> None:
    listening = json.loads(await process.stderr.readline())
    admin.execute("revoke execute on function kinkster.begin_turn from kinkster_worker")
    async with aiohttp.ClientSession() as session:
        reply = await Client(session, listening["address"], user).chat(kinkster)
    assert (reply.status, reply.error and reply.error["code"]) == (503, "schema_unknown")
    await process.stderr.read()
    assert await process.wait() == 76


async def test_a_port_that_is_taken_is_named(worker_login: str, scripted: Scripted) -> None:
    port = scripted.url.rsplit(":", 1)[1]
    env = environment(
        DATABASE_URL=worker_login,
        FLOWISE_URL="http://127.0.0.1:1",
        SUPABASE_JWT_SECRET=SECRET,
        SUPABASE_JWT_ISSUER=ISSUER,
        KINKSTER_PORT=port,
    )
    process = await asyncio.create_subprocess_exec(*COMMAND, "worker", env=env, stderr=subprocess.PIPE)
    _, stderr = await process.communicate()
    assert process.returncode == 1
    assert b"KINKSTER_PORT" in stderr
    assert b"Traceback" not in stderr


async def test_the_offline_providers_say_where_they_are() -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "offline", "--port", "0", env=environment(), stderr=subprocess.PIPE
    )
    assert process.stderr
    lines: list[dict[str, Any]] = []
    while not lines or lines[-1]["event"] != "offline_listening":
        lines.append(json.loads(await process.stderr.readline()))
    models = lines[-1]["openai_base_url"] + "/models"
    async with aiohttp.ClientSession() as session, session.get(models) as response:
        assert response.status == 200
    me, headers = lines[-1]["notion_url"] + "/v1/users/me", {"Authorization": "Bearer ntn_offline"}
    headers["Notion-Version"] = "2026-03-11"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(me) as response:
        assert response.status == 200
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
