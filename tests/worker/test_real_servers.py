"""Servers that others wrote: llmock breaks the Responses API on command, agentic-api remembers."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.worker.conftest import Client, StartWorker, Turns, eventually

PROGRAMS = Path(sys.executable).parent


def program(name: str) -> str:
    found = shutil.which(name, path=f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    assert found, f"{name} is not installed"
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def started(*command: str, port: int) -> asyncio.subprocess.Process:
    """Starts a server and waits until it listens. It gets no addresses or keys of ours."""
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "OPENAI_API_KEY")}
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(1500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            assert process.returncode is None
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return process
    raise AssertionError("it never listened")


class Mock:
    """A running llmock."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def will(self, **behavior: Any) -> None:
        """Replaces what the next requests meet."""
        async with self.session.post(
            self.url + "/_llmock/scenario", json={"behaviors": [behavior]}
        ) as response:
            assert response.status < 300, await response.text()

    async def requests(self) -> Any:
        """Everything that it was sent."""
        async with self.session.get(self.url + "/_llmock/requests") as response:
            return await response.json()


@pytest.fixture
async def llmock() -> AsyncIterator[Mock]:
    """A running llmock."""
    port = free_port()
    command = [program("llmock"), "serve", "-h", "127.0.0.1", "-p", str(port), "--response-style", "echo"]
    process = await started(*command, port=port)
    async with aiohttp.ClientSession() as session:
        yield Mock(session, f"http://127.0.0.1:{port}")
    process.terminate()
    await process.wait()


@pytest.fixture
async def agentic(llmock: Mock, tmp_path: Path) -> AsyncIterator[str]:
    """A running agentic-api in front of llmock; its address."""
    port = free_port()
    process = await started(
        program("agentic-server"),
        "--llm-api-base",
        llmock.url,
        "--skip-llm-ready-check",
        "--gateway-host",
        "127.0.0.1",
        "--gateway-port",
        str(port),
        "--db-url",
        f"sqlite:///{tmp_path}/a.db?mode=rwc",
        port=port,
    )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    await process.wait()


@pytest.mark.usefixtures("one_attempt")
async def test_llmock_whole_and_broken(
    llmock: Mock, start_worker: StartWorker, kinkster: str, turns: Turns
) -> None:
    client = await start_worker(llmock.url, kinkster_first_byte_seconds=5, kinkster_idle_seconds=0.5)
    await llmock.will(type="reply", text="naïve 🕯️ and more")
    reply = await client.chat(kinkster)
    assert (reply.text, reply.done) == ("naïve 🕯️ and more", True)
    faults: list[tuple[dict[str, Any], str]] = [
        ({"type": "fail", "status": 429, "retry_after": 1, "times": 1}, "provider_rate_limited"),
        ({"type": "fail", "status": 500, "times": 1}, "provider_unavailable"),
        ({"type": "fail", "status": 401, "times": 1}, "provider_unauthorized"),
        ({"type": "stream_fault", "kind": "disconnect", "after_chunks": 7}, "reply_cut_off"),
        ({"type": "stream_fault", "kind": "truncate", "after_chunks": 7}, "reply_cut_off"),
        ({"type": "stream_fault", "kind": "malformed", "after_chunks": 7}, "provider_misbehaved"),
        ({"type": "stream_fault", "kind": "stall", "after_chunks": 7}, "provider_timeout"),
    ]
    for fault, code in faults:
        await llmock.will(**fault)
        broken = await client.chat(kinkster, "one two three four five six seven")
        assert (broken.error and broken.error["code"], broken.done) == (code, False)
        assert turns()[-1].error_code == code
        assert (turns()[-1].reply or "") == broken.text
        assert bool(broken.text) == (fault["type"] == "stream_fault")
    rows = [turn.status for turn in turns()]
    assert rows == ["completed"] + ["failed"] * len(faults)


async def test_agentic_api_remembers_and_what_it_forgets_is_rebuilt(
    agentic: str, llmock: Mock, start_worker: StartWorker, kinkster: str, turns: Turns, admin: Any
) -> None:
    client: Client = await start_worker(agentic, kinkster_first_byte_seconds=5, kinkster_idle_seconds=5)
    assert (await client.chat(kinkster, "My name is Bob.")).done
    assert (await client.chat(kinkster, "Who am I?")).done
    # It was sent the id alone, and told its model the whole conversation.
    last = str((await llmock.requests())["requests"][-1])
    assert "My name is Bob." in last
    assert "Who am I?" in last
    assert [turn.row["continuity"] for turn in turns()] == ["new", "chained"]
    admin.execute("update kinkster_turns set response_id = 'resp_doesnotexist0000'")
    assert (await client.chat(kinkster, "And now?")).done
    await eventually(lambda: turns()[2].status == "completed")
    assert turns()[2].row["continuity"] == "rebuilt"
    assert turns()[2].row["api"] == "responses"
