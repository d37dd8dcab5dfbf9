"""Says what to do, in which order, so that record, files and database agree. Does nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from kinkster_worker.migrations.findings import Finding
from kinkster_worker.migrations.situation import Row, Situation

NAMED = 3
"""How many objects a reason names before it counts the rest."""


@dataclass(frozen=True)
class Command:
    """A command of the Supabase CLI, and why or when it is to be run."""

    command: str
    reason: str


@dataclass(frozen=True)
class Question:
    """What only a person can decide: what was found and what to do, and the command for each answer."""

    version: str
    reason: str
    answers: tuple[Command, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The repairs in their order, the questions, and what follows once these are answered."""

    repairs: list[Command]
    questions: list[Question]
    following: list[Command]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.repairs or self.questions or self.following)


def make_plan(situation: Situation, *, remote: bool = False) -> Plan:
    """What to do; `remote` writes the commands for the linked project instead of the local database.

    The CLI refuses to run anything while a recorded version has no file, so those are reverted first.
    """
    target = " --remote" if remote else ""
    reverted, applied, questions, pending = [], [], list[Question](), list[str]()
    to_pull = list(situation.strays)
    for n, row in enumerate(situation.rows):
        version, finding, seen = row.migration.version, row.finding, row.finding.seen
        repair = f"supabase migration repair --status {{}} {version}{target}"
        if not row.has_file:
            reverted.append(Command(repair.format("reverted"), _without_file(finding)))
        elif row.recorded and seen == "absent":
            reason = f"Recorded, but nothing of it is there: no {_listed(finding.missing)}."
            reverted.append(Command(repair.format("reverted"), reason))
            pending.append(version)
        elif row.recorded and seen == "half":
            questions.append(Question(version, _drifted(finding)))
        elif row.recorded:
            continue
        elif seen == "there":
            reason = f"Not recorded, but what it makes is there: {_listed(finding.proofs + finding.hints)}."
            applied.append(Command(repair.format("applied"), reason + _apart_from(finding)))
        elif finding.can_run and (seen != "unknown" or not _anything_newer(situation.rows[n + 1 :])):
            pending.append(version)
        elif seen == "half":
            answer = Command(repair.format("applied"), "once what is missing has been made")
            questions.append(Question(version, _halfway(finding), (answer,)))
        else:
            answer = Command(repair.format("applied"), "if it has run; if not, migration up runs it")
            questions.append(Question(version, _untraceable(finding), (answer,)))
    following = [_pull(to_pull)] if to_pull else []
    if pending:
        following.append(_run(situation.rows, pending, remote))
    return Plan(reverted + applied, questions, following)


def _run(rows: Sequence[Row], pending: list[str], remote: bool) -> Command:
    """The command that runs what has not run. The CLI must be told where newer ones have."""
    newest = max(
        (row.migration.version for row in rows if row.has_file and row.migration.version not in pending),
        default="",
    )
    command = "supabase db push" if remote else "supabase migration up"
    command += " --include-all" if min(pending) < newest else ""
    return Command(command + (" --remote" if remote else ""), f"Runs {_listed(pending)}.")


def _pull(strays: list[str]) -> Command:
    return Command(
        "supabase db pull --schema public",
        f"Writes into a file what is there and no file makes: {_listed(strays)}. Review it with git diff.",
    )


def _anything_newer(rows: Sequence[Row]) -> bool:
    """Whether a newer migration has run, by what is recorded or there."""
    return any(row.has_file and (row.recorded or row.finding.seen in ("there", "half")) for row in rows)


def _listed(objects: Sequence[str]) -> str:
    """The first objects, and how many more there are; columns and labels go with their table or type."""
    wholes = {name.partition(" ")[2] for name in objects if name.startswith(("table ", "type "))}
    names = [name for name in objects if name.rpartition(" of ")[2] not in wholes or " of " not in name]
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _without_file(finding: Finding) -> str:
    """Why a version without a file is reverted."""
    kept = finding.proofs + finding.hints
    if kept:
        return (
            f"Recorded, but it has no file; the record goes, and what it made stays: {_listed(kept)}."
            " Its SQL is recorded: supabase migration fetch writes the file instead, if you want it."
        )
    if finding.missing:
        return f"Recorded, but it has no file, and there is no {_listed(finding.missing)}."
    return "Recorded, but it has no file."


def _apart_from(finding: Finding) -> str:
    return f" Catalogs don't show {_listed(finding.unseen)}." if finding.unseen else ""


def _drifted(finding: Finding) -> str:
    return (
        f"Recorded, and part of it is otherwise by now: {_listed(finding.missing + finding.differing)}."
        " Write a migration that says how it shall be, or supabase db pull to keep it as it is."
    )


def _halfway(finding: Finding) -> str:
    return (
        f"Not recorded, and only half of it is there: {_listed(finding.proofs + finding.hints) or 'nothing'},"
        f" but not {_listed(finding.missing + finding.differing)}. Make what is missing by hand, as the file"
        " does, and mark it as applied; or take away what is there, and migration up runs it."
    )


def _untraceable(finding: Finding) -> str:
    return (
        "Not recorded, newer ones have run, and the catalogs can't show whether this one has:"
        f" it has {_listed(finding.unseen) or 'nothing that they show'}. Look at its data."
    )
