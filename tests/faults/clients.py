"""Clients as an app's would be: over HTTP, which resume a broken stream, and over SQL as the user's role."""

import asyncio
import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import aiohttp
import jwt
import psycopg

from tests.faults.turns import Heard, Turn

SECRET = secrets.token_urlsafe(48)
ISSUER = "faults"
HUNG_SECONDS = float(os.environ.get("HUNG_SECONDS") or 45)
"""A client that has no end after this long calls the turn stuck."""
AGAIN_SECONDS = 0.05
AWAIT = "10 seconds"

Leave = Callable[[Heard], bool]


def token(user: str) -> str:
    """The user's access token."""
    claims = {"sub": user, "role": "authenticated", "aud": "authenticated", "iss": ISSUER}
    return jwt.encode({**claims, "exp": int(time.time()) + 3600}, SECRET, "HS256")


class HttpClient:
    """Sends messages to workers, and goes on with another worker where a stream breaks."""

    def __init__(self, session: aiohttp.ClientSession, addresses: Sequence[str]) -> None:
        self._session, self._addresses = session, addresses

    async def ask(self, turn: Turn, first: int = 0, leave: Leave | None = None) -> None:
        """Sends the turn's message, first to the worker of this number, and reads the stream to its end.

        A broken connection and a 503 are tried again at the next worker, from the last event on. `leave` is
        asked after each event whether the client closes the connection now; called again, it comes back.
        """
        heard = turn.heard
        heard.end = None
        try:
            async with asyncio.timeout(HUNG_SECONDS):
                for number in count(first):
                    address = self._addresses[number % len(self._addresses)]
                    with suppress(aiohttp.ClientError, ConnectionError):
                        await self._connect(address, turn, leave)
                    if heard.end:
                        break
                    await asyncio.sleep(AGAIN_SECONDS)
        except TimeoutError:
            heard.end = "hung"
        heard.ended_at = time.time()

    async def _connect(self, address: str, turn: Turn, leave: Leave | None) -> None:
        heard, person = turn.heard, turn.person
        heard.connections += 1
        headers = {"Authorization": f"Bearer {token(person.user)}"}
        if heard.last_id:
            headers["Last-Event-ID"] = heard.last_id
        body = {
            "message": turn.message,
            "kinksterId": person.kinkster,
            "conversationId": person.conversation,
            "requestId": turn.id,
        }
        async with self._session.post(f"{address}/api/chat", json=body, headers=headers) as response:
            heard.status = response.status
            if response.status == 200:
                await self._read(response, heard, leave)
            elif response.status == 409 and heard.last_id:  # the reply was written anew meanwhile
                heard.begun_anew.append(heard.text)
                heard.text, heard.last_id = "", None
            elif response.status != 503:
                heard.end, heard.error = "refused", (await response.json())["error"]

    @staticmethod
    async def _read(response: aiohttp.ClientResponse, heard: Heard, leave: Leave | None) -> None:
        if heard.last_id is None and heard.text:  # broken before its first event had an id
            heard.begun_anew.append(heard.text)
            heard.text = ""
        heard.first_text_at = None
        rest = b""
        async for chunk in response.content.iter_any():
            *events, rest = (rest + chunk).split(b"\n\n")
            for event in events:
                take(event, heard)
                if heard.end:
                    return
                if leave and leave(heard):
                    heard.end = "left"
                    response.close()
                    return


def take(event: bytes, heard: Heard) -> None:
    """Reads one event of a stream, as the WHATWG HTML standard has it; comments say nothing."""
    fields = dict(line.split(b": ", 1) for line in event.split(b"\n") if line and not line.startswith(b":"))
    if b"id" in fields:
        heard.last_id = fields[b"id"].decode()
    data = fields.get(b"data")
    if data is None:
        return
    if data == b"[DONE]":
        heard.end = "completed"
    elif fields.get(b"event") == b"error":
        heard.end, heard.error = "failed", json.loads(data)["error"]
    else:
        heard.text += json.loads(data)["text"]
        heard.last_text_at = time.time()
        heard.first_text_at = heard.first_text_at or heard.last_text_at


class SqlClient:
    """Sends messages by `send_kinkster_message` and awaits replies, as the role `authenticated`."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    async def ask(self, turn: Turn) -> None:
        """Sends the turn's message and waits for its end; what the database's absence breaks, it repeats."""
        heard = turn.heard
        try:
            async with asyncio.timeout(HUNG_SECONDS):
                while heard.end is None:
                    with suppress(psycopg.OperationalError, psycopg.InterfaceError):
                        await self._connect(turn)
                    if heard.end is None:
                        await asyncio.sleep(AGAIN_SECONDS)
        except TimeoutError:
            heard.end = "hung"
        heard.ended_at = time.time()

    async def _connect(self, turn: Turn) -> None:
        heard, person = turn.heard, turn.person
        heard.connections += 1
        async with await self.connect(person.user) as connection:
            send = "select public.send_kinkster_message(%s, %s, %s, %s)"
            arguments = person.kinkster, turn.message, person.conversation, turn.id
            try:
                await value(connection, send, *arguments)
            except psycopg.DatabaseError as error:
                if not (error.sqlstate or "").startswith("PT"):
                    raise
                heard.end, heard.status = "refused", int(str(error.sqlstate)[2:])
                heard.error = {"code": error.sqlstate, "message": error.diag.message_primary}
                return
            while heard.end is None:
                answer = "select public.await_kinkster_reply(%s, %s)"
                found = await value(connection, answer, turn.id, AWAIT)
                if found["status"] in ("completed", "failed", "cancelled"):
                    heard.end = "completed" if found["status"] == "completed" else "failed"
                    heard.text, heard.error = found["reply"] or "", found["error"]

    async def connect(self, user: str) -> psycopg.AsyncConnection[Any]:
        """A connection that acts for the user as PostgREST does, each statement a transaction."""
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True, connect_timeout=5)
        await connection.execute("set session authorization authenticator")
        claims = json.dumps({"sub": user, "role": "authenticated"})
        await connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
        await connection.execute("set role authenticated")
        return connection

    async def call(self, user: str, statement: str, *arguments: object) -> Any:
        """The first value that one statement gives the user."""
        async with await self.connect(user) as connection:
            return await value(connection, statement, *arguments)


async def value(connection: psycopg.AsyncConnection[Any], statement: str, *arguments: object) -> Any:
    """The first value of a statement's first row; None where it gives no row."""
    row = await (await connection.execute(statement, arguments)).fetchone()
    return row[0] if row else None
