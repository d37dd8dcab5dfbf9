"""What all providers share: one POST, its deadlines, its failures, and the loop from bytes to events."""

import asyncio
import io
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, Protocol

import aiohttp
import orjson
from yarl import URL

from kinkster_worker import __version__, errors
from kinkster_worker.providers import Completed, Event
from kinkster_worker.providers.fuse import Fuse
from kinkster_worker.providers.sse import EventParser

LINGER_SECONDS = 0.1  # after the last event the body should end; then the connection can be used again
TRAILER_SECONDS = 5.0  # longest wait for what follows a whole reply: usage, the end mark
EXCERPT = 300  # characters of a provider's own words that an error repeats
NAME = 200  # longest name of a model or of a response
BODY_BYTES = 4 * 1024 * 1024  # longest body that is no stream
_KEYS = re.compile(r"\b(?:(?:sk|Bearer)[-_ ]|(?:ntn|secret)_)[\w*.\-]{6,}")


@dataclass(frozen=True, slots=True)
class Patience:
    """Longest waits, in seconds: for the first byte, for the next one, and (Flowise) for the first text."""

    first_byte: float
    idle: float
    first_text: float | None = None


class Reader(Protocol):
    """Knows one protocol: what each event means."""

    @property
    def whole(self) -> bool:
        """Whether the reply is known to be whole, and only the proper end of the stream is missing."""
        ...

    def read(self, event: dict[str, Any]) -> Event | None:
        """Text, the end, or None for an event that does not matter. Raises ProviderError for a failure."""
        ...

    def end(self) -> Completed:
        """The stream is over without a Completed: gives it after all, or raises ReplyCutOff."""
        ...


def new_session(*, repeats: bool = True) -> aiohttp.ClientSession:
    """A client session of a worker: no cookies, no proxy of the environment, any number of connections.
    Without `repeats` a GET or DELETE whose connection broke is not sent again behind our back.
    """
    tracing = aiohttp.TraceConfig()
    tracing.on_connection_reuseconn.append(_note_reuse)
    session = aiohttp.ClientSession(
        trace_configs=[tracing],
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        headers={"User-Agent": f"kinkster-worker/{__version__}", "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
    )
    session._retry_connection = repeats
    return session


def loads(payload: bytes) -> Any:
    """Parses JSON. Half surrogate pairs and NaN, which orjson refuses and real servers send, pass too."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        try:
            return json.loads(payload.decode())
        except (ValueError, RecursionError):
            raise errors.ProviderMisbehaved("The provider sent something that is not JSON.") from None


def excerpt(text: object, limit: int = EXCERPT) -> str:
    """A provider's words, on one line, without anything that looks like a key, shortened."""
    words = _KEYS.sub("[key]", " ".join(str(text).replace("\x00", "").split()))
    words = words.encode(errors="replace").decode()
    return words if len(words) <= limit else words[: limit - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3: seconds or a date), at most a day, or None."""
    value = headers.get("Retry-After", "").strip()
    try:
        seconds = float(value) if value[:1].isdigit() else _until(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), 86_400.0)


def _until(date: str) -> float:
    at = parsedate_to_datetime(date)
    return (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def failed_status(status: int, headers: Mapping[str, str], words: str) -> errors.ProviderError | None:
    """The error of a status that means the same with every provider; None where the protocol has to say."""
    if status in (401, 403):
        return errors.ProviderUnauthorized()
    if status == 429:
        return errors.ProviderRateLimited(retry_after=retry_after(headers))
    if status >= 500:
        return errors.ProviderUnavailable(
            f"The provider is having trouble (status {status}): {words}", retry_after=retry_after(headers)
        )
    if status < 400:
        return errors.ProviderMisbehaved(f"The provider answered with status {status}, which is no reply.")
    return None


@asynccontextmanager
async def post(
    session: aiohttp.ClientSession,
    url: str | URL,
    body: Mapping[str, object],
    key: str | None,
    patience: Patience,
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Sends `body` as JSON and gives the response once its headers are there; leaving closes the connection.

    Raises ProviderTimeout, ProviderUnreachable and ProviderMisbehaved.
    """
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    try:
        async with asyncio.timeout(patience.first_byte):
            response = await _send(session, url, orjson.dumps(body), headers)
    except TimeoutError:
        raise errors.ProviderTimeout(
            f"The provider sent nothing within {patience.first_byte:g} seconds."
        ) from None
    except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError):
        raise errors.ProviderMisbehaved("The provider's answer is not HTTP.") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise errors.ProviderUnreachable from None
    del body, headers  # many kilobytes, which nobody needs while the answer streams
    try:
        yield response
    finally:
        if response.content.at_eof():
            response.release()
        else:
            response.close()


