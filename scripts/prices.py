"""Writes the list of models and prices that the database loads, out of genai-prices: `make prices`.

A newer list takes a newer package (`make lock`), this script, and a migration that carries what it wrote. Of
a model it takes the standard price of text per token. One that can't be said so (by the minute, by the
request, by the hour of the day) is left out, and turns that it answers have an unknown cost.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.metadata import version

from genai_prices import types
from genai_prices.data import providers

from scripts.schema_files import ROOT

TARGET = ROOT / "supabase" / "schemas" / "kinkster" / "model_list.sql"

# Whose models are listed: what the worker asks, and what flows ask most. Names are those of the makers; the
# same model at a reseller has another price, which an operator adds.
PROVIDERS = ("openai", "anthropic", "google", "mistral")

# genai-prices does not say when models end. These are the dates and replacements that OpenAI had announced by
# November 2026 (https://developers.openai.com/api/docs/deprecations), for models that chat. gpt-5-pro and
# o3-pro are replaced in a mode of reasoning that is not asked for here. None: no replacement was known.
ENDS = {
    "gpt-3.5-turbo": ("2026-10-23", "gpt-5.6-terra"),
    "gpt-4": ("2026-10-23", "gpt-5.6-sol"),
    "gpt-4-turbo": ("2026-10-23", "gpt-5.6-sol"),
    "gpt-4o-2024-05-13": ("2026-10-23", "gpt-5.6-sol"),
    "gpt-4.1-nano": ("2026-10-23", "gpt-5.6-luna"),
    "o1": ("2026-10-23", "gpt-5.6-sol"),
    "o3-mini": ("2026-10-23", "gpt-5.6-sol"),
    "o4-mini": ("2026-10-23", "gpt-5.6-terra"),
    "gpt-5": ("2026-12-11", "gpt-6.1-sol"),
    "gpt-5-mini": ("2026-12-11", "gpt-6.1-terra"),
    "gpt-5-nano": ("2026-12-11", "gpt-6-luna"),
    "gpt-5-pro": ("2026-12-11", "gpt-6.1-sol"),
    "o3": ("2026-12-11", "gpt-6.1-sol"),
    "o3-pro": ("2026-12-11", "gpt-6.1-sol"),
    "gpt-4o": ("2027-01-14", "gpt-6-luna"),
    "gpt-4o-mini": ("2027-01-14", "gpt-6-luna"),
    "gpt-4.1": ("2027-01-14", "gpt-6-luna"),
    "gpt-4.1-mini": ("2027-01-14", "gpt-6-luna"),
    "gpt-5.1": ("2027-04-01", None),
    "gpt-5.4-nano": ("2027-04-01", None),
}

CLASSES = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "output_mtok": "output",
}
# Priced besides, and nothing that a turn has: audio and pictures, tools, caches that are kept for an hour.
NEVER_USED = re.compile(r"(audio|image|video|document)|_kcount$|^cache_write_1h_mtok$")
DATED = re.compile(r"\^(.+)-\\d\{4\}-\\d\{2\}-\\d\{2\}\$")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")

WIDTH = 130 - len("    ,")
HEAD = """\
-- Written by `make prices` out of genai-prices {version}, not by hand: models, the names that they
-- are called by, when they end, and prices in US dollars per million tokens.
create or replace function kinkster.model_list()
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return '[
"""
TAIL = """
  ]'::jsonb;
end
$$;

comment on function kinkster.model_list() is
  'The list of models that came with this version, which load_models() brings into models and model_prices.';

revoke execute on function kinkster.model_list() from public, anon, authenticated, service_role;

