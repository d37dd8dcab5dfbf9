"""What a whole folder of migrations makes of each object, from file to file."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kinkster_worker.migrations.objects import Alter, Change, Drop, Key, Make, Rename, Traits


@dataclass(frozen=True)
class Step:
    """What one migration leaves of an object: its traits, or None where it takes it away. `again` is whether
    the migration can run though the object is so already.
    """

    version: str
    traits: Traits | None
    again: bool


@dataclass
class History:
    """The steps of every object, in the order of the migrations that were added."""

    steps: dict[Key, list[Step]] = field(default_factory=dict)

    def add(self, version: str, changes: Iterable[Change]) -> None:
        """Follows the changes of the next migration."""
        for change in changes:
            match change:
                case Make(key, traits, again):
                    if traits or not again or not self._is_there(key):
                        self._put(version, key, {**(self._traits(key) or {}), **traits}, again)
                case Alter(key, traits):
                    if traits:
                        self._put(version, key, {**(self._traits(key) or {}), **traits}, True)
                case Drop(key, again):
                    for found in self._all(key):
                        self._put(version, found, None, again)
                case Rename(key, new):
                    self._rename(version, key, new)

    def of(self, version: str) -> list[tuple[Key, Step, list[Step], list[Step]]]:
        """The objects that a migration touches: its step, those of older ones, those of newer ones."""
        return [
            (key, step, steps[:n], steps[n + 1 :])
            for key, steps in self.steps.items()
            for n, step in enumerate(steps)
            if step.version == version
        ]

    def _traits(self, key: Key) -> Traits | None:
        steps = self.steps.get(key)
        return steps[-1].traits if steps else None

    def _is_there(self, key: Key) -> bool:
        return self._traits(key) is not None

    def _put(self, version: str, key: Key, traits: Traits | None, again: bool) -> None:
        """Adds a step, or goes on with the one that this migration has made already: whether that migration
        can run again is what its first statement says.
        """
        steps = self.steps.setdefault(key, [])
        if steps and steps[-1].version == version:
            steps[-1] = Step(version, traits, steps[-1].again)
        else:
            steps.append(Step(version, traits, again))

    def _all(self, key: Key) -> list[Key]:
        """An object and what goes with it, as far as the migrations made it."""
        if key.kind == "function" and "(" not in key.name:
            return [other for other in self._present() if other.name.startswith(f"{key.name}(")] or [key]
        if key.kind == "index":  # dropped without its table's name
            same = ("index", key.name)
            return [other for other in self._present() if (other.kind, other.name) == same] or [key]
        return [
            key,
            *(other for other in self._present() if _goes_with(key, other, self._traits(other) or {})),
        ]

    def _present(self) -> list[Key]:
        return [key for key in self.steps if self._is_there(key)]

    def _rename(self, version: str, key: Key, new: Key) -> None:
        """Takes the old name away and makes the new one, with what belongs to it."""
        belonging = [other for other in self._present() if key.of == "" and other.of == key.name]
        traits = self._traits(key) or {}
        self._put(version, key, None, False)
        self._put(version, new, traits, False)
        for other in self._present() if key.kind == "column" else []:
            seen = self._traits(other) or {}
            columns = seen.get("columns")
            if other.of == key.of and isinstance(columns, list) and key.name in columns:
                renamed = [new.name if column == key.name else column for column in columns]
                self._put(version, other, {**seen, "columns": renamed}, True)
        for other in belonging:
            moved = self._traits(other) or {}
            self._put(version, other, None, False)
            self._put(version, Key(other.kind, other.name, new.name), moved, False)


def _goes_with(key: Key, other: Key, traits: Traits) -> bool:
    """Whether another object is gone when this one is dropped."""
    columns = traits.get("columns")
    match key.kind:
        case "schema":
            return other.name.startswith(f"{key.name}.") or other.of.startswith(f"{key.name}.")
        case "column":
            return other.of == key.of and isinstance(columns, list) and key.name in columns
        case "function":
            return traits.get("function") == key.name.partition("(")[0]
        case "table" | "view" | "materialized view" | "foreign table" | "type":
            return other.of == key.name
    return False
