"""Every SQL statement that the worker sends, named; and SQLSTATE → exception, here only.

Each call is one statement on an autocommit connection: one round trip.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast
from uuid import uuid4

import orjson
import psycopg
import psycopg_pool
from psycopg.types.json import Jsonb, set_json_loads

from kinkster_worker import errors
from kinkster_worker.logs import fields, log
from kinkster_worker.notion.plan import (
    Connection,
    NotionOutcome,
    NotionSettled,
    NotionStatus,
    Page,
    PlainToken,
)
from kinkster_worker.plan import (
    About,
    Checkpoint,
    Claimed,
    Followed,
    Message,
    Outcome,
    Rolled,
    Settled,
    Stored,
)
from kinkster_worker.report import ProviderReport
from kinkster_worker.request import ChatRequest
from kinkster_worker.rollout.plan import RolloutPlan, RolloutReport, RolloutStatus, Watched

BEGIN_TURN = """
select kinkster.begin_turn(p_claims => %s, p_kinkster_id => %s::uuid, p_message => %s::text,
  p_conversation_id => %s::uuid, p_request_id => %s::uuid, p_endpoint => %s::text, p_worker => %s::text,
  p_stateless => %s)
"""
CLAIM_NEXT_TURN = """
select kinkster.claim_next_turn(p_worker => %s::text, p_after_user_id => %s::uuid, p_stateless => %s)
"""
CLAIM_TURN = """
select kinkster.claim_turn(p_user_id => %s::uuid, p_turn_id => %s::uuid, p_worker => %s::text,
  p_stateless => %s)
"""
FOLLOW_TURN = """
select kinkster.follow_turn(p_claims => %s, p_turn_id => %s::uuid, p_from => %s::integer, p_tag => %s::text)
"""
CHECKPOINT_TURNS = "select kinkster.checkpoint_turns(p_checkpoints => %s)"
REBUILD_TURN = (
    "select kinkster.rebuild_turn(p_user_id => %s::uuid, p_turn_id => %s::uuid, p_lease => %s::uuid)"
)
SETTLE_TURN = """
select kinkster.settle_turn(p_user_id => %s::uuid, p_turn_id => %s::uuid, p_lease => %s::uuid,
  p_outcome => %s)
"""
CLAIM_NOTION = """
select kinkster.claim_notion(p_worker => %s::text, p_user_id => %s::uuid, p_anyway => %s::boolean)
"""
RENEW_NOTION = "select kinkster.renew_notion(p_user_id => %s::uuid, p_lease => %s::uuid)"
NOTE_NOTION_SOURCE = """
select kinkster.note_notion_source(p_user_id => %s::uuid, p_lease => %s::uuid, p_database_id => %s::text,
  p_data_source_id => %s::text)
"""
NEXT_NOTION_PAGE = "select kinkster.next_notion_page(p_user_id => %s::uuid, p_lease => %s::uuid)"
SETTLE_NOTION_PAGE = """
select kinkster.settle_notion_page(p_user_id => %s::uuid, p_lease => %s::uuid, p_kinkster_id => %s::uuid,
  p_outcome => %s)
"""
RELEASE_NOTION = """
select kinkster.release_notion(p_user_id => %s::uuid, p_lease => %s::uuid,
  p_wait_seconds => %s::double precision, p_error => %s::jsonb)
"""
CONNECT_NOTION = """
select kinkster.connect_notion(p_user_id => %s::uuid, p_sealed_token => %s::text, p_bot_id => %s::text,
  p_workspace_id => %s::text, p_database_id => %s::text)
