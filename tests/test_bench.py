"""The benchmarks still run: each row with tiny sizes; answers are looked at, and times mean nothing."""

import pytest

from bench import __main__ as bench
from bench import database, peers
from bench.figures import Context, Figure, Goal, Row
from scripts.throwaway_postgres import NoPostgres


@pytest.mark.parametrize("row", bench.ROWS, ids=lambda row: row.key)
def test_a_row_gives_figures(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINKSTER_POSTGRES", "native")  # whatever the other tests are run on
    try:
        database.throwaway.pgbench_program()
    except NoPostgres as reason:
        pytest.skip(str(reason))
    context = Context(smoke=True, rounds=1, say=print)
    figures = list(row.run(context))
    assert figures or (row.key == "litellm" and not peers.is_here())
    for figure in figures:
        assert len(figure.ours) == len(figure.peer) == 1
        assert figure.ratio > 0


def test_a_ratio_is_the_median_of_rounds_and_held_to_its_goal() -> None:
    slow = Figure("a turn", "ms", [2, 9, 3], [1, 3, 2], "plain", Goal.at_most(1.9))
    assert slow.ratios == [2, 3, 1.5]
    assert (slow.ratio, slow.is_met) == (2, False)
    assert slow.cells() == ["a turn", "3 ms", "2 ms, plain", "2", "1.5 to 3", "≤ 1.9 MISSED"]
    assert Figure("turns", "a second", [2], [1], "plain", Goal.at_least(2)).is_met


def test_only_names_rows_that_are_there() -> None:
    assert [row.key for row in bench.chosen(bench.ROWS, "list, turns")] == ["turns", "list"]
    assert bench.chosen(bench.ROWS, "") == list(bench.ROWS)
    with pytest.raises(SystemExit, match="No such row: turn"):
        bench.chosen(bench.ROWS, "turn")
