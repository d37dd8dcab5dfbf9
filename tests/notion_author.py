"""Awkward characters for tests of what Notion is sent: long, many, and full of what Notion does not take."""

from typing import Any

from tests.test_prompt_rules import Author

LONG = ["x", "word ", "🎭", "👩‍👩‍👧", "e\u0301", "🇫🇮", "漢", "two\nlines ", "a\u0301\u0302\u0303", '"\\"']
COMMAS = ["a, b", ",", ", ", "one,two", "tail,", "full\uff0cwidth"]
ADDRESSES = [
    None, "", " ", "https://example.com/mira.png", "http://example.com/a?b=c&d=%20#e", "/images/mira.png",
    "example.com", "https://example.com/two words.png", "https://example.com/müra.png", "https://",
    "https://example.com/" + "x" * 1980, "https://example.com/" + "x" * 1981, "javascript:alert(1)",
    "data:image/png;base64,aGVsbG8=",
]  # fmt: skip
STATS = ["dominance", "submission", "charisma", "stamina", "creativity", "control"]
MOMENTS = [None, "2026-01-02T03:04:05+02:00", "1999-12-31T23:59:59.999999Z", "0044-03-15T12:00:00Z"]


class NotionAuthor(Author):
    """An author whose characters also go beyond Notion's limits; none is longer than a row may be."""

    room = 0

    def text(self) -> str | None:
        """A text as rows hold them; now and then one about as long as Notion takes, or much longer."""
        if self.random.random() > 0.03 or self.room < 2_500:
            return super().text()
        length = self.random.choice([100, 101, 999, 1000, 1001, 1999, 2000, 2001, 2002, 5_000, 20_000])
        filler = self.random.choice([*LONG, self.random.choice(self.texts) or "x"])
        text = (self.random.choice(["", "x", "xy"]) + filler * length)[: min(length, self.room)]
        self.room -= len(text)
        return text

    def items(self) -> list[str | None] | None:
        """A list as rows hold them; now and then with more than 100 items."""
        items = super().items()
        if items is None:
            return None
        if self.random.random() < 0.3:
            items += [self.random.choice(COMMAS), "y" * self.random.choice([99, 100, 101])]
            items += ["🎭" * self.random.choice([50, 51])]
        if self.random.random() < 0.04 and self.room > 3_000:
            items += [f"item {n}" for n in range(self.random.choice([95, 100, 101, 250]))]
            self.room -= 3_000
        self.random.shuffle(items)
        return items

    def character(self) -> dict[str, Any]:
        """A row."""
        self.room = 40_000
        row = super().character()
        row |= {stat: self.random.choice([None, 1, 10, 20]) for stat in STATS}
        row |= {flag: self.random.choice([None, True, False]) for flag in ("is_public", "is_active")}
        row["avatar_url"] = self.random.choice(ADDRESSES)
        row["created_at"] = self.random.choice(MOMENTS)
        return row
