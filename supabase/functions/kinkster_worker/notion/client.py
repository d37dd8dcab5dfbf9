"""Notion over HTTP: one request at a time, at Notion's pace. Nothing is tried again here.

https://developers.notion.com/reference/request-limits, https://developers.notion.com/reference/status-codes
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import aiohttp
import orjson

from kinkster_worker.notion import errors
from kinkster_worker.notion.plan import Json
from kinkster_worker.providers.stream import excerpt, retry_after

VERSION = "2026-03-11"
REQUEST_SECONDS = 30.0
INTERVAL_SECONDS = 0.35  # where no connection says otherwise
_BODY_BYTES = 32 * 1024 * 1024  # longest answer; 100 blocks of text have about 2 MiB

_REFUSALS: dict[int, type[errors.NotionError]] = {
    400: errors.NotionRejected,
    401: errors.NotionUnauthorized,
    403: errors.NotionForbidden,
    404: errors.NotionMissing,
    409: errors.NotionConflict,
}


async def _patiently() -> float:
    return REQUEST_SECONDS


class Client:
    """Notion, as one token sees it: the one that it is authorized with.

    Requests begin `interval` seconds apart. `patience` says before each one how many seconds it may take at
    most, and may raise instead.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        interval: float = INTERVAL_SECONDS,
        patience: Callable[[], Awaitable[float]] = _patiently,
    ) -> None:
        self._session, self._url, self._interval, self._patience = session, url, interval, patience
        self._headers = {
            "Notion-Version": VERSION,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.time()
        self._scope = asyncio.timeout(None)
        self._stopping = False
        self.requests = 0
        self.was_answered = False  # as it should be, since somebody set it to False

    @property
    def wait_seconds(self) -> float:
        """Until the next request may begin."""
        return max(self._next - self._loop.time(), 0.0)

    def authorize(self, token: str) -> None:
        """Sends this token from now on."""
        self._headers["Authorization"] = f"Bearer {token}"

    def stop(self) -> None:
        """Begins no more requests: they raise NotionStopped."""
        self._stopping = True

    def cut(self) -> None:
        """Ends the request that runs, too."""
        self._stopping = True
        with suppress(RuntimeError):  # none runs
            self._scope.reschedule(self._loop.time())

    async def call(self, method: str, path: str, body: object = None) -> Json:
        """The answer to a request to `/v1` + `path`. Raises NotionError."""
        await asyncio.sleep(self.wait_seconds)
        patience = await self._patience()
        if self._stopping:
            raise errors.NotionStopped
        self._next = self._loop.time() + self._interval
        self.requests += 1
        self._scope = asyncio.timeout(min(REQUEST_SECONDS, patience))
        try:
            async with self._scope:
                status, headers, answer = await self._send(method, path, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise errors.NotionUnreachable(is_unclear=False) from None
        except TimeoutError:
            if self._stopping:
                raise errors.NotionStopped(is_unclear=True) from None
            raise errors.NotionTimeout from None
        except aiohttp.ClientResponseError:
            raise errors.NotionMisbehaved("What answered does not speak HTTP.") from None
        except (aiohttp.ClientError, OSError):
            raise errors.NotionUnreachable("The connection to Notion broke.") from None
        found = _checked(status, headers, answer)
        self.was_answered = True
        return found

    async def _send(self, method: str, path: str, body: object) -> tuple[int, Mapping[str, str], bytes]:
        data = None if body is None else orjson.dumps(body)
        async with self._session.request(
            method, f"{self._url}/v1{path}", data=data, headers=self._headers, allow_redirects=False
        ) as response:
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > _BODY_BYTES:
                    raise errors.NotionMisbehaved("Notion's answer has no end.")
            return response.status, response.headers, bytes(answer)


@contextmanager
def reading() -> Iterator[None]:
    """Around what takes an answer apart: one that is built otherwise raises NotionMisbehaved."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError):
        raise errors.NotionMisbehaved("Notion's answer is not built as its API promises.") from None


def _checked(status: int, headers: Mapping[str, str], answer: bytes) -> Json:
    """The body of a success; raises what any other answer stands for."""
    wait = retry_after(headers)
    if status == 429:
        raise errors.NotionRateLimited(retry_after=wait)
    if status == 529:
        raise errors.NotionOverloaded(retry_after=wait)
    if status >= 500:
        raise errors.NotionUnavailable(f"Notion is having trouble (status {status}).", retry_after=wait)
    try:
        body = orjson.loads(answer)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict) or (status != 200 and body.get("object") != "error"):
        raise errors.NotionMisbehaved(f"Something that is not Notion's API answered, with status {status}.")
    if status == 200:
        return body
    if status not in _REFUSALS:
        raise errors.NotionRejected(f"Notion refused the request (status {status}).")
    if _REFUSALS[status] in (errors.NotionRejected, errors.NotionMissing):
        raise _REFUSALS[status](f"Notion refused the request: {excerpt(body.get('message'))}")
    raise _REFUSALS[status](retry_after=wait)
