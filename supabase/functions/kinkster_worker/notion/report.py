"""What `kinkster notion` shows: progress, a table, and what failed."""

from types import TracebackType

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column, Table

from kinkster_worker.notion.plan import ConnectionStatus, NotionStatus


class Progress:
    """A bar on a terminal, else a line whenever something has changed."""

    def __init__(self, total: int) -> None:
        self._total, self._shown = total, ""
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._bar = Bar(*columns, disable=not Console().is_terminal)
        self._task = self._bar.add_task("Sent", total=total)

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bar.stop()

    def show(self, found: NotionStatus) -> None:
        """Shows how it stands now. Characters that were edited meanwhile are more to send."""
        pending = sum(one["pending"] for one in found["connections"])
        failed = sum(one["errors"] for one in found["connections"])
        self._total = max(self._total, pending + failed)
        sent = self._total - pending - failed
        line = f"{sent} of {self._total} sent" + (f", {failed} failed" if failed else "")
        said = f"{failed} failed" if failed else "Sent"
        self._bar.update(self._task, completed=sent, total=self._total, description=said)
        if self._bar.disable and line != self._shown:
            self._shown = line
            typer.echo(line)


def moves(found: NotionStatus, seconds: float) -> bool:
    """Whether anything is left that is sent within so many seconds without anybody's doing."""
    return any(
        one["next_in_seconds"] is not None and one["next_in_seconds"] <= seconds
        for one in found["connections"]
    )


def needs_somebody(found: NotionStatus) -> bool:
    """Whether something is not sent until somebody has done something."""
    return bool(found["failed"]) or any(one["error_code"] for one in found["connections"])


def table(found: NotionStatus) -> None:
    """Who is connected, and how far each is."""
    who = Column("user", overflow="fold")
    shown = Table(who, "sent", "pending", "failed", "local only", "last sent", "state")
    for one in found["connections"]:
        sent = (one["last_synced_at"] or "never")[:19].replace("T", " ")
        counts = (str(one[name]) for name in ("synced", "pending", "errors", "local_only"))
        shown.add_row(one["email"] or one["user_id"], *counts, sent, _state(one))
    Console().print(shown if found["connections"] else "Nobody is connected: kinkster notion connect")


def failures(found: NotionStatus) -> None:
    """What failed and what to do, a line each, on standard error."""
    for one in found["connections"]:
        who = one["email"] or one["user_id"]
        if one["error_code"]:
            typer.echo(f"{who}: {one['error_message']} {one['error_hint']}", err=True)
        elif one["trouble"]:
            typer.echo(f"{who}: {one['trouble']}", err=True)
    stopped = {one["user_id"] for one in found["connections"] if one["error_code"]}
    for failed in found["failed"]:
        if failed["user_id"] not in stopped:
            typer.echo(f"Kinkster {failed['kinkster_id']}: {failed['sync_error']}", err=True)
    if found["plain_tokens"]:
        named = ", ".join(one["email"] or one["user_id"] for one in found["plain_tokens"])
        typer.echo(f"Tokens in plain text, which kinkster notion connect moves and seals: {named}", err=True)
    if found["unconnected"]:
        typer.echo(f"Users with a database and without a connection: {found['unconnected']}", err=True)


def _state(one: ConnectionStatus) -> str:
    if one["error_code"]:
        return f"stopped: {one['error_code']}"
    state = "sending" if one["is_claimed"] else "ready"
    if one["paused_until"]:
        state = f"paused until {one['paused_until'][:19].replace('T', ' ')}"
    return f"{state}: {one['trouble'].split('. ')[0]}" if one["trouble"] else state
