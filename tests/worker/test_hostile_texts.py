"""Consent holds whatever anybody writes: the limits stand last in what each provider receives, and the
safeword works, in either door, with every hostile text in every place where a text can be.
"""

import asyncio
import contextlib
import hashlib
import itertools
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from kinkster_worker.http import serve
from psycopg.types.json import Jsonb

from scripts.installation import Privileges
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests import people
from tests.people import value
from tests.worker.conftest import (
    END,
    Client,
    Request,
    Scripted,
    Step,
    a_second,
    answered,
    delta,
    eventually,
    failed,
    http,
    new_kinkster,
    new_user,
    settings_of,
    sse,
)
from tests.worker.hostile_texts import (
    BLOCK_BEGINS,
    LONGEST,
    ONLY_CONTAIN,
    SAFEWORDS,
    SAID,
    SAY_THE_SAFEWORD,
    TEXTS,
)
from tests.worker.test_continuity import NO_ROUTE, chat
from tests.worker.test_flowise import DONE, META, said
from tests.worker.test_openai_chat import piece
from tests.worker.test_openai_responses import UNKNOWN
from tests.worker.test_queue import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

APIS = ("responses", "chat_completions", "flowise")
DOORS = ("http", "sql")
PLATFORM_LIMITS = [
    "anyone under 18, in any form",
    "real people who have not agreed to it",
    "instructions for harming oneself or others",
]
MINE = ["spiders", "public places"]
"""Hard limits of the user."""
HEADINGS = {
    "# Rules of the platform",
    "# Hard limits",
    "# Identity",
    "# Appearance",
    "# Personality",
    "# Background",
    "# Interests",
    "# Soft limits",
    "# How to play the role",
    "# Experience",
    "# Instructions of the character's author",
}
CHECK_IN = "You said your safeword, so everything stops here."
"""How soon text has to stop."""


@dataclass(frozen=True)
class Answer:
    """What became of a message; `refused` says why it was not taken, the rest is empty then."""

    turn: str = ""
    status: str = ""
    reply: str = ""
    refused: str = ""


@dataclass
class World:
    """A worker with both doors open over a database of its own, and the one API that answers in it."""

    api: str
    admin: psycopg.Connection
    database: str
    login: str
    scripted: Scripted
    address: str
    session: aiohttp.ClientSession
    numbers: Any = field(default_factory=itertools.count)

    @property
    def provider(self) -> str:
        """As a character's row names it."""
        return "flowise" if self.api == "flowise" else "openai_responses"

    @property
    def asked(self) -> list[Request]:
        """What the provider was asked, calls that abort a flow aside."""
        return [request for request in self.scripted.requests if request.method == "POST"]

    def will(self, text: str = "Good evening.") -> None:
        """Queues a whole reply."""
        self.scripted.will(*self.whole(text))

    def whole(self, text: str) -> list[Step]:
        """A whole reply, as the API gives it."""
        if self.api == "flowise":
            return [sse(), said("token", text), META, DONE, END]
        if self.api == "chat_completions":
            return chat(text)
        return answered(text, f"resp_{next(self.numbers)}")

    def word(self, text: str) -> bytes:
        """A piece of a reply, as the API gives it."""
        if self.api == "flowise":
            return said("token", text)
        return piece(text) if self.api == "chat_completions" else delta(text)

    @contextlib.asynccontextmanager
    async def someone(self, soft_limits: list[str] | None = None) -> AsyncIterator["Someone"]:
        """A user with limits and safewords, at both doors."""
        user = new_user(self.admin)
        self.admin.execute(
            "update profiles set hard_limits = %s, soft_limits = %s, safewords = %s where id = %s",
            [MINE, soft_limits or [], SAFEWORDS, user],
        )
        try:
            async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as connection:
                claims = people.claims_of(user)
                await connection.execute("select set_config('request.jwt.claims', %s, false)", [claims])
                await connection.execute("set role authenticated")
                yield Someone(self, Person(connection, user), Client(self.session, self.address, user))
        finally:  # what a test that failed has left would take the replies of the next
            self.admin.execute("delete from auth.users where id = %s", [user])

    def kinkster(self, owner: str, **columns: Any) -> str:
        """A character that this API answers for."""
        return new_kinkster(self.admin, owner, self.provider, **columns)

    def row(self, turn: str) -> dict[str, Any]:
        """The row of a turn."""
        found = value(self.admin, "select to_jsonb(t) from kinkster_turns as t where id = %s", turn)
        assert isinstance(found, dict)
        return found

    async def ended(self, turn: str) -> dict[str, Any]:
        """The row of a turn, once it is final."""
        has_ended = "select finished_at is not null from kinkster_turns where id = %s"
        await eventually(lambda: value(self.admin, has_ended, turn))
        return self.row(turn)


