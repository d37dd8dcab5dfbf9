"""The SQL that looks for a safeword and an independent reading of the rule agree, however it is written."""

# ruff: noqa: RUF001 - letters that look like others are the point
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Literal

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scripts.installation import Privileges, install, run
from scripts.throwaway_postgres import Server, create_database, drop_database
from tests.people import value

BATCHES, PAIRS = 20, 250

SAFEWORDS = [
    "safeword", "red", "Blue moon", "stop it now", "Straße", "STRAẞE", "ΟΔΟΣ", "Σίσυφος", "été", "Ångström",
    "İstanbul", "ısı", "ﬁn", "стоп", "Ёж", "կարմիր", "שלום", "שָׁלוֹם", "توقف", "قِفْ", "रुको", "হ্যাঁ", "நிறுத்து",
    "หยุด", "ຢຸດ", "ឈប់", "ရပ်", "停止", "まって", "マッテ", "빨강", "🛑", "❤️", "👩\u200d👩\u200d👧", "🇮🇸",
    "4️⃣2", "don't", "red-light", "!!", "½", "ǆ", "ŉ", "ΐ",
]  # fmt: skip
AROUND = [
    "", "", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u2028", ".", ",", "!", "?!", "…", "*", "**", "_",
    "~~", "`", '"', "'", "’", "«", "»", "(", ")", "[", "-", "—", "/", "\\", "#", "@", "&", ":", ";", "·", "^",
    "a", "s", "ß", "σ", "Σ", "д", "א", "ف", "ी", "ท", "停", "ー", "한", "1", "٣", "²", "\u0301", "\u0316",
    "\u05b0", "\u064b", "\u0345", "🛑", "🏽", "\ufe0f", "\u200b", "\u200d", "\u00ad", "،", "؟", "।", "׳", "־",
    "՝", "։", "߸", "\x01", "\x1f", "\x7f",
]  # fmt: skip
UNSEEN = [
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0f", "\ufe0e", "\u034f", "\u202e",
    "\U000e0020",
]  # fmt: skip
FORMS: list[Literal["NFC", "NFD", "NFKC", "NFKD"]] = ["NFC", "NFD", "NFKC", "NFKD"]


def is_settled(character: str) -> bool:
    """Whether Postgres, ICU and Python agree what it is, of any version. Numbers that are no digits, marks
    beyond the scripts above and the few symbols among their letters are left to the SQL.
    """
    kind: str = unicodedata.ucd_3_2_0.category(character)
    if kind in ("Cn", "Nl", "No", "Me"):
        return False
    return kind[0] not in "MS" or (kind[0] == "M") == (0x300 <= ord(character) < 0xE00)


CHARACTERS = st.characters(exclude_categories=["Cs", "Cn", "Co", "Cf"], exclude_characters="\x00").filter(
    is_settled
)
TEXTS = st.lists(st.text(CHARACTERS, min_size=1, max_size=6), min_size=8, max_size=24)

COMPARED = """
select message, safewords, by_sql, by_rule
from unnest(%s::text[], %s::text[]) as pair (message, safeword)
cross join lateral (select array[pair.safeword]) as given (safewords)
cross join lateral (
  select kinkster.has_safeword(message, safewords), safeword_rules.is_said(message, safewords)
) as judged (by_sql, by_rule)
"""


class Writer:
    """Writes messages: a given random source picks from lists and from texts of hypothesis."""

    def __init__(self, random: Random, texts: list[str]) -> None:
        self.random, self.texts = random, texts

    def same(self, text: str) -> str:
        """The same words in another case, Unicode form or width, with what is not seen between."""
        changes: list[Callable[[str], str]] = [
            str.upper,
            str.lower,
            str.title,
            str.swapcase,
            str.casefold,
            lambda t: unicodedata.normalize(self.random.choice(FORMS), t),
            lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t),
            lambda t: t.replace(" ", self.random.choice(["  ", "\n", "\u00a0", "\u3000"])),
            lambda t: self.inserted(t, self.random.choice(UNSEEN)),
        ]
        for _ in range(self.random.randrange(3)):
            text = self.random.choice(changes)(text)
        return text

    def inserted(self, text: str, piece: str) -> str:
        """A piece somewhere in the text."""
        place = self.random.randint(0, len(text))
        return text[:place] + piece + text[place:]

    def piece(self, plain: bool) -> str:
        """What stands around."""
        around = AROUND if self.random.random() < 0.8 else self.texts
        return self.random.choice(list(filter(str.isascii, AROUND)) if plain else around)

    def pair(self) -> tuple[str, str]:
        """A message, and a safeword that may stand in it; every third time in plain ASCII."""
        plain = self.random.randrange(3) == 0
        safewords = list(filter(str.isascii, SAFEWORDS)) if plain else SAFEWORDS
        safeword = self.random.choice(safewords if plain or self.random.random() < 0.8 else self.texts)
        said = self.random.choice([safeword, safeword.upper()]) if plain else self.same(safeword)
        kind = self.random.randrange(8)
        if kind == 0:
            said = self.inserted(said, self.piece(plain))
        elif kind == 1:
            said = said[:-1]
        elif kind == 2:
            said = self.random.choice(safewords)
        before = [self.piece(plain) for _ in range(self.random.randrange(4))]
        after = [self.piece(plain) for _ in range(self.random.randrange(4))]
        return "".join([*before, said, *after]), safeword


