"""A server as Supabase hosts it, for tests: `postgres` is no superuser there, and `auth` is not its own.

After https://github.com/supabase/postgres/tree/develop/migrations/db, what of it matters to the project.
"""

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from scripts.installation import SHIM, Privileges, install_shim, run
from scripts.throwaway_postgres import Server

DEMOTED = """
alter role postgres rename to supabase_admin;
create role postgres login createdb createrole replication bypassrls;
"""

OF_THE_DATABASE = """
do $$
begin
  create role supabase_auth_admin login noinherit createrole;
exception
  when duplicate_object then null;
end
$$;
alter role anon inherit;
alter role authenticated inherit;
alter role service_role inherit;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set pgrst.db_schemas = 'public, graphql_public';
alter role postgres set search_path = "$user", public, extensions;
grant anon, authenticated, service_role to postgres {with_admin};
grant all on schema auth to supabase_auth_admin;
alter table auth.users owner to supabase_auth_admin;
grant usage on schema auth to postgres;
grant all on all tables in schema auth to postgres;
grant all on all routines in schema auth to postgres;
grant all on schema extensions to postgres;
"""


def demote(server: Server) -> None:
    """Makes the superuser of a server that is ours alone supabase_admin, and `postgres` what it is there."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create role another login superuser")
    with psycopg.connect(make_conninfo(server.url, user="another"), autocommit=True) as connection:
        connection.execute(DEMOTED)
    with psycopg.connect(superuser(server, "postgres"), autocommit=True) as connection:
        connection.execute("drop role another")


def superuser(server: Server, database: str) -> str:
    """The address of a database for supabase_admin."""
    return make_conninfo(server.conninfo(database), user="supabase_admin")


def prepare(server: Server, database: str, privileges: Privileges) -> None:
    """Gives a database of a demoted server what Supabase has put there before a project begins."""
    with psycopg.connect(superuser(server, database), autocommit=True) as connection:
        install_shim(connection, privileges)
        with_admin = "with admin option" if connection.info.server_version >= 160000 else ""
        connection.execute(OF_THE_DATABASE.format(with_admin=with_admin).encode())
    if privileges == "legacy":
        with psycopg.connect(server.conninfo(database), autocommit=True) as connection:
            run(connection, SHIM / "default_privileges_legacy.sql")


@contextlib.contextmanager
def calls_may_take(server: Server, limit: str) -> Iterator[None]:
    """Gives signed-in users another statement_timeout than the 8 s that they have."""
    change = sql.SQL("alter role authenticated set statement_timeout = {}")
    with psycopg.connect(superuser(server, "postgres"), autocommit=True) as connection:
        connection.execute(change.format(limit))
        yield
        connection.execute(change.format("8s"))


@contextlib.contextmanager
def may_act_as_the_worker(superuser: psycopg.Connection) -> Iterator[None]:
    """Lets `postgres` set the role kinkster_worker. From Postgres 16 on it has the role's administration."""
    since_16 = superuser.info.server_version >= 160000
    superuser.execute("grant kinkster_worker to postgres " + ("with set true" if since_16 else ""))
    yield
    superuser.execute(f"revoke {'set option for' if since_16 else ''} kinkster_worker from postgres")
