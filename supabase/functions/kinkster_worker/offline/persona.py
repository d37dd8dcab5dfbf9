"""What the offline server says: no model, but a reply that proves which context reached it.

Facts are looked up in the user's own messages of the context, each time anew, so a context that was lost on
the way is a fact that is not remembered. The same context gives the same reply.
"""

import re
from collections.abc import Sequence

MARKER = "[offline, no model]"

_NAME = (
    re.compile(r'(?im)^\W*name\s*[:=]\s*"?(?P<name>[^"\n]+)'),
    re.compile(r"\b[Yy](?:our name is|ou are) (?P<name>[A-Z][\w'-]*)"),
)
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;]?")
_CLAUSE = re.compile(r",?\s+(?:and|but)\s+(?=(?:i|my)\b)|,\s+(?=(?:i|my)\b)", re.I)
_MINE = re.compile(r"\bmy (?P<key>[\w' -]{1,40}?) (?:is|are)(?: called| named)? (?P<value>.+)$", re.I)
_CALLED = re.compile(r"^(?:i am|i'm) called (?P<value>.+)$", re.I)
_LIKED = re.compile(r"\bi (?:really )?(?:like|love|enjoy) (?P<value>.+)$", re.I)
_MY = re.compile(r"\b(?:what(?:'s| is| are)|know|remember) my (?P<key>[\w' -]{1,40}?)(?=\?| and\b|,|$)", re.I)
_LIKES = re.compile(r"\bwhat do i (?:like|love|enjoy)\b", re.I)
_ALL = re.compile(r"\bwhat do you (?:still )?(?:remember|know)\b", re.I)


def answer(instructions: str, user_messages: Sequence[str]) -> str:
    """The reply to the last of the user's messages, out of all of them."""
    question = user_messages[-1] if user_messages else ""
    told = _listed(_facts([question]))
    said = _recalled(question, _facts(user_messages)) or (f"noted: {told}" if told else _echo(question))
    name = character_name(instructions)
    return f"{MARKER} {name} ☕ — {said} ✓" if name else f"{MARKER} ☕ — {said} ✓"


def character_name(instructions: str) -> str | None:
    """The character's name as the instructions give it (`Name: "…"`, `You are …`), or None."""
    found = next(filter(None, (pattern.search(instructions) for pattern in _NAME)), None)
    return found["name"].strip() if found else None


def words(text: str) -> list[str]:
    """The text cut into words with the space that follows them; joined, they are the text again."""
    return re.findall(r"\S+\s*|^\s+", text)


def _facts(messages: Sequence[str]) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    sentences = (sentence for message in messages for sentence in _SENTENCE.findall(message))
    told = (sentence.strip(" .!;\t") for sentence in sentences if not sentence.endswith("?"))
    for clause in (clause for sentence in told for clause in _CLAUSE.split(sentence)):
        if mine := _MINE.search(clause):
            facts[_key(mine["key"])] = [mine["value"]]
        elif called := _CALLED.search(clause):
            facts["name"] = [called["value"]]
        elif (liked := _LIKED.search(clause)) and liked["value"] not in facts.setdefault("", []):
            facts[""].append(liked["value"])
    return facts


def _recalled(question: str, facts: dict[str, list[str]]) -> str | None:
    if _ALL.search(question):
        return f"I remember: {_listed(facts)}" if facts else "nothing that reached me is worth remembering"
    asked = [_key(found["key"]) for found in _MY.finditer(question)] + (
        [""] if _LIKES.search(question) else []
    )
    unknown = "nothing that reached me tells that"
    return "; ".join(_listed({key: facts[key]}) if key in facts else unknown for key in asked) or None


def _listed(facts: dict[str, list[str]]) -> str:
    return "; ".join(
        f"your {key} is {values[0]}" if key else f"you like {' and '.join(values)}"
        for key, values in facts.items()
    )


def _key(key: str) -> str:
    return key.lower().replace("favorite", "favourite")


def _echo(question: str) -> str:
    text = " ".join(question.split())
    return f"you said “{text[:200]}{'…' if len(text) > 200 else ''}”" if text else "you said nothing"
