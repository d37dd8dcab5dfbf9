"""A program that is typed into, one command after the other: a shell, psql."""

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60.0
"""Longest time for a command."""
MOST_BYTES = 2**24


@dataclass
class Session:
    """A program that reads commands from standard input. `ask` wraps a command so that its status, and a mark
    that tells where its output ends, are printed after it.
    """

    process: asyncio.subprocess.Process
    ask: str

    async def type(self, command: str) -> tuple[str, int]:
        """Types a command; returns what it printed, on whichever way out, and its status."""
        mark = secrets.token_hex(16)
        process = self.process
        assert process.stdin
        assert process.stdout
        process.stdin.write(self.ask.replace("MARK", mark).replace("COMMAND", command).encode())
        await process.stdin.drain()
        async with asyncio.timeout(SECONDS):
            said = (await process.stdout.readuntil(mark.encode())).decode().removesuffix(mark)
            status = (await process.stdout.readline()).decode().strip()
        return said.removesuffix("\n"), int({"false": "0", "true": "3"}.get(status, status))


@contextlib.asynccontextmanager
async def session(
    words: list[str], ask: str, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[Session]:
    """Starts the program; at the end it is stopped, with all that was started out of it."""
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        limit=MOST_BYTES,
    )
    try:
        yield Session(process, ask)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


def shell(folder: Path, environment: Mapping[str, str]) -> contextlib.AbstractAsyncContextManager[Session]:
    """A bash. Commands find nothing on standard input."""
    ask = "{ COMMAND\n} < /dev/null\nprintf '\\nMARK%s\\n' \"$?\"\n"
    return session(["bash", "--noprofile", "--norc"], ask, folder, environment)


def psql(
    program: str, conninfo: str, folder: Path, environment: Mapping[str, str]
) -> contextlib.AbstractAsyncContextManager[Session]:
    """A psql; its statements have status 3 where they fail, as psql itself."""
    ask = "COMMAND\n\\echo '\\nMARK':ERROR\n"
    return session([program, "-Xq", conninfo], ask, folder, environment)
