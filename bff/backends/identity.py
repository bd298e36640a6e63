"""The identity provider: where its endpoints are and which keys sign its tokens (OpenID Connect Discovery 1.0).

What a key is good for, how long it is kept and how often it may be asked for is `auth`'s matter.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._shape import Text, reader

T = TypeVar("T")

_DISCOVERY = "/.well-known/openid-configuration"


class Configuration(msgspec.Struct, frozen=True, gc=False):
    """What the provider says of itself: its name in tokens, and where its keys are."""

    issuer: Text
    jwks_uri: Text


class Identity:
    """Reads of the identity provider."""

    def __init__(self, http: Http, issuer: str) -> None:
        self._http = http
        self._issuer = issuer
        self._configuration: Configuration | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def configuration(self) -> Configuration:
        """Read the provider's configuration; once read it is kept.

        One that names another issuer is garbled (Discovery, section 4.3), and so is one that leads from https to less.
        """
        if self._configuration is None:
            found = await self._get("discovery", _DISCOVERY, _read_configuration)
            if found.issuer != self._issuer or _is_secure(self._issuer) > _is_secure(found.jwks_uri):
                raise Operation(self._http.system, "discovery").garbled("another issuer's configuration")
            self._configuration = found
        return self._configuration

    async def jwks(self) -> dict[str, Any]:
        """Read the provider's keys as they come: a JSON object."""
        configuration = await self.configuration()
        return await self._get("jwks", configuration.jwks_uri, _read_keys)

    async def _get(self, operation: str, url: str, read: Callable[[Any], T]) -> T:
        where = Operation(self._http.system, operation)
        return await self._http.send(operation, "GET", url, read=lambda answer: decoded(where, answer, read))


_read_configuration = reader(Configuration)


def _read_keys(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or "keys" not in value:
        raise Unreadable("no JWK Set")
    return value


def _is_secure(url: str) -> bool:
    return url.startswith("https:")
