"""Users with characters and with a Notion of their own each, and edits of the characters."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kinkster_worker.notion.sealing import Sealer
from psycopg.types.json import Jsonb

from tests.faults.stage import Stage
from tests.notion_author import NotionAuthor
from tests.test_notion_rules import INSERT
from tests.worker.notion_fixtures import Json

USERS = 20
KEY = urlsafe_b64encode(secrets.token_bytes(32)).decode()
TOKEN = "ntn_of_"  # and the bot's name
SECRETS = (TOKEN, "Mira", "theatre")  # what no log may show
AWKWARD_EVERY, LONG_EVERY = 5, 50  # characters
LONG = "Then she turned the page, and read on. " * 2_200  # more blocks than one request takes
TEXTS = ["Mira", "a quiet harbour", "e\u0301t\u00e9", "🎭 theatre", "tea, then rope", '"\\']
SIGN_UP = """
with person as (insert into auth.users (id) select gen_random_uuid() returning id)
insert into public.profiles (id, email) select id, id || '@example.com' from person returning id::text
"""
PROPERTIES = "select kinkster.notion_properties()"
CONNECT = "select kinkster.connect_notion(%s, %s, %s, %s, %s)"
IDS = "select id::text from public.kinksters order by id"


@dataclass(frozen=True)
class Account:
    """A user, the token that they gave, and the database that their characters go to."""

    user: str
    token: str
    bot: str
    bot_id: str
    database: str


@dataclass
class World:
    """All accounts and characters of a stage; `edits` counts the edits that were made so far."""

    stage: Stage
    random: Random
    accounts: list[Account] = field(default_factory=list)
    kinksters: list[str] = field(default_factory=list)
    edits: int = 0

    async def edit(self, kinkster: str) -> None:
        """Changes what Notion shows of a character: always its specialty, and something of the content or of
        the lists besides.
        """
        self.edits += 1
        change, *values = self.random.choice(
            [
                ("bio = %s", f"Bio {self.edits}. " + "She keeps the books of a small theatre. " * 20),
                ("bio = null",),
                (
                    "backstory = left(coalesce(backstory, '') || %s, 90000)",
                    f"Edit {self.edits}. " + "It rained. " * self.random.randrange(900),
                ),
                ("hard_limits = '{}'",),
                ("soft_limits = %s", [f"limit {n}" for n in range(self.random.randrange(104))]),
                ("dominance = %s, is_public = not is_public", self.random.randint(1, 20)),
                ("name = %s", f"Mira the {self.edits}th"),
            ]
        )
        statement = f"update public.kinksters set specialty = %s, {change} where id = %s"
        await self.stage.rows(statement, f"edit {self.edits}", *values, kinkster)

    async def connect(self) -> None:
        """Connects everybody at once: from now on their characters are sent."""
        sealer = Sealer(KEY)
        for account in self.accounts:
            sealed = sealer.seal(account.user, account.token)
            await self.stage.value(
                CONNECT, account.user, sealed, account.bot_id, account.bot, account.database
            )


async def build(stage: Stage, characters: int) -> World:
    """Signs up users, the first two of them with the same token, and writes their characters."""
    world = World(stage, Random(stage.random.getrandbits(64)))
    author = NotionAuthor(world.random, TEXTS)
    columns = list(author.character())
    properties: Json = {name: {kind: {}} for name, kind in (await stage.value(PROPERTIES)).items()}
    for number in range(USERS):
        bot = f"bot-{max(number, 1)}"
        token = f"{TOKEN}{bot}"
        made = await stage.offline.notion("POST", "/tokens", {"token": token, "name": bot, "workspace": bot})
        given = {"title": f"Characters of {number}", "workspace": bot, "properties": properties}
        database = await stage.offline.notion("POST", "/databases", given)
        user = await stage.value(SIGN_UP)
        world.accounts.append(Account(user, token, bot, made["id"], database["id"]))
        rows = [character(author, place) for place in range(characters) if owner(place) == number]
        await stage.rows(INSERT.format(columns=", ".join(columns)), user, Jsonb(rows))
    world.kinksters = [identifier for (identifier,) in await stage.rows(IDS)]
    return world


def owner(place: int) -> int:
    """Whose character this is: the tokens take turns, and so do the two users of the first one."""
    turn, token = divmod(place, USERS - 1)
    return token + 1 if token else turn % 2


def character(author: NotionAuthor, number: int) -> dict[str, Any]:
    """The row of a character: plain, awkward, or with a long story."""
    row = author.character()
    if number % AWKWARD_EVERY == 0:
        row["name"] = row["name"] or "Mira"
    else:
        row = dict.fromkeys(row) | {
            "name": f"Mira {number}",
            "bio": f"Character {number} runs a small theatre.",
            "hard_limits": ["spiders", "heights, and depths"],
            "dominance": number % 20 + 1,
            "created_at": "2026-01-02T03:04:05Z",
        }
    return row | ({"backstory": LONG} if number % LONG_EVERY == LONG_EVERY - 1 else {})
