"""A client's way along a turn, whoever answers it: this worker, another one, or nobody for the moment."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kinkster_worker import errors
from kinkster_worker.plan import Followed
from kinkster_worker.queries import Queries
from kinkster_worker.run import Run
from kinkster_worker.turns import Turns

POLL_SECONDS = 0.2  # between looks at a turn that another worker answers, or that waits
PLACE_PATTERN = (
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[0-9a-f]{8}/[0-9]{1,9}"  # see Place
)
_IN_FLIGHT = ("queued", "streaming")
_STOPPED = ("safeword", "paused")  # the user wants to read no more of it


@dataclass
class Place:
    """How far a client has read: a turn, the attempt whose text it has, and how many characters of that.

    As a string it is the id of an event, and what a client sends back as Last-Event-ID.
    """

    turn_id: str
    tag: str | None = None
    offset: int = 0

    @classmethod
    def parse(cls, value: str) -> "Place":
        """Reads a Last-Event-ID. Raises BadRequest for what is none of ours."""
        if not re.fullmatch(PLACE_PATTERN, value):
            raise errors.BadRequest(
                "The Last-Event-ID is none that this API gave.",
                "Send the whole id of the last event, or none to begin at the beginning.",
            )
        turn_id, tag, offset = value.split("/")
        return cls(turn_id, tag, int(offset))

    def __str__(self) -> str:
        return f"{self.turn_id}/{self.tag}/{self.offset}"


class Follower:
    """One client that reads along: `send` gets each piece of text with the place after it."""

    def __init__(
        self,
        turns: Turns,
        queries: Queries,
        claims: dict[str, Any],
        place: Place,
        send: Callable[[str, Place], Awaitable[None]],
    ) -> None:
        self._turns, self._queries, self._claims = turns, queries, claims
        self._place, self._send = place, send

    async def follow(self, found: Followed) -> dict[str, Any] | None:
        """Goes on from what was found to the end: gives None when the reply is whole, else the error as JSON.

        Raises WorkerError when the end can't be reached from here.
        """
        if not found["error"] or found["error"]["code"] not in _STOPPED:
            await self._pass_on(found["text"], found["tag"])
        while found["status"] in _IN_FLIGHT:
            ids = found["user_id"], found["turn_id"]
            if found["due"] and not self._turns.stopping and not self._turns.find(*ids):
                with suppress(errors.WorkerError):  # somebody else was quicker, or we try again
                    await self._turns.claim(*ids)
            run = self._turns.find(*ids)
            if run and (run.tag == self._place.tag or not self._place.offset):
                await self._read(run)
                if not run.handed_on:
                    return run.error
            else:
                await asyncio.sleep(POLL_SECONDS)
            found = await self._look()
            if found["status"] != "cancelled":  # then it stops where it is, as Run.end does
                await self._pass_on(found["text"], found["tag"])
        if found["status"] == "completed":
            return None
        return {"error": found["error"]} if found["error"] else errors.WorkerFailed().as_json()

    async def _read(self, run: Run) -> None:
        run.join()
        try:
            while True:
                if run.shown > self._place.offset:
                    await self._pass_on(run.text[self._place.offset : run.shown], run.tag)
                elif run.over:
                    return
                else:
                    await run.news()
        finally:
            run.leave()

    async def _look(self) -> Followed:
        while True:
            if self._turns.stopping:
                raise errors.WorkerStopped
            try:
                return await self._queries.follow_turn(self._claims, *self._where())
            except errors.DatabaseUnavailable:
                await asyncio.sleep(POLL_SECONDS)
            except errors.Conflict:
                raise errors.LeaseLost from None

    def _where(self) -> tuple[str, int, str | None]:
        return self._place.turn_id, self._place.offset, self._place.tag if self._place.offset else None

    async def _pass_on(self, text: str, tag: str | None) -> None:
        if text:
            self._place.tag = tag
            self._place.offset += len(text)
            await self._send(text, self._place)