@dataclass(frozen=True)
class Someone:
    """A user: a connection for SQL, and a client of the worker."""

    world: World
    sql: Person
    client: Client

    async def say(self, door: str, kinkster: str, message: str) -> Answer:
        """Sends a message through a door, and waits for what becomes of it."""
        if door == "http":
            reply = await self.client.chat(kinkster, message)
            if reply.status != 200:
                assert reply.error
                return Answer(refused=reply.error["message"])
            turn = reply.headers["X-Kinkster-Turn-Id"]
            row = self.world.row(turn)
            assert reply.text == row["reply"]
            return Answer(turn, row["status"], row["reply"])
        try:
            turn = await self.sql.send(kinkster, message)
        except psycopg.Error as error:
            return Answer(refused=str(error.diag.message_primary))
        row = await self.world.ended(turn)
        return Answer(turn, row["status"], row["reply"])

    async def receipt(self, turn: str) -> dict[str, Any]:
        """What the user is told of a turn."""
        found = await self.sql.ask("select kinkster_consent_receipt(%s)", turn)
        assert isinstance(found, dict)
        return found

    async def limits(self, *mine: str) -> None:
        """Changes the user's own hard limits, as the user."""
        await self.sql.connection.execute(
            "update profiles set hard_limits = %s where id = auth.uid()", [list(mine)]
        )

    async def resume(self, turn: str) -> None:
        """Goes on with the conversation of a turn."""
        conversation = self.world.row(turn)["conversation_id"]
        resumed = await self.sql.ask("select resume_kinkster_conversation(%s)", conversation)
        assert resumed["state"] == "active"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=APIS)
async def world(
    request: pytest.FixtureRequest, server: Server, template: Callable[[Privileges], str]
) -> AsyncIterator[World]:
    """One worker for all texts."""
    name = create_database(server, template=template("explicit"))
    database = server.conninfo(name)
    scripted = Scripted()
    listener = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    patient: dict[str, Any] = {
        "kinkster_poll_seconds": 0.3,
        "kinkster_first_byte_seconds": 10,
        "kinkster_first_text_seconds": 10,
        "kinkster_idle_seconds": 10,
    }
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(drop_database, server, name)
        admin = stack.enter_context(psycopg.connect(database, autocommit=True))
        login = stack.enter_context(people.worker_login(admin, database))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        )
        address = await stack.enter_async_context(serve(settings_of(login, scripted.url, **patient)))
        made = World(request.param, admin, database, login, scripted, address, session)
        if made.api == "chat_completions":  # the worker finds out once that there is no other
            scripted.will(NO_ROUTE)
            made.will()
            async with made.someone() as first:
                assert (await first.say("http", made.kinkster(first.sql.user), "Hello")).status == "completed"
        yield made
        listener.close()
        await scripted.close()


@pytest.fixture(autouse=True)
def fresh(world: World) -> None:
    """Nothing asked and nothing to say yet."""
    world.scripted.requests.clear()
    world.scripted.scripts.clear()


def prompt_of(api: str, body: Any) -> str:
    """The system prompt in what a provider received; nobody else speaks as the system there."""
    if api == "flowise":
        roles = {message["role"] for message in body.get("history", [])}
        assert roles <= {"userMessage", "apiMessage"}
        return str(body["overrideConfig"]["systemMessage"])
    if api == "chat_completions":
        first, *others = body["messages"]
        assert first["role"] == "system"
        assert {message["role"] for message in others} <= {"user", "assistant"}
        return str(first["content"])
    if not isinstance(body["input"], str):
        assert {message["role"] for message in body["input"]} <= {"user", "assistant"}
    return str(body["instructions"])


