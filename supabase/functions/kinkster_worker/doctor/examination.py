"""All checks, side by side, in ten seconds at most."""

import asyncio
from dataclasses import dataclass

from kinkster_worker.doctor import clock, configuration, database, migration_files, others
from kinkster_worker.doctor.asking import new_session
from kinkster_worker.doctor.finding import WORST_FIRST, Finding
from kinkster_worker.doctor.flowise import Flowise
from kinkster_worker.doctor.openai import OpenAI
from kinkster_worker.settings import Settings


@dataclass(frozen=True)
class Examination:
    """What was found, the worst first; whether the database is none that this worker knows."""

    findings: list[Finding]
    is_unknown_schema: bool


async def examine(settings: Settings, problems: list[str]) -> Examination:
    """Asks everybody; first those whom the settings name, then about what the database says is in use."""
    conninfo = settings.database_url.get_secret_value()
    async with new_session() as session:
        openai, flowise = OpenAI(session, settings), Flowise(session, settings)
        seen, *found = await asyncio.gather(
            database.look(conninfo),
            openai.look(),
            flowise.look(),
            others.look_at_keys(session, settings),
            others.look_at_notion(session, settings),
            others.look_at_worker(session, settings),
        )
        models = seen.targets["models"] if seen.targets else []
        chatflows = seen.targets["chatflows"] if seen.targets else []
        files, *more = await asyncio.gather(
            _files(conninfo, seen), openai.look_at_models(models), flowise.look_at_chatflows(chatflows)
        )
    findings = [*configuration.look(problems), *seen.findings, *files]
    for some in [*found, *more]:
        findings += some
    findings += _not_set_up(settings, seen.targets)
    times = {"the database": seen.ahead, "OpenAI": openai.ahead, "Flowise": flowise.ahead}
    findings.append(clock.look(times))
    findings.sort(key=lambda one: WORST_FIRST.index(one.state))
    return Examination(findings, seen.is_unknown)


async def _files(conninfo: str, seen: database.Seen) -> list[Finding]:
    return [await asyncio.to_thread(migration_files.look, conninfo)] if seen.is_there else []


def _not_set_up(settings: Settings, targets: database.Targets | None) -> list[Finding]:
    """What this environment lacks: something is amiss only where it is needed."""
    lacking = [
        ("openai", settings.openai_api_key, "OPENAI_API_KEY", targets and targets["uses_openai"]),
        ("flowise", settings.flowise_url, "FLOWISE_URL", targets and targets["uses_flowise"]),
        ("notion", settings.kinkster_notion_key, "KINKSTER_NOTION_KEY", targets and targets["uses_notion"]),
    ]
    found = []
    for name, value, variable, is_used in lacking:
        if value is None and is_used:
            todo = f"Set {variable} where workers run, and here, to have it looked at."
            found.append(Finding(name, "warning", f"{variable} is not set here, and it is in use.", todo))
        elif value is None:
            found.append(Finding(name, "ok", f"{variable} is not set here, and nothing is known to need it."))
    return found
