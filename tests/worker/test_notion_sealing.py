"""Sealed tokens: what opens them, and for whom."""

import base64
import os
import uuid

import pytest
from cryptography.fernet import Fernet
from kinkster_worker.notion.errors import NotionTokenUnreadable
from kinkster_worker.notion.sealing import Sealer

USER, OTHER = str(uuid.uuid4()), str(uuid.uuid4())
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
TOKEN = "ntn_0123456789"


def test_a_token_is_opened_with_the_key_that_sealed_it() -> None:
    sealed = Sealer(NEW).seal(USER, TOKEN)
    assert Sealer(NEW).open(USER.upper(), sealed) == TOKEN
    assert TOKEN not in sealed
    assert USER not in sealed
    assert Sealer(NEW).seal(USER, TOKEN) != sealed


def test_the_key_that_the_documents_say_how_to_make_is_one() -> None:
    Sealer(base64.urlsafe_b64encode(os.urandom(32)).decode())


def test_a_token_opens_in_the_row_of_its_user_alone() -> None:
    with pytest.raises(NotionTokenUnreadable, match="another user's"):
        Sealer(NEW).open(OTHER, Sealer(NEW).seal(USER, TOKEN))


def test_a_key_is_replaced_by_putting_the_new_one_before_it() -> None:
    sealed = Sealer(OLD).seal(USER, TOKEN)
    assert Sealer(f"{NEW}, {OLD}").open(USER, sealed) == TOKEN
    assert Sealer(NEW).open(USER, Sealer(f"{NEW},{OLD}").seal(USER, TOKEN)) == TOKEN
    with pytest.raises(NotionTokenUnreadable):
        Sealer(NEW).open(USER, sealed)


@pytest.mark.parametrize("sealed", ["", "nothing sealed", "gAAAAAB", "ü"])
def test_what_was_never_sealed_is_not_opened(sealed: str) -> None:
    with pytest.raises(NotionTokenUnreadable):
        Sealer(NEW).open(USER, sealed)


@pytest.mark.parametrize(
    "keys",
    ["", "hunter2", f"{NEW},", NEW[:-2], f"{NEW} {OLD}", "ü" * 44],
    ids=["none", "a word", "a comma behind it", "too short", "no comma between two", "no base64"],
)
def test_a_key_that_is_none_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(keys)
