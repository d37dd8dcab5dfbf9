"""A conversation goes on whatever became of the provider's memory of it."""

from typing import Any

import psycopg
import pytest
from kinkster_worker import asking
from kinkster_worker.providers import openai_responses

from tests.worker.conftest import END, Client, Scripted, Turns, answered, delta, event, failed, http, sse
from tests.worker.test_openai_chat import DONE, piece
from tests.worker.test_openai_responses import UNKNOWN

NO_ROUTE = http(b'{"detail":"Not Found"}', "404 Not Found")
HISTORY = [{"role": "user", "content": "I am Bob."}, {"role": "assistant", "content": "Hello Bob."}]


def chat(text: str) -> list[Any]:
    """A whole reply of Chat Completions."""
    return [sse(), piece(text), piece(None, "stop"), DONE, END]


@pytest.mark.parametrize("name", UNKNOWN)
async def test_an_id_that_is_gone_is_not_noticed(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns, name: str
) -> None:
    status, error = UNKNOWN[name]
    scripted.will(*answered("Hello Bob.", "resp_gone"))
    scripted.will(failed(status, error)).will(*answered("You are Bob.", "resp_new")).will(*answered("Sure."))
    await client.chat(kinkster, "I am Bob.")
    reply = await client.chat(kinkster, "Who am I?")
    assert (reply.text, reply.done, reply.error) == ("You are Bob.", True, None)
    _, asked, again = scripted.requests
    assert asked.body["previous_response_id"] == "resp_gone"
    assert "previous_response_id" not in again.body
    assert again.body["input"] == [*HISTORY, {"role": "user", "content": "Who am I?"}]
    assert turns()[1].row["response_id"] == "resp_new"
    assert turns()[1].row["continuity"] == "rebuilt"
    await client.chat(kinkster, "Sure?")
    assert scripted.requests[3].body["previous_response_id"] == "resp_new"


async def test_it_is_asked_again_once_only(client: Client, scripted: Scripted, kinkster: str) -> None:
    gone = failed(*UNKNOWN["OpenAI's code"])
    scripted.will(*answered("Hello.", "resp_gone")).will(gone).will(gone)
    await client.chat(kinkster)
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.error["code"], len(scripted.requests)) == ("provider_rejected", 3)


@pytest.mark.usefixtures("one_attempt")
async def test_a_locked_conversation_is_asked_again_once(
    client: Client, scripted: Scripted, kinkster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LOCKED_SECONDS", 0.01)
    locked = failed("400 Bad Request", {"code": "conversation_locked", "message": "busy"})
    scripted.will(locked).will(*answered("Here I am.")).will(locked).will(locked)
    assert (await client.chat(kinkster)).text == "Here I am."
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.error["code"], len(scripted.requests)) == ("provider_error", 4)


async def test_a_server_without_the_route_is_asked_by_chat_completions_and_remembered(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.will(NO_ROUTE).will(*chat("Hello Bob.")).will(*chat("You are Bob."))
    assert (await client.chat(kinkster, "I am Bob.")).text == "Hello Bob."
    assert (await client.chat(kinkster, "Who am I?")).text == "You are Bob."
    paths = [request.path for request in scripted.requests]
    assert paths == ["/v1/responses", "/v1/chat/completions", "/v1/chat/completions"]
    assert scripted.requests[2].body["messages"][1:] == [*HISTORY, {"role": "user", "content": "Who am I?"}]
    assert [turn.row["api"] for turn in turns()] == ["chat_completions"] * 2


async def test_a_route_that_disappears_takes_the_transcript_along(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    scripted.will(*answered("Hello Bob.", "resp_1")).will(http(b"", "405 Method Not Allowed")).will(
        *chat("Bob.")
    )
    await client.chat(kinkster, "I am Bob.")
    assert (await client.chat(kinkster, "Who am I?")).text == "Bob."
    assert scripted.requests[1].body["previous_response_id"] == "resp_1"
    assert scripted.requests[2].body["messages"][1:] == [*HISTORY, {"role": "user", "content": "Who am I?"}]


async def test_a_server_that_has_neither_route_is_not_remembered(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    scripted.will(NO_ROUTE).will(NO_ROUTE).will(*answered("Up again."))
    reply = await client.chat(kinkster)
    assert reply.error
    assert reply.error["code"] == "provider_rejected"
    assert (await client.chat(kinkster)).text == "Up again."


async def test_an_unknown_model_is_no_missing_route(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    scripted.will(
        failed("404 Not Found", {"code": "model_not_found", "message": "The model `x` does not exist."})
    )
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.error["code"], len(scripted.requests)) == ("provider_rejected", 1)
    assert "does not exist" in reply.error["message"]


async def test_memory_of_a_missing_route_ends_after_ten_minutes() -> None:
    now = 1000.0
    session: Any = None
    patience: Any = None
    provider = openai_responses.OpenAIResponses(session, "http://x/v1", "key", patience, lambda: now)
    assert not provider.stateless
    provider.remember_missing()
    assert provider.stateless
    now += 599
    assert provider.stateless
    now += 1
    assert not provider.stateless


async def test_a_failed_reply_is_not_gone_on_from(
    client: Client, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    incomplete = {"id": "resp_half", "incomplete_details": {"reason": "max_output_tokens"}}
    half = event({"type": "response.incomplete", "response": incomplete})
    scripted.will(sse(), delta("Hello B"), half, END).will(*answered("Bob."))
    await client.chat(kinkster, "I am Bob.")
    await client.chat(kinkster, "Who am I?")
    body = scripted.requests[1].body
    assert "previous_response_id" not in body
    assert [message["content"] for message in body["input"]] == ["I am Bob.", "Hello B", "Who am I?"]