async def _send(
    session: aiohttp.ClientSession, url: str | URL, data: bytes, headers: Mapping[str, str]
) -> aiohttp.ClientResponse:
    """Posts. A kept connection that the server was just closing is no failure: the next one is tried."""
    while True:
        context = SimpleNamespace(reused=False)
        try:
            # aiohttp sends large bodies in pieces from a file, and warns of large bytes.
            sent = data if len(data) < 2**20 else io.BytesIO(data)
            return await session.post(
                url, data=sent, headers=headers, allow_redirects=False, trace_request_ctx=context
            )
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not context.reused:
                raise


async def _note_reuse(_session: object, context: SimpleNamespace, _params: object) -> None:
    if context.trace_request_ctx is not None:
        context.trace_request_ctx.reused = True


async def body_of(response: aiohttp.ClientResponse, patience: Patience) -> bytes:
    """A body that is no stream, up to 4 MiB of it; empty where it can't be read."""
    found = b""
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(patience.idle):
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) > BODY_BYTES:
                    break
    return found


async def events_of(
    response: aiohttp.ClientResponse, reader: Reader, patience: Patience
) -> AsyncGenerator[Event, None]:
    """Reads an event stream to its end. Text that arrived together is given together.

    Raises ProviderMisbehaved for a response that is no event stream.
    """
    if response.content_type != "text/event-stream":
        kind = excerpt(response.headers.get("Content-Type", "nothing"), 60)
        raise errors.ProviderMisbehaved(f"The provider answered with {kind} instead of a stream of events.")
    loop = asyncio.get_running_loop()
    content, parser, mend = response.content, EventParser(), SurrogateMender()
    wait, deadline = patience.first_byte, None
    if patience.first_text is not None:
        deadline = loop.time() + patience.first_text
    with Fuse(content) as fuse:
        while True:
            try:
                chunk = content.read_nowait()
                if not chunk:
                    fuse.burn(wait if deadline is None else min(wait, deadline - loop.time()))
                    chunk = await content.readany()
            except TimeoutError:
                if reader.whole:
                    yield reader.end()
                    return
                late = deadline is not None and loop.time() >= deadline
                raise errors.ProviderTimeout("The provider sent no text in time." if late else None) from None
            except (aiohttp.ClientError, OSError):
                chunk = b""
            if not chunk:
                yield reader.end()
                return
            text, ended = _told(parser, chunk, reader)
            if text and (text := mend(text)):
                deadline = None
                yield text
            if isinstance(ended, errors.ProviderError):
                raise ended
            if ended is not None:
                break
            wait = min(patience.idle, TRAILER_SECONDS) if reader.whole else patience.idle
    await _linger(content)
    yield ended


def _told(
    parser: EventParser, chunk: bytes, reader: Reader
) -> tuple[str, Completed | errors.ProviderError | None]:
    """The text in the events that a chunk finishes, and the end where one of them is. What follows it is no
    matter, and neither chunk nor events are kept while the next one is waited for.
    """
    texts: list[str] = []
    try:
        for payload in parser.feed(chunk):
            if payload == b"[DONE]":
                return "".join(texts), reader.end()
            event = loads(payload)
            if type(event) is not dict:
                raise errors.ProviderMisbehaved("The provider sent an event that is no JSON object.")
            found = reader.read(event)
            if isinstance(found, str):
                texts.append(found)
            elif found is not None:
                return "".join(texts), found
    except errors.ProviderError as error:
        return "".join(texts), error
    return "".join(texts), None


async def _linger(content: aiohttp.StreamReader) -> None:
    """Waits a moment for the end of the body, so that the connection can be kept."""
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        if not content.at_eof():
            async with asyncio.timeout(LINGER_SECONDS):
                while await content.readany():
                    pass


class SurrogateMender:
    """Makes text that Postgres can hold: joins cut surrogate pairs, replaces lone ones and NUL."""

    def __init__(self) -> None:
        self._half = ""

    def __call__(self, text: str) -> str:
        """The text, mended; a first half of a pair at its end waits for the next call."""
        if "\x00" in text:
            text = text.replace("\x00", "\ufffd")
        if self._half:
            text, self._half = self._half + text, ""
        elif text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            if "\ud800" <= text[-1] <= "\udbff":
                text, self._half = text[:-1], text[-1]
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text


def name_of(value: object) -> str | None:
    """A model's name or a response's id, made such that Postgres can hold it; None for what is none."""
    return SurrogateMender()(value[:NAME]) or None if isinstance(value, str) else None


def fields_of(value: object) -> dict[str, Any]:
    """The value where it is a JSON object, else an empty one: for fields that a server may not send."""
    return value if isinstance(value, dict) else {}
