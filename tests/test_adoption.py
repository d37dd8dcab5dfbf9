"""The migrations install over an application's tables with their data, and leave the rest alone."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scripts.installation import install, run
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.people import acting, claims_of, value

# What an earlier attempt at the migration left behind in some databases.
EARLIER_ATTEMPT = """
alter table public.kinksters
  add column provider text default 'flowise' check (provider in ('flowise', 'openai_responses')),
  add column openai_model text,
  add column openai_instructions text,
  add column openai_previous_response_id text;
alter table public.kinksters disable trigger user;
update public.kinksters as k
set
  provider = (array['flowise', 'openai_responses', null])[1 + n % 3],
  openai_model = case n when 1002 then 'GPT 4o mini' else (array['gpt-4o', null])[1 + n % 2] end,
  openai_instructions = (array[null, '', 'Be brief.'])[1 + n % 3],
  openai_previous_response_id = (array[null, 'resp_' || n])[1 + n % 2]
from (select id, (metadata ->> 'n')::integer as n from public.kinksters) as numbered
where numbered.id = k.id;
update public.kinksters
set provider = 'openai_responses', is_active = true
where metadata ->> 'n' in ('1001', '1002');
alter table public.kinksters enable trigger user;
"""

KEPT = ["profiles", "kinksters", "conversations", "messages"]
FIXED_NAMES = [
    "build_kinkster_openai_instructions",
    "get_kinkster_chat_config",
    "update_kinkster_provider",
    "prepare_kinkster_for_notion",
    "mark_kinkster_synced",
]

Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Adopted:
    """An application's database after the migrations, and its rows before them, by table and key."""

    conninfo: str
    admin: psycopg.Connection
    before: dict[str, Rows]

    def kinkster(self, number: int) -> tuple[str, str]:
        """The ids of a character and its owner."""
        row = self.admin.execute(
            "select id::text, user_id::text from kinksters where metadata ->> 'n' = %s", [str(number)]
        ).fetchone()
        assert row
        return row[0], row[1]

    @contextlib.contextmanager
    def undone(self) -> Iterator[psycopg.Connection]:
        """The superuser's connection, whose writes are taken back."""
        with self.admin.transaction(force_rollback=True):
            yield self.admin


def rows_of(admin: psycopg.Connection) -> dict[str, Rows]:
    """All rows of the application's tables."""
    return {
        table: {
            str(row["id"]): row for (row,) in admin.execute(f"select to_jsonb(t) from public.{table} as t")
        }
        for table in KEPT
    }


@pytest.fixture(scope="module", params=["first time", "after an earlier attempt"])
def adopted(server: Server, request: pytest.FixtureRequest) -> Iterator[Adopted]:
    """The application's database with the migrations in it. Tests take back what they write."""
    name = create_database(server)
    conninfo = server.conninfo(name)
    try:
        install(conninfo, shim="legacy", migrations=None, seed=False)
        with psycopg.connect(conninfo, autocommit=True) as admin:
            run(admin, Path(__file__).with_name("existing_tables.sql"))
            if request.param == "after an earlier attempt":
                admin.execute(EARLIER_ATTEMPT)
            before = rows_of(admin)
            assert len(before["kinksters"]) == 2000
            install(conninfo, seed=False)
            yield Adopted(conninfo, admin, before)
    finally:
        drop_database(server, name)


def talked(adopted: Adopted, user: str, kinkster: str) -> str:
    """A whole turn of a user with a character: 'completed', or SQLSTATE and message of the obstacle."""
    begin = "select kinkster.begin_turn(%s, %s, 'Hello', null, null, '/api/chat', 'w')"
    settle = "select kinkster.settle_turn(%s, %s, %s, %s) ->> 'status'"
    outcome = '{"status": "completed", "reply": "Well met.", "api": "responses", "response_id": "resp_new"}'
    try:
        with adopted.admin.transaction():
            plan = value(adopted.admin, begin, claims_of(user), kinkster)["plan"]
            return str(value(adopted.admin, settle, user, plan["turn_id"], plan["lease"], outcome))
    except psycopg.Error as error:
        return f"{error.sqlstate}: {error.diag.message_primary}"


def test_no_value_has_changed(adopted: Adopted) -> None:
    after = rows_of(adopted.admin)
    for table in KEPT:
        expected = {key: dict(row) for key, row in adopted.before[table].items()}
        for row in expected.values():
            if "provider" in row and row["provider"] is None:
                row["provider"] = "flowise"
        old_columns = {
            key: {column: after[table][key][column] for column in row} for key, row in expected.items()
        }
        assert old_columns == expected, table
        assert after[table].keys() == expected.keys(), table