def past_of(api: str, body: Any) -> list[str] | None:
    """What was said before, where it went along; None when the provider is to remember it."""
    if api == "flowise":
        return [message["content"] for message in body["history"]] if "history" in body else None
    if api == "chat_completions":
        return [message["content"] for message in body["messages"][1:-1]]
    return None if isinstance(body["input"], str) else [said["content"] for said in body["input"][:-1]]


def memory_of(api: str, body: Any) -> Any:
    """What tells a provider where to go on: a previous response, a session, or nothing."""
    if api == "flowise":
        return body["chatId"]
    return body.get("previous_response_id")


def message_of(api: str, body: Any, limits: str) -> str:
    """What the user says now, in what a provider received."""
    if api == "flowise":
        heading, block = "The user's message:\n", f"\n\n{limits}"
        assert body["question"].startswith(heading)
        assert body["question"].endswith(block), "the question does not end with the limits"
        return str(body["question"].removeprefix(heading).removesuffix(block))
    if api == "chat_completions":
        return str(body["messages"][-1]["content"])
    return str(body["input"] if isinstance(body["input"], str) else body["input"][-1]["content"])


async def check_limits(
    world: World, someone: Someone, answer: Answer, mine: list[str], kinksters: list[str]
) -> Any:
    """Sees that the last request had the limits whole and last, and the receipt tells the truth about it.

    Gives the body of the request.
    """
    assert answer.status == "completed", answer
    body = world.asked[-1].body
    block = value(world.admin, "select kinkster.limits_block(%s, %s)", mine, kinksters)
    prompt = prompt_of(world.api, body)
    assert prompt.endswith(f"\n\n{block}"), "the prompt does not end with the limits"
    assert message_of(world.api, body, block) == world.row(answer.turn)["message"]

    # What SQL calls the block, read independently: each limit a line of its own, and nothing else.
    begin, limits = block[: len(BLOCK_BEGINS)], block[len(BLOCK_BEGINS) :].split("\n")
    assert begin == BLOCK_BEGINS
    stated = [json.loads(limit.removeprefix("- ")) for limit in limits]
    known = [*PLATFORM_LIMITS, *mine, kinksters[0]]
    assert stated[: len(known)] == known
    assert len(stated) == len(known) + len(kinksters) - 1

    # Nothing that anybody wrote became a section, at either side of any line end that Unicode knows.
    headings = [line for line in prompt.splitlines() if line.startswith("#")]
    assert set(headings) <= HEADINGS
    assert headings.count("# Hard limits") == 2

    receipt = await someone.receipt(answer.turn)
    assert receipt["prompt_sha256"] == hashlib.sha256(prompt.encode()).hexdigest()
    assert receipt["limits_sha256"] == hashlib.sha256(block.encode()).hexdigest()
    assert receipt["limits"] == {"platform": PLATFORM_LIMITS, "user": mine, "kinkster": kinksters}
    assert (receipt["provider"], receipt["safeword_seen"]) == (world.provider, False)
    return body


async def check_in(world: World, someone: Someone, door: str, kinkster: str, message: str) -> Answer:
    """Says a safeword, and sees that it is answered, without a model, by the pause of the conversation."""
    before, began = len(world.scripted.requests), time.monotonic()
    answer = await someone.say(door, kinkster, message)
    assert answer.status == "completed", answer
    assert answer.reply.startswith(CHECK_IN)
    assert time.monotonic() - began < a_second()
    receipt = await someone.receipt(answer.turn)
    assert receipt["safeword_seen"]
    assert [receipt[key] for key in ("provider", "model", "limits", "prompt_sha256")] == [None] * 4
    conversation = world.row(answer.turn)["conversation_id"]
    state = value(world.admin, "select state from kinkster_conversations where id = %s", conversation)
    assert state == "paused"
    assert len(world.scripted.requests) == before
    return answer


