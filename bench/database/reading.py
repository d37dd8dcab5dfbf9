"""Functions that read one character, and a user's list, against plain selects under the same role."""

import time
from collections.abc import Iterator

import psycopg

from bench.database.throwaway import as_role, durable_server, pgbench, product, script
from bench.figures import Context, Figure, Goal, WrongAnswer

CHARACTERS, SMOKE_CHARACTERS = 100_000, 500
BY_KEY = "select * from public.kinksters where id = md5('character ' || :n)::uuid"
PROMPT = "select public.build_kinkster_openai_instructions(md5('character ' || :n)::uuid)"
NOTION = "select public.prepare_kinkster_for_notion(md5('character ' || :n)::uuid)"
LIST = (
    "select id, name, role, provider, updated_at from public.kinksters"
    " where user_id = md5('user 2')::uuid order by name"
)
ALL = "select count(*), min(length(public.build_kinkster_openai_instructions(id))) from public.kinksters"


def at_random(statement: str, characters: int) -> str:
    """A pgbench script that says the statement for a character of the first owner's."""
    return f"\\set n random(1, {characters - 50})\n{statement};\n"


def in_turn(
    context: Context, ours: tuple[str, str], peer: tuple[str, str]
) -> tuple[list[float], list[float]]:
    """Microseconds of two scripts, each with the address it is run at, measured in turn by one client."""
    seconds = 1 if context.smoke else 2
    took: tuple[list[float], list[float]] = ([], [])
    with script(ours[1]) as a, script(peer[1]) as b:
        for _ in range(context.rounds):
            took[0].append(pgbench(ours[0], a, seconds=seconds).microseconds)
            took[1].append(pgbench(peer[0], b, seconds=seconds).microseconds)
    return took


def prompts(context: Context) -> Iterator[Figure]:
    """The system prompt of one character, and of all at once."""
    count = SMOKE_CHARACTERS if context.smoke else CHARACTERS
    with durable_server() as on, product(on, 2, count) as conninfo:
        owner = as_role(conninfo, "authenticated", 1)
        one, key = in_turn(context, (owner, at_random(PROMPT, count)), (owner, at_random(BY_KEY, count)))
        yield Figure(
            "build_kinkster_openai_instructions", "µs", one, key, "select by primary key", Goal.at_most(2.0)
        )
        at_once, singly = list[float](), list[float]()
        with psycopg.connect(as_role(conninfo, "service_role"), autocommit=True) as operator:
            for _ in range(context.rounds):
                began = time.perf_counter()
                found = operator.execute(ALL).fetchone()
                at_once.append((time.perf_counter() - began) * 1e6 / count)
                if not found or found[0] != count or found[1] < 1000:
                    raise WrongAnswer(f"of {count} prompts: {found}")
                with script(at_random(PROMPT, count)) as prompt:
                    singly.append(pgbench(owner, prompt, seconds=1).microseconds)
        yield Figure(
            f"rows a second of {count:,} prompts at once",
            "a second",
            [1e6 / each for each in at_once],
            [1e6 / each for each in singly],
            "one by one",
            Goal.at_least(5),
        )


def pages(context: Context) -> Iterator[Figure]:
    """The Notion page of one character."""
    count = SMOKE_CHARACTERS if context.smoke else CHARACTERS
    with durable_server() as on, product(on, 2, count) as conninfo:
        owner = as_role(conninfo, "authenticated", 1)
        one, key = in_turn(context, (owner, at_random(NOTION, count)), (owner, at_random(BY_KEY, count)))
        yield Figure("prepare_kinkster_for_notion", "µs", one, key, "select by primary key", Goal.at_most(3))


def lists(context: Context) -> Iterator[Figure]:
    """A user's list of 50 characters, with row security and without."""
    count = SMOKE_CHARACTERS if context.smoke else CHARACTERS
    with durable_server() as on, product(on, 2, count) as conninfo:
        owner = as_role(conninfo, "authenticated", 2)
        for address in (owner, conninfo):
            with psycopg.connect(address) as connection:
                if len(connection.execute(LIST.encode()).fetchall()) != 50:
                    raise WrongAnswer("the list has not 50 characters")
        ours, peer = in_turn(context, (owner, f"{LIST};\n"), (conninfo, f"{LIST};\n"))
        yield Figure(
            "a user's list of 50 characters under row security",
            "µs",
            ours,
            peer,
            "the same query without",
            Goal.at_most(1.1),
        )
