"""The offline Notion: API versions 2025-09-03 and 2026-03-11 under `/notion/v1`, as far as characters go.

Its base URL for clients is `http://host:port/notion`. At the start it knows one token, `ntn_offline`, and one
database with nothing but a title.
"""

from aiohttp import web

from .notion_blocks import append_children, delete_block, get_block, get_children
from .notion_control import add_control_routes
from .notion_databases import get_database, get_source, patch_database, patch_source
from .notion_gate import PREFIX, no_route, notion_route
from .notion_pace import Limits
from .notion_pages import create_page, get_page, patch_page
from .notion_query import query
from .notion_state import NOTION, Notion
from .notion_users import me

_ROUTES = (
    ("GET", "/v1/users/me", me),
    ("GET", "/v1/databases/{database_id}", get_database),
    ("PATCH", "/v1/databases/{database_id}", patch_database),
    ("GET", "/v1/data_sources/{data_source_id}", get_source),
    ("PATCH", "/v1/data_sources/{data_source_id}", patch_source),
    ("POST", "/v1/data_sources/{data_source_id}/query", query),
    ("POST", "/v1/pages", create_page),
    ("GET", "/v1/pages/{page_id}", get_page),
    ("PATCH", "/v1/pages/{page_id}", patch_page),
    ("GET", "/v1/blocks/{block_id}", get_block),
    ("DELETE", "/v1/blocks/{block_id}", delete_block),
    ("GET", "/v1/blocks/{block_id}/children", get_children),
    ("PATCH", "/v1/blocks/{block_id}/children", append_children),
    ("*", "/{rest:.*}", no_route),
)


def add_notion(app: web.Application, limits: Limits, *, control: bool) -> None:
    """Adds Notion's routes, and, for tests, those that command it: see `notion_control`."""
    app[NOTION] = Notion(limits, keeps_requests=control)
    for method, path, handler in _ROUTES:
        app.router.add_route(method, PREFIX + path, notion_route(handler))
    if control:
        add_control_routes(app)
