"""What a `do` block may have done, by the words in it: nobody can tell without running it."""

import re

from kinkster_worker.migrations.objects import Key

CHANGES = {
    "table": r"\b(drop|rename|create)\s+table\b|\brename\s+to\b",
    "column": r"\b(drop|rename|alter|add)\s+column\b|\brename\b",
    "label": r"\b(add|rename)\s+value\b|\bdrop\s+type\b",
    "row security": r"\brow\s+level\s+security\b",
    "type": r"\b(drop|create)\s+type\b|\brename\s+to\b",
}
"""What a block says that changes objects of a kind, where it is not simply a verb and the kind's name."""


def may_change(text: str, key: Key) -> bool:
    """Whether a block changes objects of this kind, and names the object or what it belongs to."""
    verbs = CHANGES.get(key.kind, rf"\b(drop|alter|rename|create|replace|validate)\s+{key.kind}\b")
    if not re.search(verbs, text, re.IGNORECASE):
        return False
    if key.kind == "label":
        return names(text, key.of)
    return names(text, key.name.partition("(")[0]) or (key.of != "" and names(text, key.of))


def names(text: str, name: str) -> bool:
    """Whether a text names an object, with or without its schema."""
    word = re.escape(name.rpartition(".")[2])
    return bool(word) and re.search(rf"(?<!\w){word}(?!\w)", text) is not None
