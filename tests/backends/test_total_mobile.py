"""Whatever a JSON system answers, an operation gives records, errors by key or one error; and never a wrong amount.

Two kinds of answers: anything at all, and good ones gone wrong at random. What comes up is held against what was on the
wire, read here once more in the plainest way.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import anyio
import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bff.backends import open_backends
from bff.backends.directory import Directory
from bff.backends.identity import Identity
from bff.backends.mobile import Mobile
from bff.domain.company import MobileAccount, MobileParty
from bff.domain.contact import CallSlot, SlotWindow
from bff.domain.contract import Contract
from bff.domain.deed.assistance import CallBack, Called
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.service import ServiceOrder
from bff.domain.invoice import Invoice
from bff.domain.line import MobileLine
from bff.domain.order import Order
from bff.domain.request import ServiceRequest
from bff.domain.service import ServiceKind
from bff.domain.system import System
from bff.domain.usage import Consumption, UsageRecord
from bff.domain.user import User
from bff.errors import BackendError
from sandbox.server import Sandbox
from sandbox.world.appointment import bookings, free_slots
from sandbox.world.offer import OFFERINGS
from sandbox.world.payment import payment_id
from sandbox.world.service import contract_product_id
from tests.backends.mutation import VALUES, Literal, dumps, loads, mutate, places
from tests.backends.standin import access_to
from tests.backends.wire import Reply, Script, StillClock, http

LONG_AGO = date(2000, 1, 1)
A_DAY = "2026-11-19"
WEEK = "2026-11-23T00:00:00+01:00/2026-11-28T00:00:00+01:00"
SLOT = next(free_slots(*map(datetime.fromisoformat, WEEK.split("/"))))
REQUEST_ID = "6f1a0c57-94d2-5c0e-8b1d-3f5b4e0a7c11"
ROWS = 5
"""Rows of a captured answer that are kept."""


NOBODY_KNOWS = Decimal("0.001")
"""An amount that no record can hold."""


class Case(NamedTuple):
    """An operation with its keys."""

    call: Callable[[Mobile, Directory, list[str]], Awaitable[dict[str, Any]]]
    keys: Callable[[Sandbox], list[str]]


def _company(sandbox: Sandbox) -> Any:
    return sandbox.world.companies[0]


def _offerings(_sandbox: Sandbox) -> list[str]:
    return [each.id for each in OFFERINGS[:3]]


def _orders(sandbox: Sandbox) -> list[str]:
    return [order.id for order in _company(sandbox).orders if order.network == "mobile"][:3]


async def _records(mobile: Mobile, keys: list[str]) -> dict[str, Any]:
    """Give the records of a day by line."""
    return {key: rows for (key, _), rows in (await mobile.records_by_day([(key, A_DAY) for key in keys])).items()}


async def _call_back(mobile: Mobile, keys: list[str]) -> dict[str, Any]:
    told = await mobile.call_back(keys[0])
    return {} if told is None else {keys[0]: told}


async def _call_slots(mobile: Mobile, keys: list[str]) -> dict[str, Any]:
    """Search in a week, whatever the keys are."""
    [found] = (await mobile.call_slots([WEEK])).values()
    return {keys[0]: found}


async def _book(mobile: Mobile, keys: list[str]) -> dict[str, Any]:
    """Book a time, whatever the keys are."""
    deed = CallBack(slot_key=SLOT.id, start=SLOT.start, end=SLOT.end, person_key="USR-000001", topic="GENERAL")
    told = await mobile.book_call_back(deed, REQUEST_ID, Called("+390212345678", "12345678903"))
    return {keys[0]: told}


async def _order_service(mobile: Mobile, keys: list[str]) -> dict[str, Any]:
    """Order that charity SMS be barred on a contract."""
    deed = ServiceOrder(
        kind=ServiceKind.CHARITY_SMS, subject_key=keys[0], customer_key="CUST-000001", person_key="USR-000001"
    )
    return {keys[0]: await mobile.order_service(deed, "0b0cf1db-f6eb-5d59-90a3-01a17f912069", wanted=False)}


async def _order_offer(mobile: Mobile, keys: list[str]) -> dict[str, Any]:
    """Order an offer for a line."""
    deed = OfferOrder(
        campaign_key="CMP-101",
        offering_key=OFFERINGS[0].id,
        line_keys=(keys[0],),
        customer_key="CUST-000001",
        person_key="USR-000001",
    )
    return {keys[0]: await mobile.order_offer(deed, "3d1f4a52-7c0e-5f0b-9a44-5b9f3c1d7e21")}


CASES = {
    "parties": Case(lambda mobile, _, keys: mobile.parties(keys), lambda box: [_company(box).tax_code]),
    "representatives": Case(
        lambda mobile, _, keys: mobile.representatives(keys), lambda box: [_company(box).representative.id]
    ),
    "accounts": Case(
        lambda mobile, _, keys: mobile.accounts(keys), lambda box: [each.id for each in _company(box).mobile_accounts]
    ),
    "payment methods": Case(
        lambda mobile, _, keys: mobile.payment_methods(keys),
        lambda box: [payment_id(each) for each in _company(box).mobile_accounts],
    ),
    "contracts": Case(
        lambda mobile, _, keys: mobile.contracts_by_party(keys), lambda box: [_company(box).mobile_party_id]
    ),
    "lines by contract": Case(
        lambda mobile, _, keys: mobile.lines_by_contract(keys),
        lambda box: [each.id for each in _company(box).agreements],
    ),
    "lines": Case(
        lambda mobile, _, keys: mobile.lines(keys),
        lambda box: [each.product_id for each in _company(box).mobile_lines[:3]],
    ),
    "contract services": Case(
        lambda mobile, _, keys: mobile.contract_services(keys),
        lambda box: [contract_product_id(each) for each in _company(box).agreements[:1]],
    ),
    "line services": Case(
        lambda mobile, _, keys: mobile.line_services(keys),
        lambda box: [each.product_id for each in _company(box).mobile_lines[:3]],
    ),
    "invoices": Case(
        lambda mobile, _, keys: mobile.invoices_by_account(keys, issued_from=LONG_AGO),
        lambda box: [each.id for each in _company(box).mobile_accounts],
    ),
    "unpaid": Case(
        lambda mobile, _, keys: mobile.unpaid_by_account(keys, issued_from=LONG_AGO),
        lambda box: [each.id for each in _company(box).mobile_accounts],
    ),
    "lines by bill": Case(
        lambda mobile, _, keys: mobile.lines_by_bill(keys),
        lambda box: [each.id for each in _company(box).bills if each.account.startswith("MBA")][:3],
    ),
    "orders by customer": Case(
        lambda mobile, _, keys: mobile.orders_by_customer(keys, placed_from=LONG_AGO),
        lambda box: [_company(box).mobile_customer_id],
    ),
    "orders by requester": Case(
        lambda mobile, _, keys: mobile.orders_by_requester(keys, placed_from=LONG_AGO),
        lambda box: [box.world.users[0].id],
    ),
    "orders by line": Case(
        lambda mobile, _, keys: mobile.orders_by_line(keys, placed_from=LONG_AGO),
        lambda box: [each.product_id for each in _company(box).mobile_lines],
    ),
    "shipments": Case(lambda mobile, _, keys: mobile.shipments(keys), _orders),
    "credits": Case(
        lambda mobile, _, keys: mobile.credits_by_number(keys),
        lambda box: [each.product_id.replace("PRD", "MSN") for each in _company(box).mobile_lines if each.prepaid],
    ),
    "consumption": Case(
        lambda mobile, _, keys: mobile.consumption(keys),
        lambda box: [each.product_id for each in _company(box).mobile_lines[:3]],
    ),
    "records": Case(
        lambda mobile, _, keys: _records(mobile, keys),
        lambda box: [each.product_id for each in _company(box).mobile_lines[:3]],
    ),
    "requests by customer": Case(
        lambda mobile, _, keys: mobile.requests_by_customer(keys, made_from=LONG_AGO),
        lambda box: [_company(box).mobile_customer_id],
    ),
    "requests by requester": Case(
        lambda mobile, _, keys: mobile.requests_by_requester(keys, made_from=LONG_AGO),
        lambda box: [box.world.users[0].id],
    ),
    "requests by line": Case(
        lambda mobile, _, keys: mobile.requests_by_line(keys, made_from=LONG_AGO),
        lambda box: [each.product_id for each in _company(box).mobile_lines],
    ),
    "booking": Case(lambda mobile, _, keys: _book(mobile, keys), lambda _box: ["a time"]),
    "call back": Case(
        lambda mobile, _, keys: _call_back(mobile, keys), lambda box: [next(bookings(box.world)).request_id]
    ),
    "order of a service": Case(
        lambda mobile, _, keys: _order_service(mobile, keys), lambda box: [_company(box).agreements[0].id]
    ),
    "order of an offer": Case(
        lambda mobile, _, keys: _order_offer(mobile, keys), lambda box: [_company(box).mobile_lines[0].product_id]
    ),
    "call slots": Case(lambda mobile, _, keys: _call_slots(mobile, keys), lambda _box: ["a week"]),
    "recommendations": Case(
        lambda mobile, _, keys: mobile.recommendations_by_party(keys), lambda box: [_company(box).mobile_party_id]
    ),
    "offerings": Case(lambda mobile, _, keys: mobile.offerings(keys), _offerings),
    "campaigns": Case(lambda mobile, _, keys: mobile.campaigns_by_offering(keys), _offerings),
    "people": Case(
        lambda _, directory, keys: directory.users_by_subject(keys),
        lambda box: [each.subject for each in box.world.users[:3]],
    ),
    "users of a company": Case(
        lambda _, directory, keys: directory.users_by_company(keys), lambda box: [_company(box).tax_code]
    ),
}

_REQUESTS = {"serviceOrder", "troubleTicket"}
SECOND_CALLS = {
    "parties": {"customer"},
    "lines by contract": {"resource"},
    "lines": {"resource"},
    "requests by customer": _REQUESTS,
    "requests by requester": _REQUESTS,
    "requests by line": _REQUESTS,
}
"""What else an operation asks for once it has its rows."""

OWNER: dict[type, Callable[[Any], str]] = {
    MobileParty: lambda record: record.company.tax_code,
    MobileAccount: lambda record: record.key,
    Contract: lambda record: record.party_key,
    Invoice: lambda record: record.account,
    Consumption: lambda record: record.line_key,
    UsageRecord: lambda record: record.line_key,
    User: lambda record: record.subject,
}
"""Record → the key that it belongs to, for records that say so."""


async def ask(case: Case, keys: list[str], network: Script) -> dict[str, Any] | BackendError:
    mobile, directory = Mobile(http(network), StillClock()), Directory(http(network, system=System.DIRECTORY))
    try:
        return await case.call(mobile, directory, keys)
    except BackendError as error:
        return error
    finally:
        await mobile.aclose()
        await directory.aclose()


def records(answers: dict[str, Any] | BackendError) -> Iterator[tuple[str, Any]]:
    """Give each record with the key under which it came."""
    if isinstance(answers, dict):
        for key, value in answers.items():
            for record in value if isinstance(value, list) else [value]:
                yield key, record


def assert_sound(answers: dict[str, Any] | BackendError, keys: list[str]) -> None:
    """Only keys that were asked for, each with its own records, which can be encoded as an answer must be."""
    assert isinstance(answers, BackendError) or set(answers) <= set(keys)
    for key, record in records(answers):
        if not isinstance(record, BackendError):
            msgspec.json.encode(record)
            assert OWNER.get(type(record), lambda _record, key=key: key)(record) == key
        if isinstance(record, MobileLine):
            assert record.number.startswith("+")
            assert record.sim is None or len(record.sim.iccid) == 19
        if isinstance(record, CallSlot):
            assert SlotWindow.read(WEEK).holds(record)
        if isinstance(record, Order):
            assert record.placed_at.tzinfo
        if isinstance(record, ServiceRequest):
            assert record.made_at.tzinfo
            assert record.updated_at.tzinfo


class Captured(NamedTuple):
    """The keys of an operation and the good answers to its calls, by resource."""

    keys: list[str]
    answers: dict[str, Any]


class _Recorder(httpx.AsyncHTTPTransport):
    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, bytes] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        body = self.bodies[resource(request)] = await response.aread()
        return httpx.Response(response.status_code, stream=httpx.ByteStream(body))


def resource(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]


async def _capture(case: Case, sandbox: Sandbox) -> Captured:
    network, keys = _Recorder(), case.keys(sandbox)
    backends = open_backends(access_to(sandbox), StillClock(), transport=lambda _system: network)
    await case.call(backends.mobile, backends.directory, keys)
    await backends.aclose()
    return Captured(keys, {name: _few(loads(body)) for name, body in network.bodies.items()})


def _few(document: Any) -> Any:
    if isinstance(document, list):
        return document[:ROWS]
    return {name: value[:ROWS] if isinstance(value, list) else value for name, value in document.items()}


@pytest.fixture(scope="module")
def captured(running: Sandbox) -> dict[str, Captured]:
    """Give the good answers of each operation, taken once."""
    return {name: anyio.run(_capture, case, running) for name, case in CASES.items()}


def answering(body: bytes) -> Script:
    return Script(lambda _request: Reply(body))


FEW = settings(max_examples=25)


@pytest.mark.parametrize("name", CASES)
@FEW
@given(body=st.binary(max_size=200) | VALUES.map(dumps).map(str.encode))
def test_any_answer_is_an_error_or_read(name: str, body: bytes) -> None:
    keys = ["1", "2"]
    assert_sound(anyio.run(ask, CASES[name], keys, answering(body)), keys)


@pytest.mark.parametrize("name", CASES)
def test_captured_answers_are_good_ones(name: str, captured: dict[str, Captured]) -> None:
    keys, good = captured[name]
    answers = anyio.run(ask, CASES[name], keys, replaying(good))
    assert_sound(answers, keys)
    found = [record for _, record in records(answers)]
    assert found
    assert set(good) == SECOND_CALLS.get(name, set()) | {next(iter(good))}
    assert not [record for record in found if isinstance(record, BackendError)]


@pytest.mark.parametrize("name", CASES)
@settings(FEW, max_examples=100)
@given(data=st.data())
def test_good_answers_gone_wrong_give_no_foreign_row_and_no_wrong_amount(
    name: str, captured: dict[str, Captured], data: st.DataObject
) -> None:
    keys, good = captured[name]
    spoilt = {name: mutate(document, data) for name, document in good.items()}
    answers = anyio.run(ask, CASES[name], keys, replaying(spoilt))
    assert_sound(answers, keys)
    for key, record in records(answers):
        if isinstance(record, Invoice):
            assert_as_on_the_wire(record, key, spoilt["customerBill"])


@pytest.mark.parametrize("name", CASES)
@settings(FEW, max_examples=15)
@given(share=st.floats(0, 1, exclude_max=True))
def test_an_answer_cut_short_gives_nothing_of_what_it_held(
    name: str, captured: dict[str, Captured], share: float
) -> None:
    keys, good = captured[name]

    def answer(request: httpx.Request) -> Reply:
        body = dumps(good.get(resource(request), [])).encode()
        return Reply(body[: int(share * len(body))])

    answers = anyio.run(ask, CASES[name], keys, Script(answer))
    assert all(isinstance(record, BackendError) for _, record in records(answers))


def replaying(documents: dict[str, Any]) -> Script:
    bodies = {name: dumps(document).encode() for name, document in documents.items()}
    return Script(lambda request: Reply(bodies.get(resource(request), b"[]")))


def assert_as_on_the_wire(invoice: Invoice, key: str, document: Any) -> None:
    """Find the bill that the invoice must be, by id, account and amounts."""
    rows = document if isinstance(document, list) else [document]
    assert any(_is(invoice, key, row) for row in rows if isinstance(row, dict)), invoice


def _is(invoice: Invoice, key: str, row: dict[str, Any]) -> bool:
    total = invoice.total
    return (
        str(row.get("id")).strip() == invoice.bill_key
        and key in {str(place.holder[place.name]).strip() for place in places(row) if place.name == "id"}
        and total.gross.amount == meant(row, "taxIncludedAmount")
        and (total.net and total.net.amount) == meant(row, "taxExcludedAmount")
        and (total.vat is None or (total.net is not None and total.vat.amount == total.gross.amount - total.net.amount))
        and (invoice.remaining and invoice.remaining.amount) == meant(row, "remainingAmount")
    )


def meant(row: dict[str, Any], name: str) -> Decimal | None:
    """Read an amount of a bill as a person would; None when there is none, NOBODY_KNOWS when it could be another."""
    holder = row.get(name)
    value = holder.get("value") if isinstance(holder, dict) else None
    text = str(value).strip() if value is not None else ""
    if text in {"", "NULL"} or (not isinstance(value, Literal) and "E+" in text):
        return None
    if not isinstance(value, Literal) and "," in text:
        text = text[-1].strip("+0123456789") + text.removesuffix("-").removesuffix("+").replace(".", "").replace(
            ",", "."
        )
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return NOBODY_KNOWS
    is_credit = str(row.get("category")).strip().lower() == "creditnote"
    is_whole = abs(amount - round(amount, 2)) < Decimal("1e-8")
    return abs(round(amount, 2)) if is_whole and (amount >= 0 or is_credit) else NOBODY_KNOWS


@settings(FEW, max_examples=100)
@given(body=st.binary(max_size=200) | VALUES.map(dumps).map(str.encode))
def test_any_answer_of_the_identity_provider_is_an_error_or_read(body: bytes) -> None:
    async def read() -> None:
        identity = Identity(http(answering(body), system=System.IDENTITY), "http://system")
        for reading in (identity.configuration, identity.jwks):
            with pytest.raises(BackendError):
                await reading()
        await identity.aclose()

    anyio.run(read)
