"""Misbehaviour of the offline Notion on command; each fault says which of the requests it is for.

| kind | what the request meets | fields |
|---|---|---|
| status | an error in Notion's body | status, code, message, retry_after |
| html | the page of a gateway instead of Notion's body | status |
| delay · never | a wait, then the usual answer · no answer | seconds |
| cut | the connection is reset | |

With `done` the request is carried out all the same, before it meets its fault: "500 after the page was
created". `method`, `path` (a regular expression, searched in `/v1/…`) and `match` (a text in the body)
choose requests with a known token. Of those that fit, a fault is for the `nth` and then for `every` so many,
`times` in all. By default that is once, the first; with `every` alone it is each so-manieth, for ever.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from .notion_errors import NotionError

Count = Annotated[int, Field(ge=1)]


class NotionFault(BaseModel):
    """One fault. `retry_after` is the header's value, `seconds` are what they say."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["status", "html", "delay", "never", "cut"]
    done: bool = False
    status: Annotated[int, Field(ge=400, le=599)] = 500
    code: str | None = None
    message: str = "offline: refused on command"
    retry_after: str | None = None
    seconds: Annotated[float, Field(ge=0)] = 0
    method: str | None = None
    path: str = ""
    match: str = ""
    nth: Count | None = None
    every: Count | None = None
    times: Count | None = None

    @field_validator("path")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        return value

    def error(self) -> NotionError:
        """The error that a `status` is."""
        error = NotionError(self.status, self.message, self.code)
        if self.retry_after is not None:
            error.headers["Retry-After"] = self.retry_after
        return error


NOTION_FAULTS: TypeAdapter[list[NotionFault]] = TypeAdapter(list[NotionFault])


@dataclass
class Waiting:
    """A fault, how many requests fitted it so far, and how many met it."""

    fault: NotionFault
    seen: int = 0
    met: int = 0

    @property
    def spent(self) -> bool:
        """Whether it is over."""
        fault = self.fault
        times = fault.times or (None if fault.every else 1)
        return times is not None and self.met >= times

    def is_for(self, method: str, path: str, body: str) -> bool:
        """Counts a request; whether the fault is for it."""
        fault = self.fault
        fits = fault.method in (None, method) and re.search(fault.path, path) and fault.match in body
        if self.spent or not fits:
            return False
        self.seen += 1
        every = fault.every or 1
        since = self.seen - (fault.nth or every)
        return since >= 0 and since % every == 0


def take(waiting: list[Waiting], method: str, path: str, body: str) -> NotionFault | None:
    """The first fault that is for a request; all that fit count it."""
    due = [one for one in waiting if one.is_for(method, path, body)]
    if due:
        due[0].met += 1
    waiting[:] = [one for one in waiting if not one.spent]
    return due[0].fault if due else None