def card(text: str) -> dict[str, Any]:
    """The text in every kind of field of a character, as much of it as fits."""
    return {
        "name": text[:300],
        "bio": text[:15_000],
        "backstory": text[:15_000],
        "personality_traits": ["kind", text[:3000]],
        "physical_attributes": Jsonb({"scar": text[:3000], text[:100]: text[:100]}),
        "role": text[:100],
        "experience_level": text[:100],
        "kink_interests": [text[:1000], "long walks"],
        "soft_limits": [text[:1000]],
        "hard_limits": ["heights", text[:2000]],
    }


@pytest.mark.parametrize("name", TEXTS)
async def test_the_limits_stand_last_and_the_safeword_works(world: World, name: str) -> None:
    text, place = TEXTS[name], list(TEXTS).index(name) + APIS.index(world.api)
    door, other = DOORS if place % 2 else DOORS[::-1]
    theirs = card(text)["hard_limits"]
    async with world.someone([text[:8000], "loud noises"]) as someone:
        kinkster = world.kinkster(someone.sql.user, **card(text))

        # The text is the card, the soft limits and the message; and then the reply, word for word.
        if name in SAY_THE_SAFEWORD:
            await someone.resume((await check_in(world, someone, door, kinkster, text)).turn)
        said = "Good evening." if name in SAY_THE_SAFEWORD else text
        world.will(text)
        first = await someone.say(door, kinkster, said)
        body = await check_limits(world, someone, first, MINE, theirs)
        assert first.reply == text
        memory = memory_of(world.api, body)

        # It is the custom instructions, and what the provider remembers, or says that it has forgotten.
        world.admin.execute(
            "update kinksters set openai_instructions = %s where id = %s", [text[:LONGEST], kinkster]
        )
        forgotten = world.api == "responses" and place % 3 == 0
        if forgotten:
            world.scripted.will(failed(*UNKNOWN["OpenAI's code"]))
        world.will()
        second = await someone.say(other, kinkster, "Please go on.")
        body = await check_limits(world, someone, second, MINE, theirs)
        if forgotten:
            assert prompt_of(world.api, world.asked[-2].body) == prompt_of(world.api, body)
        if forgotten or world.api == "chat_completions":
            assert (past_of(world.api, body) or [])[-2:] == [said, text]
        else:
            assert world.row(second.turn)["continuity"] == "chained"
        if world.api == "responses" and not forgotten:
            assert memory_of(world.api, body) == world.row(first.turn)["response_id"]
            assert past_of(world.api, body) is None
        if world.api == "flowise" and name not in SAY_THE_SAFEWORD:
            assert (memory_of(world.api, body), past_of(world.api, body)) == (memory, None)

        # It is the history that is told again, since other limits hold now.
        mine = ["public places", "heights of any kind"]
        await someone.limits(*mine)
        world.will()
        third = await someone.say(door, kinkster, "And then?")
        body = await check_limits(world, someone, third, mine, theirs)
        assert world.row(third.turn)["continuity"] == "rebuilt"
        if world.api == "flowise":
            assert memory_of(world.api, body) not in (memory, world.row(second.turn)["session_id"])
        else:
            assert memory_of(world.api, body) is None
        past = past_of(world.api, body)
        assert past
        assert past[-4:] == [said, text, "Please go on.", "Good evening."]

        # The safeword works all the same, and so does going on.
        way = SAID[place % len(SAID)]
        stopped = await check_in(world, someone, other, kinkster, way)
        asked = len(world.scripted.requests)
        refused = await someone.say(door, kinkster, "Are you there?")
        assert refused.refused == "This conversation is paused."
        assert len(world.scripted.requests) == asked
        await someone.resume(stopped.turn)
        world.will()
        back = await someone.say(door, kinkster, "I am back.")
        body = await check_limits(world, someone, back, mine, theirs)
        past = past_of(world.api, body)
        assert past
        assert (past[-2], past[-1]) == (way[:LONGEST], stopped.reply)


@pytest.mark.parametrize("door", DOORS)
async def test_every_way_to_say_a_safeword_is_understood(world: World, door: str) -> None:
    async with world.someone() as someone:
        kinkster = world.kinkster(someone.sql.user)
        for way in SAID:
            await someone.resume((await check_in(world, someone, door, kinkster, way)).turn)
    assert world.scripted.requests == []


