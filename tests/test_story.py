"""docs/upgrade.md, typed word for word, does what it says."""

import re
from pathlib import Path

import pytest

from scripts.throwaway_postgres import Server
from tests import npm
from tests.story import page
from tests.story.story import tell
from tests.supabase_cli import PACKAGE


@pytest.fixture(scope="module")
def packages(pytestconfig: pytest.Config) -> Path:
    """A folder with the CLI in it, kept in pytest's cache."""
    if not npm.is_here():
        pytest.skip("npm is not here, which installs the Supabase CLI")
    assert pytestconfig.cache is not None
    return npm.installed(PACKAGE, pytestconfig.cache.mkdir("supabase-cli"))


async def test_the_whole_story_runs_as_the_page_tells_it(
    server: Server, packages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await tell(server, packages, print) == []
    assert "The rollout is completed." in capsys.readouterr().out


def test_a_line_that_was_not_said_is_missing_and_so_is_one_out_of_order() -> None:
    said = "│ one │ 0.25 s │\n│ two │ 3 │"
    assert page.missing("one 0.31 s\n…\ntwo 3", said) == []
    assert page.missing("two 4", said) == ["two 4"]
    assert page.missing("two 3\none 0.25 s", said) == ["one 0.0 s"]
    assert page.missing("t…3", said) == []


def test_each_line_of_the_old_checklist_has_the_checks_that_the_doctor_makes_of_it() -> None:
    from tests.worker.test_doctor_command import SEED

    rows = re.findall(r"^\| (\w.*?) \| (.*?) \|", page.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {line: re.findall(r"`(\w+)`", checks) for line, checks in rows} == SEED
