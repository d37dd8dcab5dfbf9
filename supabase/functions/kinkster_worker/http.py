"""The HTTP door: three routes that stream a reply, health, metrics, and the OpenAPI document."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from aiohttp import ClientSession, web

from kinkster_worker import __version__, errors
from kinkster_worker.auth import KeySet, Verifier
from kinkster_worker.following import Follower, Place
from kinkster_worker.keep_alive import KeepAlive
from kinkster_worker.logs import fields, log
from kinkster_worker.metrics import CONTENT_TYPE, Metrics
from kinkster_worker.notion.loop import NotionLoop
from kinkster_worker.notion.sealing import Sealer
from kinkster_worker.openapi import document
from kinkster_worker.plan import Followed
from kinkster_worker.providers.stream import new_session
from kinkster_worker.queries import Queries
from kinkster_worker.queue import Queue
from kinkster_worker.request import ChatRequest, parse
from kinkster_worker.settings import Settings
from kinkster_worker.turns import Turns
from kinkster_worker.upkeep import Upkeep

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

    def __init__(
        self, turns: Turns, queries: Queries, verifier: Verifier, metrics: Metrics, keep_alive: KeepAlive
    ) -> None:
        self._turns, self._queries, self._verifier = turns, queries, verifier
        self._metrics, self._keep_alive, self._readers = metrics, keep_alive, 0
        metrics.watch(lambda: len(turns), lambda: self._readers, lambda: queries.pool)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Streams the reply to a message."""
        claims = await self._verifier.claims(request.headers.get("Authorization"))
        if request.content_type != "application/json":
            raise errors.BadRequest("The Content-Type is not application/json.")
        if self._turns.stopping:
            raise errors.Stopping
        found, place = await self._find(request, claims)
        stream = _Stream(request, found, self._keep_alive)
        follower = Follower(self._turns, self._queries, claims, place, stream.text)
        self._readers += 1
        try:
            await stream.open()
            end = await follower.follow(found)
        except ConnectionError:
            return stream.response
        except errors.WorkerError as error:
            end = error.as_json()
        except Exception:
            log.exception("stream_crashed", extra=fields(turn_id=found["turn_id"]))
            end = errors.WorkerFailed().as_json()
        finally:
            self._readers -= 1
            self._keep_alive.discard(stream)
        await stream.close(end)
        return stream.response

    async def _find(self, request: web.Request, claims: dict[str, Any]) -> tuple[Followed, Place]:
        """The turn that a request begins, or goes on with, and the place where its client is."""
        asked = parse(await request.read())
        if (last := request.headers.get("Last-Event-ID")) is None:
            found = await self._begin(claims, asked, request.path)
            return found, Place(found["turn_id"])
        place = Place.parse(last)
        if asked.requestId and asked.requestId.lower() != place.turn_id:
            raise errors.BadRequest("The Last-Event-ID belongs to another request than the requestId.")
        return await self._queries.follow_turn(claims, place.turn_id, place.offset, place.tag), place

    async def _begin(self, claims: dict[str, Any], asked: ChatRequest, path: str) -> Followed:
        began = await self._turns.begin(claims, asked, path)
        turn = began.get("plan") or began
        return {
            "user_id": turn["user_id"],
            "turn_id": turn["turn_id"],
            "conversation_id": turn["conversation_id"],
            "status": began.get("status", "streaming"),
            "text": (began.get("reply") or "") if began["state"] == "settled" else "",
            "error": began.get("error"),
            "tag": began.get("tag"),
            "due": False,
        }

    async def health(self, request: web.Request) -> web.Response:
        """Whether the worker and its database answer."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                await self._queries.ping()
        except TimeoutError:
            raise errors.DatabaseUnavailable from None
        return _json({"status": "ok", "version": __version__})

    async def metrics(self, request: web.Request) -> web.Response:
        """How the worker does, for Prometheus. Written in a thread: no stream waits for a long one."""
        text = await asyncio.to_thread(self._metrics.text)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})


class _Stream:
    """The event stream of one reply."""

    def __init__(self, request: web.Request, turn: Followed, keep_alive: KeepAlive) -> None:
        self._request, self._keep_alive = request, keep_alive
        ids = {"X-Kinkster-Turn-Id": turn["turn_id"], "X-Kinkster-Conversation-Id": turn["conversation_id"]}
        self.response = web.StreamResponse(headers=_HEADERS | ids)

    async def open(self) -> None:
        """Sends status and headers."""
        await self.response.prepare(self._request)
        self._keep_alive.sent(self)

    async def text(self, text: str, place: Place) -> None:
        """Sends a piece of text, and the place after it."""
        self._keep_alive.sent(self)
        await self.response.write(text_event(text, place))

    async def comment(self) -> None:
        """See keep_alive.Stream. A slow reader, for whom bytes wait already, needs none."""
        transport = self._request.transport
        if transport and not transport.get_write_buffer_size():
            with suppress(ConnectionError):
                await self.response.write(b": keep-alive\n\n")

    async def close(self, error: object) -> None:
        """Ends the stream: with [DONE] when the reply is whole, else with the error event."""
        end = (
            b"data: [DONE]\n\n" if error is None else b"event: error\ndata: " + orjson.dumps(error) + b"\n\n"
        )
        with suppress(ConnectionError):
            await self.response.write_eof(end)


def text_event(text: str, place: Place) -> bytes:
    """A piece of text as an event. Unicode's line ends are escaped, since many readers split there."""
    data = orjson.dumps({"text": text})
    if not text.isascii():
        for raw, escaped in _LINE_ENDS:
            data = data.replace(raw, escaped)
    name = b"id: %b\n" % str(place).encode() if place.tag else b""  # nobody streams what has no tag
    return name + b"data: " + data + b"\n\n"


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


