"""Makes ready what the make targets need: `python3 -m scripts.prepare run|test|lock`.

Runs on the system's Python, before anything is installed, with the standard library alone. Makes `.venv` with
the pinned requirements and the `kinkster` command in it, anew only when something that goes into it has
changed. For tests it also sees to the packages of the operating system. What it may not install, it names in
one line and exits with 1. One at a time in a checkout: another waits, and then finds what the first has made.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Python 3.11 or newer is needed, this is %d.%d: make PYTHON=python3.11 …" % sys.version_info[:2])  # noqa: UP031

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts.alone import alone
from scripts.system_packages import missing_for_tests

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "made-from.json"
POLICY = Path("/usr/sbin/policy-rc.d")  # asked by packages whether to start their services; 101 is no


def missing_packages(kind: str) -> list[str]:
    """The packages of the operating system that are needed and not here, named as Debian names them."""
    packages = missing_for_tests() if kind == "test" else []
    if not STAMP.exists() and importlib.util.find_spec("ensurepip") is None:
        packages.append(f"python3.{sys.version_info.minor}-venv")
    return packages


def prepare_packages(kind: str) -> None:
    """Installs the missing packages; where that isn't possible, exits and names them."""
    packages = missing_packages(kind)
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"Please install first (named as Debian names them): {' '.join(packages)}")
    apt_get("update")
    packages = missing_packages(kind)  # which version of Postgres there is to install, apt may know only now
    print(f"Installing {' '.join(packages)}", flush=True)
    with services_at_rest():
        apt_get("install", "-y", "--no-install-recommends", *packages)


@contextlib.contextmanager
def services_at_rest() -> Iterator[None]:
    """Keeps packages from starting their services, as Debian's do: the tests start what they need themselves.

    A policy that is there already stays as it is.
    """
    made = not POLICY.exists()
    if made:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if made:
            POLICY.unlink()


def apt_get(*command: str) -> None:
    """Runs apt-get; exits with what it printed if it fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    whole = ["apt-get", "-qq", *command]
    done = subprocess.run(
        whole, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\nThis failed: {' '.join(whole)}")


def digest(kind: str) -> str:
    """What a venv of this kind is made from, as a hash: requirements, package metadata, place and Python."""
    parts = [ROOT / "requirements" / f"{kind}.txt", ROOT / "pyproject.toml"]
    made_from = [part.read_bytes() for part in parts] + [bytes(ROOT), sys.version.encode()]
    return hashlib.sha256(b"\0".join(made_from)).hexdigest()


def prepare_venv(kind: str) -> None:
    """Sees to a `.venv` that holds the requirements of this kind; those of `test` include those of `run`."""
    made_from: dict[str, str] = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if not made_from or any(digest(old) != was for old, was in made_from.items()):
        made_from = {}
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    if kind in made_from or (kind == "run" and "test" in made_from):
        return
    print(f"Installing requirements/{kind}.txt into .venv", flush=True)
    pip = [str(PYTHON), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "install"]
    subprocess.run([*pip, "--require-hashes", "-r", f"requirements/{kind}.txt"], cwd=ROOT, check=True)
    if kind != "lock":
        subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", "."], cwd=ROOT, check=True)
    STAMP.write_text(json.dumps({**made_from, kind: digest(kind)}))


def main(kind: str) -> None:
    """Prepares for `kind`: run, test or lock."""
    with alone(ROOT, "Waiting for another make that prepares this checkout"):
        prepare_packages(kind)
        prepare_venv(kind)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"This failed: {' '.join(error.cmd)}")
    except KeyboardInterrupt:
        sys.exit(130)
