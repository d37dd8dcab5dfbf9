"""Pins every dependency, with hashes, for Python 3.11 and later: `make lock`.

Reads the ranges in pyproject.toml and writes requirements/test.txt, run.txt and lock.txt (what this script
itself needs). The first two agree on every version. None of them names an index: where packages come from is
up to whoever installs them.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
LOCKER = "uv>=0.9,<1"


def pin(source: Sequence[str], stdin: str = "") -> str:
    """The exact versions and hashes, one requirement a line, that satisfy what `source` asks uv for."""
    options = ["--quiet", "--universal", "--python-version=3.11", "--generate-hashes", "--upgrade"]
    options += ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    command = [sys.executable, "-m", "uv", "pip", "compile", *options, *source]
    environment = {**os.environ, "UV_NO_PROGRESS": "1"}
    answer = subprocess.run(
        command, cwd=ROOT, env=environment, input=stdin, check=True, stdout=subprocess.PIPE, text=True
    )
    return answer.stdout


def main() -> None:
    """Writes the three files anew, each with the newest versions that the ranges allow."""
    REQUIREMENTS.mkdir(exist_ok=True)
    sources = {
        "test.txt": (["pyproject.toml", "--extra=run", "--extra=test"], ""),
        "run.txt": (["pyproject.toml", "--extra=run", "--constraint=requirements/test.txt"], ""),
        "lock.txt": (["-"], LOCKER),
    }
    for name, (source, stdin) in sources.items():
        pins = pin(source, stdin)
        (REQUIREMENTS / name).write_text(f"# Written by `make lock`, not by hand.\n{pins}", encoding="utf-8")
        print(f"requirements/{name}: {pins.count('==')} packages")


if __name__ == "__main__":
    main()
