"""Turns a migration's SQL into the changes of objects that it makes, with PostgreSQL's own parser."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import postgast
from google.protobuf.json_format import MessageToDict

from kinkster_worker.migrations import routines, tables
from kinkster_worker.migrations.names import (
    Node,
    argument_type,
    plain,
    qualified,
    relation,
    strings,
    type_name,
)
from kinkster_worker.migrations.objects import Change, Drop, Key, Make, Rename

NOT_COMPARED = (
    "comment_stmt",
    "grant_stmt",
    "grant_role_stmt",
    "alter_default_privileges_stmt",
    "alter_owner_stmt",
    "variable_set_stmt",
    "transaction_stmt",
    "notify_stmt",
)
"""Statements that leave no object behind, or only its owner, comment and privileges."""

DROPPED = {
    "OBJECT_TABLE": "table",
    "OBJECT_VIEW": "view",
    "OBJECT_MATVIEW": "materialized view",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_FOREIGN_TABLE": "foreign table",
    "OBJECT_INDEX": "index",
    "OBJECT_TYPE": "type",
    "OBJECT_DOMAIN": "type",
    "OBJECT_FUNCTION": "function",
    "OBJECT_PROCEDURE": "function",
    "OBJECT_ROUTINE": "function",
    "OBJECT_SCHEMA": "schema",
    "OBJECT_EXTENSION": "extension",
    "OBJECT_TRIGGER": "trigger",
    "OBJECT_POLICY": "policy",
}
RENAMED = {**DROPPED, "OBJECT_COLUMN": "column", "OBJECT_TABCONSTRAINT": "constraint"}


@dataclass(frozen=True)
class Block:
    """The text of a `do` block, and how many changes of its migration come before it."""

    text: str
    changes_before: int


@dataclass
class Reading:
    """What a migration does: changes of objects in order; its blocks, which may do anything; and what else it
    does that leaves no trace in the catalogs, in words.
    """

    changes: list[Change] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


@functools.lru_cache(maxsize=1000)
def read(sql: str) -> Reading:
    """Reads the SQL of a migration, once: nobody changes a reading. What is no SQL is said in `unseen`."""
    reading = Reading()
    try:
        tree = _parsed(sql)
    except postgast.PgQueryError as error:
        reading.unseen.append(f"SQL that can't be read ({error.message})")
        return reading
    schema = "public"
    for statement in tree.get("stmts", []):
        ((kind, node),) = statement["stmt"].items()
        if kind == "variable_set_stmt" and node.get("name") == "search_path":
            schema = _first_word(node) or "public"
        elif kind == "do_stmt":
            reading.blocks += [Block(text, len(reading.changes)) for text in _block(node)]
            reading.unseen.append("a block")
        elif kind in READERS:
            reading.changes += READERS[kind](node, schema)
        elif kind not in NOT_COMPARED:
            words = kind.removesuffix("_stmt").replace("_", " ")
            reading.unseen.append(f"{'an' if words[0] in 'aeiou' else 'a'} {words}")
    return reading


@functools.lru_cache(maxsize=1000)
def read_type(text: str, *, length: bool = True) -> str:
    """A type as PostgreSQL writes it, in the form in which types are compared."""
    (target,) = _parsed(f"select null::{text}")["stmts"][0]["stmt"]["select_stmt"]["target_list"]
    node = target["res_target"]["val"]["type_cast"]["type_name"]
    return type_name(node) if length else argument_type(node)


def _parsed(sql: str) -> dict[str, Any]:
    tree: dict[str, Any] = MessageToDict(postgast.parse(sql), preserving_proto_field_name=True)
    return tree


def _first_word(node: Node) -> str:
    """The first value of a `set`; nothing where there is none, or it is empty."""
    values = [arg.get("a_const", {}).get("sval", {}) for arg in node.get("args", [])]
    return str(values[0].get("sval", "")) if values else ""


def _block(node: Node) -> list[str]:
    return [
        str(item["def_elem"]["arg"]["string"].get("sval", ""))
        for item in node.get("args", [])
        if item["def_elem"]["defname"] == "as"
    ]


def _schema(node: Node, default: str) -> Iterator[Change]:
    if "schemaname" in node:
        yield Make(Key("schema", node["schemaname"]), {}, bool(node.get("if_not_exists")))


def _extension(node: Node, default: str) -> Iterator[Change]:
    yield Make(Key("extension", node["extname"]), {}, bool(node.get("if_not_exists")))


def _role(node: Node, default: str) -> Iterator[Change]:
    yield Make(Key("role", node["role"]), {})


def _view(node: Node, default: str) -> Iterator[Change]:
    yield Make(Key("view", relation(node["view"], default)), {}, bool(node.get("replace")))


def _table_as(node: Node, default: str) -> Iterator[Change]:
    kind = "materialized view" if node["objtype"] == "OBJECT_MATVIEW" else "table"
    yield Make(Key(kind, relation(node["into"]["rel"], default)), {}, bool(node.get("if_not_exists")))


def _sequence(node: Node, default: str) -> Iterator[Change]:
    yield Make(Key("sequence", relation(node["sequence"], default)), {}, bool(node.get("if_not_exists")))


def _enum(node: Node, default: str) -> Iterator[Change]:
    name = qualified(node["type_name"], default)
    yield Make(Key("type", name), {})
    for label in strings(node.get("vals", [])):
        yield Make(Key("label", label, name), {})


def _alter_enum(node: Node, default: str) -> Iterator[Change]:
    name = qualified(node["type_name"], default)
    if "old_val" in node:
        yield Rename(Key("label", node["old_val"], name), Key("label", node["new_val"], name))
    else:
        yield Make(Key("label", node["new_val"], name), {}, bool(node.get("skip_if_new_val_exists")))


def _composite(node: Node, default: str) -> Iterator[Change]:
    yield Make(Key("type", relation(node["typevar"], default)), {})


def _domain(node: Node, default: str) -> Iterator[Change]:
    yield Make(Key("type", qualified(node["domainname"], default)), {})


def _drop(node: Node, default: str) -> Iterator[Change]:
    kind = DROPPED.get(node["remove_type"])
    again = bool(node.get("missing_ok"))
    for item in node["objects"] if kind else []:
        yield Drop(_named(kind or "", item, default), again)


def _named(kind: str, item: Node, default: str) -> Key:
    """The key of an object as `drop` names it."""
    if "object_with_args" in item:
        return routines.signature(item["object_with_args"], default)
    if "type_name" in item:
        return Key(kind, type_name(item["type_name"]))
    if "string" in item:
        return Key(kind, item["string"]["sval"])
    words = item["list"]["items"]
    if kind in ("trigger", "policy"):
        return Key(kind, strings(words)[-1], qualified(words[:-1], default))
    return Key(kind, qualified(words, default))


def _rename(node: Node, default: str) -> Iterator[Change]:
    kind = RENAMED.get(node["rename_type"])
    if kind is None:
        return
    new = node["newname"]
    if "subname" in node:
        table = relation(node["relation"], default)
        yield Rename(Key(kind, node["subname"], table), Key(kind, new, table))
    elif "relation" in node:
        old = relation(node["relation"], default)
        yield Rename(Key(kind, old), Key(kind, plain(node["relation"].get("schemaname", default), new)))
    elif "object_with_args" in node.get("object", {}):
        key = routines.signature(node["object"]["object_with_args"], default)
        name, bracket, arguments = key.name.partition("(")
        schema, dot, _ = name.rpartition(".")
        yield Rename(key, Key(kind, f"{schema}{dot}{new}{bracket}{arguments}"))


READERS: dict[str, Callable[[Node, str], Iterator[Change]]] = {
    "create_schema_stmt": _schema,
    "create_extension_stmt": _extension,
    "create_role_stmt": _role,
    "create_stmt": tables.create_table,
    "alter_table_stmt": tables.alter_table,
    "index_stmt": tables.create_index,
    "create_function_stmt": routines.create_function,
    "create_trig_stmt": routines.create_trigger,
    "create_policy_stmt": routines.create_policy,
    "view_stmt": _view,
    "create_table_as_stmt": _table_as,
    "create_seq_stmt": _sequence,
    "create_enum_stmt": _enum,
    "alter_enum_stmt": _alter_enum,
    "composite_type_stmt": _composite,
    "create_domain_stmt": _domain,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
}
"""How each statement that makes, changes or takes away objects is read, by its name in the parse tree."""
