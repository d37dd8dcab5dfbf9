"""Child processes: the offline server and the workers. Each can be killed and started again where it was."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kinkster_worker.settings import Settings

from scripts.temporary_cluster import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
WORKER = ("-c", "from kinkster_worker.cli import app; app(prog_name='kinkster')", "worker")
OFFLINE = ("-m", "tests.faults.offline_server")
START_SECONDS = 30.0
STOP_SECONDS = 10.0


class ChildError(Exception):
    """A child did not come up; the message says where its log is."""


class Child:
    """A Python process whose log, JSON lines on standard error, is kept in a file."""

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        kept = {
            name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields
        }
        path = os.pathsep.join([str(ROOT / "supabase" / "functions"), str(ROOT)])
        self._environment = {**kept, "PYTHONPATH": path, **environment}
        self._arguments, self.log = arguments, log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> dict[str, Any]:
        """Starts it; returns the line with which it says that it listens. Raises ChildError."""
        listening: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._arguments,
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # the terminal's Ctrl-C is ours to pass on
        )
        self._reader = asyncio.create_task(self._read(self._process, listening))
        try:
            async with asyncio.timeout(START_SECONDS):
                return await listening
        except TimeoutError:
            raise ChildError(f"it does not listen, see {self.log}") from None

    async def _read(
        self, process: asyncio.subprocess.Process, listening: "asyncio.Future[dict[str, Any]]"
    ) -> None:
        assert process.stderr
        with self.log.open("ab") as log:
            async for line in process.stderr:
                log.write(line)
                log.flush()
                if not listening.done() and b'"listening"' in line:
                    listening.set_result(json.loads(line))
        if not listening.done():
            listening.set_exception(ChildError(f"it ended at once, see {self.log}"))

    async def kill(self) -> None:
        """SIGKILL: it does nothing more, not even close its connections in good order."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        await self._ended()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL where that is not enough."""
        if self._process and self._process.returncode is None:
            self._process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
        await self.kill()

    async def _ended(self) -> None:
        if self._process and self._reader:
            await self._process.wait()
            await self._reader


class Worker(Child):
    """A `kinkster worker` on a port that it keeps through its restarts.

    `provider` is the address at which it reaches the offline server: each worker has one of its own, so that
    the server's journal tells who asked.
    """

    def __init__(self, provider: str, environment: Mapping[str, str], log: Path) -> None:
        port = free_port()
        self.provider, self.address = provider, f"http://127.0.0.1:{port}"
        addresses = {
            "OPENAI_BASE_URL": f"{provider}/v1",
            "FLOWISE_URL": provider,
            "KINKSTER_NOTION_URL": f"{provider}/notion",
            "KINKSTER_PORT": str(port),
        }
        super().__init__(WORKER, {"OPENAI_API_KEY": "offline", **addresses, **environment}, log)
