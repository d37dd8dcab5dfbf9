"""Whether the environment holds what a worker needs."""

from kinkster_worker.doctor.finding import Finding


def look(problems: list[str]) -> list[Finding]:
    """A finding for each problem of the settings."""
    if not problems:
        return [Finding("settings", "ok", "Every setting that a worker needs is there.")]
    todo = "Put it into the worker's environment; .env.example has all of them."
    return [Finding("settings", "problem", problem, todo) for problem in problems]
