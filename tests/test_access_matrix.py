"""Who may call what on whose character, and what nobody may forge, over real connections."""

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
import pytest

from scripts.installation import Privileges
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.people import acting, claims_of, new_kinkster, new_user, value, worker

Parameters = Sequence[object] | Mapping[str, object]

OK = "00000"
DENIED = "42501"

PUBLIC = {
    "build_kinkster_openai_instructions": "select public.build_kinkster_openai_instructions(%s)",
    "get_kinkster_chat_config": "select public.get_kinkster_chat_config(%s)",
    "update_kinkster_provider": "select public.update_kinkster_provider(%s, 'openai_responses')",
    "send_kinkster_message": "select public.send_kinkster_message(%s, 'Hello')",
    "prepare_kinkster_for_notion": "select public.prepare_kinkster_for_notion(%s)",
    "mark_kinkster_synced": "select public.mark_kinkster_synced(%s, 'a-page')",
    "forget_kinkster_notion_page": "select public.forget_kinkster_notion_page(%s)",
}

# The same for the functions that take a turn, one that waits or one that has ended, or a conversation.
OF_TURNS = {
    "await_kinkster_reply": "select public.await_kinkster_reply(%s, '0')",
    "cancel_kinkster_turn": "select public.cancel_kinkster_turn(%s)",
}
OF_ENDED_TURNS = {
    "regenerate_kinkster_reply": "select public.regenerate_kinkster_reply(%s)",
    "edit_kinkster_message": "select public.edit_kinkster_message(%s, 'Hello again')",
    "switch_kinkster_branch": "select public.switch_kinkster_branch(%s)",
    "kinkster_consent_receipt": "select public.kinkster_consent_receipt(%s)",
    "rate_kinkster_reply": "select public.rate_kinkster_reply(%s, 1)",
}
OF_CONVERSATIONS = {
    "get_kinkster_branch": "select public.get_kinkster_branch(%s)",
    "resume_kinkster_conversation": "select public.resume_kinkster_conversation(%s)",
}
OF_NOTHING = {"pause_kinkster_chats": "select public.pause_kinkster_chats()"}
# The operator's, by how they end where nothing was planned.
OF_OPERATORS = {
    "kinkster_doctor": ("select count(*) from public.kinkster_doctor()", OK),
    "start_kinkster_rollout": ("select public.start_kinkster_rollout()", "PT404"),
    "advance_kinkster_rollout": ("select public.advance_kinkster_rollout()", "PT404"),
    "pause_kinkster_rollout": ("select public.pause_kinkster_rollout()", "PT404"),
    "rollback_kinkster_rollout": ("select public.rollback_kinkster_rollout()", "PT404"),
    "plan_kinkster_rollout": ("select public.plan_kinkster_rollout()", OK),
}

# function → who → the SQLSTATE for the owner's own, somebody else's, the system's, an unknown character. The
# stranger owns none.
READING = {
    "anon": (DENIED, DENIED, DENIED, DENIED),
    "owner": (OK, "PT404", OK, "PT404"),
    "stranger": ("PT404", "PT404", OK, "PT404"),
    "service_role": (OK, OK, OK, "PT404"),
    "kinkster_worker": (DENIED, DENIED, DENIED, DENIED),
}
SENDING = READING | {
    "owner": (OK, "PT404", "PT404", "PT404"),
    "stranger": ("PT404", "PT404", "PT404", "PT404"),
    "service_role": (OK, OK, "PT404", "PT404"),
}
MATRIX = {
    "build_kinkster_openai_instructions": READING,
    "get_kinkster_chat_config": READING,
    "update_kinkster_provider": READING
    | {"owner": (OK, "PT404", "PT403", "PT404"), "stranger": ("PT404", "PT404", "PT403", "PT404")},
    "send_kinkster_message": READING | {"service_role": ("PT403", "PT403", "PT403", "PT403")},
    "prepare_kinkster_for_notion": SENDING,
    "mark_kinkster_synced": SENDING,
    "forget_kinkster_notion_page": SENDING,
}

PAUSING = {
    "anon": DENIED,
    "owner": OK,
    "stranger": OK,
    "service_role": DENIED,
    "kinkster_worker": DENIED,
}

