"""The OpenAPI 3.1 document of the HTTP door, built from the request model that the door validates with."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from kinkster_worker import __version__
from kinkster_worker.errors import ClientError
from kinkster_worker.following import PLACE_PATTERN

_STREAM = """\
A stream of server-sent events. Each `data` is `{"text": …}`, a piece of the reply; `[DONE]` at the end \
means that the reply is whole and stored. `event: error` carries `{"error": {"code", "message", "hint"}}` \
and ends a stream that is not whole. Comments keep the connection open. Text is sent when it is stored: a \
client that was cut off sends the same request again, with the last `id` it got as `Last-Event-ID`, to any \
worker, and goes on there without a lost or doubled word. Without that header, the same `requestId` gives \
the same reply from its beginning."""
_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The `id` of the last event of a stream that was cut off: turn, attempt, characters.",
    "schema": {"type": "string", "pattern": f"^{PLACE_PATTERN}$"},
    "example": "6fd1a9a6-2a36-4a3c-9d1c-0f4a6e5b7c21/5b0e7d1c/42",
}
_PURPOSES = {
    "/api/chat": "Send a message to a character, whoever answers for it",
    "/api/kinksters/chat": "Send a message to a character that the OpenAI Responses API answers for",
    "/api/flowise/chat": "Send a message to a character that Flowise answers for",
}


def document(request: type[BaseModel], routes: Iterable[str]) -> dict[str, Any]:
    """The document, as a JSON object."""
    failures = {
        str(error.status): {"$ref": f"#/components/responses/{error.status}"}
        for error in sorted(ClientError.__subclasses__(), key=lambda error: error.status)
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kinkster worker", "version": __version__},
        "security": [{"token": []}],
        "paths": {
            **{route: {"post": _chat(route, failures)} for route in routes},
            "/healthz": {
                "get": _plain(
                    "health", "Whether the worker and its database answer", {"503": failures["503"]}
                )
            },
            "/openapi.json": {"get": _plain("openapi", "This document", {})},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": {"ChatRequest": request.model_json_schema(), "Error": _error(), "Event": _event()},
            "responses": _responses(),
        },
    }


def _chat(route: str, failures: dict[str, Any]) -> dict[str, Any]:
    uuid = {"schema": {"type": "string", "format": "uuid"}, "required": True}
    return {
        "operationId": route.strip("/").replace("/", "_"),
        "summary": _PURPOSES[route],
        "parameters": [_LAST_EVENT_ID],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChatRequest"}}},
        },
        "responses": {
            "200": {
                "description": _STREAM,
                "headers": {"X-Kinkster-Turn-Id": uuid, "X-Kinkster-Conversation-Id": uuid},
                "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/Event"}}},
            },
            **failures,
        },
    }


def _plain(name: str, summary: str, failures: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    answers = {"200": {"description": summary, "content": content}, **failures}
    return {"operationId": name, "summary": summary, "security": [], "responses": answers}


def _event() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "One server-sent event. `data` is JSON, or [DONE].",
        "properties": {
            "event": {**text, "enum": ["message", "error"]},
            "id": {**text, "description": "Where the reader is after this piece of text."},
            "data": {**text, "minLength": 1},
        },
        "required": ["data"],
    }


def _error() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    inner = {"type": "object", "properties": {"code": text, "message": text, "hint": text}}
    inner["required"] = ["code", "message", "hint"]
    return {"type": "object", "properties": {"error": inner}, "required": ["error"]}


def _responses() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for error in ClientError.__subclasses__():
        about = f"`{error.code}`: {error.message} {error.hint}"
        response = found.setdefault(
            str(error.status),
            {
                "description": "",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        )
        response["description"] = f"{response['description']}\n{about}".strip()
    found["401"]["headers"] = {"WWW-Authenticate": {"schema": {"const": "Bearer"}, "required": True}}
    return found
