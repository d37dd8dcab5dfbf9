"""The guide's SQL, pasted line by line as it stands there, does what the guide says."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from scripts.throwaway_postgres import Server
from tests.worker.conftest import StartWorker, Turns, new_kinkster
from tests.worker.offline_fixtures import Offline, offline_server

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide.md"
SECTIONS = ("Chat from SQL", "Other replies, other words", "Safewords and pauses")


@pytest.fixture
async def offline() -> AsyncIterator[Offline]:
    """The offline providers, without pauses."""
    async with offline_server() as server:
        yield server


OFFLINE = r"\[offline, no model\] Ada .* — noted: your name is {} ✓"
PRINTED = [
    r'\{"sub": ".*", "role": "authenticated"\}',
    OFFLINE.format("Robin"),
    "cancelled",
    OFFLINE.format("Robin"),
    r"user\|My name is Alex\.",
    r"assistant\|" + OFFLINE.format("Alex"),
    r'\{"success": true, "head_turn_id": ".*", "conversation_id": ".*"\}',
    r"user\|My name is Robin\.",
    r"assistant\|" + OFFLINE.format("Robin"),
    r"user\|Tell me a long story\.",
    r"You said your safeword, so everything stops here\. .*",
    r'\{.*"limits": null.*"provider": null.*"safeword_seen": true.*\}',
    r'\{"state": "active", .*\}',
    r'\{"stopped": 0, "success": true\}',
]
"""What psql says to all of it, line by line."""


def blocks_of(section: str) -> list[str]:
    """The SQL of a section, as it stands there."""
    page = GUIDE.read_text(encoding="utf-8")
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found
    blocks = re.findall(r"^```sql\n(.*?)^```", found[1], re.MULTILINE | re.DOTALL)
    assert blocks
    return [str(block) for block in blocks]


@pytest.mark.parametrize("provider", ["openai_responses", "flowise"])
async def test_the_guides_sql_does_what_it_says(
    start_worker: StartWorker,
    server: Server,
    database: str,
    admin: psycopg.Connection,
    user: str,
    offline: Offline,
    turns: Turns,
    provider: str,
) -> None:
    await start_worker(offline.url, kinkster_first_byte_seconds=5, kinkster_idle_seconds=5)
    await offline.faults({"kind": "never", "match": "a long story"})  # one that takes its time
    kinkster = new_kinkster(admin, user, provider)
    blocks = [block for section in SECTIONS for block in blocks_of(section)]
    asked_again = blocks[0].replace("My name is Robin.", "What is my name?")
    assert asked_again != blocks[0]
    script = "".join([*blocks, asked_again])
    script = script.replace("THE-USERS-ID", user).replace("THE-KINKSTERS-ID", kinkster)

    psql = await asyncio.create_subprocess_exec(
        *(server.psql, "-XqAt", database),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    printed, complaints = await psql.communicate(script.encode())
    assert complaints.decode() == ""
    lines = printed.decode().splitlines()
    expected = [*PRINTED, PRINTED[0], r".* — your name is Robin ✓"]  # of the branch that was shown last
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), (pattern, line)

    told = [(turn.row["message"], turn.status, turn.row["safeword_seen"]) for turn in turns()]
    assert told == [
        ("My name is Robin.", "completed", False),
        ("Tell me a long story.", "cancelled", False),
        ("My name is Robin.", "completed", False),
        ("My name is Alex.", "completed", False),
        ("Pineapple, please.", "completed", True),
        ("What is my name?", "completed", False),
    ]
