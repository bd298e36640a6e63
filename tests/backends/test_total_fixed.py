"""Reading the fixed legacy is total: whatever bytes come, rows or BackendErrors come out, and no amount is wrong.

Answers are made in two ways: from nothing (bytes, trees of the system's own words), and from good answers of the
stand-in that are damaged at random. What may stand in a record is judged by a reading of the wire of the test's own.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bff.backends import Access, open_backends
from bff.backends._http import Limits
from bff.backends.fixed import Credentials, Fixed, Soap
from bff.backends.fixed._value import NAMESPACE
from bff.domain.company import FixedAccount
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine
from bff.domain.money import Money
from bff.domain.order import Order
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled
from sandbox import credentials
from sandbox.server import Sandbox
from tests.backends.wire import Reply, StillClock, always, http

Answers: TypeAlias = "dict[str, Any]"
Element: TypeAlias = "etree._Element"
Ask = Callable[[Fixed, Sequence[str]], Awaitable[Mapping[str, Any]]]

SINCE = date(2025, 11, 22)
ASKS: dict[str, Ask] = {
    "FindCustomersByTaxCode": lambda fixed, keys: fixed.customers(keys),
    "FindAccountsByCustomer": lambda fixed, keys: fixed.accounts_by_customer(keys),
    "FindLinesByAccount": lambda fixed, keys: fixed.lines_by_account(keys),
    "FindLinesById": lambda fixed, keys: fixed.lines(keys),
    "FindServicesByLine": lambda fixed, keys: fixed.services(keys),
    "FindInvoicesByAccount": lambda fixed, keys: fixed.invoices_by_account(keys, issued_from=SINCE),
    "FindUnpaidInvoicesByAccount": lambda fixed, keys: fixed.unpaid_by_account(keys),
    "FindOrdersByCustomer": lambda fixed, keys: fixed.orders_by_customer(keys, placed_from=SINCE),
    "FindRequestsByCustomer": lambda fixed, keys: fixed.requests_by_customer(keys, made_from=SINCE),
    "FindRequestsByProtocol": lambda fixed, keys: fixed.requests(keys),
}
OPERATIONS = st.sampled_from(sorted(ASKS))
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MANY = settings(max_examples=250)
FEW = settings(MANY, max_examples=100)


async def read(operation: str, keys: Sequence[str], reply: Reply) -> Answers:
    exchange = http(always(reply), system=System.FIXED, limits=Limits(timeout_s=30))
    fixed = Fixed(Soap(exchange, Credentials("bff", "secret"), StillClock(), lambda: b"0" * 16), StillClock())
    try:
        return dict(await ASKS[operation](fixed, keys))
    finally:
        await fixed.aclose()


def answers(operation: str, keys: Sequence[str], reply: Reply) -> Answers:
    """Read an answer; whatever is raised fails the test, for errors stand in their key's place."""
    return asyncio.run(read(operation, keys, reply))


# --- what may come up -------------------------------------------------------------------------------------------------


def records(found: Answers) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if not isinstance(value, BackendError):
            yield from ((key, record) for record in (value if isinstance(value, list) else [value]))


def owner(record: Any) -> str | None:
    """Tell the key under which a record may be given."""
    match record:
        case Invoice():
            return record.account
        case Order():
            return record.customer_key
        case FixedAccount():
            return record.customer_code
        case _:
            return None


def euros(text: str) -> Decimal | None:
    """Read an amount by hand, without its sign; None when it is none of the documented notations."""
    digits = re.sub(r"^[+-]|[+-]$", "", text.strip(), count=1)
    whole, comma, cents = digits.partition(",")
    if comma and not re.fullmatch("[0-9]{1,2}", cents):
        return None
    if not re.fullmatch(r"[0-9]+" if not comma else r"[0-9]+|[0-9]{1,3}(\.[0-9]{3})+", whole):
        return None
    return Decimal(whole.replace(".", "") + "." + (cents or "0"))


def on_the_wire(body: bytes, name: str) -> set[Decimal | None]:
    """Give all amounts of a name, None among them for none: whatever element has none."""
    root = etree.fromstring(body, etree.XMLParser(remove_comments=True, remove_pis=True, encoding="utf-8"))
    texts = (found.text or "" for found in root.iter(f"{{{NAMESPACE}}}{name}"))
    return {None, *map(euros, texts)}


def amount(money: Money | None) -> Decimal | None:
    return None if money is None else money.amount


def check(operation: str, keys: Sequence[str], reply: Reply) -> None:
    found = answers(operation, keys, reply)
    assert set(found) <= set(keys)
    for key, record in records(found):
        assert owner(record) in {None, key}
        if isinstance(record, FixedLine):
            assert key in {record.key, record.account_code}
        if isinstance(record, Invoice):
            check_amounts(record, reply.body)