@pytest.fixture(scope="module")
def judge(server: Server, template: Callable[[Privileges], str]) -> Iterator[psycopg.Connection]:
    """A superuser's connection to a database with the rule in it."""
    name = create_database(server, template=template("explicit"))
    try:
        with psycopg.connect(server.conninfo(name), autocommit=True) as admin:
            admin.execute("create extension plpython3u")
            run(admin, Path(__file__).with_name("safeword_rules.sql"))
            yield admin
    finally:
        drop_database(server, name)


def batches(test: Callable[[Writer], None]) -> None:
    """Calls a test with one writer after the other."""

    @settings(
        max_examples=BATCHES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts=TEXTS, random=st.randoms(use_true_random=True))
    def batch(texts: list[str], random: Random) -> None:
        test(Writer(random, texts))

    batch()


def test_sql_and_rule_agree_over_thousands_of_awkward_messages(judge: psycopg.Connection) -> None:
    answers = {True: 0, False: 0}

    def agree(writer: Writer) -> None:
        pairs = [writer.pair() for _ in range(PAIRS)]
        found = judge.execute(COMPARED, list(map(list, zip(*pairs, strict=True)))).fetchall()
        wrong = [row for row in found if row[2] is not row[3]]
        assert not wrong, "\n".join(map(ascii, wrong[:10]))
        for row in found:
            answers[row[3]] += 1

    batches(agree)
    assert min(answers.values()) > 500, answers


def test_a_safeword_is_heard_in_any_case_and_form(judge: psycopg.Connection) -> None:
    def heard(writer: Writer) -> None:
        pairs = [(f"Oh {writer.same(each)} oh", writer.same(each)) for each in SAFEWORDS]
        found = judge.execute(COMPARED, list(map(list, zip(*pairs, strict=True)))).fetchall()
        missed = [row for row in found if not row[2]]
        assert not missed, "\n".join(map(ascii, missed[:10]))

    batches(heard)


def test_whatever_may_be_a_safeword_is_heard_as_itself(judge: psycopg.Connection) -> None:
    def heard(writer: Writer) -> None:
        query = """
          select array_agg(text) from unnest(%s::text[]) as text
          where kinkster.are_safewords(array[text])
            and not kinkster.has_safeword('Oh ' || text || ' oh', array[text])"""
        missed = value(judge, query, [*writer.texts, *AROUND])
        assert missed is None, ascii(missed)

    batches(heard)


def test_the_rule_itself_tells_words_from_others(judge: psycopg.Connection) -> None:
    said = "select safeword_rules.is_said(%s, %s)"
    assert value(judge, said, "Please: RED!", ["red"])
    assert value(judge, said, "请停止吧", ["停止"])
    assert not value(judge, said, "hundred", ["red"])
    assert not value(judge, said, "red", [])


def test_the_locale_of_the_database_makes_no_difference(server: Server) -> None:
    """Where i and I are letters of their own, as in Turkish, a safeword is the same as elsewhere."""
    name = f"kinkster_{secrets.token_hex(6)}"
    turkish = "template template0 encoding 'UTF8' locale_provider icu icu_locale 'tr'"
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"create database {name} {turkish}")
        install(server.conninfo(name), seed=False)
        with psycopg.connect(server.conninfo(name)) as connection:
            assert value(connection, "select lower('I')") == "ı"
            heard = "select kinkster.has_safeword(%s, %s)"
            assert value(connection, heard, "RIGHT now", ["right"])
            assert value(connection, heard, "right now", ["RIGHT"])
            assert value(connection, heard, "RIGHT, şimdi", ["right"])
            assert not value(connection, heard, "bright", ["right"])
    finally:
        drop_database(server, name)
