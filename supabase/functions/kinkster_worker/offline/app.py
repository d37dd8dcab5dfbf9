"""The offline server as an aiohttp application: the providers' routes, and control routes for tests alone."""

import json
import sys
from collections import deque
from collections.abc import Iterable

from aiohttp import web
from pydantic import ValidationError

from . import chat_completions, flowise, responses
from .exchange import no_route, provider_route
from .faults import FAULTS, Fault
from .notion import add_notion
from .notion_pace import Limits
from .notion_state import NOTION
from .state import STATE, State

_STARTED = (
    "OFFLINE PROVIDERS: no model answers here. Every reply is made up from the messages that were sent."
)


def create_app(
    *,
    pace: float = 0.03,
    faults: Iterable[Fault] = (),
    control: bool = False,
    api_key: str | None = None,
    responses_api: bool = True,
    heartbeat: float = 30.0,
    notion_limits: Limits | None = None,
) -> web.Application:
    """OpenAI's and Flowise's protocols without a model behind them, and Notion's with its pages in memory.

    `pace` is in seconds a word, `heartbeat` in seconds of silence between Flowise's comments. With `api_key`,
    requests must carry it. `responses_api=False` makes `/v1/responses` a missing route. The first requests
    to the providers meet the `faults`. `control` adds routes for tests: POST and DELETE `/_offline/faults`,
    POST `/_offline/reset`, GET `/_offline/requests`, and those of `notion_control`.
    """
    app = web.Application(client_max_size=64 * 2**20)
    app[STATE] = State(pace, heartbeat, api_key, deque(faults), [] if control else None)
    app.on_startup.append(_say_what_this_is)
    app.on_shutdown.append(_stop_waiting)
    answer = provider_route(responses.handle) if responses_api else provider_route(no_route, faulty=False)
    app.router.add_post("/v1/responses", answer)
    app.router.add_post("/v1/chat/completions", provider_route(chat_completions.handle))
    app.router.add_get("/v1/models", provider_route(chat_completions.models, faulty=False))
    app.router.add_get("/v1/models/{model}", provider_route(chat_completions.model, faulty=False))
    app.router.add_get("/api/v1/ping", provider_route(flowise.ping, faulty=False))
    app.router.add_get(
        "/api/v1/chatflows-streaming/{chatflow}", provider_route(flowise.can_stream, faulty=False)
    )
    app.router.add_post("/api/v1/prediction/{chatflow}", provider_route(flowise.handle))
    app.router.add_put(
        "/api/v1/chatmessage/abort/{chatflow}/{chat}", provider_route(flowise.abort, faulty=False)
    )
    add_notion(app, notion_limits or Limits(), control=control)
    if control:
        app.router.add_post("/_offline/faults", _queue_faults)
        app.router.add_delete("/_offline/faults", _forget_faults)
        app.router.add_get("/_offline/requests", _requests)
        app.router.add_post("/_offline/reset", _reset)
    return app


async def _say_what_this_is(_app: web.Application) -> None:
    line = {"event": "offline_started", "level": "warning", "message": _STARTED}
    print(json.dumps(line), file=sys.stderr, flush=True)


async def _stop_waiting(app: web.Application) -> None:
    app[STATE].closing.set()


async def _queue_faults(request: web.Request) -> web.Response:
    """Takes one fault or a list of them; answers how many wait now."""
    given, state = json.loads(await request.read()), request.app[STATE]
    try:
        state.faults.extend(FAULTS.validate_python(given if isinstance(given, list) else [given]))
    except ValidationError as error:
        return web.Response(text=str(error), status=400)
    return web.json_response({"queued": len(state.faults)})


async def _forget_faults(request: web.Request) -> web.Response:
    request.app[STATE].faults.clear()
    return web.json_response({"queued": 0})


async def _requests(request: web.Request) -> web.Response:
    return web.json_response({"requests": request.app[STATE].noted()})


async def _reset(request: web.Request) -> web.Response:
    request.app[STATE].reset()
    request.app[NOTION].reset()
    return web.json_response({"queued": 0})
