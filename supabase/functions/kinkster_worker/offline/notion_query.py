"""`POST /v1/data_sources/{id}/query`: the pages of a data source that a filter lets through."""

import time
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from .notion_call import Call, page_of
from .notion_errors import MISSING, invalid, wrong
from .notion_schema import Schema
from .notion_texts import Json, any_object_of, flag_of, list_of, object_of, plain, text_of
from .notion_values import show
from .notion_workspace import Page

Test = Callable[[Page], bool]

_OF_TEXTS: dict[str, Callable[[str, Any], bool]] = {
    "equals": lambda said, given: said == given,
    "does_not_equal": lambda said, given: said != given,
    "contains": lambda said, given: given in said,
    "does_not_contain": lambda said, given: given not in said,
    "starts_with": lambda said, given: said.startswith(given),
    "ends_with": lambda said, given: said.endswith(given),
    "is_empty": lambda said, _: not said,
    "is_not_empty": lambda said, _: bool(said),
}


def query(call: Call) -> Json:
    """Pages, oldest first, at most 100 at a time and 10,000 in all, without those in the trash."""
    source = call.workspace.source(call.id("data_source_id"))
    known = ("filter", "sorts", "start_cursor", "page_size", "result_type", *call.trash_names)
    body = object_of({} if call.body is None else call.body, "body", known)
    test = _test(source.schema, body["filter"], "body.filter") if "filter" in body else _any
    trash = False
    for name in call.trash_names:
        trash = flag_of(body[name], f"body.{name}") if name in body else trash
    shown_since = time.monotonic() - call.limits.query_lag_seconds
    pages = [page for page in call.workspace.pages.values() if page.source == source.id]
    pages = [page for page in pages if page.in_trash == trash and page.born <= shown_since and test(page)]
    _sort(pages, body.get("sorts", []))
    cut, pages = len(pages) > call.limits.query_rows, pages[: call.limits.query_rows]
    ids = [page.id for page in pages]
    shown, cursor = page_of(pages, ids, body.get("start_cursor"), body.get("page_size"))
    status: Json = {"type": "complete"}
    if cut and not cursor["has_more"]:
        status = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    return {
        "object": "list",
        "results": [call.workspace.show_page(page, call.version) for page in shown],
        **cursor,
        "type": "page_or_data_source",
        "page_or_data_source": {},
        "request_status": status,
    }


def _any(_page: Page) -> bool:
    return True


def _test(schema: Schema, given: object, where: str, depth: int = 0) -> Test:
    condition = any_object_of(given, where)
    for name, combine in (("and", all), ("or", any)):
        if name in condition:
            if depth == 2:
                raise wrong(f"{where}.{name}", "not present", condition[name])
            inner = enumerate(list_of(object_of(condition, where, (name,))[name], f"{where}.{name}"))
            tests = [_test(schema, one, f"{where}.{name}[{place}]", depth + 1) for place, one in inner]
            return lambda page: combine(test(page) for test in tests)
    named = text_of(condition.get("property", MISSING), f"{where}.property")
    found = schema.find(named)
    if found is None:
        raise invalid(f"Could not find property with name or id: {named}")
    kinds = [name for name in condition if name not in ("property", "type")]
    if kinds != [found.kind]:
        raise invalid(f"database property {found.kind} does not match filter {', '.join(kinds)}")
    rule, value = _rule(condition[found.kind], f"{where}.{found.kind}")
    column = found
    if found.kind in ("title", "rich_text"):
        if not isinstance(value, bool if rule.startswith("is_") else str) or rule not in _OF_TEXTS:
            raise wrong(f"{where}.{found.kind}.{rule}", "a rule for texts, with its value", value)
        compare = _OF_TEXTS[rule]
        return lambda page: compare(plain(show(column, page.values)[column.kind]), value)
    if found.kind not in ("number", "checkbox", "select") or rule != "equals":
        raise invalid(f"The offline Notion has no filter {rule} for {found.kind}.")
    return lambda page: bool(_plainly(show(column, page.values)[column.kind]) == value)


def _plainly(value: Any) -> Any:
    return value["name"] if isinstance(value, dict) else value


def _rule(given: object, where: str) -> tuple[str, Any]:
    if not isinstance(given, dict) or len(given) != 1:
        raise wrong(where, "an object with one rule", given)
    return next(iter(given.items()))


def _sort(pages: list[Page], sorts: object) -> None:
    for place, given in reversed(list(enumerate(list_of(sorts, "body.sorts")))):
        where = f"body.sorts[{place}]"
        sort = object_of(given, where, ("timestamp", "direction"))
        names = {"created_time": "born", "last_edited_time": "edited"}
        if sort.get("timestamp") not in names or sort.get("direction") not in ("ascending", "descending"):
            raise wrong(where, "a timestamp and a direction", given)
        by = attrgetter(names[sort["timestamp"]])
        pages.sort(key=by, reverse=sort["direction"] == "descending")
