"""The part of `make run` that shows a character on its way to Notion, and an edit after it."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from kinkster_worker.notion.client import VERSION
from kinkster_worker.offline.notion_state import FIRST_DATABASE, FIRST_TOKEN
from kinkster_worker.settings import Settings

from scripts.demo import EMAIL, WREN, Demo

ARRIVES_WITHIN = 30.0
KINKSTER = (sys.executable, "-c", "from kinkster_worker.cli import app; app(prog_name='kinkster')", "notion")
SHOWN = ("Name", "Role", "Hard Limits")
STANDING = "select sync_status || ' ' || coalesce(notion_page_id, '') from kinksters where id = %s"
EDIT = "update kinksters set hard_limits = array_append(hard_limits, 'heights') where id = %s returning name"


async def show_notion(demo: Demo, settings: Settings) -> bool:
    """Shows it; returns whether the character stood in Notion each time as it was."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "KINKSTER_NOTION_URL": settings.kinkster_notion_url,
        "KINKSTER_NOTION_KEY": settings.kinkster_notion_key.get_secret_value()
        if settings.kinkster_notion_key
        else "",
    }
    print(
        "\nWren goes to Notion, an offline one: its token is kept sealed, and the worker sends what is new."
    )
    user = ("--user", EMAIL)
    connected = await _kinkster(environment, FIRST_TOKEN, "connect", *user, "--database", FIRST_DATABASE)
    good = connected and await _kinkster(environment, "", "setup", *user)
    good = good and await _arrives(demo, settings, "spiders")
    if good:
        demo.as_user(EDIT, WREN)
        print("  SQL     Wren's hard limits now hold heights as well.")
        good = await _arrives(demo, settings, "spiders, heights")
    if demo.stays:  # it was sealed with a key that ends with this run
        await _kinkster(environment, "", "disconnect", *user)
    return good


async def _kinkster(environment: Mapping[str, str], given: str, *arguments: str) -> bool:
    """Runs the command and shows what it says; whether it succeeded."""
    print(f"  $ kinkster notion {' '.join(arguments)}")
    process = await asyncio.create_subprocess_exec(
        *KINKSTER,
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(f"{given}\n".encode())
    for line in said.decode().splitlines():
        print(f"    {line}")
    return process.returncode == 0


async def _arrives(demo: Demo, settings: Settings, hard_limits: str) -> bool:
    """Waits until the worker has sent Wren, and shows its page as Notion's API has it."""
    until = time.monotonic() + ARRIVES_WITHIN
    status = ""
    while status != "synced" and time.monotonic() < until:
        await asyncio.sleep(0.1)
        status, _, page_id = demo.as_user(STANDING, WREN).partition(" ")
    if status != "synced":
        print(f"  NOT AS IT SHOULD BE: sync_status is {status} after {ARRIVES_WITHIN:.0f} seconds")
        return False
    headers = {"Authorization": f"Bearer {FIRST_TOKEN}", "Notion-Version": VERSION}
    url = f"{settings.kinkster_notion_url}/v1/pages/{page_id}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        properties = (await response.json())["properties"]
    shown = {name: _said(properties[name]) for name in SHOWN}
    print(f"  Notion  {'; '.join(f'{name}: {said}' for name, said in shown.items())}")
    if shown["Hard Limits"] != hard_limits:
        print(f"  NOT AS IT SHOULD BE: no {hard_limits}")
        return False
    return True


def _said(value: dict[str, Any]) -> str:
    """What a property of a page says."""
    held = value[value["type"]]
    if isinstance(held, dict):
        return str(held["name"])
    return ("" if value["type"] == "title" else ", ").join(
        one.get("plain_text") or one["name"] for one in held
    )
