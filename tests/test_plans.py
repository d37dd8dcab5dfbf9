"""How Postgres goes about a turn, read from its own plans: each statement that begin and settle run inside is
explained by auto_explain, in a database with turns in it and in one without. And what its writes touch.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from kinkster_worker.queries import BEGIN_TURN, CHECKPOINT_TURNS, CLAIM_NEXT_TURN, SETTLE_TURN
from psycopg.types.json import Jsonb

from tests.people import claims_of, new_kinkster, new_user, value

GROW = {"kinkster_turns", "kinkster_conversations", "kinksters", "profiles"}
"""Tables that are never read whole on the path of a turn."""

FILLED = """
insert into auth.users (id) select md5(n::text)::uuid from generate_series(1, 3000) as n;
insert into public.profiles (id, email) select u.id, u.id || '@example.com' from auth.users as u
  on conflict do nothing;
insert into public.kinksters (user_id, name, provider) select p.id, 'Sol', 'openai_responses'
  from public.profiles as p;
insert into public.kinkster_conversations (user_id, kinkster_id)
select k.user_id, k.id from public.kinksters as k;
insert into public.kinkster_turns (user_id, conversation_id, message, status, reply)
select c.user_id, c.id, 'Hello', 'completed', 'Well met.'
from public.kinkster_conversations as c, generate_series(1, 10);
"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


class Explained:
    """A superuser's session that is told the plan of each statement, those inside functions too."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.plans: list[dict[str, Any]] = []
        connection.add_notice_handler(self._note)
        for setting in (
            "load 'auto_explain'",
            "set auto_explain.log_min_duration = 0",
            "set auto_explain.log_nested_statements = on",
            "set auto_explain.log_analyze = on",
            "set auto_explain.log_format = json",
            "set auto_explain.log_level = notice",
        ):
            connection.execute(setting.encode())

    def _note(self, notice: psycopg.errors.Diagnostic) -> None:
        _, found, text = (notice.message_primary or "").partition("plan:\n")
        if found:
            self.plans.append(json.loads(text))

    def begin(
        self,
        user: str,
        kinkster: str,
        conversation: str | None = None,
        request: str | None = None,
        stateless: bool = False,
    ) -> tuple[str, str]:
        """Begins a turn as the HTTP door does, or asks again for one; returns its id and lease."""
        claims, request = Jsonb(json.loads(claims_of(user))), request or str(uuid.uuid4())
        asked = (claims, kinkster, "Hello", conversation, request, "/api/chat", "a worker", stateless)
        row = self.connection.execute(BEGIN_TURN, asked).fetchone()
        assert row
        return row[0]["plan"]["turn_id"], row[0]["plan"]["lease"]

    def checkpoint(self, user: str, turn: str, lease: str) -> None:
        """Keeps some text of a turn."""
        kept = {"user_id": user, "turn_id": turn, "lease": lease, "from": 0, "text": "Well", "shown": True}
        self.connection.execute(CHECKPOINT_TURNS, (Jsonb([kept]),))

    def settle(self, user: str, turn: str, lease: str) -> None:
        """Ends a turn with a whole reply."""
        outcome: dict[str, object] = {
            "status": "completed",
            "reply": "Well met.",
            "api": "responses",
            "response_id": "resp_1",
        }
        outcome |= {"model": "gpt-4o-mini", "input_tokens": 10, "output_tokens": 2, "shown": True}
        self.connection.execute(SETTLE_TURN, (user, turn, lease, Jsonb(outcome)))

    def read_whole(self) -> list[str]:
        """The statements that read one of the tables that grow from end to end."""
        return [
            f"{node['Relation Name']}: {plan['Query Text']}"
            for plan in self.plans
            for node in nodes(plan["Plan"])
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROW
        ]

    def passed_over(self) -> list[str]:
        """The statements that read two rows of such a table in vain, or more than a context holds."""
        return [
            f"{node['Relation Name']}: {plan['Query Text']}"
            for plan in self.plans
            for node in nodes(plan["Plan"])
            if node.get("Relation Name") in GROW
            and (
                node.get("Rows Removed by Filter", 0) > 1
                or node.get("Actual Rows", 0) * node.get("Actual Loops", 1) > CONTEXT_TURNS
            )
        ]


CONTEXT_TURNS = 40
"""Turns that are sent when a context is rebuilt, where kinkster.settings say nothing else."""
TIMES = 8
"""Five times Postgres plans for the very arguments, then for any."""


@pytest.mark.parametrize("provider", ["openai_responses", "flowise"])
def test_a_turn_reads_no_table_from_end_to_end(admin: psycopg.Connection, provider: str) -> None:
    user = new_user(admin)
    kinkster = new_kinkster(admin, user, provider=provider, flowise_chatflow_id="flow")
    admin.execute(FILLED)
    admin.execute("analyze")
    explained = Explained(admin)
    for _ in range(TIMES):
        turn, lease = explained.begin(user, kinkster)
        explained.checkpoint(user, turn, lease)
        explained.settle(user, turn, lease)
    assert len(explained.plans) > TIMES * 15
    assert sorted(set(explained.read_whole())) == []


FAILED = {
    "status": "failed",
    "error_code": "provider_rejected",
    "error_message": "The provider refused the request.",
    "error_hint": "Ask otherwise.",
}
LONG = """
with conversation as (
  insert into public.kinkster_conversations (user_id, kinkster_id)
  values (%(user)s, %(kinkster)s)
  returning id
)
insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message, status, reply)
select
  %(user)s, md5('turn ' || n)::uuid, c.id, case when n > 1 then md5('turn ' || n - 1)::uuid end, 'Hello',
  'completed', 'Well met.'
