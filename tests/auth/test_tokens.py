"""Which access tokens are good, and that the others tell a client nothing."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import serialize_compact

from bff.auth.tokens import TOKEN_MAX_BYTES, TokenValidator
from bff.domain.system import System
from bff.errors import BackendUnavailable, Unauthenticated
from bff.observability import TOKEN_REFUSALS
from tests.auth.conftest import HOUR_S, Issuer, good_claims
from tests.clock import NOW, HandClock

pytestmark = pytest.mark.anyio

NOW_S = int(NOW.timestamp())


async def refusal(validator: TokenValidator, token: str) -> str:
    """Give the reason for which a token is refused; it is the log's, the client reads one sentence."""
    with pytest.raises(Unauthenticated) as refused:
        await validator.validate(token)
    assert refused.value.message == "A valid access token is needed."
    return str(refused.value)


async def test_a_good_token_tells_its_bearer(validator: TokenValidator, issuer: Issuer) -> None:
    claims = await validator.validate(issuer.token({"roles": ["support"]}))
    assert claims.subject == "subject-1"
    assert claims.client_id == "dashboard"
    assert claims.token_id == "token-1"
    assert claims.scope == {"openid", "profile"}
    assert claims.roles == {"support"}
    assert claims.auth_time == NOW - timedelta(seconds=60)
    assert claims.issued_at == NOW
    assert claims.expires_at == NOW + timedelta(hours=1)


async def test_what_is_optional_may_be_absent(validator: TokenValidator, issuer: Issuer) -> None:
    claims = await validator.validate(issuer.token({"auth_time": None, "scope": None}))
    assert claims.auth_time is None
    assert claims.scope == frozenset()
    assert claims.roles == frozenset()


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
async def test_pinned_rsa_algorithms_are_good(validator: TokenValidator, issuer: Issuer, algorithm: str) -> None:
    assert await validator.validate(issuer.token(header={"alg": algorithm}))


async def test_es256_is_good(validator: TokenValidator, issuer: Issuer) -> None:
    issuer.rotate()
    assert await validator.validate(issuer.token(header={"alg": "ES256"}, kid="second"))


async def test_the_long_form_of_the_type_is_good(validator: TokenValidator, issuer: Issuer) -> None:
    assert await validator.validate(issuer.token(header={"typ": "application/at+jwt"}))


async def test_our_audience_may_be_one_of_several(validator: TokenValidator, issuer: Issuer) -> None:
    assert await validator.validate(issuer.token({"aud": ["other", "bff"]}))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://id.example/"}, "iss"),
        ({"iss": ["https://id.example"]}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "bff-staff"}, "aud"),
        ({"aud": ["bff-staff"]}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": {"bff": 1}}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": NOW_S - 60}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 10**300}, "claims"),
        ({"exp": None}, "exp"),
        ({"iat": NOW_S + 61}, "iat"),
        ({"iat": None}, "iat"),
        ({"iat": -1}, "claims"),
        ({"nbf": NOW_S + 61}, "nbf"),
        ({"nbf": "now"}, "nbf"),
        ({"sub": ""}, "claims"),
        ({"sub": 7}, "claims"),
        ({"sub": None}, "claims"),
        ({"client_id": None}, "claims"),
        ({"jti": None}, "claims"),
        ({"auth_time": "yesterday"}, "claims"),
        ({"roles": "support"}, "claims"),
        ({"roles": [1]}, "claims"),
        ({"scope": ["openid"]}, "claims"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    validator: TokenValidator, issuer: Issuer, claims: dict[str, Any], reason: str
) -> None:
    assert await refusal(validator, issuer.token(claims)) == reason


async def test_a_token_that_expires_before_it_was_issued_is_refused(validator: TokenValidator, issuer: Issuer) -> None:
    assert await refusal(validator, issuer.token({"iat": NOW_S + 30, "exp": NOW_S - 30})) == "claims"


@pytest.mark.parametrize("claims", [{"exp": NOW_S - 59}, {"iat": NOW_S + 60}, {"nbf": NOW_S + 60}])
async def test_clocks_may_differ_by_a_minute(validator: TokenValidator, issuer: Issuer, claims: dict[str, Any]) -> None:
    assert await validator.validate(issuer.token({"iat": NOW_S - HOUR_S, **claims}))


async def test_a_token_is_judged_by_the_clock_passed_in(
    validator: TokenValidator, issuer: Issuer, clock: HandClock
) -> None:
    token = issuer.token()
    clock.advance(2 * HOUR_S)
    assert await refusal(validator, token) == "exp"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "JWT"}, "type"),
        ({"typ": "AT+JWT"}, "type"),
        ({"typ": None}, "type"),
        ({"kid": None}, "header"),
        ({"kid": ""}, "header"),
        ({"crit": ["exp"]}, "header"),
        ({"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, "header"),
        ({"jku": "https://evil.example/jwks"}, "header"),
        ({"x5u": "https://evil.example/x5u"}, "header"),
        ({"x5c": ["MIIB"]}, "header"),
        ({"b64": False, "crit": ["b64"]}, "header"),
    ],
)
async def test_a_token_with_a_wrong_header_is_refused_unasked(
    validator: TokenValidator, issuer: Issuer, header: dict[str, Any], reason: str
) -> None:
    assert await refusal(validator, raw_token({"alg": "RS256", "typ": "at+jwt", "kid": "first", **header})) == reason
    assert issuer.fetches == 0


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "RS384", "RS512", "ES384", "EdDSA", "RSA-OAEP", None, 1, []]
)
async def test_an_algorithm_that_is_not_pinned_is_refused_unasked(
    validator: TokenValidator, issuer: Issuer, algorithm: object
) -> None:
    token = raw_token({"alg": algorithm, "typ": "at+jwt", "kid": "first"})
    assert await refusal(validator, token) == "algorithm"
    assert issuer.fetches == 0