async def test_words_that_only_contain_a_safeword_go_to_the_provider(world: World) -> None:
    async with world.someone() as someone:
        kinkster = world.kinkster(someone.sql.user, hard_limits=["heights"])
        for place, words in enumerate(ONLY_CONTAIN):
            world.will()
            answer = await someone.say(DOORS[place % 2], kinkster, words)
            await check_limits(world, someone, answer, MINE, ["heights"])
            assert answer.reply == "Good evening.", words
        await check_in(world, someone, "http", kinkster, "pineapple")
    assert len(world.asked) == len(ONLY_CONTAIN)


@pytest.mark.parametrize("way", ["edit", "queue"])
async def test_a_safeword_is_heeded_by_whatever_way_it_comes(world: World, way: str) -> None:
    queue = "select kinkster.queue_turn(%s, %s, %s, 'Pineapple!')"
    async with world.someone() as someone:
        kinkster = world.kinkster(someone.sql.user)
        world.will()
        first = await someone.say("http", kinkster, "Good evening.")
        if way == "edit":
            edited = await someone.sql.ask("select edit_kinkster_message(%s, 'Pineapple!')", first.turn)
            turn = edited["turn_id"]
        else:
            turn = str(uuid.uuid4())
            assert await someone.sql.ask(queue, world.row(first.turn)["conversation_id"], turn, first.turn)
        assert (await world.ended(turn))["reply"].startswith(CHECK_IN)
        assert (await someone.say("sql", kinkster, "Hello?")).refused == "This conversation is paused."
        assert len(world.scripted.requests) == 1


@pytest.mark.parametrize("words", ["continue", "safeword", "Never mind"])
async def test_a_safeword_that_was_named_in_a_chat_is_none(world: World, words: str) -> None:
    async with world.someone() as someone:
        kinkster = world.kinkster(someone.sql.user, hard_limits=["heights"])
        for message in (f'My safeword is now "{words}", and no other.', f"{words}!"):
            world.will(f"Agreed: {words} is your safeword, and the others are revoked.")
            answer = await someone.say("http", kinkster, message)
            await check_limits(world, someone, answer, MINE, ["heights"])
        await check_in(world, someone, "sql", kinkster, "pineapple")


async def test_a_change_of_hard_limits_cuts_the_chain(world: World) -> None:
    async with world.someone() as someone:
        kinkster = world.kinkster(someone.sql.user, hard_limits=["heights"])
        memories: list[Any] = []

        async def talk(mine: list[str], theirs: list[str], *, chained: bool) -> None:
            world.will(f"Reply {len(memories)}.")
            door = DOORS[len(memories) % 2]
            answer = await someone.say(door, kinkster, f"Message {len(memories)}.")
            body = await check_limits(world, someone, answer, mine, theirs)
            row, memory = world.row(answer.turn), memory_of(world.api, body)
            told = [f"{word} {i}." for i in range(len(memories)) for word in ("Message", "Reply")]
            if world.api == "chat_completions":
                chained = False
            assert row["continuity"] == ("chained" if chained else "rebuilt" if memories else "new")
            if not chained:
                assert (past_of(world.api, body) or []) == told
                assert world.api != "responses" or memory is None
            if world.api == "flowise":
                assert (memory in memories) == chained
            if world.api == "responses" and chained:
                assert memory == memories[-1]
            memories.append(row["response_id"] if world.api == "responses" else memory)

        await talk(MINE, ["heights"], chained=False)
        await talk(MINE, ["heights"], chained=True)
        await someone.limits("spiders", "public places", "cold water")
        await talk(["spiders", "public places", "cold water"], ["heights"], chained=False)
        await talk(["spiders", "public places", "cold water"], ["heights"], chained=True)
        await someone.limits("cold water")
        await talk(["cold water"], ["heights"], chained=False)
        world.admin.execute("update kinksters set hard_limits = '{caves}' where id = %s", [kinkster])
        await talk(["cold water"], ["caves"], chained=False)
        await someone.sql.connection.execute(
            "update profiles set soft_limits = '{rain}' where id = auth.uid()"
        )
        await talk(["cold water"], ["caves"], chained=True)
        await someone.limits(*MINE)
        world.admin.execute("update kinksters set hard_limits = '{heights}' where id = %s", [kinkster])
        await talk(MINE, ["heights"], chained=False)  # as at the beginning, and yet not where that ended


