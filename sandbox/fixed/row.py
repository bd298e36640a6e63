"""The rows of the answers: records of the world in the words and codes of the XSD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sandbox.fixed.notation import amount, bimester, day, flag, moment
from sandbox.fixed.soap import Fields
from sandbox.world.model import (
    Address,
    Bill,
    Company,
    Delivery,
    FixedAccount,
    FixedCustomer,
    FixedLine,
    Order,
    OrderItem,
    ServiceRequest,
)
from sandbox.world.service import FixedService

FRESH: Final = timedelta(days=5)
"""How long an invoice is only "issued" (EM) before it is "to pay" (DP)."""

_LONGEST_MONTH: Final = timedelta(days=31)
_ORDER_KINDS: Final[Mapping[str, str]] = {
    "ACTIVATION": "ATTIVAZIONE",
    "EXTENSION": "AMPLIAMENTO",
    "OFFER": "OFFERTA",
    "OPTION": "OPZIONE",
    "CESSATION": "CESSAZIONE",
}
_ORDER_STATES: Final[Mapping[str, str]] = {
    "RECEIVED": "RIC",
    "IN_PROGRESS": "LAV",
    "SUSPENDED": "SOS",
    "COMPLETED": "ESP",
    "FAILED": "KO",
    "CANCELLED": "ANN",
}
_REQUEST_KINDS: Final[Mapping[str, str]] = {
    "REGISTERED_OFFICE": "SEDE_LEGALE",
    "CONTACT_EMAIL": "EMAIL_CONTATTO",
    "CESSATION": "CESSAZIONE",
    "CESSATION_REVOKED": "REVOCA_CESSAZIONE",
    "RELOCATION": "TRASLOCO",
    "NUISANCE_CALLS": "CHIAMATE_MOLESTE",
    "DIRECT_DEBIT": "DOMICILIAZIONE",
    "PAPERLESS": "NOCARTA",
    "DELIVERY_ADDRESS": "RECAPITO_FATTURA",
    "SERVICE": "SERVIZIO",
    "PAYMENT_REPORT": "PAGAMENTO_NON_RICONOSCIUTO",
    "INVOICE_MERGE": "UNIONE_FATTURE",
}
_REQUEST_STATES: Final[Mapping[str, str]] = {
    "RECEIVED": "INS",
    "IN_PROGRESS": "LAV",
    "DONE": "CHI",
    "REJECTED": "RES",
    "CANCELLED": "ANN",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A customer code together with the company that it stands for."""

    company: Company
    customer: FixedCustomer


@dataclass(frozen=True, slots=True)
class Charged:
    """A bill of a fixed account; `line_id` is None when it charges several lines."""

    bill: Bill
    line_id: str | None


@dataclass(frozen=True, slots=True)
class LineService:
    """A service together with the line that it is of."""

    line_id: str
    service: FixedService


def customer(held: Held) -> Fields:
    """Render a Customer."""
    company, representative = held.company, held.company.representative
    return [
        ("customerCode", held.customer.code),
        ("companyName", company.name),
        ("taxCode", company.tax_code),
        ("vatNumber", company.vat_number),
        ("segment", held.customer.segment),
        ("legalAddress", _address(company.office)),
        ("legalRepTaxCode", representative.tax_code),
        ("legalRepGivenName", representative.first_name),
        ("legalRepFamilyName", representative.last_name),
        ("contactEmail", held.customer.contact_email),
        ("ceasedOn", _day_or_none(held.customer.ceased_on)),
    ]


def account(record: FixedAccount) -> Fields:
    """Render an Account; what belongs to the direct debit comes only with one."""
    return [
        ("accountCode", record.code),
        ("customerCode", record.customer_code),
        ("deliveryAddress", _address(record.delivery_address)),
        ("paperless", flag(value=record.paperless)),
        ("directDebit", flag(value=record.direct_debit_iban is not None)),
        ("iban", record.direct_debit_iban),
        ("holderName", record.holder_name),
        ("mandateFrom", _day_or_none(record.mandate_from)),
        ("recipientCode", record.recipient_code),
        ("certifiedEmail", record.certified_email),
    ]


def line(record: FixedLine) -> Fields:
    """Render a Line."""
    return [
        ("lineId", record.id),
        ("accountCode", record.account_code),
        ("type", record.technology),
        ("state", record.state),
        ("location", _address(record.location)),
        ("activatedOn", day(record.activated_on)),
        ("ceaseRequestedOn", _day_or_none(record.cease_requested_on)),
        ("tariffPlan", record.tariff_plan),
    ]


