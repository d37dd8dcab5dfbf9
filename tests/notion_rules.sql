-- An independent reading of what Notion takes, in Python inside the database: what is wrong with a prepared page, given the
-- row that it was made from. It shares no code with the SQL: it puts the page's parts together again and compares.
create schema notion_rules;

create function notion_rules.findings(p_row jsonb, p_page jsonb) returns text[]
language plpython3u immutable as $$
import json
import re

UNSEEN = set(map(chr, [
    9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0xAD, 0x115F, 0x1160, 0x1680, 0x180E, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F,
    0x205F, 0x2060, 0x2800, 0x3000, 0x3164, 0xFEFF, 0xFFA0,
]))
CONTROL = set(map(chr, [*range(32), *range(0x7F, 0xA0)])) - {"\n", "\t"}
SELECTS = {"role", "pronouns", "experience_level"}
LISTS = {
    "hard_limits", "soft_limits", "top_kinks", "kink_interests", "personality_traits", "role_preferences", "clothing_style",
    "fetish_wear", "favorite_colors",
}
NUMBERS = {"dominance", "submission", "charisma", "stamina", "creativity", "control"}
TEXTS = {
    "display_name", "archetype", "specialty", "bio", "backstory", "appearance_description", "body_type", "height", "build",
    "hair_color", "hair_style", "eye_color", "skin_tone", "facial_hair", "age_range", "aesthetic", "physical_attributes",
}
OTHERS = {
    "Name": ("title", "name"), "Supabase ID": ("rich_text", "id"), "Avatar": ("files", "avatar_url"),
    "Public": ("checkbox", "is_public"), "Active": ("checkbox", "is_active"), "Primary": ("checkbox", "is_primary"),
    "Created": ("date", "created_at"),
}
# Property → its type in Notion, the column that it shows.
PROPERTIES = OTHERS | {
    column.replace("_", " ").title(): (kind, column)
    for kind, columns in {"select": SELECTS, "multi_select": LISTS, "number": NUMBERS, "rich_text": TEXTS}.items()
    for column in columns
}
CONTENT = ["Bio", "Backstory"]
REQUEST = 500_000  # bytes
ROOMY = 200_000  # with fewer bytes than this in all properties, none may be cut short
findings = []


def find(kind, detail=""):
    findings.append(f"{kind}: {detail}"[:500])


def units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def octets(value):
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def shown(text):
    """A text as Notion is to show it; '' for one that says nothing."""
    if text is None:
        return ""
    text = "".join(c for c in re.sub("\r\n|[\x0b\x0c\r\x85]", "\n", text) if c not in CONTROL)
    start, end = 0, len(text)
    while start < end and text[start] in UNSEEN:
        start += 1
    while end > start and text[end - 1] in UNSEEN:
        end -= 1
    return text[start:end]


def flat(value):
    if isinstance(value, list):
        return [item for each in value for item in flat(each)]
    return [] if value is None else [value]


def is_option(text):
    return not re.search("[\\x00-\\x1f\u2028\u2029,]", text) and units(text) <= 100


def texts_of(where, elements, least=0):
    """The text of rich text, checked."""
    if not isinstance(elements, list) or not least <= len(elements) <= 100:
        find("rich text", f"{where}: not {least} to 100 elements")
        return ""
    texts = []
    for element in elements:
        if set(element) != {"type", "text"} or element["type"] != "text" or set(element["text"]) != {"content"}:
            find("rich text", f"{where}: {element!r}")
            continue
        text = element["text"]["content"]
        texts.append(text)
        if not 1 <= units(text) <= 2000:
            find("length", f"{where}: {units(text)} code units")
        if any(c in CONTROL or 0xD800 <= ord(c) < 0xE000 for c in text):
            find("characters", f"{where}: {text!r}")
    for text, following in zip(texts, texts[1:]):
        seam(where, text, following)
    return "".join(texts)


def seam(where, text, following):
    """Nothing is torn between two pieces of one text."""
    if units(text) < 800:
        find("seam", f"{where}: a piece of {units(text)} code units is not the last")
    if re.match("[\u0300-\u036f\u200d\ufe0f]", following) and not re.search("[\u0300-\u036f\u200d\ufe0f]{90}$", text):
        find("seam", f"{where}: {text[-5:]!r} {following[:5]!r}")
    if not text[-1].isspace() and not following[0].isspace() and re.search("[ \n]", text[-150:]):
        find("seam", f"{where}: in a word, {text[-20:]!r} {following[:20]!r}")


def sections_of(page):
    """What the content says, by heading, checked."""
    requests = [page["children"], *page["more_children"]]
    if any(len(blocks) > 100 for blocks in requests) or not all(page["more_children"]):
        find("blocks", f"requests of {[len(blocks) for blocks in requests]}")
    if page["more_children"] and any(len(blocks) != len(requests[0]) for blocks in requests[:-1]):
        find("blocks", "a request that is not full is not the last")
    sections, last = {}, None
    for block in [block for blocks in requests for block in blocks]:
        kind = block.get("type")
        if kind not in ("heading_2", "paragraph") or set(block) != {"object", "type", kind} or block["object"] != "block":
            find("blocks", repr(block))
            continue
        if set(block[kind]) != {"rich_text"}:
            find("blocks", repr(block))
        text = texts_of("content", block[kind]["rich_text"], least=1)
        if kind == "heading_2":
            if last is not None and not sections[last]:
                find("headings", f"nothing under {last}")
            if text in sections or text not in PROPERTIES:
                find("headings", f"{text!r} is known already, or never")
            sections[text], last = [], text
        elif last is None:
            find("headings", "text before the first")
        else:
            if sections[last]:
                seam("content", sections[last][-1], text)
            sections[last].append(text)
    if last is not None and not sections[last]:
        find("headings", f"nothing under {last}")
    if list(sections) != [*(h for h in CONTENT if h in sections), *(h for h in sections if h not in CONTENT)]:
        find("headings", f"{list(sections)}")
    return {heading: "".join(texts) for heading, texts in sections.items()}


