"""What Prometheus is told of this worker, with the names and buckets of OpenTelemetry's conventions for
generative AI (docs/gen-ai/gen-ai-metrics.md of github.com/open-telemetry/semantic-conventions-genai), and
names of our own for what those lack.

An operation is one attempt at a turn. It is counted when it has ended, so a piece of text costs nothing.
Labels have few values: providers, models that the registry knows, codes of docs/errors.md.
"""

from collections.abc import Callable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from kinkster_worker import __version__, errors
from kinkster_worker.plan import Settled
from kinkster_worker.providers import Completed
from kinkster_worker.queries import PoolCounts
from kinkster_worker.run import Run

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
OTHER_MODEL = "_OTHER"  # as the conventions call what is none of the known
_PROVIDERS = {"openai_responses": "openai", "flowise": "flowise"}
_CALL = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")

disable_created_metrics()  # type: ignore[no-untyped-call]  # a time beside each counter, which nobody reads


class Metrics:
    """The metrics of one worker, in a registry of their own: a process may have several."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        Info("kinkster_worker", "The worker.", registry=registry).info({"version": __version__})
        self._duration = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "Seconds from asking the provider to the end of its reply or failure.",
            (*_CALL, "error_type"),
            registry=registry,
            buckets=SECONDS,
        )
        self._first_chunk = Histogram(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "Seconds from asking the provider to the first text.",
            _CALL,
            registry=registry,
            buckets=SECONDS,
        )
        self._tokens = Histogram(
            "gen_ai_client_token_usage",
            "Tokens of a call, where the provider reports them.",
            (*_CALL, "gen_ai_token_type"),
            registry=registry,
            buckets=TOKENS,
        )
        self._cost = Counter(
            "kinkster_cost_usd", "US dollars for calls whose cost is known.", _CALL, registry=registry
        )
        self._cost_unknown = Counter(
            "kinkster_cost_unknown", "Calls whose cost is not known.", _CALL, registry=registry
        )

    def watch(
        self, turns: Callable[[], int], readers: Callable[[], int], pool: Callable[[], PoolCounts]
    ) -> None:
        """Shows what these give at the moment of each scrape."""
        gauges: dict[str, tuple[str, Callable[[], int]]] = {
            "kinkster_turns_in_flight": ("Turns that this worker is answering.", turns),
            "kinkster_readers": ("HTTP clients that read along.", readers),
            "kinkster_database_connections_used": ("Connections to Postgres in use.", lambda: pool().used),
            "kinkster_database_connections_idle": ("Connections to Postgres at hand.", lambda: pool().idle),
            "kinkster_database_calls_waiting": ("Calls that wait for a connection.", lambda: pool().waiting),
        }
        for name, (meaning, find) in gauges.items():
            Gauge(name, meaning, registry=self._registry).set_function(find)

    def ended(
        self,
        run: Run,
        seconds: float,
        completed: Completed | None,
        error: errors.WorkerError | None,
        settled: Settled | None,
    ) -> None:
        """Counts an attempt that took so long, as it was settled; None: we could not tell how."""
        call = {
            "gen_ai_operation_name": "chat",
            "gen_ai_provider_name": _PROVIDERS[run.plan["provider"]],
            "gen_ai_request_model": _model(run, settled),
        }
        self._duration.labels(**call, error_type=_error_type(error, settled)).observe(seconds)
        if run.first_text_ms is not None:
            self._first_chunk.labels(**call).observe(run.first_text_ms / 1000)
        usage: Mapping[str, int] = {}
        if error is None and completed is not None:
            usage = completed.usage
        elif isinstance(error, errors.ProviderError):
            usage = error.usage
        for kind in ("input", "output"):
            if (tokens := usage.get(f"{kind}_tokens")) is not None:
                self._tokens.labels(**call, gen_ai_token_type=kind).observe(tokens)
        if settled and settled["cost_usd"] is not None:
            self._cost.labels(**call).inc(settled["cost_usd"])
        else:
            self._cost_unknown.labels(**call).inc()

    def text(self) -> bytes:
        """All of it, as CONTENT_TYPE."""
        return generate_latest(self._registry)


def _model(run: Run, settled: Settled | None) -> str:
    """The registry's name of the model that was asked; empty where none is known, as with most flows."""
    if settled and settled["model"]:
        return settled["model"]
    return OTHER_MODEL if run.plan["model"] else ""


def _error_type(error: errors.WorkerError | None, settled: Settled | None) -> str:
    """Why there was no whole reply: what the database says, such as who cancelled it, or what we met."""
    if settled and settled["error"]:
        return settled["error"]["code"]
    return error.code if error else ""
