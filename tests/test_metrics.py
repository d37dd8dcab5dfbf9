"""Whatever happens to turns, and whenever they are added up: the views show what the turns say."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql

from scripts.installation import Privileges, run
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.metrics_at_scale import RULES
from tests.people import MISPLACED, claims_of, new_kinkster, new_user, value

BEGIN = "select kinkster.begin_turn(%s, %s, %s, %s, %s, '/api/chat', %s, %s)"
SETTLE = "select kinkster.settle_turn(%s, %s, %s, %s)"
ROLL_UP = "select kinkster.roll_up_turns()"
LATER = "update kinkster.settings set clock_offset = clock_offset + make_interval(secs => %s)"
EMPTY = """
truncate public.kinkster_ratings, public.kinkster_turns, public.kinkster_conversations, kinkster.daily_sums,
  kinkster.open_turns, public.kinksters, public.profiles, kinkster.breakers cascade;
update kinkster.roll_up_state
set rolled_until = default, safe_until = default, noted_at = null, noted_xid = null;
update kinkster.settings set clock_offset = default;
insert into kinkster.breakers select * from metrics_rules.breakers;
"""
HOSTING = "update kinkster.settings set flowise_monthly_cost_usd = %s"
VIEWS = [("kinkster.provider_metrics", False), ("kinkster.character_metrics", True)]
DIFFERENCES = "select * from metrics_rules.differences(%s, %s, %s)"
FAILURES = [
    "provider_unreachable", "provider_rate_limited", "provider_unauthorized", "provider_misbehaved",
    "reply_refused", "worker_error", "database_lost",
]  # fmt: skip
REFUSALS = ("PT4", "KW001")
MINUTES = [0.0, 0.01, 0.5, 1.0, 20.0, 59.0, 60.0, 61.0, 600.0, 1440.0, 44640.0]

Turn = dict[str, Any]


def differences(admin: psycopg.Connection) -> list[Any]:
    """What the operator's views show that the turns do not say."""
    found: list[Any] = []
    for view, by_character in VIEWS:
        found += admin.execute(DIFFERENCES, [f"select * from {view}", by_character, None])
    return found


@contextlib.contextmanager
def as_user(admin: psycopg.Connection, user: str) -> Iterator[None]:
    """Makes the connection act for a user, in a transaction."""
    with admin.transaction():
        admin.execute("select set_config('request.jwt.claims', %s, true)", [claims_of(user)])
        admin.execute("set local role authenticated")
        yield


def own_differences(admin: psycopg.Connection, user: str) -> list[Any]:
    """What the owner's view shows to a user that their turns do not say."""
    with as_user(admin, user):
        shown = value(admin, "select jsonb_agg(to_jsonb(m))::text from public.kinkster_metrics as m")
    own = sql.SQL("select * from jsonb_populate_recordset(null::public.kinkster_metrics, {})").format(
        shown or "[]"
    )
    return list(admin.execute(DIFFERENCES, [own.as_string(admin), True, user]))


@pytest.fixture(scope="module")
def judge(server: Server, template: Callable[[Privileges], str]) -> Iterator[psycopg.Connection]:
    """A database with the independent reading in it."""
    name = create_database(server, template=template("explicit"))
    try:
        with psycopg.connect(server.conninfo(name), autocommit=True) as connection:
            run(connection, RULES)
            connection.execute("create table metrics_rules.breakers as table kinkster.breakers")
            yield connection
    finally:
        drop_database(server, name)


