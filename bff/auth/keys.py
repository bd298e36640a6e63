"""The identity provider's signing keys, kept in process.

Whatever arrives, the provider is asked at most once in 30 s, and once a second while the last try failed: a flood of
unknown key ids costs nothing, and a provider that comes back is heard within a second. A rotation is picked up by the
first token with a new key id, a withdrawn key goes within ten minutes, and known keys stay good for a day while the
provider is down. How the keys are fetched is `backends.identity`'s.
"""

import asyncio
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, Key, RSAKey

from bff.domain.system import System
from bff.errors import BackendError, BackendUnavailable
from bff.observability import JWKS_FETCHES, logger, take_own_time

ALGORITHMS: Final = ("RS256", "PS256", "ES256")

_RSA_MIN_BITS = 2048
_EC_CURVE = "P-256"

_log = logger(__name__)

_READ_S = 5.0


class _Malformed(Exception):
    """What was fetched holds no key that we can use."""


class KeySource:
    """Finds a signing key by its id.

    Args:
        fetch: reads the provider's JWK Set as parsed JSON; raises BackendError.
        monotonic: seconds, for all the times below.
        refetch_s: shortest time between two fetches.
        retry_s: the same after one that failed: who has a new key can't be let in then.
        fresh_s: age from which known keys are read again, while they are used.
        keep_s: age from which known keys are no longer good.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[object]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        refetch_s: float = 30,
        retry_s: float = 1,
        fresh_s: float = 600,
        keep_s: float = 24 * 3600,
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._refetch_s = refetch_s
        self._retry_s = retry_s
        self._fresh_s = fresh_s
        self._keep_s = keep_s
        self._keys: Mapping[str, Key] = {}
        self._read_at = float("-inf")
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._failed = True  # until it has gone well once

    async def find(self, kid: str) -> Key | None:
        """Find a key; None when the provider has none of this id, or may not be asked again yet.

        A known key never waits for the provider.

        Raises:
            BackendUnavailable: the provider could not be asked, so that nobody knows whether it has the key.
        """
        if kid not in self._known():
            if asking := self._ask():
                await asyncio.shield(asking)
        elif self._age_s() > self._fresh_s:
            self._ask()
        key = self._known().get(kid)
        if key is None and self._failed:
            raise BackendUnavailable(System.IDENTITY, "jwks", "the signing keys can't be read just now")
        return key

    def _age_s(self) -> float:
        return self._monotonic() - self._read_at

    def _known(self) -> Mapping[str, Key]:
        return self._keys if self._age_s() <= self._keep_s else {}

    def _ask(self) -> asyncio.Task[None] | None:
        """Join the fetch that is under way, or start one if it is time; a finished one does no harm to wait for."""
        running = self._asking is not None and not self._asking.done()
        pause_s = self._retry_s if self._failed else self._refetch_s
        if not running and self._monotonic() - self._asked_at >= pause_s:
            self._asked_at = self._monotonic()
            self._asking = asyncio.create_task(self._read())
        return self._asking

    async def _read(self) -> None:
        take_own_time(_READ_S, self._monotonic)  # a request that is nearly over must not spend the one try
        try:
            keys = _usable_keys(await self._fetch())
        except (BackendError, _Malformed) as error:
            outcome = "malformed" if isinstance(error, _Malformed) else "failed"
            JWKS_FETCHES.labels(outcome).inc()
            _log.warning("signing_keys_not_read", outcome=outcome, error=str(error))
            self._failed = True
            return
        JWKS_FETCHES.labels("ok").inc()
        self._failed = False
        self._keys = keys
        self._read_at = self._monotonic()


def _usable_keys(document: object) -> Mapping[str, Key]:
    """Take the keys that can sign our tokens; others are passed over, as RFC 7517, section 5, says."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise _Malformed("not a JWK Set")
    keys: dict[str, Key] = {}
    for entry in entries:
        kid = entry.get("kid") if isinstance(entry, dict) else None
        if isinstance(kid, str) and kid and (key := _usable_key(entry)):
            keys.setdefault(kid, key)
    if not keys:
        raise _Malformed("no usable key")
    return keys


def _usable_key(entry: dict[str, Any]) -> Key | None:
    if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
        return None
    try:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):
            key = JWKRegistry.import_key(entry)
            return key if _strong(key) else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _strong(key: Key) -> bool:
    """Tell whether a key is of a kind and size that the pinned algorithms need; a shared secret never is."""
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= _RSA_MIN_BITS
    return isinstance(key, ECKey) and key.curve_name == _EC_CURVE
