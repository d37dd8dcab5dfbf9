"""Who may do what: the whole table of roles, objects and privileges, and the rules that it follows.

`python -m tests.test_privileges` writes the table anew, for a reviewer to read as a diff.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from scripts.installation import Privileges, install
from scripts.throwaway_postgres import Server, create_database, drop_database, server

GOLDEN = Path(__file__).parent / "golden" / "privileges.txt"
REGENERATE = "If that is meant: python -m tests.test_privileges, and read the diff."

# What the migrations made: nothing of an extension.
OURS = """
create or replace function pg_temp.is_ours(p_class regclass, p_object oid) returns boolean language sql as $$
  select not exists (
    select from pg_catalog.pg_depend as d where d.classid = p_class and d.objid = p_object and d.deptype = 'e'
  )
$$;
"""

PRIVILEGES = """
with schemas (oid) as (
  values ('public'::regnamespace), ('kinkster'::regnamespace)
),

objects (kind, name, acl) as (
  select 'schema', n.nspname::text, coalesce(n.nspacl, acldefault('n', n.nspowner))
  from pg_namespace as n
  where n.oid in (table schemas)
  union all
  select kinds.name, c.oid::regclass::text, coalesce(c.relacl, acldefault(kinds.letter::"char", c.relowner))
  from pg_class as c
  join (values
    ('r', 'table', 'r'), ('p', 'table', 'r'), ('f', 'table', 'r'), ('v', 'view', 'r'), ('m', 'view', 'r'),
    ('S', 'sequence', 's')
  ) as kinds (relkind, name, letter) on kinds.relkind = c.relkind
  where c.relnamespace in (table schemas) and pg_temp.is_ours('pg_class', c.oid)
  union all
  select 'column', a.attrelid::regclass || '.' || a.attname, a.attacl
  from pg_attribute as a
  join pg_class as c on c.oid = a.attrelid
  where c.relnamespace in (table schemas) and a.attacl is not null and not a.attisdropped
  union all
  select 'function', p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner))
  from pg_proc as p
  where p.pronamespace in (table schemas) and pg_temp.is_ours('pg_proc', p.oid)
  union all
  select 'type', t.oid::regtype::text, coalesce(t.typacl, acldefault('T', t.typowner))
  from pg_type as t
  where t.typnamespace in (table schemas) and t.typtype in ('e', 'd') and pg_temp.is_ours('pg_type', t.oid)
),

roles (name, position) as (
  select r.name, r.position
  from unnest(array[
    'public', 'anon', 'authenticated', 'service_role', 'kinkster_worker', 'authenticator'
  ]) with ordinality as r (name, position)
)

select format(
  '%-15s  %-8s  %-70s  %s', r.name, o.kind, regexp_replace(o.name, '^public\\.', ''), string_agg(
    lower(g.privilege_type) || case when g.is_grantable then '*' else '' end, ', ' order by g.privilege_type
  )
)
from objects as o
cross join lateral aclexplode(o.acl) as g
join roles as r on r.name = case g.grantee when 0 then 'public' else g.grantee::regrole::text end
group by r.name, r.position, o.kind, o.name
order by r.position, o.kind collate "C", o.name collate "C"
"""

MEMBERSHIPS = """
select format(
  '%-15s  %-8s  %-70s  %s', m.rolname, 'member', g.rolname,
  case when m.rolinherit then 'inherits' else 'by set role' end
)
from pg_auth_members as a
join pg_roles as g on g.oid = a.roleid
join pg_roles as m on m.oid = a.member
where m.rolname in ('anon', 'authenticated', 'service_role', 'kinkster_worker')
order by m.rolname, g.rolname
"""

FUNCTIONS = """
from pg_proc as p
where p.pronamespace in ('public'::regnamespace, 'kinkster'::regnamespace)
  and pg_temp.is_ours('pg_proc', p.oid)
"""

TABLES = """
from pg_class as c
where c.relnamespace in ('public'::regnamespace, 'kinkster'::regnamespace)
  and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_temp.is_ours('pg_class', c.oid)
