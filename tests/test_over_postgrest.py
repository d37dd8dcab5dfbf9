"""Every function and table of `public` over a real PostgREST: what a caller is told, word for word.

What each call does is tested elsewhere; here, that a client meets it as documented.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt
import psycopg
import pytest

from scripts.installation import Privileges
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.people import value
from tests.postgrest_server import Postgrest, login, postgrest, program, token
from tests.test_access_matrix import World, populated

NO_KINKSTER = (
    "404 PT404: There is no kinkster with this id that you can see. "
    "(Check the id: a kinkster is seen by its owner, a system kinkster by everyone who is signed in.)"
)
NOT_YOURS = "404 PT404: There is no kinkster of yours with this id. (Check the id: a {}.)"
NOT_TO_PREPARE = NOT_YOURS.format("kinkster is sent to Notion by its owner, a system kinkster by nobody")
NOT_TO_FORGET = NOT_YOURS.format("page is forgotten by the owner of its kinkster")
UNSEEN = "404 PT404: There is no {0} with this id that you can see. (Use the {0}_id that {1} returned.)"
NO_TURN = UNSEEN.format("turn", "send_kinkster_message")
NO_CONVERSATION = UNSEEN.format("conversation", "send_kinkster_message")
NO_PROFILE = "404 PT404: You have no profile yet. (Insert your row into profiles (id and email) first.)"
NO_USER = (
    "403 PT403: Only a signed-in user can send a message. "
    "(Call this with the user's token, not with a service key.)"
)
NO_ROLLOUT = (
    "404 PT404: There is no rollout yet. "
    "(plan_kinkster_rollout makes one; left out, the id is that of the present one.)"
)
REFUSED = "403 42501: permission denied for {} {}"
UNSIGNED = "401 42501: permission denied for {} {}"
NO_TOKEN = {
    "an ended token": "401 PGRST301: JWT expired",
    "a forged token": "401 PGRST301: JWSError JWSInvalidSignature",
    "an unsigned token": "401 PGRST301: JWSError JWSNoSignatures",
    "a worker's role": '403 42501: permission denied to set role "kinkster_worker"',
}
"""What is never let in, whatever it asks for."""


@dataclass(frozen=True)
class Call:
    """A call about something of its owner's, and how it ends for whom; `nobody` has a user's token without a
    user. A word of `arguments` that is a field of the world stands for the id there.
    """

    arguments: dict[str, Any]
    stranger: str
    service_role: str = REFUSED
    owner: str = "200"
    nobody: str = ""


FUNCTIONS = {
    "build_kinkster_openai_instructions": Call({"p_kinkster_id": "adas"}, NO_KINKSTER, "200"),
    "get_kinkster_chat_config": Call({"p_kinkster_id": "adas"}, NO_KINKSTER, "200"),
    "update_kinkster_provider": Call(
        {"p_kinkster_id": "adas", "p_provider": "openai_responses"}, NO_KINKSTER, "200"
    ),
    "prepare_kinkster_for_notion": Call({"p_kinkster_id": "adas"}, NO_KINKSTER, "200"),
    "mark_kinkster_synced": Call(
        {"p_kinkster_id": "adas", "p_notion_page_id": "a-page"},
        NOT_TO_PREPARE,
        "200",
        nobody="403 42501: permission denied for function note_sync",
    ),
    "forget_kinkster_notion_page": Call(
        {"p_kinkster_id": "adas"},
        NOT_TO_FORGET,
        "200",
        nobody="403 42501: permission denied for function forget_page",
    ),
    "send_kinkster_message": Call(
        {"p_kinkster_id": "adas", "p_message": "Hello"}, NO_KINKSTER, NO_USER, nobody=NO_USER
    ),
    "await_kinkster_reply": Call({"p_turn_id": "adas_waiting", "p_timeout": "0"}, NO_TURN),
    "cancel_kinkster_turn": Call({"p_turn_id": "adas_waiting"}, NO_TURN),
    "regenerate_kinkster_reply": Call({"p_turn_id": "adas_turn"}, NO_TURN),
    "edit_kinkster_message": Call({"p_turn_id": "adas_turn", "p_message": "Hello again"}, NO_TURN),
    "switch_kinkster_branch": Call({"p_turn_id": "adas_turn"}, NO_TURN),
    "kinkster_consent_receipt": Call({"p_turn_id": "adas_turn"}, NO_TURN),
    "rate_kinkster_reply": Call({"p_turn_id": "adas_turn", "p_rating": 1}, NO_TURN),
    "get_kinkster_branch": Call({"p_conversation_id": "adas_conversation"}, NO_CONVERSATION),
    "resume_kinkster_conversation": Call({"p_conversation_id": "adas_conversation"}, NO_CONVERSATION),
    "pause_kinkster_chats": Call({}, stranger="200", nobody=NO_PROFILE),
    "kinkster_doctor": Call({}, REFUSED, "200", REFUSED),
    "plan_kinkster_rollout": Call({}, REFUSED, "200", REFUSED),
    "start_kinkster_rollout": Call({}, REFUSED, NO_ROLLOUT, REFUSED),
    "advance_kinkster_rollout": Call({}, REFUSED, NO_ROLLOUT, REFUSED),
    "pause_kinkster_rollout": Call({}, REFUSED, NO_ROLLOUT, REFUSED),
    "rollback_kinkster_rollout": Call({}, REFUSED, NO_ROLLOUT, REFUSED),
}

TABLES = {
    "profiles": (1, 1, 3),
    "kinksters": (2, 1, 3),
    "kinkster_conversations": (2, 0, 4),
    "kinkster_turns": (2, 0, 4),
    "kinkster_ratings": (1, 0, 2),
    "kinkster_messages": (3, 0, 6),
    "kinkster_metrics": (2, 0, 4),
}
"""How many rows Ada reads, Bea, who has none but her profile, and a service key."""

MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    (
        "send_kinkster_message",
        {"p_message": " "},
        "422 PT422: The message is blank. (Send 1 to 32,000 characters.)",
    ),
    (
        "send_kinkster_message",
        {"p_message": "x" * 32001},
        "422 PT422: The message has 32001 characters; at most 32,000 are taken. "
        "(Shorten it, or send it in parts.)",
    ),
    (
        "send_kinkster_message",
        {"p_conversation_id": "cyds_conversation"},
        "404 PT404: There is no conversation with this id between you and this kinkster. "
        "(Check the id, or leave it out to go on with the latest conversation.)",
    ),
    (
        "update_kinkster_provider",
        {"p_provider": "a-provider"},
        "422 PT422: 'a-provider' is not a provider. (Use 'flowise' or 'openai_responses'.)",
    ),
    (
        "update_kinkster_provider",
        {"p_openai_model": "a model"},
        "422 PT422: 'a model' is not a model's name. "
        "(Give a name such as 'gpt-4o-mini', or null to leave the model as it is.)",
    ),
    (
        "update_kinkster_provider",
        {"p_kinkster_id": "system"},
        "403 PT403: A system kinkster cannot be edited. (Create a kinkster of your own and edit that.)",
    ),
    (
        "mark_kinkster_synced",
        {"p_notion_page_id": "a page"},
        "422 PT422: Blank, or not an id of Notion. "
        "(Give the id that Notion returned for the page, such as '0a1b2c3d-4e5f-6789-8abc-def012345678'.)",
    ),
    (
        "mark_kinkster_synced",
        {"p_revision": 7},
        "422 PT422: This kinkster has no revision 7 yet; it is at 1. "
        "(Give the revision that prepare_kinkster_for_notion returned with what was sent.)",
    ),
    (
        "await_kinkster_reply",
        {"p_timeout": "1 hour"},
        "422 PT422: The timeout is not between nothing and 10 minutes. "
        "(Give an interval such as '30 seconds', and call again to wait longer.)",
    ),
    (
        "await_kinkster_reply",
        {"p_timeout": "soon"},
        '400 22007: invalid input syntax for type interval: "soon"',
    ),
    (
        "cancel_kinkster_turn",
        {"p_turn_id": "adas_turn"},
        "409 PT409: This turn has ended already. "
        "(Read its reply; only a turn that waits or streams can be cancelled.)",
    ),
    (
        "regenerate_kinkster_reply",
        {"p_turn_id": "adas_waiting"},
        "409 PT409: A reply is still being written in this conversation. "
        "(Wait for it to end, or cancel it, then send the message again.)",
    ),
    (
        "edit_kinkster_message",
        {"p_message": ""},
        "422 PT422: The message is blank. (Send 1 to 32,000 characters.)",
    ),
    (
        "edit_kinkster_message",
        {"p_turn_id": "adas_waiting"},
        "409 PT409: A reply is still being written in this conversation. "
        "(Wait for it to end, or cancel it, then send the message again.)",
    ),
    (
        "rate_kinkster_reply",
        {"p_rating": 5},
        "422 PT422: 5 is not a rating. "
        "(Use 1 for a good reply, -1 for a bad one, or null to take a rating back.)",
    ),
    (
        "rate_kinkster_reply",
        {"p_turn_id": "adas_waiting"},
        "409 PT409: This turn has no whole reply of a provider. "
        "(Rate a turn whose status is completed; the answer to a safeword is nobody's to rate.)",
    ),
    (
        "rate_kinkster_reply",
        {"p_note": "x" * 5000},
        "422 PT422: The note has 5000 characters; at most 2,000 are kept. (Shorten it.)",
    ),
    (
        "kinkster_consent_receipt",
        {"p_turn_id": None},
        "404 PT404: There is no turn with this id that you can see. "
        "(Use the turn_id that send_kinkster_message returned.)",
    ),
    (
        "get_kinkster_chat_config",
        {"p_kinkster_id": "Mira"},
        '400 22P02: invalid input syntax for type uuid: "Mira"',
    ),
    (
        "get_kinkster_chat_config",
        {"p_kinkster": "adas"},
        "404 PGRST202: Could not find the function public.get_kinkster_chat_config"
        "(p_kinkster, p_kinkster_id) in the schema cache "
        "(Perhaps you meant to call the function public.get_kinkster_chat_config(p_kinkster_id))",
    ),
]
"""What is wrong in a call of Ada's, and what she is told."""


