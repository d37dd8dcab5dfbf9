"""How many requests a token may send: https://developers.notion.com/reference/request-limits#rate-limits."""

import math
from collections import deque
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .notion_errors import NotionError


class Window(BaseModel):
    """At most so many requests of one token in any so many seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    requests: Annotated[int, Field(ge=1)]
    seconds: Annotated[float, Field(gt=0)] = 1


class Limits(BaseModel):
    """What the server allows: windows, of which there are none by default; how many rows queries show in all;
    and how old a page is before they show it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    windows: tuple[Window, ...] = ()
    query_rows: Annotated[int, Field(ge=1)] = 10_000
    query_lag_seconds: Annotated[float, Field(ge=0)] = 0


NOTIONS_PACE = Limits(windows=(Window(requests=30, seconds=10),))
"""Three requests a second on average, and some at once, as Notion describes it."""


def admit(sent: deque[float], windows: tuple[Window, ...], now: float) -> NotionError | None:
    """Notes a request at `now` (seconds) after those at `sent`, or refuses it with whole seconds to wait."""
    longest = max((window.seconds for window in windows), default=0)
    while sent and sent[0] <= now - longest:
        sent.popleft()
    wait = 0.0
    for window in windows:
        if len(sent) >= window.requests:
            wait = max(wait, sent[-window.requests] + window.seconds - now)
    if wait <= 0:
        sent.append(now)
        return None
    error = NotionError(429, "You have been rate limited. Please try again in a few minutes.")
    error.headers["Retry-After"] = str(math.ceil(wait))
    return error
