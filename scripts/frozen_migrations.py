"""Migrations that have run somewhere never change: supabase/migrations/CHECKSUMS holds the SHA-256 of each.

`make check` compares; `make freeze` adds those that have no line yet, and changes none.
"""

import hashlib
import sys
from pathlib import Path

from scripts.installation import MIGRATIONS


def recorded(folder: Path) -> dict[str, str]:
    """The checksums by file name, as CHECKSUMS (in the format of sha256sum) has them."""
    checksums = folder / "CHECKSUMS"
    lines = checksums.read_text(encoding="utf-8").splitlines() if checksums.exists() else []
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def present(folder: Path) -> dict[str, str]:
    """The checksums by file name, of the migrations as they are."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.sql"))}


def findings(folder: Path = MIGRATIONS) -> list[str]:
    """What is wrong, a sentence each; nothing when every migration is as it was frozen."""
    was, now = recorded(folder), present(folder)
    gone = [f"{name} is gone. Put it back: databases have it." for name in was if name not in now]
    changed = [
        f"{name} has changed. Put it back as it was and write a new migration: make migration name=…"
        for name in was
        if name in now and now[name] != was[name]
    ]
    return gone + changed + [f"{name} is not frozen yet: make freeze" for name in now if name not in was]


def freeze(folder: Path = MIGRATIONS) -> list[str]:
    """Adds a line for each migration that has none; returns their names."""
    was = recorded(folder)
    new = {name: digest for name, digest in present(folder).items() if name not in was}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted((was | new).items()))
    (folder / "CHECKSUMS").write_text(lines, encoding="utf-8")
    return list(new)


def main() -> int:
    """Adds with --add; else prints the findings and returns how many."""
    if sys.argv[1:] == ["--add"]:
        new = freeze()
        print("\n".join(f"frozen: {name}" for name in new) or "nothing new to freeze")
        return 0
    found = findings()
    print("\n".join(found) or "frozen migrations: unchanged")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