def leaves(value, path=()):
    """Texts, numbers and truth values of JSON, each with the names that lead to it."""
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in leaves(each, (*path, name))]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each, path)]
    if value is None:
        return []
    return [(path, {True: "true", False: "false"}[value] if isinstance(value, bool) else value)]


def check_attributes(said, value):
    lines = said
    for path, text in leaves(value):
        if shown(text):
            line = "".join([", ".join(filter(None, map(shown, path))) + ": " if any(map(shown, path)) else "", shown(text)])
            if f"\n{line}\n" not in f"\n{lines}\n":
                find("dropped", f"attribute {line!r}")
    length = sum(
        len(shown(text)) + 1 + (len(", ".join(filter(None, map(shown, path)))) + 2 if any(map(shown, path)) else 0)
        for path, text in leaves(value) if shown(text)
    )
    if len(shown(said)) > length:
        find("invented", f"attributes {said!r}")


def check_text(name, said, rest, wanted, cut):
    if name in CONTENT:
        if rest != wanted:
            find("dropped", f"the content's {name}: {rest[:100]!r} for {wanted[:100]!r}")
        if not wanted.startswith(said) or (said != wanted and not cut):
            find("dropped", f"{name}: {said[:100]!r} for {wanted[:100]!r}")
    elif said + rest != wanted or (rest and not cut):
        find("dropped", f"{name}: {said[:100]!r} and {rest[:100]!r} for {wanted[:100]!r}")


def check_options(name, said, rest, wanted, room, cut):
    wanted = list(dict.fromkeys(filter(None, map(shown, wanted))))
    for option in said:
        if set(option) != {"name"} or not option["name"] or not is_option(option["name"]):
            find("option", f"{name}: {option!r}")
    names = [option.get("name") for option in said]
    if len(names) > room or len(set(names)) < len(names):
        find("option", f"{name}: {len(names)}, {len(set(names))} of them different")
    if names != [item for item in wanted if item in names]:
        find("invented", f"{name}: {names!r} for {wanted!r}")
    left = [item for item in wanted if item not in names]
    if rest != "\n".join(f"• {item}" for item in left):
        find("dropped", f"{name}: {rest[:200]!r} for {left!r}")
    if any(map(is_option, left)) and len(names) < room and not cut:
        find("room", f"{name}: {[item for item in left if is_option(item)]!r} could have been options")


def check(row, page):
    allowed = {"success", "kinkster_id", "revision", "page_id", "properties", "children", "more_children"}
    if set(page) - {"parent"} != allowed or ("parent" in page) != (page["page_id"] is None):
        return find("keys", sorted(page))
    if page["success"] is not True or page["kinkster_id"] != row["id"] or str(page["revision"]) != row["revision"]:
        find("keys", "of another row")
    if "parent" in page and page["parent"] != {"type": "database_id", "database_id": page["parent"].get("database_id")}:
        find("keys", f"parent {page['parent']!r}")
    first = {key: page[key] for key in ("parent", "properties", "children") if key in page}
    for blocks in [first, *({"children": blocks} for blocks in page["more_children"])]:
        if octets(blocks) > REQUEST:
            find("size", f"a request of {octets(blocks)} bytes")

    sections = sections_of(page)
    said = page["properties"]
    if set(said) != set(PROPERTIES):
        return find("properties", sorted(set(said) ^ set(PROPERTIES)))
    cut = octets(said) > ROOMY
    for name, (kind, column) in PROPERTIES.items():
        if set(said[name]) != {kind}:
            find("properties", f"{name}: {said[name]!r}")
            continue
        value, wanted, rest = said[name][kind], row[column], sections.pop(name, "")
        if kind in ("title", "rich_text"):
            if name == "Name" and not shown(wanted):
                wanted = row["display_name"]
            text = texts_of(name, value)
            if column == "physical_attributes":
                check_attributes(text + rest, wanted)
            else:
                check_text(name, text, rest, shown(wanted), cut or len(value) == 100)
        elif kind == "multi_select":
            check_options(name, value, rest, flat(wanted), 100, cut)
        elif kind == "select":
            check_options(name, flat(value), rest, flat(wanted), 1, cut)
        elif kind == "files":
            addresses = [each.get("external", {}).get("url", "") for each in value]
            for each, address in zip(value, addresses):
                if set(each) != {"name", "type", "external"} or each["type"] != "external" or not 1 <= units(each["name"]) <= 100:
                    find("files", repr(each))
                if units(address) > 2000 or not re.fullmatch("https?://[!-~]+", address):
                    find("files", address)
            if "".join(addresses) + rest != shown(wanted):
                find("dropped", f"{name}: {addresses!r} and {rest!r} for {wanted!r}")
            if rest and re.fullmatch("https?://[!-~]+", rest) and units(rest) <= 2000:
                find("room", f"{name}: {rest!r} is an address")
        else:
            if rest:
                find("headings", f"{name} has nothing to say")
            if kind == "number" and (value if value is None else str(value)) != wanted:
                find("dropped", f"{name}: {value!r} for {wanted!r}")
            if kind == "checkbox" and value is not bool(wanted):
                find("dropped", f"{name}: {value!r} for {wanted!r}")
            if kind == "date" and (value is None) != (wanted is None):
                find("dropped", f"{name}: {value!r} for {wanted!r}")
            if kind == "date" and value and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value["start"]):
                find("date", repr(value))


check(json.loads(p_row, parse_int=str, parse_float=str), json.loads(p_page))
return findings
$$;