@pytest.fixture(scope="module")
def world(server: Server, template: Callable[[Privileges], str]) -> Iterator[World]:
    """Ada, Bea and Cyd, of whom no request changes anything."""
    name = create_database(server, template=template("explicit"))
    try:
        with psycopg.connect(server.conninfo(name), autocommit=True) as admin:
            yield populated(server.conninfo(name), admin)
    finally:
        drop_database(server, name)


@pytest.fixture(scope="module")
def api(
    world: World, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Postgrest]:
    """PostgREST over their database."""
    assert pytestconfig.cache is not None
    found = program(pytestconfig.cache)
    folder = tmp_path_factory.mktemp("postgrest")
    with (
        login(world.admin, world.conninfo) as conninfo,
        postgrest(found, conninfo, folder, keeps=False) as running,
    ):
        yield running


def tokens_of(world: World) -> dict[str, str | None]:
    """Whose tokens there are, by the name of who sends them."""
    unsigned = jwt.encode({"role": "service_role"}, "", "none")
    return {
        "anonymous": None,
        "a user of no role": token(None, world.ada),
        "owner": token("authenticated", world.ada),
        "stranger": token("authenticated", world.bea),
        "nobody": token("authenticated"),
        "service_role": token("service_role"),
        "an ended token": token("authenticated", world.ada, seconds=-60),
        "a forged token": token("service_role", secret="a-secret-of-somebody-else's-that-is-long"),
        "an unsigned token": unsigned,
        "a worker's role": token("kinkster_worker", world.ada),
    }


