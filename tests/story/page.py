"""What docs/upgrade.md tells to do, in its order."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "upgrade.md"
FOUND = re.compile(
    r"^```(?P<kind>\w*)\n(?P<text>.*?)^```|^<!-- (?P<comment>.*?) -->|^## (?P<title>.*?)$",
    re.MULTILINE | re.DOTALL,
)
STATUS = re.compile(r"# status (\d+)")
NUMBER = re.compile(r"-?\d+\.\d+")
"""A figure that is another each time; whole numbers are the same."""


@dataclass
class Block:
    """A block of the page: what to type into a shell (sh) or psql (sql), with what the page shows of the
    output; what happens meanwhile (comment); or a section's title.
    """

    kind: str
    text: str
    shown: str = ""

    @property
    def commands(self) -> list[str]:
        """What is typed, one command after the other, as each stands there."""
        found, lines = [], list[str]()
        for line in self.text.splitlines():
            lines.append(line)
            ends = line.endswith(";") or line.startswith("\\")
            if ends if self.kind == "sql" else not line.endswith("\\"):
                found.append("\n".join(lines))
                lines = []
        assert not lines, f"this command has no end: {lines}"
        return found


def status_of(command: str) -> int:
    """The exit status that the page says a command has."""
    found = STATUS.search(command)
    return int(found[1]) if found else 0


def blocks() -> list[Block]:
    """The page's blocks, in order."""
    found = list[Block]()
    for one in FOUND.finditer(PAGE.read_text(encoding="utf-8")):
        if one["comment"]:
            found.append(Block("comment", one["comment"]))
        elif one["title"]:
            found.append(Block("title", one["title"]))
        elif one["kind"] in ("sh", "sql"):
            found.append(Block(one["kind"], one["text"]))
        else:
            assert found[-1].kind in ("sh", "sql"), f"shown of nothing that was typed: {one['text']}"
            found[-1].shown = one["text"]
    return found


def missing(shown: str, said: str) -> list[str]:
    """The lines that the page shows and that were not said, in order. `…` stands for whatever is left out.

    Spaces and frames of tables count for nothing, and figures with a point for any such figure.
    """
    lines, not_there = [_plain(line) for line in said.splitlines()], []
    for wanted in map(_plain, shown.splitlines()):
        if wanted in ("", "…"):
            continue
        pattern = ".*".join(map(re.escape, wanted.split("…")))
        for n, line in enumerate(lines):
            if re.fullmatch(pattern, line):
                del lines[: n + 1]
                break
        else:
            not_there.append(wanted)
    return not_there


def _plain(line: str) -> str:
    return " ".join(NUMBER.sub("0.0", re.sub("[─━┏┳┓┡╇┩┗┻┛└┴┘┃│╭╮╰╯+|-]+", " ", line)).split())
