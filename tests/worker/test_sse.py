"""The event parser: bytes cut anywhere give the same payloads."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinkster_worker.errors import ProviderMisbehaved
from kinkster_worker.providers import sse
from kinkster_worker.providers.sse import EventParser

PAYLOADS = st.lists(st.text(min_size=1).filter(lambda t: not set(t) & {"\n", "\r"}), max_size=6)


def parse(*chunks: bytes) -> list[bytes]:
    parser = EventParser()
    return [payload for piece in chunks for payload in parser.feed(piece)]


def test_nothing_gives_nothing() -> None:
    assert parse(b"") == []
    assert parse(b"\n\n\n") == []
    assert parse(b":\n\n") == []


@pytest.mark.parametrize(
    ("stream", "payloads"),
    [
        (b"data: one\n\ndata: two\n\n", [b"one", b"two"]),
        (b"data:one\n\n", [b"one"]),
        (b"data:  one\n\n", [b" one"]),
        (b"data: one\r\n\r\ndata: two\r\n\r\n", [b"one", b"two"]),
        (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
        (b"data: one\r\ndata: two\r\n\r\n", [b"one\ntwo"]),
        (b"event: x\nid: 3\nretry: 10\ndata: one\n\n", [b"one"]),
        (b"message:\ndata:{}\n\n", [b"{}"]),
        (b": comment\ndata: one\n: another\n\n", [b"one"]),
        (b":heartbeat\n\n:heartbeat\n\ndata: one\n\n", [b"one"]),
        (b"data\n\ndata:\n\ndata: \n\n", []),
        (b"data: one\ndata\n\n", [b"one\n"]),
        (b"database: one\n\n", []),
        (b"\xef\xbb\xbfdata: one\n\n", [b"one"]),
        (b"data: one", []),
        (b"data: one\n", []),
        ("data: A\u2028B\x85C\x0bD\x0cE\n\n".encode(), ["A\u2028B\x85C\x0bD\x0cE".encode()]),
    ],
)
def test_what_a_stream_means(stream: bytes, payloads: list[bytes]) -> None:
    assert parse(stream) == payloads
    assert parse(*(stream[i : i + 1] for i in range(len(stream)))) == payloads


@given(payloads=PAYLOADS, end=st.sampled_from(["\n", "\r\n"]), cuts=st.lists(st.integers(0, 400)))
def test_cuts_anywhere_change_nothing(payloads: list[str], end: str, cuts: list[int]) -> None:
    stream = "".join(f"event: x{end}data: {p}{end}{end}:beat{end}{end}" for p in payloads).encode()
    places = sorted({0, len(stream), *(c for c in cuts if c < len(stream))})
    chunks = [stream[a:b] for a, b in pairwise(places)]
    assert parse(*chunks) == [p.encode() for p in payloads]


@pytest.mark.parametrize("endless", [b"x" * 60, b"data: x\n" * 20, b"data\n" * 20])
def test_an_endless_event_is_refused(monkeypatch: pytest.MonkeyPatch, endless: bytes) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    with pytest.raises(ProviderMisbehaved):
        parse(*[endless] * 10)
