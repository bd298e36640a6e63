"""SOAP: what is sent, and which answers are trusted how far."""

import base64
import hashlib
from typing import Any

import pytest
from lxml import etree

from bff.backends.fixed import Credentials, Fixed, Soap
from bff.backends.fixed._value import NAMESPACE
from bff.domain.line import FixedLine
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendUnavailable
from tests.backends.wire import Reply, Script, StillClock, always, http

pytestmark = pytest.mark.anyio

NONCE = b"0123456789abcdef"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMES = {
    "soap": SOAP,
    "t": NAMESPACE,
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}
GOOD = "<outcome><code>000</code><severity>I</severity></outcome>"
LINE = (
    "<line><lineId>0212345678</lineId><accountCode>000000000001</accountCode><type>FTTH</type><state>ATT</state></line>"
)
ACCOUNT = "000000000001"


def envelope(body: str, prologue: str = "") -> bytes:
    return f'{prologue}<s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def answer(inner: str, operation: str = "FindLinesByAccount", prologue: str = "") -> bytes:
    return envelope(f'<{operation}Response xmlns="{NAMESPACE}">{inner}</{operation}Response>', prologue)


def fault(detail: str, code: str = "s:Server") -> bytes:
    return envelope(
        f"<s:Fault><faultcode>{code}</faultcode><faultstring>no</faultstring><detail>{detail}</detail></s:Fault>"
    )


def legacy_fault(code: str, more: str = "") -> bytes:
    return fault(
        f'<LegacyFault xmlns="{NAMESPACE}"><code>{code}</code><type>X</type><message>m</message>{more}</LegacyFault>'
    )


async def ask(network: Script, *accounts: str) -> dict[str, Any]:
    exchange = http(network, system=System.FIXED)
    fixed = Fixed(Soap(exchange, Credentials("bff", "secret"), StillClock(), lambda: NONCE), StillClock())
    try:
        return await fixed.lines_by_account(accounts or [ACCOUNT])
    finally:
        await fixed.aclose()


async def test_the_envelope_carries_digest_header_keys_and_page_in_the_order_of_the_schema() -> None:
    network = always(Reply(answer(GOOD)))
    await ask(network, "000000000001", "000000000002")
    (request,) = network.requests
    sent = etree.fromstring(request.content)
    created = sent.findtext(".//wsu:Created", namespaces=NAMES)
    digest = base64.b64encode(hashlib.sha1(NONCE + b"2026-11-22T08:30:00Z" + b"secret").digest()).decode()  # noqa: S324
    assert created == "2026-11-22T08:30:00Z"
    assert sent.findtext(".//wsse:Username", namespaces=NAMES) == "bff"
    assert sent.findtext(".//wsse:Nonce", namespaces=NAMES) == base64.b64encode(NONCE).decode()
    assert sent.findtext(".//wsse:Password", namespaces=NAMES) == digest
    body = sent.find("soap:Body/t:FindLinesByAccount", NAMES)
    assert body is not None
    assert [etree.QName(child).localname for child in body] == ["header", "key", "key", "page"]
    assert [child.text for child in body.iterfind("t:header/*", NAMES)] == ["BFF", "WEB", "-", "22/11/2026 09:30:00"]
    assert [child.text for child in body.iterfind("t:page/*", NAMES)] == ["1", "200"]
    assert request.headers["soapaction"] == f'"{NAMESPACE}/FindLinesByAccount"'
    assert request.headers["content-type"] == "text/xml; charset=utf-8"


async def test_a_key_can_not_leave_its_element() -> None:
    network = always(Reply(answer(GOOD)))
    await ask(network, "</key><key>000000000009")
    keys = etree.fromstring(network.requests[0].content).findall(".//t:key", NAMES)
    assert [key.text for key in keys] == ["</key><key>000000000009"]


async def test_rows_are_read_under_whatever_prefix_and_status() -> None:
    answers = await ask(always(Reply(answer(GOOD + LINE))))
    (line,) = answers[ACCOUNT]
    assert isinstance(line, FixedLine)
    assert (line.key, line.number, line.location) == ("0212345678", "+390212345678", None)