def check_amounts(invoice: Invoice, body: bytes) -> None:
    gross, net, vat = (amount(money) for money in (invoice.total.gross, invoice.total.net, invoice.total.vat))
    assert gross is not None
    assert gross in on_the_wire(body, "total")
    assert vat in on_the_wire(body, "vat")
    assert net == (None if vat is None else gross - vat)
    assert amount(invoice.remaining) in on_the_wire(body, "outstanding")


# --- from nothing -----------------------------------------------------------------------------------------------------

WORDS = """
    accountCode bimester carrier city civic code companyName contactEmail ceasedOn customerCode deliveryAddress dueOn
    enteredBy invoice invoiceNo issuedOn item itemId itemOutcome key kind lastPage legalAddress line lineId location
    message orderId outcome outstanding pageInfo paperless periodFrom periodTo phase postCode reachedOn receivedOn
    recipientCode severity state street taxCode toponym total totalRows trackingNo type vat vatNumber customer account
    order province pageNo"""
NAMES = st.sampled_from(WORDS.split())
LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
SAMPLES = """000 404 E999 DB900 I E W S N s FT NC nc UN ZZ PA DP ATT NULL 1.234,56 1234,5 -12,30 12,30- +12,30 0 1.234
        12.30 1e400 8.93901E+18 NaN ٣ ² 22/11/2026 31/12/9999 01/01/0001 30/02/2026 00187 187 0212345678 212345678
        000000000001 1 F0000001 RSSMRA80A01H501U 21233190061 SPED_SHIPPED"""
TEXTS = st.one_of(
    st.sampled_from(SAMPLES.split()),
    st.sampled_from(["", "  ", "25/10/2026 02:30:00", "29/03/2026 02:30:00", "01/01/0002 00:00:00", "9" * 5000]),
    st.integers(0, 10**14).map(str),
    LETTERS,
)


def element(name: str, content: str | list[str]) -> str:
    inner = content if isinstance(content, str) else "".join(content)
    return f"<{name}>{inner}</{name}>"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


LEAVES = st.builds(element, NAMES, TEXTS.map(escaped))
TREES = st.recursive(LEAVES, lambda inner: st.builds(element, NAMES, st.lists(inner, max_size=8)), max_leaves=25)


def envelope(operation: str, parts: Sequence[str]) -> bytes:
    response = f'<{operation}Response xmlns="{NAMESPACE}">{"".join(parts)}</{operation}Response>'
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{response}</s:Body></s:Envelope>'.encode()


KEYS = ("000000000001", "0212345678", "21233190061", "FC1")
FINE = "<outcome><code>000</code><severity>I</severity></outcome>"


@FEW
@given(OPERATIONS, st.binary(max_size=400), st.sampled_from([200, 200, 200, 404, 500]))
def test_any_bytes_are_an_error(operation: str, body: bytes, status: int) -> None:
    found = answers(operation, KEYS, Reply(body, status))
    assert set(found) == set(KEYS)
    assert all(isinstance(error, BackendError) for error in found.values())


@FEW
@given(OPERATIONS, st.lists(TREES, max_size=12), st.booleans())
def test_any_tree_gives_rows_or_errors(operation: str, parts: list[str], fine: bool) -> None:  # noqa: FBT001
    check(operation, KEYS, Reply(envelope(operation, [FINE, *parts] if fine else parts)))


ITEM = "<itemOutcome><key>{}</key><outcome><code>{}</code><severity>{}</severity></outcome></itemOutcome>"
INFO = "<pageInfo><pageNo>{}</pageNo><lastPage>{}</lastPage><totalRows>{}</totalRows></pageInfo>"
LINE = "<line><lineId>{}</lineId><accountCode>{}</accountCode><type>FTTH</type><state>ATT</state></line>"
CODES = st.sampled_from([*KEYS, "1", "212345678", "000000000002", "0612345678", "1.00000E+11", ""])
SEVERITIES = st.sampled_from(["E", "e", "W", "?", ""])


@FEW
@given(
    st.sampled_from(["FindLinesByAccount", "FindLinesById"]),
    st.lists(st.builds(LINE.format, CODES, CODES), max_size=4),
    st.lists(st.builds(ITEM.format, CODES, TEXTS.map(escaped), SEVERITIES), max_size=3),
    st.builds(INFO.format, TEXTS.map(escaped), st.sampled_from(["S", "s", "?", ""]), TEXTS.map(escaped)),
)
def test_whatever_an_answer_says_of_keys_and_pages_no_row_or_error_goes_to_another_key(
    operation: str, lines: list[str], items: list[str], info: str
) -> None:
    check(operation, KEYS[:2], Reply(envelope(operation, [FINE, *lines, *items, info])))


