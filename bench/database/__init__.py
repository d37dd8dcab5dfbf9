"""Rows on the database, by pgbench on a durable Postgres of this machine's own binaries."""

import subprocess

from bench.database.claims import claims
from bench.database.reading import lists, pages, prompts
from bench.database.scale import scale
from bench.database.throwaway import SETTINGS, pgbench_program
from bench.database.turns import whole_turns
from bench.figures import Row

__all__ = ["ROWS", "facts"]

ROWS = (
    Row("turns", whole_turns),
    Row("prompt", prompts),
    Row("notion", pages),
    Row("claims", claims),
    Row("list", lists),
    Row("scale", scale),
)


def facts() -> list[str]:
    """What the results say of the server."""
    version = subprocess.check_output([pgbench_program(), "--version"], text=True).strip()
    return [f"Postgres: {version}, fsync and synchronous_commit on, {', '.join(SETTINGS)}"]
