"""The real Supabase CLI runs, repairs, resets, lints and describes what this project is."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kinkster_worker.cli import app
from typer.testing import CliRunner

from scripts.installation import MIGRATIONS, install
from scripts.throwaway_postgres import Server, create_database, drop_database, server
from tests import npm
from tests.step_one import NEVER_RAN, make_folder, make_production
from tests.supabase_cli import PACKAGE, Cli, project

TYPES = Path(__file__).parent.parent / "types" / "database.ts"
HEADER = "// Written by `python -m tests.test_supabase_cli`, not by hand.\n"
VERSIONS = {path.name.partition("_")[0] for path in MIGRATIONS.glob("*.sql")}
NEWEST = max(VERSIONS)

WHAT_INDEXES_ARE_FOR = {
    "kinksters_user_id_idx": "select from kinksters where user_id = gen_random_uuid()",
    "kinksters_system_idx": "select from kinksters where is_system_kinkster",
    "kinksters_unconfirmed_page_idx": """
      select from kinksters where notion_page_id = 'a-page' and synced_revision is null""",
    "kinkster_conversations_kinkster_idx": """
      select from kinkster_conversations where kinkster_id = gen_random_uuid()""",
    "kinkster_turns_parent_idx": """
      select from kinkster_turns where parent_turn_id = gen_random_uuid()""",
    "kinksters_pending_for_notion_idx": """
      select from kinksters
      where user_id = gen_random_uuid() and sync_status = 'pending' order by id limit 1""",
    "notion_connections_bot_id_idx": "select from kinkster.notion_connections where bot_id = 'a-bot'",
    "kinkster_turns_created_at_idx": """
      select from kinkster_turns where created_at >= now()""",
    "daily_sums_kinkster_day_idx": """
      select from kinkster.daily_sums where kinkster_id = gen_random_uuid() and day = current_date""",
    "daily_sums_changes_idx": "select from kinkster.daily_sums where is_change",
    "open_turns_day_idx": "select from kinkster.open_turns where day = current_date",
    "models_that_cover_all_idx": """
      select from kinkster.models where covers = 'all' order by length(model) desc limit 1""",
    "models_same_as_idx": "select from kinkster.models where same_as = 'a-model'",
}
"""A statement for each index that is there for speed: the advisors call superfluous what nothing has used."""

KNOWN = {
    "unindexed_foreign_keys_public_kinkster_conversations_head_is_in_the_conversation",
    "unindexed_foreign_keys_public_kinkster_turns_parent_is_in_the_same_conversation",
}
"""Findings that stay. The head's foreign key is looked up by the conversation's key, one row: an index that
held the head would be written with each turn. The parent's is looked up by the parent alone: an index that
began with the user would be taken for the way to each single turn (tests/test_plans.py).
"""


@pytest.fixture(scope="module")
def packages(pytestconfig: pytest.Config) -> Path:
    """A folder with the CLI in it, kept in pytest's cache."""
    if not npm.is_here():
        pytest.skip("npm is not here, which installs the Supabase CLI")
    assert pytestconfig.cache is not None
    return npm.installed(PACKAGE, pytestconfig.cache.mkdir("supabase-cli"))