"""

WORKERS = {
    "kinkster.schema_version",
    "kinkster.begin_turn",
    "kinkster.take_turn",
    "kinkster.claim_turn",
    "kinkster.plan_turn",
    "kinkster.claim_next_turn",
    "kinkster.checkpoint_turns",
    "kinkster.follow_turn",
    "kinkster.read_on",
    "kinkster.rebuild_turn",
    "kinkster.settle_turn",
    "kinkster.claim_notion",
    "kinkster.note_notion_source",
    "kinkster.next_notion_page",
    "kinkster.settle_notion_page",
    "kinkster.renew_notion",
    "kinkster.release_notion",
    "kinkster.connect_notion",
    "kinkster.disconnect_notion",
    "kinkster.find_notion_user",
    "kinkster.plain_notion_tokens",
    "kinkster.resend_to_notion",
    "kinkster.notion_properties",
    "kinkster.notion_status",
    "kinkster.provider_report",
    "kinkster.roll_up_turns",
    "kinkster.note_worker",
    "kinkster.forget_worker",
    "kinkster.plan_rollout",
    "kinkster.start_rollout",
    "kinkster.advance_rollout",
    "kinkster.pause_rollout",
    "kinkster.rollback_rollout",
    "kinkster.rollout_status",
    "kinkster.rollout_report",
    "kinkster.watch_rollout",
    "kinkster.examine",
    "kinkster.doctor_targets",
}
# What an operator types, with the worker's login or the service key; the worker's functions do it.
OPERATORS = {
    "plan_kinkster_rollout",
    "start_kinkster_rollout",
    "advance_kinkster_rollout",
    "pause_kinkster_rollout",
    "rollback_kinkster_rollout",
    "kinkster_doctor",
}
# What users reach through these writes what no client may write; each takes the user from the token.
FOR_USERS = {
    "kinkster.release_expired_turn",
    "kinkster.queue_turn",
    "kinkster.cancel_turn",
    "kinkster.pause_turns",
    "kinkster.heed_safeword",
    "kinkster.note_own_sync",
    "kinkster.forget_own_page",
}
# Called by the others alone.
BENEATH = {
    "kinkster.check_in",
    "kinkster.stop_turns",
    "kinkster.pass_breaker",
    "kinkster.note_provider",
    "kinkster.add_turns",
    "kinkster.fold_sums",
    "kinkster.hold_sums",
    "kinkster.take_back_turns",
    "kinkster.take_back_conversation",
    "kinkster.take_back_turn",
    "kinkster.count_rating",
}
# Of all users, for the service role.
OF_ALL = {"kinkster.turn_figures", "kinkster.price_turns"}
# The same without rights of their own: of who calls them they have all that they need.
INNER = {
    "kinkster.share_difference",
    "kinkster.show_response_id",
    "kinkster.report_figures",
    "kinkster.compare_providers",
    "kinkster.leased_notion",
    "kinkster.due_kinkster",
    "kinkster.note_unsent",
    "kinkster.note_notion_trouble",
    "kinkster.retry_notion",
    "kinkster.conversation_provider",
    "kinkster.find_rollout",
    "kinkster.next_rollout_step",
    "kinkster.rollout_guardrails",
    "kinkster.rollout_obstacles",
    "kinkster.rollout_as_json",
    "kinkster.rollout_choice",
    "kinkster.rollout_figures",
    "kinkster.set_rollout_providers",
    "kinkster.carry_rollout_on",
    "kinkster.chosen_models",
    "kinkster.is_bare",
    "kinkster.how_turns_end",
    "kinkster.plain_token_column",
}
DEFINERS = (
    WORKERS - {"kinkster.schema_version", "kinkster.begin_turn", "kinkster.follow_turn"}
    | FOR_USERS
    | BENEATH
    | OF_ALL
)


Databases = Callable[[Privileges], str]


@pytest.fixture(scope="module")
def databases(server: Server, template: Callable[[Privileges], str]) -> Databases:
    """Where to read the catalogue under each kind of default privileges. Nothing is written there."""
    return lambda privileges: server.conninfo(template(privileges))


@pytest.fixture
def built(databases: Databases) -> Iterator[psycopg.Connection]:
    """A superuser's connection to read the catalogue with."""
    with psycopg.connect(databases("explicit")) as connection:
        yield connection


