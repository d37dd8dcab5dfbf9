"""What `kinkster doctor` shows people."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kinkster_worker.doctor.finding import WORST_FIRST, Finding, State

STYLES: dict[State, str] = {"problem": "bold red", "warning": "yellow", "unknown": "cyan", "ok": "green"}


def show(findings: list[Finding]) -> None:
    """A line for each, the worst first, below it what to do; then how many there are of each kind."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in findings:
        said = Text(one.found)
        if one.todo:
            said.append(f"\n{one.todo}", style="bold")
        table.add_row(Text(one.state, style=STYLES[one.state]), Text(one.check), said)
    console = Console(highlight=False)
    console.print(table)
    counts = [(state, sum(one.state == state for one in findings)) for state in WORST_FIRST]
    console.print(Text(", ".join(f"{state}: {number}" for state, number in counts if number)))