@pytest.fixture(scope="module")
def supabase(packages: Path, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The CLI on this project and a plain Postgres, after `migration up`."""
    name = create_database(server)
    conninfo = server.conninfo(name)
    install(conninfo, migrations=None, seed=False)
    cli = Cli(packages, conninfo, project(tmp_path_factory.mktemp("project")))
    cli("migration", "up")
    yield cli
    drop_database(server, name)


def test_migration_up_runs_them_all_and_list_agrees(supabase: Cli) -> None:
    assert supabase.versions() == (VERSIONS, VERSIONS)


def test_repair_takes_a_version_out_of_the_record_and_puts_it_back(supabase: Cli) -> None:
    supabase("migration", "repair", "--status", "reverted", NEWEST)
    assert supabase.versions() == (VERSIONS, VERSIONS - {NEWEST})
    supabase("migration", "repair", "--status", "applied", NEWEST)
    assert supabase.versions() == (VERSIONS, VERSIONS)


def test_push_pushes_what_is_not_recorded(supabase: Cli) -> None:
    more = supabase.project / "supabase" / "migrations" / "29991231000000_pets.sql"
    more.write_text("create table public.pets (id uuid primary key);")
    try:
        supabase("db", "push")
        assert supabase.versions()[1] == VERSIONS | {"29991231000000"}
    finally:
        more.unlink()


def test_reset_replays_them_all_and_seeds(supabase: Cli) -> None:
    supabase("db", "reset")
    with psycopg.connect(supabase.conninfo) as connection:
        seeded = connection.execute("select count(*) from public.kinksters").fetchone()
        pets = connection.execute("select to_regclass('public.pets')").fetchone()
    assert seeded is not None
    assert seeded[0] > 0
    assert pets == (None,)
    assert supabase.versions() == (VERSIONS, VERSIONS)


def test_lint_finds_nothing(supabase: Cli) -> None:
    found = supabase("db", "lint", "--level=warning", "--fail-on=warning")
    assert found.strip() in ("", "[]")


def test_the_advisors_find_nothing_at_any_level(supabase: Cli) -> None:
    with psycopg.connect(supabase.conninfo, autocommit=True) as connection:
        connection.execute("set enable_seqscan = off")
        for statement in WHAT_INDEXES_ARE_FOR.values():
            connection.execute(statement.encode())
        connection.execute("select pg_stat_force_next_flush()")
        connection.execute("select 1")
    found: list[dict[str, Any]] = json.loads(supabase("db", "advisors", "--level=info") or "[]")
    assert {one["cache_key"]: one["detail"] for one in found if one["cache_key"] not in KNOWN} == {}
    assert {one["cache_key"] for one in found} == KNOWN, "KNOWN has what is found no more: take it out"


def test_the_types_are_those_that_the_cli_generates(supabase: Cli) -> None:
    assert TYPES.read_text(encoding="utf-8") == HEADER + supabase.types(), (
        "types/database.ts is old: .venv/bin/python -m tests.test_supabase_cli"
    )


def test_the_printed_plan_of_a_project_that_exists_puts_its_record_right(
    packages: Path, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = create_database(server)
    conninfo = server.conninfo(name)
    try:
        make_production(conninfo)
        folder = make_folder(tmp_path, with_ours=True)
        (tmp_path / "supabase" / "config.toml").write_text('project_id = "step-one"\n')
        cli = Cli(packages, conninfo, tmp_path)
        monkeypatch.setenv("DATABASE_URL", conninfo)
        plan = ["migrations", "plan", "--folder", str(folder)]

        cli("migration", "up", fails=True)
        printed = CliRunner().invoke(app, plan).stdout
        lines = [line.split() for line in printed.splitlines() if not line.startswith("#")]
        assert len(lines) == 16
        for program, *words in lines:
            assert program == "supabase"
            cli(*words)

        local, remote = cli.versions()
        assert local == remote == {path.name.partition("_")[0] for path in folder.glob("*.sql")}
        assert NEVER_RAN in remote
        again = CliRunner().invoke(app, plan)
        assert (again.stdout, again.exit_code) == ("", 0)
    finally:
        drop_database(server, name)


def main() -> None:
    """Writes types/database.ts, by way of a database made for the purpose."""
    with server(need_test_extensions=False) as postgres, tempfile.TemporaryDirectory() as folder:
        name = create_database(postgres)
        try:
            install(postgres.conninfo(name), seed=False)
            packages = npm.installed(PACKAGE, Path(folder, "packages"))
            cli = Cli(packages, postgres.conninfo(name), project(Path(folder, "project")))
            TYPES.parent.mkdir(exist_ok=True)
            TYPES.write_text(HEADER + cli.types(), encoding="utf-8")
        finally:
            drop_database(postgres, name)
    print(f"wrote {TYPES}")


if __name__ == "__main__":
    main()
