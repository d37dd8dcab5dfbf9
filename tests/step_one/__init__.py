"""A project in the situation of the upgrade document's first step: what has run in production, what is
recorded there and what the files say are three different things.

`migrations/` holds the project's files. Twelve of them ran in production and are recorded nowhere. Of the
three that are recorded, two have no file, and the third has one but never ran.
"""

import shutil
from pathlib import Path

import psycopg

from scripts.installation import HISTORY, MIGRATIONS, RECORD, install, run

FILES = Path(__file__).parent / "migrations"
NEVER_RAN = "20260203000005"
RECORDED = [
    ("20260203000003", None, None),
    ("20260203000004", ["create table public.kinkster_drafts (id uuid primary key)"], "drafts"),
    (NEVER_RAN, None, "gallery"),
]

REPAIRS = [
    *(f"supabase migration repair --status reverted {version}" for version, _, _ in RECORDED),
    "supabase migration repair --status applied 20260111000001",
    "supabase migration repair --status applied 20260131000017",
    "supabase migration repair --status applied 20260203000006",
    "supabase migration repair --status applied 20260203000007",
    "supabase migration repair --status applied 20260203000008",
    "supabase migration repair --status applied 20260203000009",
    "supabase migration repair --status applied 20260203000010",
    "supabase migration repair --status applied 20260203000011",
    "supabase migration repair --status applied 20260204000001",
    "supabase migration repair --status applied 20260211000001",
    "supabase migration repair --status applied 20260211000002",
    "supabase migration repair --status applied 20260212000001",
]
"""The fifteen commands of the document, in its order."""


def make_production(conninfo: str) -> None:
    """Brings an empty database into the situation."""
    install(conninfo, shim="legacy", migrations=None, seed=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for path in sorted(FILES.glob("*.sql")):
            if not path.name.startswith(NEVER_RAN):
                run(connection, path)
        connection.execute(HISTORY)
        for version, statements, name in RECORDED:
            connection.execute(RECORD, (version, statements, name))


def make_folder(folder: Path, *, with_ours: bool = False) -> Path:
    """Copies the project's files into `folder`/supabase/migrations, and ours beside them if so told."""
    migrations = folder / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    for source in [FILES, MIGRATIONS] if with_ours else [FILES]:
        for path in source.glob("*.sql"):
            shutil.copy(path, migrations)
    return migrations