"""
DISCONNECT_NOTION = "select kinkster.disconnect_notion(p_user_id => %s::uuid)"
FIND_NOTION_USER = "select kinkster.find_notion_user(p_who => %s::text)"
PLAIN_NOTION_TOKENS = "select kinkster.plain_notion_tokens()"
RESEND_TO_NOTION = "select kinkster.resend_to_notion(p_user_id => %s::uuid, p_all => %s::boolean)"
NOTION_PROPERTIES = "select kinkster.notion_properties()"
NOTION_STATUS = "select kinkster.notion_status(p_user_id => %s::uuid)"
PLAN_ROLLOUT = "select kinkster.plan_rollout()"
START_ROLLOUT = "select kinkster.start_rollout(p_rollout_id => null)"
ADVANCE_ROLLOUT = """
select kinkster.advance_rollout(p_rollout_id => null, p_share => %s::integer, p_anyway => %s::boolean)
"""
PAUSE_ROLLOUT = "select kinkster.pause_rollout(p_rollout_id => null, p_reason => %s::text)"
ROLLBACK_ROLLOUT = "select kinkster.rollback_rollout(p_rollout_id => null)"
WATCH_ROLLOUT = "select kinkster.watch_rollout()"
ROLLOUT_STATUS = "select kinkster.rollout_status()"
ROLLOUT_REPORT = "select kinkster.rollout_report()"
PROVIDER_REPORT = "select kinkster.provider_report(p_days => %s)"
NOTE_WORKER = "select kinkster.note_worker(p_worker => %s::text, p_version => %s::text, p_about => %s)"
FORGET_WORKER = "select kinkster.forget_worker(p_worker => %s::text)"
ROLL_UP_TURNS = "select kinkster.roll_up_turns()"
DOCTOR = """
select coalesce(jsonb_agg(to_jsonb(d)), '[]') from public.kinkster_doctor() as d
"""
DOCTOR_TARGETS = "select kinkster.doctor_targets()"
FIND_ROLE = """
select
  current_user::text,
  rolsuper,
  rolbypassrls,
  exists (
    select from pg_catalog.pg_roles as w
    where w.rolname = 'kinkster_worker' and pg_catalog.pg_has_role(r.oid, w.oid, 'member')
  )