async def test_a_public_key_does_not_serve_as_a_shared_secret(validator: TokenValidator, issuer: Issuer) -> None:
    pem = issuer.keys["first"].as_pem(private=False)  # type: ignore[union-attr]  # the first is an RSA key
    signed = part({"alg": "HS256", "typ": "at+jwt", "kid": "first"}) + b"." + part(good_claims())
    forged = signed + b"." + encoded(hmac.new(pem, signed, hashlib.sha256).digest())
    assert await refusal(validator, forged.decode()) == "algorithm"


async def test_a_shared_secret_among_the_keys_is_passed_over(validator: TokenValidator, issuer: Issuer) -> None:
    secret = OctKey.generate_key(256, {"kid": "secret"})
    issuer.document = {"keys": [secret.as_dict(), issuer.keys["first"].as_dict(private=False)]}
    token = serialize_compact({"alg": "HS256", "typ": "at+jwt", "kid": "secret"}, json.dumps(good_claims()), secret)
    assert await refusal(validator, token) == "algorithm"
    assert await refusal(validator, raw_token({"alg": "RS256", "typ": "at+jwt", "kid": "secret"})) == "key"


async def test_a_signature_of_another_key_is_refused(validator: TokenValidator, issuer: Issuer) -> None:
    good = issuer.token()
    issuer.keys["first"], published = RSAKey.generate_key(2048, {"kid": "first"}), issuer.keys["first"]
    forged = issuer.token()
    issuer.keys["first"] = published
    assert await refusal(validator, forged) == "signature"
    assert await validator.validate(good)


async def test_an_algorithm_that_is_not_the_keys_is_refused(validator: TokenValidator, issuer: Issuer) -> None:
    issuer.keys["first"] = ECKey.generate_key("P-256", {"kid": "first"})
    assert await refusal(validator, raw_token({"alg": "RS256", "typ": "at+jwt", "kid": "first"})) == "signature"


async def test_changed_claims_are_refused(validator: TokenValidator, issuer: Issuer) -> None:
    head, _, signature = issuer.token().split(".")
    body = part({**good_claims(), "sub": "another"}).decode()
    assert await refusal(validator, f"{head}.{body}.{signature}") == "signature"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b",
        "a.b.c.d",
        "….….…",
        "\ud800.a.b",
        f"{base64.urlsafe_b64encode(b'[1]').decode()}.e30.e30",
        f"{base64.urlsafe_b64encode(b'[[' * 150).decode().rstrip('=')}.e30.e30",
    ],
)
async def test_what_is_no_token_is_refused(validator: TokenValidator, issuer: Issuer, token: str) -> None:
    assert await refusal(validator, token) == "form"
    assert issuer.fetches == 0


async def test_a_list_in_place_of_the_header_is_refused(validator: TokenValidator, issuer: Issuer) -> None:
    assert await refusal(validator, part(["alg"]).decode() + ".e30.e30") == "form"


@pytest.mark.parametrize("payload", ["[]", "7", "{", '{"sub":NaN}', ""])
async def test_a_signed_payload_that_is_no_object_is_refused(
    validator: TokenValidator, issuer: Issuer, payload: str
) -> None:
    header = {"alg": "RS256", "typ": "at+jwt", "kid": "first"}
    token = serialize_compact(header, payload, issuer.keys["first"])
    assert await refusal(validator, token) in {"form", "claims"}


async def test_a_token_over_8_kib_is_refused_unread(validator: TokenValidator, issuer: Issuer) -> None:
    assert await refusal(validator, "x" * (TOKEN_MAX_BYTES + 1)) == "size"


async def test_a_refusal_is_counted_by_its_reason(validator: TokenValidator, issuer: Issuer) -> None:
    before = TOKEN_REFUSALS.labels("iss")._value.get()
    await refusal(validator, issuer.token({"iss": "https://evil.example"}))
    assert TOKEN_REFUSALS.labels("iss")._value.get() == before + 1


async def test_without_any_keys_no_token_is_called_bad(validator: TokenValidator, issuer: Issuer) -> None:
    issuer.down = BackendUnavailable(System.IDENTITY, "jwks")
    with pytest.raises(BackendUnavailable):
        await validator.validate(issuer.token())


def raw_token(header: dict[str, Any]) -> str:
    """Write a token with any header and a signature of zeros."""
    present = {name: value for name, value in header.items() if value is not None or name == "alg"}
    return b".".join((part(present), part(good_claims()), encoded(bytes(256)))).decode()


def part(value: object) -> bytes:
    return encoded(json.dumps(value).encode())


def encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
