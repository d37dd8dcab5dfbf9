"""Writes a migration out of what has changed in supabase/schemas: `make migration name=…`.

Every part stands under a heading, `-- from supabase/schemas/….sql`. Functions and views are carried verbatim,
and are up to date when the last part under their heading is their present text. What becomes of a table's
data only a person can say: a new table's file is carried as it is, for a changed one there is the heading
alone, to write statements under. Headings of tables hold the hash of the file, by which the next run knows
that the change has been seen to; those of a file that is gone hold `(gone)`.
"""

import hashlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.frozen_migrations import freeze
from scripts.schema_files import ROOT, SchemaFile, schema_files

OPENING = """\
-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

"""
HEADING = re.compile(r"^-- from (supabase/schemas/\S+\.sql)(?: \((.*)\))?\n", re.MULTILINE)
TABLE = re.compile(r"^create table (?:if not exists )?([\w.]+)", re.MULTILINE)


class NothingToMigrate(Exception):
    """No migration is written; the message says why."""


@dataclass(frozen=True)
class Draft:
    """A migration's text; the files that it carries; what is left to write by hand, a sentence each."""

    text: str
    carried: Sequence[str]
    by_hand: Sequence[str]


def draft(files: Sequence[SchemaFile], migrations: Sequence[str]) -> Draft:
    """What a migration after `migrations`, texts in order, must hold for them to build what `files` build."""
    so_far = "\n".join(migrations)
    last = {heading[1]: heading for heading in HEADING.finditer(so_far)}
    tables = set(TABLE.findall(so_far))
    parts, carried, by_hand = [], [], []
    for file in files:
        heading = last.get(file.name)
        digest = f"sha256 {hashlib.sha256(file.text.encode()).hexdigest()}"
        if heading is None:
            up_to_date = file.text in so_far
        elif file.replaceable:
            up_to_date = so_far.startswith(file.text, heading.end())
        else:
            up_to_date = heading[2] == digest
        if up_to_date:
            continue
        title = f"-- from {file.name}\n" if file.replaceable else f"-- from {file.name} ({digest})\n"
        known = heading is not None or not tables.isdisjoint(TABLE.findall(file.text))
        if file.replaceable or not known:
            parts.append(title + file.text)
            carried.append(file.name)
        else:
            parts.append(title)
            by_hand.append(f"{file.name} has changed: write its alter statements under its heading")
    names = {file.name for file in files}
    for gone in (name for name, heading in last.items() if name not in names and heading[2] != "gone"):
        parts.append(f"-- from {gone} (gone)\n")
        by_hand.append(f"{gone} is gone: write what drops it under its heading")
    return Draft("\n".join(parts), carried, by_hand)


def new_migration(name: str, *, root: Path = ROOT, now: datetime | None = None) -> tuple[Path, Draft]:
    """Writes supabase/migrations/<UTC time>_<name>.sql, and freezes it if nothing is left to write by hand.

    Raises NothingToMigrate.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise NothingToMigrate(
            "Give it a name of small letters, digits and underscores: make migration name=add_pets"
        )
    folder = root / "supabase" / "migrations"
    made = sorted(folder.glob("*.sql"))
    drawn = draft(schema_files(root), [path.read_text(encoding="utf-8") for path in made])
    if not drawn.text:
        raise NothingToMigrate(
            "The migrations carry every file of supabase/schemas as it is: nothing to migrate."
        )
    version = f"{now or datetime.now(UTC):%Y%m%d%H%M%S}"
    if made and made[-1].name.split("_")[0] >= version:
        raise NothingToMigrate(f"{made[-1].name} is not older than now, {version}: is the clock right?")
    path = folder / f"{version}_{name}.sql"
    path.write_text(OPENING + drawn.text, encoding="utf-8")
    if not drawn.by_hand:
        freeze(folder)
    return path, drawn


def main() -> int:
    """Writes one and says what it did; status 1 when there is nothing to write."""
    try:
        path, drawn = new_migration(sys.argv[1] if len(sys.argv) > 1 else "")
    except (NothingToMigrate, ValueError) as reason:
        print(reason)
        return 1
    print(f"wrote {path.relative_to(ROOT)}")
    print("".join(f"  carries {name}\n" for name in drawn.carried), end="")
    print("".join(f"  TO DO   {sentence}\n" for sentence in drawn.by_hand), end="")
    print("  then: make freeze" if drawn.by_hand else "  frozen in CHECKSUMS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