# who → the SQLSTATE for the owner's own turn or conversation, somebody else's, an unknown one.
TURN_MATRIX = {
    "anon": (DENIED, DENIED, DENIED),
    "owner": (OK, "PT404", "PT404"),
    "stranger": ("PT404", "PT404", "PT404"),
    "service_role": (DENIED, DENIED, DENIED),
    "kinkster_worker": (DENIED, DENIED, DENIED),
}

WORKERS = {
    "begin_turn": "select kinkster.begin_turn('{}', null, 'Hello', null, null, '/api/chat', 'w')",
    "take_turn": "select kinkster.take_turn(null, null, 'w', false)",
    "claim_turn": "select kinkster.claim_turn(null, null, 'w')",
    "plan_turn": "select kinkster.plan_turn(null, false, null, null, null, null, '{x}', 'w', false)",
    "claim_next_turn": "select kinkster.claim_next_turn('w')",
    "checkpoint_turns": "select kinkster.checkpoint_turns('[]')",
    "follow_turn": "select kinkster.follow_turn('{}', null, 0, null)",
    "read_on": "select kinkster.read_on(null, null, 0, null)",
    "schema_version": "select kinkster.schema_version()",
    "rebuild_turn": "select kinkster.rebuild_turn(null, null, null)",
    "settle_turn": 'select kinkster.settle_turn(null, null, null, \'{"status": "cancelled"}\')',
    "claim_notion": "select kinkster.claim_notion('w')",
    "note_notion_source": "select kinkster.note_notion_source(null, null, 'a-database', 'a-source')",
    "next_notion_page": "select kinkster.next_notion_page(null, null)",
    "settle_notion_page": "select kinkster.settle_notion_page(null, null, null, '{}')",
    "renew_notion": "select kinkster.renew_notion(null, null)",
    "release_notion": "select kinkster.release_notion(null, null)",
    "connect_notion": "select kinkster.connect_notion(null, 'sealed', 'a-bot', 'a-workspace')",
    "disconnect_notion": "select kinkster.disconnect_notion(null)",
    "find_notion_user": "select kinkster.find_notion_user('')",
    "plain_notion_tokens": "select kinkster.plain_notion_tokens()",
    "resend_to_notion": "select kinkster.resend_to_notion()",
    "notion_properties": "select kinkster.notion_properties()",
    "notion_status": "select kinkster.notion_status()",
}
TABLES = [
    "profiles",
    "kinksters",
    "kinkster_conversations",
    "kinkster_turns",
    "kinkster_ratings",
    "kinkster.settings",
    "kinkster.breakers",
    "kinkster.notion_connections",
    "kinkster.notion_attempts",
    "kinkster.models",
    "kinkster.model_prices",
]


