"""One process at a time, by a lock on a folder. Standard library alone."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(folder: Path, waiting: str = "") -> Iterator[None]:
    """Waits, and says `waiting` if it has to, until no other process holds the folder; then holds it itself.

    It leaves no file behind, and lets go when the process ends, however it ends. Whoever waited should look
    again for what the other one may have made.
    """
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                print(waiting, flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
