"""What `kinkster report` shows: Flowise beside the Responses API, and which of them does better."""

from collections.abc import Callable
from typing import Any, Literal, TypedDict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Figures = dict[str, Any]
"""What `kinkster.report_figures` says of a provider, by name; None is not known."""


class Comparison(TypedDict):
    """One figure of both: which provider it is better at, in a sentence with the numbers."""

    figure: str
    better: Literal["flowise", "openai_responses", "neither", "unknown"]
    because: str


class ProviderReport(TypedDict):
    """Both providers' figures and a verdict with its reasons: what `kinkster.provider_report` says."""

    days: int
    since: str
    flowise: Figures
    openai_responses: Figures
    verdict: Literal["too_few_turns", "mixed", "no_difference", "flowise", "openai_responses"]
    because: str
    turns_needed: int
    comparisons: list[Comparison]
    flowise_kinksters: int
    simple_kinksters: int | None


MARKS = {
    "flowise": "[green]Flowise[/]",
    "openai_responses": "[green]Responses[/]",
    "neither": "alike",
    "unknown": "[dim]not known[/]",
}
STYLES = {"openai_responses": "bold green", "flowise": "bold green", "mixed": "bold yellow"}
FAILURES = ("unavailable", "limited", "rejected", "misbehaved", "by_model", "by_us")


def show(found: ProviderReport) -> None:
    """The table, the verdict, and why."""
    console = Console()
    table = Table("", "Flowise", "Responses", "better", title=f"{found['days']} days, since {_day(found)}")
    better = {one["figure"]: MARKS[one["better"]] for one in found["comparisons"]}
    both = [found["flowise"], found["openai_responses"]]
    for title, figure, write in ROWS:
        table.add_row(title, *(write(one) for one in both), better.get(figure, ""))
    console.print(table)
    console.print(found["because"], style=STYLES.get(found["verdict"], "bold"))
    for one in found["comparisons"]:
        console.print(f"- {escape(one['because'])}", highlight=False)
    console.print(_what_next(found), highlight=False)


def _what_next(found: ProviderReport) -> str:
    """How many characters a move would be about, where there is a reason for one."""
    simple, everybody = found["simple_kinksters"], found["flowise_kinksters"]
    if found["verdict"] == "openai_responses":
        if simple is None:
            return f"Characters on Flowise: {everybody}. Which are simple: kinkster rollout plan"
        if simple == 0:
            return f"Characters on Flowise: {everybody}, none of them simple: kinkster rollout report"
        return (
            f"Characters on Flowise: {everybody}, {simple} of them simple. Move those: kinkster rollout start"
        )
    return f"Characters on Flowise: {everybody}."


def _day(found: ProviderReport) -> str:
    return found["since"][:10]


def _number(name: str) -> Callable[[Figures], str]:
    return lambda one: "not known" if one[name] is None else f"{one[name]:,}"


def _percent(name: str) -> Callable[[Figures], str]:
    return lambda one: "not known" if one[name] is None else f"{100 * one[name]:.2f} %"


def _times(name: str) -> Callable[[Figures], str]:
    """Percentiles in seconds."""

    def write(one: Figures) -> str:
        found = [one[f"{name}_{p}_ms"] for p in ("p50", "p95", "p99")]
        return "not known" if found[0] is None else " / ".join(f"{ms / 1000:.2f}" for ms in found)

    return write


def _cost(one: Figures) -> str:
    """For a thousand messages, hosting included; what is known of it where not all is."""
    if one["cost_per_message_usd"] is None:
        return "not known"
    known = f"{1000 * one['cost_per_message_usd']:,.2f}"
    return known if one["cost_is_whole"] else f"at least {known}"


def _failures(one: Figures) -> str:
    found = [
        f"{one[f'failed_{kind}']:,} {kind.replace('_', ' ')}" for kind in FAILURES if one[f"failed_{kind}"]
    ]
    return "\n".join(found) or "none"


def _ratings(one: Figures) -> str:
    if not one["ratings"]:
        return "nobody rated"
    return f"{100 * one['good_share']:.0f} % of {one['ratings']:,}"


def _continuity(one: Figures) -> str:
    return f"{one['chained']:,} / {one['rebuilt']:,}"


ROWS: tuple[tuple[str, str, Callable[[Figures], str]], ...] = (
    ("turns", "turns", _number("turns")),
    ("whole replies", "completed", _number("completed")),
    ("first text p50 / p95 / p99, s", "first_text_p50_ms", _times("first_text")),
    ("whole reply p50 / p95 / p99, s", "duration_p50_ms", _times("duration")),
    ("characters a second", "characters_per_second", _number("characters_per_second")),
    ("error rate", "error_rate", _percent("error_rate")),
    ("failed turns by class", "failed", _failures),
    ("cost of 1,000 messages, USD", "cost_per_message_usd", _cost),
    ("turns whose cost is not known", "cost_unknown", _number("cost_unknown")),
    ("good ratings", "good_share", _ratings),
    ("context remembered / sent anew", "chained", _continuity),
)
