"""Logs: one JSON object a line on standard error, with ids; never texts, prompts, keys or tokens."""

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

log = logging.getLogger("kinkster")


class JsonLines(logging.Formatter):
    """Renders a record as one line: time, level, event (its message) and the fields of `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            # The text of a foreign exception may quote what it choked on: only its kind and place are kept.
            line["exception"] = type(error).__name__
            line["at"] = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-5:]]
        return orjson.dumps(line, default=str).decode()


class Sentences(logging.Formatter):
    """Renders a defect for a person: one line, without the text of the exception."""

    def format(self, record: logging.LogRecord) -> str:
        said = [record.getMessage(), *(f"{k} {v}" for k, v in getattr(record, "fields", {}).items())]
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            place = traceback.extract_tb(error.__traceback__)[-1]
            said.append(f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}")
        return f"Something went wrong inside kinkster ({', '.join(said)}). Please report this line."


def fields(**values: Any) -> dict[str, Any]:
    """The `extra` argument of a log call: `log.info("turn", extra=fields(turn_id=…))`."""
    return {"fields": values}


def configure() -> None:
    """Sends all logs of the process to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def say_defects() -> None:
    """For a command: of all logs of the process only our own defects are said, a sentence each."""
    handler = logging.StreamHandler()
    handler.setFormatter(Sentences())
    handler.addFilter(logging.Filter(log.name))
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)
