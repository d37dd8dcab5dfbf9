"""Logs: one JSON object a line on standard error, with ids; never texts, prompts, keys or tokens."""

import logging
import traceback
from datetime import UTC, datetime
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


def fields(**values: Any) -> dict[str, Any]:
    """The `extra` argument of a log call: `log.info("turn", extra=fields(turn_id=…))`."""
    return {"fields": values}


def configure() -> None:
    """Sends all logs of the process to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