def _notion_loop(
    settings: Settings, queries: Queries, session: ClientSession, worker: str, user_id: str | None
) -> NotionLoop | None:
    """The loop, where there is a key that opens tokens."""
    if settings.kinkster_notion_key is None:
        return None
    sealer = Sealer(settings.kinkster_notion_key.get_secret_value())
    url, poll_seconds = settings.kinkster_notion_url, settings.kinkster_poll_seconds
    return NotionLoop(queries, session, sealer, url, worker, poll_seconds, user_id)


@asynccontextmanager
async def serve(
    settings: Settings,
    keep_alive: float = KEEP_ALIVE_SECONDS,
    on_unknown: Callable[[errors.SchemaUnknown], None] = lambda _: None,
    notion_user_id: str | None = None,
) -> AsyncIterator[str]:
    """Serves both doors, and sends to Notion, until the block is left, then ends running replies.

    Gives the worker's address. `on_unknown` is called when the database is none that this worker knows: leave
    the block then. With `notion_user_id` only this user's characters go to Notion.
    """
    async with (
        new_session() as session,
        new_session(repeats=False) as notion_session,
        Queries(
            settings.database_url.get_secret_value(),
            settings.kinkster_pool_size,
            settings.kinkster_database_seconds,
            on_unknown,
        ) as queries,
    ):
        metrics = Metrics()
        turns = Turns(settings, queries, session, metrics)
        secret = settings.supabase_jwt_secret
        verifier = Verifier(
            issuer=settings.jwt_issuer or "",
            audience=settings.supabase_jwt_audience,
            secret=secret.get_secret_value() if secret else None,
            keys=KeySet(session, settings.jwks_url) if settings.jwks_url else None,
        )
        comments = KeepAlive(keep_alive)
        door = Door(turns, queries, verifier, metrics, comments)
        app = web.Application(client_max_size=MAX_BODY, middlewares=[errors_as_json])
        app.add_routes([web.post(route, door.chat) for route in ROUTES])
        app.add_routes([web.get("/healthz", door.health), web.get("/metrics", door.metrics)])
        app.add_routes([web.get("/openapi.json", _openapi)])
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=2)
        await runner.setup()
        notion = _notion_loop(settings, queries, notion_session, turns.worker, notion_user_id)
        queue = Queue(turns, queries, settings.kinkster_queue_turns, settings.kinkster_poll_seconds)
        upkeep = Upkeep(queries, turns.worker)
        site = web.TCPSite(runner, settings.kinkster_host, settings.kinkster_port)
        try:
            await site.start()
            turns.keeper.start()
            comments.start()
            queue.start()
            if notion:
                notion.start()
            address = f"http://{settings.kinkster_host}:{runner.addresses[0][1]}"
            upkeep.start(lambda: turns.about(address))
            yield address
            await site.stop()
        finally:
            await queue.stop()
            grace = settings.kinkster_grace_seconds
            await asyncio.gather(turns.stop(grace), *([notion.stop(grace)] if notion else []))
            await upkeep.stop()
            await comments.stop()
            await runner.cleanup()
