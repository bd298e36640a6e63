"""WS-Security: the UsernameToken with a password digest (OASIS UsernameToken Profile 1.1, section 3.1).

A token works once, and only while its `Created` is within five minutes of the sandbox's clock (legacy.md, quirk 19).
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Final

from lxml import etree

from sandbox.fixed.soap import WSSE, SoapFault

MAX_SKEW: Final = timedelta(minutes=5)

_WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST_TYPE: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
)
_NAMES: Final = {"wsse": WSSE, "wsu": _WSU}


class Gate:
    """Who may call: one user, known by name and password. Remembers the nonces that it has seen while they matter."""

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._seen: OrderedDict[str, datetime] = OrderedDict()  # oldest first

    def check(self, header: etree._Element | None, now: datetime) -> None:
        """Let a request with a good token pass.

        Raises:
            SoapFault: wsse:FailedAuthentication; what was wrong is not told.
        """
        token = None if header is None else header.find("wsse:Security/wsse:UsernameToken", _NAMES)
        if token is None or not self._is_good(token, now):
            raise SoapFault("SEC01", "Autenticazione fallita", faultcode="wsse:FailedAuthentication", kind="SECURITY")

    def _is_good(self, token: etree._Element, now: datetime) -> bool:
        username, nonce, created, digest = (
            token.findtext(name, default="", namespaces=_NAMES)
            for name in ("wsse:Username", "wsse:Nonce", "wsu:Created", "wsse:Password[@Type]")
        )
        password = token.find("wsse:Password", _NAMES)
        if password is None or password.get("Type") != _DIGEST_TYPE:
            return False
        if username != self._username or not hmac.compare_digest(digest.encode(), self._digest(nonce, created)):
            return False
        return _is_current(created, now) and self._is_new(nonce, now)

    def _digest(self, nonce: str, created: str) -> bytes:
        try:
            raw = b64decode(nonce, validate=True)
        except (binascii.Error, ValueError):
            return b""
        # SHA-1 is the profile's choice, not ours.
        return b64encode(sha1(raw + created.encode() + self._password.encode(), usedforsecurity=False).digest())

    def _is_new(self, nonce: str, now: datetime) -> bool:
        """Note a nonce; forget those whose token would be too old by now."""
        while self._seen and now - next(iter(self._seen.values())) > 2 * MAX_SKEW:
            self._seen.popitem(last=False)
        if not nonce or nonce in self._seen:
            return False
        self._seen[nonce] = now
        return True


def _is_current(created: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(created)
    except ValueError:
        return False
    return at.tzinfo is not None and abs(now - at) <= MAX_SKEW
