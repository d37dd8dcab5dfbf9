"""Tokens: what holds, and what does not."""

import base64
import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from kinkster_worker.auth import KeySet, Verifier
from kinkster_worker.errors import KeysUnavailable, Unauthorized

from tests.worker.conftest import (
    ISSUER,
    SECRET,
    Client,
    Cut,
    Scripted,
    StartWorker,
    answered,
    http,
    read,
    session_of,
    token,
)

EC = ec.generate_private_key(ec.SECP256R1())
OTHER_EC = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
USER = str(uuid.uuid4())


def jwks(**keys: Any) -> bytes:
    """The answer of a key server."""
    found: list[Any] = []
    for kid, key in keys.items():
        if isinstance(key, dict):
            found.append(key | {"kid": kid})
        elif isinstance(key, rsa.RSAPrivateKey):
            found.append(RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid})
        else:
            found.append(ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "use": "sig"})
    return http(json.dumps({"keys": found}).encode())


def claims(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"sub": USER, "role": "authenticated", "aud": "authenticated", "iss": ISSUER}
    found |= {"exp": int(time.time()) + 60, **more}
    return {name: value for name, value in found.items() if value is not None}


def signed(key: Any, algorithm: str, kid: str | None = "one", **more: Any) -> str:
    return "Bearer " + jwt.encode(claims(**more), key, algorithm, headers={"kid": kid} if kid else None)