def service(held: LineService) -> Fields:
    """Render a LineService."""
    return [
        ("lineId", held.line_id),
        ("serviceCode", held.service.code),
        ("description", held.service.name),
        ("active", flag(value=held.service.active)),
        ("since", _day_or_none(held.service.since)),
    ]


def invoice(charged: Charged, today: date) -> Fields:
    """Render an Invoice as it stands on a day. Only one of more than a month names its bimester."""
    bill = charged.bill
    is_long = bill.period_to - bill.period_from > _LONGEST_MONTH
    return [
        ("invoiceNo", bill.number),
        ("accountCode", bill.account),
        ("lineId", charged.line_id),
        ("periodFrom", day(bill.period_from)),
        ("periodTo", day(bill.period_to)),
        ("bimester", bimester(bill.period_from) if is_long else None),
        ("kind", "NC" if bill.credit_note else "UN" if bill.single else "FT"),
        ("issuedOn", day(bill.issued_on)),
        ("dueOn", day(bill.due_on)),
        ("total", amount(bill.gross)),
        ("vat", amount(bill.vat)),
        ("outstanding", amount(bill.outstanding)),
        ("state", invoice_state(bill, today)),
        ("pdfAvailable", flag(value=True)),
    ]


def invoice_state(bill: Bill, today: date) -> str:
    """Derive the XSD's InvoiceState of a bill on a day."""
    if bill.cancelled:
        return "ST"
    if bill.disputed:
        return "CO"
    if not bill.outstanding:
        return "PA"
    if bill.outstanding < bill.gross:
        return "PP"
    if bill.due_on < today:
        return "SC"
    return "EM" if today - bill.issued_on < FRESH else "DP"


def order(record: Order) -> Fields:
    """Render an Order with its items."""
    return [
        ("orderId", record.id),
        ("customerCode", record.customer_code),
        ("kind", _ORDER_KINDS[record.kind]),
        ("state", _ORDER_STATES[record.state]),
        ("receivedOn", moment(record.placed_at)),
        ("enteredBy", record.requested_by),
        ("externalRequestId", record.external_id),
        *(("item", _order_item(item)) for item in record.items),
    ]


def _order_item(item: OrderItem) -> Fields:
    delivery = item.delivery
    is_shipped = delivery is not None and any(state == "SHIPPED" for state, _ in delivery.reached)
    return [
        ("itemId", item.id),
        ("kind", item.name),
        ("lineId", item.line_id),
        ("state", _ORDER_STATES[item.state]),
        *(("phase", phase) for phase in _phases(item)),
        ("carrier", delivery.carrier if delivery and is_shipped else None),
        ("trackingNo", delivery.tracking_code if delivery and is_shipped else None),
    ]


def _phases(item: OrderItem) -> list[Fields]:
    """Give the macro-phases, then the states of the delivery as phases of their own."""
    phases: list[Fields] = [
        [
            ("code", phase.code),
            ("description", phase.description),
            ("reachedOn", moment(phase.reached_at) if phase.reached_at else None),
        ]
        for phase in item.phases
    ]
    return phases + (_delivery_phases(item.delivery) if item.delivery else [])


def _delivery_phases(delivery: Delivery) -> list[Fields]:
    return [[("code", f"SPED_{state}"), ("reachedOn", moment(at))] for state, at in delivery.reached]


def request(record: ServiceRequest) -> Fields:
    """Render a Request."""
    return [
        ("protocolNo", record.id),
        ("customerCode", record.customer_code),
        ("lineId", record.line_id),
        ("kind", _REQUEST_KINDS[record.kind]),
        ("state", _REQUEST_STATES[record.state]),
        ("enteredOn", moment(record.made_at)),
        ("closedOn", moment(record.closed_at) if record.closed_at else None),
        ("enteredBy", record.requested_by),
        ("externalRequestId", record.external_id),
        ("note", record.information),
    ]


def _address(address: Address) -> Fields:
    return [
        ("toponym", address.toponym),
        ("street", address.street),
        ("civic", address.civic or None),
        ("postCode", address.postcode),
        ("city", address.town),
        ("province", address.province),
    ]


def _day_or_none(value: date | None) -> str | None:
    return day(value) if value else None