select kinkster.load_models();
"""


@dataclass(frozen=True)
class Price:
    """A price of a model: from a day on (None: always), for inputs longer than `over` tokens."""

    since: date | None
    over: int
    classes: dict[str, Decimal]


def prices_of(model: types.ModelInfo) -> list[Price] | None:
    """All prices of a model in order; None for one whose price is not so much per token."""
    given = model.prices
    dated = given if isinstance(given, list) else [types.ConditionalPrice(prices=given)]
    found: list[Price] = []
    for place, each in enumerate(dated):
        if isinstance(each.constraint, types.TimeOfDateConstraint):
            return None
        # The first of several is also the one that holds when no other does.
        since = each.constraint.start_date if each.constraint and place else None
        if place and (since is None or since <= (found[-1].since or date.min)):
            raise ValueError(f"the prices of {model.id} are not in the order of their dates")
        classes = {key: price for key, price in vars(each.prices).items() if price is not None}
        if not {"input_mtok", "output_mtok"} <= classes.keys() or "requests_kcount" in classes:
            return None
        if any(key not in CLASSES and not NEVER_USED.search(key) for key in classes):
            return None
        tiered = [price for price in classes.values() if isinstance(price, types.TieredPrices)]
        for over in sorted({0, *(tier.start for price in tiered for tier in price.tiers)}):
            at = {name: _at(classes[key], over) for key, name in CLASSES.items() if key in classes}
            found.append(Price(since, over, at))
    return found


def _at(price: Decimal | types.TieredPrices, over: int) -> Decimal:
    """The price for inputs longer than this, and not longer than the next tier."""
    if isinstance(price, Decimal):
        return price
    return next((tier.price for tier in reversed(price.tiers) if over >= tier.start), price.base)


def names_of(clause: types.MatchLogic) -> Iterator[tuple[str, str]]:
    """The names that a clause matches, and what each covers. What is no beginning of a name is left out."""
    match clause:
        case types.ClauseOr():
            for part in clause.or_:
                yield from names_of(part)
        case types.ClauseEquals():
            yield clause.equals, "itself"
        case types.ClauseStartsWith():
            yield clause.starts_with, "all"
        case types.ClauseRegex() if found := DATED.fullmatch(clause.regex):
            yield found[1].replace("\\.", "."), "dates"


def rows() -> Iterator[tuple[dict[str, object], list[Price]]]:
    """A row for each name, its model's own first and with the prices; the names of a model in order."""
    taken: set[str] = set()
    for provider in (each for wanted in PROVIDERS for each in providers if each.id == wanted):
        for model in provider.models:
            prices = prices_of(model)
            covers: dict[str, str] = {model.id: "itself"}
            for name, what in names_of(model.match):
                covers[name] = max(covers.get(name, "itself"), what, key=["itself", "dates", "all"].index)
            if not prices or model.id in taken:
                continue
            for name, what in covers.items():
                if name in taken or not NAME.fullmatch(name):
                    continue
                taken.add(name)
                row: dict[str, object] = {"model": name, "provider": provider.id}
                if name != model.id:
                    row["same_as"] = model.id
                if what != "itself":
                    row["covers"] = what
                if name in ENDS:
                    row["shutdown_on"], row["replacement"] = ENDS[name]
                yield row, prices if name == model.id else []


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _line(price: Price) -> str:
    parts = [f'"since": "{price.since}"'] if price.since else []
    parts += [f'"over": {price.over}'] if price.over else []
    parts += [f'"{name}": {_number(value)}' for name, value in price.classes.items()]
    return f"{{{', '.join(parts)}}}"


def model_list() -> str:
    """The file's text."""
    lines = []
    for row, prices in rows():
        line = json.dumps({key: value for key, value in row.items() if value is not None})
        if prices:
            each = [_line(price) for price in prices]
            line = f'{line[:-1]}, "prices": [{", ".join(each)}]}}'
            if len(line) > WIDTH:
                line = line.replace('"prices": [', '"prices": [\n      ').replace("}, {", "},\n      {")
        lines.append(f"    {line}")
    return HEAD.format(version=version("genai-prices")) + ",\n".join(lines) + TAIL


def main() -> int:
    """Writes the file; status 1 when an end is known of a model that is not there."""
    listed = {str(row["model"]) for row, _ in rows()}
    known_ends = set(ENDS) | {after for _, after in ENDS.values() if after}
    if missing := sorted(known_ends - listed):
        print(f"genai-prices has no prices for: {', '.join(missing)}", file=sys.stderr)
        return 1
    TARGET.write_text(model_list(), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}: {len(listed)} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
