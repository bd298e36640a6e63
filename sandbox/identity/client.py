"""The clients that the provider knows, and how they prove who they are at the token endpoint.

All three belong to development, so their redirect URIs are those of a developer's machine: `http://localhost` and
`http://127.0.0.1`, any port and path. At the token endpoint the URI must be the very one that the code was asked with.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlsplit

from sandbox.credentials import DASHBOARD_CLIENT_SECRET
from sandbox.identity.error import OAuthError, UnusableRedirect

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. `secret` is None for a public one, which PKCE alone protects."""

    id: str
    secret: str | None = None

    def allows(self, redirect_uri: str) -> bool:
        """Say whether the provider may send people back to this address."""
        uri = urlsplit(redirect_uri)
        return (
            uri.scheme == "http"
            and uri.hostname in LOOPBACK_HOSTS
            and "@" not in uri.netloc
            and "#" not in redirect_uri
        )

    def accepts(self, secret: str | None) -> bool:
        """Compare a presented secret; a public client must present none."""
        if self.secret is None or secret is None:
            return self.secret is secret
        return hmac.compare_digest(self.secret.encode(), secret.encode())


CLIENTS: Mapping[str, Client] = {
    client.id: client
    for client in (
        Client("dashboard", DASHBOARD_CLIENT_SECRET),
        Client("app"),
        Client("graphiql"),
    )
}


def redirecting_client(parameters: Mapping[str, str]) -> Client:
    """Find the client of an authorization request, its redirect URI checked.

    Raises:
        UnusableRedirect: the client is unknown, or may not be called back at that address.
    """
    client = CLIENTS.get(parameters.get("client_id", ""))
    if client is None:
        raise UnusableRedirect("client_id is not known")
    if not client.allows(parameters.get("redirect_uri", "")):
        raise UnusableRedirect("redirect_uri is not registered for this client")
    return client


def authenticated_client(authorization: str | None, form: Mapping[str, str]) -> Client:
    """Find the client of a token request by HTTP Basic, by secret in the form, or by id alone when it is public.

    Raises:
        OAuthError: invalid_client.
    """
    client_id, secret = _basic(authorization) if authorization else (form.get("client_id"), form.get("client_secret"))
    client = CLIENTS.get(client_id or "")
    if client is None or not client.accepts(secret):
        raise OAuthError("invalid_client", "client authentication failed", status=401)
    return client


def _basic(authorization: str) -> tuple[str, str]:
    """Read HTTP Basic; both parts are form-encoded first (RFC 6749, section 2.3.1)."""
    scheme, _, value = authorization.partition(" ")
    try:
        name, colon, secret = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, colon, secret = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "the Authorization header is not HTTP Basic", status=401)
    return unquote_plus(name), unquote_plus(secret)