# What Ada tries, by how it ends.
FORGERIES = {
    DENIED: [
        "insert into kinkster_turns (user_id, conversation_id, message)"
        " values (%(cyd)s, %(cyds_conversation)s, 'Hi')",
        "insert into kinkster_turns (conversation_id, message) values (%(adas_conversation)s, 'Hi')",
        "insert into kinkster.turns_in_flight values (%(ada)s, %(adas_conversation)s, %(adas_turn)s)",
        "delete from kinkster.turns_in_flight",
        "insert into kinkster_conversations (user_id, kinkster_id) values (%(cyd)s, %(adas)s)",
        "insert into kinkster_conversations (kinkster_id, state) values (%(adas)s, 'active')",
        "update kinkster_conversations set kinkster_id = %(system)s",
        "update kinkster_conversations set user_id = %(cyd)s",
        "insert into kinksters (name, user_id) values ('Mira', %(cyd)s)",
        "insert into kinksters (name, user_id) values ('Mira', null)",
        "insert into kinksters (name, is_system_kinkster) values ('Mira', true)",
        "insert into kinksters (name, openai_previous_response_id) values ('Mira', 'resp_1')",
        "update kinksters set is_system_kinkster = true",
        "update kinksters set revision = 7",
        "update kinksters set synced_revision = revision",
        "insert into kinksters (name, synced_revision) values ('Mira', 1)",
        "select kinkster.note_sync(%(adas)s, 'page', null, null, 1)",
        "select kinkster.forget_page(%(adas)s)",
        "select sealed_token from kinkster.notion_connections where user_id = %(ada)s",
        "update kinkster.notion_connections set bot_id = 'another' where user_id = %(ada)s",
        "insert into kinkster.notion_connections (user_id, sealed_token, bot_id) values (%(ada)s, 't', 'b')",
        "select from kinkster.notion_attempts",
        "select kinkster.connect_notion(%(ada)s, 'sealed', 'a-bot', 'a-workspace')",
        "select kinkster.leased_notion(%(ada)s, null)",
        "select kinkster.due_kinkster(%(cyd)s)",
        "select kinkster.note_unsent(%(adas)s, 1, 'No.')",
        'select kinkster.note_notion_trouble(%(cyd)s, \'{"error_code": "notion_unauthorized"}\')',
        "select kinkster.retry_notion(%(cyd)s)",
        "update kinksters set user_id = %(cyd)s",
        "update kinksters set openai_previous_response_id = 'resp_1'",
        "update kinksters set provider_changed_at = null",
        "update kinksters set sync_status = 'synced'",
        "update kinksters set notion_page_id = 'page'",
        "update profiles set system_role = 'admin'",
        "update profiles set id = %(cyd)s",
        "insert into profiles (id, email) values (%(cyd)s, 'x@example.com')",
        "delete from profiles",
        "truncate kinksters cascade",
        "select default_flowise_chatflow_id from kinkster.settings",
        "update kinkster.settings set platform_hard_limits = '{none}'",
        "update kinkster.settings set clock_offset = '1 day'",
        "select from kinkster.breakers",
        "update kinkster.models set replacement = 'mine'",
        "insert into kinkster.models (model, provider) values ('mine', 'me')",
        "select from kinkster.model_prices",
        "select kinkster.load_models()",
        "select kinkster.cost_of('gpt-4o', now(), 1, 0, 0, 1)",
        "update kinkster_turns set cost_usd = 0",
        "insert into kinkster_ratings (user_id, turn_id, rating) values (%(cyd)s, %(cyds_turn)s, -1)",
        "update kinkster_ratings set user_id = %(cyd)s",
        "update kinkster.breakers set open_until = 'infinity'",
        "select kinkster.note_provider('flowise', null, 'provider_timeout')",
        "select kinkster.pass_breaker('flowise')",
        "select kinkster.check_in(%(ada)s, %(adas_conversation)s, gen_random_uuid(), 'Hi')",
        "select kinkster.stop_turns(%(cyd)s, 'cancelled')",
        "alter table kinkster_turns disable row level security",
        "create table of_ones_own ()",
        "set local role service_role",
    ],
    "23503": [
        "select kinkster.queue_turn(%(adas_conversation)s, gen_random_uuid(), %(cyds_turn)s, 'Hi')",
        "select kinkster.queue_turn(%(cyds_conversation)s, gen_random_uuid(), null, 'Hi')",
        "update kinkster_conversations set head_turn_id = %(cyds_turn)s",
    ],
    "23514": [
        "select kinkster.queue_turn(%(adas_conversation)s, gen_random_uuid(), null, ' ')",
        "select kinkster.queue_turn(%(adas_conversation)s, gen_random_uuid(), null, repeat('x', 32001))",
        "update kinkster_conversations set state = 'gone'",
        "update profiles set safewords = '{\" \"}'",
    ],
    OK: [
        "select kinkster.queue_turn(%(adas_conversation)s, gen_random_uuid(), null, 'Hi')",
        "insert into kinkster_conversations (kinkster_id) values (%(system)s)",
        "insert into kinksters (name) values ('Mira')",
        "update profiles set safewords = '{red}'",
        "update kinkster_conversations set state = 'active'",
    ],
}


