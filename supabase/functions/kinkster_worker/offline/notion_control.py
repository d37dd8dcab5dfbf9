"""How tests command the offline Notion, under `/_offline/notion`.

| route | what it does |
|---|---|
| POST, DELETE /faults | queues one fault or a list of them (see `notion_faults`); forgets all |
| PUT /limits | sets `Limits`: `{"windows": [{"requests": 3, "seconds": 1}]}` |
| POST /tokens | a token for a workspace: `{"token", "name"?, "workspace"?}` |
| DELETE /tokens/{token} | revokes it |
| POST /databases | makes a database: `{"title"?, "workspace"?, "properties" or "data_sources": {title: …}}` |
| PATCH /data_sources/{id} | changes properties as the API does, without a token |
| DELETE /pages/{id} | moves a page to the trash; with `?for_good=1` it is gone |
| GET /databases, /pages, /requests | all there are; pages with their `content`; `?workspace=`, `?bodies=0` |

A name is the bot's, by default `offline` like the workspace's.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from .notion_call import Call
from .notion_databases import patch_source, show_database, show_source
from .notion_errors import NotionError
from .notion_faults import NOTION_FAULTS, Waiting
from .notion_pace import Limits
from .notion_state import NOTION, Bot, Notion
from .notion_texts import Json, id_of, object_of, text_of
from .notion_workspace import NEWEST, Workspace

Command = Callable[[Notion, web.Request, Any], Json]


def add_control_routes(app: web.Application) -> None:
    """Adds the routes."""
    for method, path, command in (
        ("POST", "/faults", _queue_faults),
        ("DELETE", "/faults", _forget_faults),
        ("PUT", "/limits", _set_limits),
        ("POST", "/tokens", _add_token),
        ("DELETE", "/tokens/{token}", _revoke_token),
        ("POST", "/databases", _add_database),
        ("GET", "/databases", _databases),
        ("PATCH", "/data_sources/{data_source_id}", _change_source),
        ("DELETE", "/pages/{page_id}", _delete_page),
        ("GET", "/pages", _pages),
        ("GET", "/requests", _requests),
    ):
        app.router.add_route(method, f"/_offline/notion{path}", _route(command))


def _route(command: Command) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            return web.json_response(command(request.app[NOTION], request, json.loads(raw) if raw else None))
        except ValidationError as error:
            return web.Response(text=str(error), status=400)
        except NotionError as error:
            return error.response()

    return handle


def _queue_faults(notion: Notion, _request: web.Request, body: Any) -> Json:
    faults = NOTION_FAULTS.validate_python(body if isinstance(body, list) else [body])
    notion.faults += [Waiting(fault) for fault in faults]
    return {"queued": len(notion.faults)}


def _forget_faults(notion: Notion, _request: web.Request, _body: Any) -> Json:
    notion.faults.clear()
    return {"queued": 0}


def _set_limits(notion: Notion, _request: web.Request, body: Any) -> Json:
    notion.limits = Limits.model_validate(body)
    for bot in notion.bots.values():
        bot.sent.clear()
    return notion.limits.model_dump()


def _add_token(notion: Notion, _request: web.Request, body: Any) -> Json:
    given = object_of(body, "body", ("token", "name", "workspace"))
    bot = Bot(given.get("name", "offline"), given.get("workspace", "offline"))
    notion.bots[text_of(given.get("token"), "body.token", least=1)] = bot
    return {"id": bot.id, "name": bot.name, "workspace": bot.workspace}


def _revoke_token(notion: Notion, request: web.Request, _body: Any) -> Json:
    return {"revoked": notion.bots.pop(request.match_info["token"], None) is not None}


def _add_database(notion: Notion, _request: web.Request, body: Any) -> Json:
    given = object_of(body, "body", ("title", "workspace", "properties", "data_sources"))
    title, name = given.get("title", "Kinksters"), given.get("workspace", "offline")
    sources = given.get("data_sources", {title: given.get("properties", {})})
    return _database(notion.workspace(name), notion.add_database(name, title, sources).id)


def _databases(notion: Notion, request: web.Request, _body: Any) -> Json:
    found = [_database(place, one) for place in _workspaces(notion, request) for one in place.databases]
    return {"databases": found}


def _change_source(notion: Notion, request: web.Request, body: Any) -> Json:
    identifier = id_of(request.match_info["data_source_id"], "path.data_source_id")
    for place in notion.workspaces.values():
        if identifier in place.sources:
            bot = Bot("offline", place.name)
            return patch_source(Call(bot, place, notion.limits, NEWEST, request.match_info, {}, body))
    raise NotionError(404, f"No data source has the id {identifier}.")


def _delete_page(notion: Notion, request: web.Request, _body: Any) -> Json:
    identifier = id_of(request.match_info["page_id"], "path.page_id")
    for place in notion.workspaces.values():
        if identifier in place.pages:
            page = place.pages[identifier]
            page.in_trash = True
            page.edit()
            if request.query.get("for_good"):
                del place.pages[identifier]
                for block in [block for block in place.blocks.values() if block.page == identifier]:
                    del place.blocks[block.id]
            return {"id": identifier}
    raise NotionError(404, f"No page has the id {identifier}.")


def _pages(notion: Notion, request: web.Request, _body: Any) -> Json:
    found = []
    for place in _workspaces(notion, request):
        for page in place.pages.values():
            content = [place.blocks[identifier].show(NEWEST) for identifier in page.children]
            found.append({**place.show_page(page, NEWEST), "content": content})
    return {"pages": found}


def _requests(notion: Notion, request: web.Request, _body: Any) -> Json:
    hidden = {"body"} if request.query.get("bodies") == "0" else set()
    found = []
    for entry in notion.journal or []:
        shown = {name: value for name, value in vars(entry).items() if name not in hidden}
        found.append(shown | {"fault": entry.fault and entry.fault.model_dump(exclude_unset=True)})
    return {"requests": found}


def _workspaces(notion: Notion, request: web.Request) -> Iterator[Workspace]:
    wanted = request.query.get("workspace")
    return (place for place in notion.workspaces.values() if wanted in (None, place.name))


def _database(place: Workspace, identifier: str) -> Json:
    """A database with the properties of its data sources, which the API gives one by one."""
    database = place.databases[identifier]
    sources = [show_source(place.sources[one], NEWEST) for one in database.sources]
    names = show_database(place, database, NEWEST)["data_sources"]
    shown = [one | {"properties": source["properties"]} for one, source in zip(names, sources, strict=True)]
    return {**show_database(place, database, NEWEST), "workspace": place.name, "data_sources": shown}
