"""`kinkster migrations` says what has run, and how to put the record right, without touching the database."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from kinkster_worker.cli import app
from kinkster_worker.migrations.catalog import Database, look
from kinkster_worker.migrations.files import read_folder
from kinkster_worker.migrations.findings import Comparison
from typer.testing import CliRunner, Result

from scripts.installation import MIGRATIONS
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.step_one import NEVER_RAN, REPAIRS, make_folder, make_production

Run = Callable[..., Result]

SABOTAGE = {
    "20260111000001": "alter table profiles drop column full_name",
    "20260131000017": "drop index idx_kinksters_user",
    "20260203000006": "drop trigger update_kinksters_updated_at on kinksters",
    "20260203000007": "alter function ensure_single_primary_kinkster() security definer",
    "20260203000008": "alter type submission_status rename value 'low_energy' to 'tired'",
    "20260203000009": "alter table profiles rename notion_workspace_id to notion_space_id",
    "20260203000010": "alter table kinksters drop constraint sync_status_is_known",
    "20260204000001": "alter table messages alter column conversation_id drop not null",
    "20260211000001": "drop function prepare_kinkster_for_notion(uuid)",
    "20260211000002": "alter table messages add column draft boolean",
    "20260212000001": "alter function count_kinksters(uuid, text[]) set search_path = public",
}
"""A change after which a migration's objects are no longer there as it makes them."""


@pytest.fixture(scope="module")
def production(server: Server) -> Iterator[str]:
    """The name of a database in the situation, to be copied."""
    name = create_database(server)
    make_production(server.conninfo(name))
    yield name
    drop_database(server, name)


