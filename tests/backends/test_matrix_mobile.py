"""Every quirk of every operation of the mobile legacy, the directory and the identity provider, one at a time.

What comes up is the good result, or a difference that is written down here: by quirk, and by operation where that one
is special. A pair that the sandbox can play and this table does not know is a failure.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bff.backends import Backends
from bff.backends._delivery import steps
from bff.backends.identity import AccountPage
from bff.domain import payment_made
from bff.domain.address import Address
from bff.domain.billing import PaymentMethod, SignedMandate
from bff.domain.cessation import Cessation, CessationReason
from bff.domain.change import ChangeStatus
from bff.domain.company import MobileAccount, MobileParty
from bff.domain.contract import Contract, ContractState
from bff.domain.deed import Told
from bff.domain.deed.assistance import CallBack, Called
from bff.domain.deed.billing import MobileDebit, MobileDelivery, MobilePaperless
from bff.domain.deed.line import MobileCease, MobileCeaseRevoke
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.request import MobileTicket
from bff.domain.deed.service import ServiceOrder
from bff.domain.deed.sim import SimChange, SimOrder
from bff.domain.invoice import Invoice, InvoiceKind, InvoiceState
from bff.domain.line import LineState, MobileLine
from bff.domain.money import Money, TaxedMoney
from bff.domain.offer import Offering
from bff.domain.order import Order, OrderItem, OrderKind, OrderPhase, OrderState, Shipment
from bff.domain.payment import BillsPaid, ToppedUp
from bff.domain.period import rome_day
from bff.domain.request import RequestKind, RequestState, ServiceRequest
from bff.domain.service import (
    ContractServices,
    MobileLineServices,
    PremiumServices,
    Service,
    ServiceKind,
    SpendingThreshold,
    ThresholdKind,
)
from bff.domain.usage import Consumption, TrafficType, UsageRecord
from bff.domain.user import Membership, PortalUser, User, UserOrigin, UserState
from bff.domain.wish import NewSim
from bff.errors import BackendError, BackendGarbled, BackendUnavailable
from sandbox._faults import Quirk, System, modes
from sandbox.mobile.bill import mobile_bills
from sandbox.mobile.paid import payments, top_ups
from sandbox.mobile.task import AT_ONCE_MAX
from sandbox.mobile.usage import logical_resource_id
from sandbox.world import offer as offer_world
from sandbox.world.appointment import bookings, free_slots
from sandbox.world.build import build_world
from sandbox.world.model import Company
from sandbox.world.payment import payment_id
from sandbox.world.service import contract_product_id, line_services
from tests.backends.matrix import (
    REACHED_AND_FAILED,
    Case,
    Expected,
    Matrix,
    Play,
    Result,
    becomes,
    each_fails,
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

HALF_A_YEAR = date(2026, 5, 22)

WORLD = build_world(NOW, 1)
COMPANIES: list[Company] = [each for each in WORLD.companies if 0 < len(each.mobile_lines) < 100]
USERS = [
    next(user for user in WORLD.users if company.tax_code in {each.company_tax_code for each in user.memberships})
    for company in WORLD.companies
]


def mobile(resource: str, operation: str, keys: Any, **arguments: Any) -> Case:
    """Make the case of an operation of the mobile adapter."""

    async def call(backends: Backends, asked: tuple[str, ...]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await getattr(backends.mobile, operation)(asked, **arguments)
        return found

    return Case(f"{operation} /{resource}", "mobile", f"GET /{resource}", tuple(keys), call)


async def people(backends: Backends, subjects: tuple[str, ...]) -> Mapping[str, Any]:
    return await backends.directory.users_by_subject(subjects)


async def users(backends: Backends, tax_codes: tuple[str, ...]) -> Mapping[str, Any]:
    return await backends.directory.users_by_company(tax_codes)


async def configuration(backends: Backends, _keys: tuple[str, ...]) -> Mapping[str, Any]:
    return {"": await backends.identity.configuration()}


async def jwks(backends: Backends, _keys: tuple[str, ...]) -> Mapping[str, Any]:
    return {"": await backends.identity.jwks()}


async def account_link(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    return {key: await backends.identity.account_link(key, AccountPage.PASSWORD) for key in keys}


async def consumption(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    return await backends.mobile.consumption(keys)


async def call_slots(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    return await backends.mobile.call_slots(keys)


async def send_sms(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Send a text to a number."""
    (key,) = keys
    await backends.mobile.send_sms(key, "123456")
    return {key: None}


