"""A worker on a free port over a real database, and a provider that says exactly what a test gives it."""

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
import psycopg
import pytest
from kinkster_worker.http import serve
from kinkster_worker.plan import Plan
from kinkster_worker.providers import Completed, Provider
from kinkster_worker.providers.stream import Patience
from kinkster_worker.settings import Settings
from psycopg.conninfo import make_conninfo

from tests import people
from tests.worker.counting_proxy import CountingProxy

SECRET = "a-secret-of-a-test-that-is-long-enough"
ISSUER = "https://project.example.com/auth/v1"


class Cut:
    """Closes the connection where it stands: FIN, without the end of the chunked body."""


class Reset:
    """Breaks the connection: RST."""


class Stall:
    """Says nothing more until the client leaves or the test ends."""


Step = bytes | type[Cut] | type[Reset] | type[Stall] | float


@dataclass
class Request:
    """What a client sent; `left` is set when it closed the connection before our answer was over."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    left: asyncio.Event = field(default_factory=asyncio.Event)


class Scripted:
    """A server whose answers are written down byte by byte. Each request takes the next script."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.scripts: list[list[Step]] = []
        self.url = ""
        self.close_late = False
        self.dropped = 0
        self._open: set[asyncio.Task[None]] = set()

    def will(self, *steps: Step) -> "Scripted":
        """Queues the answer to one request."""
        self.scripts.append(list(steps))
        return self

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection."""
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        if self.dropped < 0:
            self.dropped = 1
            return False
        method, path, _ = first.split(" ")
        request = Request(method, path, headers, json.loads(raw) if raw else None)
        self.requests.append(request)
        watch = asyncio.create_task(self._watch(reader, request))
        try:
            for step in self.scripts.pop(0):
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                elif isinstance(step, float):
                    await asyncio.sleep(step)
                elif step is Stall:
                    await request.left.wait()
                    return False
                elif step is Reset:
                    writer.transport.abort()
                    return False
                else:
                    return False
        finally:
            watch.cancel()
        if self.close_late and not self.dropped:
            self.dropped = -1
            return True
        return False

    @staticmethod
    async def _watch(reader: asyncio.StreamReader, request: Request) -> None:
        with suppress(ConnectionError):
            await reader.read(1)
        request.left.set()

    async def close(self) -> None:
        """Ends all connections."""
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A scripted server; `scripted.url` is its address."""
    found = Scripted()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield found
    server.close()
    await found.close()


def http(body: bytes, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    """An answer with a length."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def sse(kind: str = "text/event-stream") -> bytes:
    """The head of a stream that goes on to the end of the connection or to `END`."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


END = b"0\r\n\r\n"


def event(payload: object) -> bytes:
    """One event, in a chunk of its own."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return chunk(b"data: " + data + b"\n\n")


def delta(text: str) -> bytes:
    """A text delta of the Responses API."""
    return event({"type": "response.output_text.delta", "delta": text})


def completed(identifier: str = "resp_1", text: str | None = None, **more: object) -> bytes:
    """The terminal event of the Responses API."""
    parts = [] if text is None else [{"type": "output_text", "text": text}]
    response = {
        "id": identifier,
        "status": "completed",
        "model": "gpt-test",
        "output": [{"type": "message", "role": "assistant", "content": parts}],
        "usage": {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 5},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 2},
        },
        **more,
    }
    return event({"type": "response.completed", "response": response})


def answered(text: str, identifier: str = "resp_1") -> list[Step]:
    """A whole reply of the Responses API."""
    return [sse(), delta(text), completed(identifier), END]


def failed(status: str, error: object, **headers: str) -> bytes:
    """An error body in OpenAI's shape."""
    return http(json.dumps({"error": error}).encode(), status, **headers)


def patience_for(steps: Sequence[Step], impatient: Patience) -> Patience:
    """The deadlines for one script: short where it waits, which is what is looked at then."""
    waits = any(step is Stall or isinstance(step, float) for step in steps)
    return impatient if waits else Patience(10, 10, 10)


def plan_of(**more: Any) -> Plan:
    """A plan as SQL makes it, for tests of a provider alone."""
    found: Any = {
        "user_id": str(uuid.uuid4()),
        "turn_id": str(uuid.uuid4()),
        "conversation_id": str(uuid.uuid4()),
        "lease": str(uuid.uuid4()),
        "lease_seconds": 60.0,
        "attempt": 1,
        "provider": "openai_responses",
        "model": "gpt-test",
        "instructions": "You are Ada.",
        "limits": "Never: spiders.",
        "message": "Hello",
        "previous_response_id": None,
        "history": [],
        "chatflow_id": "flow/1",
        "session_id": "session-1",
        "safety_identifier": "ab" * 32,
    }
    return found | more  # type: ignore[no-any-return]


def token(subject: str, **more: Any) -> str:
    """An HS256 token of a signed-in user, as Supabase makes them."""
    claims: dict[str, Any] = {"sub": subject, "role": "authenticated", "aud": "authenticated", "iss": ISSUER}
    claims |= {"exp": int(time.time()) + 600, **more}
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, SECRET, "HS256")


