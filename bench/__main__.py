"""Runs the benchmarks and writes bench/results.md:

    make bench [ONLY=turns,prompt] [CHECK=1] [SMOKE=1]

ONLY names rows, whose figures are printed and not written; CHECK ends with status 1 where a goal is missed;
SMOKE takes sizes and times that only show that each row still runs: its figures mean nothing.
"""

import os
import signal
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import database, peers
from bench.figures import Context, Figure, Row
from bench.machine import machine
from bench.streams.rows import ROWS as STREAMS

ROWS = (*STREAMS, *database.ROWS)
RESULTS = Path(__file__).with_name("results.md")
HEADINGS = ("what", "ours", "peer", "ratio", "spread", "goal")
ROUNDS, SMOKE_ROUNDS = 5, 2


def chosen(rows: tuple[Row, ...], only: str) -> list[Row]:
    """The rows that ONLY names, all where it names none. Raises SystemExit for one that is not there."""
    words = [word.strip() for word in only.split(",") if word.strip()]
    keys = [row.key for row in rows]
    if unknown := [word for word in words if word not in keys]:
        raise SystemExit(f"No such row: {', '.join(unknown)}. There are {', '.join(keys)}.")
    return [row for row in rows if not words or row.key in words]


def as_markdown(figures: list[Figure], facts: list[str], seconds: float) -> str:
    """What bench/results.md says."""
    table = [HEADINGS, ("---",) * len(HEADINGS), *(figure.cells() for figure in figures)]
    lines = ["# Results of the benchmarks", "", f"`make bench`, {time.strftime('%Y-%m-%d')}, {seconds:.0f} s"]
    lines += ["", *(f"- {fact}" for fact in facts), ""]
    lines += [f"| {' | '.join(cells)} |" for cells in table]
    lines += [
        "",
        "Ratio: ours to the peer's, the median of the rounds; spread: the least and the greatest.",
        "",
    ]
    lines += [f"- {figure.what}: {figure.proof}" for figure in figures if figure.proof]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Runs the rows; returns the exit status."""
    only = os.environ.get("ONLY", "")
    smoke, check = bool(os.environ.get("SMOKE")), bool(os.environ.get("CHECK"))
    console = Console(width=None if sys.stdout.isatty() else 160)
    rounds = SMOKE_ROUNDS if smoke else ROUNDS
    context = Context(smoke, rounds, lambda line: console.print(line, highlight=False))
    began, figures = time.monotonic(), list[Figure]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes are ended, too
    for row in chosen(ROWS, only):
        for figure in row.run(context):
            figures.append(figure)
            what, ours, peer, ratio, spread, goal = figure.cells()
            context.say(f"{what}: {ours} against {peer}: {ratio} ({spread}), goal {goal}")
    table = Table(*HEADINGS)
    for figure in figures:
        table.add_row(*figure.cells())
    console.print(table)
    if not smoke and not only:
        facts = [*machine(), *database.facts(), f"LiteLLM: {peers.litellm_version()}"]
        RESULTS.write_text(as_markdown(figures, facts, time.monotonic() - began), encoding="utf-8")
    return 1 if check and not smoke and not all(figure.is_met for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
