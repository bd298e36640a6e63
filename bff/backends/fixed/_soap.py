"""SOAP 1.1 calls of the fixed legacy: the envelope with its security header, pages of rows, and errors in all shapes.

One error may come as a fault with 500, as the same fault with 200, or as a code in an answer that looks good (spec,
legacy.md, quirk 3): all three end as the same BackendError. XML is read without DTD, entities, network or huge trees.
Names and orders of elements: spec, legacy/fixed-legacy.wsdl and .xsd; the security header: WS-Security UsernameToken
Profile 1.0.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from lxml import etree

from bff.backends._batch import Page, all_pages
from bff.backends._call import Operation
from bff.backends._http import Answer, Http
from bff.backends._json import DOWN_CODES
from bff.backends.fixed._value import NAMESPACE, Row, local_time
from bff.clock import Clock
from bff.errors import BackendError
from bff.observability import REQUEST

PATH = "/ws/FixedLegacy"
PAGE_ROWS = 200

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_TOKEN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"  # noqa: S105 - a URI
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_NAMES = {"soap": _SOAP, "wsse": _WSSE, "wsu": _WSU, "t": NAMESPACE}

_UNKNOWN_KEY = "404"
_ERROR = "E"
_LAST = "S"
_NOT_FOR_US = "FailedAuthentication"


class Credentials(NamedTuple):
    """Who we are for the fixed legacy."""

    username: str
    password: str


class Find(NamedTuple):
    """A find operation: its name, the name of its rows, whether it takes a page."""

    operation: str
    row: str
    paged: bool = True


class Found(NamedTuple):
    """Rows, and the keys that failed by themselves with their errors; `unknown` keys are those that do not exist."""

    rows: list[Row]
    errors: dict[str, BackendError]
    unknown: frozenset[str]


class Soap:
    """The fixed legacy's endpoint. `nonce` gives 16 random bytes."""

    def __init__(self, http: Http, credentials: Credentials, clock: Clock, nonce: Callable[[], bytes]) -> None:
        self._http = http
        self._credentials = credentials
        self._clock = clock
        self._nonce = nonce

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def where(self, find: Find) -> Operation:
        """Name an operation for errors and logs."""
        return Operation(self._http.system, find.operation)

    async def find(self, find: Find, keys: Sequence[str], more: Mapping[str, str] | None = None) -> Found:
        """Ask for all rows of at most 50 keys, 200 rows a page.

        `more` are the elements between the keys and the page, in the order of the schema. Raises BackendErrors.
        """
        errors: dict[str, BackendError] = {}
        unknown: set[str] = set()

        async def fetch(index: int) -> Page[Row]:
            answer = await self._call(find, keys, more or {}, index + 1)
            for item in answer.rows("itemOutcome"):
                self._sort(find, item, errors, unknown)
            return _page(answer, find)

        rows = await all_pages(fetch, self.where(find))
        return Found(rows, errors, frozenset(unknown))

    def _sort(self, find: Find, item: Row, errors: dict[str, BackendError], unknown: set[str]) -> None:
        key, outcome = item.text("key"), item.row("outcome")
        if key is None or outcome is None or outcome.text("severity") != _ERROR:
            return
        code = outcome.text("code") or ""
        if code == _UNKNOWN_KEY:
            unknown.add(key)
        else:
            errors[key] = _error(self.where(find), code)

    async def _call(self, find: Find, keys: Sequence[str], more: Mapping[str, str], page_no: int) -> Row:
        where = self.where(find)
        page = {"pageNo": str(page_no), "pageSize": str(PAGE_ROWS)} if find.paged else {}
        return await self._http.send(
            find.operation,
            "POST",
            PATH,
            headers={
                "content-type": "text/xml; charset=utf-8",
                "soapaction": f'"{NAMESPACE}/{find.operation}"',
            },
            content=lambda: self._envelope(find.operation, keys, more, page),
            keys=len(keys),
            read=lambda answer: _answered(where, answer),
        )

    def _envelope(self, operation: str, keys: Sequence[str], more: Mapping[str, str], page: Mapping[str, str]) -> bytes:
        now = self._clock.now()
        envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap=_NAMES)
        self._secure(etree.SubElement(envelope, f"{{{_SOAP}}}Header"), now)
        body = _legacy(etree.SubElement(envelope, f"{{{_SOAP}}}Body"), operation)
        self._introduce(_legacy(body, "header"), now)
        for key in keys:
            _legacy(body, "key", key)
        for name, text in more.items():
            _legacy(body, name, text)
        if page:
            wanted = _legacy(body, "page")
            for name, text in page.items():
                _legacy(wanted, name, text)
        return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)

    def _secure(self, header: etree._Element, now: datetime) -> None:
        nonce, created = self._nonce(), f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        digest = hashlib.sha1(nonce + created.encode() + self._credentials.password.encode()).digest()  # noqa: S324 - theirs
        security = etree.SubElement(header, f"{{{_WSSE}}}Security", {f"{{{_SOAP}}}mustUnderstand": "1"})
        token = etree.SubElement(security, f"{{{_WSSE}}}UsernameToken")
        etree.SubElement(token, f"{{{_WSSE}}}Username").text = self._credentials.username
        password = etree.SubElement(token, f"{{{_WSSE}}}Password", {"Type": f"{_TOKEN}#PasswordDigest"})
        password.text = base64.b64encode(digest).decode()
        salt = etree.SubElement(token, f"{{{_WSSE}}}Nonce", {"EncodingType": _BASE64})
        salt.text = base64.b64encode(nonce).decode()
        etree.SubElement(token, f"{{{_WSU}}}Created").text = created

    @staticmethod
    def _introduce(header: etree._Element, now: datetime) -> None:
        request = REQUEST.get(None)
        _legacy(header, "sourceSystem", "BFF")
        _legacy(header, "channel", "WEB")
        _legacy(header, "correlationId", "-" if request is None else request.request_id)
        _legacy(header, "sentAt", local_time(now))


