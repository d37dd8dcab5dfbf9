"""What Notion refuses, in Notion's error body: https://developers.notion.com/reference/status-codes."""

import json
from typing import Any
from uuid import uuid4

from aiohttp import web

CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "restricted_resource",
    404: "object_not_found",
    409: "conflict_error",
    429: "rate_limited",
    500: "internal_server_error",
    502: "bad_gateway",
    503: "service_unavailable",
    504: "gateway_timeout",
    529: "service_overload",
}
_LONGEST_SHOWN = 200


class NotionError(Exception):
    """An answer that is an error. Without a code it has the status's usual one; `more` goes into the body."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.more = status, message, more
        self.code = code or CODES.get(status, CODES[400] if status < 500 else CODES[500])
        self.headers: dict[str, str] = {}

    def response(self) -> web.Response:
        """The error as Notion sends it."""
        body = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
            **self.more,
            "request_id": str(uuid4()),
        }
        return web.json_response(body, status=self.status, headers=self.headers)


def invalid(message: str, **more: Any) -> NotionError:
    """A request that does not fit the database, or that can't be done."""
    return NotionError(400, message, **more)


def wrong(where: str, should: str, value: Any) -> NotionError:
    """A part of the body that should be something else; `where` is its place, such as `body.children[0]`."""
    found = json.dumps(value) if value is not MISSING else "undefined"
    found = found if len(found) <= _LONGEST_SHOWN else f"{found[:_LONGEST_SHOWN]}…"
    return invalid(f"body failed validation: {where} should be {should}, instead was `{found}`.")


def not_found(kind: str, identifier: str) -> NotionError:
    """An object that isn't there, or not for this token: Notion doesn't tell the two apart."""
    shared = "Make sure the relevant pages and databases are shared with your integration."
    return NotionError(404, f"Could not find {kind} with ID: {identifier}. {shared}")


def in_trash() -> NotionError:
    """An edit of something that is in the trash."""
    return invalid("Can't edit block that is archived. You must unarchive the block before editing.")


def ancestor_in_trash() -> NotionError:
    """An edit of a page whose data source or database is in the trash."""
    message = "Can't edit page on block with an archived ancestor. You must unarchive the ancestor before"
    return invalid(f"{message} editing the page.")


class _Missing:
    """Stands for what a body doesn't have, where null would be something else."""


MISSING = _Missing()
