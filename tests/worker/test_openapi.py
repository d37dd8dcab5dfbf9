"""The OpenAPI document, and schemathesis, which calls the worker by it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from kinkster_worker.errors import ClientError, TurnError, WorkerError
from kinkster_worker.request import ChatRequest

from tests.worker.conftest import Client, Scripted, answered, token


async def test_the_document_is_served(client: Client) -> None:
    async with client.session.get(client.address + "/openapi.json") as response:
        assert response.content_type == "application/json"
        document = await response.json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/api/chat",
        "/api/kinksters/chat",
        "/api/flowise/chat",
        "/healthz",
        "/openapi.json",
    }
    assert document["components"]["schemas"]["ChatRequest"] == ChatRequest.model_json_schema()


async def test_schemathesis_finds_no_difference(
    client: Client, scripted: Scripted, kinkster: str, tmp_path: Path
) -> None:
    for _ in range(2000):
        scripted.will(*answered("Hi."))
    hooks = tmp_path / "hooks.py"
    hooks.write_text(
        "import schemathesis\n\n"
        "@schemathesis.hook\n"
        "def map_body(context, body):\n"
        "    if isinstance(body, dict) and len(str(body.get('kinksterId'))) == 36 and len(str(body)) % 2:\n"
        f"        return {{**body, 'kinksterId': {kinkster!r}}}\n"
        "    return body\n\n"
        "@schemathesis.hook\n"
        "def map_case(context, case):\n"
        "    place = str((case.headers or {}).get('Last-Event-ID'))\n"
        "    if place == '0':  # the number, which is taken for a string that the pattern allows\n"
        "        case.headers.pop('Last-Event-ID')\n"
        "    # A schema can't say that both name the same request.\n"
        "    body = case.body if isinstance(case.body, dict) else {}\n"
        "    if len(place) > 36 and len(str(body.get('requestId'))) == 36:\n"
        "        body['requestId'] = place[:36]\n"
        "    return case\n"
    )
    (tmp_path / "schemathesis.toml").write_text(
        f"hooks = {json.dumps(str(hooks))}\n"
        "[checks]\n"
        "positive_data_acceptance.expected-statuses = [200, 404, 409, 422]\n"
        "negative_data_rejection.expected-statuses = [400, 401, 404, 405, 413, 422]\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(tmp_path / "schemathesis.toml"),
        "run",
        client.address + "/openapi.json",
        "--header",
        f"Authorization: Bearer {token(client.user)}",
        "--max-examples=25",
        "--seed=1",
        "--no-color",
        "--phases=examples,coverage,fuzzing",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=tmp_path,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert len(scripted.requests) > 0, output.decode()


def tree(base: type[WorkerError]) -> list[type[WorkerError]]:
    return [base, *(found for child in base.__subclasses__() for found in tree(child))]


def test_every_error_says_what_happened_and_what_to_do() -> None:
    for error in tree(WorkerError):
        assert error.__doc__, error
        found = error()
        assert found.message.endswith("."), error
        assert found.hint.endswith("."), error
        assert found.message.count(". ") <= 1, error
    assert all(400 <= error.status < 600 for error in tree(ClientError))  # type: ignore[attr-defined]


def test_the_errors_after_which_a_provider_may_still_be_at_work() -> None:
    assert {error.__name__ for error in tree(WorkerError) if error.left} == {
        "ClientGone",
        "DatabaseLost",
        "LeaseLost",
        "ProviderTimeout",
        "ReplyTooLong",
        "WorkerStopped",
    }


def test_the_codes_of_turns_are_those_that_are_documented() -> None:
    assert {error.code for error in tree(TurnError)} == {
        "client_gone",
        "database_lost",
        "provider_error",
        "provider_misbehaved",
        "provider_not_configured",
        "provider_quota_exhausted",
        "provider_rate_limited",
        "provider_rejected",
        "provider_timeout",
        "provider_unauthorized",
        "provider_unavailable",
        "provider_unreachable",
        "reply_cut_off",
        "reply_empty",
        "reply_filtered",
        "reply_incomplete",
        "reply_refused",
        "worker_error",
        "worker_stopped",
    }
