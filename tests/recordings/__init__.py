"""Reads recorded provider traffic into request, status, headers, body and the recording client's exit."""

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_EXIT = re.compile(rb"\n?\[curl exit (\d+)\]\n\Z|curl exit (\d+)\n\Z")


@dataclass(frozen=True)
class Recording:
    """One exchange. `status` is None where no header was recorded; `exit` is curl's, 0 for a clean end."""

    name: str
    path: str | None
    request: dict[str, Any] | None
    status: int | None
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    exit: int = 0

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON of the body's `data:` lines, in order."""
        data = (line[5:].strip() for line in self.body.split(b"\n") if line.startswith(b"data:"))
        return [json.loads(text) for text in data if text != b"[DONE]"]


def flowise(name: str) -> Recording:
    """A recording of Flowise, by the beginning of its file's name, such as "20"."""
    (path,) = (_FOLDER / "flowise").glob(f"{name}-*.txt")
    raw = path.read_bytes()
    if raw.startswith(b"versions"):
        return Recording(path.stem, None, None, None, {}, _quoted(raw))
    found = _EXIT.search(raw)
    if found is None:
        raise ValueError(f"{path.name} does not tell curl's exit")
    code, raw = int(found[1] or found[2]), raw[: found.start()]
    asked: list[str] = []
    while raw.startswith(b"> "):
        line, _, raw = raw.partition(b"\n")
        asked.append(line.decode()[2:])
    if not asked:
        return Recording(path.stem, None, None, None, {}, raw, code)
    status, headers, body = _answer(raw.removeprefix(b"\n"))
    request = json.loads(next(line for line in asked if line.startswith("{")))
    return Recording(path.stem, asked[0].removeprefix("POST "), request, status, headers, body, code)


def openai(name: str) -> Recording:
    """A recorded stream of an OpenAI-compatible server: "llmock", "agentic-api" or "vllm"."""
    path = _FOLDER / "openai" / f"{name}-stream.txt"
    status, headers, body = _answer(path.read_bytes())
    return Recording(path.stem, None, None, status, headers, body)


def unknown_previous_response(name: str) -> tuple[int, bytes]:
    """Status and body with which "agentic-api" or "vllm" answered an unknown previous response id."""
    told = json.loads((_FOLDER / "openai" / f"{name}-unknown-previous-response.json").read_bytes())
    return told["status_code"], told["raw"].encode()


def _answer(raw: bytes) -> tuple[int | None, dict[str, str], bytes]:
    if not raw.strip():
        return None, {}, b""
    head, body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)
    first, *rest = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in rest)
    return int(first.split()[1]), {name.lower(): value for name, value in headers.items()}, body


def _quoted(raw: bytes) -> bytes:
    """The events that a recording quotes as Python bytes, as a stream."""
    quotes = (line.removeprefix("raw: ") for line in raw.decode().split("\n") if line.startswith("raw: "))
    return b"".join(ast.literal_eval(quote) + b"\n\n" for quote in quotes)
