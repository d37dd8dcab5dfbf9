"""A database that has grown: characters, conversations and a month of turns, as the product writes them.

Conversations come to a database of people (people.sql, characters.sql), by several connections. The turns'
indexes and constraints are put back once they are written; each turn goes on from the one before, so that the
next one does too.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg

from bench.database.throwaway import filled_in, in_parts, not_durable, product
from bench.database.turns import OUTCOME
from bench.figures import WrongAnswer
from scripts.throwaway_postgres import Server
from tests.metrics_at_scale import bare

PIECE = 2_000
"""Conversations that are written or added up in a transaction."""


@dataclass(frozen=True)
class Size:
    """How many there are of each; a conversation has `each` turns, and there are as many characters."""

    users: int
    conversations: int
    each: int

    @property
    def turns(self) -> int:
        """Turns in all."""
        return self.conversations * self.each

    def __str__(self) -> str:
        return f"{self.turns:,} turns of {self.conversations:,} characters"


def in_pieces(conninfo: str, script: str, size: Size) -> None:
    """Runs a script for each piece of the conversations, in several connections."""
    every = {"conversations": size.conversations, "each": size.each}

    def write(begin: int, end: int) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off")
            for first in range(begin, end + 1, PIECE):
                last = min(first + PIECE - 1, end)
                connection.execute(filled_in(script, first=first, last=last, **every))

    in_parts(size.conversations, write)


@contextlib.contextmanager
def grown(on: Server, size: Size, say: Callable[[str], None]) -> Iterator[str]:
    """Such a database, added up; its conninfo. Raises WrongAnswer where the sums lack a turn."""
    began = time.monotonic()

    def done(what: str) -> None:
        say(f"  {size}: {what} after {time.monotonic() - began:.0f} s")

    with contextlib.ExitStack() as stack:
        with psycopg.connect(on.url, autocommit=True) as owner, not_durable(owner):
            conninfo = stack.enter_context(product(on, size.users, size.conversations))
            done("people")
            with psycopg.connect(conninfo, autocommit=True) as admin:
                fill(admin, conninfo, size, done)
        done("on disk")
        yield conninfo


def fill(admin: psycopg.Connection, conninfo: str, size: Size, done: Callable[[str], None]) -> None:
    """Writes conversations and turns, and adds them up; `done` is told of each step."""
    before = filled_in("grown_before.sql", users=size.users).decode()
    admin.execute(before.replace(":outcome", json.dumps(OUTCOME)).encode())
    with bare(admin):
        in_pieces(conninfo, "grown_turns.sql", size)
        done("turns written")
    done("indexes made")
    admin.execute("vacuum analyze")
    done("vacuum")
    in_pieces(conninfo, "grown_sums.sql", size)
    admin.execute(
        "update kinkster.roll_up_state set rolled_until = now() - interval '1 minute',"
        " safe_until = now() - interval '1 minute'"
    )
    admin.execute("select kinkster.fold_sums()")
    admin.execute("vacuum analyze kinkster.daily_sums")
    done("added up")
    found = admin.execute("select sum(turns) from kinkster.provider_metrics").fetchone()
    if found != (size.turns,):
        raise WrongAnswer(f"the figures know {found} of {size.turns} turns")
