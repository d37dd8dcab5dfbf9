"""Tokens are stored sealed: Postgres, its backups and its clients hold nothing that opens anything."""

import re
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kinkster_worker.notion.errors import NotionTokenUnreadable

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_SEPARATOR = "\n"


class Sealer:
    """Seals tokens with Fernet (AES-128-CBC and HMAC-SHA256: https://github.com/fernet/spec).

    `keys` is one key of 32 bytes in URL-safe base64, or several with commas: the first seals, all open, so
    that a key can be replaced. Raises ValueError for anything else.
    """

    def __init__(self, keys: str) -> None:
        found = re.split(r"\s*,\s*", keys.strip())
        if not all(_KEY.fullmatch(key) for key in found):  # what Fernet overlooks
            raise ValueError("it must be 32 bytes in URL-safe base64, or several of these with commas")
        self._fernet = MultiFernet([Fernet(key) for key in found])

    def seal(self, user_id: str, token: str) -> str:
        """The token, sealed for one user: in the row of another one it can't be opened."""
        return self._fernet.encrypt(f"{UUID(user_id)}{_SEPARATOR}{token}".encode()).decode()

    def open(self, user_id: str, sealed: str) -> str:
        """The token. Raises NotionTokenUnreadable."""
        try:
            owner, _, token = self._fernet.decrypt(sealed).decode().partition(_SEPARATOR)
        except (InvalidToken, ValueError):
            raise NotionTokenUnreadable from None
        if owner != str(UUID(user_id)):
            raise NotionTokenUnreadable("The stored Notion token is another user's.")
        return token
