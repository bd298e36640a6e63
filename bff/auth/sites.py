"""Single sign-on to other sites of the telco: a token that we sign, in the address that a person opens.

It tells one site who comes and for which company, holds for two minutes, and has an id so that the site can refuse a
second use. Sites check it with the keys that we publish. Why so: docs/adr/0015-links-to-other-sites.md. RFC 7519, 7517,
8725.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from bff.domain.link import Site
from bff.domain.url import Url
from bff.observability import logger

LIFE_S: Final = 120
"""From the minting of a link to its use; a person follows it at once."""

_ALGORITHM: Final = "ES256"
_TYPE: Final = "sso+jwt"  # its own type, so that no token of ours is ever taken for another (RFC 8725, 3.11)
_ID_BYTES = 16

_log = logger(__name__)


class Sites:
    """Mints links to other sites.

    Args:
        keys: one or two private keys, the 32 bytes of a P-256 scalar each; the first signs, all are published.
        issuer: the address of this service, by which sites know whose keys to use.
        urls: where each site is; it is the only audience of a token for it.
    """

    def __init__(self, keys: Sequence[bytes], issuer: str, urls: Mapping[Site, str]) -> None:
        self._keys = [_key(each) for each in keys]
        self._issuer = issuer
        self._urls = urls

    @property
    def published(self) -> dict[str, Any]:
        """The public halves of the keys, as a JWK Set."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def link(
        self, site: Site, *, person: str, company: str, now: datetime, context: Mapping[str, str] | None = None
    ) -> Url:
        """Mint a link for a person, by their key in the directory, who acts for a company, by its tax code.

        `context` tells the site why they come.
        """
        key, url, id_ = self._keys[0], self._urls[site], secrets.token_urlsafe(_ID_BYTES)
        issued_at = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": url,
            "sub": person,
            "company": company,
            "iat": issued_at,
            "exp": issued_at + LIFE_S,
            "jti": id_,
        }
        if context is not None:
            claims["context"] = context
        token = jwt.encode({"alg": _ALGORITHM, "typ": _TYPE, "kid": key.kid}, claims, key)
        _log.info("site_link_minted", site=site.value, id=id_)
        return Url(f"{url}?token={token}")


def _key(scalar: bytes) -> ECKey:
    private = ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem, {"use": "sig", "alg": _ALGORITHM, "kid": ECKey.import_key(pem).thumbprint()})
