"""The door of a site with single sign-on: who may come in with a token in the address. No HTTP here but for keys.

What a real site must check, checked: signature by a key that the issuer publishes, type, issuer, audience, times, and
that the token was not used before. A key id that is not known is looked up once more, at most every ten seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from joserfc.jwt import JWTClaimsRegistry

from sandbox.clock import Clock

LEEWAY_S: Final = 30
REFETCH_S: Final = 10
_TYPE: Final = "sso+jwt"


class Refused(Exception):
    """Who comes is not let in; the text says why."""


class Entrance:
    """Lets people in, each token once. `fetch` reads the issuer's JWK Set, `issuer` names it now."""

    def __init__(self, issuer: Callable[[], str], fetch: Callable[[], Awaitable[Any]], clock: Clock) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at: datetime | None = None
        self._used: dict[str, int] = {}

    async def let_in(self, token: str, audience: str) -> dict[str, Any]:
        """Give the claims of a good token. Raises Refused."""
        try:
            header = extract_compact(token.encode()).headers()
            keys = await self._known(header.get("kid"))
            told = jwt.decode(token, keys, algorithms=["ES256"])
            self._check(told, audience)
        except (JoseError, ValueError) as error:
            raise Refused(f"{type(error).__name__}: {error}") from error
        self._use(told.claims)
        return told.claims

    def _check(self, told: jwt.Token, audience: str) -> None:
        if told.header.get("typ") != _TYPE:
            raise Refused("another type of token")
        now = int(self._clock.now().timestamp())
        essential: Any = {"essential": True}
        JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer()},
            aud={"essential": True, "value": audience},
            sub=essential,
            company=essential,
            iat=essential,
            exp=essential,
            jti=essential,
        ).validate(told.claims)

    def _use(self, claims: dict[str, Any]) -> None:
        now = int(self._clock.now().timestamp())
        self._used = {id_: expires for id_, expires in self._used.items() if expires + LEEWAY_S >= now}
        if claims["jti"] in self._used:
            raise Refused("used before")
        self._used[claims["jti"]] = claims["exp"]

    async def _known(self, kid: str | None) -> KeySet:
        if self._keys is None or (kid not in {key.kid for key in self._keys.keys} and self._may_fetch()):
            self._fetched_at = self._clock.now()
            self._keys = KeySet.import_key_set(await self._fetch())
        return self._keys

    def _may_fetch(self) -> bool:
        if self._fetched_at is None:
            return True
        return abs((self._clock.now() - self._fetched_at).total_seconds()) >= REFETCH_S  # the clock may be put back
