"""What the offline Notion was asked during a case, counted."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kinkster_worker.offline.notion_pace import NOTIONS_PACE

Json = dict[str, Any]
AT_ONCE_SECONDS = 0.05


@dataclass(frozen=True)
class Journal:
    """The requests, in order, as the control route gives them."""

    requests: Sequence[Json]

    @property
    def faults(self) -> Counter[str]:
        """How often each kind of fault was met; an answer that is only held back is none."""
        kinds = (entry["fault"]["kind"] for entry in self.requests if entry["fault"])
        return Counter(kind for kind in kinds if kind != "delay")

    @property
    def searches(self) -> int:
        """How often a page was looked for."""
        return sum(entry["path"].endswith("/query") for entry in self.requests)

    @property
    def repeats(self) -> int:
        """Requests that write the same properties of the same character again."""
        written = [json.dumps(p, sort_keys=True) for entry in self.requests if (p := properties_of(entry))]
        return len(written) - len(set(written))

    @property
    def too_fast(self) -> Counter[str]:
        """How many requests of each bot the offline Notion refused because of its pace."""
        return Counter(e["bot"] for e in self.requests if e["status"] == 429 and not e["fault"])

    @property
    def at_once(self) -> Counter[str]:
        """How many requests of each bot were sent again at once, by whatever is below the worker."""
        found, last = Counter[str](), dict[str, Json]()
        for entry in self.requests:
            before = last.get(entry["bot"])
            last[entry["bot"]] = entry
            if before and all(before[part] == entry[part] for part in ("method", "path", "body")):
                found[entry["bot"]] += entry["started"] - before["started"] < AT_ONCE_SECONDS
        return +found

    @property
    def fullest(self) -> Counter[str]:
        """The most requests of each bot in any window of Notion's."""
        times: dict[str, list[float]] = defaultdict(list)
        for entry in self.requests:
            times[entry["bot"]].append(entry["started"])
        (window,) = NOTIONS_PACE.windows
        return Counter({bot: fullest(sorted(started), window.seconds) for bot, started in times.items()})


def fullest(times: Sequence[float], seconds: float) -> int:
    """The most of these times, in order, that lie in any so many seconds."""
    most = first = 0
    for place, time in enumerate(times):
        while times[first] <= time - seconds:
            first += 1
        most = max(most, place - first + 1)
    return most


def properties_of(entry: Json) -> Json | None:
    """The properties that a request gives a page; None where it gives none."""
    is_of_a_page = entry["path"].startswith("/v1/pages") and isinstance(entry["body"], dict)
    found: Json | None = entry["body"].get("properties") if is_of_a_page else None
    return found


def character_of(body: Json | None) -> str | None:
    """The character that a request to a page is about; None where it does not say."""
    said = (body or {}).get("properties", {}).get("Supabase ID", {}).get("rich_text", [])
    return "".join(element["text"]["content"] for element in said) or None
