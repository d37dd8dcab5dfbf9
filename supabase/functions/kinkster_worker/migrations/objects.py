"""What a database consists of: objects with a name and the traits that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass

Traits = Mapping[str, object]
"""What is compared of an object, by name: a column's type, a function's body. Only what is known is in it."""


@dataclass(frozen=True, order=True)
class Key:
    """An object's kind and name, and the table or type that it belongs to, if any. Names in `public` and
    `pg_catalog` are written without the schema.
    """

    kind: str
    name: str
    of: str = ""

    def __str__(self) -> str:
        if self.kind == "row security":
            return f"row security of {self.of}"
        return f"{self.kind} {self.name}" + (f" of {self.of}" if self.of else "")


@dataclass(frozen=True)
class Make:
    """Makes an object. `again` is whether the statement also passes where the object is there already."""

    key: Key
    traits: Traits
    again: bool = False


@dataclass(frozen=True)
class Alter:
    """Changes traits of an object that is there."""

    key: Key
    traits: Traits


@dataclass(frozen=True)
class Drop:
    """Takes an object away, with all that belongs to it."""

    key: Key
    again: bool = False


@dataclass(frozen=True)
class Rename:
    """Gives an object another name."""

    key: Key
    new: Key


Change = Make | Alter | Drop | Rename


def differences(wanted: Traits, found: Traits) -> list[str]:
    """The names of the traits that are found to be otherwise than wanted."""
    return [name for name, value in wanted.items() if name in found and found[name] != value]