@dataclass(frozen=True)
class World:
    """Ada and Cyd, with a character and a conversation each; Bea, who has nothing; a system character."""

    conninfo: str
    admin: psycopg.Connection
    ada: str
    bea: str
    cyd: str
    adas: str
    cyds: str
    system: str
    adas_conversation: str
    cyds_conversation: str
    adas_turn: str
    cyds_turn: str
    adas_waiting: str
    cyds_waiting: str

    @property
    def characters(self) -> list[str]:
        """Ada's own, Cyd's, the system's, an unknown one."""
        return [self.adas, self.cyds, self.system, str(uuid.uuid4())]

    @contextlib.contextmanager
    def connected(self, who: str) -> Iterator[psycopg.Connection]:
        """A connection that acts for `who`."""
        if who == "kinkster_worker":
            with worker(self.admin, self.conninfo) as connection:
                yield connection
            return
        user = {"owner": self.ada, "stranger": self.bea}.get(who)
        with acting(self.conninfo, "authenticated" if user else who, user) as connection:
            yield connection


@pytest.fixture(scope="module")
def world(server: Server, template: Callable[[Privileges], str]) -> Iterator[World]:
    """The people and characters of all these tests, of which none leaves anything behind."""
    name = create_database(server, template=template("explicit"))
    try:
        with psycopg.connect(server.conninfo(name), autocommit=True) as admin:
            yield populated(server.conninfo(name), admin)
    finally:
        drop_database(server, name)


def populated(database: str, admin: psycopg.Connection) -> World:
    """Makes the people and their characters."""
    ada, bea, cyd = new_user(admin), new_user(admin), new_user(admin)
    admin.execute("update profiles set notion_kinksters_database_id = 'a-database'")
    adas, cyds, system = new_kinkster(admin, ada), new_kinkster(admin, cyd), new_kinkster(admin, None)
    admin.execute("update kinksters set notion_page_id = id where user_id is not null")
    for user in (ada, cyd):
        admin.execute("select kinkster.connect_notion(%s, 'sealed', 'a-bot', 'a-workspace')", [user])
    ids = []
    for user, kinkster in ((ada, adas), (cyd, cyds)):
        conversation = value(
            admin,
            "insert into kinkster_conversations (user_id, kinkster_id) values (%s, %s) returning id",
            user,
            kinkster,
        )
        turn = value(
            admin,
            "insert into kinkster_turns (user_id, conversation_id, message, status, reply, provider)"
            " values (%s, %s, 'Hello', 'completed', 'Well met.', 'flowise') returning id",
            user,
            conversation,
        )
        admin.execute(
            "insert into kinkster_ratings (user_id, turn_id, rating) values (%s, %s, 1)", [user, turn]
        )
        waiting = value(
            admin,
            "with another as (insert into kinkster_conversations (user_id, kinkster_id, updated_at)"
            " values (%s, %s, '2026-01-01') returning user_id, id)"
            ", turn as (insert into kinkster_turns (user_id, conversation_id, message)"
            " select user_id, id, 'Hello?' from another returning user_id, conversation_id, id)"
            " insert into kinkster.turns_in_flight select * from turn returning turn_id",
            user,
            kinkster,
        )
        ids.append((str(conversation), str(turn), str(waiting)))
    (adas_conversation, adas_turn, adas_waiting), (cyds_conversation, cyds_turn, cyds_waiting) = ids
    return World(
        database, admin, ada, bea, cyd, adas, cyds, system,
        adas_conversation, cyds_conversation, adas_turn, cyds_turn, adas_waiting, cyds_waiting,
    )  # fmt: skip