def _legacy(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child


def _page(answer: Row, find: Find) -> Page[Row]:
    """See an answer as a page; one that is empty or does not speak of pages is the last."""
    rows, info = answer.rows(find.row), answer.row("pageInfo")
    total = (info and info.text("totalRows")) or ""
    last = not find.paged or info is None or not rows or info.text("lastPage") == _LAST
    return Page(rows, last, -(-int(total) // len(rows)) if total.isdigit() and rows else None)


def _answered(where: Operation, answer: Answer) -> Row:
    """Give the body of a good answer; raises the BackendError that any other one stands for."""
    body = _body(where, answer)
    if body.tag == f"{{{_SOAP}}}Fault":
        raise _fault(where, body)
    if body.tag != f"{{{NAMESPACE}}}{where.name}Response":
        raise where.garbled("not the answer to this operation")
    row = Row(body)
    outcome = row.row("outcome")
    if outcome is None:
        raise where.garbled("no outcome")
    if outcome.text("severity") == _ERROR:
        raise _error(where, outcome.text("code") or "")
    return row


def _body(where: Operation, answer: Answer) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        envelope = etree.fromstring(answer.body, parser)
    except etree.XMLSyntaxError as error:
        raise _unread(where, answer.status) from error
    body = envelope.find(f"{{{_SOAP}}}Body")
    if envelope.getroottree().docinfo.internalDTD is not None or body is None or len(body) != 1:
        raise _unread(where, answer.status)
    return body[0]


def _unread(where: Operation, status: int) -> BackendError:
    """Tell what an answer that is not SOAP means by its status."""
    if status in {401, 403, 429} or status >= 500:  # noqa: PLR2004 - HTTP's own classes
        return where.unavailable(f"{status} without a SOAP body")
    if status >= 400:  # noqa: PLR2004
        return where.rejected(f"{status} without a SOAP body")
    return where.garbled(f"{status} without a SOAP body")


def _fault(where: Operation, fault: etree._Element) -> BackendError:
    code = (fault.findtext("faultcode") or "").strip().rpartition(":")[2]
    if code == _NOT_FOR_US:
        return where.unavailable(code)
    detail = fault.find(f".//{{{NAMESPACE}}}LegacyFault")
    if detail is None:
        return where.rejected(f"fault {code[:40]}")
    told = Row(detail)
    retry_after = told.text("retryAfterSeconds") or ""
    return _error(where, told.text("code") or "", float(retry_after) if retry_after.isdigit() else None)


def _error(where: Operation, code: str, retry_after_s: float | None = None) -> BackendError:
    """Tell what an error code means: the system is down, or it said no."""
    if code in DOWN_CODES:
        return where.unavailable(code, retry_after_s=retry_after_s)
    return where.rejected(f"code {code[:40]}")
