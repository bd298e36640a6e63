"""The provider's tokens: what they say, and how tests make ones that must be refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet

from sandbox.clock import DEFAULT_NOW, Clock
from sandbox.identity.provider import Provider
from sandbox.world.model import Persona, World

ISSUER = "http://127.0.0.1:1"
WORLD = World(
    now=DEFAULT_NOW,
    companies=(),
    users=(),
    personas=(
        Persona("legal", "A person", "sub-legal", None),
        Persona("staff", "Support", "sub-staff", None, staff=True),
    ),
)


def provider(clock: Clock | None = None) -> Provider:
    return Provider(WORLD, clock or Clock(), lambda: ISSUER)


def opened(made_by: Provider, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Verify a token with the published keys; give its header and claims."""
    read = jwt.decode(token, KeySet.import_key_set(made_by.jwks()), algorithms=["RS256"])
    return dict(read.header), dict(read.claims)


def test_a_token_is_an_rfc_9068_access_token_for_the_persona() -> None:
    clock = Clock()
    made_by = provider(clock)

    header, claims = opened(made_by, made_by.mint("legal"))

    assert header == {"alg": "RS256", "typ": "at+jwt", "kid": made_by.jwks()["keys"][0]["kid"]}
    issued_at = claims["iat"]
    assert abs(issued_at - clock.now().timestamp()) < 5
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "aud": "bff",
        "sub": "sub-legal",
        "client_id": "dashboard",
        "iat": issued_at,
        "exp": issued_at + 3600,
        "auth_time": issued_at,
        "scope": "openid profile email",
    }


def test_staff_have_an_audience_and_a_role_of_their_own() -> None:
    made_by = provider()

    _, claims = opened(made_by, made_by.mint("staff"))

    assert (claims["aud"], claims["roles"]) == ("bff-staff", ["support"])


def test_whoever_is_no_persona_is_taken_as_a_subject() -> None:
    made_by = provider()

    assert opened(made_by, made_by.mint("somebody"))[1]["sub"] == "somebody"


def test_any_part_of_a_token_can_be_replaced_or_left_out() -> None:
    made_by = provider()

    token = made_by.mint("legal", audience="other", header={"typ": "JWT"}, iss="http://evil", exp=1, auth_time=None)

    header, claims = opened(made_by, token)
    assert header["typ"] == "JWT"
    assert (claims["aud"], claims["iss"], claims["exp"]) == ("other", "http://evil", 1)
    assert "auth_time" not in claims


def test_a_token_can_name_an_unknown_key_or_use_another_algorithm() -> None:
    made_by = provider()

    with pytest.raises(InvalidKeyIdError):
        opened(made_by, made_by.mint("legal", header={"kid": "unknown"}))
    with pytest.raises(UnsupportedAlgorithmError):
        opened(made_by, made_by.mint("legal", header={"alg": "PS256"}))


def test_after_a_rotation_old_tokens_hold_and_after_two_they_do_not() -> None:
    made_by = provider()
    old = made_by.mint("legal")

    made_by.rotate()
    assert opened(made_by, old)[1]["sub"] == "sub-legal"
    assert len(made_by.jwks()["keys"]) == 2
    assert opened(made_by, made_by.mint("legal"))[0]["kid"] == made_by.jwks()["keys"][0]["kid"]

    made_by.rotate()
    with pytest.raises((InvalidKeyIdError, BadSignatureError)):
        opened(made_by, old)


def test_no_private_member_of_a_key_is_published() -> None:
    [key] = provider().jwks()["keys"]

    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")


def test_a_token_lives_by_the_sandbox_clock() -> None:
    clock = Clock(now=DEFAULT_NOW + timedelta(days=400))
    made_by = Provider(replace(WORLD), clock, lambda: ISSUER)

    _, claims = opened(made_by, made_by.mint("legal"))

    assert claims["iat"] >= (DEFAULT_NOW + timedelta(days=400)).timestamp()
