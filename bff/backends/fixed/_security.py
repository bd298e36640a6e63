"""WS-Security: the UsernameToken with a password digest, made for their clock when it differs from ours.

The system refuses tokens that are five minutes off its clock, and does not say why (spec, legacy.md, quirk 19). Its
answer has a `Date`: when that differs from our time the difference is remembered, and tokens are made for it from then
on. Source: UsernameToken Profile 1.0, 3.1.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lxml import etree

from bff.backends._call import Operation
from bff.backends.fixed._answer import SOAP
from bff.clock import Clock
from bff.observability import logger

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

_TOKEN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"  # noqa: S105 - a URI
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

_NOTICED = timedelta(minutes=1)
_BELIEVED = timedelta(days=1)  # a clock that is further off is no clock

_log = logger(__name__)


class Credentials(NamedTuple):
    """Who we are for the fixed legacy."""

    username: str
    password: str


class Security:
    """Who vouches for our calls. `nonce` gives 16 random bytes; each serves once."""

    def __init__(self, credentials: Credentials, clock: Clock, nonce: Callable[[], bytes]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._nonce = nonce
        self._ahead = timedelta(0)  # how far their clock is believed to be ahead of ours

    def sign(self, header: etree._Element) -> timedelta:
        """Put a fresh token into a SOAP header; give how far ahead the clock is that it was made for."""
        nonce, created = self._nonce(), f"{(self._clock.now() + self._ahead).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        digest = hashlib.sha1(nonce + created.encode() + self._credentials.password.encode()).digest()  # noqa: S324 - theirs
        security = etree.SubElement(header, f"{{{WSSE}}}Security", {f"{{{SOAP}}}mustUnderstand": "1"})
        token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
        etree.SubElement(token, f"{{{WSSE}}}Username").text = self._credentials.username
        password = etree.SubElement(token, f"{{{WSSE}}}Password", {"Type": f"{_TOKEN}#PasswordDigest"})
        password.text = base64.b64encode(digest).decode()
        salt = etree.SubElement(token, f"{{{WSSE}}}Nonce", {"EncodingType": _BASE64})
        salt.text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{WSU}}}Created").text = created
        return self._ahead

    def learn(self, where: Operation, headers: Mapping[str, str], signed_for: timedelta) -> bool:
        """Learn their clock from an answer that refused a token; tell whether another one may pass.

        A difference that was tried and did not help is forgotten: something in front of the system may have told its
        own time.
        """
        if signed_for != self._ahead:  # another call has learned it meanwhile
            return True
        theirs = _date(headers.get("date", ""))
        ahead = None if theirs is None else theirs - self._clock.now()
        if ahead is None or abs(ahead) > _BELIEVED or abs(ahead - signed_for) <= _NOTICED:
            self._ahead = timedelta(0)
            return False
        self._ahead = ahead
        seconds = round(ahead.total_seconds())
        _log.warning("clock_skew", system=where.system.value, operation=where.name, ahead_s=seconds)
        return True


class Signature:
    """The tokens of one call, one for each attempt.

    Attributes:
        may_pass: True when the first token was refused and another one may not be. There is no third.
    """

    def __init__(self, security: Security) -> None:
        self._security = security
        self._signed_for = timedelta(0)
        self._tokens = 0
        self.may_pass = False

    def sign(self, header: etree._Element) -> None:
        """Put a fresh token into the SOAP header of an attempt."""
        self._signed_for = self._security.sign(header)
        self._tokens += 1
        self.may_pass = False

    def refused(self, where: Operation, headers: Mapping[str, str]) -> None:
        """Take note of the answer that refused the attempt."""
        self.may_pass = self._security.learn(where, headers, self._signed_for) and self._tokens == 1


def _date(text: str) -> datetime | None:
    """Read an HTTP date in the one form that senders may use (RFC 9110, 5.6.7)."""
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
