"""Compares what migrations make with what is there: what of each can be seen in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from kinkster_worker.migrations.blocks import may_change, names
from kinkster_worker.migrations.catalog import Database
from kinkster_worker.migrations.files import Migration
from kinkster_worker.migrations.history import History, Step
from kinkster_worker.migrations.objects import Key, Traits, differences
from kinkster_worker.migrations.reader import Reading, read

Seen = Literal["there", "half", "absent", "unknown"]


@dataclass
class Finding:
    """What was found of one migration, in objects.

    `proofs` are as only this migration makes them; `hints` are as it makes them too, but it would also pass
    if they had been there before it (`if not exists`, `or replace`). `missing` are not there, and it would
    make them; `differing` are there and otherwise, so that it would fail. `unseen` leaves no trace there.
    """

    version: str
    proofs: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def seen(self) -> Seen:
        """Whether all, some or none of what can be seen is there."""
        there, lacking = self.proofs or self.hints, self.missing or self.differing
        if there:
            return "half" if lacking else "there"
        if self.differing:
            return "half"
        return "absent" if lacking else "unknown"

    @property
    def can_run(self) -> bool:
        """Whether the migration provides for all that is there already."""
        return not self.proofs and not self.differing


class Comparison:
    """The migrations of a folder beside a database."""

    def __init__(self, migrations: Sequence[Migration], database: Database) -> None:
        self.migrations = migrations
        self.database = database
        self.history = History()
        self.readings: dict[str, Reading] = {}
        for migration in migrations:
            reading = self.readings[migration.version] = read(migration.sql)
            self.history.add(migration.version, reading.changes)
        self._ran = {migration.version for migration in database.recorded}

    def findings(self) -> dict[str, Finding]:
        """What was found of each migration, by version.

        What a later migration does to an object counts only if that one has run, which its own finding says:
        so this looks again until no finding changes any more.
        """
        found: dict[str, Finding] = {}
        for _ in self.migrations:
            found = {migration.version: self._finding(migration) for migration in self.migrations}
            ran = {
                version
                for version, finding in found.items()
                if finding.seen == "there" or (version in self._ran and finding.seen != "absent")
            }
            if ran == self._ran:
                break
            self._ran = ran
        return found

    def strays(self) -> list[str]:
        """Tables, views, functions and types that no migration makes, in `public` and in their schemas."""
        schemas = {key.name for key in self.history.steps if key.kind == "schema"}
        texts = "\n".join(block.text for reading in self.readings.values() for block in reading.blocks)
        return sorted(
            str(key)
            for key in self.database.objects
            if key.kind in ("table", "view", "materialized view", "function", "type")
            and ("." not in _name(key) or _name(key).partition(".")[0] in schemas)
            and key not in self.history.steps
            and not names(texts, _name(key))
        )

    def _finding(self, migration: Migration) -> Finding:
        finding = Finding(migration.version, unseen=list(self.readings[migration.version].unseen))
        for key, step, older, newer in self.history.of(migration.version):
            self._judge(finding, key, step, older, newer)
        return finding

    def _judge(self, finding: Finding, key: Key, step: Step, older: list[Step], newer: list[Step]) -> None:
        """Adds to the finding what one object says."""
        found = self.database.objects.get(key)
        before = older[-1] if older else None
        if _is_so(step, found):
            if step.traits is None:
                if before and before.traits is not None and before.version in self._ran:
                    finding.proofs.append(f"{key} is gone")
            elif before is None or before.traits != step.traits:
                (finding.hints if step.again else finding.proofs).append(str(key))
        elif any(_is_so(later, found) for later in newer):
            replaced = [
                later
                for later in newer
                if _is_so(later, found) and (later.traits is not None or later.version in self._ran)
            ]
            finding.hints += [f"{key}, which {later.version} has changed" for later in replaced[:1]]
        elif self._is_blurred(key, step.version):
            return
        elif step.traits is None:
            finding.missing.append(f"{key} is not gone")
        elif found is None:
            finding.missing.append(str(key))
        else:
            otherwise = f"{key} has another {' and '.join(differences(step.traits, found))}"
            (finding.missing if step.again else finding.differing).append(otherwise)

    def _is_blurred(self, key: Key, version: str) -> bool:
        """Whether a block that came later, here or in a newer one that ran, may have changed the object."""
        changes = self.readings[version].changes
        touched = max((n for n, change in enumerate(changes) if change.key == key), default=0)
        return any(
            may_change(block.text, key)
            for other, reading in self.readings.items()
            for block in reading.blocks
            if (other == version and block.changes_before > touched)
            or (other > version and other in self._ran)
        )


def _is_so(step: Step, found: Traits | None) -> bool:
    if step.traits is None or found is None:
        return step.traits is None and found is None
    return not differences(step.traits, found)


def _name(key: Key) -> str:
    return key.name.partition("(")[0]
