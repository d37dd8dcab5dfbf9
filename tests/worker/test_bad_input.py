"""Requests that are no message: a status, a code, a sentence and a hint, and nothing stored."""

import gzip
import json
import uuid
from typing import Any

import aiohttp
import pytest

from tests.worker.conftest import Client, Turns, token

ID = str(uuid.uuid4())


def body(**more: Any) -> bytes:
    return json.dumps({"message": "Hello", "kinksterId": ID, **more}).encode()


BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "not JSON": (b"{", 400),
    "two documents": (body() + body(), 400),
    "a list": (b"[]", 400),
    "null": (b"null", 400),
    "NaN": (b'{"message": NaN}', 400),
    "not UTF-8": (b'{"message": "\xff"}', 400),
    "a byte order mark": (b"\xef\xbb\xbf" + body(), 400),
    "UTF-16": (body().decode().encode("utf-16"), 400),
    "nested without end": (b"[" * 100_000, 400),
    "a number without end": (b'{"message": ' + b"9" * 10_000 + b"}", 400),
    "an empty object": (b"{}", 400),
    "no character": (b'{"message": "Hello"}', 400),
    "no message": (json.dumps({"kinksterId": ID}).encode(), 400),
    "a message that is null": (body(message=None), 400),
    "a message that is a number": (body(message=7), 400),
    "a character that is a number": (body(kinksterId=7), 400),
    "a character that is no uuid": (body(kinksterId="ada"), 400),
    "a character in braces": (body(kinksterId="{" + ID + "}"), 400),
    "a character with a line end": (body(kinksterId=ID + "\n"), 400),
    "a conversation that is no uuid": (body(conversationId="x"), 400),
    "a request that is no uuid": (body(requestId=True), 400),
    "an unknown field": (body(model="gpt-9"), 400),
    "an unknown field that is half a character": (b'{"\\ud800": 1}', 400),
    "another spelling": (body(kinkster_id=ID), 400),
    "a field twice": (b'{"message": "a", ' + body()[1:], 400),
    "NUL": (body(message="a\x00b"), 422),
    "half a character": (b'{"message": "\\ud83d", "kinksterId": "' + ID.encode() + b'"}', 422),
    "too large": (body(message="x" * 600_000), 413),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body(client: Client, name: str, turns: Turns) -> None:
    data, status = BODIES[name]
    headers = {"Authorization": f"Bearer {token(client.user)}", "Content-Type": "application/json"}
    async with client.session.post(client.address + "/api/chat", data=data, headers=headers) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        error = (await response.json())["error"]
    assert set(error) == {"code", "message", "hint"}
    assert error["code"] == {400: "bad_request", 413: "too_large", 422: "unprocessable"}[status]
    assert all(error.values())
    assert turns() == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_another_content_type(client: Client, kind: str) -> None:
    headers = {"Authorization": f"Bearer {token(client.user)}", "Content-Type": kind}
    async with client.session.post(client.address + "/api/chat", data=body(), headers=headers) as response:
        assert response.status == 400


async def test_a_compressed_body_counts_as_what_it_is(client: Client) -> None:
    headers = {"Authorization": f"Bearer {token(client.user)}", "Content-Type": "application/json"}
    headers["Content-Encoding"] = "gzip"
    data = gzip.compress(body(message="x" * 50_000_000))
    async with client.session.post(client.address + "/api/chat", data=data, headers=headers) as response:
        assert response.status == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("POST", "/api/chat/", 404, "not_found"),
        ("POST", "/metricsx", 404, "not_found"),
        ("GET", "/api/chat", 405, "method_not_allowed"),
        ("OPTIONS", "/api/flowise/chat", 405, "method_not_allowed"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
    ],
)
async def test_other_addresses_and_methods(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    async with client.session.request(method, client.address + path) as response:
        assert (response.status, response.content_type) == (status, "application/json")
        assert (await response.json())["error"]["code"] == code
        assert ("Allow" in response.headers) == (status == 405)


async def test_health(client: Client) -> None:
    async with client.session.get(client.address + "/healthz") as response:
        assert (response.status, (await response.json())["status"]) == (200, "ok")


async def test_an_answer_never_says_what_it_was_sent(client: Client) -> None:
    secret = "my-secret-message"
    headers = {"Authorization": f"Bearer {token(client.user)}"}
    data: aiohttp.FormData | bytes = json.dumps({"message": 7, "kinksterId": secret}).encode()
    headers["Content-Type"] = "application/json"
    async with client.session.post(client.address + "/api/chat", data=data, headers=headers) as response:
        assert secret not in await response.text()
