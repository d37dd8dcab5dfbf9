"""Names of objects and types in a parse tree of libpg_query, in the form in which they are compared."""

from typing import Any

Node = dict[str, Any]
"""A node of the tree; what is false, zero or empty is left out of it."""

BY_THEMSELVES = ("public", "pg_catalog", "extensions")  # schemas whose objects are written without them
SERIALS = {"smallserial": "int2", "serial": "int4", "bigserial": "int8"}


def plain(schema: str, name: str) -> str:
    """A name with its schema, where that has to be said."""
    return name if schema in BY_THEMSELVES or not schema else f"{schema}.{name}"


def relation(node: Node, default: str) -> str:
    """The name of a table, view, index or sequence; `default` is the schema of unqualified names."""
    return plain(node.get("schemaname", default), node["relname"])


def strings(nodes: list[Node]) -> list[str]:
    """The words of a list of string nodes."""
    return [node["string"].get("sval", "") for node in nodes]


def qualified(nodes: list[Node], default: str) -> str:
    """The name that a list of words spells, such as ["kinkster", "now"]."""
    words = strings(nodes)
    return plain(words[-2] if len(words) > 1 else default, words[-1])


def type_name(node: Node) -> str:
    """A type as the catalogs name it: int4, varchar(30), timestamptz, text[], app.mood."""
    words = strings(node.get("names", []))
    name = plain(words[-2] if len(words) > 1 else "", words[-1]) if words else "?"
    name = SERIALS.get(name, name)
    modifiers = [str(item["a_const"].get("ival", {}).get("ival", 0)) for item in _constants(node)]
    if modifiers and name != "interval":
        name += f"({','.join(modifiers)})"
    if node.get("pct_type"):
        name += "%type"
    return name + ("[]" if node.get("array_bounds") else "")


def argument_type(node: Node) -> str:
    """A type in a signature, where lengths do not count."""
    return type_name({**node, "typmods": []})


def _constants(node: Node) -> list[Node]:
    return [item for item in node.get("typmods", []) if "a_const" in item]
