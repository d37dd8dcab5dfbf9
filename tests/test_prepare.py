"""`scripts.prepare`, which every make target runs first, in a checkout of its own."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WAITS = "Waiting for another make that prepares this checkout\n"
INSTALLS = "Installing requirements/lock.txt into .venv\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `prepare` needs of a checkout, with nothing to be installed into its venv."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "lock.txt").touch()
    return tmp_path


def preparing(checkout: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scripts.prepare", "lock"]
    return subprocess.Popen(
        command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_two_at_once_make_one_venv_and_the_second_waits(checkout: Path) -> None:
    folder = os.open(checkout, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    both = preparing(checkout), preparing(checkout)
    said_first = [first_line(process) for process in both]
    begun = (checkout / ".venv").exists()
    os.close(folder)
    said_then = [process.communicate(timeout=60)[0] for process in both]
    assert (said_first, begun) == ([WAITS, WAITS], False)
    assert sorted(said_then) == ["", INSTALLS]
    third = preparing(checkout)
    assert third.communicate(timeout=60)[0] == ""
    assert [process.returncode for process in (*both, third)] == [0, 0, 0]
