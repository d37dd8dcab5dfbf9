"""GET /metrics as Prometheus reads it, by its own parser, after real turns over real sockets."""

import asyncio
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from kinkster_worker import metrics
from kinkster_worker.metrics import SECONDS, TOKENS
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.worker.conftest import (
    Client,
    Scripted,
    Stall,
    StartWorker,
    answered,
    completed,
    delta,
    eventually,
    failed,
    first_text,
    http,
    new_kinkster,
    sse,
)
from tests.worker.counting_proxy import CountingProxy

PRICED = """
insert into kinkster.models (model, provider, covers) values ('gpt-priced', 'test', 'dates');
insert into kinkster.model_prices (model, input_usd, output_usd) values ('gpt-priced', 1000, 2000)
"""


async def scrape(client: Client) -> dict[str, Metric]:
    """What the worker tells Prometheus, by the names of the families."""
    async with client.session.get(f"{client.address}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await response.text()
    return {family.name: family for family in text_string_to_metric_families(text)}


async def value(client: Client, name: str, **labels: str) -> float:
    """The sum of the samples of one name that have these labels."""
    families = await scrape(client)
    samples = [sample for family in families.values() for sample in family.samples if sample.name == name]
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


async def becomes(wanted: float, client: Client, name: str) -> None:
    """Waits until a gauge has a value."""
    async with asyncio.timeout(15):
        while await value(client, name) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def labelled(families: dict[str, Metric], label: str) -> Iterator[str]:
    """Every value of a label."""
    for family in families.values():
        for sample in family.samples:
            if label in sample.labels:
                yield sample.labels[label]


@pytest.fixture
def priced(admin: psycopg.Connection, user: str) -> str:
    """A character whose model has a price."""
    admin.execute(PRICED)
    return new_kinkster(admin, user, openai_model="gpt-priced-2026-01-01")


async def test_a_worker_that_has_done_nothing_says_that_it_is_there(client: Client) -> None:
    families = await scrape(client)
    (info,) = families["kinkster_worker_info"].samples
    assert set(info.labels) == {"version"}
    assert await value(client, "kinkster_turns_in_flight") == 0
    assert await value(client, "kinkster_readers") == 0
    await becomes(0, client, "kinkster_database_calls_waiting")  # after its first half second
    used = await value(client, "kinkster_database_connections_used")
    assert used + await value(client, "kinkster_database_connections_idle") >= 1
    assert "process_resident_memory_bytes" in families


async def test_a_reply_is_an_operation_with_its_tokens_and_its_cost(
    client: Client, scripted: Scripted, priced: str
) -> None:
    scripted.will(sse(), delta("Well met."), completed(model="gpt-priced-2026-01-01"), b"0\r\n\r\n")
    assert (await client.chat(priced)).done
    call = {
        "gen_ai_operation_name": "chat",
        "gen_ai_provider_name": "openai",
        "gen_ai_request_model": "gpt-priced",
    }
    whole = call | {"error_type": ""}
    assert await value(client, "gen_ai_client_operation_duration_seconds_count", **whole) == 1
    seconds = await value(client, "gen_ai_client_operation_duration_seconds_sum", **whole)
    first = await value(client, "gen_ai_client_operation_time_to_first_chunk_seconds_sum", **call)
    assert 0 <= first <= seconds < 10
    assert await value(client, "gen_ai_client_operation_time_to_first_chunk_seconds_count", **call) == 1
    for kind, tokens in (("input", 11), ("output", 7)):
        assert await value(client, "gen_ai_client_token_usage_sum", gen_ai_token_type=kind, **call) == tokens
    assert await value(client, "kinkster_cost_usd_total", **call) == pytest.approx(0.025)
    assert await value(client, "kinkster_cost_unknown_total", **call) == 0


async def test_the_buckets_are_those_of_the_conventions(
    client: Client, scripted: Scripted, kinkster: str
) -> None:
    scripted.will(*answered("Well met."))
    await client.chat(kinkster)
    families = await scrape(client)
    for name, bounds in (
        ("gen_ai_client_operation_duration_seconds", SECONDS),
        ("gen_ai_client_operation_time_to_first_chunk_seconds", SECONDS),
        ("gen_ai_client_token_usage", TOKENS),
    ):
        found = {float(s.labels["le"]) for s in families[name].samples if s.name.endswith("_bucket")}
        assert found == {*map(float, bounds), float("inf")}, name
    assert all(high == pytest.approx(2 * low) for low, high in pairwise(SECONDS))
    assert list(TOKENS) == [4**n for n in range(14)]


async def test_a_cost_that_is_not_known_is_counted_and_adds_nothing(
    client: Client, scripted: Scripted, flowise_kinkster: str, kinkster: str
) -> None:
    scripted.will(http(json.dumps({"text": "Well met."}).encode()))
    assert (await client.chat(flowise_kinkster)).done
    scripted.will(*answered("Well met."))
    assert (await client.chat(kinkster)).done
    assert await value(client, "kinkster_cost_usd_total") == 0
    for provider in ("flowise", "openai"):
        assert await value(client, "kinkster_cost_unknown_total", gen_ai_provider_name=provider) == 1
    families = await scrape(client)
    models = {s.labels["gen_ai_request_model"] for s in families["kinkster_cost_unknown"].samples}
    assert models == {"", "gpt-4o-mini"}, "a chain does not tell its model"


async def test_each_attempt_that_failed_is_an_operation_with_its_code(
    client: Client, scripted: Scripted, kinkster: str, one_attempt: None
) -> None:
    for status, code in (("503 Unavailable", "provider_unavailable"), ("401 No", "provider_unauthorized")):
        scripted.will(failed(status, {"message": "no"}))
        reply = await client.chat(kinkster)
        assert reply.error
        assert reply.error["code"] == code
        name = "gen_ai_client_operation_duration_seconds_count"
        assert await value(client, name, error_type=code) == 1
    families = await scrape(client)
    assert "gen_ai_client_token_usage" in families
    assert families["gen_ai_client_token_usage"].samples == [], "nobody reported tokens"
    assert families["gen_ai_client_operation_time_to_first_chunk_seconds"].samples == []


async def test_who_cancelled_a_turn_is_its_error_type(
    client: Client, scripted: Scripted, kinkster: str, user: str, admin: psycopg.Connection
) -> None:
    scripted.will(sse(), delta("Once upon a time"), Stall)
    async with client.post({"message": "Hello", "kinksterId": kinkster}) as response:
        await first_text(response)
        assert await value(client, "kinkster_turns_in_flight") == 1
        assert await value(client, "kinkster_readers") == 1
        with admin.transaction():
            admin.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps({"sub": user})])
            admin.execute("set local role authenticated")
            admin.execute("select cancel_kinkster_turn(id) from kinkster_turns")
        await response.read()
    assert await value(client, "gen_ai_client_operation_duration_seconds_count", error_type="cancelled") == 1
    assert await value(client, "kinkster_turns_in_flight") == 0
    await becomes(0, client, "kinkster_readers")


