"""`kinkster rollout`: moving characters from Flowise to the Responses API step by step, and back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
import typer

from kinkster_worker import operating
from kinkster_worker.queries import Queries
from kinkster_worker.rollout import report as shown
from kinkster_worker.rollout.plan import RolloutStatus

LOOK_SECONDS = 0.5

rollout = typer.Typer(
    no_args_is_help=True, help="Moves characters from Flowise to the Responses API, in phases."
)

Share = Annotated[int | None, typer.Option(help="Percent of the conversations, in the third stage.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def _run(
    ask: Callable[[Queries], Awaitable[Any]],
    show: Callable[[Any], None],
    as_json: bool,
    status: Callable[[Any], int] = lambda _: 0,
) -> None:
    """Asks the database, and prints its answer for people or for programs."""

    async def work(queries: Queries, _: object) -> int:
        found = await ask(queries)
        if as_json:
            typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        else:
            show(found)
        return status(found)

    operating.run(work)


@rollout.command()
def plan(as_json: AsJson = False) -> None:
    """Chooses the characters that move, says why, and moves nobody."""
    _run(lambda queries: queries.plan_rollout(), shown.plan, as_json)


@rollout.command()
def start(as_json: AsJson = False) -> None:
    """Moves the first one or two characters; or lets a paused rollout go on."""
    _run(lambda queries: queries.start_rollout(), shown.status, as_json)


@rollout.command()
def advance(
    share: Share = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Whatever the guardrails say.")] = False,
    as_json: AsJson = False,
) -> None:
    """Takes the next step: up to ten characters; all, by share; their own provider."""

    async def work(queries: Queries) -> RolloutStatus:
        return await _carry_on(queries, await queries.advance_rollout(share, anyway))

    _run(work, shown.status, as_json)


@rollout.command()
def pause(
    reason: Annotated[str | None, typer.Option(help="Why, for whoever looks at the status.")] = None,
    as_json: AsJson = False,
) -> None:
    """Lets nobody new move; who has moved stays."""
    _run(lambda queries: queries.pause_rollout(reason), shown.status, as_json)


@rollout.command()
def rollback(as_json: AsJson = False) -> None:
    """Takes everybody back to where they were, from their next message on. Nothing is lost."""

    async def work(queries: Queries) -> RolloutStatus:
        return await _carry_on(queries, await queries.rollback_rollout())

    _run(work, shown.status, as_json)


@rollout.command()
def status(as_json: AsJson = False) -> None:
    """Shows how far it is and how it does. Exit status 1: it is paused."""
    _run(
        lambda queries: queries.rollout_status(),
        shown.status,
        as_json,
        lambda found: 1 if found["state"] == "paused" else 0,
    )


@rollout.command()
def report(as_json: AsJson = False) -> None:
    """Shows what moved, what that changed, and what stays on Flowise and why."""
    _run(lambda queries: queries.rollout_report(), shown.report, as_json)


async def _carry_on(queries: Queries, found: RolloutStatus) -> RolloutStatus:
    """Waits until the characters' own provider is set, or set back, which workers would do too."""
    while found["ended_at"] is None and (found["stage"] == 4 or found["state"] == "rolled_back"):
        await queries.watch_rollout()
        found = await queries.rollout_status()
        if found["ended_at"] is None:
            await asyncio.sleep(LOOK_SECONDS)
    return found
