"""What the tests of `auth` share: the event loop, a clock that stands, an issuer with keys of its own."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jws import serialize_compact

from bff.auth.keys import KeySource
from bff.auth.tokens import TokenValidator
from bff.errors import BackendError
from tests.clock import NOW, HandClock

ISSUER = "https://id.example"
HOUR_S = 3600


class Issuer:
    """An identity provider: signs tokens, publishes its keys, counts who asks for them, may be down."""

    def __init__(self, first: Key) -> None:
        self.keys = {"first": first}
        self.fetches = 0
        self.down: BackendError | None = None
        self.document: object = None

    async def fetch(self) -> object:
        self.fetches += 1
        if self.down:
            raise self.down
        if self.document is not None:
            return self.document
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}

    def rotate(self) -> None:
        self.keys = {"second": ECKey.generate_key("P-256", {"kid": "second"})}

    def token(self, claims: Mapping[str, Any] = {}, header: Mapping[str, Any] = {}, kid: str = "first") -> str:
        """Sign a token that is good but for what is given; a value of None leaves the name out."""
        said = _without_none({**good_claims(), **claims})
        head = _without_none({"alg": "RS256", "typ": "at+jwt", "kid": kid, **header})
        return serialize_compact(head, json.dumps(said), self.keys[kid], algorithms=[str(head.get("alg"))])


def good_claims() -> dict[str, Any]:
    now_s = int(NOW.timestamp())
    return {
        "iss": ISSUER,
        "aud": "bff",
        "sub": "subject-1",
        "client_id": "dashboard",
        "jti": "token-1",
        "iat": now_s,
        "exp": now_s + HOUR_S,
        "auth_time": now_s - 60,
        "scope": "openid profile",
    }


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def first_key() -> Key:
    return RSAKey.generate_key(2048, {"kid": "first"})


@pytest.fixture
def issuer(first_key: Key) -> Issuer:
    return Issuer(first_key)


@pytest.fixture
def keys(issuer: Issuer, clock: HandClock) -> KeySource:
    return KeySource(issuer.fetch, monotonic=clock.monotonic)


@pytest.fixture
def validator(keys: KeySource, clock: HandClock) -> TokenValidator:
    return TokenValidator(ISSUER, "bff", keys, clock)
