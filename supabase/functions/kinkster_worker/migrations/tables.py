"""Reads the statements that make and change tables, columns, constraints and indexes."""

from collections.abc import Iterator

from kinkster_worker.migrations.names import SERIALS, Node, plain, relation, strings, type_name
from kinkster_worker.migrations.objects import Alter, Change, Drop, Key, Make

CONSTRAINTS = {
    "CONSTR_PRIMARY": "primary key",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_FOREIGN": "foreign key",
    "CONSTR_CHECK": "check",
    "CONSTR_EXCLUSION": "exclusion",
}


def create_table(node: Node, default: str) -> Iterator[Change]:
    """The table, its columns, and those of its constraints that have a name."""
    table, again = relation(node["relation"], default), bool(node.get("if_not_exists"))
    if node["relation"].get("relpersistence") == "t":
        return
    yield Make(Key("table", table), {}, again)
    for element in node.get("table_elts", []):
        if "column_def" in element:
            yield from _column(table, element["column_def"], again, default)
        elif "constraint" in element:
            yield from _constraint(table, element["constraint"], again, default)


def alter_table(node: Node, default: str) -> Iterator[Change]:
    """Each of its commands that adds, changes or takes away something that is compared."""
    table = relation(node["relation"], default)
    for item in node["cmds"]:
        yield from _command(table, item["alter_table_cmd"], default)


def create_index(node: Node, default: str) -> Iterator[Change]:
    """The index, if it has a name; it lives in its table's schema."""
    if "idxname" in node:
        table = relation(node["relation"], default)
        name = plain(node["relation"].get("schemaname", default), node["idxname"])
        elements = [item["index_elem"] for item in node.get("index_params", [])]
        traits = {
            "uniqueness": bool(node.get("unique")),
            "method": node.get("access_method", "btree"),
            "columns": [element.get("name", "(expression)") for element in elements],
            "condition": "where_clause" in node,
        }
        yield Make(Key("index", name, table), traits, bool(node.get("if_not_exists")))


def _column(table: str, node: Node, again: bool, default: str) -> Iterator[Change]:
    constraints = [item["constraint"] for item in node.get("constraints", [])]
    written = strings(node.get("type_name", {}).get("names", []))
    required = {constraint["contype"] for constraint in constraints} & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}
    required |= set(written) & set(SERIALS)
    traits = {"type": type_name(node["type_name"]), "not null": bool(required)}
    yield Make(Key("column", node["colname"], table), {} if again else traits, again)
    for constraint in constraints:
        yield from _constraint(table, constraint, again, default)


def _constraint(table: str, node: Node, again: bool, default: str) -> Iterator[Change]:
    if node["contype"] not in CONSTRAINTS:
        return
    for column in strings(node.get("keys", [])) if node["contype"] == "CONSTR_PRIMARY" else []:
        yield Alter(Key("column", column, table), {} if again else {"not null": True})
    if "conname" not in node:
        return
    traits: dict[str, object] = {"sort": CONSTRAINTS[node["contype"]]}
    if "pktable" in node:
        traits["other table"] = relation(node["pktable"], default)
    columns = strings(node.get("fk_attrs") or node.get("keys") or [])
    if columns and not node.get("indexname"):
        traits["columns"] = columns
    yield Make(Key("constraint", node["conname"], table), traits, again)


def _command(table: str, node: Node, default: str) -> Iterator[Change]:
    name, again = node.get("name", ""), bool(node.get("missing_ok"))
    column, constraint = Key("column", name, table), Key("constraint", name, table)
    match node["subtype"]:
        case "AT_AddColumn":
            yield from _column(table, node["def"]["column_def"], again, default)
        case "AT_DropColumn":
            yield Drop(column, again)
        case "AT_AlterColumnType":
            yield Alter(column, {"type": type_name(node["def"]["column_def"]["type_name"])})
        case "AT_SetNotNull" | "AT_DropNotNull":
            yield Alter(column, {"not null": node["subtype"] == "AT_SetNotNull"})
        case "AT_AddConstraint":
            yield from _constraint(table, node["def"]["constraint"], False, default)
        case "AT_ValidateConstraint":
            yield Alter(constraint, {"validity": True})
        case "AT_DropConstraint":
            yield Drop(constraint, again)
        case "AT_EnableRowSecurity" | "AT_DisableRowSecurity":
            enabled = node["subtype"] == "AT_EnableRowSecurity"
            yield Make(Key("row security", "", table), {"being on": enabled}, True)