async def test_a_provider_or_a_user_that_makes_up_models_makes_no_labels(
    client: Client, scripted: Scripted, user: str, admin: psycopg.Connection
) -> None:
    admin.execute(PRICED)
    hostile = 'evil"} 1\nkinkster_cost_usd_total{x="'
    for number in range(3):
        owned = new_kinkster(admin, user, openai_model=f"made-up-{number}")
        scripted.will(sse(), delta("Hi"), completed(model=f"{hostile}{number}"), b"0\r\n\r\n")
        assert (await client.chat(owned)).done
        flow = new_kinkster(admin, user, "flowise")
        body = {"text": "Hi", "usageMetadata": {"input_tokens": 1, "output_tokens": 1}, "model": hostile}
        scripted.will(http(json.dumps(body).encode()))
        assert (await client.chat(flow)).done
    priced = new_kinkster(admin, user, openai_model="gpt-priced")
    scripted.will(sse(), delta("Hi"), completed(model="made-up-3"), b"0\r\n\r\n")
    assert (await client.chat(priced)).done
    families = await scrape(client)
    assert set(labelled(families, "gen_ai_request_model")) == {"", "_OTHER", "gpt-priced"}
    count = "gen_ai_client_operation_duration_seconds_count"
    assert await value(client, count, gen_ai_request_model="_OTHER") == 3


async def test_no_label_tells_whose_turn_it_was(
    client: Client, scripted: Scripted, kinkster: str, user: str
) -> None:
    scripted.will(*answered("my secret reply"))
    reply = await client.chat(kinkster, "my secret message")
    async with client.session.get(f"{client.address}/metrics") as response:
        text = await response.text()
    ids = [kinkster, user, reply.headers["X-Kinkster-Turn-Id"], "secret", "resp_1", "sk-test"]
    assert not [one for one in ids if one in text]
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


async def test_error_types_are_codes_that_the_documents_explain(
    client: Client, scripted: Scripted, kinkster: str, one_attempt: None
) -> None:
    for _ in range(2):
        scripted.will(http(b"<html>", kind="text/html"))
        await client.chat(kinkster)
    page = (Path(__file__).parent.parent.parent / "docs" / "errors.md").read_text(encoding="utf-8")
    for code in set(labelled(await scrape(client), "error_type")) - {""}:
        assert f"`{code}`" in page


async def test_two_workers_of_one_process_count_for_themselves(
    start_worker: StartWorker, scripted: Scripted, kinkster: str
) -> None:
    first, second = await start_worker(), await start_worker()
    scripted.will(*answered("Well met."))
    await first.chat(kinkster)
    name = "gen_ai_client_operation_duration_seconds_count"
    assert [await value(worker, name) for worker in (first, second)] == [1, 0]


async def test_a_worker_without_its_database_is_scraped_all_the_same(
    start_worker: StartWorker, proxy: CountingProxy
) -> None:
    client = await start_worker(database_url=proxy.conninfo)
    proxy.go_down()
    assert "kinkster_turns_in_flight" in await scrape(client)


async def test_pieces_of_text_cost_nothing(
    client: Client, scripted: Scripted, kinkster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[object] = []
    monkeypatch.setattr(metrics.Metrics, "ended", lambda *arguments: ended.append(arguments))
    scripted.will(sse(), *[delta("word ")] * 500, completed(), b"0\r\n\r\n")
    assert (await client.chat(kinkster)).done
    assert await eventually(lambda: len(ended)) == 1
