"""Packages of npm for tests: exact versions out of a package.json, installed once, without a lock file."""

import shutil
import subprocess
from pathlib import Path

from scripts.alone import alone

INSTALL = [
    "npm",
    "install",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
]


def is_here() -> bool:
    """Whether npm is here to install anything."""
    return shutil.which("npm") is not None


def installed(package: Path, folder: Path) -> Path:
    """Sees to a folder that holds what a package.json names; returns that folder.

    A folder that was made from the same package.json is taken as it is.
    """
    made_from = folder / "installed.json"
    with alone(folder.parent):
        if not made_from.exists() or made_from.read_bytes() != package.read_bytes():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            shutil.copy(package, folder)
            done = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            shutil.copy(package, made_from)
    return folder