def test_the_new_columns_are_as_in_an_empty_database(adopted: Adopted) -> None:
    query = """
      select column_name, data_type, column_default, is_nullable from information_schema.columns
      where table_name = 'kinksters' and column_name in (
        'user_id', 'provider', 'openai_model', 'openai_instructions', 'openai_previous_response_id',
        'flowise_chatflow_id'
      )"""
    assert set(adopted.admin.execute(query).fetchall()) == {
        ("provider", "text", "'flowise'::text", "NO"),
        ("openai_model", "text", "'gpt-4o-mini'::text", "YES"),
        ("openai_instructions", "text", None, "YES"),
        ("openai_previous_response_id", "text", None, "YES"),
        ("flowise_chatflow_id", "text", None, "YES"),
        ("user_id", "uuid", "auth.uid()", "YES"),
    }


def test_columns_of_the_applications_own_are_still_its_users_to_write(adopted: Adopted) -> None:
    kinkster, owner = adopted.kinkster(1)
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        season = "update kinksters set favourite_season = 'winter' where id = %s"
        assert connection.execute(season, [kinkster]).rowcount == 1
        assert connection.execute("update profiles set theme = 'light'").rowcount == 1
        assert connection.execute("insert into conversations (user_id) values (%s)", [owner]).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update kinksters set openai_previous_response_id = 'resp_forged'",
        "update kinksters set is_system_kinkster = true",
        "update kinksters set user_id = user_id",
        "update kinksters set sync_status = 'synced'",
        "update profiles set system_role = 'admin'",
        "truncate kinksters",
    ],
)
def test_what_a_client_must_not_forge_it_no_longer_can(adopted: Adopted, statement: str) -> None:
    _, owner = adopted.kinkster(1)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        acting(adopted.conninfo, "authenticated", owner) as connection,
    ):
        connection.execute(statement)


def test_anon_reads_nothing(adopted: Adopted) -> None:
    for table in ("profiles", "kinksters", "kinkster_conversations", "kinkster_turns", "kinkster_messages"):
        assert not value(adopted.admin, "select has_any_column_privilege('anon', %s, 'select')", table), table


def test_an_age_that_is_not_plainly_18_is_kept_and_not_chatted_with_until_corrected(adopted: Adopted) -> None:
    kinkster, owner = adopted.kinkster(999)
    with adopted.undone() as admin:
        admin.execute("update profiles set submission_state = 'active' where id = %s", [owner])
        admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'a-flow'")
        assert value(admin, "select age_range from kinksters where id = %s", kinkster) == "16 year"
        assert talked(adopted, owner, kinkster) == "PT409: This kinkster's age is not plainly 18 or over."
        with pytest.raises(psycopg.errors.CheckViolation), admin.transaction():
            admin.execute("update kinksters set age_range = '17' where id = %s", [kinkster])
        admin.execute("update kinksters set age_range = '25-30' where id = %s", [kinkster])
        assert talked(adopted, owner, kinkster) == "completed"


@pytest.mark.parametrize("number", [1001, 1002], ids=["chatflow that is a URL", "model that is none"])
def test_a_row_that_breaks_another_rule_is_kept_and_never_loses_a_reply(
    adopted: Adopted, number: int
) -> None:
    """Either its turns settle, or it cannot be chatted with and says why; no reply is lost."""
    kinkster, owner = adopted.kinkster(number)
    with adopted.undone() as admin:
        admin.execute("update profiles set submission_state = 'active' where id = %s", [owner])
        admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'a-flow'")
        assert talked(adopted, owner, kinkster).split(":")[0] in ("completed", "PT409")


def test_every_other_active_character_can_be_chatted_with(adopted: Adopted) -> None:
    with adopted.undone() as admin:
        admin.execute("update profiles set submission_state = 'active'")
        admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'a-flow'")
        query = """
          select array_agg(distinct config ->> 'reason')
          from kinksters as k cross join get_kinkster_chat_config(k.id) as config
          where not (config ->> 'can_chat')::boolean and k.is_active"""
        reasons = value(admin, query)
        assert reasons == ["This kinkster's age is not plainly 18 or over."]


def test_policies_that_let_others_see_or_write_a_profile_are_gone(adopted: Adopted) -> None:
    _, owner = adopted.kinkster(1)
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        assert value(connection, "select array_agg(id::text) from profiles") == [owner]
        written = connection.execute("update profiles set hard_limits = '{}' where id <> %s", [owner])
        assert written.rowcount == 0


def test_the_functions_with_fixed_names_are_replaced(adopted: Adopted) -> None:
    query = "select proname::text, prosecdef, proconfig[1] from pg_proc where proname = any (%s)"
    found = set(adopted.admin.execute(query, [FIXED_NAMES]).fetchall())
    assert found == {(name, False, 'search_path=""') for name in FIXED_NAMES}


