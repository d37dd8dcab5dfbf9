"""A database that has grown: characters, conversations and a month of turns, as the product writes them.

Conversations come to a database of people (people.sql), half of them by each of two connections. The turns'
indexes and constraints are put back once they are written; each turn goes on from the one before, so that the
next one does too.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.database.throwaway import not_durable, product
from bench.database.turns import OUTCOME
from bench.figures import WrongAnswer
from scripts.throwaway_postgres import Server
from tests.metrics_at_scale import bare

HERE = Path(__file__).parent
AT_ONCE, PIECE = 2, 2_000
"""Connections that write, and conversations that one writes or adds up in a transaction."""


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


def filled_in(name: str, **numbers: int) -> bytes:
    """A script of this folder with numbers for its names."""
    text = (HERE / name).read_text(encoding="utf-8").replace(":outcome", json.dumps(OUTCOME))
    for word, number in sorted(numbers.items(), reverse=True):
        text = text.replace(f":{word}", str(number))
    return text.encode()


def in_pieces(conninfo: str, script: str, size: Size) -> None:
    """Runs a script for each piece of the conversations, half of them in each of two connections."""

    def half(number: int) -> None:
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off")
            border = [size.conversations * part // AT_ONCE for part in range(AT_ONCE + 1)]
            for first in range(border[number] + 1, border[number + 1] + 1, PIECE):
                last = min(first + PIECE - 1, border[number + 1])
                numbers = {
                    "first": first,
                    "last": last,
                    "conversations": size.conversations,
                    "each": size.each,
                }
                connection.execute(filled_in(script, **numbers))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(half, range(AT_ONCE)))


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
    admin.execute(filled_in("grown_before.sql", users=size.users))
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