from conversation as c, generate_series(1, 300) as n;
update public.kinkster_conversations as c set head_turn_id = t.id
from public.kinkster_turns as t
where c.user_id = t.user_id and c.id = t.conversation_id and t.id = md5('turn 300')::uuid;
insert into public.kinkster_conversations (user_id, kinkster_id)
select %(user)s, k.id from public.kinksters as k where k.id <> %(kinkster)s limit 50;
"""


def talkative(admin: psycopg.Connection) -> tuple[Explained, str, str, str]:
    """Somebody who says more than most: the session, user, character, and a conversation of 300 turns."""
    user = new_user(admin)
    kinkster = new_kinkster(admin, user)
    admin.execute(FILLED)
    psycopg.ClientCursor(admin).execute(LONG, {"user": user, "kinkster": kinkster})
    admin.execute("analyze")
    conversation = value(admin, "select id from public.kinkster_conversations where head_turn_id is not null")
    return Explained(admin), user, kinkster, conversation


@pytest.mark.parametrize("stateless", [False, True], ids=["chained", "rebuilt"])
@pytest.mark.parametrize("named", [False, True], ids=["latest conversation", "named conversation"])
def test_a_turn_reads_no_more_of_a_long_conversation(
    admin: psycopg.Connection, named: bool, stateless: bool
) -> None:
    """Checks of foreign keys neither: they are planned once, by whichever index looks best for most users."""
    explained, user, kinkster, conversation = talkative(admin)
    for _ in range(TIMES):
        asked = conversation if named else None
        turn, lease = explained.begin(user, kinkster, asked, stateless=stateless)
        explained.checkpoint(user, turn, lease)
        explained.settle(user, turn, lease)
    checks = [plan for plan in explained.plans if "FOR KEY SHARE" in plan["Query Text"]]
    assert len(checks) >= TIMES * 4
    assert sorted(set(explained.passed_over())) == []
    assert value(admin, "select count(*) from public.kinkster_turns where continuity is not null") == TIMES


def test_nor_does_a_turn_that_is_asked_for_again(admin: psycopg.Connection) -> None:
    explained, user, kinkster, conversation = talkative(admin)
    for _ in range(TIMES):
        turn, lease = explained.begin(user, kinkster, conversation)
        admin.execute(SETTLE_TURN, (user, turn, lease, Jsonb(FAILED)))
        explained.settle(user, *explained.begin(user, kinkster, conversation, turn))
    assert sorted(set(explained.passed_over())) == []
    assert (
        value(admin, "select count(*) from public.kinkster_turns where asked_again_at is not null") == TIMES
    )


WAIT = """
insert into public.kinkster_turns (user_id, conversation_id, message)
select c.user_id, c.id, 'Hello' from public.kinkster_conversations as c;
insert into kinkster.turns_in_flight (user_id, conversation_id, turn_id)
select t.user_id, t.conversation_id, t.id from public.kinkster_turns as t where t.status = 'queued';
"""


def test_a_claim_looks_up_one_turn_after_the_other(admin: psycopg.Connection) -> None:
    """Joined otherwise than one by one, all that wait would be read for each claim."""
    admin.execute(FILLED)
    admin.execute(WAIT)
    admin.execute("analyze")
    explained = Explained(admin)
    for _ in range(TIMES):
        claimed = admin.execute(CLAIM_NEXT_TURN, ("a worker", None, False)).fetchone()
        assert claimed
        assert claimed[0]["state"] == "claimed"
    assert sorted(set(explained.read_whole())) == []
    joined = {
        plan["Query Text"]
        for plan in explained.plans
        for node in nodes(plan["Plan"])
        if node["Node Type"] in ("Merge Join", "Hash Join") and "turns_in_flight" in plan["Query Text"]
    }
    assert joined == set()


def test_nor_do_begin_and_settle_right_after_the_migrations(admin: psycopg.Connection) -> None:
    user = new_user(admin)
    kinkster = new_kinkster(admin, user)
    explained = Explained(admin)
    for _ in range(TIMES):
        explained.settle(user, *explained.begin(user, kinkster))
    assert sorted(set(explained.read_whole())) == []


def test_reading_a_table_whole_would_be_seen(admin: psycopg.Connection) -> None:
    user = new_user(admin)
    kinkster = new_kinkster(admin, user)
    explained = Explained(admin)
    admin.execute("set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off")
    explained.begin(user, kinkster)
    assert any(each.startswith("kinkster_turns") for each in explained.read_whole())


CHANGED = """
select array[pg_stat_get_xact_tuples_updated(t.id), pg_stat_get_xact_tuples_hot_updated(t.id)]
from (select %s::regclass as id) as t
"""


def test_each_write_after_the_first_is_hot(admin: psycopg.Connection) -> None:
    """A turn is claimed as it is stored. Settling makes no entry in an index, nor does its conversation."""
    user = new_user(admin)
    kinkster = new_kinkster(admin, user)
    explained = Explained(admin)
    explained.settle(user, *explained.begin(user, kinkster))  # the conversation is there now

    def counted() -> dict[str, list[int]]:
        return {table: value(admin, CHANGED, table) for table in GROW}

    def updates(act: Callable[[], Any]) -> tuple[Any, dict[str, list[int]]]:
        with admin.transaction():
            before, found, after = counted(), act(), counted()
        return found, {table: [after[table][n] - before[table][n] for n in (0, 1)] for table in GROW}

    (turn, lease), begun = updates(lambda: explained.begin(user, kinkster))
    _, kept = updates(lambda: explained.checkpoint(user, turn, lease))
    _, settled = updates(lambda: explained.settle(user, turn, lease))
    nothing, once = [0, 0], [1, 1]
    assert begun == dict.fromkeys(GROW, nothing) | {"kinkster_conversations": once}
    assert value(admin, "select bool_and(started_at >= created_at) from public.kinkster_turns")
    assert kept == dict.fromkeys(GROW, nothing) | {"kinkster_turns": once}
    assert settled == dict.fromkeys(GROW, nothing) | {"kinkster_turns": once, "kinksters": once}