from pg_catalog.pg_roles as r
where r.rolname = current_user
"""
FIND_SCHEMA_VERSION = "select kinkster.schema_version()"
SCHEMA_VERSION = 1  # of the functions that this worker calls
FIND_SERVER = "select kinkster.schema_version(), pg_catalog.pg_backend_pid()"
PREPARE_AFTER = 5  # calls of a statement, on a connection without a pooler
PING = "select 1"
TURNS, CHANGED = "kinkster_turns", "kinkster_changed"  # the channels of notices
LISTEN = f"listen {TURNS}; listen {CHANGED}"
# A host that vanished is noticed within a minute, even by a connection that only waits.
_KEEPALIVES: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
STATEMENT_SECONDS = 15  # longest time for a call; a host that vanished answers nothing at all
# Connection exceptions, a server that stops, and one that may not write: a standby, during a failover.
_GONE = ("08", "57P", "25006")
_NOT_OURS = ("42883", "3F000", "42501")  # no such function, no such schema, no right to call it

_CLIENT_ERRORS: dict[str, type[errors.ClientError]] = {
    "PT400": errors.BadRequest,
    "PT403": errors.Forbidden,
    "PT404": errors.NotFound,
    "PT409": errors.Conflict,
    "PT422": errors.Unprocessable,
    "PT429": errors.TooManyRequests,
}


def translate(error: psycopg.Error) -> errors.WorkerError:
    """The exception that stands for what Postgres said; the unknown is Internal, and logged."""
    state = error.sqlstate or ""
    if state in _CLIENT_ERRORS:
        return _CLIENT_ERRORS[state](error.diag.message_primary, error.diag.message_hint)
    if state == "KW001":
        return errors.LeaseLost()
    if isinstance(error, psycopg.OperationalError) or state.startswith(_GONE):
        return errors.DatabaseUnavailable()
    if state in _NOT_OURS and not error.diag.context:  # of our call itself, not of something inside it
        return errors.SchemaUnknown(
            f"The database lacks functions that this worker calls, or the right to; it knows version "
            f"{SCHEMA_VERSION} of them."
        )
    log.error("database_error", extra=fields(sqlstate=state, kind=type(error).__name__))
    return errors.Internal()


def _is_gone(error: psycopg.Error) -> bool:
    """Whether it is the connection that failed, and another may do."""
    state = error.sqlstate or ("08" if isinstance(error, psycopg.OperationalError) else "")
    return state.startswith(_GONE)


async def _find_server(connection: psycopg.AsyncConnection[Any]) -> int:
    """The process of the server that answers. Raises SchemaUnknown, and what a failed call raises."""
    try:
        row = await (await connection.execute(FIND_SERVER)).fetchone()
    except psycopg.Error as error:
        raise translate(error) from error
    version, process = row or (None, 0)
    if version != SCHEMA_VERSION:
        raise errors.SchemaUnknown(
            f"The database has version {version} of its functions; "
            f"this worker knows version {SCHEMA_VERSION}."
        )
    return int(process)


class PoolCounts(NamedTuple):
    """Connections that are in use and idle, and calls that wait for one."""

    used: int
    idle: int
    waiting: int


class Queries:
    """The worker's calls, over a pool, and over a connection apart for the texts that stream: no client waits
    for its next words because many others send a message. Use it as a context manager.

    Every method raises ClientError for what SQL refuses, LeaseLost when the turn is no longer ours,
    DatabaseUnavailable when Postgres does not answer, SchemaUnknown when its functions are not those that we
    know; `on_unknown` is told of that too.
    """

    def __init__(
        self,
        conninfo: str,
        pool_size: int,
        connect_seconds: float,
        on_unknown: Callable[[errors.SchemaUnknown], None] = lambda _: None,
    ) -> None:
        self._conninfo, self._connect_seconds, self._away = conninfo, connect_seconds, False
        self._on_unknown = on_unknown
        self._pool = self._new_pool(1, pool_size)
        self._apart = self._new_pool(0, 1)

    def _new_pool(self, least: int, most: int) -> psycopg_pool.AsyncConnectionPool[Any]:
        """A pool of so many connections."""
        return psycopg_pool.AsyncConnectionPool(
            self._conninfo,
            min_size=least,
            max_size=most,
            open=False,
            timeout=self._connect_seconds,
            # After a failure the next call tries again at once; the pool alone would wait 1, 2, 4 s, …
            reconnect_timeout=0.5,
            configure=self._configure,
            # No named statements until there is known to be no pooler; implicit transactions cost two more
            # round trips.
            kwargs={
                "autocommit": True,
                "prepare_threshold": None,
                "application_name": "kinkster-worker",
                **_KEEPALIVES,
            },
        )

    async def __aenter__(self) -> "Queries":
        await self._pool.open()
        await self._apart.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self._pool.close(timeout=1), self._apart.close(timeout=1))

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        set_json_loads(orjson.loads, connection)
        try:
            # A pooler, which may give each call another server, names a process of its own when a connection
            # is opened: whoever cancels a call has to ask the pooler. It may not know named statements.
            if await _find_server(connection) == connection.info.backend_pid:
                connection.prepare_threshold = PREPARE_AFTER
        except BaseException as error:
            await connection.close()  # the pool only forgets it
            if isinstance(error, errors.SchemaUnknown):
                self._on_unknown(error)
            raise

    async def _once(self, statement: str, arguments: Sequence[object]) -> Any:
        pool = self._apart if statement is CHECKPOINT_TURNS else self._pool
        async with pool.connection() as connection:
            cursor = await connection.execute(statement, arguments)
            row = await cursor.fetchone()
        return row[0] if row else None

    async def _call(self, statement: str, arguments: Sequence[object] = ()) -> Any:
        try:
            found = await self._patiently(statement, arguments)
        except errors.DatabaseUnavailable as unavailable:
            if not self._away:  # once per outage
                self._away = True
                cause = unavailable.__cause__
                log.warning(
                    "database_unavailable",
                    extra=fields(kind=type(cause).__name__, sqlstate=getattr(cause, "sqlstate", None)),
                )
            raise
        except errors.SchemaUnknown as unknown:
            self._on_unknown(unknown)
            raise
        if self._away:
            self._away = False
            log.info("database_back")
        return found

    async def _patiently(self, statement: str, arguments: Sequence[object]) -> Any:
        try:
            async with asyncio.timeout(STATEMENT_SECONDS):
                try:
                    return await self._once(statement, arguments)
                except psycopg.Error as error:
                    if isinstance(error, psycopg_pool.PoolTimeout) or not _is_gone(error):
                        raise
                # A restarted Postgres leaves dead connections in the pool: drop them all, and try once more.
                await asyncio.gather(self._pool.drain(), self._apart.drain())
                return await self._once(statement, arguments)
        except psycopg.Error as error:
            raise translate(error) from error
        except TimeoutError as error:
            raise errors.DatabaseUnavailable from error

    async def begin_turn(
        self, claims: dict[str, Any], asked: ChatRequest, endpoint: str, worker: str, stateless: bool
    ) -> Claimed:
        """Stores the message as the caller, and claims its turn. A request id makes a repeat harmless."""
        request_id = asked.requestId or str(uuid4())
        message = asked.kinksterId, asked.message, asked.conversationId, request_id
        arguments = Jsonb(claims, orjson.dumps), *message, endpoint, worker, stateless
        return cast(Claimed, await self._call(BEGIN_TURN, arguments))

    async def claim_next_turn(self, worker: str, after_user_id: str, stateless: bool) -> Claimed:
        """Claims the next turn that waits, of the users after this one, and then of all."""
        return cast(Claimed, await self._call(CLAIM_NEXT_TURN, (worker, after_user_id, stateless)))

    async def claim_turn(self, user_id: str, turn_id: str, worker: str, stateless: bool) -> Claimed:
        """Claims this turn, which waits. Raises LeaseLost when somebody else was quicker."""
        return cast(Claimed, await self._call(CLAIM_TURN, (user_id, turn_id, worker, stateless)))

    async def follow_turn(
        self, claims: dict[str, Any], turn_id: str, offset: int, tag: str | None
    ) -> Followed:
        """The turn as the caller sees it, and its reply from `offset` on. Raises NotFound, and Conflict when
        the reply that the `tag` stands for was begun anew.
        """
        arguments = Jsonb(claims, orjson.dumps), turn_id, offset, tag
        return cast(Followed, await self._call(FOLLOW_TURN, arguments))

    async def checkpoint_turns(self, checkpoints: list[Checkpoint]) -> dict[str, Stored]:
        """Keeps new text of turns and renews their leases. A turn that the answer lacks was locked."""
        return cast(
            dict[str, Stored], await self._call(CHECKPOINT_TURNS, (Jsonb(checkpoints, orjson.dumps),))
        )

    async def rebuild_turn(self, user_id: str, turn_id: str, lease: str) -> list[Message]:
        """Forgets the previous response id of the turn; gives its transcript instead."""
        return cast(list[Message], await self._call(REBUILD_TURN, (user_id, turn_id, lease)))

    async def settle_turn(self, user_id: str, turn_id: str, lease: str, outcome: Outcome) -> Settled:
        """Ends the attempt; SQL says what that makes of the turn."""
        arguments = user_id, turn_id, lease, Jsonb(outcome, orjson.dumps)
        return cast(Settled, await self._call(SETTLE_TURN, arguments))

    async def claim_notion(self, worker: str, user_id: str | None, anyway: bool = False) -> Connection:
        """Leases a connection to Notion that has something to send; with `user_id` this user's alone, and
        `anyway` even if it has nothing to send or was stopped.
        """
        return cast(Connection, await self._call(CLAIM_NOTION, (worker, user_id, anyway)))

    async def renew_notion(self, user_id: str, lease: str) -> None:
        """Keeps a connection for another lease."""
        await self._call(RENEW_NOTION, (user_id, lease))

    async def note_notion_source(
        self, user_id: str, lease: str, database_id: str | None, source_id: str
    ) -> None:
        """Remembers the data source of a user's database."""
        await self._call(NOTE_NOTION_SOURCE, (user_id, lease, database_id, source_id))

    async def next_notion_page(self, user_id: str, lease: str) -> Page:
        """The next character to send on a leased connection. Renews its lease."""
        return cast(Page, await self._call(NEXT_NOTION_PAGE, (user_id, lease)))

    async def settle_notion_page(
        self, user_id: str, lease: str, kinkster_id: str, outcome: NotionOutcome
    ) -> NotionSettled:
        """Says what became of a character; SQL says what that means for it and for the connection."""
        arguments = user_id, lease, kinkster_id, Jsonb(outcome, orjson.dumps)
        return cast(NotionSettled, await self._call(SETTLE_NOTION_PAGE, arguments))

    async def release_notion(
        self, user_id: str, lease: str, wait_seconds: float, failure: NotionOutcome | None
    ) -> None:
        """Gives a connection back; nobody uses it for so many seconds."""
        error = Jsonb(failure, orjson.dumps) if failure else None
        await self._call(RELEASE_NOTION, (user_id, lease, wait_seconds, error))

    async def connect_notion(
        self, user_id: str, sealed: str, bot_id: str, workspace_id: str | None, database_id: str | None
    ) -> str | None:
        """Keeps a user's sealed token. Returns the id of their database, if one is set."""
        arguments = user_id, sealed, bot_id, workspace_id, database_id
        return cast(str | None, (await self._call(CONNECT_NOTION, arguments))["database_id"])

    async def disconnect_notion(self, user_id: str) -> None:
        """Forgets a user's token. Raises NotFound."""
        await self._call(DISCONNECT_NOTION, (user_id,))

    async def find_notion_user(self, who: str) -> str:
        """The user with this id or e-mail address. Raises NotFound."""
        return str(await self._call(FIND_NOTION_USER, (who,)))

    async def plain_notion_tokens(self) -> list[PlainToken]:
        """The tokens that lie in profiles as plain text."""
        return cast(list[PlainToken], await self._call(PLAIN_NOTION_TOKENS))

    async def resend_to_notion(self, user_id: str | None, everything: bool) -> int:
        """Makes what failed due again, or everything. Returns how many characters are pending."""
        return int((await self._call(RESEND_TO_NOTION, (user_id, everything)))["pending"])

    async def notion_properties(self) -> dict[str, str]:
        """The properties that a database in Notion must have: types by name."""
        return cast(dict[str, str], await self._call(NOTION_PROPERTIES))

    async def notion_status(self, user_id: str | None) -> NotionStatus:
        """How the sync with Notion stands, for one user or for all."""
        return cast(NotionStatus, await self._call(NOTION_STATUS, (user_id,)))

    async def plan_rollout(self) -> RolloutPlan:
        """Plans a rollout. Raises Conflict while one is under way."""
        return cast(RolloutPlan, await self._call(PLAN_ROLLOUT))

    async def start_rollout(self) -> RolloutStatus:
        """Starts what was planned, or lets what is paused go on. Raises NotFound and Conflict."""
        return cast(RolloutStatus, await self._call(START_ROLLOUT))

    async def advance_rollout(self, share: int | None, anyway: bool) -> RolloutStatus:
        """The next step. Raises NotFound, Unprocessable, and Conflict while it is not ready."""
        return cast(RolloutStatus, await self._call(ADVANCE_ROLLOUT, (share, anyway)))

    async def pause_rollout(self, reason: str | None) -> RolloutStatus:
        """Lets nobody new move. Raises NotFound and Conflict."""
        return cast(RolloutStatus, await self._call(PAUSE_ROLLOUT, (reason,)))

    async def rollback_rollout(self) -> RolloutStatus:
        """Takes everybody back. Raises NotFound and Conflict."""
        return cast(RolloutStatus, await self._call(ROLLBACK_ROLLOUT))

    async def watch_rollout(self) -> Watched:
        """Checks the guardrails, and carries on what was too much for one transaction."""
        return cast(Watched, await self._call(WATCH_ROLLOUT))

    async def rollout_status(self) -> RolloutStatus:
        """How the newest rollout stands. Raises NotFound."""
        return cast(RolloutStatus, await self._call(ROLLOUT_STATUS))

    async def rollout_report(self) -> RolloutReport:
        """What it moved, and what that changed. Raises NotFound."""
        return cast(RolloutReport, await self._call(ROLLOUT_REPORT))

    async def provider_report(self, days: int) -> ProviderReport:
        """Flowise beside the Responses API over the last days. Raises Unprocessable."""
        return cast(ProviderReport, await self._call(PROVIDER_REPORT, (days,)))

    async def note_worker(self, worker: str, version: str, about: About) -> None:
        """Says that a worker runs, and what it does."""
        await self._call(NOTE_WORKER, (worker, version, Jsonb(about, orjson.dumps)))

    async def forget_worker(self, worker: str) -> None:
        """Says that a worker has ended."""
        await self._call(FORGET_WORKER, (worker,))

    async def roll_up_turns(self) -> Rolled:
        """Adds up a few more hours of turns that are over."""
        return cast(Rolled, await self._call(ROLL_UP_TURNS))

    @property
    def pool(self) -> PoolCounts:
        """How the connections to Postgres stand."""
        stats = self._pool.get_stats(), self._apart.get_stats()
        open_, idle, waiting = (
            sum(each.get(name, 0) for each in stats)
            for name in ("pool_size", "pool_available", "requests_waiting")
        )
        return PoolCounts(open_ - idle, idle, waiting)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[psycopg.Notify]]:
        """A connection of its own that hears the notices of both channels until it dies.

        Raises DatabaseUnavailable then, and when it can't be opened.
        """
        try:
            async with asyncio.timeout(self._connect_seconds):
                connection = await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True, application_name="kinkster-worker", **_KEEPALIVES
                )
            async with connection:
                async with asyncio.timeout(self._connect_seconds):
                    await connection.execute(LISTEN)
                yield connection.notifies()
        except psycopg.Error as error:
            raise translate(error) from error
        except TimeoutError as error:
            raise errors.DatabaseUnavailable from error

    async def ping(self) -> None:
        """Raises DatabaseUnavailable unless Postgres answers."""
        await self._call(PING)
