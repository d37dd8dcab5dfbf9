"""The list of models and prices against the package that it is written from, which reckons by itself."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import psycopg
import pytest
from genai_prices import Usage, types
from genai_prices.data import providers

from scripts import prices
from tests.people import acting, new_kinkster, new_user, value
from tests.worker.test_guide import blocks_of

COST = "select kinkster.cost_of(%s, %s, %s, %s, %s, %s)"
ASKED = "openai"
SEED = 20261123


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, object]]:
    """What the list says of each name."""
    return {str(row["model"]): row for row, _ in prices.rows()}


def provider_of(name: str) -> types.Provider:
    return next(each for each in providers if each.id == name)


def moments(model: types.ModelInfo) -> Iterator[datetime]:
    """Long ago, far ahead, and around each day on which the model's price changes."""
    yield datetime(2020, 1, 1, tzinfo=UTC)
    yield datetime(2030, 1, 1, tzinfo=UTC)
    for each in model.prices if isinstance(model.prices, list) else []:
        if isinstance(each.constraint, types.StartDateConstraint):
            midnight = datetime.combine(each.constraint.start_date, time(), UTC)
            yield from (midnight - timedelta(seconds=1), midnight)


def usages(model: types.ModelInfo, luck: random.Random) -> Iterator[tuple[int, int, int, int]]:
    """Input, read from the cache, written to it, output: nothing, something, and around each tier."""
    yield from ((0, 0, 0, 0), (1, 0, 0, 1))
    starts = {
        tier.start
        for each in (
            model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
        )
        for price in vars(each.prices).values()
        if isinstance(price, types.TieredPrices)
        for tier in price.tiers
    }
    for sent in (luck.randrange(1, 2_000_000), *(start + more for start in starts for more in (-1, 0, 1))):
        cached = luck.randrange(sent + 1)
        yield sent, cached, luck.randrange(sent - cached + 1), luck.randrange(100_000)


def test_the_list_is_what_the_package_says() -> None:
    assert prices.TARGET.read_text(encoding="utf-8") == prices.model_list(), (
        "supabase/schemas/kinkster/model_list.sql is old: run make prices"
    )


def test_each_end_is_of_a_listed_model_and_leads_to_one(rows: dict[str, dict[str, object]]) -> None:
    for name, (_, replacement) in prices.ENDS.items():
        assert name in rows
        assert replacement is None or (replacement in rows and replacement not in prices.ENDS)


@pytest.mark.parametrize("listed", prices.PROVIDERS)
def test_costs_are_those_of_the_package(
    admin: psycopg.Connection, rows: dict[str, dict[str, object]], listed: str
) -> None:
    """For each name at several times with several usages, to the last digit; and it names the same model."""
    luck, compared = random.Random(SEED), 0
    provider = provider_of(listed)
    for name in (name for name, row in rows.items() if row["provider"] == listed):
        model = provider.find_model(name)
        if model is None or model.id not in rows:
            continue
        for at in moments(model):
            for sent, cached, written, got in usages(model, luck):
                usage = Usage(
                    input_tokens=sent, cache_read_tokens=cached, cache_write_tokens=written, output_tokens=got
                )
                theirs = model.calc_price(usage, provider, genai_request_timestamp=at).total_price
                ours = value(admin, COST, name, at, sent, cached, written, got)
                assert ours == theirs, (name, at, usage)
                compared += 1
    assert compared > 400


def test_the_names_of_the_models_that_the_worker_asks_are_the_packages(
    admin: psycopg.Connection, rows: dict[str, dict[str, object]]
) -> None:
    """Each known name and what looks like one: the same model, or none."""
    provider = provider_of(ASKED)
    tails = ["", "-2024-05-13", "-2024-07-18", "-2026-10-01", "-2026-10", "-mini", "-x", "-latest"]
    known = [name for name, row in rows.items() if row["provider"] == ASKED]
    for name in (name + tail for name in [*known, "gpt-7", "llama"] for tail in tails):
        theirs = provider.find_model(name)
        expected = theirs.id if theirs and theirs.id in rows else None
        found = value(admin, "select f.model from kinkster.find_model(%s) as f", name)
        assert found == expected or (found == name and name in rows), name
    assert len(known) > 100


def test_the_guides_sql_for_the_operator_works(admin: psycopg.Connection, database: str) -> None:
    """And a turn whose model had no price when it ended gets its cost later."""
    user = new_user(admin)
    conversation = value(
        admin,
        "insert into kinkster_conversations (user_id, kinkster_id) values (%s, %s) returning id",
        user,
        new_kinkster(admin, user),
    )
    admin.execute(
        "insert into kinkster_turns (user_id, conversation_id, message, status, reply, provider, model,"
        " finished_at, input_tokens, output_tokens) values (%s, %s, 'Hello', 'completed', 'Well met.',"
        " 'openai_responses', 'my-model', now(), 1000, 100)",
        [user, conversation],
    )
    read, operate, rate = blocks_of("What replies cost")
    with acting(database, "service_role") as connection:
        assert connection.execute(read.encode()).fetchall() == [("my-model", 1, None, 1)]
        connection.execute(operate.encode())
        assert connection.execute(read.encode()).fetchall() == [("my-model", 1, Decimal("0.0007"), 0)]
        assert value(connection, COST, "gpt-4o-mini-2024-07-18", "2026-12-01", 10**6, 0, 0, 0) == Decimal(
            "0.12"
        )
    with acting(database, "authenticated", user) as connection:
        turn = value(connection, "select id::text from kinkster_turns")
        assert value(connection, rate.replace("'…'", f"'{turn}'"))["note"] == "So kind."


def test_a_cost_is_exact(admin: psycopg.Connection) -> None:
    assert value(admin, COST, "gpt-4o-mini", "2026-11-23", 1, 0, 0, 0) == Decimal("0.00000015")
