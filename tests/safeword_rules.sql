-- An independent reading of what a safeword is, in Python inside the database: whether one stands in a message as a whole
-- word. It shares no code and no table of characters with the SQL: it takes texts apart one character after the other.
create schema safeword_rules;

create function safeword_rules.is_said(p_message text, p_safewords text[]) returns boolean
language plpython3u immutable as $$
import unicodedata

# Unicode's Default_Ignorable_Code_Point, and the three characters that annotate.
UNSEEN = [
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]
UNSPACED = (
    "THAI ", "LAO ", "MYANMAR ", "KHMER ", "HIRAGANA ", "KATAKANA", "CJK UNIFIED ", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC ITERATION",
)


def is_seen(character):
    return not any(first <= ord(character) <= last for first, last in UNSEEN)


def words(text):
    text = "".join(filter(is_seen, unicodedata.normalize("NFKC", text)))
    text = unicodedata.normalize("NFKC", text.casefold().upper().casefold())
    found, word = [], ""
    for character in text + " ":
        kind = unicodedata.category(character)
        alone = unicodedata.name(character, "").startswith(UNSPACED)
        if not alone and (kind[0] == "L" or kind in ("Mn", "Mc", "Nd")):
            word += character
            continue
        if word:
            found.append(word)
            word = ""
        if not character.isspace() and character != "\u2800":
            found.append(character)
    return found


said = words(p_message)
for safeword in p_safewords:
    sought = words(safeword)
    if sought and any(said[at:at + len(sought)] == sought for at in range(len(said) - len(sought) + 1)):
        return True
return False
$$;
