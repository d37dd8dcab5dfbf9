"""The parts of a body that all of Notion's requests are made of, each checked and in the form of an answer.

Limits: https://developers.notion.com/reference/request-limits. Lengths are counted in UTF-16 code units, as
JavaScript does: of the readings of "characters" it is the strictest.
"""

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

from .notion_errors import MISSING, invalid, wrong

Json = dict[str, Any]

MOST_TEXT, MOST_ITEMS = 2_000, 100
_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ADDRESS = re.compile(r"https?://[!-~]+")
_LINK = re.compile(r"(https?://|mailto:|/)[!-~]+")
_PLAIN: Json = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}


def id_of(value: object, where: str) -> str:
    """An id, with or without dashes, in the form with dashes."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise wrong(where, "a valid uuid", value)
    return str(UUID(value))


def text_of(value: object, where: str, most: int = MOST_TEXT, least: int = 0) -> str:
    """A text of `least` to `most` UTF-16 code units."""
    if not isinstance(value, str):
        raise wrong(where, "a string", value)
    try:
        length = len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise wrong(where, "a string without halves of characters", value) from None
    if length > most:
        raise wrong(f"{where}.length", f"≤ `{most}`", length)
    if length < least:
        raise wrong(f"{where}.length", f"≥ `{least}`", length)
    return value


def object_of(value: object, where: str, known: Collection[str]) -> Json:
    """An object that has none but the known fields."""
    if not isinstance(value, dict):
        raise wrong(where, "an object", value)
    for name, given in value.items():
        if name not in known:
            raise wrong(f"{where}.{name}", "not present", given)
    return value


def any_object_of(value: object, where: str) -> Json:
    """An object with whatever fields."""
    return object_of(value, where, value if isinstance(value, dict) else ())


def list_of(value: object, where: str, most: int = MOST_ITEMS) -> list[Any]:
    """A list of at most so many elements."""
    if not isinstance(value, list):
        raise wrong(where, "an array", value)
    if len(value) > most:
        raise wrong(f"{where}.length", f"≤ `{most}`", len(value))
    return value


def flag_of(value: object, where: str) -> bool:
    """True or false, and nothing that only stands for them."""
    if not isinstance(value, bool):
        raise wrong(where, "a boolean", value)
    return value


def address_of(value: object, where: str) -> str:
    """The address of a file."""
    if not _ADDRESS.fullmatch(text_of(value, where)):
        raise invalid(f"Content creation Failed. Fix the following: \nInvalid file url ({where}).")
    return str(value)


def rich_text(value: object, where: str) -> list[Json]:
    """Rich text of plain elements, as Notion gives it back; there are no mentions and equations here."""
    return [_element(one, f"{where}[{place}]") for place, one in enumerate(list_of(value, where))]


def plain(elements: list[Json]) -> str:
    """What rich text says."""
    return "".join(element["plain_text"] for element in elements)


def _element(value: object, where: str) -> Json:
    given = object_of(value, where, ("type", "text", "annotations", "plain_text", "href"))
    if given.get("type", "text") != "text":
        raise wrong(f"{where}.type", '`"text"`', given["type"])
    text = object_of(given.get("text", MISSING), f"{where}.text", ("content", "link"))
    content = text_of(text.get("content", MISSING), f"{where}.text.content")
    link = text.get("link")
    if link is not None:
        place = f"{where}.text.link.url"
        url = text_of(object_of(link, f"{where}.text.link", ("url", "type")).get("url", MISSING), place)
        if not _LINK.fullmatch(url):
            raise invalid("Invalid URL for link.")
        link = {"url": url}
    marks = object_of(given.get("annotations", {}), f"{where}.annotations", _PLAIN)
    return {
        "type": "text",
        "text": {"content": content, "link": link},
        "annotations": {**_PLAIN, **marks} if marks else _PLAIN,
        "plain_text": content,
        "href": link["url"] if link else None,
    }