def state_of(connection: psycopg.Connection, statement: str, parameters: Parameters = ()) -> str:
    """The SQLSTATE that a statement ends with; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement, parameters)
    except psycopg.Error as error:
        return error.sqlstate or "no SQLSTATE"
    return OK


def error_of(connection: psycopg.Connection, statement: str, parameters: Parameters) -> str:
    """What a client is shown of an error: its SQLSTATE and everything that it says."""
    with pytest.raises(psycopg.Error) as raised, connection.transaction():
        connection.execute(statement, parameters)
    said = raised.value.diag
    return f"{said.sqlstate}: {said.message_primary} / {said.message_detail} / {said.message_hint}"


@pytest.mark.parametrize("who", READING)
@pytest.mark.parametrize("function", PUBLIC)
def test_a_function_serves_whom_it_should(world: World, function: str, who: str) -> None:
    with world.connected(who) as connection:
        found = tuple(state_of(connection, PUBLIC[function], [character]) for character in world.characters)
    assert found == MATRIX[function][who]


@pytest.mark.parametrize("who", TURN_MATRIX)
@pytest.mark.parametrize("function", OF_TURNS | OF_ENDED_TURNS | OF_CONVERSATIONS)
def test_a_turn_and_a_conversation_serve_their_user_alone(world: World, function: str, who: str) -> None:
    if function in OF_TURNS:
        call, theirs = OF_TURNS[function], [world.adas_waiting, world.cyds_waiting]
    elif function in OF_ENDED_TURNS:
        call, theirs = OF_ENDED_TURNS[function], [world.adas_turn, world.cyds_turn]
    else:
        call, theirs = OF_CONVERSATIONS[function], [world.adas_conversation, world.cyds_conversation]
    with world.connected(who) as connection:
        found = tuple(state_of(connection, call, [each]) for each in [*theirs, str(uuid.uuid4())])
    assert found == TURN_MATRIX[who]


@pytest.mark.parametrize("who", PAUSING)
def test_users_pause_for_themselves(world: World, who: str) -> None:
    with world.connected(who) as connection:
        assert state_of(connection, OF_NOTHING["pause_kinkster_chats"]) == PAUSING[who]


def test_what_a_user_pauses_or_stops_is_their_own(world: World) -> None:
    stopped = "select array_agg(id::text) from kinkster_turns where status = 'cancelled'"
    paused = "select array_agg(id::text) from profiles where submission_state = 'paused'"
    with world.connected("owner") as connection:
        connection.execute("select public.pause_kinkster_chats()")
        connection.execute("reset role; reset session authorization")  # to see everybody's
        assert value(connection, stopped) == [world.adas_waiting]
        assert value(connection, paused) == [world.ada]


def test_a_service_key_resumes_nothing(world: World) -> None:
    """Going on is the user's alone."""
    with world.connected("service_role") as connection:
        assert state_of(connection, "update kinkster_conversations set state = 'active'") == DENIED
        assert state_of(connection, "update kinkster_conversations set updated_at = now()") == OK


def test_the_matrix_names_every_public_function(world: World) -> None:
    rows = world.admin.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
    ).fetchall()
    named = PUBLIC | OF_TURNS | OF_ENDED_TURNS | OF_CONVERSATIONS | OF_NOTHING
    assert {row[0] for row in rows} == {*named, *OF_OPERATORS}


@pytest.mark.parametrize("who", ["anon", "owner", "stranger", "service_role", "kinkster_worker"])
def test_the_operators_functions_serve_the_operator(world: World, who: str) -> None:
    with world.connected(who) as connection:
        states = {name: state_of(connection, call) for name, (call, _) in OF_OPERATORS.items()}
    serves = who in ("service_role", "kinkster_worker")
    assert states == {name: ends if serves else DENIED for name, (_, ends) in OF_OPERATORS.items()}


def test_of_what_a_user_follows_the_worker_reads_what_the_user_reads(world: World) -> None:
    follow = "select kinkster.follow_turn(%s, %s, 0, null)"
    turns = [world.adas_turn, world.adas_waiting, world.cyds_turn, world.cyds_waiting, str(uuid.uuid4())]
    with world.connected("kinkster_worker") as connection:
        of_ada = [state_of(connection, follow, [claims_of(world.ada), each]) for each in turns]
        of_bea = [state_of(connection, follow, [claims_of(world.bea), each]) for each in turns]
        of_nobody = [state_of(connection, follow, ["{}", each]) for each in turns]
    assert of_ada == [OK, OK, "PT404", "PT404", "PT404"]
    assert of_bea == of_nobody == ["PT404"] * 5


@pytest.mark.parametrize("who", ["anon", "owner", "service_role"])
def test_the_workers_functions_are_the_workers_alone(world: World, who: str) -> None:
    with world.connected(who) as connection:
        assert {name: state_of(connection, call) for name, call in WORKERS.items()} == dict.fromkeys(
            WORKERS, DENIED
        )