def arguments_of(world: World, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with ids in place of the words for them."""
    return {name: getattr(world, str(word), word) for name, word in arguments.items()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_tells_each_caller_what_is_documented(api: Postgrest, world: World, function: str) -> None:
    call = FUNCTIONS[function]
    arguments = arguments_of(world, call.arguments)
    answers = {who: api.rpc(function, arguments, one) for who, one in tokens_of(world).items()}
    expected = {
        "anonymous": UNSIGNED,
        "a user of no role": UNSIGNED,
        "owner": call.owner,
        "stranger": call.stranger,
        "nobody": call.nobody or call.stranger,
        "service_role": call.service_role,
    }
    assert {who: str(answer) for who, answer in answers.items()} == NO_TOKEN | {
        who: words.format("function", function) for who, words in expected.items()
    }
    said = [answer.body for answer in answers.values() if answer.status == 200]
    assert all(body["success"] is True for body in said if isinstance(body, dict))


@pytest.mark.parametrize("table", TABLES)
def test_a_table_shows_each_reader_what_is_theirs(api: Postgrest, world: World, table: str) -> None:
    kind = "view" if table in ("kinkster_messages", "kinkster_metrics") else "table"
    found = {}
    for who, one in tokens_of(world).items():
        answer = api.get(f"/{table}", one)
        found[who] = len(answer.body) if answer.status == 200 else str(answer)
    unsigned = UNSIGNED.format(kind, table)
    of_owner, of_stranger, of_service = TABLES[table]
    assert found == NO_TOKEN | {
        "anonymous": unsigned,
        "a user of no role": unsigned,
        "owner": of_owner,
        "stranger": of_stranger,
        "nobody": 1 if table == "kinksters" else 0,
        "service_role": of_service,
    }


def test_the_tables_name_all_that_is_served(world: World) -> None:
    """What an application has besides is not in this database."""
    functions = "select array_agg(proname::text) from pg_proc where pronamespace = 'public'::regnamespace"
    tables = """
      select array_agg(relname::text) from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')"""
    assert set(value(world.admin, functions)) == set(FUNCTIONS)
    assert set(value(world.admin, tables)) == set(TABLES)


def test_who_is_not_signed_in_is_told_of_nothing_and_asked_to_sign_in(api: Postgrest) -> None:
    assert list(api.get("/").body["paths"]) == ["/"]
    assert api.get("/kinksters").headers["www-authenticate"] == "Bearer"


def test_each_role_is_told_of_what_it_may_call(api: Postgrest, world: World) -> None:
    tables = {f"/{table}" for table in TABLES}
    of_users = {f"/rpc/{name}" for name, call in FUNCTIONS.items() if call.owner != REFUSED}
    of_service = {f"/rpc/{name}" for name, call in FUNCTIONS.items() if call.service_role != REFUSED}
    paths = api.get("/", token("authenticated", world.ada)).body["paths"]
    assert set(paths) - {"/"} == tables | of_users
    paths = api.get("/", token("service_role")).body["paths"]
    assert set(paths) - {"/"} == tables | of_service


@pytest.mark.parametrize("who", ["anonymous", "owner", "service_role"])
def test_the_private_schema_is_served_to_nobody(api: Postgrest, world: World, who: str) -> None:
    answer = api.get("/settings", tokens_of(world)[who], profile="kinkster")
    assert str(answer) == "406 PGRST106: The schema must be one of the following: public"


def test_what_changes_nothing_can_be_read_by_get(api: Postgrest, world: World) -> None:
    """And what changes something cannot, so that no link that is followed does."""
    query = """
      select array_agg(proname::text) from pg_proc
      where pronamespace = 'public'::regnamespace and provolatile <> 'v'"""
    reading = set(value(world.admin, query)) | {"await_kinkster_reply"}  # which reads again and again
    for function, call in FUNCTIONS.items():
        of_operators = call.owner == REFUSED
        who = token("service_role") if of_operators else token("authenticated", world.ada)
        arguments = arguments_of(world, call.arguments)
        answer = api.get(f"/rpc/{function}", who, **{name: str(word) for name, word in arguments.items()})
        if function in reading:
            assert answer.status == 200, function
            assert answer.body == api.rpc(function, arguments, who).body
        elif (call.service_role if of_operators else call.owner) == "200":
            assert (answer.status, answer.body["code"]) == (405, "25006"), function
        else:
            assert str(answer) == call.service_role, function


@pytest.mark.parametrize(("function", "wrong", "told"), MISTAKES)
def test_a_mistake_is_answered_with_what_to_do(
    api: Postgrest, world: World, function: str, wrong: dict[str, Any], told: str
) -> None:
    arguments = arguments_of(world, FUNCTIONS[function].arguments | wrong)
    assert str(api.rpc(function, arguments, token("authenticated", world.ada))) == told
