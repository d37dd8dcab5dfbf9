"""Whether migration files, their record and the database agree, as `kinkster migrations plan` sees it."""

from pathlib import Path

from kinkster_worker.doctor.finding import Finding
from kinkster_worker.migrations import catalog, files
from kinkster_worker.migrations.command import DEFAULT
from kinkster_worker.migrations.planning import make_plan
from kinkster_worker.migrations.situation import survey

PLAN = "kinkster migrations plan"


def look(conninfo: str, folder: Path = DEFAULT) -> Finding:
    """Compares them; reads only."""
    name = "migration_files"
    if not folder.is_dir():
        found = f"There is no folder {folder} here to compare the database with."
        return Finding(name, "unknown", found, f"Run it where the files are, or {PLAN} --folder …")
    try:
        plan = make_plan(survey(files.read_folder(folder), catalog.look(conninfo)))
    except files.MigrationsError as error:
        todo = f"Run {PLAN} with the DATABASE_URL of the role that runs the migrations."
        return Finding(name, "unknown", str(error), todo)
    if plan.is_empty:
        return Finding(name, "ok", "Files, record and database agree about the migrations.")
    found = (
        f"Repairs of the record: {len(plan.repairs)}, questions: {len(plan.questions)}, steps after them: "
    )
    todo = f"Run {PLAN}, read it, and run what it prints."
    return Finding(name, "warning", f"{found}{len(plan.following)}.", todo)