def values(connection: psycopg.Connection, query: str) -> list[str]:
    """The first column of a query over our objects."""
    connection.execute(OURS)
    connection.execute("set search_path = public")
    return [str(row[0]) for row in connection.execute(query)]


def table_of(connection: psycopg.Connection) -> str:
    """Every role, object and privilege, a line each."""
    return "\n".join(values(connection, PRIVILEGES) + values(connection, MEMBERSHIPS)) + "\n"


@pytest.mark.parametrize("privileges", ["explicit", "legacy"])
def test_the_privileges_are_those_that_were_reviewed(databases: Databases, privileges: Privileges) -> None:
    with psycopg.connect(databases(privileges)) as connection:
        found = table_of(connection).splitlines()
    golden = GOLDEN.read_text(encoding="utf-8").splitlines()
    new = [f"+ {line}" for line in found if line not in golden]
    gone = [f"- {line}" for line in golden if line not in found]
    assert found == golden, "\n".join([f"Privileges have changed. {REGENERATE}", *new, *gone])


def test_security_definer_are_the_workers_functions_and_a_few_more(built: psycopg.Connection) -> None:
    definers = values(built, f"select p.oid::regproc {FUNCTIONS} and p.prosecdef")
    assert len(definers) == len(set(definers))
    assert set(definers) == DEFINERS


@pytest.mark.parametrize(
    ("functions", "roles"),
    [(FOR_USERS, ["authenticated"]), (BENEATH | INNER, [])],
    ids=["for users", "beneath"],
)
def test_who_may_execute_the_others(built: psycopg.Connection, functions: set[str], roles: list[str]) -> None:
    """A service key says no safeword, and pauses and cancels nothing: it has no user."""
    clients = ["anon", "authenticated", "service_role", "authenticator", "kinkster_worker"]
    for function in functions:
        query = f"""
          select r from unnest(array{clients}) as r, pg_proc as p
          where p.oid = '{function}'::regproc and has_function_privilege(r, p.oid, 'execute')"""
        assert values(built, query) == roles, function


def test_every_function_pins_an_empty_search_path(built: psycopg.Connection) -> None:
    query = f"""
      select p.oid::regprocedure {FUNCTIONS} and not coalesce('search_path=""' = any (p.proconfig), false)"""
    assert values(built, query) == []


@pytest.mark.parametrize("privileges", ["explicit", "legacy"])
def test_no_function_is_everybodys(databases: Databases, privileges: Privileges) -> None:
    query = f"""
      select p.oid::regprocedure {FUNCTIONS} and (
        has_function_privilege('anon', p.oid, 'execute') or exists (
          select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as g where g.grantee = 0
        )
      )"""
    with psycopg.connect(databases(privileges)) as connection:
        assert values(connection, query) == []


@pytest.mark.parametrize("privileges", ["explicit", "legacy"])
def test_anon_may_touch_no_table(databases: Databases, privileges: Privileges) -> None:
    query = f"""
      select c.oid::regclass {TABLES} and (
        has_any_column_privilege('anon', c.oid, 'select, insert, update, references')
        or has_table_privilege('anon', c.oid, 'select, insert, update, delete, truncate, references, trigger')
      )"""
    with psycopg.connect(databases(privileges)) as connection:
        assert values(connection, query) == []


def test_no_function_has_overloads(built: psycopg.Connection) -> None:
    assert values(built, f"select p.oid::regproc::text {FUNCTIONS} group by 1 having count(*) > 1") == []


def test_public_functions_run_as_their_caller(built: psycopg.Connection) -> None:
    query = f"select p.oid::regproc {FUNCTIONS} and p.prosecdef and p.pronamespace = 'public'::regnamespace"
    assert values(built, query) == []


