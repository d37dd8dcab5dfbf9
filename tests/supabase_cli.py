"""The real Supabase CLI, for tests: it talks to a plain Postgres, out of a project folder of its own."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PACKAGE = Path(__file__).parent / "supabase" / "package.json"
SUPABASE = Path(__file__).parent.parent / "supabase"


@dataclass(frozen=True)
class Cli:
    """The CLI on one database and one project folder.

    `packages` is where npm has installed it, `conninfo` a URL of the database, `project` the folder that
    holds `supabase/`.
    """

    packages: Path
    conninfo: str
    project: Path

    def __call__(self, *words: str, fails: bool = False) -> str:
        """Runs a command without asking anything; returns what it prints on standard output. An exit status
        other than expected is an error with all that was printed.
        """
        url = urlsplit(self.conninfo)._replace(query="sslmode=disable").geturl()
        program = self.packages / "node_modules" / ".bin" / "supabase"
        command = [str(program), *words, f"--remote={url}", "--yes", f"--workdir={self.project}"]
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                command, env=_environment(home), stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout

    def types(self) -> str:
        """The types of `public`, formatted."""
        prettier = self.packages / "node_modules" / ".bin" / "prettier"
        done = subprocess.run(
            [str(prettier), "--parser=typescript"],
            input=self("gen", "types", "--schema=public"),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def versions(self) -> tuple[set[str], set[str]]:
        """The versions that `migration list` shows as local and as remote."""
        said = json.loads(self("migration", "list", "--output-format=json"))
        rows: list[Mapping[str, str]] = said["migrations"]
        return {row["local"] for row in rows} - {""}, {row["remote"] for row in rows} - {""}


def project(folder: Path) -> Path:
    """A copy of this project's folder for the CLI, which writes into the one that it works in."""
    (folder / "supabase").mkdir(parents=True)
    for name in ("config.toml", "seed.sql"):
        shutil.copy(SUPABASE / name, folder / "supabase")
    shutil.copytree(SUPABASE / "migrations", folder / "supabase" / "migrations")
    return folder


def _environment(home: str) -> dict[str, str]:
    """Nothing of whoever runs the tests: no login, no linked project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUPABASE")}
    return {**kept, "HOME": home, "DO_NOT_TRACK": "1", "SUPABASE_TELEMETRY_DISABLED": "1"}
