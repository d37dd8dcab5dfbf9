"""The migration files of a folder, as the Supabase CLI names them: VERSION_name.sql."""

import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"([0-9]+)_(.*)\.sql")


class MigrationsError(Exception):
    """The folder or the database can't be read; the message says what to do. `status` is the exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Migration:
    """A migration and its SQL; of one that is recorded only, the SQL that was recorded, which may be none."""

    version: str
    name: str
    sql: str


def read_folder(folder: Path) -> list[Migration]:
    """The migrations of a folder in the order in which the CLI runs them; other files are left out as it
    leaves them out.
    """
    if not folder.is_dir():
        raise MigrationsError(
            f"There is no folder {folder}: go to the project's folder, or name it with --folder.", 78
        )
    found: dict[str, Migration] = {}
    for path in sorted(folder.iterdir()):
        matched = NAME.fullmatch(path.name)
        if not matched:
            continue
        version, name = matched.groups()
        if version in found:
            raise MigrationsError(
                f"Two files of {folder} have the version {version}: rename one of them.", 65
            )
        try:
            found[version] = Migration(version, name, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise MigrationsError(f"{path} can't be read: {error}.", 65) from None
    if not found:
        raise MigrationsError(f"There is no migration in {folder}: name the right folder with --folder.", 78)
    return sorted(found.values(), key=lambda migration: migration.version)
