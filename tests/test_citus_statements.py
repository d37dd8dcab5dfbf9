"""Each statement of a turn's functions is about one user, as their sources say: else Citus asks all nodes, or
refuses it. And none that writes holds what Citus refuses there, or gets wrong.

A function is a turn's when the worker or a user calls it for a turn, or one of those does, and it isn't
replaced by supabase/scale/citus.sql. A statement is read as far as its table names, their aliases and its
equalities.
"""

import re
from pathlib import Path

import psycopg
import pytest

CITUS = (Path(__file__).resolve().parent.parent / "supabase" / "scale" / "citus.sql").read_text(
    encoding="utf-8"
)
CALLED = [
    "begin_turn",
    "follow_turn",
    "claim_turn",
    "claim_next_turn",
    "checkpoint_turns",
    "rebuild_turn",
    "settle_turn",
    "store_message",
]
TABLE = r"(?:public\.kinkster_(?:conversations|turns|ratings)|kinkster\.turns_in_flight)"
# Volatile functions; and "case x when y", which Citus writes again as "case x when x = y".
REFUSED = r"\b(?:gen_random_uuid|random|clock_timestamp|nextval)\(|\bcase(?!\s+when\b)"
SOURCES = """
select p.proname::text, p.prosrc from pg_proc as p where p.pronamespace = 'kinkster'::regnamespace
"""


def turns_functions(admin: psycopg.Connection) -> dict[str, str]:
    """The sources of a turn's functions by name, as they run on Citus, without comments and literals."""
    everything: dict[str, str] = dict(admin.execute(SOURCES).fetchall())
    found, names = dict[str, str](), list(CALLED)
    while names:
        name = names.pop()
        if name in found or name not in everything or (replaced(name) and name not in CALLED):
            continue
        source = re.sub(r"--[^\n]*", "", everything[name])
        names += re.findall(r"\bkinkster\.(\w+)\(", source)
        found[name] = re.sub(r"'(?:[^']|'')*'", "''", source)
    # For each user by itself there; see the file.
    found["checkpoint_turns"] = re.sub(r"\b[glw]\.user_id", "p_user_id", found["checkpoint_turns"])
    return found


def replaced(name: str) -> bool:
    """Whether citus.sql has another function of this name."""
    return f"create or replace function kinkster.{name}(" in CITUS


def strays(source: str) -> list[str]:
    """The statements that name a distributed table without saying, for each of its rows, whose."""
    return [text for text in source.split(";") if re.search(rf"\b{TABLE}\b", text) and is_astray(text)]


def is_astray(statement: str) -> bool:
    """Whether a row of a distributed table lacks an equality of its user, or none leads to a variable."""
    if re.search(rf"\binsert into {TABLE}(?: as \w+)? \((?!\s*user_id\b)", statement):
        return True
    rows = re.findall(rf"\b(?:from|join|update|using) {TABLE}(?: as (\w+))?", statement)
    equal = re.findall(r"([\w.]*\buser_id) = ([\w.]*\w)", statement)
    within = {f"{alias}.user_id" for alias in re.findall(r"\bas (\w+)", statement)}
    known = {side for pair in equal for side in pair} - within - {"user_id"}
    for _ in equal:
        known |= {side for pair in equal if known.intersection(pair) for side in pair}
    return not all(
        f"{alias}.user_id" in known and sum(f"{alias}.user_id" in pair for pair in equal) >= rows.count(alias)
        for alias in rows
    )


def test_each_statement_is_about_one_user(admin: psycopg.Connection) -> None:
    sources = turns_functions(admin)
    assert {"plan_turn", "queue_turn", "turn_history", "stop_turns", "read_on"} <= set(sources)
    astray = {name: strays(source) for name, source in sources.items()}
    across = astray.pop("claim_next_turn")
    assert {name: found for name, found in astray.items() if found} == {}
    # The queue looks among all users, and claim_turn is about the one that it finds.
    assert len(across) == 1
    assert re.search(r"\bf\.user_id > v_after\b", across[0])


def test_no_write_holds_what_citus_refuses(admin: psycopg.Connection) -> None:
    for name, source in turns_functions(admin).items():
        for statement in source.split(";"):
            if re.search(rf"\b(?:update|insert into) {TABLE}\b", statement):
                assert not re.search(REFUSED, statement), name


@pytest.mark.parametrize(
    "statement",
    [
        "select t.* into v from public.kinkster_turns as t where t.id = p_turn_id",
        "update public.kinkster_turns as t set reply = '' where t.id = p_turn_id and t.user_id > p_user_id",
        "delete from kinkster.turns_in_flight as f using public.kinkster_turns as t"
        " where f.user_id = t.user_id",
        "with b as (select p_user_id as user_id) select from b as b"
        " join public.kinkster_turns as t on t.user_id = b.user_id",
        "select from public.kinkster_turns as t join public.kinkster_conversations as c"
        " on c.id = t.conversation_id where t.user_id = p_user_id",
        "select from public.kinkster_turns where user_id = p_user_id",
        "insert into public.kinkster_turns (id, message) values (p_turn_id, p_message)",
    ],
)
def test_a_statement_about_all_users_would_be_seen(statement: str) -> None:
    assert strays(f"begin\n  {statement};\nend") != []


def test_a_statement_that_joins_on_the_user_is_about_one() -> None:
    joined = "public.kinkster_turns as t join public.kinkster_conversations as c on c.user_id = t.user_id"
    assert strays(f"select from {joined} where t.user_id = p_user_id;") == []
