"""The values of a page's properties, by type: https://developers.notion.com/reference/property-value-object."""

import re
from datetime import UTC, datetime
from typing import Any

from .notion_errors import MISSING, invalid, wrong
from .notion_schema import EMPTY, Property, Schema
from .notion_texts import Json, address_of, any_object_of, flag_of, list_of, object_of, rich_text, text_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def read_values(schema: Schema, given: object, where: str = "body.properties") -> dict[str, Any]:
    """The values that a request gives, by the id of their property; the request is refused for one that is
    unknown, of another type, or beyond a limit.
    """
    values: dict[str, Any] = {}
    for name, value in any_object_of(given, where).items():
        found = schema.find(name)
        if found is None:
            raise invalid(f"{name} is not a property that exists.")
        values[found.id] = _value(found, value, f"{where}.{name}")
    return values


def add_options(schema: Schema, values: dict[str, Any]) -> None:
    """Makes the options that pages name and that their properties don't have yet."""
    for found in schema.properties:
        names = values.get(found.id) if found.kind in ("select", "multi_select") else None
        if names:
            found.options |= dict.fromkeys([names] if isinstance(names, str) else names)


def show(found: Property, values: dict[str, Any]) -> Json:
    """A page's value of a property as Notion gives it back."""
    value = values.get(found.id, EMPTY[found.kind])
    if found.kind == "select":
        value = None if value is None else found.option(value)
    elif found.kind == "multi_select":
        value = [found.option(name) for name in value or ()]
    return {"id": found.id, "type": found.kind, found.kind: value}


def _value(found: Property, given: object, where: str) -> Any:
    kind = found.kind
    value = object_of(given, where, {"id", "type", *EMPTY})
    kinds = [name for name in value if name in EMPTY]
    if not kinds:
        raise wrong(f"{where}.{kind}", "defined", MISSING)
    if kinds != [kind] or value.get("type", kind) != kind:
        raise invalid(f"{found.name} is expected to be {kind}.")
    inner, where = value[kind], f"{where}.{kind}"
    match kind:
        case "title" | "rich_text":
            return rich_text(inner, where)
        case "multi_select":
            options = enumerate(list_of(inner, where))
            return list(dict.fromkeys(found.option_name(one, f"{where}[{place}]") for place, one in options))
        case "files":
            return [_file(one, f"{where}[{place}]") for place, one in enumerate(list_of(inner, where))]
        case "checkbox":
            return flag_of(inner, where)
    return None if inner is None else _optional(found, inner, where)


def _optional(found: Property, inner: object, where: str) -> Any:
    """A value of a type that null empties."""
    match found.kind:
        case "select":
            return found.option_name(inner, where)
        case "url":
            return text_of(inner, where, least=1)
        case "date":
            return _date(inner, where)
    if isinstance(inner, bool) or not isinstance(inner, int | float):
        raise wrong(where, "a number or `null`", inner)
    return inner


def _file(given: object, where: str) -> Json:
    file = object_of(given, where, ("name", "type", "external"))
    if file.get("type", "external") != "external":
        raise wrong(f"{where}.type", '`"external"`', file["type"])
    external = object_of(file.get("external", MISSING), f"{where}.external", ("url",))
    return {
        "name": text_of(file.get("name", MISSING), f"{where}.name", most=100),
        "type": "external",
        "external": {"url": address_of(external.get("url", MISSING), f"{where}.external.url")},
    }


def _date(given: object, where: str) -> Json:
    date = object_of(given, where, ("start", "end", "time_zone"))
    if date.get("time_zone") is not None:
        raise invalid(f"The offline Notion keeps no time zones: leave out {where}.time_zone.")
    end = date.get("end")
    return {
        "start": _moment(date.get("start", MISSING), f"{where}.start"),
        "end": None if end is None else _moment(end, f"{where}.end"),
        "time_zone": None,
    }


def _moment(given: object, where: str) -> str:
    """A day, or a moment to the minute, which is all that Notion keeps of it."""
    text = text_of(given, where)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong(where, "a valid ISO 8601 date string", given) from None
    if _DAY.fullmatch(text):
        return text
    return moment.replace(second=0, microsecond=0, tzinfo=moment.tzinfo or UTC).isoformat(
        timespec="milliseconds"
    )
