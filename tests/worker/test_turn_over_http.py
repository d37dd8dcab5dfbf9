"""A message and its reply, from the client through the worker to the provider and back."""

import asyncio
import json
import uuid
from typing import Any

import psycopg
import pytest
from kinkster_worker import errors, run
from kinkster_worker.providers import Completed
from kinkster_worker.queries import Queries

from tests.worker.conftest import (
    END,
    Client,
    Cut,
    Scripted,
    Stall,
    StartWorker,
    Step,
    Turns,
    a_second,
    answered,
    chunk,
    completed,
    delta,
    event,
    eventually,
    failed,
    first_text,
    http,
    new_kinkster,
    new_user,
    read,
    sse,
)
from tests.worker.counting_proxy import CountingProxy

OK = http(b"{}")


async def test_a_reply_streams_and_is_kept(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.will(sse(), delta("Hello "), 0.3, delta("you."), completed(), END)
    reply = await client.chat(kinkster, "Good evening")
    assert (reply.status, reply.texts, reply.done, reply.error) == (200, ["Hello ", "you."], True, None)
    assert reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-cache"
    assert reply.headers["X-Accel-Buffering"] == "no"
    (turn,) = turns()
    assert (turn.status, turn.reply, turn.row["message"]) == ("completed", "Hello you.", "Good evening")
    assert reply.headers["X-Kinkster-Turn-Id"] == turn.row["id"]
    assert reply.headers["X-Kinkster-Conversation-Id"] == turn.row["conversation_id"]
    assert turn.row["response_id"] == "resp_1"
    assert turn.row["model"] == "gpt-test"
    assert [turn.row[k] for k in ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")] == [
        11,
        3,
        7,
        2,
    ]
    assert turn.row["first_text_ms"] >= 0
    (request,) = scripted.requests
    assert request.path == "/v1/responses"
    assert request.headers["authorization"] == "Bearer sk-test-key-of-openai"
    assert "cookie" not in request.headers
    assert request.body["input"] == "Good evening"
    assert "previous_response_id" not in request.body


async def test_the_next_turn_names_the_response_before_it(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    scripted.will(*answered("One.", "resp_one")).will(*answered("Two.", "resp_two"))
    await client.chat(kinkster, "first")
    reply = await client.chat(kinkster, "second")
    assert reply.done
    assert scripted.requests[1].body["previous_response_id"] == "resp_one"
    assert scripted.requests[1].body["instructions"] == scripted.requests[0].body["instructions"]
    assert scripted.requests[1].body["input"] == "second"


async def test_flowise_answers_its_own_characters(
    client: Client, scripted: Scripted, flowise_kinkster: str, turns: Turns
) -> None:
    whole = (
        b'message:\ndata:{"event":"token","data":"Hi"}\n\nmessage:\ndata:{"event":"metadata","data":{}}\n\n'
    )
    scripted.will(sse(), chunk(whole), END).will(sse(), chunk(whole), END)
    assert (await client.chat(flowise_kinkster)).text == "Hi"
    assert (await client.chat(flowise_kinkster)).done
    first, second = scripted.requests
    assert first.path == "/api/v1/prediction/flow-1"
    assert first.headers["authorization"] == "Bearer key-of-flowise"
    assert first.body["chatId"] == second.body["chatId"] == first.body["overrideConfig"]["sessionId"]
    assert "history" not in second.body
    assert [turn.row["api"] for turn in turns()] == ["flowise", "flowise"]


async def test_a_change_of_provider_takes_the_transcript_along(
    client: Client, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    scripted.will(*answered("I am Ada."))
    scripted.will(http(json.dumps({"text": "Still Ada."}).encode()))
    scripted.will(*answered("Ada again."))
    await client.chat(kinkster, "Who are you?")
    admin.execute(
        "update kinksters set provider = 'flowise', flowise_chatflow_id = 'f' where id = %s", [kinkster]
    )
    assert (await client.chat(kinkster, "And now?")).text == "Still Ada."
    assert scripted.requests[1].body["history"] == [
        {"role": "userMessage", "content": "Who are you?"},
        {"role": "apiMessage", "content": "I am Ada."},
    ]
    admin.execute("update kinksters set provider = 'openai_responses' where id = %s", [kinkster])
    assert (await client.chat(kinkster, "And now?")).done
    body = scripted.requests[2].body
    assert "previous_response_id" not in body
    assert [message["content"] for message in body["input"]] == [
        "Who are you?",
        "I am Ada.",
        "And now?",
        "Still Ada.",
        "And now?",
    ]


async def test_the_wrong_route_says_which_is_right(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    reply = await client.chat(kinkster, path="/api/flowise/chat")
    assert reply.status == 409
    assert reply.error
    assert "/api/kinksters/chat" in reply.error["message"] + reply.error["hint"]
    scripted.will(*answered("Hi"))
    assert (await client.chat(kinkster, path="/api/kinksters/chat")).done
    assert len(turns()) == 1


async def test_what_is_not_ones_own_is_not_there(
    client: Client, admin: psycopg.Connection, kinkster: str, turns: Turns
) -> None:
    others = new_kinkster(admin, new_user(admin))
    unknown = await client.chat(str(uuid.uuid4()))
    assert (unknown.status, (await client.chat(others)).error) == (404, unknown.error)
    assert (await client.chat(kinkster, conversationId=str(uuid.uuid4()))).status == 404
    assert turns() == []


@pytest.mark.parametrize("message", ["", " \n\u3000", "x" * 32_001])
async def test_a_blank_or_endless_message_is_refused_with_the_limit(
    client: Client, kinkster: str, message: str, turns: Turns
) -> None:
    reply = await client.chat(kinkster, message)
    assert (reply.status, turns()) == (422, [])
    assert reply.error
    assert "32,000" in reply.error["message"] + reply.error["hint"]


async def test_the_longest_message_is_taken(client: Client, scripted: Scripted, kinkster: str) -> None:
    scripted.will(*answered("Long!"))
    assert (await client.chat(kinkster, "🕯" * 32_000)).done


ENDS: dict[str, tuple[list[Any], str]] = {
    "cut off": ([sse(), delta("part"), Cut], "reply_cut_off"),
    "stalled": ([sse(), delta("part"), Stall], "provider_timeout"),
    "HTML": ([http(b"<html>", kind="text/html")], "provider_misbehaved"),
    "wrong key": ([failed("401 Unauthorized", {})], "provider_unauthorized"),
    "blank": ([sse(), delta(" \u200b"), completed(), END], "reply_empty"),
    "nothing": ([sse(), completed(), END], "reply_empty"),
    "refused": ([sse(), event({"type": "response.refusal.done", "refusal": "No."}), END], "reply_refused"),
}


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("name", ENDS)
async def test_a_failure_is_an_event_without_done_and_keeps_what_came(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns, name: str
) -> None:
    client = await start_worker(**({"kinkster_idle_seconds": 0.3} if name == "stalled" else {}))
    steps, code = ENDS[name]
    scripted.will(*steps)
    reply = await client.chat(kinkster)
    assert (reply.status, reply.done) == (200, False)
    assert reply.error
    assert set(reply.error) == {"code", "message", "hint"}
    (turn,) = turns()
    assert reply.error["code"] == turn.error_code == code
    assert (turn.status, turn.reply or "") == ("failed", reply.text)
    assert (turn.row["error_message"], turn.row["error_hint"]) == (
        reply.error["message"],
        reply.error["hint"],
    )


@pytest.mark.usefixtures("one_attempt")
async def test_after_a_failure_one_can_go_on(client: Client, scripted: Scripted, kinkster: str) -> None:
    scripted.will(failed("429 Too Many Requests", {}, Retry_After="9")).will(*answered("Yes."))
    assert (await client.chat(kinkster, "One?")).error
    assert (await client.chat(kinkster, "Two?")).done


async def test_a_provider_that_is_not_set_up_is_named(
    start_worker: StartWorker, flowise_kinkster: str, turns: Turns
) -> None:
    client = await start_worker(flowise_url=None)
    reply = await client.chat(flowise_kinkster)
    assert reply.error
    assert (reply.error["code"], "FLOWISE_URL" in reply.error["hint"]) == ("provider_not_configured", True)
    assert turns()[0].status == "failed"


async def test_text_that_arrives_in_pieces_of_bytes_arrives_whole(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    text = "naïve 🕯️\u2028line\x85two ✓"
    data = (
        b"data: "
        + json.dumps({"type": "response.output_text.delta", "delta": text}, ensure_ascii=False).encode()
    )
    steps: list[Any] = [sse()]
    for i in range(0, len(data), 3):
        steps += [chunk(data[i : i + 3]), 0.0]
    scripted.will(*steps, chunk(b"\n\n"), completed(), END)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        raw = await response.read()
    lines = raw.decode().splitlines()  # splits at U+2028 and U+0085 too, as naive clients do
    assert "".join(json.loads(line[6:])["text"] for line in lines if line.startswith("data: {")) == text
    assert "🕯️".encode() in raw


async def test_silence_is_filled_with_comments(
    start_worker: StartWorker, scripted: Scripted, kinkster: str
) -> None:
    client = await start_worker(keep_alive=0.05)
    scripted.will(sse(), 0.18, delta("Hi"), completed(), END)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        raw = await response.read()
    assert 2 <= raw.count(b": keep-alive\n\n") <= 6
    assert raw.endswith(b'/2\ndata: {"text":"Hi"}\n\ndata: [DONE]\n\n')


async def test_the_same_request_is_answered_once(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.will(sse(), delta("On"), delta("ce."), completed(), END)
    request = str(uuid.uuid4())
    first = await client.chat(kinkster, requestId=request)
    again = await client.chat(kinkster, requestId=request)
    assert (first.text, first.done) == (again.text, again.done) == ("Once.", True)
    assert again.headers["X-Kinkster-Turn-Id"] == first.headers["X-Kinkster-Turn-Id"]
    assert (len(turns()), len(scripted.requests)) == (1, 1)


@pytest.mark.usefixtures("one_attempt")
async def test_a_failed_request_that_is_repeated_is_asked_again(
    client: Client, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    request = str(uuid.uuid4())
    scripted.will(sse(), delta("part"), Cut)
    first = await client.chat(kinkster, requestId=request)
    assert (first.text, first.done) == ("part", False)
    scripted.will(sse(), delta("whole"), completed(), END)
    again = await client.chat(kinkster, requestId=request)
    assert (again.text, again.done) == ("whole", True)
    assert again.headers["X-Kinkster-Turn-Id"] == request
    said = admin.execute("select content from kinkster_messages").fetchall()
    assert [content for (content,) in said] == ["Hello", "whole"]


@pytest.mark.usefixtures("one_attempt")
async def test_a_failed_request_that_others_followed_says_so_again(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    request = str(uuid.uuid4())
    scripted.will(sse(), delta("part"), Cut)
    first = await client.chat(kinkster, requestId=request)
    scripted.will(sse(), delta("whole"), completed(), END)
    assert (await client.chat(kinkster, message="Something else")).done
    again = await client.chat(kinkster, requestId=request)
    assert (again.text, again.done, again.error) == ("part", False, first.error)


async def test_one_reply_at_a_time(client: Client, scripted: Scripted, kinkster: str) -> None:
    scripted.will(sse(), delta("a"), 0.2, completed(), END)
    first = asyncio.create_task(client.chat(kinkster))
    await eventually(lambda: scripted.requests)
    second = await client.chat(kinkster)
    assert (second.status, (await first).done) == (409, True)


async def test_a_client_that_leaves_cancels_the_turn_and_the_call(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.will(sse(), delta("part"), Stall)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        assert (await first_text(response))[1] == "part"
        response.close()
    await asyncio.wait_for(scripted.requests[0].left.wait(), 5)
    turn = (await eventually(lambda: [t for t in turns() if t.status != "streaming"]))[0]
    assert (turn.status, turn.error_code, turn.reply) == ("cancelled", "client_gone", "part")


async def test_a_client_that_leaves_stops_flowise_too(
    client: Client, scripted: Scripted, flowise_kinkster: str, turns: Turns
) -> None:
    scripted.will(sse(), chunk(b'data:{"event":"token","data":"part"}\n\n'), Stall).will(OK)
    async with client.post({"message": "Hello", "kinksterId": flowise_kinkster}) as response:
        await response.content.readline()
        response.close()
    await eventually(lambda: len(scripted.requests) == 2)
    session = scripted.requests[0].body["chatId"]
    assert scripted.requests[1].path == f"/api/v1/chatmessage/abort/flow-1/{session}"
    assert scripted.requests[1].headers["authorization"] == "Bearer key-of-flowise"
    await eventually(lambda: turns()[0].status == "cancelled")


async def test_a_client_that_leaves_while_its_turn_is_begun_leaves_no_turn_in_flight(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, database: str, turns: Turns
) -> None:
    client = await start_worker(kinkster_first_byte_seconds=5)
    scripted.will(sse(), Stall)
    with psycopg.connect(database) as blocker:
        blocker.execute("lock table kinkster_turns in access exclusive mode")
        asking = asyncio.create_task(client.chat(kinkster))
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.sleep(0.1)
    await eventually(lambda: [turn.status for turn in turns()] == ["cancelled"])


async def test_a_lost_lease_stops_the_call(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, admin: psycopg.Connection, turns: Turns
) -> None:
    client = await start_worker(kinkster_checkpoint_seconds=0.1, kinkster_idle_seconds=5)
    scripted.will(sse(), delta("part"), Stall)
    asking = asyncio.create_task(client.chat(kinkster))
    await eventually(lambda: turns() and turns()[0].reply == "part")
    admin.execute("update kinkster_turns set lease = gen_random_uuid()")
    reply = await asyncio.wait_for(asking, a_second())
    assert reply.error
    assert (reply.error["code"], reply.done) == ("lease_lost", False)
    assert turns()[0].status == "streaming"
    await asyncio.wait_for(scripted.requests[0].left.wait(), a_second())


async def test_a_checkpoint_renews_the_lease_while_the_provider_is_silent(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    client = await start_worker(kinkster_checkpoint_seconds=0.05, kinkster_first_byte_seconds=5)
    scripted.will(sse(), 0.3, delta("Hi"), completed(), END)
    asking = asyncio.create_task(client.chat(kinkster))
    first = (await eventually(turns))[0].row["lease_expires_at"]
    await eventually(lambda: turns()[0].row["lease_expires_at"] > first)
    assert (await asking).done


async def test_a_reply_that_never_ends_is_ended(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "MAX_REPLY", 10)
    scripted.will(sse(), delta("12345678"), delta("90abc"), delta("def"), Stall)
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.text, reply.error["code"]) == ("1234567890", "reply_incomplete")
    assert turns()[0].reply == "1234567890"
    await asyncio.wait_for(scripted.requests[0].left.wait(), a_second())


async def test_a_reply_has_a_longest_time(
    start_worker: StartWorker, scripted: Scripted, kinkster: str
) -> None:
    client = await start_worker(kinkster_reply_seconds=0.3)
    steps: list[Step] = [delta("x"), 0.1]
    scripted.will(sse(), *steps * 9, completed(), END)
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.error["code"], len(reply.text) < 5) == ("provider_timeout", True)


async def test_a_slow_reader_holds_up_nobody_and_misses_nothing(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.will(sse(), *[delta("y" * 40_000)] * 10, completed(), END)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        await eventually(lambda: turns()[0].status == "completed")
        assert (await read(response)).text == turns()[0].reply == "y" * 400_000


async def test_a_short_turn_takes_three_round_trips_at_most(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, proxy: CountingProxy
) -> None:
    client = await start_worker(database_url=proxy.conninfo, kinkster_queue_turns=0, kinkster_pool_size=1)
    await eventually(lambda: (proxy.counts[b"Q"], proxy.counts[b"S"]) == (4, 1))  # with upkeep
    scripted.will(sse(), delta("Hi"), 0.3, completed(), END)  # opens the connection that keeps texts
    assert (await client.chat(kinkster)).done
    for _ in range(2):
        proxy.counts.clear()
        scripted.will(*answered("Hi"))
        assert (await client.chat(kinkster)).done
        assert proxy.counts[b"Q"] == 0
        assert 2 <= proxy.counts[b"S"] <= 3  # begin, settle, and maybe a checkpoint of the first text


async def test_a_whole_reply_is_kept_when_the_database_was_away_for_a_moment(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, proxy: CountingProxy, turns: Turns
) -> None:
    client = await start_worker(database_url=proxy.conninfo)
    scripted.will(sse(), delta("Hi"), 0.1, completed(), END)
    asking = asyncio.create_task(client.chat(kinkster))
    await eventually(lambda: scripted.requests)
    proxy.go_down()
    await asyncio.sleep(0.3)
    assert not asking.done()
    proxy.down = False
    assert (await asking).done
    assert turns()[0].status == "completed"


async def test_a_lost_answer_to_the_beginning_is_not_noticed(
    start_worker: StartWorker, scripted: Scripted, kinkster: str, proxy: CountingProxy, turns: Turns
) -> None:
    client = await start_worker(database_url=proxy.conninfo)
    scripted.will(*answered("Hi"))
    proxy.losing = b"begin_turn"
    reply = await client.chat(kinkster)
    assert proxy.losing is None
    assert (reply.status, reply.text, reply.done) == (200, "Hi", True)
    assert [(turn.status, turn.reply) for turn in turns()] == [("completed", "Hi")]
    assert len(scripted.requests) == 1


async def test_each_request_begins_under_a_name_of_its_own(
    client: Client, scripted: Scripted, kinkster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    begin = Queries.begin_turn

    async def noted(self: Queries, *arguments: Any) -> Any:
        names.append(arguments[3])
        return await begin(self, *arguments)

    monkeypatch.setattr(Queries, "begin_turn", noted)
    for _ in range(2):
        scripted.will(*answered("Hi"))
        assert (await client.chat(kinkster)).done
    assert len({name.split("/")[0] for name in names}) == 1
    assert len(set(names)) == 2


async def test_odd_names_of_a_provider_lose_no_reply(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    odd = b'{"status":"completed","id":"resp_\\u0000","model":"\\ud83dgpt"}'
    scripted.will(sse(), delta("Hi"), event(b'{"type":"response.completed","response":' + odd + b"}"), END)
    assert (await client.chat(kinkster)).done
    (turn,) = turns()
    assert (turn.status, turn.reply) == ("completed", "Hi")
    assert (turn.row["response_id"], turn.row["model"]) == ("resp_\ufffd", "\ufffdgpt")


@pytest.mark.parametrize("model", ["\x00", "\ud83d"])  # Postgres refuses the one, JSON the other
async def test_an_outcome_that_cant_be_stored_keeps_the_text_and_blocks_nothing(
    client: Client,
    scripted: Scripted,
    kinkster: str,
    turns: Turns,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
) -> None:
    outcome = run.Run.outcome

    def odd(of: run.Run, completed: Completed | None, error: errors.WorkerError | None) -> Any:
        return outcome(of, completed, error) | ({"model": model} if completed else {})

    monkeypatch.setattr(run.Run, "outcome", odd)
    scripted.will(*answered("Hi")).will(*answered("Hi again"))
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.text, reply.done, reply.error["code"]) == ("Hi", False, "worker_error")
    (turn,) = turns()
    assert (turn.status, turn.reply, turn.error_code) == ("failed", "Hi", "worker_error")
    assert (turn.row["error_message"], turn.row["error_hint"]) == (
        reply.error["message"],
        reply.error["hint"],
    )
    monkeypatch.setattr(run.Run, "outcome", outcome)
    conversation = turn.row["conversation_id"]
    assert (await client.chat(kinkster, conversationId=conversation)).text == "Hi again"


async def test_a_restarted_database_is_not_noticed(
    client: Client, scripted: Scripted, kinkster: str, admin: psycopg.Connection
) -> None:
    scripted.will(*answered("Hi")).will(*answered("Hi again"))
    assert (await client.chat(kinkster)).done
    admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kinkster-worker'"
    )
    assert (await client.chat(kinkster)).done


async def test_a_database_that_is_away_is_a_503(
    start_worker: StartWorker, kinkster: str, unused_tcp_port: int
) -> None:
    nowhere = f"postgresql://kinkster_worker@127.0.0.1:{unused_tcp_port}/postgres"
    client = await start_worker(database_url=nowhere, kinkster_database_seconds=0.2)
    reply = await client.chat(kinkster)
    assert reply.error
    assert (reply.status, reply.error["code"]) == (503, "database_unavailable")
    async with client.session.get(client.address + "/healthz") as response:
        assert response.status == 503


async def test_a_kept_connection_that_the_server_closes_is_no_failure(
    client: Client, scripted: Scripted, kinkster: str, turns: Turns
) -> None:
    scripted.close_late = True  # after the next request has been read
    scripted.will(*answered("One.")).will(*answered("Two."))
    assert (await client.chat(kinkster)).done
    assert (await client.chat(kinkster)).done
    assert [turn.reply for turn in turns()] == ["One.", "Two."]
    assert scripted.dropped == 1
