"""What the token of a link says, and what of our keys is told."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from structlog.typing import EventDict

from bff.auth.sites import LIFE_S, Sites
from bff.domain.link import Site
from tests.backends.wire import NOW

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
URLS = {Site.EBILL: "https://ebill.example/sso"}


def sites(*keys: bytes) -> Sites:
    return Sites(keys, "https://api.business.example", URLS)


def keys(published: list[dict[str, Any]]) -> KeySet:
    """Read keys as a site does."""
    return KeySet([ECKey.import_key(key) for key in published])


def token(of: Sites) -> str:
    url = of.link(Site.EBILL, person="USR-000001", company="01234567890", now=NOW)
    assert url.startswith("https://ebill.example/sso?token=")
    return parse_qs(urlsplit(url).query)["token"][0]


def test_a_token_tells_its_site_who_comes_for_whom_and_until_when_and_nothing_else() -> None:
    minted = sites(NEW, OLD)

    told = jwt.decode(token(minted), keys(minted.published["keys"]), algorithms=["ES256"])

    issued_at = int(NOW.timestamp())
    id_ = told.claims.pop("jti")
    assert told.claims == {
        "iss": "https://api.business.example",
        "aud": "https://ebill.example/sso",
        "sub": "USR-000001",
        "company": "01234567890",
        "iat": issued_at,
        "exp": issued_at + LIFE_S,
    }
    assert (told.header["alg"], told.header["typ"]) == ("ES256", "sso+jwt")
    assert len(id_) >= 22, "128 bits"


def test_no_two_tokens_have_one_id_or_one_text() -> None:
    minted = sites(NEW)
    assert len({token(minted) for _ in range(20)}) == 20


def test_the_first_key_signs_and_of_both_the_public_half_is_told() -> None:
    published = sites(NEW, OLD).published
    assert [sorted(key) for key in published["keys"]] == [["alg", "crv", "kid", "kty", "use", "x", "y"]] * 2
    signed = token(sites(NEW, OLD))
    first, second = published["keys"]
    assert jwt.decode(signed, keys([first]), algorithms=["ES256"]).header["kid"] == published["keys"][0]["kid"]
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(signed, keys([second]), algorithms=["ES256"])


def test_a_key_has_the_same_id_in_every_process() -> None:
    assert sites(OLD).published == sites(OLD).published
    assert sites(OLD, NEW).published["keys"] == sites(NEW, OLD).published["keys"][::-1]


def test_the_log_has_the_site_and_the_id_and_nothing_of_the_token(told: list[EventDict]) -> None:
    text = token(sites(NEW))
    [event] = told
    assert (event["event"], event["site"]) == ("site_link_minted", "EBILL")
    assert not any(part in str(event) for part in (*text.split("."), "USR-000001", "01234567890"))
