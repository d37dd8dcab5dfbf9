"""Which packages of the operating system are here, and which the tests still need. Standard library alone."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

PACKAGED = Path("/usr/lib/postgresql")
TEST_EXTENSIONS = {
    "pgtap": "postgresql-{}-pgtap",
    "plpgsql_check": "postgresql-{}-plpgsql-check",
    "plpython3u": "postgresql-plpython3-{}",
}


def server_binaries() -> Path | None:
    """The folder with the newest Postgres server, as Debian lays them out, or where pg_config says."""
    versions = [path.parent for path in PACKAGED.glob("*/bin/postgres") if path.parent.parent.name.isdigit()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    folder = Path(_answer("pg_config", "--bindir"))
    return folder if (folder / "postgres").exists() and (folder / "initdb").exists() else None


def missing_extensions(binaries: Path) -> list[str]:
    """The Debian packages of those test extensions that this server lacks."""
    if binaries.is_relative_to(PACKAGED):
        version = binaries.parent.name
        share = Path("/usr/share/postgresql", version)
    else:
        version = _answer(f"{binaries}/postgres", "--version").split()[-1].split(".")[0]
        share = Path(_answer(f"{binaries}/pg_config", "--sharedir"))
    lacks = [name for name in TEST_EXTENSIONS if not (share / "extension" / f"{name}.control").exists()]
    return [TEST_EXTENSIONS[name].format(version) for name in lacks]


def pgbouncer() -> str | None:
    """The program of the connection pooler; Debian keeps it where only root's PATH leads."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def missing_for_tests() -> list[str]:
    """The Debian packages that tests need and that are not here; no server where there is another to take."""
    wanted = [] if shutil.which("pg_prove") else ["libtap-parser-sourcehandler-pgtap-perl"]
    wanted += [] if shutil.which("psql") else ["postgresql-client"]
    wanted += [] if shutil.which("curl") else ["curl"]
    wanted += [] if pgbouncer() else ["pgbouncer"]
    forced = os.environ.get("KINKSTER_POSTGRES")
    if forced != "native" and (forced or os.environ.get("DATABASE_URL") or _docker_listens()):
        return wanted
    binaries = server_binaries()
    if binaries:
        return wanted + missing_extensions(binaries)
    version = _debian_version()
    extensions = [package.format(version) for package in TEST_EXTENSIONS.values()]
    return [*wanted, f"postgresql-{version}", *extensions]


def _docker_listens() -> bool:
    if os.environ.get("DOCKER_HOST"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex("/var/run/docker.sock") == 0


def _debian_version() -> str:
    """The version of Postgres that this system's package `postgresql` brings; Debian 12's if unknown."""
    depends = _answer("apt-cache", "depends", "postgresql")
    versions = [
        word.removeprefix("postgresql-") for word in depends.split() if word.startswith("postgresql-")
    ]
    return versions[0] if versions and versions[0].isdigit() else "15"


def _answer(program: str, *arguments: str) -> str:
    """What a program prints, or nothing where there is no such program."""
    if not shutil.which(program):
        return ""
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True).stdout.strip()
