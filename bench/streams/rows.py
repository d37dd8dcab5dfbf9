"""Streams through our worker, side by side with a bare relay and with LiteLLM's proxy."""

import contextlib
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.figures import Context, Figure, Goal, Row, WrongAnswer
from bench.streams import servers
from bench.streams.processes import ask, held
from bench.streams.servers import Under
from bench.streams.stub import Way

AT_ONCE = 200
WHAT = f"streams of 50 deltas, {AT_ONCE} at once"


@dataclass(frozen=True)
class Measured:
    """What one run of a load came to. CPU seconds are those of server, database, provider and clients."""

    streams: int
    wall: float
    cpu: float
    database_cpu: float
    stub_cpu: float
    load_cpu: float
    first: list[float]

    @property
    def per_core_second(self) -> float:
        """Streams for a second of the server's core."""
        return self.streams / self.cpu

    @property
    def per_second(self) -> float:
        """Streams a second, with all else on the other core."""
        return self.streams / self.wall

    def first_ms(self, percentile: int) -> float:
        """Milliseconds to the first text."""
        return 1000 * statistics.quantiles(self.first, n=100, method="inclusive")[percentile - 1]

    def __str__(self) -> str:
        """How busy each core was."""
        server, *others = (
            f"{100 * cpu / self.wall:.0f} %"
            for cpu in (self.cpu, self.database_cpu, self.stub_cpu, self.load_cpu)
        )
        return f"server {server} of its core; database {others[0]}, provider {others[1]}, clients {others[2]}"


@dataclass(frozen=True)
class Pair:
    """Our worker and a peer, both at the same provider."""

    folder: Path
    stub: Under
    worker: Under
    peer: Under
    name: str

    def measured(self, under: Under, streams: int, at_once: int = AT_ONCE, way: Way = "") -> Measured:
        """Runs a load. Raises WrongAnswer where a stream was not what the provider said."""
        cpu, database, provider = under.cpu, under.database_cpu, self.stub.cpu
        told = ask(under.asked(streams, at_once, way=way), self.folder / "load.log")
        if told["wrong"]:
            raise WrongAnswer(f"{len(told['wrong'])} of {streams} streams are wrong, see {self.folder}")
        return Measured(
            streams,
            told["wall"],
            max(under.cpu - cpu, 0.001),
            under.database_cpu - database,
            self.stub.cpu - provider,
            told["cpu"],
            told["first"],
        )

    def in_turn(self, rounds: int, ours: int, theirs: int) -> tuple[list[Measured], list[Measured]]:
        """So many streams of each, A B A B; what came before makes conversations and warms both up."""
        runs, peer = list[Measured](), list[Measured]()
        for number in range(1 + rounds):
            found = self.measured(self.peer, theirs), self.measured(self.worker, ours)
            if number:
                peer.append(found[0])
                runs.append(found[1])
        return runs, peer


@contextlib.contextmanager
def against(peer: str) -> Iterator[Pair]:
    """Our worker on the first core, and the relay or LiteLLM there too; all else is on the second."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(servers.logs())
        stub = stack.enter_context(servers.provider(folder))
        conninfo, pid, values = stack.enter_context(servers.database())
        started = servers.relay if peer == "relay" else servers.litellm
        other = stack.enter_context(started(folder, stub))
        (worker,) = stack.enter_context(servers.workers(folder, stub, conninfo, pid, values))
        name = "a bare relay" if peer == "relay" else f"LiteLLM {peers.litellm_version()}"
        yield Pair(folder, stub, worker, other, name)


def throughput(
    pair: Pair, runs: list[Measured], theirs: list[Measured], goal: Goal, what: str
) -> Iterator[Figure]:
    """Streams for a second of the server's core, and by the clock, where the other core ends it."""
    proof = f"ours: {runs[-1]}; {pair.name}: {theirs[-1]}; each text compared"
    yield Figure(
        f"{what}, for a second of the server's core",
        "streams",
        [run.per_core_second for run in runs],
        [run.per_core_second for run in theirs],
        pair.name,
        goal,
        proof,
    )
    yield Figure(
        f"{what}, by the clock, our database beside provider and clients",
        "a second",
        [run.per_second for run in runs],
        [run.per_second for run in theirs],
        pair.name,
    )


def against_relay(context: Context) -> Iterator[Figure]:
    """Throughput against the bare relay."""
    streams = 60 if context.smoke else 1000
    with against("relay") as pair:
        yield from throughput(pair, *pair.in_turn(context.rounds, streams, streams), Goal.at_least(0.7), WHAT)


