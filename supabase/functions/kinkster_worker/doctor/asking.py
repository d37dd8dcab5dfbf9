"""One request to somebody over HTTP: what came back, or in a sentence why nothing did."""

import os
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from yarl import URL

from kinkster_worker import __version__, errors
from kinkster_worker.providers.stream import Patience, body_of, excerpt, loads

SECONDS = 3.0  # longest wait for an answer


class NoAnswer(Exception):
    """Nothing came back; the text is a sentence that says why."""


@dataclass(frozen=True)
class Answer:
    """`body` is the parsed JSON, or None for what is none; `ahead` is by how many seconds the other's clock
    is before ours, where it said the time.
    """

    status: int
    body: Any
    text: str
    ahead: float | None

    @property
    def is_api(self) -> bool:
        """Whether it is what an API answers, and no web page."""
        return isinstance(self.body, dict | list)


def new_session() -> aiohttp.ClientSession:
    """A session that opens a connection for each request: a kept one that is just being closed by the server
    would look like a failure.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        headers={"User-Agent": f"kinkster-doctor/{__version__}", "Accept-Encoding": "identity"},
    )


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    key: str | None = None,
    body: object = None,
    **headers: str,
) -> Answer:
    """Asks once. Redirects are answers. Raises NoAnswer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with session.request(
            method,
            URL(url, encoded=True),
            json=body,
            headers=sent,
            allow_redirects=False,
            timeout=timeout,
        ) as response:
            found = await body_of(response, Patience(SECONDS, SECONDS))
            return Answer(
                response.status,
                _parsed(found),
                excerpt(found.decode(errors="replace")),
                _ahead(response.headers.get("Date")),
            )
    except TimeoutError:
        raise NoAnswer(f"It did not answer within {SECONDS:g} seconds.") from None
    except aiohttp.ClientConnectorCertificateError:
        raise NoAnswer("Its certificate does not hold.") from None
    except aiohttp.ClientConnectorDNSError:
        raise NoAnswer("No such host is known.") from None
    except aiohttp.ClientConnectorError as error:
        why = os.strerror(error.errno) if error.errno else "it was refused"
        raise NoAnswer(f"No connection: {why}.") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise NoAnswer("What answered does not speak HTTP as it should, or hung up.") from None


def _parsed(body: bytes) -> Any:
    try:
        return loads(body)
    except errors.ProviderError:
        return None


def _ahead(date: str | None) -> float | None:
    """From a Date header (RFC 9110, 6.6.1), which is cut to whole seconds."""
    try:
        at = parsedate_to_datetime(date or "")
    except (ValueError, TypeError, OverflowError):
        return None
    ahead = at.replace(tzinfo=at.tzinfo or UTC).timestamp() - time.time()
    return 0.0 if -1.5 < ahead < 0.5 else ahead
