"""`make run`: a Postgres, the providers and the worker, a short conversation on the screen, then a server
until Ctrl-C.

`--once` stops after the conversation; the exit status is 0 only if every reply arrived whole and what was
told was remembered. `DATABASE_URL`, `OPENAI_API_KEY` and `FLOWISE_URL` (with `FLOWISE_CHATFLOW_ID`, the
chatflow to use) put the real thing in the place of what this would start.
"""

import argparse
import asyncio
import io
import json
import os
import secrets
import shlex
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import jwt
import psycopg
from aiohttp import web
from kinkster_worker import logs
from kinkster_worker.http import serve
from kinkster_worker.offline.app import create_app
from kinkster_worker.settings import Settings
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from scripts.throwaway_postgres import NoPostgres, Server, install, server

USER = "d0000000-0000-4000-8000-000000000001"
WREN = "d0000000-0000-4000-8000-000000000002"
ASH = "d0000000-0000-4000-8000-000000000003"
ISSUER = "kinkster-demo"
TOKEN_SECONDS = 12 * 3600
CLAIMS = json.dumps({"sub": USER, "role": "authenticated"})

DEMO = """
insert into auth.users (id, email) values (%(user)s, 'demo@kinkster.example') on conflict do nothing;
insert into public.profiles (id, email, display_name, hard_limits)
values (%(user)s, 'demo@kinkster.example', 'Robin', '{heights}') on conflict do nothing;
insert into public.kinksters (
  id, user_id, name, role, personality_traits, hard_limits, provider, flowise_chatflow_id
)
values
  (%(wren)s, %(user)s, 'Wren', 'switch', '{playful,patient}', '{spiders}', 'flowise', %(chatflow)s),
  (%(ash)s, %(user)s, 'Ash', 'dominant', '{calm}', '{"public places"}', 'openai_responses', %(chatflow)s)
on conflict (id) do update set
  provider = excluded.provider, flowise_chatflow_id = excluded.flowise_chatflow_id;
"""
STAYS = (
    "In the database of DATABASE_URL stay the demo user demo@kinkster.example with its characters and "
    "conversations, and the seed's system characters."
)


@dataclass(frozen=True)
class Demo:
    """Where the worker is, the demo user's token, and the database, for us and (`psql`) for a shell."""

    worker: str
    token: str
    conninfo: str
    psql: str

    def as_user(self, statement: str, *arguments: object) -> str:
        """Runs one statement as the demo user, under row security, and returns its one value as text."""
        with psycopg.connect(self.conninfo) as connection:
            connection.execute("select set_config('request.jwt.claims', %s, true)", (CLAIMS,))
            connection.execute("set local role authenticated")
            row = connection.execute(statement, arguments).fetchone()
        return str(row[0]) if row else ""


def prepare_database(on: Server) -> str:
    """Installs the project and the demo's user and characters; returns the worker's own address of it."""
    install(on.url)
    chatflow = os.environ.get("FLOWISE_CHATFLOW_ID") or "kinkster-chain"
    with psycopg.connect(on.url) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(DEMO, {"user": USER, "wren": WREN, "ash": ASH, "chatflow": chatflow})
        superuser = connection.info.parameter_status("is_superuser") == "on"
        if on.kind == "given" and not superuser:
            cursor.execute("grant kinkster_worker to current_user")
    if on.kind == "given":  # the role's password is the operator's: become it instead of logging in as it
        return make_conninfo(on.url, options="-c role=kinkster_worker")
    return make_conninfo(on.url, user="kinkster_worker")


@asynccontextmanager
async def offline_providers() -> AsyncIterator[str]:
    """The embedded providers on a free port; gives their address."""
    runner = web.AppRunner(create_app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def settings_of(worker_database: str, jwt_secret: str, stack: AsyncExitStack) -> Settings:
    """The worker's settings: the environment's, completed by offline providers and this run's own secret."""
    given: dict[str, object] = {}
    real = [name for name in ("OPENAI_API_KEY", "FLOWISE_URL") if os.environ.get(name)]
    if len(real) < 2:
        address = await stack.enter_async_context(offline_providers())
        if "OPENAI_API_KEY" not in real:
            given |= {"openai_api_key": SecretStr("offline"), "openai_base_url": f"{address}/v1"}
        if "FLOWISE_URL" not in real:
            given |= {"flowise_url": address, "flowise_api_key": None}
        print(f"Offline providers (no model; set OPENAI_API_KEY or FLOWISE_URL for a real one): {address}")
    if "KINKSTER_PORT" not in os.environ:
        given["kinkster_port"] = 0
    return Settings(
        database_url=SecretStr(worker_database),
        supabase_jwt_secret=SecretStr(jwt_secret),
        supabase_jwt_issuer=ISSUER,
        supabase_url=None,
        supabase_jwks_url=None,
        **given,  # type: ignore[arg-type]  # checked by pydantic
    )


async def say(demo: Demo, name: str, kinkster: str, conversation: str, message: str) -> tuple[str, bool]:
    """Sends a message and shows the reply as it streams; returns the reply and whether it arrived whole."""
    print(f"  {'you':<5} {message}\n  {name:<5} ", end="", flush=True)
    body = {"message": message, "kinksterId": kinkster, "conversationId": conversation}
    headers = {"Authorization": f"Bearer {demo.token}"}
    reply, whole = "", False
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{demo.worker}/api/chat", json=body, headers=headers) as response,
    ):
        if response.status != 200:
            print(f"{response.status} {await response.text()}")
            return "", False
        async for line in response.content:
            data = line.decode().removeprefix("data: ").rstrip("\n") if line.startswith(b"data: ") else ""
            if data == "[DONE]":
                whole = True
            elif data:
                event = json.loads(data)
                text = event.get("text") or f"\n  error {event.get('error')}"
                reply += event.get("text", "")
                print(text, end="", flush=True)
    print()
    return reply, whole