def test_every_table_of_public_has_row_security(built: psycopg.Connection) -> None:
    tables = f"{TABLES} and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace"
    assert values(built, f"select c.oid::regclass {tables} order by c.relname") == [
        "kinkster_conversations",
        "kinkster_ratings",
        "kinkster_turns",
        "kinksters",
        "profiles",
    ]
    assert values(built, f"select c.oid::regclass {tables} and not c.relrowsecurity") == []


def test_policies_name_authenticated_and_ask_for_the_user_once(built: psycopg.Connection) -> None:
    query = """
      select tablename || ': ' || policyname from pg_policies
      where schemaname in ('public', 'kinkster') and (
        roles <> '{authenticated}' or permissive <> 'PERMISSIVE'
        or coalesce(qual, with_check) not like '%( SELECT auth.uid() AS uid)%'
      )"""
    assert values(built, query) == []


VIEWS = [
    "kinkster.character_metrics",
    "kinkster.daily_turns",
    "kinkster.flowise_hosting",
    "kinkster.measured_turns",
    "kinkster.provider_metrics",
    "kinkster.turn_sums",
    "kinkster_messages",
    "kinkster_metrics",
]


def test_every_view_runs_as_its_reader(built: psycopg.Connection) -> None:
    views = f"{TABLES} and c.relkind in ('v', 'm')"
    assert sorted(values(built, f"select c.oid::regclass {views}")) == VIEWS
    query = f"""
      select c.oid::regclass {views} and not coalesce('security_invoker=true' = any (c.reloptions), false)"""
    assert values(built, query) == []


def test_every_object_says_what_it_is(built: psycopg.Connection) -> None:
    assert (
        values(built, f"select c.oid::regclass {TABLES} and obj_description(c.oid, 'pg_class') is null") == []
    )
    assert (
        values(built, f"select p.oid::regproc {FUNCTIONS} and obj_description(p.oid, 'pg_proc') is null")
        == []
    )
    columns = f"""
      select c.oid::regclass || '.' || a.attname
      from (select c.oid {TABLES}) as c
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where col_description(c.oid, a.attnum) is null"""
    assert values(built, columns) == []


@pytest.mark.parametrize("privileges", ["explicit", "legacy"])
def test_the_worker_may_execute_its_functions_and_nothing_else(
    databases: Databases, privileges: Privileges
) -> None:
    with psycopg.connect(databases(privileges)) as connection:
        functions = f"""
          select p.oid::regproc {FUNCTIONS} and has_function_privilege('kinkster_worker', p.oid, 'execute')"""
        tables = f"""
          select c.oid::regclass {TABLES} and (
            has_any_column_privilege('kinkster_worker', c.oid, 'select, insert, update, references')
            or has_table_privilege('kinkster_worker', c.oid, 'delete, truncate, trigger')
          )"""
        assert set(values(connection, functions)) == WORKERS | OPERATORS
        assert values(connection, tables) == []


def test_the_worker_is_no_more_than_a_login(built: psycopg.Connection) -> None:
    query = """
      select concat_ws(
        ' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls
      )
      from pg_roles where rolname = 'kinkster_worker'"""
    assert values(built, query) == ["f f f f t f f"]


def test_no_client_may_create_anything(built: psycopg.Connection) -> None:
    query = """
      select r || ' ' || s
      from unnest(array['anon', 'authenticated', 'service_role', 'kinkster_worker']) as r,
        unnest(array['public', 'kinkster']) as s
      where has_schema_privilege(r, s, 'create')"""
    assert values(built, query) == []


def main() -> None:
    """Writes the golden file from a database made for the purpose."""
    with server(need_test_extensions=False) as postgres:
        name = create_database(postgres)
        try:
            install(postgres.conninfo(name), seed=False)
            with psycopg.connect(postgres.conninfo(name)) as connection:
                GOLDEN.parent.mkdir(exist_ok=True)
                GOLDEN.write_text(table_of(connection), encoding="utf-8")
        finally:
            drop_database(postgres, name)
    print(f"wrote {GOLDEN}")


if __name__ == "__main__":
    main()