def against_litellm(context: Context) -> Iterator[Figure]:
    """Throughput, CPU, time to the first text and memory, against LiteLLM's /v1/responses."""
    if context.smoke and not peers.is_here():
        context.say("  litellm is left out: it is not installed, and this is a smoke test")
        return
    many, few = (40, 20) if context.smoke else (1000, AT_ONCE)
    with against("litellm") as pair:
        runs, theirs = pair.in_turn(context.rounds, many, few)
        yield from throughput(pair, runs, theirs, Goal.at_least(15), f"{WHAT}, /v1/responses")
        database = sum(run.database_cpu for run in runs) / sum(run.cpu + run.database_cpu for run in runs)
        yield Figure(
            "CPU of 1,000 turns, the database's with ours",
            "s",
            [1000 * (run.cpu + run.database_cpu) / run.streams for run in runs],
            [1000 * run.cpu / run.streams for run in theirs],
            pair.name,
            Goal.at_most(0.2),
            f"the database has {database:.0%} of ours",
        )
        for at_once in (1, 50, AT_ONCE):
            yield from first_text(context, pair, at_once)
        yield memory(context, pair)


def first_text(context: Context, pair: Pair, at_once: int) -> Iterator[Figure]:
    """Time to the first text that each of the two adds to the provider's own, so many streams at once."""
    streams = 2 if context.smoke else 10 if at_once == 1 else max(AT_ONCE // 2, at_once)
    ours: dict[int, list[float]] = {50: [], 99: []}
    theirs: dict[int, list[float]] = {50: [], 99: []}
    for _ in range(context.rounds):
        plain, peer, mine = (
            pair.measured(under, streams, at_once, " slowly") for under in (pair.stub, pair.peer, pair.worker)
        )
        for percentile in ours:
            ours[percentile].append(mine.first_ms(percentile) - plain.first_ms(percentile))
            theirs[percentile].append(peer.first_ms(percentile) - plain.first_ms(percentile))
    for percentile, limit in ((50, 1 / 5), (99, 1 / 3)):
        yield Figure(
            f"added time to the first text, {at_once} at once, p{percentile}",
            "ms",
            ours[percentile],
            theirs[percentile],
            pair.name,
            Goal.at_most(limit),
        )


def memory(context: Context, pair: Pair) -> Figure:
    """What a thousand open streams hold: each round opens some more and leaves them open.

    The first ones fill what is kept anyway. LiteLLM has no more than 500 streams open.
    """
    first, more = (10, 10) if context.smoke else (200, 60)
    ours, theirs = list[float](), list[float]()
    with contextlib.ExitStack() as stack:
        for number in range(1 + context.rounds):
            streams, begin = (more, first + number * more) if number else (first, 0)
            for under, found in ((pair.peer, theirs), (pair.worker, ours)):
                before = under.memory
                job = under.asked(streams, streams, begin, way=" waits")
                stack.enter_context(held(job, pair.folder / "held.log"))
                time.sleep(1)
                if number:
                    found.append(max(under.memory - before, 0.01) * 1000 / streams)
    return Figure("memory of 1,000 open streams", "MiB", ours, theirs, pair.name, Goal.at_most(0.2))


def two_processes(context: Context) -> Iterator[Figure]:
    """Streams a second through two worker processes against one, on all cores of the machine."""
    streams = 60 if context.smoke else 1000
    with (
        servers.logs() as folder,
        servers.provider(folder) as stub,
        servers.database(None) as (conninfo, pid, values),
        servers.workers(folder, stub, conninfo, pid, values, count=2) as both,
        ThreadPoolExecutor(len(both)) as threads,
    ):

        def rate(under: list[Under]) -> float:
            share = streams // len(under)
            jobs = [
                each.asked(share, AT_ONCE // len(under), number * share) for number, each in enumerate(under)
            ]
            told = list(threads.map(lambda job: ask(job, folder / "load.log"), jobs))
            if any(each["wrong"] for each in told):
                raise WrongAnswer(f"streams are wrong, see {folder}")
            return streams / max(each["wall"] for each in told)

        rate(both)
        one, two = list[float](), list[float]()
        for _ in range(context.rounds):
            one.append(rate(both[:1]))
            two.append(rate(both))
        yield Figure(f"{WHAT}, through two workers", "a second", two, one, "one worker")


ROWS = (
    Row("relay", against_relay),
    Row("litellm", against_litellm),
    Row("processes", two_processes),
)
