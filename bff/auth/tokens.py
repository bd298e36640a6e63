"""Access tokens: whether one is good, and what it says.

The rules are RFC 9068's and RFC 8725's: pinned algorithms, an exact type, a known key, our issuer and audience, times
that hold. joserfc checks signatures and claims; keys come from `keys`. A client learns only that the token is not
good; why goes to the log and the metrics, without a word of the token. Who the person is, the directory tells.

A token that was found good is remembered by its SHA-256, with the key that signed it and the times between which it
holds. It is taken again while the provider still has that key, as it was last read, and while the clock is within
those times; in every other case it is judged anew, from the start.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import Key
from joserfc.jws import CompactSignature, extract_compact, validate_compact
from joserfc.jwt import JWTClaimsRegistry

from bff.auth.keys import ALGORITHMS, KeySource
from bff.cache.lru import Lru
from bff.clock import Clock
from bff.errors import Unauthenticated
from bff.observability import TOKEN_REFUSALS, logger

TOKEN_MAX_BYTES: Final = 8 * 1024

_TYPES = ("at+jwt", "application/at+jwt")
# All else is refused, so that no token can bring its own key (jwk, jku, x5c, x5u) or rules (crit, b64).
_HEADERS = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
_REMEMBERED_MAX_BYTES: Final = 4 * 1024 * 1024
_CLAIMS_BYTES: Final = 1_000  # what stands around the words of a token
_LATEST_S = datetime(9999, 1, 1, tzinfo=UTC).timestamp()

_log = logger(__name__)

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=_LATEST_S)]


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a good token says. `auth_time` is when the person signed in, None when not told, which is not fresh."""

    subject: str
    client_id: str
    token_id: str
    scope: frozenset[str]
    roles: frozenset[str]
    auth_time: datetime | None
    issued_at: datetime
    expires_at: datetime


class _Payload(msgspec.Struct):
    """The claims that we use, as RFC 9068 types them."""

    sub: _Word
    client_id: _Word
    jti: _Word
    iat: _Seconds
    exp: _Seconds
    nbf: float = 0
    auth_time: _Seconds | None = None
    scope: str = ""
    roles: frozenset[str] = frozenset()


class _Good(NamedTuple):
    """A token that was found good: by which key, and from when until before when, by our clock's whole seconds."""

    claims: Claims
    kid: str
    key: Key
    from_s: float
    until_s: float


class _Refused(Exception):
    """The token is not good; `reason` is one of a few words, for logs and metrics."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenValidator:
    """Checks access tokens of one issuer for one audience.

    Args:
        issuer: compared character for character.
        audience: must be among the token's.
        keys: the issuer's signing keys.
        clock: tells the time that tokens are judged by.
        leeway_s: by how much the issuer's clock may differ from ours.
    """

    def __init__(self, issuer: str, audience: str, keys: KeySource, clock: Clock, *, leeway_s: int = 60) -> None:
        self._keys = keys
        self._clock = clock
        self._leeway_s = leeway_s
        self._remembered: Lru[bytes, _Good] = Lru(_REMEMBERED_MAX_BYTES)
        self._rules = JWTClaimsRegistry(
            now=self._now_s,
            leeway=leeway_s,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            nbf={},
        )

    async def validate(self, token: str) -> Claims:
        """Give what the token says.

        Raises:
            Unauthenticated: the token is not good.
            BackendUnavailable: the issuer's keys can't be had, so that no token can be judged.
        """
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        good = self._remembered.get(digest)
        if good is not None and await self._still_holds(good):
            return good.claims
        try:
            good = await self._judge(token)
        except _Refused as refused:
            self._remembered.drop(digest)
            TOKEN_REFUSALS.labels(refused.reason).inc()
            _log.info("token_refused", reason=refused.reason)
            raise Unauthenticated(refused.reason) from None
        self._remembered.put(digest, good, len(token) + _CLAIMS_BYTES)
        return good.claims

    async def _still_holds(self, good: _Good) -> bool:
        """Tell whether a remembered token would be found good again; its key must be the very one that judged it."""
        return good.from_s <= self._now_s() < good.until_s and await self._keys.find(good.kid) is good.key

    async def _judge(self, token: str) -> _Good:
        signed = _read(token)
        kid = _check_header(signed.headers())
        key = await self._keys.find(kid)
        if key is None:
            raise _Refused("key")
        try:
            genuine = validate_compact(signed, key, ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise _Refused("signature") from error
        if not genuine:
            raise _Refused("signature")
        said = self._said(signed.payload)
        from_s, until_s = max(said.iat, said.nbf) - self._leeway_s, said.exp + self._leeway_s
        return _Good(_told(said), kid, key, from_s, until_s)

    def _said(self, payload: bytes) -> _Payload:
        try:
            claims = msgspec.json.decode(payload, type=dict[str, Any])
            self._rules.validate(claims)
            said = msgspec.convert(claims, _Payload)
        except ClaimError as error:
            raise _Refused(error.claim if error.claim in self._rules.options else "claims") from error
        except msgspec.ValidationError as error:
            raise _Refused("claims") from error
        except msgspec.DecodeError as error:
            raise _Refused("form") from error
        if said.exp < said.iat:
            raise _Refused("claims")
        return said

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _read(token: str) -> CompactSignature:
    """Take a token apart without believing it."""
    if len(token) > TOKEN_MAX_BYTES:
        raise _Refused("size")
    try:
        signed = extract_compact(token.encode("ascii"))
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _Refused("form") from error
    if not isinstance(signed.headers(), dict):
        raise _Refused("form")
    return signed


def _check_header(header: dict[str, Any]) -> str:
    """Refuse all but an access token with a pinned algorithm; give its key id."""
    if not _HEADERS.issuperset(header):
        raise _Refused("header")
    if header["alg"] not in ALGORITHMS:
        raise _Refused("algorithm")
    if header.get("typ") not in _TYPES:
        raise _Refused("type")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise _Refused("header")
    return kid


def _told(said: _Payload) -> Claims:
    return Claims(
        subject=said.sub,
        client_id=said.client_id,
        token_id=said.jti,
        scope=frozenset(said.scope.split()),
        roles=said.roles,
        auth_time=None if said.auth_time is None else _instant(said.auth_time),
        issued_at=_instant(said.iat),
        expires_at=_instant(said.exp),
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