class Reading:
    """A client that reads along: what came, and how it ended."""

    def __init__(self, client: Client, kinkster: str, request_id: str) -> None:
        self.text, self.error, self.turn = "", "", request_id
        self.pieces = 0
        self.task = asyncio.create_task(self._read(client, kinkster))

    async def _read(self, client: Client, kinkster: str) -> None:
        body = {"message": "Tell me.", "kinksterId": kinkster, "requestId": self.turn}
        async with client.post(body) as response:
            assert response.status == 200, await response.text()
            async for raw in response.content:
                if not raw.startswith(b"data: "):
                    continue
                assert not self.error
                said = json.loads(raw.removeprefix(b"data: "))
                if "text" in said:
                    self.text += said["text"]
                    self.pieces += 1
                else:
                    self.error = said["error"]["code"]


def streams(world: World) -> str:
    """Queues a reply of 200 words, fifty a second, and what answers an abort; gives the words."""
    words = [f"word{number} " for number in range(200)]
    world.scripted.will(sse(), *(step for word in words for step in (world.word(word), 0.02)))
    world.scripted.will(http(b"{}"))
    return "".join(words)


async def check_that_nothing_follows(
    world: World, turn: str, words: str, readings: list[Reading], began: float
) -> None:
    """The turn stays as it is right after the safeword, nobody has read more than that of it, and the
    provider is left, all within a second from when the safeword was sent.
    """
    row = world.row(turn)
    assert (row["status"], row["error_code"], row["safeword_seen"]) == ("cancelled", "safeword", True)
    assert words.startswith(row["reply"])
    await asyncio.wait_for(world.asked[0].left.wait(), began + a_second() - time.monotonic())
    for reading in readings:
        await asyncio.wait_for(reading.task, began + a_second() - time.monotonic())
        assert reading.error == "safeword"
        assert row["reply"].startswith(reading.text)
    await asyncio.sleep(0.3)
    assert world.row(turn) == row
    assert len(world.asked) == 1
    if world.api == "flowise":
        assert [request.method for request in world.scripted.requests] == ["POST", "PUT"]


@pytest.mark.parametrize("said_at", DOORS)
@pytest.mark.parametrize("asked_at", DOORS)
async def test_a_safeword_stops_what_streams(world: World, asked_at: str, said_at: str) -> None:
    words = streams(world)
    async with world.someone() as someone:
        kinkster = world.kinkster(someone.sql.user)
        readings: list[Reading] = []
        if asked_at == "http":
            turn = str(uuid.uuid4())
            readings.append(Reading(someone.client, kinkster, turn))
            await eventually(lambda: readings[0].pieces > 1)
        else:
            turn = await someone.sql.send(kinkster, "Tell me.")
            await eventually(lambda: world.asked)
            await asyncio.sleep(0.2)
        assert world.row(turn)["status"] == "streaming"
        began = time.monotonic()
        answer = await someone.say(said_at, kinkster, "Pineapple!")
        assert answer.reply.startswith(CHECK_IN)
        await check_that_nothing_follows(world, turn, words, readings, began)


async def test_a_safeword_stops_what_is_read_along_at_another_worker(world: World) -> None:
    words = streams(world)
    settings = settings_of(world.login, world.scripted.url, kinkster_queue_turns=0)
    async with world.someone() as someone, serve(settings) as elsewhere:
        kinkster, turn = world.kinkster(someone.sql.user), str(uuid.uuid4())
        other = Client(world.session, elsewhere, someone.sql.user)
        readings = [Reading(someone.client, kinkster, turn)]
        await eventually(lambda: readings[0].pieces)
        readings.append(Reading(other, kinkster, turn))
        await eventually(lambda: readings[1].pieces > 1)
        began = time.monotonic()
        assert (await other.chat(kinkster, "Pineapple!")).text.startswith(CHECK_IN)
        await check_that_nothing_follows(world, turn, words, readings, began)
