"""A Postgres cluster in a temporary folder, for as long as standard input is open.

    python -m scripts.temporary_cluster BIN_FOLDER [SETTING=VALUE …]

Prints one line of JSON: {"port", "pid", "folder"} once the server takes connections, or {"error"}. It is a
process of its own so that nothing is left behind however its holder ends: the kernel closes the pipe even for
one that was killed. The holder starts it in a session of its own, where the terminal's Ctrl-C does not reach
it.

A holder that wants to see a crash writes lines: `crash` stops the server with Postgres's immediate shutdown,
which aborts every session and leaves recovery to the next start; `start` starts it again, on the same port
and data. Each is answered by such a line of JSON.
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


class Cluster:
    """A server on data and a port of its own, which can be stopped and started again."""

    def __init__(self, bin_folder: Path, folder: Path, settings: Sequence[str], **popen: Any) -> None:
        """Makes the data. Raises ClusterError where initdb fails."""
        self.folder, self.port, self._data, self._log = folder, free_port(), folder / "data", folder / "log"
        self._popen = {"cwd": folder, "stdin": subprocess.DEVNULL, "text": True, **popen}
        initdb = [f"{bin_folder}/initdb", f"--pgdata={self._data}", "--username=postgres", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(initdb, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self._popen)
        if made.returncode:
            raise ClusterError(made.stdout)
        where = [f"port={self.port}", "listen_addresses=127.0.0.1", f'unix_socket_directories="{folder}"']
        options = [part for setting in (*where, *settings) for part in ("-c", setting)]
        self._command = [f"{bin_folder}/postgres", "-D", str(self._data), *options]
        self._server: subprocess.Popen[str] | None = None

    def start(self) -> dict[str, Any]:
        """Returns where it is once it takes connections. Raises ClusterError."""
        with self._log.open("a") as output:
            self._server = subprocess.Popen(self._command, stdout=output, stderr=output, **self._popen)
        wait_until_ready(self._server, self._data, self._log)
        return {"port": self.port, "pid": self._server.pid, "folder": str(self.folder)}

    def stop(self, shutdown: signal.Signals = signal.SIGINT) -> dict[str, Any]:
        """Ends the server: SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one; SIGKILL if that
        takes too long.
        """
        if self._server:
            self._server.send_signal(shutdown)
            try:
                self._server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        return {"port": self.port, "pid": None, "folder": str(self.folder)}


@contextlib.contextmanager
def cluster(bin_folder: Path, settings: Sequence[str]) -> Iterator[Cluster]:
    """A cluster, not yet started, that is stopped and removed at the end of the block. Raises ClusterError.

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
        made = Cluster(within_reach(bin_folder, folder), folder, settings, env=environment, **run_as)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(server: subprocess.Popen[str], data: Path, log: Path) -> None:
    """Returns when the server takes connections: line 8 of postmaster.pid says so. Raises ClusterError."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, IndexError):
            lines = (data / "postmaster.pid").read_text().splitlines()
            if lines[0] == str(server.pid) and lines[7].strip() == "ready":  # a crash leaves the file
                return
        time.sleep(0.02)
    raise ClusterError(log.read_text(errors="replace"))


def main(bin_folder: str, *settings: str) -> None:
    """Runs a cluster until standard input ends; takes no notice of signals meant for its holder."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        with cluster(Path(bin_folder), settings) as held:
            print(json.dumps(held.start()), flush=True)
            for line in sys.stdin:
                done = held.start() if line == "start\n" else held.stop(signal.SIGQUIT)
                print(json.dumps(done), flush=True)
    except (ClusterError, OSError) as error:
        print(json.dumps({"error": str(error)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