async def converse(demo: Demo) -> bool:
    """The conversation; returns whether each reply was whole and each question was answered out of memory."""
    good = True
    start = "insert into kinkster_conversations (kinkster_id) values (%s) returning id"

    async def exchange(name: str, kinkster: str, conversation: str, message: str, expected: str) -> None:
        nonlocal good
        reply, whole = await say(demo, name, kinkster, conversation, message)
        if not whole or expected not in reply:
            good = False
            print(f"  NOT AS IT SHOULD BE: {f'no word of {expected}' if whole else 'not whole'}")

    print("\nWren is answered by Flowise.")
    wren = demo.as_user(start, WREN)
    await exchange("Wren", WREN, wren, "My name is Robin and I like green tea.", "")
    await exchange("Wren", WREN, wren, "What is my name?", "Robin")

    print("\nAsh is answered by the OpenAI Responses API.")
    ash = demo.as_user(start, ASH)
    await exchange("Ash", ASH, ash, "My name is Robin and my favourite colour is teal.", "")
    await exchange("Ash", ASH, ash, "What is my favourite colour?", "teal")

    demo.as_user("select update_kinkster_provider(%s, 'flowise')", ASH)
    print("\nAsh is answered by Flowise from now on, in the same conversation.")
    await exchange("Ash", ASH, ash, "What is my name?", "Robin")
    await exchange("Ash", ASH, ash, "What is my favourite colour?", "teal")

    print("\nThe same conversation out of SQL: send_kinkster_message, then await_kinkster_reply.")
    message = "What is my name?"
    turn = demo.as_user("select send_kinkster_message(%s, %s, %s) ->> 'turn_id'", ASH, message, ash)
    answer = "select concat_ws(' ', r ->> 'status', r ->> 'reply') from await_kinkster_reply(%s) as r"
    status, _, reply = (await asyncio.to_thread(demo.as_user, answer, turn)).partition(" ")
    print(f"  {'you':<5} {message}\n  {'Ash':<5} {reply}")
    if status != "completed" or "Robin" not in reply:
        good = False
        print(f"  NOT AS IT SHOULD BE: {status}")
    return good


def show_addresses(demo: Demo) -> None:
    """Prints what to paste into another terminal."""
    body = json.dumps({"message": "What do you remember?", "kinksterId": ASH})
    statements = (
        f"set request.jwt.claims = '{CLAIMS}'",
        "set role authenticated",
        "select role, content, status from kinkster_messages",
    )
    print(
        f"\nWorker: {demo.worker} (description: {demo.worker}/openapi.json)"
        "\n\nIn another terminal, as the demo user:\n\n"
        f"curl -N {demo.worker}/api/chat -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer {demo.token}' -d '{body}'\n\n"
        f"{' '.join([demo.psql, *(f'-c {shlex.quote(statement)}' for statement in statements)])}\n\n"
        "Ctrl-C ends all of it."
    )


async def run(on: Server, once: bool) -> int:
    """Runs everything; returns the exit status."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    async with AsyncExitStack() as stack:
        jwt_secret = secrets.token_urlsafe(48)
        settings = await settings_of(prepare_database(on), jwt_secret, stack)
        worker = await stack.enter_async_context(serve(settings))
        claims = {"sub": USER, "role": "authenticated", "aud": settings.supabase_jwt_audience, "iss": ISSUER}
        token = jwt.encode({**claims, "exp": int(time.time()) + TOKEN_SECONDS}, jwt_secret, "HS256")
        # An address that was given may hold a password: the shell is to put it in.
        address = '"$DATABASE_URL"' if on.kind == "given" else shlex.quote(on.url)
        demo = Demo(worker, token, on.url, f"{shlex.quote(on.psql)} {address}")
        good = await converse(demo)
        if on.kind == "given":
            print(f"\n{STAYS}")
        if once:
            print(f"\n{'Every reply arrived whole.' if good else 'Not every reply was as it should be.'}")
            return 0 if good else 1
        show_addresses(demo)
        logs.configure()
        await asyncio.Event().wait()
    return 0


def main() -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the conversation")
    once = parser.parse_args().once
    if isinstance(sys.stdout, io.TextIOWrapper):  # through a pipe, too, each line is seen at once
        sys.stdout.reconfigure(line_buffering=True)
    if os.environ.get("FLOWISE_URL") and not os.environ.get("FLOWISE_CHATFLOW_ID"):
        print(
            "FLOWISE_CHATFLOW_ID is missing: the chatflow to chat with, from its address in Flowise.",
            file=sys.stderr,
        )
        return 78
    try:
        with server(need_test_extensions=False, durable=True) as on:
            return asyncio.run(run(on, once))
    except NoPostgres as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nEnded.")
        return 0 if not once else 130


if __name__ == "__main__":
    sys.exit(main())