class Clock:
    """A clock that tests move."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def keys(scripted: Scripted) -> AsyncIterator[KeySet]:
    async with session_of() as session:
        yield KeySet(session, scripted.url + "/jwks", CLOCK)


CLOCK = Clock()


def by(keys: KeySet | None, secret: str | None = None) -> Verifier:
    return Verifier(issuer=ISSUER, audience="authenticated", secret=secret, keys=keys)


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "RS256")])
async def test_a_token_signed_with_a_key_of_the_set_holds(
    scripted: Scripted, keys: KeySet, key: Any, algorithm: str
) -> None:
    scripted.will(jwks(one=key))
    verifier = by(keys)
    found = await verifier.claims(signed(key, algorithm, custom={"a": 1}))
    assert (found["sub"], found["custom"]) == (USER, {"a": 1})
    await verifier.claims(signed(key, algorithm))
    assert len(scripted.requests) == 1


async def test_a_token_signed_with_the_secret_holds() -> None:
    assert (await by(None, SECRET).claims(signed(SECRET, "HS256", None)))["sub"] == USER
    assert (await by(None, SECRET).claims(signed(SECRET, "HS256", "any").replace("Bearer", "bearer")))[
        "sub"
    ] == USER


def unsigned(header: dict[str, str], body: dict[str, Any], signature: str = "") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body)
    ]
    return f"Bearer {parts[0]}.{parts[1]}.{signature}"


def bad_headers() -> dict[str, str | None]:
    """Headers that must not pass, each for the reason that names it; made anew, so none is too old."""
    return {
        "nothing": None,
        "an empty header": "",
        "no scheme": signed(SECRET, "HS256").removeprefix("Bearer "),
        "another scheme": signed(SECRET, "HS256").replace("Bearer", "Basic"),
        "no token": "Bearer ",
        "an API key": "Bearer sb_publishable_0123456789abcdef",
        "garbage": "Bearer a.b.c",
        "not even ASCII": "Bearer ü.ü.ü",
        "expired": signed(SECRET, "HS256", exp=int(time.time()) - 6),
        "not valid yet": signed(SECRET, "HS256", nbf=int(time.time()) + 60),
        "no expiry": signed(SECRET, "HS256", exp=None),
        "another audience": signed(SECRET, "HS256", aud="anon"),
        "no audience": signed(SECRET, "HS256", aud=None),
        "another issuer": signed(SECRET, "HS256", iss="https://other.example.com/auth/v1"),
        "no issuer": signed(SECRET, "HS256", iss=None),
        "no subject": signed(SECRET, "HS256", sub=None),
        "a subject that is no uuid": signed(SECRET, "HS256", sub="admin"),
        "a subject in braces": signed(SECRET, "HS256", sub="{" + USER + "}"),
        "an anonymous key": signed(SECRET, "HS256", role="anon"),
        "a service key": signed(SECRET, "HS256", role="service_role"),
        "no role": signed(SECRET, "HS256", role=None),
        "another secret": signed(SECRET + "x", "HS256"),
        "another HMAC": signed(SECRET * 2, "HS512"),
        "no algorithm": unsigned({"alg": "none", "typ": "JWT"}, claims()),
        "no algorithm, in capitals": unsigned({"alg": "None", "kid": "one"}, claims()),
        "another curve": signed(P384, "ES384"),
        "a key of the set without a set": signed(EC, "ES256"),
    }


@pytest.mark.parametrize("name", bad_headers())
async def test_every_other_token_is_refused(name: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        await by(None, SECRET).claims(bad_headers()[name])
    assert refused.value.hint


async def test_an_expired_token_says_so_and_clocks_may_differ_a_little() -> None:
    with pytest.raises(Unauthorized, match="expired"):
        await by(None, SECRET).claims(bad_headers()["expired"])
    assert await by(None, SECRET).claims(signed(SECRET, "HS256", exp=int(time.time()) - 1))


async def test_a_public_key_is_no_secret(scripted: Scripted, keys: KeySet) -> None:
    scripted.will(jwks(one=RSA))
    pem = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signer = jwt.PyJWS()
    signer.get_algorithm_by_name("HS256").prepare_key = lambda key: key  # type: ignore[method-assign]
    confused = signer.encode(json.dumps(claims()).encode(), pem, "HS256", headers={"kid": "one"})
    for verifier in (by(keys), by(keys, SECRET)):
        with pytest.raises(Unauthorized):
            await verifier.claims("Bearer " + confused)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "RS512"])
async def test_the_key_decides_the_algorithm(scripted: Scripted, keys: KeySet, algorithm: str) -> None:
    scripted.will(jwks(one=EC))
    with pytest.raises(Unauthorized):
        await by(keys).claims(signed(RSA, algorithm))


async def test_secrets_and_odd_keys_in_a_set_are_not_used(scripted: Scripted, keys: KeySet) -> None:
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET.encode()).decode(), "alg": "HS256"}
    scripted.will(jwks(one=secret, two=P384, three={"kty": "EC", "crv": "P-256", "x": "!"}, four=EC))
    verifier = by(keys)
    assert await verifier.claims(signed(EC, "ES256", "four"))
    for refused in (signed(SECRET, "HS256"), signed(P384, "ES384", "two"), signed(EC, "ES256", "three")):
        with pytest.raises(Unauthorized):
            await verifier.claims(refused)


async def test_a_token_without_a_key_id_is_refused(keys: KeySet) -> None:
    with pytest.raises(Unauthorized):
        await by(keys).claims(signed(EC, "ES256", None))


async def test_a_rotated_key_is_found_but_not_asked_for_all_the_time(
    scripted: Scripted, keys: KeySet
) -> None:
    verifier = by(keys)
    scripted.will(jwks(one=EC)).will(jwks(one=EC, two=OTHER_EC)).will(jwks(two=OTHER_EC))
    await verifier.claims(signed(EC, "ES256", "one"))
    CLOCK.now += 29
    with pytest.raises(Unauthorized):
        await verifier.claims(signed(OTHER_EC, "ES256", "two"))
    assert len(scripted.requests) == 1
    CLOCK.now += 1
    assert await verifier.claims(signed(OTHER_EC, "ES256", "two"))
    CLOCK.now += 599
    assert await verifier.claims(signed(EC, "ES256", "one"))
    assert len(scripted.requests) == 2
    CLOCK.now += 1
    with pytest.raises(Unauthorized):
        await verifier.claims(signed(EC, "ES256", "one"))
    assert len(scripted.requests) == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        http(b"", "500 Internal Server Error"),
        http(b"<html>"),
        http(b"[]"),
        http(b'{"keys": 7}'),
        http(b"{}"),
    ],
)
async def test_a_key_server_that_is_down_is_not_the_users_fault(
    scripted: Scripted, keys: KeySet, answer: Any
) -> None:
    scripted.will(answer).will(jwks(one=EC))
    verifier = by(keys)
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await verifier.claims(signed(EC, "ES256"))
    assert len(scripted.requests) == 1
    CLOCK.now += 5
    assert await verifier.claims(signed(EC, "ES256"))


async def test_known_keys_outlive_a_short_absence_of_their_server(scripted: Scripted, keys: KeySet) -> None:
    verifier = by(keys)
    scripted.will(jwks(one=EC)).will(Cut).will(Cut)
    await verifier.claims(signed(EC, "ES256"))
    CLOCK.now += 700
    assert await verifier.claims(signed(EC, "ES256"))
    with pytest.raises(KeysUnavailable):
        await verifier.claims(signed(OTHER_EC, "ES256", "two"))
    CLOCK.now += 3000
    with pytest.raises(KeysUnavailable):
        await verifier.claims(signed(EC, "ES256"))


async def test_over_http(client: Client) -> None:
    async def status(path: str = "/api/chat", **headers: str) -> tuple[int, str | None]:
        async with client.session.post(client.address + path, json={}, headers=headers) as response:
            error = (await response.json())["error"]
            assert error["hint"]
            return response.status, response.headers.get("WWW-Authenticate")

    assert await status() == (401, "Bearer")
    assert await status(f"/api/chat?access_token={token(USER)}&apikey={token(USER)}") == (401, "Bearer")
    assert await status(Cookie=f"sb-access-token={token(USER)}") == (401, "Bearer")
    assert await status(Authorization="Bearer x") == (401, "Bearer")
    assert await status(Authorization=f"Bearer {token(USER, exp=1)}") == (401, "Bearer")
    assert await status(Authorization=f"Bearer {token(USER)}") == (400, None)


async def test_a_worker_with_a_key_set_alone(
    start_worker: StartWorker, scripted: Scripted, kinkster: str
) -> None:
    client = await start_worker(supabase_jwt_secret=None, supabase_jwks_url=scripted.url + "/jwks")
    scripted.will(jwks(one=EC)).will(*answered("Hi."))
    headers = {"Authorization": signed(EC, "ES256", sub=client.user)}
    body = {"message": "Hello", "kinksterId": kinkster}
    async with client.session.post(client.address + "/api/chat", json=body, headers=headers) as response:
        assert (await read(response)).done
    assert (await client.chat(kinkster)).status == 401
    assert [request.path for request in scripted.requests] == ["/jwks", "/v1/responses"]
    assert "authorization" not in scripted.requests[0].headers
