"""The servers that we are compared with, newest from PyPI, in an environment of their own."""

import functools
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".bench"


@functools.cache
def litellm() -> Path:
    """LiteLLM's command; installs it where it is not there yet, which takes a minute."""
    program = FOLDER / "bin" / "litellm"
    if not program.exists():
        venv.create(FOLDER, with_pip=True)
        pip = [
            str(FOLDER / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        done = subprocess.run([*pip, "litellm[proxy]"], stdout=sys.stderr)
        if done.returncode:
            raise SystemExit(f"LiteLLM could not be installed: {' '.join(pip)} litellm[proxy] says why.")
    return program


def is_here() -> bool:
    """Whether LiteLLM is installed already."""
    return (FOLDER / "bin" / "litellm").exists()


@functools.cache
def litellm_version() -> str:
    """Which one it is."""
    code = "import importlib.metadata as m; print(m.version('litellm'))"
    return subprocess.check_output([str(FOLDER / "bin" / "python"), "-c", code], text=True).strip()
