"""Reads the statements that make functions, triggers and policies."""

import re
from collections.abc import Iterator
from typing import Any

from kinkster_worker.migrations.names import Node, argument_type, qualified, relation
from kinkster_worker.migrations.objects import Change, Key, Make

INPUT = ("FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC")


def signature(node: Node, default: str) -> Key:
    """The key of a function as `drop function` names it; without arguments where it names none."""
    name = qualified(node["objname"], default)
    if node.get("args_unspecified"):
        return Key("function", name)
    types = [argument_type(item["type_name"]) for item in node.get("objargs", [])]
    return Key("function", f"{name}({', '.join(types)})")


def create_function(node: Node, default: str) -> Iterator[Change]:
    """The function or procedure, with whatever of it can be compared to the letter."""
    parameters = [item["function_parameter"] for item in node.get("parameters", [])]
    types = [argument_type(item["arg_type"]) for item in parameters if item["mode"] in INPUT]
    options = [(item["def_elem"]["defname"], item["def_elem"].get("arg", {})) for item in node["options"]]
    said: dict[str, Any] = dict(options)
    traits: dict[str, object] = {
        "language": said.get("language", {"string": {"sval": "sql"}})["string"]["sval"],
        "volatility": said.get("volatility", {"string": {"sval": "volatile"}})["string"]["sval"],
        "security": "definer" if said.get("security", {}).get("boolean", {}).get("boolval") else "invoker",
        "settings": sorted(_setting(arg["variable_set_stmt"]) for name, arg in options if name == "set"),
    }
    if "return_type" in node:
        of_many = "setof " if node["return_type"].get("setof") else ""
        traits["result"] = of_many + argument_type(node["return_type"])
    if "as" in said:
        traits["body"] = comparable_body(said["as"]["list"]["items"][0]["string"].get("sval", ""))
    key = Key("function", f"{qualified(node['funcname'], default)}({', '.join(types)})")
    yield Make(key, traits, bool(node.get("replace")))


def create_trigger(node: Node, default: str) -> Iterator[Change]:
    """The trigger of its table."""
    traits = {
        "function": qualified(node["funcname"], default),
        "timing": node.get("timing", 0),
        "events": node.get("events", 0),
        "reach": bool(node.get("row")),
        "condition": "when_clause" in node,
    }
    key = Key("trigger", node["trigname"], relation(node["relation"], default))
    yield Make(key, traits, bool(node.get("replace")))


def create_policy(node: Node, default: str) -> Iterator[Change]:
    """The policy of its table. Expressions are compared by being there: Postgres writes them its own way."""
    roles = [item["role_spec"] for item in node.get("roles", [])]
    traits = {
        "command": node.get("cmd_name", "all"),
        "roles": sorted(role.get("rolename", "public") for role in roles),
        "using": "qual" in node,
        "check": "with_check" in node,
    }
    yield Make(Key("policy", node["policy_name"], relation(node["table"], default)), traits)


def comparable_setting(text: str) -> str:
    """A setting of a function, `name=value`, without quotes and spaces."""
    return re.sub(r"[\s'\"]", "", text)


def comparable_body(text: str) -> str:
    """A function's body with the line ends that every system writes."""
    return text.replace("\r\n", "\n")


def _setting(node: Node) -> str:
    constants = [arg["a_const"] for arg in node.get("args", []) if "a_const" in arg]
    values = [str(constant.get("sval", constant.get("ival", {})).get("sval", "")) for constant in constants]
    return comparable_setting(f"{node['name']}={','.join(values)}")
