"""`make faults` with few tries, so that it keeps running; that all turns survive, the whole of it shows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parent.parent


def faults(**variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KINKSTER_POSTGRES")
    }
    environment = {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    command = [sys.executable, "-m", "tests.faults"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_two_tries_of_some_cases_are_all_zero() -> None:
    done = faults(ONLY="two tabs,safeword", TRIES="2", SEED="1")
    assert done.returncode == 0, done.stdout + done.stderr
    header, *lines, last = done.stdout.splitlines()
    assert header.split() == ["case", "tries", "lost", "doubled", "stuck", "wrong", "slowest", "recovery"]
    assert [line.split()[-7:-2] for line in lines] == [["2", "0", "0", "0", "0"]] * 2
    assert last.startswith("all zero")


def test_some_characters_reach_notion_once_each_and_their_figures_are_told() -> None:
    done = faults(ONLY="notion", TRIES="20", SEED="1")
    assert done.returncode == 0, done.stdout + done.stderr
    _, line, *figures, last = done.stdout.splitlines()
    assert line.split()[:6] == ["notion", "20", "0", "0", "0", "0"]
    told = {figure[2:36].rstrip(): figure[36:].strip() for figure in figures}
    assert int(told["faults"]) == int(told["requests"]) // 5
    assert told["twice in Notion"] == told["lost edits"] == told["too fast"] == "0"
    assert told["kills"].startswith("1,")
    assert last.startswith("all zero")


def test_an_unknown_case_is_refused_with_those_that_there_are() -> None:
    done = faults(ONLY="nothing")
    assert done.returncode == 2
    assert "kill" in done.stderr


@pytest.mark.parametrize("guard", GUARDS, ids=[guard.name for guard in GUARDS])
def test_the_line_that_guards_against_a_fault_is_there_to_be_broken(guard: Guard) -> None:
    for path, line, _ in [(guard.path, guard.line, guard.broken), *([guard.also] if guard.also else [])]:
        assert (ROOT / path).read_text(encoding="utf-8").count(line) == 1
