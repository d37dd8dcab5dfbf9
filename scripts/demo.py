"""The demo of `make run`: its user, its characters, and a database with them in it."""

import json
import os
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import make_conninfo

from scripts.throwaway_postgres import Server, install

USER = "d0000000-0000-4000-8000-000000000001"
WREN = "d0000000-0000-4000-8000-000000000002"
ASH = "d0000000-0000-4000-8000-000000000003"
EMAIL = "demo@kinkster.example"
CLAIMS = json.dumps({"sub": USER, "role": "authenticated"})

DEMO = """
insert into auth.users (id, email) values (%(user)s, %(email)s) on conflict do nothing;
insert into public.profiles (id, email, display_name, hard_limits)
values (%(user)s, %(email)s, 'Robin', '{heights}') on conflict do nothing;
insert into public.kinksters (
  id, user_id, name, role, personality_traits, hard_limits, provider, flowise_chatflow_id
)
values
  (%(wren)s, %(user)s, 'Wren', 'switch', '{playful,patient}', '{spiders}', 'flowise', %(chatflow)s),
  (%(ash)s, %(user)s, 'Ash', 'dominant', '{calm}', '{"public places"}', 'openai_responses', %(chatflow)s)
on conflict (id) do update set
  provider = excluded.provider, flowise_chatflow_id = excluded.flowise_chatflow_id,
  hard_limits = excluded.hard_limits, notion_page_id = null, synced_revision = null, sync_status = 'pending';
"""


@dataclass(frozen=True)
class Demo:
    """Where the worker is, the demo user's token, and the database, for us and (`psql`) for a shell; whether
    that database stays when the demo ends.
    """

    worker: str
    token: str
    conninfo: str
    psql: str
    stays: bool

    def as_user(self, statement: str, *arguments: object) -> str:
        """Runs one statement as the demo user, under row security, and returns its one value as text."""
        with psycopg.connect(self.conninfo) as connection:
            connection.execute("select set_config('request.jwt.claims', %s, true)", (CLAIMS,))
            connection.execute("set local role authenticated")
            row = connection.execute(statement, arguments).fetchone()
        return str(row[0]) if row else ""


def prepare_database(on: Server) -> str:
    """Installs the project and the demo's user and characters; returns the worker's own address of it."""
    install(on.url)
    chatflow = os.environ.get("FLOWISE_CHATFLOW_ID") or "kinkster-chain"
    with psycopg.connect(on.url) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(DEMO, {"user": USER, "email": EMAIL, "wren": WREN, "ash": ASH, "chatflow": chatflow})
        superuser = connection.info.parameter_status("is_superuser") == "on"
        if on.kind == "given" and not superuser:
            cursor.execute("grant kinkster_worker to current_user")
    if on.kind == "given":  # the role's password is the operator's: become it instead of logging in as it
        return make_conninfo(on.url, options="-c role=kinkster_worker")
    return make_conninfo(on.url, user="kinkster_worker")