async def test_pages_are_read_until_the_last_and_a_missing_end_is_garbled() -> None:
    page = f"{GOOD}{LINE}<pageInfo><pageNo>1</pageNo><lastPage>N</lastPage></pageInfo>"
    network = always(Reply(answer(page)))
    answers = await ask(network)
    assert isinstance(answers[ACCOUNT], BackendGarbled)
    assert len(network.requests) == 200


async def test_an_empty_page_is_the_last_one_whatever_it_says() -> None:
    network = always(Reply(answer(f"{GOOD}<pageInfo><pageNo>1</pageNo><lastPage>N</lastPage></pageInfo>")))
    assert await ask(network) == {ACCOUNT: []}
    assert len(network.requests) == 1


async def test_unknown_keys_are_absent_and_known_ones_without_rows_empty() -> None:
    item = "<itemOutcome><key>000000000002</key><outcome><code>404</code><severity>E</severity></outcome></itemOutcome>"
    assert await ask(always(Reply(answer(GOOD + item))), ACCOUNT, "000000000002") == {ACCOUNT: []}


async def test_a_warning_is_no_error() -> None:
    warning = "<outcome><code>W10</code><severity>W</severity></outcome>"
    assert len((await ask(always(Reply(answer(warning + LINE)))))[ACCOUNT]) == 1


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, legacy_fault("E999"), BackendRejected),
        (200, legacy_fault("E999"), BackendRejected),
        (200, answer("<outcome><code>E999</code><severity>E</severity></outcome>"), BackendRejected),
        (500, legacy_fault("DB900"), BackendUnavailable),
        (200, answer("<outcome><code>DB900</code><severity>E</severity></outcome>"), BackendUnavailable),
        (500, fault("", "s:Client"), BackendRejected),
        (500, fault("", "wsse:FailedAuthentication"), BackendUnavailable),
        (500, b"", BackendUnavailable),
        (502, b"<html><body>Bad gateway</body></html>", BackendUnavailable),
        (503, b"<!DOCTYPE html><html></html>", BackendUnavailable),
        (403, b"", BackendUnavailable),
        (404, b"not here", BackendRejected),
        (200, b"", BackendGarbled),
        (200, b"<html><body>Accesso</body></html>", BackendGarbled),
        (200, answer(GOOD + LINE)[:-40], BackendGarbled),
        (200, answer(LINE), BackendGarbled),
        (200, answer(GOOD, "FindOrdersById"), BackendGarbled),
        (200, envelope(""), BackendGarbled),
        (200, answer(GOOD + LINE.replace("<type>", "<location><city>Roma</city></location><type>")), BackendGarbled),
    ],
)
async def test_a_bad_answer_is_the_error_that_fits(status: int, body: bytes, expected: type[BackendError]) -> None:
    assert type((await ask(always(Reply(body, status))))[ACCOUNT]) is expected


async def test_a_row_without_its_key_belongs_to_nobody() -> None:
    assert await ask(always(Reply(answer(f"{GOOD}<line><lineId>0212345678</lineId></line>")))) == {ACCOUNT: []}


async def test_how_long_to_wait_is_taken_over() -> None:
    error = (await ask(always(Reply(legacy_fault("DB900", "<retryAfterSeconds>60</retryAfterSeconds>"), 500))))[ACCOUNT]
    assert error.retry_after_s == 60


@pytest.mark.parametrize(
    "prologue",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x [<!ENTITY e "y">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
    ],
    ids=["empty", "entity", "external", "bomb"],
)
async def test_a_document_type_is_refused(prologue: str) -> None:
    found = (await ask(always(Reply(answer(GOOD + LINE, prologue=prologue)))))[ACCOUNT]
    assert isinstance(found, BackendGarbled)


async def test_trees_without_bottom_are_refused() -> None:
    deep = "<a>" * 10_000 + "</a>" * 10_000
    assert isinstance((await ask(always(Reply(answer(GOOD + deep)))))[ACCOUNT], BackendGarbled)
