"""The files of supabase/schemas in the order in which they build the database, which supabase/config.toml
gives.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class SchemaFile:
    """A file of supabase/schemas: `name` is its path from the root of the project."""

    name: str
    text: str

    @property
    def replaceable(self) -> bool:
        """Whether a changed file can be run again as it is: a function or a view, no table."""
        creates = re.findall(r"^create\s+(or\s+replace)?", self.text, re.MULTILINE | re.IGNORECASE)
        return bool(creates) and all(creates)


def schema_files(root: Path = ROOT) -> list[SchemaFile]:
    """All of them. Raises ValueError when a file is in no `schema_paths`, or a path leads nowhere."""
    supabase = root / "supabase"
    config = tomllib.loads((supabase / "config.toml").read_text(encoding="utf-8"))
    paths: list[Path] = []
    for pattern in config["db"]["migrations"]["schema_paths"]:
        found = sorted(supabase.glob(pattern.removeprefix("./")))
        if not found:
            raise ValueError(f"supabase/config.toml names {pattern}, which is not there")
        paths += [path for path in found if path not in paths]
    forgotten = set(supabase.glob("schemas/**/*.sql")) - set(paths)
    if forgotten:
        names = ", ".join(sorted(path.relative_to(root).as_posix() for path in forgotten))
        raise ValueError(f"not in schema_paths of supabase/config.toml: {names}")
    return [SchemaFile(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")) for path in paths]