@dataclass
class Reply:
    """What a client read of an answer."""

    status: int
    headers: dict[str, str]
    texts: list[str] = field(default_factory=list)
    done: bool = False
    error: dict[str, str] | None = None
    last_id: str | None = None

    @property
    def text(self) -> str:
        """All text."""
        return "".join(self.texts)


class Client:
    """A client of one worker, signed in as one user."""

    def __init__(self, session: aiohttp.ClientSession, address: str, user: str) -> None:
        self.session, self.address, self.user = session, address, user

    def post(self, body: Any, path: str = "/api/chat", last_id: str | None = None, **more: Any) -> Any:
        """The bare request; with the id of the last event that was read it goes on there."""
        headers = {"Authorization": f"Bearer {token(self.user)}"}
        headers |= {"Last-Event-ID": last_id} if last_id is not None else {}
        return self.session.post(self.address + path, json=body, headers=headers, **more)

    async def chat(
        self,
        kinkster: str,
        message: str = "Hello",
        path: str = "/api/chat",
        last_id: str | None = None,
        **more: Any,
    ) -> Reply:
        """Sends a message and reads the answer as a browser would."""
        async with self.post({"message": message, "kinksterId": kinkster, **more}, path, last_id) as response:
            return await read(response)

    async def read_first(self, kinkster: str) -> tuple[str, str]:
        """Sends a message, and leaves after the first event: its id and its text."""
        async with self.post({"message": "Hello", "kinksterId": kinkster}) as response:
            found = await first_text(response)
            response.close()
        return found


async def read(response: aiohttp.ClientResponse) -> Reply:
    """Reads an answer: JSON, or a stream of events."""
    reply = Reply(response.status, dict(response.headers))
    if response.status != 200:
        reply.error = (await response.json())["error"]
        return reply
    name = ""
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("id: "):
            reply.last_id = line.removeprefix("id: ")
        elif line == "data: [DONE]":
            reply.done = True
        elif line.startswith("data: ") and name == "error":
            reply.error = json.loads(line.removeprefix("data: "))["error"]
        elif line.startswith("data: "):
            reply.texts.append(json.loads(line.removeprefix("data: "))["text"])
        else:
            assert line == "" or line.startswith(":"), line
    return reply


async def first_text(response: aiohttp.ClientResponse) -> tuple[str, str]:
    """Reads the first event of a stream: the id that a client would come back with, and the text."""
    name, data, end = [await response.content.readline() for _ in range(3)]
    assert (name[:4], data[:6], end) == (b"id: ", b"data: ", b"\n")
    return name[4:-1].decode(), json.loads(data[6:])["text"]


@pytest.fixture
def worker_login(database: str, admin: psycopg.Connection) -> Iterator[str]:
    """The address of the database for a login of role kinkster_worker."""
    with people.worker_login(admin, database) as login:
        yield login


@pytest.fixture
async def proxy(worker_login: str) -> AsyncIterator[CountingProxy]:
    """A proxy in front of the database; `proxy.conninfo` leads through it."""
    found = CountingProxy(worker_login)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found.conninfo = make_conninfo(
        worker_login, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable"
    )
    yield found
    server.close()
    found.go_down()


@pytest.fixture
def user(admin: psycopg.Connection) -> str:
    """A user with a profile."""
    return new_user(admin)