@pytest.fixture
def database(server: Server, production: str) -> Iterator[psycopg.Connection]:
    """A copy of that database, as its owner."""
    name = create_database(server, template=production)
    with psycopg.connect(server.conninfo(name), autocommit=True) as connection:
        yield connection
    drop_database(server, name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the situation's migration files."""
    return make_folder(tmp_path)


@pytest.fixture
def run(database: psycopg.Connection, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `kinkster migrations …` on folder and database."""
    monkeypatch.setenv("DATABASE_URL", database.info.dsn)
    return lambda *words: CliRunner().invoke(
        app, ["migrations", words[0], "--folder", str(folder), *words[1:]]
    )


def commands(result: Result) -> list[str]:
    """What of a printed plan a shell would run."""
    return [line for line in result.stdout.splitlines() if line and not line.startswith("#")]


def seen(run: Run) -> dict[str, str]:
    """What `status` says of each version's objects."""
    return {row["version"]: row["really_there"] for row in json.loads(run("status", "--json").stdout)}


def record(database: psycopg.Connection, *versions: str) -> None:
    """Records versions as `migration repair --status applied` does."""
    for version in versions:
        database.execute("insert into supabase_migrations.schema_migrations (version) values (%s)", [version])


def repair(database: psycopg.Connection) -> None:
    """Does to the record what the fifteen commands do."""
    database.execute("delete from supabase_migrations.schema_migrations")
    record(database, *(line.split()[-1] for line in REPAIRS if "applied" in line))


def write(folder: Path, version: str, sql: str) -> None:
    (folder / f"{version}_more.sql").write_text(sql)


def test_the_plan_is_the_fifteen_commands(run: Run) -> None:
    result = run("plan")
    assert commands(result) == [*REPAIRS, "supabase migration up --include-all"]
    assert result.exit_code == 1


def test_each_command_has_a_reason_above_it(run: Run) -> None:
    lines = run("plan").stdout.splitlines()
    assert all(lines[n - 1].startswith("# ") for n, line in enumerate(lines) if not line.startswith("#"))


def test_the_plan_is_the_same_with_this_projects_migrations_in_the_folder(run: Run, folder: Path) -> None:
    ours = make_folder(folder / "with ours", with_ours=True)
    result = run("plan", "--folder", str(ours))
    assert commands(result) == [*REPAIRS, "supabase migration up --include-all"]
    assert f"# Runs {NEVER_RAN}, " in result.stdout


def test_for_a_linked_project_every_command_says_so(run: Run) -> None:
    found = commands(run("plan", "--remote"))
    assert found[-1] == "supabase db push --include-all --remote"
    assert all(line.endswith(" --remote") for line in found)


def test_after_the_repairs_only_what_never_ran_is_left_and_then_nothing(
    database: psycopg.Connection, run: Run, folder: Path
) -> None:
    repair(database)
    assert commands(run("plan")) == ["supabase migration up --include-all"]
    database.execute(next(folder.glob(f"{NEVER_RAN}_*")).read_bytes())
    record(database, NEVER_RAN)
    result = run("plan")
    assert (result.stdout, result.exit_code) == ("", 0)


@pytest.mark.parametrize("version", SABOTAGE)
def test_what_is_not_there_as_its_file_makes_it_is_never_marked_as_applied(
    database: psycopg.Connection, run: Run, version: str
) -> None:
    database.execute(SABOTAGE[version])
    assert seen(run)[version] in ("half", "absent")
    assert f"supabase migration repair --status applied {version}" not in commands(run("plan"))


def test_whichever_object_is_missing_or_otherwise_its_migration_is_not_taken_as_there(
    database: psycopg.Connection, folder: Path
) -> None:
    found, files = look(database.info.dsn), read_folder(folder)
    whole = Comparison(files, found)
    there = {version for version, finding in whole.findings().items() if finding.seen == "there"}
    tried = 0
    for key, steps in whole.history.steps.items():
        wanted = steps[-1].traits
        if key not in found.objects or wanted is None:
            continue
        without = {other: traits for other, traits in found.objects.items() if other != key}
        others = [without | {key: {**found.objects[key], name: "another"}} for name in wanted]
        for objects in [without, *others]:
            findings = Comparison(files, Database(found.recorded, objects)).findings()
            assert any(findings[version].seen != "there" for version in there), (key, wanted)
            tried += 1
    assert tried > 150


def test_status_shows_file_record_and_database_beside_each_other(run: Run) -> None:
    rows = {row["version"]: row for row in json.loads(run("status", "--json").stdout)}
    facts = {version: (row["file"], row["recorded"], row["really_there"]) for version, row in rows.items()}
    assert facts["20260111000001"] == (True, False, "there")
    assert facts["20260203000003"] == (False, True, "unknown")
    assert facts["20260203000004"] == (False, True, "absent")
    assert facts[NEVER_RAN] == (True, True, "absent")
    assert len(facts) == 15
    assert rows["20260203000010"]["unseen"] == ["an update"]
    table = run("status").stdout
    assert all(version in table for version in facts)


def test_half_of_a_migration_is_a_question_with_what_is_there_and_what_is_missing(
    database: psycopg.Connection, run: Run
) -> None:
    database.execute("drop index conversations_title_idx")
    result = run("plan")
    (said,) = (line for line in result.stdout.splitlines() if "20260204000001 is yours to decide" in line)
    assert "only half of it is there: table conversations, table messages" in said
    assert "but not index conversations_title_idx of conversations" in said
    assert not any("20260204000001" in line for line in commands(result))
    assert "# then: supabase migration up --include-all" in result.stdout


def test_half_of_a_recorded_migration_is_a_question_too(database: psycopg.Connection, run: Run) -> None:
    repair(database)
    database.execute("alter table conversations drop column title")
    assert "20260204000001 is yours to decide. Recorded, and part of it is otherwise" in run("plan").stdout


def test_what_the_catalogs_cannot_show_is_a_question_where_newer_ones_ran(
    database: psycopg.Connection, run: Run, folder: Path
) -> None:
    write(folder, "20260205000000", "update public.kinksters set bio = '' where bio is null;")
    result = run("plan")
    assert "20260205000000 is yours to decide" in result.stdout
    assert "it has an update" in result.stdout
    assert not any("20260205000000" in line for line in commands(result))


def test_what_the_catalogs_cannot_show_is_run_where_nothing_newer_ran(
    database: psycopg.Connection, run: Run, folder: Path
) -> None:
    repair(database)
    next(folder.glob(f"{NEVER_RAN}_*")).unlink()
    write(folder, "20260301000000", "update public.kinksters set bio = '' where bio is null;")
    assert run("plan").stdout == "# Runs 20260301000000.\nsupabase migration up\n"


def test_what_provides_for_what_is_there_already_is_run(
    database: psycopg.Connection, run: Run, folder: Path
) -> None:
    repair(database)
    next(folder.glob(f"{NEVER_RAN}_*")).unlink()
    database.execute("alter table kinksters add column pet text")
    sql = "alter table kinksters add column if not exists pet text, add column if not exists toy text;"
    write(folder, "20260301000000", sql)
    assert seen(run)["20260301000000"] == "half"
    assert commands(run("plan")) == ["supabase migration up"]


def test_what_no_file_makes_is_to_be_pulled(database: psycopg.Connection, run: Run) -> None:
    database.execute("create table kinkster_moods (id uuid primary key)")
    result = run("plan")
    assert "no file makes: table kinkster_moods." in result.stdout
    pull, up = commands(result)[-2:]
    assert pull == "supabase db pull --schema public"
    assert up == "supabase migration up --include-all"


def test_what_a_version_without_a_file_has_made_is_named_and_pulled(
    database: psycopg.Connection, run: Run
) -> None:
    database.execute("create table kinkster_drafts (id uuid primary key)")
    result = run("plan")
    assert "what it made stays: table kinkster_drafts. Its SQL is recorded" in result.stdout
    assert commands(result)[-2] == "supabase db pull --schema public"


def test_a_trigger_that_a_later_block_takes_away_is_not_missed(
    database: psycopg.Connection, run: Run, folder: Path
) -> None:
    block = "do $$ begin execute 'drop trigger ensure_single_primary on public.kinksters'; end $$;"
    database.execute(block)
    record(database, "20260301000000")
    write(folder, "20260301000000", block)
    assert seen(run)["20260203000007"] == "there"


def test_sql_that_cannot_be_read_is_a_question_that_says_where(run: Run, folder: Path) -> None:
    write(folder, "20260205000000", "create tabel x ();")
    said = run("plan").stdout
    assert """SQL that can't be read (syntax error at or near "tabel")""" in said


def test_a_database_without_a_record_has_nothing_recorded(database: psycopg.Connection, run: Run) -> None:
    database.execute("drop schema supabase_migrations cascade")
    assert commands(run("plan"))[:12] == REPAIRS[3:]


def test_a_record_without_names_and_statements_is_read_too(database: psycopg.Connection, run: Run) -> None:
    database.execute(
        "alter table supabase_migrations.schema_migrations drop column name, drop column statements"
    )
    assert commands(run("plan"))[:15] == REPAIRS


def test_reading_needs_no_right_to_write_and_changes_nothing(
    database: psycopg.Connection, server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = server.pg_dump(
        database.info.dbname, ["--inserts", "--schema=public", "--schema=supabase_migrations"]
    )
    database.execute("alter database " + database.info.dbname + " set default_transaction_read_only = on")
    assert commands(run("plan"))[:15] == REPAIRS
    assert run("status").exit_code == 0
    after = server.pg_dump(
        database.info.dbname, ["--inserts", "--schema=public", "--schema=supabase_migrations"]
    )
    noise = (r"\restrict", r"\unrestrict")
    assert [line for line in after.splitlines() if not line.startswith(noise)] == [
        line for line in before.splitlines() if not line.startswith(noise)
    ]


def test_this_projects_own_migrations_are_all_seen(
    template: Callable[[str], str], server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", server.conninfo(template("explicit")))
    ours = ["--folder", str(MIGRATIONS)]
    result = run("plan", *ours)
    assert (result.stdout, result.exit_code) == ("", 0)
    rows = json.loads(run("status", "--json", *ours).stdout)
    not_seen = {row["name"] for row in rows if row["really_there"] != "there"}
    assert all("backfill" in name or "validate" in name for name in not_seen)


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        (None, 78, "DATABASE_URL is not set"),
        ("postgresql://postgres:hunter2@127.0.0.1:1/x", 69, "The database can't be reached"),
        ("postgresql://postgres:p@ss@hunter2@127.0.0.1/x", 69, "The database can't be reached"),
        ("postgresql//hunter2", 78, "DATABASE_URL must be a Postgres address"),
    ],
)
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence_without_its_password(
    url: str | None, status: int, said: str, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    if url:
        monkeypatch.setenv("DATABASE_URL", url)
    result = run("plan")
    assert result.exit_code == status
    assert said in result.stderr
    assert "hunter2" not in result.output


def test_no_folder_an_empty_one_and_two_files_of_a_version_are_said_in_a_sentence(
    run: Run, folder: Path
) -> None:
    result = run("status", "--folder", str(folder / "nowhere"))
    assert result.exit_code == 78
    assert "name it with --folder" in result.stderr
    (folder / "nothing").mkdir()
    result = run("status", "--folder", str(folder / "nothing"))
    assert result.exit_code == 78
    assert "no migration in" in result.stderr
    write(folder, "20260111000001", "select 1;")
    result = run("status")
    assert result.exit_code == 65
    assert "the version 20260111000001: rename one of them" in result.stderr
