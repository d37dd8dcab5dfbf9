-- An independent reading of the prompt's rules, in Python inside the database: what is wrong with a prompt, given the
-- row that it was made from. It shares no code with the SQL and takes the prompt apart instead of building one.
create schema prompt_rules;

create function prompt_rules.findings(p_row jsonb, p_platform jsonb, p_user_limits jsonb, p_prompt text) returns text[]
language plpython3u immutable as $$
import json
import re
import unicodedata
from json.decoder import scanstring

WHITE = set(map(chr, [9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))
UNSEEN = WHITE | set(map(chr, [0xAD, 0x180E, *range(0x200B, 0x2010), 0x2060, 0xFEFF]))
EMPTY_LETTERS = set(map(chr, [0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0]))
RULES, LIMITS, CUSTOM, SOFT = "Rules of the platform", "Hard limits", "Instructions of the character's author", "Soft limits"
FIELDS = {
    "Identity": [
        ("Name", "name"), ("Role", "role"), ("Pronouns", "pronouns"), ("Archetype", "archetype"), ("Specialty", "specialty"),
    ],
    "Appearance": [
        ("Description", "appearance_description"), ("Age", "age_range"), ("Body type", "body_type"), ("Build", "build"),
        ("Height", "height"), ("Hair colour", "hair_color"), ("Hair style", "hair_style"), ("Eyes", "eye_color"), ("Skin", "skin_tone"),
        ("Facial hair", "facial_hair"), ("Attributes", "physical_attributes"), ("Aesthetic", "aesthetic"), ("Clothing", "clothing_style"),
        ("Scene wear", "fetish_wear"), ("Favourite colours", "favorite_colors"),
    ],
    "Personality": [("Traits", "personality_traits")],
    "Background": [("Bio", "bio"), ("Backstory", "backstory")],
    "Interests": [("Favourites", "top_kinks"), ("Interests", "kink_interests"), ("Preferred roles", "role_preferences")],
    SOFT: [("Only with care, and after asking", "soft_limits")],
    "How to play the role": [],
    "Experience": [("Level", "experience_level")],
}
MARKER = re.compile("zq[0-9]+qz")
findings = []


class Number(str):
    """A number of a JSON text, as it was written."""


def find(kind, detail=""):
    findings.append(f"{kind}: {detail}" if detail else kind)


def is_blank(text):
    """True, False, or None where people may differ: control characters, lone accents, letters without a shape."""
    if text is None or all(c in UNSEEN for c in text):
        return True
    if any(unicodedata.category(c)[0] in "LNPS" and c not in EMPTY_LETTERS for c in text):
        return False
    return None


def trimmed(text, characters=frozenset(UNSEEN | set(map(chr, range(0x1C, 0x20))))):
    start, end = 0, len(text)
    while start < end and text[start] in characters:
        start += 1
    while end > start and text[end - 1] in characters:
        end -= 1
    return text[start:end]


def surely_same(text):
    """Texts with one such key are doubles."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in unicodedata.normalize("NFKC", trimmed(text, WHITE)))


def perhaps_same(text):
    """Texts with different such keys are none."""
    return unicodedata.normalize("NFKC", trimmed(unicodedata.normalize("NFKC", text)).casefold())


def flat(value):
    if isinstance(value, list):
        return [item for each in value for item in flat(each)]
    return [] if value is None else [value]


def agree_on_list(kind, said, wanted):
    """`said` holds each thing wanted once, in order, and nothing else."""
    for text in wanted:
        if is_blank(text) is False and perhaps_same(text) not in map(perhaps_same, said):
            find(kind, f"{text!r} is missing")
    for text in said:
        if trimmed(text) not in map(trimmed, wanted):
            find(kind, f"{text!r} comes from nowhere")
    keys = [surely_same(text) for text in said]
    if len(set(keys)) < len(keys):
        find(kind, f"doubles in {said!r}")
    places = [[trimmed(text) for text in wanted].index(trimmed(text)) for text in said if trimmed(text) in map(trimmed, wanted)]
    if places != sorted(places):
        find(kind, f"order of {said!r}")


def leaves(value, depth=0):
    """The texts of a JSON value, with how deep they lie."""
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each, depth + 1)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each, depth + 1)]
    return [(value, depth)] if isinstance(value, str) else []


def agree_on_attributes(said, value):
    # Values of one level are told; what lies deeper, or is a number by itself, may be.
    for text, depth in leaves(value):
        told = depth == 1 or (depth == 0 and not isinstance(text, Number))
        if told and is_blank(text) is False and not any(perhaps_same(text) in perhaps_same(item) for item in said):
            find("attributes", f"{text!r} is missing")
    keys = list(value) if isinstance(value, dict) else []
    known = json.dumps(value, ensure_ascii=False)
    for item in said:
        if re.fullmatch(r"(.*: )?(\{\}|\[\])|.*: ?", item, re.DOTALL) and trimmed(item) not in [trimmed(t) for t, _ in leaves(value)]:
            texts = [perhaps_same(t) for t, _ in leaves(value) if isinstance(t, str)]
            if not any(text and perhaps_same(item).endswith(text) for text in texts):
                find("attributes", f"debris in {item!r}")
        if item.startswith(":") and not any(trimmed(t).startswith(":") for t in [*keys, *(t for t, _ in leaves(value))]):
            find("attributes", f"debris in {item!r}")
        if re.search(r"\bnull\b", item) and '"null"' not in known and not any("null" in t for t in [*keys, *(t for t, _ in leaves(value))]):
            find("attributes", f"null in {item!r}")
    if any(is_blank(item) for item in said):
        find("attributes", "a blank")


def parse(prompt):
    """The prompt without its quoted strings, and its sections as (title, lines of (text without strings, strings))."""
    bare, sections = [], []
    for line in prompt.split("\n"):
        texts, rest, place = [], "", 0
        while (quote := line.find('"', place)) >= 0:
            text, end = scanstring(line, quote + 1, True)
            texts.append(text)
            rest += line[place:quote] + '""'
            place = end
        rest += line[place:]
        bare.append(rest)
        if line.startswith("# "):
            sections.append((rest[2:], []))
        elif rest or texts:
            if not sections:
                raise ValueError("text before the first heading")
            sections[-1][1].append((rest, texts))
    return "\n".join(bare), sections


def check_outside(bare, row):
    if not re.fullmatch(r"[ -~\n]*", bare):
        find("outside", "characters that no rule is written in")
    for marker in MARKER.findall(bare):
        find("outside", f"{marker} of the row")
    for kind, pattern in {
        "a word for nothing": r"\b(None(?! of the following)|null|NULL|nil|undefined|NaN)\b",
        "spaces": r"  | \n|\n | $",
        "a dangling comma": r",\s*(,|\n|$)|^\s*,|\(\)|\[\]|\{\}",
        "a dangling colon": r":\s*(\n|$)",
        "blank lines": r"\n\n\n|^\n|\n$",
        "an empty item": r"^- *$",
    }.items():
        if re.search(pattern, bare, re.MULTILINE if "item" in kind else 0):
            find("debris", kind)


def check_section(title, lines, row):
    expected = []
    for label, column in FIELDS[title]:
        value = row.get(column)
        if column == "name" and is_blank(value) is not False:
            value = value if is_blank(value) is None else row.get("display_name")
        expected.append((label, column, value))
    labels = [label for label, _, _ in expected]
    said = {}
    for bare, texts in lines:
        label, colon, values = bare.removeprefix("- ").partition(": ")
        if not bare.startswith("- ") or not colon or label not in labels or values != ", ".join(['""'] * len(texts)):
            find("section", f"a line of {title} reads {bare!r}")
        elif label in said:
            find("section", f"{label} twice")
        said[label] = texts
    if [label for label in labels if label in said] != list(said):
        find("section", f"order of {title}")
    for label, column, value in expected:
        texts = said.get(label, [])
        if column == "physical_attributes":
            agree_on_attributes(texts, value)
        elif isinstance(value, list):
            agree_on_list(label, texts, flat(value))
        else:
            agree_on_list(label, texts, flat(value))
            if len(texts) > 1:
                find("section", f"{label} is said in parts")
        if any(is_blank(text) for text in texts):
            find("debris", f"a blank {label}")


def check_role(lines, role):
    text = trimmed(role or "", frozenset(" ")).lower()
    begins = {"dominant": "Lead with", "submissive": "Follow", "switch": "Lead or follow"}.get(text, "Play")
    if trimmed(role or "").lower() != text:
        begins = ""
    if len(lines) != 1 or lines[0][1] or not lines[0][0].startswith(f"- {begins}"):
        find("role", f"the guidance for {role!r} reads {lines!r}")


def check_experience(lines, level):
    known = trimmed(level or "", frozenset(" ")).lower() in ("beginner", "intermediate", "advanced")
    if known and trimmed(level).lower() == level.strip(" ").lower():
        if len(lines) != 1 or lines[0][1]:
            find("experience", f"for {level!r} reads {lines!r}")
    elif not (trimmed(level or "").lower() in ("beginner", "intermediate", "advanced")):
        check_section("Experience", lines, {"experience_level": level})


def check(row, platform, user_limits, prompt):
    if prompt is None:
        return find("nothing")
    if prompt.splitlines() != prompt.split("\n"):
        find("lines", "a line end of the row's own")
    try:
        bare, sections = parse(prompt)
    except ValueError as error:
        return find("quotes", str(error))
    check_outside(bare, row)
    titles = [title for title, _ in sections]
    blocks = prompt.split("\n\n")
    if len(blocks) != len(sections) or any(not block.startswith("# ") for block in blocks):
        find("sections", "not one blank line between two")
    for title, lines in sections:
        if not lines:
            find("debris", f"{title} is empty")

    # The limits: right after the rules and last, the same bytes, whole.
    if titles[:2] != [RULES, LIMITS] or titles[-1] != LIMITS or titles.count(LIMITS) != 2 or len(sections) < 3:
        return find("limits", f"sections are {titles}")
    if blocks[1] != blocks[-1]:
        find("limits", "first and last differ")
    limits = [text for _, texts in sections[1][1] for text in texts]
    if any(bare != '- ""' for bare, _ in sections[1][1][1:]) or sections[1][1][0][1]:
        find("limits", "not one limit a line")
    agree_on_list("limits", limits, [*flat(platform), *flat(user_limits), *flat(row["hard_limits"])])
    if any(is_blank(text) for text in limits):
        find("limits", "a blank one")

    between = titles[2:-1]
    custom = row["openai_instructions"]
    if is_blank(custom) is False or (is_blank(custom) is None and between[:1] == [CUSTOM]):
        if between not in ([CUSTOM], [CUSTOM, SOFT]):
            return find("custom", f"sections are {titles}")
        told = [texts for _, texts in sections[2][1] if texts]
        if len(told) != 1 or len(told[0]) != 1 or trimmed(told[0][0]) != trimmed(custom):
            find("custom", "the instructions are not what was written")
        for title, lines in sections[3:-1]:
            check_section(title, lines, row)
        return None

    if between != [title for title in FIELDS if title in between] or "How to play the role" not in between:
        return find("sections", f"sections are {titles}")
    said = dict(sections[2:-1])
    for title in FIELDS:
        lines = said.get(title, [])
        if title == "How to play the role":
            check_role(lines, row["role"])
        elif title == "Experience":
            check_experience(lines, row["experience_level"])
        else:
            check_section(title, lines, row)


check(
    json.loads(p_row, parse_int=Number, parse_float=Number), json.loads(p_platform), json.loads(p_user_limits or "null"), p_prompt
)
return findings
$$;
