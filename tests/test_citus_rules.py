"""The rules of Citus that the tables of conversations and turns keep, read from plain Postgres's catalogue.

supabase/scale/citus.sql takes away what it names; other keys, triggers and policies that Citus refuses fail
here on the day that they are added.
"""

from pathlib import Path

import psycopg
import pytest

CITUS = (Path(__file__).resolve().parent.parent / "supabase" / "scale" / "citus.sql").read_text(
    encoding="utf-8"
)

DISTRIBUTED = [
    "public.kinkster_conversations",
    "public.kinkster_turns",
    "kinkster.turns_in_flight",
    "public.kinkster_ratings",
]
REFERENCE = ["public.profiles", "public.kinksters"]

UNIQUE_WITHOUT_USER = """
select i.indexrelid::regclass::text
from pg_index as i
where i.indrelid = any(%s::regclass[])
  and i.indisunique
  and not exists (
    select from pg_attribute as a
    where a.attrelid = i.indrelid and a.attname = 'user_id' and a.attnum = any(i.indkey)
  )
"""

FOREIGN_WITHOUT_USER = """
select k.conname::text
from pg_constraint as k
where k.contype = 'f'
  and (k.conrelid = any(%(ours)s::regclass[]) or k.confrelid = any(%(ours)s::regclass[]))
  and not (k.conrelid = any(%(ours)s::regclass[]) and k.confrelid = any(%(copied)s::regclass[]))
  and not (
    k.conrelid = any(%(ours)s::regclass[])
    and k.confrelid = any(%(ours)s::regclass[])
    and exists (
      select from unnest(k.conkey, k.confkey) as pair (here, there)
      join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = pair.here
      join pg_attribute as b on b.attrelid = k.confrelid and b.attnum = pair.there
      where a.attname = 'user_id' and b.attname = 'user_id'
    )
  )
"""

TRIGGERS = """
select t.tgname::text from pg_trigger as t where t.tgrelid = any(%s::regclass[]) and not t.tgisinternal
"""

POLICIES_WITH_QUERIES = r"""
select p.policyname::text
from pg_policies as p
where format('%%s.%%s', p.schemaname, p.tablename) = any(%s)
  and regexp_replace(
    concat(p.qual, p.with_check), '\( SELECT auth\.\w+\(\) AS \w+\)', '', 'g'
  ) like '%%SELECT%%'
"""


def found(admin: psycopg.Connection, statement: str, tables: list[str]) -> list[str]:
    """The first column of a statement about these tables."""
    return sorted(row[0] for row in admin.execute(statement, [tables]))


def foreign_without_user(admin: psycopg.Connection) -> list[str]:
    """Foreign keys to or from the distributed tables that Citus can't keep within a node."""
    rows = admin.execute(FOREIGN_WITHOUT_USER, {"ours": DISTRIBUTED, "copied": REFERENCE})
    return sorted(row[0] for row in rows)


def policies_with_queries(admin: psycopg.Connection) -> list[str]:
    """Policies with a subquery other than a function of auth, which citus.sql takes out of its query."""
    rows = admin.execute(POLICIES_WITH_QUERIES, [DISTRIBUTED + REFERENCE])
    return sorted(row[0] for row in rows)


def test_each_unique_index_has_the_user(admin: psycopg.Connection) -> None:
    assert found(admin, UNIQUE_WITHOUT_USER, DISTRIBUTED) == []


def test_each_foreign_key_has_the_user_or_leads_to_a_reference_table(admin: psycopg.Connection) -> None:
    assert foreign_without_user(admin) == []


def test_each_trigger_and_policy_that_citus_refuses_is_named_in_the_file(admin: psycopg.Connection) -> None:
    for trigger in found(admin, TRIGGERS, DISTRIBUTED + REFERENCE):
        assert f"drop trigger {trigger} on" in CITUS
    for policy in policies_with_queries(admin):
        assert f'alter policy "{policy}" on' in CITUS


def test_each_table_is_named_in_the_file() -> None:
    for table in DISTRIBUTED:
        assert f"create_distributed_table('{table}', 'user_id'" in CITUS
    for table in REFERENCE:
        assert f"create_reference_table('{table}')" in CITUS


@pytest.mark.parametrize("table", DISTRIBUTED)
def test_a_key_without_the_user_would_be_seen(admin: psycopg.Connection, table: str) -> None:
    admin.execute(f"alter table {table} add column other uuid unique")
    key = "constraint astray foreign key (other) references auth.users"
    admin.execute(f"alter table {table} add {key}")
    assert found(admin, UNIQUE_WITHOUT_USER, DISTRIBUTED) == [f"{table.removeprefix('public.')}_other_key"]
    assert foreign_without_user(admin) == ["astray"]


def test_a_policy_with_a_query_would_be_seen(admin: psycopg.Connection) -> None:
    before = policies_with_queries(admin)
    admin.execute("create policy more on public.kinkster_turns using (exists (select from public.kinksters))")
    assert policies_with_queries(admin) == sorted([*before, "more"])
