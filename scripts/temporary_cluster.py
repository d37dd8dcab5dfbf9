"""A Postgres cluster in a temporary folder, for as long as standard input is open.

    python -m scripts.temporary_cluster BIN_FOLDER [SETTING=VALUE …]

Prints one line of JSON: {"port", "pid", "folder"} once the server takes connections, or {"error"}. It is a
process of its own so that nothing is left behind however its holder ends: the kernel closes the pipe even for
one that was killed. The holder starts it in a session of its own, where the terminal's Ctrl-C does not reach
it.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

START_SECONDS = 30
STOP_SECONDS = 10


class ClusterError(Exception):
    """A program of Postgres failed; the message is what it said."""


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run as, since Postgres refuses root: nobody else where this isn't root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def within_reach(bin_folder: Path, folder: Path) -> Path:
    """The binaries; copied into `folder` where they lie in a Python package, which root alone may see."""
    package = bin_folder.parent.parent
    if os.geteuid() != 0 or not package.name.startswith("pixeltable"):
        return bin_folder
    for part in (bin_folder.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    return folder / bin_folder.relative_to(package.parent)


@contextlib.contextmanager
def cluster(bin_folder: Path, settings: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A running cluster, stopped and removed at the end of the block. Raises ClusterError if it won't start.

    Every local connection is trusted: it listens on a random port of the loopback interface, for minutes, and
    holds nothing but data made for the occasion.
    """
    user = unprivileged_user()
    run_as: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    folder = Path(tempfile.mkdtemp(prefix="kinkster-postgres-"))
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        bin_folder = within_reach(bin_folder, folder)
        here: dict[str, Any] = {
            "cwd": folder,
            "env": environment,
            "stdin": subprocess.DEVNULL,
            "text": True,
            **run_as,
        }
        data, log, port = folder / "data", folder / "log", free_port()
        initdb = [f"{bin_folder}/initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(initdb, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **here)
        if made.returncode:
            raise ClusterError(made.stdout)
        where = [f"port={port}", "listen_addresses=127.0.0.1", f'unix_socket_directories="{folder}"']
        options = [part for setting in (*where, *settings) for part in ("-c", setting)]
        command = [f"{bin_folder}/postgres", "-D", str(data), *options]
        with log.open("w") as output:
            server: subprocess.Popen[str] = subprocess.Popen(command, stdout=output, stderr=output, **here)
        try:
            wait_until_ready(server, data, log)
            yield {"port": port, "pid": server.pid, "folder": str(folder)}
        finally:
            stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(server: subprocess.Popen[str], data: Path, log: Path) -> None:
    """Returns when the server takes connections: line 8 of postmaster.pid says so. Raises ClusterError."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, IndexError):
            if (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return
        time.sleep(0.02)
    raise ClusterError(log.read_text(errors="replace"))


def stop(server: subprocess.Popen[str]) -> None:
    """Ends the server: SIGINT is Postgres's fast shutdown; SIGKILL if that takes too long."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main(bin_folder: str, *settings: str) -> None:
    """Runs a cluster until standard input ends; takes no notice of signals meant for its holder."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        with cluster(Path(bin_folder), settings) as started:
            print(json.dumps(started), flush=True)
            sys.stdin.read()
    except (ClusterError, OSError) as error:
        print(json.dumps({"error": str(error)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