def test_the_worker_may_call_its_functions(world: World) -> None:
    with world.connected("kinkster_worker") as connection:
        states = {name: state_of(connection, call) for name, call in WORKERS.items()}
    lost = ["rebuild_turn", "settle_turn", "take_turn", "claim_turn", "next_notion_page"]
    lost += ["note_notion_source", "settle_notion_page", "renew_notion", "release_notion"]
    unknown = ["follow_turn", "connect_notion", "disconnect_notion", "find_notion_user"]
    refused = dict.fromkeys(lost, "KW001") | dict.fromkeys(unknown, "PT404") | {"begin_turn": "PT403"}
    assert states == dict.fromkeys(WORKERS, OK) | refused


def test_the_worker_reaches_for_a_user_what_the_user_reaches(world: World) -> None:
    begin = "select kinkster.begin_turn(%s, %s, 'Hello', null, null, '/api/chat', 'w')"
    with world.connected("kinkster_worker") as connection:
        of_ada = [state_of(connection, begin, [claims_of(world.ada), each]) for each in world.characters]
        of_bea = [state_of(connection, begin, [claims_of(world.bea), each]) for each in world.characters]
        of_nobody = state_of(connection, begin, ["{}", world.adas])
    assert of_ada == [OK, "PT404", OK, "PT404"]
    assert of_bea == ["PT404", "PT404", OK, "PT404"]
    assert of_nobody == "PT403"


@pytest.mark.parametrize("who", READING)
@pytest.mark.parametrize("table", ["kinkster.notion_connections", "kinkster.notion_attempts"])
def test_nobody_reads_a_token_or_writes_what_is_noted_of_notion(world: World, table: str, who: str) -> None:
    columns = [
        row[0]
        for row in world.admin.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", [table]
        )
    ]
    assert len(columns) > 5
    statements = ["select from {}", "select count(*) from {}", "delete from {}", "truncate {}", "lock {}"]
    statements += ["insert into {} default values", "table {}", "copy {} to stdout"]
    statements += [f"select {column} from {{}}" for column in columns]
    statements += [f"update {{}} set {column} = default" for column in columns]
    with world.connected(who) as connection:
        for statement in statements:
            assert state_of(connection, statement.format(table)) == DENIED, statement


def test_what_a_worker_is_told_of_a_bad_call_names_no_token(world: World) -> None:
    """Nor does what Postgres adds to it by itself, such as the row that broke a rule."""
    connect = "select kinkster.connect_notion(%s, %s, %s, %s, %s)"
    calls: list[list[str | None]] = [
        [None, "secret", "a-bot", "a-workspace", "a-database"],
        [world.ada, "secret", None, "a-workspace", "a-database"],
        [world.ada, "secret", "", "a-workspace", "a-database"],
        [world.ada, "secret", "a-bot", "a-workspace", "not an id!"],
        [str(uuid.uuid4()), "secret", "a-bot", "a-workspace", None],
        ["no uuid", "secret", "a-bot", "a-workspace", None],
    ]
    with world.connected("kinkster_worker") as connection:
        for call in calls:
            assert "secret" not in error_of(connection, connect, call), call


@pytest.mark.parametrize("who", ["anon", "kinkster_worker"])
def test_strangers_to_the_tables_read_and_write_none(world: World, who: str) -> None:
    with world.connected(who) as connection:
        assert state_of(connection, "select from kinkster_messages") == DENIED
        for table in TABLES:
            for statement in ("select from {}", "insert into {} default values", "delete from {}"):
                assert state_of(connection, statement.format(table)) == DENIED, statement.format(table)


def test_the_worker_becomes_users_and_nobody_else(world: World) -> None:
    with world.connected("kinkster_worker") as connection:
        states = {
            role: state_of(connection, f"set local role {role}")
            for role in ("authenticated", "anon", "service_role", "authenticator", "postgres")
        }
    assert states == dict.fromkeys(states, DENIED) | {"authenticated": OK}


