"""The command: `make faults ONLY=case,case SEED=number TRIES=number`, all three optional.

Exits with 0 only if nothing was lost, doubled, stuck or wrong.
"""

import asyncio
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from scripts.installation import install
from scripts.throwaway_postgres import NoPostgres, create_database, server
from tests.faults.catalogue import CASES, Case
from tests.faults.judge import KINDS, Finding, Result
from tests.faults.stage import Lab

MOST_SHOWN = 5  # findings of one case that are shown in full


class UnknownCase(Exception):
    """ONLY names something that is no case; the message says what there is."""


def chosen(only: frozenset[str]) -> list[Case]:
    """The cases that `only` names, or parts of which it names; all where it is empty. Raises UnknownCase."""
    known = {name for case in CASES for name in (case.name, *case.parts)}
    if only - known:
        raise UnknownCase(f"ONLY may name {', '.join(sorted(known))}; not {', '.join(sorted(only - known))}")
    return [case for case in CASES if not only or only & {case.name, *case.parts}]


async def measure(cases: Sequence[Case], lab: Lab, tries: int | None) -> list[Result]:
    """Runs the cases, one after the other, until somebody stops them, and says how each went."""
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    results: list[Result] = []
    for case in cases:
        print(f"{case.name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            found = await case.run(lab, tries or case.tries)
        except Exception:  # the other cases are worth running all the same
            traceback.print_exc()
            found = [
                Result(case.name, 0, [Finding("stuck", case.name, "the case did not get to its end")], 0)
            ]
        print(f"{case.name}: {time.monotonic() - began:.0f} seconds", file=sys.stderr, flush=True)
        for result in found:
            for finding in result.findings[:MOST_SHOWN]:
                print(f"  {result.name}: {finding.kind}: {finding.turn}: {finding.what}", file=sys.stderr)
        results += found
    return results


def table(results: Sequence[Result]) -> str:
    """A line for each case; the columns count turns, or characters. Below it are its figures."""
    lines = [f"{'case':<36}{'tries':>6}" + "".join(f"{kind:>9}" for kind in KINDS) + "  slowest recovery"]
    for result in results:
        counts = [len({f.turn for f in result.findings if f.kind == kind}) for kind in KINDS]
        cells = "".join(f"{count:>9}" for count in counts)
        lines.append(f"{result.name:<36}{result.tries:>6}{cells}{result.recovery:>16.2f} s")
        lines += [f"  {name:<34}{figure:>6}" for name, figure in result.figures.items()]
    return "\n".join(lines)


def main() -> int:
    """The command; returns the exit status."""
    only = frozenset(filter(None, os.environ.get("ONLY", "").split(",")))
    tries = int(os.environ.get("TRIES") or 0) or None
    seed = int(os.environ.get("SEED") or secrets.randbelow(2**32))
    began = time.monotonic()
    try:
        cases = chosen(only)
        with server(need_test_extensions=False, durable=True, may_crash=True) as on:
            template = create_database(on)
            install(on.conninfo(template), seed=False)
            logs = Path(tempfile.mkdtemp(prefix="kinkster-faults-"))
            print(f"SEED={seed}, logs in {logs}", file=sys.stderr, flush=True)
            results = asyncio.run(measure(cases, Lab(on, template, logs, random.Random(seed), only), tries))
    except (UnknownCase, NoPostgres) as error:
        print(error, file=sys.stderr)
        return 2
    except asyncio.CancelledError:
        return 130
    print(table(results))
    good = not any(result.findings for result in results)
    print(f"{'all zero' if good else 'NOT ALL ZERO'}, {time.monotonic() - began:.0f} seconds, SEED={seed}")
    if good:
        shutil.rmtree(logs)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
