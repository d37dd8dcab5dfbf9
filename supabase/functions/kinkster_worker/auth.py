"""Supabase's access tokens: RS256 and ES256 by the project's key set, HS256 by the secret of older ones.

The algorithm is decided by the key that we hold, never by the token's header: a token can't make a public key
a secret, and `none` is no algorithm here.
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import jwt
import orjson

from kinkster_worker.errors import KeysUnavailable, Unauthorized
from kinkster_worker.logs import fields, log

FRESH_SECONDS = 600.0  # a key set is asked for again after this
STALE_SECONDS = 3600.0  # and is still used for this long while its server does not answer
REFETCH_SECONDS = 30.0  # an unknown key id asks for the set again at most this often
RETRY_SECONDS = 5.0  # and so does a server that did not answer
LEEWAY_SECONDS = 5.0  # clocks differ
HELD_SECONDS = 60.0  # a token that held is not checked again for this long, nor after it has expired
HELD_TOKENS = 2000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ALGORITHMS = {("EC", "P-256"): "ES256", ("RSA", None): "RS256"}


class KeySet:
    """The public keys at a JWKS address (RFC 7517), cached."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session, self._url, self._clock = session, url, clock
        self._keys: dict[str, tuple[str, jwt.PyJWK]] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> tuple[str, jwt.PyJWK]:
        """The algorithm and key of a key id. Raises Unauthorized (no such key) or KeysUnavailable."""
        if not self._is_due(kid):
            return self._known(kid)
        async with self._lock:
            if self._is_due(kid):
                await self._fetch()
        return self._known(kid)

    def _is_due(self, kid: str) -> bool:
        now = self._clock()
        if self._tried is not None and now - self._tried < RETRY_SECONDS and self._tried != self._fetched:
            return False
        if self._fetched is None or now - self._fetched >= FRESH_SECONDS:
            return True
        return kid not in self._keys and now - self._fetched >= REFETCH_SECONDS

    def _known(self, kid: str) -> tuple[str, jwt.PyJWK]:
        if self._fetched is None or self._clock() - self._fetched >= STALE_SECONDS:
            raise KeysUnavailable
        if kid not in self._keys and self._tried != self._fetched:
            raise KeysUnavailable
        if kid not in self._keys:
            raise Unauthorized("The token is signed with a key that this project does not have.")
        return self._keys[kid]

    async def _fetch(self) -> None:
        self._tried = self._clock()
        try:
            timeout = aiohttp.ClientTimeout(total=5)
            async with self._session.get(self._url, timeout=timeout, allow_redirects=False) as response:
                response.raise_for_status()
                body = orjson.loads(await response.read())
                found = dict(filter(None, map(public_key, body["keys"])))
        except (
            aiohttp.ClientError,
            TimeoutError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
        ) as error:
            log.warning("jwks_unavailable", extra=fields(kind=type(error).__name__))
            return
        self._keys, self._fetched = found, self._tried


def public_key(entry: dict[str, Any]) -> tuple[str, tuple[str, jwt.PyJWK]] | None:
    algorithm = _ALGORITHMS.get((str(entry.get("kty")), entry.get("crv")))
    if algorithm is None or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    try:
        return entry["kid"], (algorithm, jwt.PyJWK(entry, algorithm))
    except jwt.PyJWTError:
        return None


class Verifier:
    """Turns an Authorization header into claims."""

    def __init__(self, *, issuer: str, audience: str, secret: str | None, keys: KeySet | None) -> None:
        self._issuer, self._audience, self._secret, self._keys = issuer, audience, secret, keys
        self._held: dict[str, tuple[float, dict[str, Any]]] = {}

    async def claims(self, authorization: str | None) -> dict[str, Any]:
        """The claims of a valid token of a signed-in user. Raises Unauthorized, or KeysUnavailable."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized
        token = token.strip()
        until, held = self._held.get(token, (0.0, {}))
        if time.time() < until:
            return held
        try:
            claims = await self._decode(token)
        except jwt.ExpiredSignatureError:
            raise Unauthorized(
                "The token has expired.", "Refresh the session and send the new access token."
            ) from None
        except (jwt.PyJWTError, ValueError):
            raise Unauthorized("The token is not valid for this service.") from None
        if claims.get("role") != "authenticated":
            raise Unauthorized("The token is not that of a signed-in user.")
        if not _UUID.fullmatch(claims["sub"]):
            raise Unauthorized("The token's subject is not a user id.")
        if len(self._held) >= HELD_TOKENS:
            self._held.clear()
        self._held[token] = min(time.time() + HELD_SECONDS, claims["exp"]), claims
        return claims

    async def _decode(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        key: Any
        if self._secret is not None and header.get("alg") == "HS256":
            algorithm, key = "HS256", self._secret
        elif self._keys is not None and header.get("alg") in _ALGORITHMS.values() and header.get("kid"):
            algorithm, key = await self._keys.key(header["kid"])
        else:
            raise jwt.InvalidAlgorithmError
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "aud", "iss", "sub"]},
        )
        return claims
