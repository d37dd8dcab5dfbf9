"""The servers that are compared: our worker on its Postgres, the bare relay, LiteLLM; and their provider."""

import contextlib
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jwt
import psycopg

from bench import peers
from bench.database.throwaway import as_worker, durable_server, product
from bench.streams.load import Job
from bench.streams.processes import (
    FIRST,
    SECOND,
    cpu_seconds,
    module,
    port_of,
    process,
    resident_mib,
    wait_for,
)
from bench.streams.stub import MODEL, Way
from scripts.temporary_cluster import free_port

USERS = 1024
"""Each has a character; with fewer streams at once than users nobody has two."""
ISSUER, SECRET = "https://bench.example.com/auth/v1", secrets.token_urlsafe(32)
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json"
OURS_FIRST, DELTA_FIRST = 'data: {"text":', '"response.output_text.delta"'


@dataclass(frozen=True)
class Under:
    """A server under test: how to ask it, and the processes that its work costs."""

    job: Job
    pids: tuple[int, ...]
    database_pid: int | None = None

    def asked(self, streams: int, at_once: int, begin: int = 0, way: Way = "") -> Job:
        """So many streams of it."""
        return {**self.job, "streams": streams, "at_once": at_once, "begin": begin, "way": way}

    @property
    def cpu(self) -> float:
        """CPU seconds until now, without the database's."""
        return sum(map(cpu_seconds, self.pids))

    @property
    def database_cpu(self) -> float:
        """The database's."""
        return cpu_seconds(self.database_pid) if self.database_pid else 0.0

    @property
    def memory(self) -> float:
        """Memory of the server, in MiB."""
        return sum(map(resident_mib, self.pids))


def job(port: int, path: str, body: dict[str, object], values: list[list[str]], first: str, end: str) -> Job:
    """What the load is told of a server."""
    head = HEAD.format(path=path) + "".join(
        f"\r\n{name}: {value}" for name, value in [("Authorization", "Bearer VALUE0")] if values[0]
    )
    return {
        "port": port,
        "head": head,
        "body": json.dumps(body),
        "values": values,
        "first": first,
        "end": end,
        "begin": 0,
        "streams": 0,
        "at_once": 0,
        "way": "",
    }


@contextlib.contextmanager
def logs() -> Iterator[Path]:
    """A folder for logs, which stays where something failed."""
    folder = Path(tempfile.mkdtemp(prefix="kinkster-bench-"))
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@contextlib.contextmanager
def provider(folder: Path) -> Iterator[Under]:
    """The stub; asked itself it shows what is there without any server between."""
    with process(module("bench.streams.stub"), folder / "stub.log", SECOND) as started:
        port = port_of(started, folder / "stub.log")
        body: dict[str, object] = {"model": MODEL, "input": "MESSAGE", "stream": True}
        yield Under(
            job(port, "/v1/responses", body, [[]], DELTA_FIRST, '"response.completed"'), (started.pid,)
        )


@contextlib.contextmanager
def relay(folder: Path, upstream: Under) -> Iterator[Under]:
    """The bare relay."""
    url = f"http://127.0.0.1:{upstream.job['port']}/v1/responses"
    with process(module("bench.streams.relay", url), folder / "relay.log", FIRST) as started:
        port = port_of(started, folder / "relay.log")
        yield Under(
            job(port, "/chat", {"message": "MESSAGE"}, [[]], OURS_FIRST, "data: [DONE]"), (started.pid,)
        )


@contextlib.contextmanager
def database(core: int | None = SECOND) -> Iterator[tuple[str, int, list[list[str]]]]:
    """A durable Postgres on a core, with people: its conninfo for the worker, its process, and a token and a
    character of each user.
    """
    with durable_server() as on, product(on, USERS, USERS) as conninfo:
        pid = postmaster(conninfo)
        for each in [pid, *children(pid)]:
            if core is not None and core in os.sched_getaffinity(0):
                os.sched_setaffinity(each, {core})
        with psycopg.connect(conninfo) as connection:
            people = connection.execute("select user_id::text, id::text from public.kinksters").fetchall()
        yield as_worker(conninfo), pid, [[token(user), kinkster] for user, kinkster in people]


def postmaster(conninfo: str) -> int:
    """The server's first process."""
    with psycopg.connect(conninfo) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def children(pid: int) -> list[int]:
    """The processes of the server that are there already; later ones begin where it is."""
    return [
        int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    ]


def token(user: str) -> str:
    """A user's access token for an hour."""
    claims = {"sub": user, "role": "authenticated", "aud": "authenticated", "iss": ISSUER}
    return jwt.encode({**claims, "exp": int(time.time()) + 3600}, SECRET, "HS256")


@contextlib.contextmanager
def workers(
    folder: Path, upstream: Under, conninfo: str, database_pid: int, values: list[list[str]], count: int = 1
) -> Iterator[list[Under]]:
    """Worker processes as `kinkster worker` starts them: one on the first core, or two on both."""
    with contextlib.ExitStack() as stack:
        found = []
        for number in range(count):
            port, log = free_port(), folder / f"worker-{number}.log"
            environment = {
                "DATABASE_URL": conninfo,
                "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream.job['port']}/v1",
                "OPENAI_API_KEY": "bench",
                "SUPABASE_JWT_SECRET": SECRET,
                "SUPABASE_JWT_ISSUER": ISSUER,
                "KINKSTER_PORT": str(port),
                "PYTHONPATH": os.pathsep.join(["supabase/functions", "."]),
            }
            command = [sys.executable, "-c", "from kinkster_worker.cli import app; app()", "worker"]
            started = stack.enter_context(process(command, log, FIRST if count == 1 else None, environment))
            wait_for(f"http://127.0.0.1:{port}/healthz", started, log)
            body: dict[str, object] = {"kinksterId": "VALUE1", "message": "MESSAGE"}
            asked = job(port, "/api/chat", body, values, OURS_FIRST, "data: [DONE]")
            found.append(Under(asked, (started.pid,), database_pid))
        yield found


@contextlib.contextmanager
def litellm(folder: Path, upstream: Under) -> Iterator[Under]:
    """LiteLLM's proxy, one process, as its documentation sets it up for production, without a database."""
    port, config, log = free_port(), folder / "litellm.yaml", folder / "litellm.log"
    model = {
        "model": f"openai/{MODEL}",
        "api_base": f"http://127.0.0.1:{upstream.job['port']}/v1",
        "api_key": "bench",
    }
    settings = {
        "model_list": [{"model_name": MODEL, "litellm_params": model}],
        "general_settings": {"master_key": "sk-bench"},
        "litellm_settings": {"set_verbose": False, "json_logs": True, "callbacks": []},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    environment = {
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    command = [str(peers.litellm()), "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
    command += ["--num_workers", "1", "--telemetry", "False"]
    with process(command, log, FIRST, environment) as started:
        wait_for(f"http://127.0.0.1:{port}/health/liveliness", started, log)
        body: dict[str, object] = {"model": MODEL, "input": "MESSAGE", "stream": True}
        yield Under(
            job(port, "/v1/responses", body, [["sk-bench"]], DELTA_FIRST, '"response.completed"'),
            (started.pid,),
        )
