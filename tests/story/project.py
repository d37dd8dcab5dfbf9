"""The operator's folder and machine: the application's migrations, this project beside them, and the programs
that the page types.
"""

import contextlib
import os
import secrets
import shlex
import shutil
import socket
import sys
from pathlib import Path

from scripts.throwaway_postgres import Server
from tests.step_one import make_folder
from tests.story.people import ISSUER

ROOT = Path(__file__).parents[2]
KINKSTER = "from kinkster_worker.cli import app; app(prog_name='kinkster')"

SUPABASE = """\
#!/bin/bash
# The CLI in a project that is linked: --remote is the database of the story.
unset "${{!SUPABASE_@}}"
export SUPABASE_YES=true SUPABASE_TELEMETRY_DISABLED=1
exec {program} "${{@/#--remote/--remote={url}?sslmode=disable}}"
"""


def free_port() -> int:
    """A port on which nobody listens, and that nobody is given who asks for any: it is used only later."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


def make_project(folder: Path) -> Path:
    """The application's folder, with a clone of this project beside it."""
    application = folder / "application"
    make_folder(application)
    (application / "supabase" / "config.toml").write_text('project_id = "application"\n')
    (folder / "kinkster").symlink_to(ROOT)
    return application


def write_env(folder: Path, login: str, openai: str, flowise: str, secret: str, port: int) -> None:
    """What the page's reader makes of .env.example."""
    settings = {
        "DATABASE_URL": login,
        "OPENAI_API_KEY": "offline",
        "OPENAI_BASE_URL": f"{openai}/v1",
        "FLOWISE_URL": flowise,
        "SUPABASE_JWT_SECRET": secret,
        "SUPABASE_JWT_ISSUER": ISSUER,
        "KINKSTER_PORT": str(port),
        "KINKSTER_NOTION_URL": f"{openai}/notion",
    }
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
    (folder / ".env").write_text("".join(lines))


def make_machine(folder: Path, packages: Path, server: Server, url: str) -> dict[str, str]:
    """The environment of the operator's shell: programs of these names, and nothing of whoever runs this."""
    programs = folder / "bin"
    programs.mkdir()
    python = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(KINKSTER)} "$@"\n'
    supabase = packages / "node_modules" / ".bin" / "supabase"
    written = {"kinkster": python, "supabase": SUPABASE.format(program=shlex.quote(str(supabase)), url=url)}
    for name, text in written.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    if not shutil.which("psql"):
        (programs / "psql").symlink_to(server.psql)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "supabase" / "functions"), str(ROOT)]),
        "PYTHONWARNINGS": "error",
        "HOME": str(folder),
        "COLUMNS": "140",
        "LANG": "C.UTF-8",
        "PGTZ": "UTC",
    }
