"""Recorded traffic, replayed over a socket its bytes cut anywhere, ends as it did when it was recorded."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import NamedTuple

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kinkster_worker.errors import ProviderError
from kinkster_worker.plan import Plan
from kinkster_worker.providers import Completed, Provider
from kinkster_worker.providers.flowise import Flowise
from kinkster_worker.providers.openai_responses import OpenAIResponses, UnknownPreviousResponse
from kinkster_worker.providers.stream import Patience, new_session

from tests import recordings
from tests.recordings import Recording

SAID = "You said: {} — naïve ünïcode ✓\nline two"
PLAN: Plan = {
    "user_id": "5a5a5a5a-0000-4000-8000-000000000001",
    "turn_id": "5a5a5a5a-0000-4000-8000-000000000002",
    "conversation_id": "5a5a5a5a-0000-4000-8000-000000000003",
    "lease": "5a5a5a5a-0000-4000-8000-000000000004",
    "lease_seconds": 60.0,
    "attempt": 1,
    "provider": "flowise",
    "model": "gpt-4o-mini",
    "instructions": "",
    "limits": "",
    "message": "hello",
    "previous_response_id": "resp_doesnotexist0000",
    "history": None,
    "chatflow_id": "40e00737-93aa-4018-87dc-2814a7c622cb",
    "session_id": "s-20",
    "safety_identifier": "ab" * 32,
}
cuts = st.lists(st.integers(0, 8_000), max_size=12)


class Outcome(NamedTuple):
    """What came out of a provider's iterator: the text, and the error's code, or None when it is whole."""

    text: str
    code: str | None


FLOWISE = {
    "02": Outcome(SAID.format("my name is Bob [2 msgs]"), None),
    "07": Outcome(SAID.format("with history [4 msgs]"), None),
    "11": Outcome(SAID.format("hi agentflow [1 msgs]"), None),
    "20": Outcome(SAID.format("hello [2 msgs]"), None),
    "21": Outcome(SAID.format("again [4 msgs]"), None),
    "24": Outcome(SAID.format("hi [1 msgs]"), None),
    "26": Outcome(SAID.format("hello [2 msgs]"), None),
    "27": Outcome("", None),
    "30": Outcome("", "provider_rejected"),
    "31": Outcome("", "provider_timeout"),
    "33": Outcome("", "provider_unauthorized"),
    "35": Outcome("", "provider_unauthorized"),
    "41": Outcome("", "provider_error"),
    "51": Outcome("You said: MIDERR ", "provider_error"),
    "53": Outcome("You said: MIDCUT ", "provider_error"),
    "61": Outcome("", "provider_rate_limited"),
    "64": Outcome("".join(f"w{n} " for n in range(15)), "reply_cut_off"),
    "82b": Outcome("A\u2028B\x85C\x0bD ", "reply_cut_off"),  # an excerpt: it holds no metadata
    "84": Outcome("", "provider_rate_limited"),
    "90": Outcome("fixed reply to direct?", None),
}


def openai_text(recording: Recording) -> str:
    """What the deltas of a recorded response say."""
    return "".join(
        event["delta"] for event in recording.events if event["type"] == "response.output_text.delta"
    )


def pieces(data: bytes, at: Iterable[int]) -> list[bytes]:
    """The bytes, cut at these places (any number, beyond the end too)."""
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in at)})
    return [data[start:end] for start, end in pairwise(places)]


def on_the_wire(recording: Recording, chunk_cuts: Iterable[int], clean: bool) -> bytes:
    """The answer as HTTP: a stream in chunks cut at these places, ended if `clean`; else with its length."""
    kind = recording.headers.get("content-type", "text/event-stream")
    head = f"HTTP/1.1 {recording.status or 200} Recorded\r\nContent-Type: {kind}\r\n"
    if "retry-after" in recording.headers:
        head += f"Retry-After: {recording.headers['retry-after']}\r\n"
    if kind.startswith(("application/json", "text/html")):
        return f"{head}Content-Length: {len(recording.body)}\r\n\r\n".encode() + recording.body
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces(recording.body, chunk_cuts)]
    return (
        f"{head}Transfer-Encoding: chunked\r\n\r\n".encode()
        + b"".join(chunks)
        + (b"0\r\n\r\n" if clean else b"")
    )


@asynccontextmanager
async def answering(segments: list[bytes], hold: bool) -> AsyncIterator[str]:
    """A server that sends these segments one by one, then closes, or, with `hold`, stays silent."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        for segment in segments:
            writer.write(segment)
            for _ in range(3):  # lets the client read this segment before the next
                await asyncio.sleep(0)
        if hold:
            await done.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        done.set()
        server.close()
        await server.wait_closed()


Make = Callable[[aiohttp.ClientSession, str, Patience], Provider]


def flowise_provider(session: aiohttp.ClientSession, url: str, patience: Patience) -> Provider:
    return Flowise(session, url, None, patience)


def responses_provider(session: aiohttp.ClientSession, url: str, patience: Patience) -> Provider:
    return OpenAIResponses(session, url, "key", patience)


