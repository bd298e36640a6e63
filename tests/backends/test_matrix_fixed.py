"""Every quirk of every operation of the fixed legacy that the BFF uses, one at a time.

What comes up is the good result, or a difference that is written down here: by quirk, and by operation where that one
is special. A pair that the sandbox can play and this table does not know is a failure.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from bff.backends import Backends
from bff.backends._operations import FILES, OPERATIONS
from bff.domain.address import Address
from bff.domain.billing import DirectDebit, SignedMandate
from bff.domain.cessation import Cessation, CessationReason
from bff.domain.change import ChangeStatus
from bff.domain.company import FixedAccount, FixedCustomer
from bff.domain.deed import Told
from bff.domain.deed.billing import FixedDebit, FixedDelivery, FixedPaperless
from bff.domain.deed.line import FixedCease, FixedLineRequest
from bff.domain.deed.request import ContactEmail, FixedOffice, FixedPaymentReport, InvoiceMerge
from bff.domain.deed.service import FixedServiceSet
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.line import FixedLine, FixedLineType, LineState
from bff.domain.money import TaxedMoney
from bff.domain.order import Order, OrderItem, OrderKind, OrderPhase, OrderState, Shipment, ShipmentStep
from bff.domain.payment import InvoicePaid
from bff.domain.payment_made import PaymentMade, PaymentMethod
from bff.domain.period import rome_day
from bff.domain.request import RequestKind, RequestState, ServiceRequest
from bff.domain.service import FixedLineServices, FixedService, Service
from bff.domain.system import System
from bff.domain.wish import NuisanceCalls, Relocation
from bff.errors import BackendGarbled, BackendRejected
from sandbox._faults import Quirk, modes
from sandbox.world.build import build_world
from sandbox.world.model import Bill
from tests.backends.matrix import (
    REACHED_AND_FAILED,
    Case,
    Expected,
    Matrix,
    Play,
    Result,
    becomes,
    fails,
    first_fails,
    lacking,
    one_row_less,
    plays,
    replaced,
    same,
)
from tests.backends.wire import NOW

pytestmark = pytest.mark.anyio

A_YEAR = date(2025, 11, 22)
HALF_A_YEAR = date(2026, 5, 22)

WORLD = build_world(NOW, 1)
COMPANIES = [each for each in WORLD.companies if 2 < len(each.fixed_lines) < 100]  # who else is there is a stranger


def fixed(operation: str, method: str, keys: list[str], **arguments: Any) -> Case:
    """Make the case of an operation of the adapter."""

    async def call(backends: Backends, asked: tuple[str, ...]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await getattr(backends.fixed, method)(asked, **arguments)
        return found

    return Case(method, "fixed", operation, tuple(keys), call)


async def set_delivery(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Send the paper invoices of an account elsewhere, always under the same request id."""
    (key,) = keys
    deed = FixedDelivery(account_code=key, customer_code=CUSTOMERS[0], person_key="USR-000001", mark="-")
    address = Address("Viale dell'Università, 12/A", "20121", "Milano", "MI")
    return {key: await backends.fixed.set_delivery(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b22", address)}


async def set_debit(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Have an account paid by a mandate, always under the same request id."""
    (key,) = keys
    deed = FixedDebit(account_code=key, person_key="USR-000001", mandate=True)
    people = {"holder_tax_code": "RSSMRA80A01H501U", "signer_tax_code": "RSSMRA80A01H501U"}
    mandate = SignedMandate(iban="IT60X0542811101000000123456", holder="Officina", **people)
    return {key: await backends.fixed.set_debit(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b23", mandate)}


async def set_service(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Turn TiAvviso on, always under the same request id."""
    (key,) = keys
    deed = FixedServiceSet(service=FixedService.TI_AVVISO, line_key=key, person_key="USR-000001", active=True)
    return {key: await backends.fixed.set_service(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b24", "+393331234567")}


async def set_paperless(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Turn the paperless invoice of an account on, always under the same request id."""
    (key,) = keys
    deed = FixedPaperless(account_code=key, customer_code=CUSTOMERS[0], person_key="USR-000001", paperless=True)
    return {key: await backends.fixed.set_paperless(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b21")}


async def report_payment(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Report a payment of an invoice, always under the same request id."""
    deed = FixedPaymentReport(invoice=invoice_key(BILLS[0]), another=False, person_key="USR-000001")
    made = PaymentMade(paid_on=date(2026, 11, 20), amount=Decimal("12.20"), method=PaymentMethod.COUNTER, reference="A")
    return {keys[0]: await backends.fixed.report_payment(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b22", made)}


async def record_payment(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Record that an invoice was paid, always under the same request id."""
    leg = InvoicePaid(invoice=invoice_key(BILLS[0]), cents=1220, person_key="USR-000001")
    return {
        keys[0]: await backends.fixed.record_payment(
            leg, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b24", datetime(2026, 11, 20, tzinfo=UTC)
        )
    }


async def merge_invoices(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Ask for one PDF of two invoices, always under the same request id."""
    deed = InvoiceMerge(first=invoice_key(PAIR[0]), second=invoice_key(PAIR[1]), person_key="USR-000001")
    return {keys[0]: await backends.fixed.merge_invoices(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b23")}


async def cease_lines(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Cease lines, always under the same request id."""
    deed = FixedCease(line_keys=keys, person_key="USR-000001", revoke=False)
    wanted = Cessation(CessationReason.COST, None)
    told = await backends.fixed.cease_lines(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b24", wanted)
    return told.items


async def revoke_cease(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Call it off that lines are ceased, always under the same request id."""
    deed = FixedCease(line_keys=keys, person_key="USR-000001", revoke=True)
    return (await backends.fixed.cease_lines(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b25", None)).items


async def move_office(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Ask for another registered office, always under the same request id."""
    deed = FixedOffice(customer_code=keys[0], person_key="USR-000001")
    address = Address("Via Garibaldi, 7", "20121", "Milano", "MI")
    return {keys[0]: await backends.fixed.move_office(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b34", address)}


async def set_contact_email(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Set an e-mail, always under the same request id."""
    deed = ContactEmail(customer_code=keys[0], person_key="USR-000001")
    return {
        keys[0]: await backends.fixed.set_contact_email(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b35", "a@b.example")
    }


def of_line(wanted: Relocation | NuisanceCalls) -> Callable[[Backends, tuple[str, ...]], Awaitable[Mapping[str, Any]]]:
    """Ask for something of a line, always under the same request id."""

    async def call(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
        deed = FixedLineRequest(line_key=keys[0], person_key="USR-000001")
        return {keys[0]: await backends.fixed.ask_of_line(deed, "5f4a2c5e-8f0e-5b7c-9d2f-3f1f0c7a6b26", wanted)}

    return call


async def requested(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Ask what became of a request."""
    return {keys[0]: await backends.fixed.requested(keys[0])}


async def others_invoice(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Look for an invoice by its number and amount."""
    return {keys[0]: await backends.fixed.others_invoice(BILLS[0].number, BILLS[0].gross)}


def invoice_key(bill: Bill) -> InvoiceKey:
    return InvoiceKey("FIXED", bill.account, bill.number, bill.issued_on)


def bimester(bill: Bill) -> tuple[int, int]:
    return bill.period_from.year, (bill.period_from.month + 1) // 2


CUSTOMERS = [row.code for company in COMPANIES for row in company.fixed_customers]
ACCOUNTS = [row.code for company in COMPANIES for row in company.fixed_accounts]
PROTOCOLS = [row.id for company in COMPANIES for row in company.requests if row.network == "fixed"]
BILLS = [row for row in COMPANIES[0].bills if row.account == ACCOUNTS[0] and not row.credit_note and not row.single]
PAIR = next((one, other) for one, other in pairwise(BILLS) if bimester(one) == bimester(other))
ASKED = next(row for row in COMPANIES[0].requests if row.network == "fixed" and row.state == "IN_PROGRESS")
ACCENTED = next(row for company in WORLD.companies for row in company.fixed_lines if "à" in row.location.street)


MOVE = Relocation(Address("Via Roma, 1", "20121", "Milano", "MI"), "+390212345678", True, date(2026, 12, 1))  # noqa: FBT003
CALLS = NuisanceCalls("+390212345678", (NOW,), police_report="123/2026")


def _lines(state: str) -> list[str]:
    return [row.id for company in WORLD.companies for row in company.fixed_lines if row.state == state]


CASES = [
    fixed("FindCustomersByTaxCode", "customers", [company.tax_code for company in COMPANIES]),
    fixed("FindAccountsByCustomer", "accounts_by_customer", CUSTOMERS),
    fixed("FindLinesByAccount", "lines_by_account", [*ACCOUNTS, ACCENTED.account_code]),
    fixed("FindLinesById", "lines", [ACCENTED.id, *(row.id for company in COMPANIES for row in company.fixed_lines)]),
    fixed("FindServicesByLine", "services", [row.id for company in COMPANIES for row in company.fixed_lines]),
    fixed("FindInvoicesByAccount", "invoices_by_account", ACCOUNTS, issued_from=A_YEAR),
    fixed("FindUnpaidInvoicesByAccount", "unpaid_by_account", ACCOUNTS),
    fixed("FindOrdersByCustomer", "orders_by_customer", CUSTOMERS, placed_from=HALF_A_YEAR),
    fixed("FindRequestsByCustomer", "requests_by_customer", CUSTOMERS, made_from=HALF_A_YEAR),
    fixed("FindRequestsByProtocol", "requests", PROTOCOLS[:9]),
    Case("set_paperless", "fixed", "SetPaperless", (ACCOUNTS[0],), set_paperless),
    Case("set_delivery", "fixed", "SetInvoiceDeliveryAddress", (ACCOUNTS[0],), set_delivery),
    Case("set_debit", "fixed", "SubmitDirectDebit", (ACCOUNTS[0],), set_debit),
    Case("set_service", "fixed", "SetLineService", (COMPANIES[0].fixed_lines[0].id,), set_service),
    Case("report_payment", "fixed", "SubmitPaymentNotRecognised", (BILLS[0].number,), report_payment),
    Case("record_payment", "fixed", "NotifyPayment", (BILLS[0].number,), record_payment),
    Case("merge_invoices", "fixed", "SubmitInvoiceMerge", (PAIR[0].number,), merge_invoices),
    Case("cease_lines", "fixed", "SubmitLineCease", tuple(_lines("ATT")[:2]), cease_lines),
    Case("relocate", "fixed", "SubmitLineRelocation", tuple(_lines("ATT")[:1]), of_line(MOVE)),
    Case("report_calls", "fixed", "SubmitNuisanceCallReport", tuple(_lines("ATT")[:1]), of_line(CALLS)),
    Case("revoke_cease", "fixed", "RevokeLineCease", tuple(_lines("CIP")[:2]), revoke_cease),
    Case("move_office", "fixed", "SubmitLegalAddressChange", (CUSTOMERS[0],), move_office),
    Case("set_contact_email", "fixed", "SetContactEmail", (CUSTOMERS[0],), set_contact_email),
    Case("requested", "fixed", "FindByExternalRequestId", (ASKED.external_id,), requested),
    Case("others_invoice", "fixed", "LookupThirdPartyInvoice", (BILLS[0].number,), others_invoice),
]

# --- differences that are written down --------------------------------------------------------------------------------


def garbled_where_there_are_rows(good: Result, bad: Result) -> None:
    assert bad == {key: BackendGarbled if rows else [] for key, rows in good.items()}


def first_refused(good: Result, bad: Result) -> None:
    """The outcome of a line says no, and what became of the others is known."""
    assert bad == good | {next(iter(good)): Told(ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE)}


def one_key_garbled(good: Result, bad: Result) -> None:
    """The system counts a line that it does not give: so the key is not unknown."""
    (lost,) = (key for key, found in bad.items() if found is BackendGarbled)
    assert bad == good | {lost: BackendGarbled}


def with_apostrophes(row: FixedLine | FixedAccount) -> FixedLine | FixedAccount:
    """Letters are shown as they came: what an apostrophe stands for can't be told."""
    name = "location" if isinstance(row, FixedLine) else "delivery_address"
    place: Address = getattr(row, name)
    letters = str.maketrans({"à": "a'", "è": "e'", "ì": "i'", "ò": "o'", "ù": "u'"})
    told = Address(*(text.translate(letters) for text in msgspec.structs.astuple(place)))
    return msgspec.structs.replace(row, **{name: told})


def without_recipient_of_noughts(account: FixedAccount) -> FixedAccount:
    """0 is not taken for 0000000, which is nobody's code but means certified mail."""
    code = account.recipient_code
    return msgspec.structs.replace(account, recipient_code=None if code == "0000000" else code)


DUE_ON = {(bill.account, bill.number, bill.issued_on): bill.due_on for row in COMPANIES for bill in row.bills}


def invoice_unknown(invoice: Invoice) -> Invoice:
    """What kind of invoice it is can't be told, so neither that it is a credit note, which has nothing due."""
    return msgspec.structs.replace(
        invoice,
        kind=InvoiceKind.UNKNOWN,
        state=InvoiceState.UNKNOWN,
        credit_note=None,
        due_on=DUE_ON[invoice.account, invoice.number, invoice.issued_on],
    )


CONTESTED = {(bill.account, bill.number, bill.issued_on) for row in COMPANIES for bill in row.bills if bill.disputed}


def unpaid_unknown(good: Result, bad: Result) -> None:
    """Which of them are contested can't be told, so these are among them."""
    others = {
        account: [row for row in rows if (row.account, row.number, row.issued_on) not in CONTESTED]
        for account, rows in bad.items()
    }
    assert others != bad
    becomes(invoice_unknown)(good, others)


def order_unknown(order: Order) -> Order:
    items = tuple(msgspec.structs.replace(item, state=OrderState.UNKNOWN) for item in order.items)
    return msgspec.structs.replace(order, kind=OrderKind.UNKNOWN, state=OrderState.UNKNOWN, items=items)


def bare_customer(row: FixedCustomer) -> FixedCustomer:
    company = msgspec.structs.replace(
        row.company,
        vat_number=None,
        representative=None,
        communications_email=None,
        registered_office=bare(row.company.registered_office),
    )
    return msgspec.structs.replace(row, company=company, ceased=False, segment=None)


def bare_account(row: FixedAccount) -> FixedAccount:
    """Whether there is a direct debit is still told."""
    debit = row.direct_debit and DirectDebit(iban=None, holder=None, valid_from=None)
    return msgspec.structs.replace(
        row, recipient_code=None, delivery_address=bare(row.delivery_address), direct_debit=debit
    )


def bare_line(row: FixedLine) -> FixedLine:
    return msgspec.structs.replace(row, location=bare(row.location))


def bare(place: Address | None) -> Address:
    """Give a place without its number."""
    assert place is not None
    return msgspec.structs.replace(place, street=place.street.rpartition(", ")[0])


def bare_services(row: FixedLineServices) -> FixedLineServices:
    """Without a description the code stands for it, and the order is the codes'."""
    codes = sorted(each.code for each in row.active)
    return msgspec.structs.replace(row, active=tuple(Service(code, code, None) for code in codes))


def bare_invoice(invoice: Invoice) -> Invoice:
    return msgspec.structs.replace(invoice, line_key=None, total=TaxedMoney(invoice.total.gross))


def bare_order(order: Order) -> Order:
    """Nothing tells when a phase was reached, nor who brings what."""

    def bare_item(item: OrderItem) -> OrderItem:
        shipment = item.shipment and Shipment(
            item_keys=item.shipment.item_keys,
            carrier=None,
            tracking_code=None,
            steps=tuple(ShipmentStep(step.state, None) for step in item.shipment.steps),
        )
        phases = tuple(OrderPhase(phase.code, None) for phase in item.phases)
        day = rome_day(order.placed_at)
        return msgspec.structs.replace(item, line_key=None, phases=phases, shipment=shipment, updated_on=day)

    return msgspec.structs.replace(order, placed_by=None, items=tuple(map(bare_item, order.items)))


def bare_request(request: ServiceRequest) -> ServiceRequest:
    """Nothing tells when it was closed, nor whose and of what it is."""
    nothing = dict.fromkeys(("line_key", "asked_by", "more_information"))
    return msgspec.structs.replace(request, updated_at=request.made_at, merges=(), **nothing)


AMBIGUOUS, NONEXISTENT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def two_times_of_requests_moved(good: Result, bad: Result) -> None:
    """The same of requests, of which one that is open tells only one time."""
    rows, moved = (
        [row for value in result.values() for row in (value if isinstance(value, list) else [value])]
        for result in (good, bad)
    )
    changed = [
        (each.made_at, each.updated_at)
        for row, each in zip(rows, moved, strict=True)
        if row != each and msgspec.structs.replace(each, made_at=row.made_at, updated_at=row.updated_at) == row
    ]
    assert changed
    assert sum(row != each for row, each in zip(rows, moved, strict=True)) == len(changed)
    assert {AMBIGUOUS, NONEXISTENT} <= {time for times in changed for time in times}


def the_first_two_times_at_a_change_of_clock(good: Result, bad: Result) -> None:
    """25/10/2026 02:30 is two instants, of which the first is taken; 29/03/2026 02:30 is none, and read an hour on."""
    key = next(iter(good))
    first, *others = good[key]
    item = first.items[0]
    phases = (OrderPhase(item.phases[0].code, NONEXISTENT), *item.phases[1:])
    moved = msgspec.structs.replace(
        first,
        placed_at=AMBIGUOUS,
        items=(msgspec.structs.replace(item, phases=phases), *first.items[1:]),
    )
    assert bad == good | {key: [moved, *others]}


ALL: Mapping[Play, Expected] = {
    **REACHED_AND_FAILED,
    Play(Quirk.PARTIAL_BULK): first_fails(BackendRejected),
    Play(Quirk.SHUFFLED): same,
    Play(Quirk.DUPLICATED): same,
    Play(Quirk.FOREIGN_ROWS): same,
    Play(Quirk.MISSING_ROWS): one_row_less,
    **{Play(Quirk.WRONG_TOTAL, mode): same for mode in modes("fixed", Quirk.WRONG_TOTAL)},
    Play(Quirk.IGNORED_FILTER): same,
    Play(Quirk.CAPPED_PAGE): same,
    **{Play(Quirk.UNSTABLE_PAGING, mode): same for mode in modes("fixed", Quirk.UNSTABLE_PAGING)},
    Play(Quirk.LOST_ZEROS): same,
    Play(Quirk.SCIENTIFIC_NOTATION): fails(BackendGarbled),
    Play(Quirk.AMOUNT_NOTATION, "comma"): same,
    Play(Quirk.AMOUNT_NOTATION, "sign_first"): same,
    Play(Quirk.AMOUNT_NOTATION, "sign_last"): same,
    Play(Quirk.AMOUNT_NOTATION, "empty"): garbled_where_there_are_rows,
    Play(Quirk.SENTINEL_DATES): same,
    Play(Quirk.LOCAL_TIMES): the_first_two_times_at_a_change_of_clock,
    Play(Quirk.ENCODING, "latin1"): same,
    Play(Quirk.ENCODING, "windows1252"): same,
    Play(Quirk.ENCODING, "conflict"): same,
    Play(Quirk.ENCODING, "bom"): same,
    Play(Quirk.ENCODING, "nonsense"): fails(BackendGarbled),
    Play(Quirk.PADDED_FIELDS): same,
    Play(Quirk.APOSTROPHES): becomes(with_apostrophes),
    Play(Quirk.WRONG_CASE): same,
    Play(Quirk.CLOCK_SKEW): same,
}
"""By quirk, alike for every operation."""

UNKNOWN: Mapping[str, Expected] = {
    "lines_by_account": replaced(state=LineState.UNKNOWN, type=FixedLineType.UNKNOWN),
    "lines": replaced(state=LineState.UNKNOWN, type=FixedLineType.UNKNOWN),
    "invoices_by_account": becomes(invoice_unknown),
    "unpaid_by_account": unpaid_unknown,
    "others_invoice": becomes(invoice_unknown),
    "orders_by_customer": becomes(order_unknown),
    "requests_by_customer": replaced(kind=RequestKind.UNKNOWN, state=RequestState.UNKNOWN, merges=()),
    "requests": replaced(kind=RequestKind.UNKNOWN, state=RequestState.UNKNOWN, merges=()),
}
NULLS: Mapping[str, Callable[[Any], Any]] = {
    "customers": bare_customer,
    "accounts_by_customer": bare_account,
    "lines_by_account": bare_line,
    "lines": bare_line,
    "services": bare_services,
    "invoices_by_account": bare_invoice,
    "unpaid_by_account": bare_invoice,
    "others_invoice": bare_invoice,
    "orders_by_customer": bare_order,
    "requests_by_customer": bare_request,
    "requests": bare_request,
}
SPECIAL: Mapping[tuple[str, Play], Expected] = {
    ("cease_lines", Play(Quirk.PARTIAL_BULK)): first_refused,
    ("revoke_cease", Play(Quirk.PARTIAL_BULK)): first_refused,
    **{(name, Play(Quirk.UNKNOWN_CODE)): expected for name, expected in UNKNOWN.items()},
    **{
        (name, Play(Quirk.NULL_SHAPES, mode)): becomes(change)
        for name, change in NULLS.items()
        for mode in modes("fixed", Quirk.NULL_SHAPES)
    },
    ("requested", Play(Quirk.UNKNOWN_CODE)): same,  # accepted, until it is known
    **{
        ("requested", Play(Quirk.NULL_SHAPES, mode)): fails(BackendGarbled)  # whose it is, is not told
        for mode in modes("fixed", Quirk.NULL_SHAPES)
    },
    ("requested", Play(Quirk.LOCAL_TIMES)): same,
    ("lines", Play(Quirk.MISSING_ROWS)): one_key_garbled,
    ("requests", Play(Quirk.MISSING_ROWS)): one_key_garbled,
    ("requests_by_customer", Play(Quirk.LOCAL_TIMES)): two_times_of_requests_moved,
    ("requests", Play(Quirk.LOCAL_TIMES)): two_times_of_requests_moved,
    ("accounts_by_customer", Play(Quirk.LOST_ZEROS)): becomes(without_recipient_of_noughts),
}
"""By operation, where it differs from the others."""

UNCHANGED = {("lines_by_account", Play(Quirk.IGNORED_FILTER))}
"""What the sandbox can play, and the BFF gives no occasion for: it asks for lines of all states."""


def expected(case: Case, play: Play) -> Expected | None:
    return SPECIAL.get((case.name, play)) or ALL.get(play)


def test_every_operation_that_the_bff_uses_is_here() -> None:
    of_rows = {name for name, facts in OPERATIONS[System.FIXED].items() if facts.group != FILES}
    assert {case.operation for case in CASES} == of_rows


def test_every_pair_of_operation_and_quirk_has_an_expectation() -> None:
    assert lacking(CASES, expected) == []


@pytest.mark.parametrize(
    ("case", "play"),
    [
        pytest.param(case, play, id=f"{case.name} {play.quirk} {play.mode or ''}".strip())
        for case in CASES
        for play in plays(case)
    ],
)
async def test_what_comes_up_is_what_is_written_down(matrix: Matrix, case: Case, play: Play) -> None:
    check = expected(case, play)
    assert check is not None
    outcome = await matrix.played(case, play)
    assert not any(isinstance(value, type) for value in outcome.good.values())
    check(outcome.good, outcome.bad)
    assert (outcome.hits > 0) is ((case.name, play) not in UNCHANGED)
