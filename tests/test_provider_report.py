"""The verdict of the report against another reading of its rules, over figures of every kind."""

import json
from collections.abc import Iterator
from math import isclose, sqrt
from statistics import NormalDist
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Z = NormalDist().inv_cdf(0.975)
Figures = dict[str, Any]


def wilson(found: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share: the shares from which `found` is less than Z standard errors away."""
    share = found / of
    half = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return (share + Z * Z / (2 * of) - half) / (1 + Z * Z / of), (share + Z * Z / (2 * of) + half) / (
        1 + Z * Z / of
    )


def apart(found: int, of: int, other_found: int, other_of: int) -> tuple[float, float]:
    """Newcombe's interval of the difference of two shares."""
    share, other = found / of, other_found / other_of
    (low, high), (other_low, other_high) = wilson(found, of), wilson(other_found, other_of)
    return (
        share - other - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        share - other + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def better_share(counts: list[tuple[int, int]], more_is_better: bool, least: int) -> str:
    """Which of Flowise's and Responses' (found, of) is the better one."""
    (flowise, of_flowise), (responses, of_responses) = counts
    if min(of_flowise, of_responses) < least:
        return "unknown"
    low, high = apart(responses, of_responses, flowise, of_flowise)
    difference = round(responses / of_responses, 4) - round(flowise / of_flowise, 4)
    if (low > 0 or high < 0) and round(abs(difference), 4) >= 0.01:
        return "openai_responses" if (difference > 0) == more_is_better else "flowise"
    return "neither"


def better_time(flowise: Figures, responses: Figures) -> str:
    if min(flowise["measured"], responses["measured"]) < 30:
        return "unknown"
    if None in (flowise["first_text_p50_ms"], responses["first_text_p50_ms"]):
        return "unknown"
    for name, fast, slow in (
        ("openai_responses", responses, flowise),
        ("flowise", flowise, responses),
    ):
        surely = fast["first_text_p50_range_ms"][1] < slow["first_text_p50_range_ms"][0]
        if surely and 5 * fast["first_text_p50_ms"] <= 4 * slow["first_text_p50_ms"]:
            return name
    return "neither"


def better_cost(flowise: Figures, responses: Figures) -> str:
    """Costs are in thousandths here, so that a tenth is exact."""
    costs = [one["cost_per_message_usd"] for one in (flowise, responses)]
    if min(flowise["measured"], responses["measured"]) < 30 or None in costs:
        return "unknown"
    if not responses["cost_is_whole"]:
        return "unknown"
    mills = [round(cost * 1000) for cost in costs]
    if mills[1] < mills[0] and 10 * mills[1] <= 9 * mills[0]:
        return "openai_responses"
    if not flowise["cost_is_whole"]:
        return "unknown"
    return "flowise" if mills[0] < mills[1] and 10 * mills[0] <= 9 * mills[1] else "neither"


def verdict(flowise: Figures, responses: Figures, better: list[str]) -> str:
    if min(flowise["measured"], responses["measured"]) < 30:
        return "too_few_turns"
    wins = set(better) & {"flowise", "openai_responses"}
    return wins.pop() if len(wins) == 1 else "mixed" if wins else "no_difference"


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """What one provider may be like."""
    measured = draw(st.sampled_from([0, 1, 29, 30, 31, 100, 5_000, 2_000_000]))
    errors = round(measured * draw(st.sampled_from([0, 0.01, 0.02, 0.021, 0.1, 0.5, 1])))
    ratings = draw(st.integers(0, 300))
    good = draw(st.integers(0, ratings))
    middle = draw(st.none() | st.sampled_from([1, 100, 400, 500, 505, 2_000]))
    less, more = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    cost = draw(st.none() | st.integers(0, 30))
    return {
        "measured": measured,
        "errors": errors,
        "error_rate": round(errors / measured, 4) if measured else None,
        "ratings": ratings,
        "rated_good": good,
        "good_share": round(good / ratings, 4) if ratings else None,
        "first_text_p50_ms": middle,
        "first_text_p50_range_ms": None if middle is None else [max(middle - less, 1), middle + more],
        "cost_per_message_usd": None if cost is None else cost / 1000,
        "cost_is_whole": cost is not None and draw(st.booleans()),
        "hosting_per_message_usd": draw(st.none() | st.just(0.001)),
    }


@pytest.fixture(scope="module")
def connection(server: Any, template: Any) -> Iterator[psycopg.Connection]:
    """A superuser's connection; nothing is written."""
    with psycopg.connect(server.conninfo(template("explicit")), autocommit=True) as found:
        yield found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flowise=figures(), responses=figures())
def test_the_verdict_is_what_its_rules_say(
    connection: psycopg.Connection, flowise: Figures, responses: Figures
) -> None:
    row = connection.execute(
        "select kinkster.compare_providers(%s::jsonb, %s::jsonb)",
        [json.dumps(flowise), json.dumps(responses)],
    ).fetchone()
    assert row
    found = row[0]
    both = [flowise, responses]
    better = [
        better_share([(one["errors"], one["measured"]) for one in both], False, 30),
        better_time(flowise, responses),
        better_cost(flowise, responses),
        better_share([(one["rated_good"], one["ratings"]) for one in both], True, 10),
    ]
    assert [one["better"] for one in found["comparisons"]] == better
    assert found["verdict"] == verdict(flowise, responses, better)
    assert found["because"]
    assert all(one["because"].endswith(".") for one in found["comparisons"])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flowise=figures(), responses=figures())
def test_neither_provider_is_favoured(
    connection: psycopg.Connection, flowise: Figures, responses: Figures
) -> None:
    """Where all costs are known, exchanging the two exchanges the verdict."""
    other = {"flowise": "openai_responses", "openai_responses": "flowise"}
    for one in (flowise, responses):
        one["cost_is_whole"] = one["cost_per_message_usd"] is not None
    said = []
    for pair in ((flowise, responses), (responses, flowise)):
        row = connection.execute(
            "select kinkster.compare_providers(%s::jsonb, %s::jsonb) ->> 'verdict'",
            list(map(json.dumps, pair)),
        ).fetchone()
        assert row
        said.append(row[0])
    assert said[1] == other.get(said[0], said[0])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_interval_is_newcombes(connection: psycopg.Connection, data: st.DataObject) -> None:
    of, other_of = data.draw(st.integers(1, 10**7)), data.draw(st.integers(1, 10**7))
    counts = data.draw(st.integers(0, of)), of, data.draw(st.integers(0, other_of)), other_of
    row = connection.execute(
        "select lowest, highest from kinkster.share_difference(%s, %s, %s, %s)", counts
    ).fetchone()
    assert row
    low, high = apart(*counts)
    assert isclose(row[0], low, abs_tol=1e-9)
    assert isclose(row[1], high, abs_tol=1e-9)
    assert -1 - 1e-9 <= row[0] <= counts[0] / of - counts[2] / other_of <= row[1] <= 1 + 1e-9