def new_user(admin: psycopg.Connection, identifier: str | None = None) -> str:
    """Signs somebody up."""
    identifier = identifier or str(uuid.uuid4())
    admin.execute("insert into auth.users (id) values (%s)", [identifier])
    admin.execute(
        "insert into profiles (id, email) values (%s, %s)", [identifier, f"{identifier}@example.com"]
    )
    return identifier


def new_kinkster(
    admin: psycopg.Connection, owner: str | None, provider: str = "openai_responses", **more: Any
) -> str:
    """Makes a character; without an owner a system one."""
    columns = {"user_id": owner, "is_system_kinkster": owner is None, "name": "Ada", "provider": provider}
    columns |= {"flowise_chatflow_id": "flow-1"} if provider == "flowise" else {}
    columns |= more
    places = ", ".join(["%s"] * len(columns))
    row = admin.execute(
        f"insert into kinksters ({', '.join(columns)}) values ({places}) returning id", list(columns.values())
    ).fetchone()
    assert row
    return str(row[0])


@pytest.fixture
def kinkster(admin: psycopg.Connection, user: str) -> str:
    """A character of the user that the Responses API answers for."""
    return new_kinkster(admin, user)


@pytest.fixture
def flowise_kinkster(admin: psycopg.Connection, user: str) -> str:
    """A character of the user that Flowise answers for."""
    return new_kinkster(admin, user, "flowise")


StartWorker = Callable[..., Awaitable[Client]]


def settings_of(worker_login: str, provider_url: str, **more: Any) -> Settings:
    """Settings with no time for what ends and all the time for a reply: a machine may be busy."""
    values: dict[str, Any] = {
        "database_url": worker_login,
        "openai_api_key": "sk-test-key-of-openai",
        "openai_base_url": f"{provider_url}/v1",
        "flowise_url": provider_url,
        "flowise_api_key": "key-of-flowise",
        "supabase_jwt_secret": SECRET,
        "supabase_jwt_issuer": ISSUER,
        "kinkster_port": 0,
        "kinkster_first_byte_seconds": 10,
        "kinkster_first_text_seconds": 10,
        "kinkster_idle_seconds": 10,
        "kinkster_grace_seconds": 0.1,
        "kinkster_resume_seconds": 0,
    }
    return Settings(**values | more)


@pytest.fixture
async def start_worker(worker_login: str, scripted: Scripted, user: str) -> AsyncIterator[StartWorker]:
    """Starts workers whose provider is the scripted server, or `url`; gives the user's client."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        )

        async def start(url: str | None = None, keep_alive: float = 15, **more: Any) -> Client:
            settings = settings_of(more.pop("database_url", worker_login), url or scripted.url, **more)
            return Client(session, await stack.enter_async_context(serve(settings, keep_alive)), user)

        yield start


@pytest.fixture
async def client(start_worker: StartWorker) -> Client:
    """The user's client of a worker whose provider is the scripted server."""
    return await start_worker()


@pytest.fixture
def one_attempt(admin: psycopg.Connection) -> None:
    """Makes every failure final: nothing is tried again."""
    admin.execute("update kinkster.settings set max_attempts = 1")


@dataclass(frozen=True)
class Turn:
    """The row of a turn."""

    status: str
    reply: str | None
    error_code: str | None
    row: dict[str, Any]


Turns = Callable[[], list[Turn]]


@pytest.fixture
def turns(admin: psycopg.Connection) -> Turns:
    """All turns, oldest first."""

    def read_turns() -> list[Turn]:
        cursor = admin.execute("select to_jsonb(t) from kinkster_turns as t order by created_at")
        return [Turn(r["status"], r["reply"], r["error_code"], r) for (r,) in cursor]

    return read_turns


def a_second() -> float:
    """The second that is promised for a stop, longer where more processes want to run than can."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def eventually(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """Waits until the condition holds; gives what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


@asynccontextmanager
async def session_of(*, repeats: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
    """The worker's own client session."""
    from kinkster_worker.providers.stream import new_session

    async with new_session(repeats=repeats) as session:
        yield session


async def end_of(provider: Provider, plan: Plan) -> tuple[str, Completed | Exception]:
    """The text and the end of one answer of a provider; an error is what the test looks at."""
    text = ""
    try:
        async for found in provider.stream(plan):
            if isinstance(found, Completed):
                return text, found
            text += found
    except Exception as error:
        return text, error
    raise AssertionError("neither an end nor an error")
