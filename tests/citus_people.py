"""The users of the trial of Citus, who talk with the worker."""

import asyncio
from collections import Counter

import aiohttp
import psycopg

from tests.people import acting, new_kinkster, new_user, value
from tests.worker.conftest import Client

USERS = 12


def send(admin: psycopg.Connection, url: str) -> str:
    """Sends a message for the queue as a user does over PostgREST; the turn's id."""
    user = new_user(admin)
    kinkster = new_kinkster(admin, user)
    with acting(url, "authenticated", user) as connection:
        sent = value(connection, "select send_kinkster_message(%s, 'Hello')", kinkster)
        connection.commit()
    return str(sent["turn_id"])


async def say_safeword(admin: psycopg.Connection, client: Client) -> None:
    """A safeword is heeded, and the conversation paused."""
    kinkster = new_kinkster(admin, None)
    admin.execute("update profiles set safewords = '{red}' where id = %s", [client.user])
    assert "You said your safeword" in (await client.chat(kinkster, "Red!")).text
    assert (await client.chat(kinkster, "Hello")).status == 409
    print("a safeword is heeded")


class People:
    """Users of the worker at `address`, each with a character of their own."""

    def __init__(self, admin: psycopg.Connection, session: aiohttp.ClientSession, address: str) -> None:
        users = [new_user(admin) for _ in range(USERS)]
        self.all = [(Client(session, address, user), new_kinkster(admin, user)) for user in users]

    async def converse(self, turns: int) -> tuple[Counter[str], Counter[str]]:
        """Each user tells a number and asks for it, so many turns; whole replies and failures by user."""
        whole, failed = Counter[str](), Counter[str]()

        async def one(number: int, client: Client, kinkster: str) -> None:
            for turn in range(turns):
                message = "What is my lucky number?" if turn % 2 else f"My lucky number is {number}."
                reply = await client.chat(kinkster, message)
                right = reply.done and str(number) in reply.text
                (whole if right else failed)[client.user] += 1

        await asyncio.gather(*(one(1000 + n, *person) for n, person in enumerate(self.all)))
        return whole, failed
