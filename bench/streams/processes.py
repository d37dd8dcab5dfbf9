"""Processes of a benchmark: each on a core, ended with its block, with its CPU time and memory."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.streams.load import Job, Told

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 90.0
FIRST, SECOND = 0, 1
"""The cores of the server under test, and of all that is not."""


class NotUp(Exception):
    """A process did not come up; the message is where its log is."""


def on_core(core: int | None) -> list[str]:
    """What goes before a command so that it stays on a core."""
    return [] if core is None or (os.cpu_count() or 1) < 2 else ["taskset", "--cpu-list", str(core)]


@contextlib.contextmanager
def process(
    command: Sequence[str], log: Path, core: int | None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process whose standard error goes to `log`."""
    with log.open("ab") as errors:
        started = subprocess.Popen(
            [*on_core(core), *command],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        for pipe in (started.stdin, started.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def module(name: str, *arguments: str) -> list[str]:
    """The command of a module of ours."""
    return [sys.executable, "-m", name, *arguments]


def port_of(started: subprocess.Popen[str], log: Path) -> int:
    """The port that a process prints. Raises NotUp."""
    assert started.stdout
    line = started.stdout.readline()
    if not line:
        raise NotUp(f"it ended at once, see {log}")
    return int(line)


def wait_for(url: str, started: subprocess.Popen[str], log: Path) -> None:
    """Waits until an address answers with 200. Raises NotUp."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and started.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise NotUp(f"it does not answer, see {log}")


def ask(job: Job, log: Path) -> Told:
    """Runs a load to its end."""
    done = subprocess.run(
        [*on_core(SECOND), *module("bench.streams.load")],
        cwd=ROOT,
        input=json.dumps(job) + "\n",
        capture_output=True,
        text=True,
    )
    if done.returncode:
        log.write_text(done.stderr, encoding="utf-8")
        raise NotUp(f"the load failed, see {log}: {done.stderr[-500:]}")
    told: Told = json.loads(done.stdout)
    return told


@contextlib.contextmanager
def held(job: Job, log: Path) -> Iterator[None]:
    """Keeps waiting streams open for the length of the block."""
    with process(module("bench.streams.load"), log, SECOND) as load:
        assert load.stdin
        assert load.stdout
        load.stdin.write(json.dumps(job) + "\n")
        load.stdin.flush()
        if (told := load.stdout.readline()) != "open\n":
            raise NotUp(f"of {job['streams']} streams {told.strip() or 'none is open'}, see {log}")
        yield


def family(pid: int) -> list[int]:
    """A process and all below it that run now."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="utf-8").split():
            with contextlib.suppress(FileNotFoundError):
                found += family(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and of all below it, those that have ended included."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(FileNotFoundError):
            fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def resident_mib(pid: int) -> float:
    """Memory that a process and all below it hold, in MiB."""
    pages = sum(
        int(Path(f"/proc/{each}/statm").read_text(encoding="utf-8").split()[1]) for each in family(pid)
    )
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