async def record_payment(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Record that a bill was paid, always under the same request id."""
    leg = BillsPaid(account_key=BILL.account, bills=((keys[0], 1220),))
    return {keys[0]: await backends.mobile.record_payment(leg, "0b0cf1db-f6eb-5d59-90a3-01a17f912073")}


async def payment_recorded(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Ask what became of a payment."""
    return {keys[0]: await backends.mobile.payment_recorded(keys[0])}


async def top_up(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Top up a line, always under the same request id."""
    number = logical_resource_id(TOPPABLE)
    leg = ToppedUp(line_key=keys[0], number_key=number, account_key="ACC-1", cents=1999)
    return {keys[0]: await backends.mobile.top_up(leg, "0b0cf1db-f6eb-5d59-90a3-01a17f912074")}


async def topped_up(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Ask what became of a top-up."""
    return {keys[0]: await backends.mobile.topped_up(keys[0])}


async def order_sim(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Order a block, always under the same request id."""
    (key,) = keys
    deed = SimOrder(line_key=key, customer_key="CUST-000001", person_key="USR-000001", block=True, reason="LOST")
    return {key: await backends.mobile.order_sim(deed, "0b0cf1db-f6eb-5d59-90a3-01a17f912069")}


async def order_service(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Order thresholds for a contract, always under the same request id."""
    (key,) = keys
    deed = ServiceOrder(
        kind=ServiceKind.THRESHOLDS, subject_key=key, customer_key="CUST-000001", person_key="USR-000001"
    )
    wanted = (SpendingThreshold(ThresholdKind.DATA, Money(Decimal("12.50"))),)
    return {key: await backends.mobile.order_service(deed, "5c9a7c3e-5a0e-5b0c-8f0e-2f6f3a1d9b10", wanted)}


async def cease_lines(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Cease lines, always under the same request id."""
    deed = MobileCease(line_keys=keys, customer_key=COMPANIES[0].mobile_customer_id or "", person_key="USR-000001")
    wanted = Cessation(CessationReason.COST, date(2026, 12, 1))
    return (await backends.mobile.cease_lines(deed, "0b0cf1db-f6eb-5d59-90a3-01a17f912072", wanted)).items


async def order_other_sim(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Order a SIM that is shipped, always under the same request id."""
    customer_key = COMPANIES[0].mobile_customer_id or ""
    deed = SimChange(line_key=keys[0], customer_key=customer_key, person_key="USR-000001")
    wanted = NewSim(None, Address("Via Roma, 1", "20121", "Milano", "MI"))
    return {keys[0]: await backends.mobile.order_other_sim(deed, "0b0cf1db-f6eb-5d59-90a3-01a17f912075", wanted)}


async def revoke_cease(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Call an order off."""
    return (await backends.mobile.revoke_cease(MobileCeaseRevoke(orders={keys[0]: keys[0]}))).items


async def open_ticket(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Open a ticket on the payment of a bill, always under the same request id."""
    (key,) = keys
    deed = MobileTicket(
        kind=RequestKind.PAYMENT_REPORT, customer_key=key, person_key="USR-000001", bill_key=BILLS[0].id
    )
    made = payment_made.PaymentMade(
        paid_on=date(2026, 11, 20), amount=Decimal("12.20"), method=payment_made.PaymentMethod.COUNTER, reference="A"
    )
    return {key: await backends.mobile.open_ticket(deed, "0b0cf1db-f6eb-5d59-90a3-01a17f912071", made)}


async def book_call_back(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Book the first free time, always under the same request id."""
    (key,) = keys
    deed = CallBack(slot_key=SLOT.id, start=SLOT.start, end=SLOT.end, person_key="USR-000001", topic="GENERAL")
    called = Called("+390212345678", TAX_CODES[0])
    return {key: await backends.mobile.book_call_back(deed, "6f1a0c57-94d2-5c0e-8b1d-3f5b4e0a7c11", called)}


async def call_back(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Look for an appointment by its request id."""
    (key,) = keys
    return {key: await backends.mobile.call_back(key)}


async def order_offer(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Order an offer for a line, always under the same request id."""
    (key,) = keys
    deed = OfferOrder(
        campaign_key="CMP-101",
        offering_key=OFFERINGS[0],
        line_keys=(key,),
        customer_key="CUST-000001",
        person_key="USR-000001",
    )
    return {key: await backends.mobile.order_offer(deed, "3d1f4a52-7c0e-5f0b-9a44-5b9f3c1d7e21")}


async def set_paperless(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Turn the paperless invoice of an account on."""
    (key,) = keys
    return {key: await backends.mobile.set_paperless(MobilePaperless(account_key=key, paperless=True))}


async def set_delivery(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Send the paper invoices of an account to an address with an accent."""
    (key,) = keys
    address = Address("Viale dell'Università, 12", "20121", "Milano", "MI")
    return {key: await backends.mobile.set_delivery(MobileDelivery(account_key=key, mark="-"), address)}


async def set_debit(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Have an account paid by a mandate, always under the same request id."""
    (key,) = keys
    deed = MobileDebit(account_key=key, mandate=True)
    mandate = SignedMandate(
        iban="IT60X0542811101000000123456", holder="Officina", holder_tax_code="-", signer_tax_code="-"
    )
    return {key: await backends.mobile.set_debit(deed, "3b6d4f0a-58b5-5f8e-b37a-1f4f6f2f7c11", mandate)}


async def records(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Give the records of three days by line."""
    days = [(key, day) for key in keys for day in ("2026-11-17", "2026-11-18", "2026-11-19")]
    found: dict[str, Any] = {key: [] for key in keys}
    for (key, _), rows in (await backends.mobile.records_by_day(days)).items():
        found[key] = rows if isinstance(rows, BackendError) else found[key] + rows
    return found


AGREEMENTS = [each.id for company in COMPANIES for each in company.agreements]
ACCENTED = next(
    account.id
    for company in WORLD.companies
    for account in company.mobile_accounts
    if not account.delivery_address.street.isascii()
)
PAID = [account for company in WORLD.companies[:-1] for account in company.mobile_accounts]
ACCOUNTS = [each.id for company in COMPANIES for each in company.mobile_accounts]
BILL = mobile_bills(WORLD)[0]
RECORDED = next(iter(payments(WORLD, list).rows()))
TOPPABLE = next(line for line in COMPANIES[0].mobile_lines if line.prepaid)
TOPPED_UP = next(iter(top_ups(WORLD, list).rows()))
LINES = [each.product_id for company in COMPANIES for each in company.mobile_lines][:6]
MANY_LINES = [each.product_id for company in COMPANIES for each in company.mobile_lines][: AT_ONCE_MAX + 5]
PREPAID = [each for company in COMPANIES for each in company.mobile_lines if each.prepaid and each.state == "active"]
ORDERS = [each for company in COMPANIES for each in company.orders if each.network == "mobile"]
REQUESTS = [each for company in COMPANIES for each in company.requests if each.network == "mobile"]
BILLS = [each for company in COMPANIES for each in company.bills if each.account in ACCOUNTS]
PARTIES = [company.mobile_party_id for company in WORLD.companies if company.mobile_party_id][:-1]
OFFERINGS = [each.id for each in offer_world.OFFERINGS[:6]]
TAX_CODES = [company.tax_code for company in COMPANIES]
WINDOW = "2026-11-23T00:00:00+01:00/2026-11-28T00:00:00+01:00"
SLOT = next(free_slots(*map(datetime.fromisoformat, WINDOW.split("/"))))
SOME_COMPANIES = tuple(WORLD.companies[place].tax_code for place in (1, 3, 5))
"""The largest, a sole trader, one whose code begins with 0: a call each, few enough for the breaker to bear."""

_IN_USE = tuple(line.product_id for line in COMPANIES[0].mobile_lines if line.state == "active")
ACTIVE, OTHER = _IN_USE[:2], _IN_USE[2]
OPEN_ORDER = next(each.id for each in COMPANIES[0].orders if each.network == "mobile" and each.state == "RECEIVED")

CASES = [
    mobile("organization", "parties", TAX_CODES),
    mobile("customer", "parties", TAX_CODES),
    mobile("individual", "representatives", [company.representative.id for company in COMPANIES]),
    mobile("billingAccount", "accounts", [*ACCOUNTS, ACCENTED]),
    mobile("paymentMethod", "payment_methods", [payment_id(row) for row in PAID]),
    mobile("agreement", "contracts_by_party", PARTIES),
    mobile("product", "lines_by_contract", AGREEMENTS),
    mobile("resource", "lines_by_contract", AGREEMENTS),
    mobile("product", "lines", LINES),
    mobile("resource", "lines", LINES),
    mobile("product", "contract_services", [contract_product_id(company.agreements[0]) for company in COMPANIES]),
    mobile("product", "line_services", LINES),
    mobile("customerBill", "invoices_by_account", ACCOUNTS, issued_from=HALF_A_YEAR),
    mobile("customerBill", "unpaid_by_account", ACCOUNTS, issued_from=HALF_A_YEAR),
    mobile("appliedCustomerBillingRate", "lines_by_bill", [bill.id for bill in BILLS if len(bill.line_ids) < 15][:4]),
    mobile(
        "productOrder",
        "orders_by_customer",
        [company.mobile_customer_id for company in COMPANIES],
        placed_from=HALF_A_YEAR,
    ),
    mobile(
        "productOrder",
        "orders_by_requester",
        dict.fromkeys(order.requested_by for order in ORDERS if order.requested_by),
        placed_from=HALF_A_YEAR,
    ),
    mobile(
        "productOrder",
        "orders_by_line",
        list(dict.fromkeys(item.line_id for order in ORDERS for item in order.items if item.line_id))[:5],
        placed_from=HALF_A_YEAR,
    ),
    mobile(
        "shippingOrder", "shipments", [order.id for order in ORDERS if any(item.delivery for item in order.items)][:8]
    ),
    mobile("bucket", "credits_by_number", [line.product_id.replace("PRD", "MSN") for line in PREPAID]),
    Case("consumption", "mobile", "POST /queryUsageConsumption", tuple(LINES), consumption),
    Case("consumption looked at", "mobile", "GET /queryUsageConsumption/{id}", tuple(MANY_LINES), consumption),
    Case("call_slots", "mobile", "POST /searchTimeSlot", (WINDOW,), call_slots),
    Case("record_payment", "mobile", "POST /payment", (BILL.id,), record_payment),
    Case("payment_recorded", "mobile", "GET /payment", (RECORDED.request_id,), payment_recorded),
    Case("top_up", "mobile", "POST /topupBalance", (TOPPABLE.product_id,), top_up),
    Case("topped_up", "mobile", "GET /topupBalance", (TOPPED_UP.request_id,), topped_up),
    Case("send_sms", "mobile", "POST /communicationMessage", ("+393331234567",), send_sms),
    Case("order_sim", "mobile", "POST /serviceOrder", ("PRD-00010010001",), order_sim),
    Case("order_service", "mobile", "POST /serviceOrder", (AGREEMENTS[0],), order_service),
    Case("open_ticket", "mobile", "POST /troubleTicket", (COMPANIES[0].mobile_customer_id or "",), open_ticket),
    Case("book_call_back", "mobile", "POST /appointment", (SLOT.id,), book_call_back),
    Case("call_back", "mobile", "GET /appointment", (next(bookings(WORLD)).request_id,), call_back),
    Case("order_offer", "mobile", "POST /productOrder", (LINES[0],), order_offer),
    Case("cease_lines", "mobile", "POST /productOrder", ACTIVE, cease_lines),
    Case("order_other_sim", "mobile", "POST /productOrder", (OTHER,), order_other_sim),
    Case("revoke_cease", "mobile", "POST /cancelProductOrder", (OPEN_ORDER,), revoke_cease),
    Case("set_paperless", "mobile", "PATCH /billingAccount/{id}", (ACCENTED,), set_paperless),
    Case("set_delivery", "mobile", "PATCH /billingAccount/{id}", (ACCENTED,), set_delivery),
    Case("set_debit", "mobile", "PATCH /billingAccount/{id}", (ACCENTED,), set_debit),
    Case("set_debit by a method", "mobile", "POST /paymentMethod", (ACCENTED,), set_debit),
    Case("records", "mobile", "GET /usage", tuple(LINES[:3]), records),
    *(
        mobile(resource, operation, keys, made_from=HALF_A_YEAR)
        for resource in ("serviceOrder", "troubleTicket")
        for operation, keys in {
            "requests_by_customer": [company.mobile_customer_id for company in COMPANIES],
            "requests_by_requester": dict.fromkeys(each.requested_by for each in REQUESTS),
            "requests_by_line": dict.fromkeys(each.line_id for each in REQUESTS if each.line_id),
        }.items()
    ),
    mobile("queryProductRecommendation", "recommendations_by_party", PARTIES),
    mobile("productOffering", "offerings", OFFERINGS),
    mobile("promotion", "campaigns_by_offering", OFFERINGS),
    Case("users_by_subject", "directory", "GET /Users", tuple(user.subject for user in USERS), people),
    Case("users_by_company", "directory", "GET /Users", SOME_COMPANIES, users),
    Case("configuration", "identity", "GET /.well-known/openid-configuration", ("",), configuration),
    Case("jwks", "identity", "GET /jwks", ("",), jwks),
    Case("account_link", "identity", "POST /account/links", (USERS[0].subject,), account_link),
]

# --- differences that are written down ------------------------------------------------------------------------------


def only_accepted(told: Told) -> Told:
    """In a state that nobody knows, it was taken at least."""
    return msgspec.structs.replace(told, status=ChangeStatus.ACCEPTED)


def not_there(_told: Told) -> None:
    return None


def line_unknown(line: MobileLine) -> MobileLine:
    return msgspec.structs.replace(line, state=LineState.UNKNOWN)


def without_sim(line: MobileLine) -> MobileLine:
    """A line that would be active or blocked, and whose SIM can't be read, is in no known state."""
    known = line.sim is None or line.state not in {LineState.ACTIVE, LineState.BLOCKED}
    return msgspec.structs.replace(line, sim=None, state=line.state if known else LineState.UNKNOWN)


def without_names(line: MobileLine) -> MobileLine:
    """The contract's number is the name of a reference; without it the contract's id stands for it."""
    return msgspec.structs.replace(line, contract_number=line.contract_key, tariff_plan=None)


def debit_undated(method: PaymentMethod) -> PaymentMethod:
    debit = method.direct_debit and msgspec.structs.replace(method.direct_debit, valid_from=None)
    return msgspec.structs.replace(method, direct_debit=debit)


def contract_services_unknown(services: ContractServices) -> ContractServices:
    """What is in no known state is not shown as active."""
    return msgspec.structs.replace(
        services, active=(), thresholds=(), tim_duo=(), company_reference=None, charity_sms=False
    )


BARRED = {
    line.product_id
    for company in COMPANIES
    for line in company.mobile_lines
    if any(each.kind == "premiumBarring" for each in line_services(company, line))
}


def line_services_unknown(good: Result, bad: Result) -> None:
    """Nothing is known to be active, and a barring in no known state may be in force."""
    assert bad == {
        key: msgspec.structs.replace(
            each, active=(), premium=PremiumServices(enabled=key not in BARRED, active=(), black_list=())
        )
        for key, each in good.items()
    }
    assert any(bad[key].premium.enabled is not good[key].premium.enabled for key in good)


def undated(services: Any) -> Any:
    active = tuple(Service(each.code, each.name, None) for each in services.active)
    return msgspec.structs.replace(services, active=active)


def line_undated(services: MobileLineServices) -> MobileLineServices:
    line: MobileLineServices = msgspec.structs.replace(undated(services), premium=undated(services.premium))
    return line


def garbled_with_fixed_number(services: ContractServices) -> ContractServices | type[BackendGarbled]:
    """A fixed number that lost its + may be one of another country."""
    fixed = any(pair.paired_number.startswith("+390") for pair in services.tim_duo)
    return BackendGarbled if fixed else services


def one_service_less(good: Result, bad: Result) -> None:
    (lost,) = [key for key in good if bad[key] != good[key]]
    assert set(bad[lost].active) <= set(good[lost].active)
    assert len(bad[lost].active) == len(good[lost].active) - 1


DUE_ON = {bill.id: bill.due_on for bill in BILLS}


def invoice_unknown(invoice: Invoice) -> Invoice:
    """What kind of bill it is can't be told, so neither that it is a credit note, which has nothing due."""
    return msgspec.structs.replace(
        invoice,
        kind=InvoiceKind.UNKNOWN,
        state=InvoiceState.UNKNOWN,
        credit_note=None,
        due_on=DUE_ON[invoice.bill_key or ""],
    )


def invoice_without(invoice: Invoice) -> Invoice:
    return msgspec.structs.replace(invoice, due_on=None, total=TaxedMoney(invoice.total.gross))


def order_unknown(order: Order) -> Order:
    """Whether a milestone was reached is a code too."""

    def item_unknown(item: OrderItem) -> OrderItem:
        return msgspec.structs.replace(
            item,
            state=OrderState.UNKNOWN,
            phases=tuple(OrderPhase(phase.code, None) for phase in item.phases),
            updated_on=rome_day(order.placed_at),
        )

    return msgspec.structs.replace(
        order, kind=OrderKind.UNKNOWN, state=OrderState.UNKNOWN, items=tuple(map(item_unknown, order.items))
    )


def order_without(order: Order) -> Order:
    """Whether a phase was reached is told by its date alone."""

    def item_without(item: OrderItem) -> OrderItem:
        phases = tuple(OrderPhase(phase.code, None) for phase in item.phases)
        return msgspec.structs.replace(item, name="", phases=phases, updated_on=rome_day(order.placed_at))

    return msgspec.structs.replace(order, items=tuple(map(item_without, order.items)))


def shipment_unknown(shipment: Shipment) -> Shipment:
    """No step is known to have been reached, and a failure is not told."""
    return msgspec.structs.replace(shipment, steps=steps({}))


def offering_without(offering: Offering) -> Offering:
    """Prices without VAT are left out, and what it is."""

    def gross(price: TaxedMoney | None) -> TaxedMoney | None:
        return price and TaxedMoney(price.gross)

    monthly, once = gross(offering.monthly_price), gross(offering.once_price)
    return msgspec.structs.replace(offering, description="", monthly_price=monthly, once_price=once)


def offering_unpriced(offering: Offering) -> Offering | type[BackendGarbled]:
    """What has a price is not shown without it."""
    return BackendGarbled if offering.monthly_price or offering.once_price else offering


def one_run_less(good: Result, bad: Result) -> None:
    """What is recommended was worked out in several runs, of which one is gone."""
    (lost,) = [key for key in good if bad[key] != good[key]]
    assert len(bad[lost]) < len(good[lost])
    assert all(row in good[lost] for row in bad[lost])


def without_recipient_of_noughts(contract: Contract) -> Contract:
    """0 is not taken for 0000000, which is nobody's code but means certified mail."""
    code = contract.recipient_code
    return msgspec.structs.replace(contract, recipient_code=None if code == "0000000" else code)


APOSTROPHES = str.maketrans({"à": "a'", "è": "e'", "é": "e'", "ì": "i'", "ò": "o'", "ù": "u'"})


def apostrophised(account: MobileAccount) -> MobileAccount:
    """Apostrophes are shown as they came: what they stand for can't be told."""
    address = account.delivery_address
    if address is None:
        return account
    texts = [text.translate(APOSTROPHES) for text in msgspec.structs.astuple(address)]
    return msgspec.structs.replace(account, delivery_address=Address(*texts))


def user_unknown(user: User) -> User:
    def unknown(membership: Membership) -> Membership:
        return msgspec.structs.replace(membership, profile=None, state=UserState.UNKNOWN)

    return msgspec.structs.replace(user, memberships=tuple(map(unknown, user.memberships)))


def user_with_digits_lost(user: User) -> User | type[BackendGarbled]:
    """Who acts for a company whose code is gone is not let in at all; 16 characters are no number."""
    if any(membership.company_tax_code.isdigit() for membership in user.memberships):
        return BackendGarbled
    return msgspec.structs.replace(user, mobile_number=None)


def portal_user_unknown(user: PortalUser) -> PortalUser:
    """Who may not be registered yet can't be told, so that the username is shown."""
    (username,) = (each.username for each in WORLD.users if each.id == user.user_key)
    return msgspec.structs.replace(
        user, username=username, profile=None, state=UserState.UNKNOWN, origin=UserOrigin.UNKNOWN
    )


def party_without(party: MobileParty) -> MobileParty:
    return msgspec.structs.replace(party, company=msgspec.structs.replace(party.company, registered_office=None))


def user_without(user: User) -> User:
    own = tuple(msgspec.structs.replace(membership, line_key=None) for membership in user.memberships)
    return msgspec.structs.replace(user, mobile_number=None, memberships=own)


def consumption_without(found: Consumption) -> Consumption:
    offers = tuple(msgspec.structs.replace(each, name="") for each in found.offers)
    return msgspec.structs.replace(found, offers=offers)


def accepted(_told: Told) -> Told:
    """What is in a state that nobody knows was taken, and that is all one can say."""
    return Told(ChangeStatus.ACCEPTED)


def nothing(_told: Told) -> None:
    """It is not among the rows, as if it had never been sent."""


def record_without_plus(record: UsageRecord) -> UsageRecord:
    """A fixed number does not get its + back: without it, it may be another."""
    number = record.counterpart or ""
    return msgspec.structs.replace(record, counterpart=number[1:]) if number.startswith("+3902") else record


def record_without_digits(record: UsageRecord) -> UsageRecord:
    """A number that lost its digits is not told; short ones lose none."""
    return msgspec.structs.replace(record, counterpart=None) if (record.counterpart or "").startswith("+") else record


def two_records_elsewhere(good: Result, bad: Result) -> None:
    """The first two records moved to days that nobody asked for."""
    rows, left = ([row for some in result.values() for row in some] for result in (good, bad))
    assert len(left) == len(rows) - 2
    assert all(row in rows for row in left)


def two_times_moved(good: Result, bad: Result) -> None:
    """The first two times of an answer are now the hour that comes twice, and the one that never comes."""
    moved = set(differing(plain(good), plain(bad)))
    assert {value for name, value in moved if name != "updated_on"} == {
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    }


def plain(result: Result) -> Any:
    """Take records apart, but for their times, which are equal however they are written."""
    return msgspec.to_builtins(result, builtin_types=(datetime,))


def differing(good: Any, bad: Any, name: Any = "") -> Iterator[tuple[Any, Any]]:
    if isinstance(good, dict):
        assert good.keys() == bad.keys()
        for key in good:
            yield from differing(good[key], bad[key], key)
    elif isinstance(good, list | tuple):
        assert len(good) == len(bad)
        for each, other in zip(good, bad, strict=True):
            yield from differing(each, other, name)
    elif good != bad:
        yield name, bad


def requests_by_key(result: Result) -> dict[str, ServiceRequest]:
    return {row.key: row for value in result.values() for row in listed(value)}


def request_times_moved(good: Result, bad: Result) -> None:
    """The first two times of an answer are others now, of which the earlier one may lie before the window."""
    rows, moved = requests_by_key(good), requests_by_key(bad)
    assert moved.keys() <= rows.keys()
    assert len(rows) - len(moved) <= 1
    changed = [each for key in moved for each in differing(plain({key: rows[key]}), plain({key: moved[key]}))]
    assert {name for name, _ in changed} <= {"made_at", "updated_at", "opened_at"}
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) in {value for _, value in changed}


def order_codes_unknown(request: ServiceRequest) -> ServiceRequest:
    if request.key.startswith("ticket/"):
        return request
    return msgspec.structs.replace(request, kind=RequestKind.UNKNOWN, state=RequestState.UNKNOWN)


def ticket_codes_unknown(request: ServiceRequest) -> ServiceRequest:
    """Of a service order only its ticket's state is a ticket's code."""
    ticket = request.ticket and msgspec.structs.replace(request.ticket, state=RequestState.UNKNOWN)
    if request.key.startswith("order/"):
        return msgspec.structs.replace(request, ticket=ticket)
    return msgspec.structs.replace(request, kind=RequestKind.UNKNOWN, state=RequestState.UNKNOWN, ticket=ticket)


def without_details(resource: str) -> Expected:
    """Of one resource it is not told what more there is to say, nor when it last changed."""

    def check(good: Result, bad: Result) -> None:
        rows, left = requests_by_key(good), requests_by_key(bad)
        assert rows.keys() == left.keys()
        for key, row in rows.items():
            silent = None if key.startswith(resource) else row.more_information
            assert left[key] == msgspec.structs.replace(row, more_information=silent, updated_at=left[key].updated_at)
            assert row.made_at <= left[key].updated_at <= row.updated_at

    return check


def one_request_less(good: Result, bad: Result) -> None:
    """A request is gone, or its ticket is; of an order that is gone a ticket that doesn't name it is left."""
    rows, left = requests_by_key(good), requests_by_key(bad)
    (lost,) = [row for key, row in rows.items() if left.get(key) != row]
    for row in left.values():
        is_rest = row.key == lost.key and row.ticket is None
        is_ticket_alone = lost.key not in left and lost.ticket is not None and row.reference == lost.ticket.number
        assert row == rows.get(row.key) or is_rest or is_ticket_alone


SIM_CALLS = 4
"""Calls for the SIMs of all lines, each of which loses one at most."""


def one_party_without_customers(good: Result, bad: Result) -> None:
    lost = [key for key in good if bad[key] != good[key]][:1]
    assert bad == good | {key: msgspec.structs.replace(good[key], customer_keys=()) for key in lost}


def a_line_a_call_without_sim(good: Result, bad: Result) -> None:
    pairs = [pair for key in good for pair in zip(listed(good[key]), listed(bad[key]), strict=True)]
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    assert 0 < len(changed) <= SIM_CALLS
    assert all(other == without_sim(line) for line, other in changed)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def one_line_less(good: Result, bad: Result) -> None:
    (lost,) = [key for key in good if bad[key] != good[key]]
    assert set(bad[lost]) < set(good[lost])
    assert len(bad[lost]) == len(good[lost]) - 1


def one_garbled(good: Result, bad: Result) -> None:
    """The directory counts people: one who is counted and not there is no stranger."""
    (lost,) = [key for key in good if bad[key] != good[key]]
    assert bad == good | {lost: BackendGarbled}


def a_user_a_company_less(good: Result, bad: Result) -> None:
    """What is counted and not there is read once more; a page of one person shows nobody each time."""
    for company, users in good.items():
        assert all(user in users for user in bad[company])
        assert len(bad[company]) == len(users) if len(users) > 2 else len(bad[company]) >= len(users) - 1


def of(quirk: Quirk, expected: Expected, system: System = "mobile") -> dict[Play, Expected]:
    """Expect the same of all modes of a quirk."""
    return {Play(quirk, mode): expected for mode in modes(system, quirk) or (None,)}


SEEN_THROUGH = (
    Quirk.SHUFFLED,
    Quirk.DUPLICATED,
    Quirk.FOREIGN_ROWS,
    Quirk.WRONG_TOTAL,
    Quirk.IGNORED_FILTER,
    Quirk.CAPPED_PAGE,
    Quirk.UNSTABLE_PAGING,
    Quirk.LOST_ZEROS,
    Quirk.IDS_AS_NUMBERS,
    Quirk.SCIENTIFIC_NOTATION,
    Quirk.AMOUNT_NOTATION,
    Quirk.SENTINEL_DATES,
    Quirk.LOCAL_TIMES,
    Quirk.ENCODING,
    Quirk.PADDED_FIELDS,
    Quirk.APOSTROPHES,
    Quirk.UNKNOWN_CODE,
    Quirk.WRONG_CASE,
    Quirk.NULL_SHAPES,
    Quirk.SINGLE_AS_OBJECT,
)
BY_QUIRK: Mapping[Play, Expected] = {
    **REACHED_AND_FAILED,
    **{play: expected for quirk in SEEN_THROUGH for play, expected in of(quirk, same).items()},
    Play(Quirk.MISSING_ROWS): one_row_less,
    Play(Quirk.ENCODING, "nonsense"): fails(BackendGarbled),
}
"""What a quirk makes of a good result, where nothing else is written below."""

LINES_BY = ("lines_by_contract", "lines")
ORDERS_BY = ("orders_by_customer", "orders_by_requester", "orders_by_line")
REQUESTS_BY = ("requests_by_customer", "requests_by_requester", "requests_by_line")
BILLS_BY = ("invoices_by_account", "unpaid_by_account")
IN_ORDERS: Mapping[Play, Expected] = {
    Play(Quirk.LOCAL_TIMES): two_times_moved,
    Play(Quirk.UNKNOWN_CODE): becomes(order_unknown),
    **of(Quirk.NULL_SHAPES, becomes(order_without)),
}
IN_REQUESTS: Mapping[Play, Expected] = {
    Play(Quirk.LOCAL_TIMES): request_times_moved,
    Play(Quirk.MISSING_ROWS): one_request_less,
}
IN_SERVICE_ORDERS: Mapping[Play, Expected] = {
    **IN_REQUESTS,
    Play(Quirk.UNKNOWN_CODE): becomes(order_codes_unknown),
    **of(Quirk.NULL_SHAPES, without_details("order/")),
}
IN_TICKETS: Mapping[Play, Expected] = {
    **IN_REQUESTS,
    Play(Quirk.UNKNOWN_CODE): becomes(ticket_codes_unknown),
    **of(Quirk.NULL_SHAPES, without_details("ticket/")),
}
IN_LINES: Mapping[Play, Expected] = {
    Play(Quirk.SCIENTIFIC_NOTATION): fails(BackendGarbled),
    Play(Quirk.UNKNOWN_CODE): becomes(line_unknown),
    **of(Quirk.NULL_SHAPES, becomes(without_names)),
}
_SIMS_NOT_READ = {
    Quirk.ERROR_FAULT_500,
    Quirk.ERROR_FAULT_200,
    Quirk.ERROR_CODE_IN_ANSWER,
    Quirk.TRUNCATED,
    Quirk.HTML_INSTEAD,
}
IN_SIMS: Mapping[Play, Expected] = {
    **{play: becomes(without_sim) for play in REACHED_AND_FAILED if play.quirk in _SIMS_NOT_READ},
    Play(Quirk.POISONED_KEY): same,  # its keys are SIMs
    Play(Quirk.MISSING_ROWS): a_line_a_call_without_sim,
    Play(Quirk.SCIENTIFIC_NOTATION): becomes(without_sim),
    Play(Quirk.UNKNOWN_CODE): becomes(without_sim),
    Play(Quirk.ENCODING, "nonsense"): becomes(without_sim),
}
IN_BILLS: Mapping[Play, Expected] = {
    Play(Quirk.UNKNOWN_CODE): becomes(invoice_unknown),
    **of(Quirk.NULL_SHAPES, becomes(invoice_without)),
    Play(Quirk.AMOUNT_NOTATION, "empty"): each_fails(BackendGarbled),
}
BY_OPERATION: Mapping[str, Mapping[Play, Expected]] = {
    **{f"{name} /product": IN_LINES for name in LINES_BY},
    **{f"{name} /resource": IN_SIMS for name in LINES_BY},
    **{f"{name} /customerBill": IN_BILLS for name in BILLS_BY},
    **{f"{name} /productOrder": IN_ORDERS for name in ORDERS_BY},
    **{f"{name} /serviceOrder": IN_SERVICE_ORDERS for name in REQUESTS_BY},
    **{f"{name} /troubleTicket": IN_TICKETS for name in REQUESTS_BY},
    "parties /organization": {
        Play(Quirk.SCIENTIFIC_NOTATION): fails(BackendGarbled),
        **of(Quirk.NULL_SHAPES, becomes(party_without)),
    },
    "parties /customer": {
        Play(Quirk.POISONED_KEY): same,  # its keys are parties
        Play(Quirk.MISSING_ROWS): one_party_without_customers,
    },
    "accounts /billingAccount": {
        Play(Quirk.APOSTROPHES): becomes(apostrophised),
        **of(Quirk.NULL_SHAPES, replaced(delivery_address=None)),
    },
    "contracts_by_party /agreement": {
        Play(Quirk.LOST_ZEROS): becomes(without_recipient_of_noughts),
        Play(Quirk.IDS_AS_NUMBERS): becomes(without_recipient_of_noughts),
        Play(Quirk.SCIENTIFIC_NOTATION): fails(BackendGarbled),
        Play(Quirk.UNKNOWN_CODE): replaced(state=ContractState.UNKNOWN),
        **of(Quirk.NULL_SHAPES, replaced(starts_on=None)),
    },
    "payment_methods /paymentMethod": of(Quirk.NULL_SHAPES, becomes(debit_undated)),
    "contract_services /product": {
        Play(Quirk.MISSING_ROWS): one_service_less,
        Play(Quirk.IDS_AS_NUMBERS): becomes(garbled_with_fixed_number),
        Play(Quirk.SCIENTIFIC_NOTATION): each_fails(BackendGarbled),
        Play(Quirk.UNKNOWN_CODE): becomes(contract_services_unknown),
        **of(Quirk.NULL_SHAPES, becomes(undated)),
    },
    "line_services /product": {
        Play(Quirk.UNKNOWN_CODE): line_services_unknown,
        **of(Quirk.NULL_SHAPES, becomes(line_undated)),
    },
    "lines_by_bill /appliedCustomerBillingRate": {Play(Quirk.MISSING_ROWS): one_line_less},
    "shipments /shippingOrder": {
        Play(Quirk.LOCAL_TIMES): two_times_moved,
        Play(Quirk.UNKNOWN_CODE): becomes(shipment_unknown),
        **of(Quirk.NULL_SHAPES, replaced(carrier=None)),
    },
    "recommendations_by_party /queryProductRecommendation": {Play(Quirk.MISSING_ROWS): one_run_less},
    "offerings /productOffering": {
        Play(Quirk.UNKNOWN_CODE): fails(BackendGarbled),
        Play(Quirk.AMOUNT_NOTATION, "empty"): becomes(offering_unpriced),
        **of(Quirk.NULL_SHAPES, becomes(offering_without)),
    },
    "campaigns_by_offering /promotion": {
        Play(Quirk.LOCAL_TIMES): two_times_moved,
        Play(Quirk.UNKNOWN_CODE): replaced(released=False),
        **of(Quirk.NULL_SHAPES, replaced(starts_at=None)),
    },
    "credits_by_number /bucket": {Play(Quirk.AMOUNT_NOTATION, "empty"): each_fails(BackendGarbled)},
    "call_slots": {
        Play(Quirk.LOCAL_TIMES): one_row_less,  # it has moved to another day
        Play(Quirk.UNKNOWN_CODE): fails(BackendGarbled),
        **of(Quirk.NULL_SHAPES, fails(BackendGarbled)),
    },
    "book_call_back": {Play(Quirk.UNKNOWN_CODE): becomes(only_accepted)},
    "call_back": {Play(Quirk.UNKNOWN_CODE): becomes(only_accepted), Play(Quirk.MISSING_ROWS): becomes(not_there)},
    "record_payment": {Play(Quirk.UNKNOWN_CODE): becomes(accepted)},
    "payment_recorded": {Play(Quirk.UNKNOWN_CODE): becomes(accepted), Play(Quirk.MISSING_ROWS): becomes(nothing)},
    "top_up": {
        Play(Quirk.UNKNOWN_CODE): becomes(accepted),
        **of(Quirk.NULL_SHAPES, fails(BackendGarbled)),  # whose it is, is not told
    },
    "topped_up": {
        Play(Quirk.UNKNOWN_CODE): becomes(accepted),
        Play(Quirk.MISSING_ROWS): becomes(nothing),
        **of(Quirk.NULL_SHAPES, fails(BackendGarbled)),
    },
    "order_sim": {Play(Quirk.UNKNOWN_CODE): same},  # accepted, until it is known
    "order_service": {Play(Quirk.UNKNOWN_CODE): same},
    "order_offer": {Play(Quirk.UNKNOWN_CODE): same},
    "set_delivery": of(Quirk.NULL_SHAPES, replaced(status=ChangeStatus.ACCEPTED)),  # the answer does not show it
    "order_other_sim": {Play(Quirk.UNKNOWN_CODE): same},
    "cease_lines": {Play(Quirk.UNKNOWN_CODE): same},
    "revoke_cease": {Play(Quirk.UNKNOWN_CODE): replaced(status=ChangeStatus.ACCEPTED)},
    "consumption": {
        Play(Quirk.UNKNOWN_CODE): fails(BackendGarbled),
        **of(Quirk.NULL_SHAPES, becomes(consumption_without)),
    },
    "consumption looked at": {
        # What is refused is asked for again in halves, which are done at once.
        Play(Quirk.POISONED_KEY): same,
        Play(Quirk.ERROR_FAULT_500): same,
        Play(Quirk.ERROR_FAULT_200): same,
        Play(Quirk.ERROR_CODE_IN_ANSWER): same,
        Play(Quirk.UNKNOWN_CODE): same,
        **of(Quirk.NULL_SHAPES, becomes(consumption_without)),
    },
    "records": {
        Play(Quirk.IDS_AS_NUMBERS): becomes(record_without_plus),
        Play(Quirk.SCIENTIFIC_NOTATION): becomes(record_without_digits),
        Play(Quirk.LOCAL_TIMES): two_records_elsewhere,
        Play(Quirk.UNKNOWN_CODE): replaced(type=TrafficType.UNKNOWN),
        Play(Quirk.AMOUNT_NOTATION, "empty"): replaced(charged=None),
        **of(Quirk.NULL_SHAPES, replaced(charged=None)),
    },
    **dict.fromkeys(
        ["configuration", "jwks", "account_link"],
        dict.fromkeys(
            [Play(Quirk.ERROR_FAULT_500), Play(Quirk.ERROR_FAULT_200), Play(Quirk.ERROR_CODE_IN_ANSWER)],
            fails(BackendUnavailable),  # OAuth says server_error
        ),
    ),
    "users_by_subject": {
        Play(Quirk.ERROR_FAULT_500): fails(BackendUnavailable),
        Play(Quirk.ERROR_FAULT_200): fails(BackendGarbled),
        Play(Quirk.ERROR_CODE_IN_ANSWER): fails(BackendGarbled),
        Play(Quirk.POISONED_KEY): fails(BackendUnavailable),
        Play(Quirk.MISSING_ROWS): one_garbled,
        Play(Quirk.SCIENTIFIC_NOTATION): becomes(user_with_digits_lost),
        Play(Quirk.UNKNOWN_CODE): becomes(user_unknown),
        **of(Quirk.NULL_SHAPES, becomes(user_without)),
    },
    "users_by_company": {
        Play(Quirk.ERROR_FAULT_500): fails(BackendUnavailable),
        Play(Quirk.ERROR_FAULT_200): fails(BackendGarbled),
        Play(Quirk.ERROR_CODE_IN_ANSWER): fails(BackendGarbled),
        Play(Quirk.POISONED_KEY): first_fails(BackendUnavailable),
        Play(Quirk.MISSING_ROWS): a_user_a_company_less,
        Play(Quirk.SCIENTIFIC_NOTATION): fails(BackendGarbled),  # somebody acts for the sole trader and another
        Play(Quirk.UNKNOWN_CODE): becomes(portal_user_unknown),
        **of(Quirk.NULL_SHAPES, replaced(line_key=None)),
    },
}
"""What is special to an operation."""

_CODES = {Quirk.UNKNOWN_CODE, Quirk.WRONG_CASE}
_NO_FILTER = {Quirk.IGNORED_FILTER}
_UNREAD = _NO_FILTER | {Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES, Quirk.SHUFFLED, Quirk.UNSTABLE_PAGING}
UNTOUCHED: Mapping[str, set[Quirk]] = {
    # One row, of which nothing is read but its id, its request id and its state.
    "call_back": _NO_FILTER
    | {Quirk.SHUFFLED, Quirk.UNSTABLE_PAGING, Quirk.IDS_AS_NUMBERS, Quirk.LOCAL_TIMES, Quirk.NULL_SHAPES},
    "payment_recorded": _UNREAD | {Quirk.NULL_SHAPES},
    "topped_up": _UNREAD,
    "parties /organization": _CODES | _NO_FILTER,
    "parties /customer": _CODES | _NO_FILTER | {Quirk.POISONED_KEY, Quirk.SINGLE_AS_OBJECT},
    "representatives /individual": _CODES
    | _NO_FILTER
    | {Quirk.IDS_AS_NUMBERS, Quirk.SCIENTIFIC_NOTATION, Quirk.NULL_SHAPES, Quirk.SINGLE_AS_OBJECT},
    "accounts /billingAccount": _CODES | _NO_FILTER,
    "contracts_by_party /agreement": _NO_FILTER,
    **{f"{name} /product": _NO_FILTER | {Quirk.LOCAL_TIMES} for name in LINES_BY},
    **{
        f"{name} /resource": _NO_FILTER | {Quirk.POISONED_KEY, Quirk.NULL_SHAPES, Quirk.SINGLE_AS_OBJECT}
        for name in LINES_BY
    },
    "lines_by_bill /appliedCustomerBillingRate": _CODES
    | _NO_FILTER
    | {Quirk.AMOUNT_NOTATION, Quirk.LOCAL_TIMES, Quirk.NULL_SHAPES, Quirk.SINGLE_AS_OBJECT},
    "payment_methods /paymentMethod": _CODES | _NO_FILTER | {Quirk.SINGLE_AS_OBJECT},
    "contract_services /product": _NO_FILTER,
    "line_services /product": _NO_FILTER | {Quirk.SCIENTIFIC_NOTATION},
    "shipments /shippingOrder": _NO_FILTER,
    "recommendations_by_party /queryProductRecommendation": _NO_FILTER,
    "offerings /productOffering": _NO_FILTER,
    "campaigns_by_offering /promotion": _NO_FILTER,
    "credits_by_number /bucket": _CODES | _NO_FILTER,
}
"""What can strike the system's operation, but nothing that is asked of it here."""


def expected_of(case: Case, play: Play) -> Expected | None:
    return BY_OPERATION.get(case.name, {}).get(play) or BY_QUIRK.get(play)


PAIRS = [
    pytest.param(case, play, id=f"{case.name} {play.quirk} {play.mode or ''}") for case in CASES for play in plays(case)
]


def test_nothing_that_can_happen_lacks_an_expectation() -> None:
    assert lacking(CASES, expected_of) == []


@pytest.mark.parametrize(("case", "play"), PAIRS)
async def test_what_comes_up_is_the_good_result_or_a_difference_that_is_written_down(
    matrix: Matrix, case: Case, play: Play
) -> None:
    outcome = await matrix.played(case, play)
    expected = expected_of(case, play)
    assert expected
    assert (outcome.hits == 0) is (play.quirk in UNTOUCHED.get(case.name, set()))
    expected(outcome.good, outcome.bad)
