"""The HTTP door: three routes that stream a reply, health, and the OpenAPI document."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from kinkster_worker import __version__, errors
from kinkster_worker.auth import KeySet, Verifier
from kinkster_worker.logs import fields, log
from kinkster_worker.openapi import document
from kinkster_worker.plan import Began
from kinkster_worker.providers.stream import new_session
from kinkster_worker.queries import Queries
from kinkster_worker.queue import Queue
from kinkster_worker.request import ChatRequest, parse
from kinkster_worker.settings import Settings
from kinkster_worker.turns import Turns

ROUTES = ("/api/chat", "/api/kinksters/chat", "/api/flowise/chat")
MAX_BODY = 512 * 1024
KEEP_ALIVE_SECONDS = 15.0
HEALTH_SECONDS = 2.0
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
_LINE_ENDS = tuple((end.encode(), b"\\u%04x" % ord(end)) for end in "\u2028\u2029\x85")


class Door:
    """The handlers, over what they need."""

    def __init__(self, turns: Turns, queries: Queries, verifier: Verifier, keep_alive: float) -> None:
        self._turns, self._queries, self._verifier, self._keep_alive = turns, queries, verifier, keep_alive

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Streams the reply to a message."""
        claims = await self._verifier.claims(request.headers.get("Authorization"))
        if request.content_type != "application/json":
            raise errors.BadRequest("The Content-Type is not application/json.")
        asked = parse(await request.read())
        began = await self._turns.begin(
            claims,
            asked.kinksterId,
            asked.message,
            asked.conversationId,
            asked.requestId or str(uuid4()),
            request.path,
        )
        stream = _Stream(request, began.get("plan") or began)
        if began["state"] == "settled":
            await stream.replay(began)
            return stream.response
        keeper = asyncio.create_task(stream.keep_alive(self._keep_alive))
        try:
            error = await self._turns.run(began["plan"], stream)
        except Exception:
            log.exception("stream_crashed", extra=fields(turn_id=began["plan"]["turn_id"]))
            error = errors.WorkerFailed()
        finally:
            keeper.cancel()
        await stream.close(error.as_json() if error else None)
        return stream.response

    async def health(self, request: web.Request) -> web.Response:
        """Whether the worker and its database answer."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                await self._queries.ping()
        except TimeoutError:
            raise errors.DatabaseUnavailable from None
        return _json({"status": "ok", "version": __version__})


class _Stream:
    """The event stream of one reply; the sink of its turn."""

    def __init__(self, request: web.Request, ids: Mapping[str, Any]) -> None:
        self._request, self._last = request, time.monotonic()
        turn, conversation = ids["turn_id"], ids["conversation_id"]
        headers = {**_HEADERS, "X-Kinkster-Turn-Id": turn, "X-Kinkster-Conversation-Id": conversation}
        self.response = web.StreamResponse(headers=headers)

    async def open(self) -> None:
        """Sends status and headers."""
        await self.response.prepare(self._request)

    async def text(self, text: str) -> None:
        """Sends a piece of text."""
        self._last = time.monotonic()
        await self.response.write(text_event(text))

    async def keep_alive(self, seconds: float) -> None:
        """Sends a comment whenever nothing else was sent for so long, so that no proxy gives up."""
        wait = seconds
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(wait)
                wait = self._last + seconds - time.monotonic()
                if wait <= 0:
                    self._last, wait = time.monotonic(), seconds
                    await self.response.write(b": keep-alive\n\n")

    async def close(self, error: object) -> None:
        """Ends the stream: with [DONE] when the reply is whole, else with the error event."""
        end = (
            b"data: [DONE]\n\n" if error is None else b"event: error\ndata: " + orjson.dumps(error) + b"\n\n"
        )
        with suppress(ConnectionError):
            await self.response.write_eof(end)

    async def replay(self, began: Began) -> None:
        """Sends a reply that was given before."""
        with suppress(ConnectionError):
            await self.open()
            if reply := began.get("reply"):
                await self.text(reply)
            failed = began.get("status") != "completed"
            await self.close(
                {"error": began.get("error") or errors.WorkerFailed().as_json()["error"]} if failed else None
            )


def text_event(text: str) -> bytes:
    """A piece of text as an event. Unicode's line ends are escaped, since many readers split there."""
    data = orjson.dumps({"text": text})
    if not text.isascii():
        for raw, escaped in _LINE_ENDS:
            data = data.replace(raw, escaped)
    return b"data: " + data + b"\n\n"


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", headers=headers
    )


@web.middleware
async def errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answers every failure before the stream as JSON."""
    error: errors.ClientError
    headers: dict[str, str] = {}
    try:
        return await handler(request)
    except errors.ClientError as caught:
        error = caught
    except web.HTTPRequestEntityTooLarge:
        error = errors.TooLarge()
    except web.HTTPMethodNotAllowed as caught:
        error, headers["Allow"] = errors.MethodNotAllowed(), caught.headers["Allow"]
    except web.HTTPNotFound:
        error = errors.NotFound("There is no such address.")
    except web.HTTPException as caught:
        error = errors.BadRequest(caught.reason) if caught.status < 500 else errors.Internal()
    except Exception:
        log.exception("request_crashed", extra=fields(path=request.path))
        error = errors.Internal()
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return _json(error.as_json(), error.status, headers)


async def _openapi(request: web.Request) -> web.Response:
    return _json(document(ChatRequest, ROUTES))


@asynccontextmanager
async def serve(settings: Settings, keep_alive: float = KEEP_ALIVE_SECONDS) -> AsyncIterator[str]:
    """Serves both doors until the block is left, then ends running replies. Gives the worker's address."""
    async with (
        new_session() as session,
        Queries(
            settings.database_url.get_secret_value(),
            settings.kinkster_pool_size,
            settings.kinkster_database_seconds,
        ) as queries,
    ):
        turns = Turns(settings, queries, session)
        secret = settings.supabase_jwt_secret
        verifier = Verifier(
            issuer=settings.jwt_issuer or "",
            audience=settings.supabase_jwt_audience,
            secret=secret.get_secret_value() if secret else None,
            keys=KeySet(session, settings.jwks_url) if settings.jwks_url else None,
        )
        door = Door(turns, queries, verifier, keep_alive)
        app = web.Application(client_max_size=MAX_BODY, middlewares=[errors_as_json])
        app.add_routes([web.post(route, door.chat) for route in ROUTES])
        app.add_routes([web.get("/healthz", door.health), web.get("/openapi.json", _openapi)])
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=2)
        await runner.setup()
        queue = Queue(turns, queries, settings.kinkster_queue_turns, settings.kinkster_poll_seconds)
        site = web.TCPSite(runner, settings.kinkster_host, settings.kinkster_port)
        try:
            await site.start()
            queue.start()
            port = runner.addresses[0][1]
            yield f"http://{settings.kinkster_host}:{port}"
            await site.stop()
        finally:
            await queue.stop()
            await turns.stop(settings.kinkster_grace_seconds)
            await runner.cleanup()
