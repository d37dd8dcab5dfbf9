"""A Citus cluster of this machine with the project on it: a coordinator and two nodes, in temporary folders.

Needs Citus 13.2 in the Postgres 15 whose programs `pg_config` names, and psql.
"""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from scripts.installation import ROOT, install
from scripts.temporary_cluster import Cluster, cluster

SETTINGS = [
    "shared_preload_libraries=citus",
    "wal_level=logical",  # shards move by it
    "max_connections=200",
    "max_prepared_transactions=200",
    "citus.shard_count=8",
    "citus.node_conninfo=sslmode=disable",
]
WHERE = """
select p.nodeport, p.shardid from pg_dist_shard_placement as p
where p.shardid = get_shard_id_for_distribution_column('public.kinkster_conversations', %s::uuid)
"""
MOVE = "select citus_move_shard_placement(%s, '127.0.0.1', %s, '127.0.0.1', %s, 'force_logical')"


@contextlib.contextmanager
def citus() -> Iterator[list[Cluster]]:
    """The servers, the coordinator first, with supabase/scale/citus.sql applied."""
    bin_folder = Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(cluster(bin_folder, SETTINGS)) for _ in range(3)]
        distribute(servers, str(bin_folder / "psql"))
        yield servers


def url_of(server: Cluster, role: str = "postgres") -> str:
    """The address of a node."""
    return f"postgresql://{role}@127.0.0.1:{server.port}/postgres"


def distribute(servers: list[Cluster], psql: str) -> None:
    """Makes them a cluster, the first its coordinator, and distributes the project over it."""
    for server in servers:
        server.start()
        with psycopg.connect(url_of(server), autocommit=True) as node:
            node.execute("create extension citus")
    install(url_of(servers[0]))
    with psycopg.connect(url_of(servers[0]), autocommit=True) as coordinator:
        coordinator.execute("select citus_set_coordinator_host('127.0.0.1', %s)", [servers[0].port])
        for server in servers[1:]:
            coordinator.execute("select citus_add_node('127.0.0.1', %s)", [server.port])
    file = ROOT / "supabase" / "scale" / "citus.sql"
    options = ["--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={file}"]
    subprocess.run([psql, url_of(servers[0]), *options], check=True, stdout=subprocess.DEVNULL)


def place(admin: psycopg.Connection, user: str) -> tuple[int, int]:
    """The port of the node that has a user, and the shard."""
    found = admin.execute(WHERE, [user]).fetchone()
    assert found
    return int(found[0]), int(found[1])


def move(admin: psycopg.Connection, servers: list[Cluster], user: str) -> int:
    """Moves the shards of a user to the other node; which they are."""
    port, shard = place(admin, user)
    other = next(server.port for server in servers[1:] if server.port != port)
    admin.execute(MOVE, [shard, port, other])
    assert place(admin, user) == (other, shard)
    return shard
