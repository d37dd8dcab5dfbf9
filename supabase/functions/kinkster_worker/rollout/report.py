"""What `kinkster rollout` shows."""

from rich.console import Console
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Column, Table

from kinkster_worker.rollout.plan import Choice, Figures, Kinkster, RolloutPlan, RolloutReport, RolloutStatus

STAGES = ("not begun", "the first characters", "up to ten characters", "all simple characters", "the end")
LEADS = {
    "planned": "Start it with: kinkster rollout start",
    "paused": "To go on: kinkster rollout start. To take it back: kinkster rollout rollback",
    "completed": "What it changed: kinkster rollout report",
    "rolled_back": "Every conversation goes back with its next message.",
}
GUARDRAILS = {
    "error_rate": ("error rate", 100, "%"),
    "first_text_p95_ms": ("first text, p95", 0.001, "s"),
    "cost_per_message_usd": ("cost of 1,000 messages", 1000, "USD"),
    "good_share": ("good ratings", 100, "%"),
}
STATES = {
    "ok": "[green]ok[/]",
    "broken": "[red]broken[/]",
    "not_enough_turns": "[yellow]too few[/]",
    "unknown": "[dim]not known[/]",
}
FIGURES = (
    ("error rate", "error_rate", 100, "%"),
    ("first text, p50", "first_text_p50_ms", 0.001, "s"),
    ("first text, p95", "first_text_p95_ms", 0.001, "s"),
    ("whole reply, p50", "duration_p50_ms", 0.001, "s"),
    ("whole reply, p95", "duration_p95_ms", 0.001, "s"),
    ("characters a second", "characters_per_second", 1, ""),
    ("cost of 1,000 messages", "cost_per_message_usd", 1000, "USD"),
    ("good ratings", "good_share", 100, "%"),
)


def plan(found: RolloutPlan) -> None:
    """Who would move, in order, and who stays."""
    console = Console()
    if found["moves"]:
        table = Table(
            "stage",
            Column("character", overflow="fold"),
            "turns in 30 days",
            Column("simple, since", overflow="fold"),
        )
        for one in found["moving"]:
            table.add_row(
                str(one["stage"]), _name(one), str(one["turns_30_days"]), escape(" ".join(one["reasons"]))
            )
        console.print(table)
        more = found["moves"] - len(found["moving"])
        console.print(f"{found['moves']} would move" + (f" ({more} more than shown)." if more else "."))
    else:
        console.print("Nobody would move.")
    _staying(console, found)
    if found["moves"]:
        console.print(LEADS["planned"])


def status(found: RolloutStatus) -> None:
    """How far it is, how it does, and what comes next."""
    console = Console()
    _progress(console, found)
    step = found["next"]
    if found["state"] == "running" and step is not None:
        what = STAGES[step["stage"]] + (f", {step['share']} %" if step["stage"] == 3 else "")
        console.print(f"Next: {what}, with kinkster rollout advance.")
        obstacles = step["obstacles"]
        console.print(f"Not yet. {escape(obstacles)}" if obstacles else "It is ready.", style="bold")
    if found["state"] in LEADS:
        console.print(LEADS[found["state"]])


def report(found: RolloutReport) -> None:
    """What moved, what that changed, and what stays."""
    console = Console()
    _progress(console, found)
    if "before" in found and "after" in found:
        console.print(_figures(found["before"], found["after"]))
    for one in found["choice"]["left"]:
        console.print(f"Left as it is: {_name(one)}. {escape(one['left_because'])}")
    _staying(console, found["choice"])


def _progress(console: Console, found: RolloutStatus) -> None:
    state = found["state"].replace("_", " ")
    share = f", {found['share']} % of their conversations" if found["stage"] == 3 else ""
    over = found["state"] in ("completed", "rolled_back")
    stage = f"stage {min(found['stage'], 3)} of 3, {STAGES[found['stage']]}{share}"
    console.print(f"The rollout is {state}" + ("." if over else f": {stage}."))
    if found["state"] == "paused" and found["paused_because"]:
        console.print(f"Paused: {escape(found['paused_because'])}", style="red")
    kinksters, conversations = found["kinksters"], found["conversations"]
    bars = Table.grid(padding=(0, 1))
    _bar(bars, "Characters", kinksters["reached"], kinksters["all"], "reached")
    _bar(bars, "Conversations", conversations["moved"], conversations["all"], "moved")
    if found["stage"] == 4:
        back = found["state"] == "rolled_back"
        done = kinksters["restored" if back else "moved"]
        total = kinksters["moved"] + kinksters["restored"] if back else kinksters["all"]
        _bar(bars, "Own provider", done, total, "set back" if back else "set")
    console.print(bars)
    if found["guardrails"]:
        console.print(_guardrails(found))


def _bar(bars: Table, title: str, done: int, total: int, word: str) -> None:
    bars.add_row(
        title, ProgressBar(total=max(total, 1), completed=done, width=30), f"{done} of {total} {word}"
    )


def _guardrails(found: RolloutStatus) -> Table:
    table = Table("guardrail", "moved", "Flowise", "allowed", "turns or ratings", "state")
    for one in found["guardrails"]:
        name, scale, unit = GUARDRAILS[one["guardrail"]]
        figures = (_figure(one[key], scale, unit) for key in ("found", "flowise", "allowed"))
        table.add_row(name, *figures, f"{one['counted']} and {one['flowise_counted']}", STATES[one["state"]])
    return table


def _figures(before: Figures, after: Figures) -> Table:
    table = Table("the characters that it reached", "at Flowise before", "at the Responses API")
    table.add_row("turns", str(before["turns"]), str(after["turns"]))
    for name, key, scale, unit in FIGURES:
        values = (_figure(one[key], scale, unit) for one in (before, after))  # type: ignore[literal-required]
        table.add_row(name, *values)
    return table


def _figure(value: float | None, scale: float, unit: str) -> str:
    return "not known" if value is None else f"{value * scale:.2f} {unit}".rstrip()


def _staying(console: Console, choice: Choice) -> None:
    if choice["stays"]:
        console.print(f"{choice['stays']} stay on Flowise:")
    for one in choice["staying"]:
        named = ", ".join(_name(example) for example in one["examples"])
        more = one["count"] - len(one["examples"])
        console.print(f"  {escape(one['reason'])} {named}" + (f", and {more} more" if more else ""))


def _name(one: Kinkster) -> str:
    return f"{escape(one['name'])} ({one['kinkster_id']})" if one["name"] else one["kinkster_id"]
