"""Who answers a turn. Each provider streams text as it comes, then the end of a whole reply."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from kinkster_worker.plan import Plan


@dataclass(frozen=True, slots=True)
class Completed:
    """The provider said that the reply is whole.

    `text` is the whole reply where none of it was streamed. `usage` holds those of input_tokens,
    cached_tokens, cache_write_tokens, output_tokens and reasoning_tokens that were reported; the first
    counts the next two, and output_tokens the last.
    """

    response_id: str | None = None
    model: str | None = None
    usage: dict[str, int] = field(default_factory=dict)
    text: str | None = None


Event = str | Completed


class Provider(Protocol):
    """Something that answers a turn."""

    api: ClassVar[str]

    def stream(self, plan: Plan) -> AsyncGenerator[Event, None]:
        """Asks, and gives the text as it comes, then one Completed.

        Raises a ProviderError for every other end. Closing the iterator closes the connection.
        """
        ...

    async def abort(self, plan: Plan) -> None:
        """Stops a turn that nobody waits for, where a closed connection is not enough."""
        ...


def count(value: object) -> int | None:
    """A token count as reported, or None when it is no whole number from 0 to 2³¹ - 1."""
    return value if type(value) is int and 0 <= value < 2**31 else None


def counts(**values: object) -> dict[str, int]:
    """Those of the counts that are there."""
    return {name: found for name, value in values.items() if (found := count(value)) is not None}
