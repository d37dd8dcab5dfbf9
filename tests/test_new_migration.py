"""`make migration` carries what has changed and nothing else; a frozen migration stays as it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.frozen_migrations import findings
from scripts.new_migration import OPENING, Draft, NothingToMigrate, new_migration
from scripts.schema_files import schema_files

TABLE = "create table public.pets (\n  id uuid primary key\n);\n"
FUNCTION = "create or replace function public.pet_count()\n  returns bigint\n  language sql\nas 'select 1';\n"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a table and a function, and no migration."""
    supabase = tmp_path / "a project" / "supabase"
    (supabase / "schemas").mkdir(parents=True)
    (supabase / "migrations").mkdir()
    (supabase / "config.toml").write_text(
        '[db.migrations]\nschema_paths = ["./schemas/pets.sql", "./schemas/*_count.sql"]\n'
    )
    (supabase / "schemas" / "pets.sql").write_text(TABLE)
    (supabase / "schemas" / "pet_count.sql").write_text(FUNCTION)
    return supabase.parent


@pytest.fixture
def migrate(project: Path) -> Callable[[str], tuple[Path, Draft]]:
    """Writes the next migration, each a day after the one before."""
    days = iter(range(100))
    return lambda name: new_migration(name, root=project, now=START + timedelta(days=next(days)))


def change(project: Path, file: str, text: str) -> None:
    (project / "supabase" / "schemas" / file).write_text(text)


def test_nothing_changed_is_an_error(migrate: Callable[[str], tuple[Path, Draft]]) -> None:
    migrate("start")
    with pytest.raises(NothingToMigrate, match="nothing to migrate"):
        migrate("again")


@pytest.mark.parametrize("name", ["", "Add Pets", "../pets", "1st"])
def test_a_name_that_makes_no_file_name_is_refused(
    name: str, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    with pytest.raises(NothingToMigrate, match="make migration name="):
        migrate(name)


def test_new_files_are_carried_verbatim_in_order(
    project: Path, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    path, draft = migrate("start")
    text = path.read_text()
    assert path.name == "20260101000000_start.sql"
    assert TABLE in text
    assert text.endswith(FUNCTION)
    assert draft.by_hand == []
    assert findings(project / "supabase" / "migrations") == []


def test_a_changed_function_is_carried_alone(
    project: Path, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    migrate("start")
    change(project, "pet_count.sql", FUNCTION.replace("1", "2"))
    path, draft = migrate("two")
    assert draft.carried == ["supabase/schemas/pet_count.sql"]
    assert path.read_text() == OPENING + "-- from supabase/schemas/pet_count.sql\n" + FUNCTION.replace(
        "1", "2"
    )


def test_a_function_changed_back_is_carried_again(
    project: Path, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    migrate("start")
    change(project, "pet_count.sql", FUNCTION.replace("1", "2"))
    migrate("two")
    change(project, "pet_count.sql", FUNCTION)
    assert migrate("back")[1].carried == ["supabase/schemas/pet_count.sql"]


def test_a_changed_table_is_left_to_a_person_once(
    project: Path, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    migrate("start")
    change(project, "pets.sql", TABLE.replace(" primary key", " primary key,\n  name text"))
    path, draft = migrate("names")
    assert "create table" not in path.read_text()
    assert draft.by_hand == [
        "supabase/schemas/pets.sql has changed: write its alter statements under its heading"
    ]
    assert findings(path.parent) == [f"{path.name} is not frozen yet: make freeze"]
    with pytest.raises(NothingToMigrate):
        migrate("again")


def test_a_table_made_by_hand_is_not_made_again(
    project: Path, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    by_hand = "create table if not exists public.pets (id uuid primary key);\n"
    (project / "supabase" / "migrations" / "20250101000000_pets.sql").write_text(by_hand)
    path, draft = migrate("start")
    assert draft.carried == ["supabase/schemas/pet_count.sql"]
    assert len(draft.by_hand) == 1
    assert "create table" not in path.read_text()


def test_a_file_that_is_gone_is_left_to_a_person_once(
    project: Path, migrate: Callable[[str], tuple[Path, Draft]]
) -> None:
    migrate("start")
    (project / "supabase" / "schemas" / "pet_count.sql").unlink()
    change(project, "cat_count.sql", FUNCTION.replace("pet", "cat"))
    assert migrate("cats")[1].by_hand == [
        "supabase/schemas/pet_count.sql is gone: write what drops it under its heading"
    ]
    with pytest.raises(NothingToMigrate):
        migrate("again")


def test_a_frozen_migration_that_changed_is_found(migrate: Callable[[str], tuple[Path, Draft]]) -> None:
    path, _ = migrate("start")
    path.write_text("select 1;\n")
    assert "write a new migration" in findings(path.parent)[0]
    path.unlink()
    assert "is gone" in findings(path.parent)[0]


def test_a_schema_file_that_the_configuration_forgets_is_an_error(project: Path) -> None:
    change(project, "forgotten.sql", FUNCTION)
    with pytest.raises(ValueError, match=r"schemas/forgotten\.sql"):
        schema_files(project)