async def replay(
    make: Make, wire: bytes, segment_cuts: Iterable[int], hold: bool = False
) -> tuple[Outcome, Completed | None]:
    """Sends the wire's bytes, cut at these places, to a provider; gives what came out, and its Completed."""
    texts: list[str] = []
    code, completed = None, None
    patience = Patience(first_byte=0.05 if hold else 30, idle=30)
    async with answering(pieces(wire, segment_cuts), hold) as url, new_session() as session:
        try:
            async for event in make(session, url, patience).stream(PLAN):
                if isinstance(event, Completed):
                    completed = event
                else:
                    texts.append(event)
        except ProviderError as error:
            code = error.code
    if completed and completed.text is not None and not texts:
        texts.append(completed.text)
    return Outcome("".join(texts), code), completed


@pytest.mark.parametrize("name", [name for name in FLOWISE if name != "31"])
@settings(max_examples=25, deadline=None)
@given(chunk_cuts=cuts, segment_cuts=cuts)
def test_a_flowise_recording_ends_as_it_did_wherever_it_is_cut(
    name: str, chunk_cuts: list[int], segment_cuts: list[int]
) -> None:
    recording = recordings.flowise(name)
    wire = on_the_wire(recording, chunk_cuts, clean=recording.exit == 0)
    outcome, completed = asyncio.run(replay(flowise_provider, wire, segment_cuts))
    assert outcome == FLOWISE[name]
    assert (completed is None) == (outcome.code is not None)


@pytest.mark.parametrize("name", ["20", "27", "51", "64", "82b"])
def test_a_flowise_stream_may_come_byte_by_byte(name: str) -> None:
    recording = recordings.flowise(name)
    wire = on_the_wire(recording, range(len(recording.body)), clean=recording.exit == 0)
    outcome, _ = asyncio.run(replay(flowise_provider, wire, range(len(wire))))
    assert outcome == FLOWISE[name]


def test_an_unknown_chatflow_that_is_never_answered_times_out() -> None:
    assert recordings.flowise("31").exit == 28  # curl's own deadline
    outcome, _ = asyncio.run(replay(flowise_provider, b"", [], hold=True))
    assert outcome == FLOWISE["31"]


@pytest.mark.parametrize("name", ["24", "11"], ids=["streamed", "whole"])
def test_usage_and_model_of_an_agent_flow_are_read(name: str) -> None:
    wire = on_the_wire(recordings.flowise(name), [], clean=True)
    _, completed = asyncio.run(replay(flowise_provider, wire, []))
    assert completed
    assert (completed.usage, completed.model) == ({"input_tokens": 11, "output_tokens": 7}, "fake-model")


@pytest.mark.parametrize("name", ["20", "90"], ids=["a chain", "an agent flow that asks no model"])
def test_what_tells_no_usage_has_none(name: str) -> None:
    wire = on_the_wire(recordings.flowise(name), [], clean=True)
    _, completed = asyncio.run(replay(flowise_provider, wire, []))
    assert completed
    assert (completed.usage, completed.model) == ({}, None)


@pytest.mark.parametrize(
    ("name", "code"), [("llmock", None), ("agentic-api", "reply_incomplete"), ("vllm", "reply_incomplete")]
)
@settings(max_examples=25, deadline=None)
@given(chunk_cuts=cuts, segment_cuts=cuts)
def test_a_responses_recording_ends_as_it_did_wherever_it_is_cut(
    name: str, code: str | None, chunk_cuts: list[int], segment_cuts: list[int]
) -> None:
    recording = recordings.openai(name)
    wire = on_the_wire(recording, chunk_cuts, clean=True)
    outcome, completed = asyncio.run(replay(responses_provider, wire, segment_cuts))
    assert outcome == Outcome(openai_text(recording), code)
    if code is None:
        assert completed
        assert completed.response_id == "resp_e0652e2ecea94c729b97c683"
        assert completed.model == "gpt-4o-mini"
        assert completed.usage == {
            "input_tokens": 8,
            "cached_tokens": 0,
            "output_tokens": 12,
            "reasoning_tokens": 0,
        }


@pytest.mark.parametrize(("name", "make"), [("20", flowise_provider), ("llmock", responses_provider)])
@settings(max_examples=60, deadline=None)
@given(data=st.data(), clean=st.booleans())
def test_a_stream_that_stops_anywhere_is_whole_only_past_its_last_event(
    name: str, make: Make, data: st.DataObject, clean: bool
) -> None:
    recording = recordings.flowise(name) if name.isdigit() else recordings.openai(name)
    last = b'"event":"metadata"' if name.isdigit() else b'"type":"response.completed"'
    enough = recording.body.index(b"\n\n", recording.body.index(last)) + 2
    kept = data.draw(st.integers(0, len(recording.body)))
    part = Recording(name, None, None, 200, recording.headers, recording.body[:kept])
    outcome, completed = asyncio.run(replay(make, on_the_wire(part, [], clean), [kept // 2]))
    whole = SAID.format("hello [2 msgs]") if name.isdigit() else openai_text(recording)
    assert whole.startswith(outcome.text)
    assert (completed is not None) == (kept >= enough)
    assert outcome.code == (None if kept >= enough else "reply_cut_off")
    assert completed is None or outcome.text == whole


@pytest.mark.parametrize("name", ["agentic-api", "vllm"])
async def test_a_404_about_the_previous_response_is_known_as_such(name: str) -> None:
    status, body = recordings.unknown_previous_response(name)
    answer = Recording(name, None, None, status, {"content-type": "application/json"}, body)
    with pytest.raises(UnknownPreviousResponse):
        await replay(responses_provider, on_the_wire(answer, [], clean=True), [])
