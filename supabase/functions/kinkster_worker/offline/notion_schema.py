"""The properties of a data source: types, options, and how a request creates, renames or removes them.

https://developers.notion.com/reference/update-data-source-properties
"""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

from .notion_errors import MISSING, invalid, wrong
from .notion_texts import Json, any_object_of, list_of, object_of, text_of

EMPTY: Json = {
    "title": [],
    "rich_text": [],
    "select": None,
    "multi_select": [],
    "number": None,
    "checkbox": False,
    "files": [],
    "date": None,
    "url": None,
}
"""Each type that there is here, with the value of a page that never had one."""

_MOST_OPTION = 100


@dataclass
class Property:
    """One column. `options` are names, in order; `format` is a number's."""

    id: str
    name: str
    kind: str
    options: dict[str, None] = field(default_factory=dict)
    format: str = "number"

    def option(self, name: str) -> Json:
        """An option as answers show it; its id follows from its name."""
        identifier = uuid5(UUID(int=0), f"{self.id}/{name}")
        return {"id": str(identifier), "name": name, "color": "default"}

    def option_name(self, given: object, where: str) -> str:
        """The name of the option that is meant, by name or by the id of one that there is."""
        option = object_of(given, where, ("id", "name", "color", "description"))
        if "name" in option:
            return option_name(option["name"], f"{where}.name")
        found = {self.option(name)["id"]: name for name in self.options}
        if option.get("id") not in found:
            raise invalid(f'{self.name} is an invalid select option "{option.get("id")}".')
        return found[option["id"]]

    def config(self) -> Json:
        """The property as a data source shows it."""
        detail: Json = {}
        if self.kind in ("select", "multi_select"):
            detail = {"options": [self.option(name) | {"description": None} for name in self.options]}
        elif self.kind == "number":
            detail = {"format": self.format}
        return {"id": self.id, "name": self.name, "description": None, "type": self.kind, self.kind: detail}


def option_name(value: object, where: str) -> str:
    """The name of an option, which has no comma."""
    name = text_of(value, where, _MOST_OPTION, least=1)
    if "," in name:
        raise invalid(f"Invalid select option, commas not allowed: {name}")
    return name


class Schema:
    """The properties of one data source, one of which is the title."""

    def __init__(self) -> None:
        self.properties: list[Property] = []

    def find(self, name: str) -> Property | None:
        """The property with this name or id."""
        by_id = (p for p in self.properties if p.id == name)
        return next((p for p in self.properties if p.name == name), None) or next(by_id, None)

    def config(self) -> Json:
        """The properties as a data source shows them."""
        return {p.name: p.config() for p in self.properties}

    def updated(self, given: object, where: str = "body.properties") -> "Schema":
        """The properties after a request: a configuration creates one or changes its type, a `name` renames
        it, null removes it. All of it is done, or the request is refused.
        """
        changed = copy.deepcopy(self)
        for name, config in any_object_of(given, where).items():
            text_of(name, f"{where}.{name}", least=1)
            if config is None:
                changed._remove(name)
            else:
                changed._set(name, config, f"{where}.{name}")
        if [p.kind for p in changed.properties].count("title") != 1:
            raise invalid("A data source should have exactly one title property.")
        return changed

    def _remove(self, name: str) -> None:
        found = self.find(name)
        if found is None:
            raise invalid(f"{name} is not a property that exists.")
        if found.kind == "title":
            raise invalid("Cannot delete the title property of a data source.")
        self.properties.remove(found)

    def _set(self, name: str, given: object, where: str) -> None:
        config = object_of(given, where, {"id", "name", "type", "description", *EMPTY})
        kind = _kind(config, where)
        found = self.find(name)
        if found is None:
            if kind is None:
                raise invalid(f"{name} is not a property that exists.")
            found = Property("title" if kind == "title" else uuid4().hex[:8], name, kind)
            self.properties.append(found)
        elif kind is not None and kind != found.kind:
            if "title" in (kind, found.kind):
                raise invalid("Cannot change the type of the title property.")
            found.kind, found.options = kind, {}
        if kind is not None:
            _configure(found, config[kind], f"{where}.{kind}")
        if "name" in config:
            self._rename(found, text_of(config["name"], f"{where}.name", least=1))

    def _rename(self, found: Property, name: str) -> None:
        if any(p.name == name for p in self.properties if p is not found):
            raise invalid(f"Cannot rename property {found.name}: {name} is the name of another property.")
        found.name = name


def schema_of(given: object) -> Schema:
    """The properties of a new data source; without a title they get `Name`."""
    schema, configs = Schema(), dict(given) if isinstance(given, dict) else {}
    if not any(isinstance(config, dict) and "title" in config for config in configs.values()):
        configs = {"Name": {"title": {}}, **configs}
    return schema.updated(configs)


def _kind(config: Json, where: str) -> str | None:
    kinds = [name for name in config if name in EMPTY]
    if len(kinds) > 1:
        raise wrong(f"{where}.{kinds[1]}", "not present", config[kinds[1]])
    kind = kinds[0] if kinds else None
    if config.get("type", kind) != kind:
        raise wrong(f"{where}.{config['type']}", "defined", MISSING)
    return kind


def _configure(found: Property, given: object, where: str) -> None:
    if found.kind in ("select", "multi_select"):
        config = object_of(given, where, ("options",))
        if "options" in config:
            found.options = dict.fromkeys(_options(found, config["options"], f"{where}.options"))
    elif found.kind == "number":
        config = object_of(given, where, ("format",))
        found.format = text_of(config.get("format", found.format), f"{where}.format")
    else:
        object_of(given, where, ())


def _options(found: Property, given: Any, where: str) -> Iterable[str]:
    for place, option in enumerate(list_of(given, where)):
        yield found.option_name(option, f"{where}[{place}]")
