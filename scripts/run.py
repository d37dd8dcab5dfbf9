"""`make run`: a Postgres, the providers and the worker, a short conversation and a character's way to Notion
on the screen, then a server until Ctrl-C.

`--once` stops after that; the exit status is 0 only if every reply arrived whole, what was told was
remembered, and the character stands in Notion as it was last edited. `DATABASE_URL`, `OPENAI_API_KEY` and
`FLOWISE_URL` (with `FLOWISE_CHATFLOW_ID`, the chatflow to use) put the real thing in the place of what this
would start; Notion is always the offline one.
"""

import argparse
import asyncio
import base64
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

import aiohttp
import jwt
from aiohttp import web
from kinkster_worker import logs
from kinkster_worker.http import serve
from kinkster_worker.offline.app import create_app
from kinkster_worker.settings import Settings
from pydantic import SecretStr

from scripts.demo import ASH, CLAIMS, USER, WREN, Demo, prepare_database
from scripts.demo_of_notion import show_notion
from scripts.throwaway_postgres import NoPostgres, Server, server

ISSUER = "kinkster-demo"
TOKEN_SECONDS = 12 * 3600
STAYS = (
    "In the database of DATABASE_URL stay the demo user demo@kinkster.example with its characters and "
    "conversations, and the seed's system characters."
)


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
    address = await stack.enter_async_context(offline_providers())
    given: dict[str, object] = {
        "kinkster_notion_url": f"{address}/notion",
        "kinkster_notion_key": SecretStr(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()),
    }
    if not os.environ.get("OPENAI_API_KEY"):
        given |= {"openai_api_key": SecretStr("offline"), "openai_base_url": f"{address}/v1"}
    if not os.environ.get("FLOWISE_URL"):
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
        worker = await stack.enter_async_context(serve(settings, notion_user_id=USER))
        claims = {"sub": USER, "role": "authenticated", "aud": settings.supabase_jwt_audience, "iss": ISSUER}
        token = jwt.encode({**claims, "exp": int(time.time()) + TOKEN_SECONDS}, jwt_secret, "HS256")
        # An address that was given may hold a password: the shell is to put it in.
        address = '"$DATABASE_URL"' if on.kind == "given" else shlex.quote(on.url)
        demo = Demo(worker, token, on.url, f"{shlex.quote(on.psql)} {address}", on.kind == "given")
        good = await converse(demo)
        good = await show_notion(demo, settings) and good
        if demo.stays:
            print(f"\n{STAYS}")
        if once:
            whole = "Every reply and every edit arrived whole."
            print(f"\n{whole if good else 'Not everything was as it should be.'}")
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