INVOICE = """<invoice><invoiceNo>F0000001</invoiceNo><accountCode>000000000001</accountCode>
<periodFrom>01/09/2026</periodFrom><periodTo>31/10/2026</periodTo><kind>{kind}</kind><issuedOn>02/11/2026</issuedOn>
<dueOn>30/11/2026</dueOn><total>{total}</total><vat>{vat}</vat><outstanding>{outstanding}</outstanding>
<state>DP</state><pdfAvailable>S</pdfAvailable></invoice>"""
AMOUNTS = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{2,3})?(,[0-9]{1,3})?[+-]?", fullmatch=True), TEXTS.map(escaped)
)


@MANY
@given(st.sampled_from(["FT", "nc", "NC", "UN", "ZZ"]), AMOUNTS, AMOUNTS, AMOUNTS)
def test_an_amount_is_the_one_on_the_wire_or_none(kind: str, total: str, vat: str, outstanding: str) -> None:
    row = INVOICE.format(kind=kind, total=total, vat=vat, outstanding=outstanding)
    check("FindInvoicesByAccount", KEYS[:1], Reply(envelope("FindInvoicesByAccount", [FINE, row])))


def plain(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def dotted(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def short(amount: Decimal) -> str:
    return f"{amount.normalize():f}".replace(".", ",")


@FEW
@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from(["{}", "-{}", "{}-", "+{}"]),
    st.sampled_from([plain, dotted, short]),
)
def test_a_good_amount_is_read_in_all_notations(amount: Decimal, sign: str, write: Callable[[Decimal], str]) -> None:
    told = sign.format(write(amount))
    row = INVOICE.format(kind="NC", total=told, vat="", outstanding=told)
    found = answers("FindInvoicesByAccount", KEYS[:1], Reply(envelope("FindInvoicesByAccount", [FINE, row])))
    (invoice,) = found[KEYS[0]]
    assert (invoice.total.gross.amount, invoice.remaining.amount, invoice.credit_note) == (amount, amount, True)


# --- from good answers ------------------------------------------------------------------------------------------------


class Good(NamedTuple):
    """A good answer of the stand-in, with the keys that it answers."""

    keys: list[str]
    body: bytes


class Recording(httpx.AsyncHTTPTransport):
    """A network that remembers the last answer."""

    body = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self.body = await response.aread()
        return httpx.Response(response.status_code, stream=httpx.ByteStream(self.body))


async def recorded(access: Access, asked: Mapping[str, list[str]]) -> dict[str, Good]:
    network = Recording()
    backends = open_backends(access, StillClock(), transport=lambda system: network if system is System.FIXED else None)
    good: dict[str, Good] = {}
    for operation, keys in asked.items():
        await ASKS[operation](backends.fixed, keys)
        good[operation] = Good(keys, network.body)
    await backends.aclose()
    return good


@pytest.fixture(scope="module")
def good(running: Sandbox) -> dict[str, Good]:
    """Give a good answer of every operation."""
    company = running.world.companies[0]
    customers, accounts = [row.code for row in company.fixed_customers], [row.code for row in company.fixed_accounts]
    access = Access(
        mobile_url="http://mobile",
        mobile_key="",
        fixed_url=running.urls.fixed,
        fixed_username=credentials.FIXED_USERNAME,
        fixed_password=credentials.FIXED_PASSWORD,
        directory_url="http://directory",
        directory_key="",
        issuer="http://identity",
        identity_key="",
        mail_url="smtp://127.0.0.1:1",
        mail_sender="no-reply@business.example",
    )
    asked = {
        "FindCustomersByTaxCode": [company.tax_code],
        "FindAccountsByCustomer": customers,
        "FindLinesByAccount": accounts,
        "FindLinesById": [row.id for row in company.fixed_lines],
        "FindServicesByLine": [row.id for row in company.fixed_lines],
        "FindInvoicesByAccount": accounts[:1],
        "FindUnpaidInvoicesByAccount": accounts,
        "FindOrdersByCustomer": customers,
        "FindRequestsByCustomer": customers,
        "FindRequestsByProtocol": [row.id for row in company.requests if row.network == "fixed"],
    }
    return asyncio.run(recorded(access, asked))


def drop(victim: Element, _text: str) -> None:
    if (parent := victim.getparent()) is not None:
        parent.remove(victim)


def double(victim: Element, _text: str) -> None:
    victim.addnext(deepcopy(victim))


def double_changed(victim: Element, text: str) -> None:
    other = deepcopy(victim)
    other.text = text
    victim.addprevious(other)


def retext(victim: Element, text: str) -> None:
    victim.text = text


def pad(victim: Element, _text: str) -> None:
    victim.text = f" \t{victim.text or ''}\n "


def rename(victim: Element, text: str) -> None:
    victim.tag = f"{{{NAMESPACE}}}{['total', 'accountCode', 'outcome', 'lineId', 'item'][len(text) % 5]}"


def estrange(victim: Element, _text: str) -> None:
    victim.tag = f"{{urn:other}}{etree.QName(victim).localname}"


def split(victim: Element, text: str) -> None:
    etree.SubElement(victim, f"{{{NAMESPACE}}}b").tail = text


def interrupt(victim: Element, text: str) -> None:
    comment = etree.Comment("x")
    comment.tail = victim.text
    victim.text = "1"
    victim.insert(0, comment)
    victim.insert(0, etree.ProcessingInstruction("x", re.sub(r"[^a-z]", "", text)))


def mark_nil(victim: Element, _text: str) -> None:
    victim.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")


def inflate(victim: Element, text: str) -> None:
    victim.set("a", text * 2000)


def bury(victim: Element, _text: str) -> None:
    for _ in range(300):
        victim = etree.SubElement(victim, f"{{{NAMESPACE}}}line")


DAMAGES = st.sampled_from(
    [drop, double, double_changed, retext, retext, pad, rename, estrange, split, interrupt, mark_nil, inflate, bury]
)
XML_TEXTS = TEXTS.filter(lambda text: re.fullmatch("[\ud7ff\ue000-\ufffd\\x20-\ud7ff]*", text) is not None)
BLOWS = st.lists(st.tuples(st.integers(0, 10**6), DAMAGES, XML_TEXTS), min_size=1, max_size=6)


def damaged(body: bytes, blows: Sequence[tuple[int, Callable[[Element, str], None], str]]) -> bytes:
    root = etree.fromstring(body)
    for place, damage, text in blows:
        inner = list(root.iter(f"{{{NAMESPACE}}}*"))
        if inner:
            damage(inner[place % len(inner)], text)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


@MANY
@given(OPERATIONS, BLOWS)
def test_a_damaged_answer_gives_rows_or_errors_and_no_wrong_amount(
    good: dict[str, Good], operation: str, blows: list[tuple[int, Callable[[Element, str], None], str]]
) -> None:
    keys, body = good[operation]
    check(operation, keys, Reply(damaged(body, blows)))


@FEW
@given(OPERATIONS, st.integers(0, 10**6), st.binary(max_size=4))
def test_an_answer_with_other_bytes_in_it_gives_rows_or_errors(
    good: dict[str, Good], operation: str, place: int, bytes_: bytes
) -> None:
    keys, body = good[operation]
    start = place % len(body)
    found = answers(operation, keys, Reply(body[:start] + bytes_ + body[start + len(bytes_) + place % 3 :]))
    assert set(found) <= set(keys)


@FEW
@given(OPERATIONS, st.integers(1, 10**6))
def test_an_answer_cut_short_is_garbled_for_all_its_keys(good: dict[str, Good], operation: str, place: int) -> None:
    keys, body = good[operation]
    found = answers(operation, keys, Reply(body[: place % len(body)]))
    assert {key: type(error) for key, error in found.items()} == dict.fromkeys(keys, BackendGarbled)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(30))
TYPES = ["<!DOCTYPE x>", f"<!DOCTYPE x [{LAUGHS}]>", '<!DOCTYPE x SYSTEM "file:///etc/hostname">']


@pytest.mark.parametrize("declared", TYPES, ids=["empty", "billion laughs", "external"])
@pytest.mark.parametrize("operation", sorted(ASKS))
def test_a_document_type_is_refused_by_every_operation(good: dict[str, Good], operation: str, declared: str) -> None:
    keys, body = good[operation]
    prolog, content = body.split(b"?>", 1)
    laughing = content.replace(b"</soap:Body>", b"<x a='&l29;'>&l29;</x></soap:Body>") if "l29" in declared else content
    found = answers(operation, keys, Reply(prolog + b"?>" + declared.encode() + laughing))
    assert {key: type(error) for key, error in found.items()} == dict.fromkeys(keys, BackendGarbled)


@pytest.mark.parametrize("operation", sorted(ASKS))
def test_the_answers_that_are_damaged_are_good_ones(good: dict[str, Good], operation: str) -> None:
    keys, body = good[operation]
    found = answers(operation, keys, Reply(body))
    assert set(found) == set(keys)
    assert all(not isinstance(value, BackendError) for value in found.values())
    assert any(True for _ in records(found))
