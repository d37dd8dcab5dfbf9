"""`kinkster doctor` as an operator meets it: a process, what it prints, and its exit status."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import psycopg
import pytest
from kinkster_worker.doctor.finding import WORST_FIRST
from kinkster_worker.offline.notion_state import FIRST_TOKEN

from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.worker.conftest import ISSUER, SECRET, StartWorker, eventually, new_kinkster
from tests.worker.notion_world import KEY
from tests.worker.offline_fixtures import offline_server
from tests.worker.test_cli import COMMAND, environment

# Each line of the Troubleshooting and of the Checklist of the document that the project began with, and the
# checks that look at it.
SEED = {
    "Issue: Responses API Not Available": ["responses_api", "openai", "fallback"],
    "Verify OpenAI SDK version": ["responses_api"],
    "Check if Responses API is enabled in your OpenAI account": ["openai", "responses_api"],
    "Fallback: Use Chat Completions API": ["responses_api", "fallback"],
    "Issue: Migration Conflicts": ["migration_files", "migrations"],
    "Check migration status": ["migration_files", "migrations"],
    "Repair specific migration": ["migration_files"],
    "Issue: Provider Not Routing Correctly": ["providers", "always_flowise"],
    "Symptom: Kinkster always uses Flowise": ["always_flowise"],
    "Check provider value": ["providers"],
    "Issue: System Prompt Not Generating": ["prompts"],
    "Test function directly": ["prompts", "old_functions"],
    "Check Kinkster data": ["prompts", "rules"],
    "Add custom instructions if needed": ["prompts"],
    "Repair migration history": ["migration_files", "migrations"],
    "Pull production changes": ["migration_files", "old_functions", "old_triggers", "policies"],
    "Apply new migration": ["migrations", "schema_version"],
    "Verify columns exist": ["columns"],
    "Test Flowise Kinksters (backward compatibility)": [
        "flowise_turns",
        "flowise",
        "flowise_chatflows",
        "chatflows",
    ],
    "Test Responses API Kinksters (new functionality)": ["responses_turns", "continuity", "openai_models"],
    "Test system prompt generation": ["prompts"],
    "Configure providers for test Kinksters": ["providers", "model_ends"],
    "Monitor performance and costs": ["roll_ups", "costs", "flowise_cost", "model_prices"],
    "Create provider selection UI (optional)": ["provider_choice"],
    "Document findings and optimizations": ["figures"],
}


class Done(NamedTuple):
    """How a command ended."""

    status: int
    stdout: str
    stderr: str

    def findings(self) -> list[dict[str, Any]]:
        """What it found, of `--json`."""
        found: list[dict[str, Any]] = json.loads(self.stdout)
        return found

    def states(self) -> dict[str, str]:
        """The state of each check."""
        return {one["check"]: one["state"] for one in self.findings()}


Doctor = Callable[..., Coroutine[Any, Any, Done]]
SECRETS = ("sk-test-hunter2", "key-hunter2", SECRET, KEY, FIRST_TOKEN, "hunter2")


@pytest.fixture
def doctor() -> Doctor:
    """Runs `kinkster doctor …` with these settings and no others."""

    async def run(*arguments: str, **settings: str) -> Done:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "doctor",
            *arguments,
            env=environment(COLUMNS="120", **settings),
            stdout=pipe,
            stderr=pipe,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        done = Done(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in done.stderr
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
        return done

    return run


def whole(url: str, login: str, **more: str) -> dict[str, str]:
    """All that a worker needs."""
    return {
        "DATABASE_URL": login,
        "OPENAI_API_KEY": "sk-test-hunter2",
        "OPENAI_BASE_URL": f"{url}/v1",
        "FLOWISE_URL": url,
        "FLOWISE_API_KEY": "key-hunter2",
        "SUPABASE_JWT_SECRET": SECRET,
        "SUPABASE_JWT_ISSUER": ISSUER,
        "KINKSTER_NOTION_KEY": KEY,
        "KINKSTER_NOTION_URL": f"{url}/notion",
    } | more


async def test_from_all_is_well_to_something_wrong(
    doctor: Doctor, start_worker: StartWorker, worker_login: str, admin: psycopg.Connection, user: str
) -> None:
    new_kinkster(admin, user, bio="Mends clocks.")
    new_kinkster(admin, user, "flowise", bio="Keeps bees.")
    async with offline_server() as offline:
        client = await start_worker(offline.url)
        settings = whole(offline.url, worker_login, KINKSTER_PORT=client.address.rsplit(":", 1)[1])
        await eventually(lambda: admin.execute("select 1 from kinkster.workers").fetchone())

        well = await doctor("--json", **settings)
        assert (well.status, well.stderr) == (0, "")
        states = well.states()
        assert len(states) == len(well.findings())
        assert "problem" not in states.values()
        checks = {name for names in SEED.values() for name in names}
        assert checks <= states.keys(), "each line of the document is looked at"
        order = [WORST_FIRST.index(one["state"]) for one in well.findings()]
        assert order == sorted(order)
        assert all(one.keys() == {"check", "state", "found", "todo"} for one in well.findings())

        admin.execute("update kinksters set flowise_chatflow_id = 'unknown-1' where provider = 'flowise'")
        admin.execute("update kinksters set openai_model = 'unknown-2' where provider = 'openai_responses'")
        admin.execute("update kinkster.settings set clock_offset = '1 minute'")
        ill = await doctor("--json", **settings)
        assert ill.status == 1
        problems = {check for check, state in ill.states().items() if state == "problem"}
        assert problems == {"flowise_chatflows", "openai_models", "clock_offset"}

        shown = await doctor(**settings)
        assert (shown.status, shown.stderr) == (1, "")
        lines = shown.stdout.splitlines()
        assert [line.split()[:2] for line in lines[:6:2]] == [
            ["problem", "clock_offset"],
            ["problem", "openai_models"],
            ["problem", "flowise_chatflows"],
        ]
        assert lines[1].strip() == "Run: update kinkster.settings set clock_offset = '0';"
        assert lines[-1].startswith("problem: 3, warning: ")
        assert "\x1b[" not in shown.stdout, "no colours where nobody looks"


async def test_with_no_more_than_a_database(doctor: Doctor, worker_login: str) -> None:
    done = await doctor("--json", DATABASE_URL=worker_login)
    assert (done.status, done.stderr) == (78, "")
    said = [one["found"] for one in done.findings() if one["check"] == "settings"]
    assert len(said) == 3
    assert said[0].startswith("OPENAI_API_KEY or FLOWISE_URL is missing")
    states = done.states()
    assert (states["database"], states["columns"]) == ("ok", "ok")


async def test_with_nothing_at_all(doctor: Doctor) -> None:
    done = await doctor("--json", KINKSTER_PORT="1")
    assert (done.status, done.stderr) == (78, "")
    states = done.states()
    assert (states["database"], states["worker"]) == ("unknown", "warning")
    assert any(one["found"].startswith("DATABASE_URL is missing") for one in done.findings())


async def test_malformed_settings_are_named_and_the_others_are_used(
    doctor: Doctor, worker_login: str
) -> None:
    async with offline_server() as offline:
        wrong = {"FLOWISE_URL": "hunter2", "KINKSTER_POOL_SIZE": "hunter2", "KINKSTER_PORT": "1"}
        done = await doctor("--json", **whole(offline.url, worker_login, **wrong))
    assert done.status == 78
    said = [one["found"] for one in done.findings() if one["check"] == "settings"]
    assert [one.split()[0] for one in said] == ["FLOWISE_URL", "KINKSTER_POOL_SIZE"]
    states = done.states()
    assert (states["openai"], states["columns"], states["worker"]) == ("ok", "ok", "warning")


async def test_a_malformed_database_is_not_another_one(doctor: Doctor) -> None:
    async with offline_server() as offline:
        done = await doctor("--json", **whole(offline.url, "hunter2 hunter2", KINKSTER_PORT="1"))
    assert done.status == 78
    assert (done.states()["database"], done.states()["openai"]) == ("unknown", "ok")


async def test_a_database_that_is_none_of_ours(doctor: Doctor, server: Server) -> None:
    name = create_database(server)
    try:
        async with offline_server() as offline:
            done = await doctor("--json", **whole(offline.url, server.conninfo(name), KINKSTER_PORT="1"))
    finally:
        drop_database(server, name)
    assert done.status == 76
    assert done.states()["schema_version"] == "problem"


async def test_a_database_that_does_not_answer(doctor: Doctor) -> None:
    async with offline_server() as offline:
        dead = "postgresql://kinkster_worker:hunter2@127.0.0.1:1/none"
        done = await doctor("--json", **whole(offline.url, dead, KINKSTER_PORT="1"))
    assert done.status == 1
    states = done.states()
    assert (states["database"], states["openai"], states["clock"]) == ("problem", "ok", "ok")
