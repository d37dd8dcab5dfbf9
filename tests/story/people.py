"""The people of the application, who chat through the worker while the operator works."""

import asyncio
import itertools
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field

import aiohttp
import jwt
import psycopg

from tests import people

ISSUER = "story"
GOLDEN = 0.6180339887498949
"""Steps of this size, modulo 1, spread evenly however many there are."""


@dataclass(frozen=True)
class Person:
    """Somebody with the characters that they may chat with, the favourite first."""

    user: str
    name: str
    kinksters: list[str]


@dataclass
class People:
    """All of them. `faults` says what was not as it should be."""

    conninfo: str
    secret: str
    faults: list[str] = field(default_factory=list)
    chats: int = 0
    _said: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def token(self, user: str) -> str:
        """The access token of a user."""
        claims = {"sub": user, "role": "authenticated", "aud": "authenticated", "iss": ISSUER}
        return jwt.encode({**claims, "exp": int(time.time()) + 3600}, self.secret, "HS256")

    def present(self) -> list[Person]:
        """The people, as the database knows them."""
        query = """
            select
              p.id::text, p.display_name,
              array_agg(
                k.id::text order by k.is_system_kinkster desc, k.flowise_chatflow_id nulls first, k.name
              )
            from profiles as p
            join kinksters as k on k.user_id = p.id or k.is_system_kinkster
            group by p.id
            order by p.display_name
        """
        with psycopg.connect(self.conninfo) as connection:
            return [Person(*row) for row in connection.execute(query)]

    async def chat(self, worker: str, count: int) -> None:
        """Sends so many messages to a worker, those of a person one after the other; favourites get most.

        In each conversation every second message asks for a name that only the one before told. Every third
        reply is rated, nearly always well.
        """
        crowd = self.present()
        plan = defaultdict[int, list[tuple[str, int]]](list)
        for n in range(self.chats, self.chats + count):
            rating = 0 if n % 3 else -1 if n % 36 == 18 else 1
            kinkster = _favourite(crowd[n % len(crowd)].kinksters, (n * GOLDEN) % 1)
            plan[n % len(crowd)].append((kinkster, rating))
        self.chats += count
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as all_of_them:
            for n, chats in plan.items():
                all_of_them.create_task(self._converse(http, worker, crowd[n], chats))

    async def _converse(
        self, http: aiohttp.ClientSession, worker: str, person: Person, chats: list[tuple[str, int]]
    ) -> None:
        for kinkster, rating in chats:
            said = self._said[person.user, kinkster]
            self._said[person.user, kinkster] += 1
            message = "What is my name?" if said % 2 else f"My name is {person.name}."
            headers = {"Authorization": f"Bearer {self.token(person.user)}"}
            body = {"message": message, "kinksterId": kinkster}
            async with http.post(f"{worker}/api/chat", json=body, headers=headers) as response:
                events = [line.decode().strip() async for line in response.content]
                turn = response.headers.get("X-Kinkster-Turn-Id")
            data = [line.removeprefix("data: ") for line in events if line.startswith("data: ")]
            reply = "".join(json.loads(one).get("text", "") for one in data[:-1])
            if turn is None or data[-1:] != ["[DONE]"]:
                self.faults.append(f"{person.name}: no whole reply: {response.status} {events[-3:]}")
            elif f"your name is {person.name}" not in reply:
                self.faults.append(f"{person.name}: not remembered: {message} {reply}")
            elif rating:
                await asyncio.to_thread(self._rate, person.user, turn, rating)

    def _rate(self, user: str, turn: str, rating: int) -> None:
        with people.acting(self.conninfo, "authenticated", user) as connection:
            connection.execute("select rate_kinkster_reply(%s, %s)", [turn, rating])
            connection.commit()


def _favourite(kinksters: list[str], place: float) -> str:
    """Of the n-th of a list there are 1/n as many as of the first."""
    sums = list(itertools.accumulate(1 / n for n in range(1, len(kinksters) + 1)))
    return next(one for one, upto in zip(kinksters, sums, strict=True) if place * sums[-1] < upto)
