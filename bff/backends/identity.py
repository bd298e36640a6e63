"""The identity provider: where its endpoints are and which keys sign its tokens (OpenID Connect Discovery 1.0).

Besides, it makes links to the page where a person sets a password: none ever enters the BFF. No standard says how one
is asked for; the way is the sandbox's own (docs/backends/identity.md).

What a key is good for, how long it is kept and how often it may be asked for is `auth`'s matter.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._shape import Text, reader
from bff.domain.url import Url

T = TypeVar("T")

_DISCOVERY = "/.well-known/openid-configuration"


class Configuration(msgspec.Struct, frozen=True, gc=False):
    """What the provider says of itself: its name in tokens, and where its keys are."""

    issuer: Text
    jwks_uri: Text


class AccountPage(Enum):
    """What a person does on their page at the provider."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a word of the protocol
    USERNAME = "USERNAME"


class _Link(msgspec.Struct, frozen=True, gc=False):
    url: Text


class Identity:
    """Reads of the identity provider, and links to its pages. `key` opens those for people's accounts."""

    def __init__(self, http: Http, issuer: str, key: str = "") -> None:
        self._http = http
        self._key = key
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

    async def account_link(self, subject: str, page: AccountPage, *, username: str | None = None) -> Url:
        """Give the address of a person's page, good once and for an hour; asked for again before it is used, the same.

        `username` is that of a person whom the provider has not met. Raises BackendErrors.
        """
        where = Operation(self._http.system, "POST /account/links")
        form = {"subject": subject, "purpose": page.value} | ({} if username is None else {"username": username})
        link = await self._http.send(
            where.name,
            "POST",
            "/account/links",
            headers={"authorization": f"Bearer {self._key}", "content-type": "application/x-www-form-urlencoded"},
            content=lambda: urlencode(form).encode(),
            read=lambda answer: decoded(where, answer, _read_link),
        )
        if not link.url.startswith(("http://", "https://")) or _is_secure(self._issuer) > _is_secure(link.url):
            raise where.garbled("a link to somewhere else")
        return Url(link.url)

    async def _get(self, operation: str, url: str, read: Callable[[Any], T]) -> T:
        where = Operation(self._http.system, operation)
        return await self._http.send(operation, "GET", url, read=lambda answer: decoded(where, answer, read))


_read_configuration = reader(Configuration)
_read_link = reader(_Link)


def _read_keys(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or "keys" not in value:
        raise Unreadable("no JWK Set")
    return value


def _is_secure(url: str) -> bool:
    return url.startswith("https:")
