"""Brings together files, record and database: one row for every migration that is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from kinkster_worker.migrations.catalog import Database
from kinkster_worker.migrations.files import Migration
from kinkster_worker.migrations.findings import Comparison, Finding


@dataclass(frozen=True)
class Row:
    """A migration that has a file or is recorded, and what of it is there."""

    migration: Migration
    has_file: bool
    recorded: bool
    finding: Finding


@dataclass(frozen=True)
class Situation:
    """Every migration that is known, in order, and the objects that no file makes."""

    rows: list[Row]
    strays: list[str]


def survey(files: Sequence[Migration], database: Database) -> Situation:
    """Compares. Of what is recorded without a file, the SQL that was recorded with it is compared."""
    by_version = {migration.version: migration for migration in files}
    recorded = {migration.version: migration for migration in database.recorded}
    orphans = [migration for version, migration in recorded.items() if version not in by_version]
    comparison = Comparison(files, database)
    findings = comparison.findings() | Comparison(orphans, database).findings()
    known = sorted((recorded | by_version).values(), key=lambda migration: migration.version)
    rows = [
        Row(one, one.version in by_version, one.version in recorded, findings[one.version]) for one in known
    ]
    return Situation(rows, comparison.strays())