class Turns(RuleBasedStateMachine):
    """An application in use, by two users with a character each and one of the system's."""

    judge: psycopg.Connection
    hosting: float | None = 30
    turns: Bundle[Turn] = Bundle("turns")

    def __init__(self) -> None:
        super().__init__()
        self.judge.execute(EMPTY)
        self.judge.execute(HOSTING, [self.hosting])
        self.users = [new_user(self.judge) for _ in range(2)]
        self.judge.execute("update public.profiles set safewords = '{red}'")
        self.own = {
            user: new_kinkster(
                self.judge, user, provider=provider, flowise_chatflow_id="a-flow", openai_model="gpt-4o-mini"
            )
            for user, provider in zip(self.users, ["flowise", "openai_responses"], strict=True)
        }
        self.kinkster_of_all = new_kinkster(self.judge, None, openai_model="a-model-without-a-price")

    def call(self, statement: str, *arguments: object, user: str | None = None) -> Any:
        """The value of a statement; None where the product refuses it, which changes nothing."""
        try:
            with as_user(self.judge, user) if user else self.judge.transaction():
                return value(self.judge, statement, *arguments)
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith(REFUSALS):
                raise
            return None

    def begin(self, user: str, kinkster: str, message: str, request: str, stateless: bool = False) -> Turn:
        """What is known of a turn that a worker was asked for."""
        began = self.call(
            BEGIN, claims_of(user), kinkster, message, None, request, str(uuid.uuid4()), stateless
        )
        turn = {"user_id": user, "turn_id": request, "kinkster": kinkster, "message": message}
        return turn | ((began or {}).get("plan") or {})

    @rule(
        target=turns, who=st.integers(0, 1), own=st.booleans(), red=st.integers(0, 9), stateless=st.booleans()
    )
    def say(self, who: int, own: bool, red: int, stateless: bool) -> Turn:
        user = self.users[who]
        message = "red" if red == 0 else "Hello"
        kinkster = self.own[user] if own else self.kinkster_of_all
        return self.begin(user, kinkster, message, str(uuid.uuid4()), stateless)

    @rule(target=turns, who=st.integers(0, 1))
    def send(self, who: int) -> Any:
        user = self.users[who]
        sent = self.call("select public.send_kinkster_message(%s, 'Hello?')", self.own[user], user=user)
        if not sent:
            return multiple()
        return {"user_id": user, "turn_id": sent["turn_id"], "kinkster": self.own[user], "message": "Hello?"}

    @rule(
        turn=turns,
        minutes=st.sampled_from([0.0, 0.0, 0.003, 0.05, 1.5]),
        tokens=st.sampled_from([None, 0, 1000]),
        words=st.integers(1, 50),
        first_ms=st.sampled_from([None, 0, 1, 7, 300, 2000]),
        model=st.sampled_from([None, "gpt-4o-mini-2024-07-18", "nobody-knows-it"]),
    )
    def answer(
        self,
        turn: Turn,
        minutes: float,
        tokens: int | None,
        words: int,
        first_ms: int | None,
        model: str | None,
    ) -> None:
        self.later(minutes)
        outcome: Turn = {
            "status": "completed",
            "reply": "And so. " * words,
            "api": "responses",
            "model": model,
        }
        outcome |= {"response_id": "resp_1", "first_text_ms": first_ms, "input_tokens": tokens}
        outcome |= {"output_tokens": tokens, "cached_tokens": tokens and tokens // 2}
        self.settle(turn, outcome)

    @rule(
        turn=turns, code=st.sampled_from(FAILURES), shown=st.booleans(), tokens=st.sampled_from([None, 1000])
    )
    def fail(self, turn: Turn, code: str, shown: bool, tokens: int | None) -> None:
        outcome: Turn = {
            "status": "failed",
            "reply": "",
            "error_code": code,
            "error_message": "No.",
            "error_hint": "So.",
        }
        self.settle(turn, outcome | {"shown": shown, "input_tokens": tokens, "output_tokens": tokens})

    def settle(self, turn: Turn, outcome: dict[str, Any]) -> None:
        if "lease" in turn:
            self.call(SETTLE, turn["user_id"], turn["turn_id"], turn["lease"], json.dumps(outcome))

    @rule(turn=turns)
    def forget(self, turn: Turn) -> None:
        if "lease" in turn:
            self.call(
                "select kinkster.rebuild_turn(%s, %s, %s)", turn["user_id"], turn["turn_id"], turn["lease"]
            )

    @rule(target=turns, turn=turns)
    def ask_again(self, turn: Turn) -> Turn:
        return self.begin(turn["user_id"], turn["kinkster"], turn["message"], turn["turn_id"])

    @rule(target=turns, turn=turns)
    def claim(self, turn: Turn) -> Any:
        claimed = self.call("select kinkster.claim_turn(%s, %s, 'w')", turn["user_id"], turn["turn_id"])
        return turn | claimed["plan"] if claimed and "plan" in claimed else multiple()

    @rule(turn=turns, statement=st.sampled_from(["regenerate_kinkster_reply", "cancel_kinkster_turn"]))
    def ask_of(self, turn: Turn, statement: str) -> None:
        self.call(f"select public.{statement}(%s)", turn["turn_id"], user=turn["user_id"])

    @rule(turn=turns, rating=st.sampled_from([1, -1, None]))
    def rate(self, turn: Turn, rating: int | None) -> None:
        self.call("select public.rate_kinkster_reply(%s, %s)", turn["turn_id"], rating, user=turn["user_id"])

    @rule(who=st.integers(0, 1))
    def go_on(self, who: int) -> None:
        resume = "select public.resume_kinkster_conversation(id) from public.kinkster_conversations"
        self.call(resume, user=self.users[who])
        self.judge.execute("update public.profiles set submission_state = 'active'")

    @rule(who=st.integers(0, 1))
    def pause(self, who: int) -> None:
        self.call("select public.pause_kinkster_chats()", user=self.users[who])

    @rule(who=st.integers(0, 1), provider=st.sampled_from(["flowise", "openai_responses"]))
    def switch(self, who: int, provider: str) -> None:
        user = self.users[who]
        self.call("select public.update_kinkster_provider(%s, %s)", self.own[user], provider, user=user)

    @rule(
        turn=consumes(turns), what=st.sampled_from(["turn", "turn", "conversation", "character", "profile"])
    )
    def delete(self, turn: Turn, what: str) -> None:
        statement = {
            "turn": "delete from public.kinkster_turns where id = %(turn_id)s",
            "conversation": "delete from public.kinkster_conversations where id ="
            " (select conversation_id from public.kinkster_turns where id = %(turn_id)s)",
            "character": "delete from public.kinksters where id = %(kinkster)s",
            "profile": "delete from public.profiles where id = %(user_id)s",
        }[what]
        self.judge.execute(statement.encode(), turn)

    @rule(minutes=st.sampled_from(MINUTES))
    def later(self, minutes: float) -> None:
        self.judge.execute(LATER, [60 * minutes])

    @rule(times=st.integers(1, 3))
    def roll_up(self, times: int) -> None:
        for _ in range(times):
            self.judge.execute(ROLL_UP)

    @invariant()
    def views_show_what_the_turns_say(self) -> None:
        wrong = differences(self.judge)
        for user in self.users:
            wrong += own_differences(self.judge, user)
        assert not wrong, "\n".join(map(str, wrong[:10]))

    @invariant()
    def what_waits_or_streams_is_in_flight_and_nothing_else(self) -> None:
        assert self.judge.execute(MISPLACED).fetchall() == []


@pytest.mark.parametrize(
    "hosting", [None, 0, 30], ids=["hosting unknown", "hosting free", "hosting paid for"]
)
def test_views_show_what_the_turns_say_whatever_happens(
    judge: psycopg.Connection, hosting: float | None
) -> None:
    Turns.judge, Turns.hosting = judge, hosting
    run_state_machine_as_test(
        Turns,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