@pytest.mark.parametrize("name", FIXED_NAMES)
def test_nobody_calls_a_function_with_a_fixed_name_without_signing_in(adopted: Adopted, name: str) -> None:
    query = "select bool_or(has_function_privilege('anon', oid, 'execute')) from pg_proc where proname = %s"
    assert value(adopted.admin, query, name) is False


def test_a_function_of_the_applications_own_is_left_alone(adopted: Adopted) -> None:
    with acting(adopted.conninfo, "authenticated", adopted.kinkster(1)[1]) as connection:
        assert value(connection, "select count_kinksters()") > 0


def test_one_trigger_takes_the_place_of_those_that_touched_every_row(adopted: Adopted) -> None:
    query = """
      select tgrelid::regclass::text, tgname::text from pg_trigger
      where not tgisinternal and tgrelid in ('kinksters'::regclass, 'conversations'::regclass)"""
    assert set(adopted.admin.execute(query).fetchall()) == {
        ("kinksters", "kinksters_touch"),
        ("kinksters", "ensure_single_primary"),
        ("conversations", "update_conversations_updated_at"),
    }


def test_a_user_still_has_one_primary_character(adopted: Adopted) -> None:
    primary, owner = adopted.kinkster(1)
    other, same_owner = adopted.kinkster(51)
    assert owner == same_owner
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        connection.execute("update kinksters set is_primary = true where id = %s", [other])
        query = "select id::text from kinksters where user_id = %s and is_primary"
        assert connection.execute(query, [owner]).fetchall() == [(other,)]
    assert primary != other


def test_a_turn_leaves_the_row_alone_but_for_the_response_id(adopted: Adopted) -> None:
    kinkster, owner = adopted.kinkster(1)
    with adopted.undone() as admin:
        admin.execute("update profiles set submission_state = 'active' where id = %s", [owner])
        admin.execute("update kinksters set provider = 'openai_responses' where id = %s", [kinkster])
        admin.execute("alter table kinksters disable trigger user")
        synced = "update kinksters set updated_at = '2025-02-02', sync_status = 'synced' where id = %s"
        admin.execute(synced, [kinkster])
        admin.execute("alter table kinksters enable trigger user")
        before = value(admin, "select to_jsonb(k) from kinksters as k where id = %s", kinkster)
        assert talked(adopted, owner, kinkster) == "completed"
        after = value(admin, "select to_jsonb(k) from kinksters as k where id = %s", kinkster)
    assert after == before | {"openai_previous_response_id": "resp_new"}


def test_an_edit_is_still_noted(adopted: Adopted) -> None:
    kinkster, owner = adopted.kinkster(1)
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        connection.execute("update kinksters set bio = 'A new bio.' where id = %s", [kinkster])
        query = "select sync_status, updated_at = now() from kinksters where id = %s"
        assert connection.execute(query, [kinkster]).fetchone() == ("pending", True)


def test_the_limits_and_the_pause_that_users_have_set_hold_from_now_on(adopted: Adopted) -> None:
    with adopted.undone() as admin:
        paused = value(admin, "select id::text from profiles where submission_state = 'paused' limit 1")
        system = value(admin, "select id::text from kinksters where is_system_kinkster and is_active limit 1")
        admin.execute("update kinkster.settings set default_flowise_chatflow_id = 'a-flow'")
        assert talked(adopted, paused, system) == "PT409: You have paused your chats."
    limited = value(adopted.admin, "select id::text from profiles where hard_limits = '{deep water}' limit 1")
    with acting(adopted.conninfo, "authenticated", limited) as connection:
        prompt = value(connection, "select build_kinkster_openai_instructions(%s)", system)
    assert prompt.count('\n- "deep water"') == 2


def test_everybody_has_a_safeword_from_now_on(adopted: Adopted) -> None:
    assert value(adopted.admin, "select array_agg(distinct safewords) from profiles") == [["safeword"]]
    query = "select convalidated from pg_constraint where conname = 'safewords_can_be_said'"
    assert value(adopted.admin, query) is True
    kinkster, owner = adopted.kinkster(1)
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        sent = value(connection, "select send_kinkster_message(%s, 'No. Safeword!')", kinkster)
        assert (sent["status"], sent["safeword_seen"]) == ("completed", True)
        changed = connection.execute("update profiles set safewords = '{red}'")
        assert changed.rowcount == 1


def test_whoever_has_paused_may_pause_again_and_go_on(adopted: Adopted) -> None:
    _, owner = adopted.kinkster(1)
    with acting(adopted.conninfo, "authenticated", owner) as connection:
        assert value(connection, "select pause_kinkster_chats()")["success"]
        going_on = "update profiles set submission_state = 'active'"
        assert connection.execute(going_on).rowcount == 1


def test_installing_again_runs_nothing(adopted: Adopted) -> None:
    assert install(adopted.conninfo, seed=False) == []