def test_a_user_reads_their_own_rows_and_the_systems_characters(world: World) -> None:
    with world.connected("owner") as connection:
        assert {str(row[0]) for row in connection.execute("select id from kinksters")} == {
            world.adas,
            world.system,
        }
        for table in (
            "profiles",
            "kinkster_conversations",
            "kinkster_turns",
            "kinkster_messages",
            "kinkster_ratings",
        ):
            column = "id" if table == "profiles" else "user_id"
            users = {str(row[0]) for row in connection.execute(f"select {column} from public.{table}")}
            assert users == {world.ada}, table


def test_a_user_who_has_nothing_reads_nothing_of_others(world: World) -> None:
    with world.connected("stranger") as connection:
        for table in ("kinkster_conversations", "kinkster_turns", "kinkster_messages", "kinkster_ratings"):
            assert value(connection, f"select count(*) from public.{table}") == 0, table
        assert value(connection, "select count(*) from kinksters where not is_system_kinkster") == 0
        assert value(connection, "select count(*) from profiles where id <> auth.uid()") == 0


@pytest.mark.parametrize("table", ["kinkster_turns", "kinkster.turns_in_flight"])
def test_of_a_turn_a_client_writes_nothing_itself(world: World, table: str) -> None:
    columns = [
        row[0]
        for row in world.admin.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", [table]
        )
    ]
    assert "user_id" in columns
    with world.connected("owner") as connection:
        for column in columns:
            insert = f"insert into {table} ({column}) values (default)"
            assert state_of(connection, insert) == DENIED, column
            update = f"update {table} set {column} = {column}"
            assert state_of(connection, update) == DENIED, column
        assert state_of(connection, f"delete from {table}") == DENIED


@pytest.mark.parametrize(
    ("statement", "expected"), [(each, state) for state in FORGERIES for each in FORGERIES[state]]
)
def test_a_user_cannot_forge(world: World, statement: str, expected: str) -> None:
    # A session that began as the user: authenticator may become service_role, a user may not.
    with psycopg.connect(world.conninfo) as connection:
        connection.execute("set session authorization authenticated")
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(world.ada)])
        assert state_of(connection, statement, vars(world)) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "update kinksters set name = 'Mine' where id = %(cyds)s",
        "update kinksters set name = 'Mine' where id = %(system)s",
        "delete from kinksters where id = %(cyds)s",
        "delete from kinksters where id = %(system)s",
        "update kinkster_conversations set state = 'ended' where id = %(cyds_conversation)s",
        "delete from kinkster_conversations where id = %(cyds_conversation)s",
        "update profiles set display_name = 'Mine' where id = %(cyd)s",
    ],
)
def test_what_is_not_a_users_is_not_there_for_them(world: World, statement: str) -> None:
    with world.connected("owner") as connection:
        assert connection.execute(statement, vars(world)).rowcount == 0


def test_a_conversation_with_an_unknown_and_with_a_foreign_character_fails_alike(world: World) -> None:
    insert = "insert into kinkster_conversations (kinkster_id) values (%s)"
    with world.connected("owner") as connection:
        unknown = error_of(connection, insert, [uuid.uuid4()])
        foreign = error_of(connection, insert, [world.cyds])
    assert unknown == foreign
    assert unknown.startswith(DENIED)


def test_a_turn_in_an_unknown_and_in_a_foreign_conversation_fails_alike(world: World) -> None:
    insert = "select kinkster.queue_turn(%s, gen_random_uuid(), null, 'Hello')"
    unknown_id = str(uuid.uuid4())
    with world.connected("owner") as connection:
        unknown = error_of(connection, insert, [unknown_id])
        foreign = error_of(connection, insert, [world.cyds_conversation])
    assert unknown.replace(unknown_id, "") == foreign.replace(world.cyds_conversation, "")


def test_an_id_that_is_taken_says_nothing_about_whose_it_is(world: World) -> None:
    """Turn and conversation ids belong to a user: somebody else's is free to use."""
    with world.connected("owner") as connection:
        queue = "select kinkster.queue_turn(%s, %s, null, 'Hello')"
        assert value(connection, queue, world.adas_conversation, world.cyds_turn)
        insert = "insert into kinkster_conversations (id, kinkster_id) values (%s, %s)"
        assert state_of(connection, insert, [world.cyds_conversation, world.adas]) == OK
