"""The documents say what the code does."""

import re
from pathlib import Path

import psycopg
from kinkster_worker import errors

from scripts import docs

ROOT = Path(__file__).resolve().parent.parent


def test_functions_md_is_what_the_database_says_of_itself(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert (ROOT / "docs" / "functions.md").read_text(encoding="utf-8") == docs.functions(connection), (
            "docs/functions.md is old: run make docs"
        )


def test_errors_md_is_what_the_exceptions_say_of_themselves() -> None:
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == docs.error_codes(), (
        "docs/errors.md is old: run make docs"
    )


def test_each_error_code_that_sql_writes_is_explained() -> None:
    explained = dict(docs.FROM_SQL)
    written = {
        code
        for path in (ROOT / "supabase" / "schemas").rglob("*.sql")
        for code in re.findall(
            r"(?:error_code = |v_failure := array\[\s*|stop_turns\([^,']+, )'(\w+)'",
            path.read_text(encoding="utf-8"),
        )
    }
    of_the_worker = {kind.code for kind in docs.with_codes(errors.TurnError)}
    assert set(explained) <= written <= set(explained) | of_the_worker


def test_every_link_between_the_documents_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) >= 8
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert lost == []


def test_the_readme_names_each_make_target_that_it_uses() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = set(re.findall(r"\bmake ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert used
    assert used <= targets
