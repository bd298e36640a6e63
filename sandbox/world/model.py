"""What there is: companies, people, lines, bills, orders, requests, in neutral words.

Each stand-in renders it in its own protocol and with its own codes. All instants carry an offset; all days are Rome's.
Nothing here changes after the world is built: what a person does in the sandbox lives beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in Italy."""

    toponym: str  # VIA, PIAZZA, CORSO…
    street: str
    civic: str
    postcode: str
    town: str
    province: str


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person. `tax_code` is a valid 16-character codice fiscale."""

    id: str  # mobile individual id, for example "IND-000042"
    first_name: str
    last_name: str
    tax_code: str
    email: str
    mobile_number: str  # E.164


@dataclass(frozen=True, slots=True)
class FixedLine:
    """A fixed line. `id` is the number as the fixed system writes it, with its leading 0 and without +39."""

    id: str
    account_code: str
    technology: str  # one of the XSD's LineType
    state: str  # one of the XSD's LineState
    location: Address
    activated_on: date
    cease_requested_on: date | None
    tariff_plan: str


@dataclass(frozen=True, slots=True)
class FixedAccount:
    """A billing account of fixed lines: 12 digits. `bimonthly` accounts are billed by bimester, others by month."""

    code: str
    customer_code: str
    delivery_address: Address
    paperless: bool
    direct_debit_iban: str | None
    holder_name: str | None
    mandate_from: date | None
    recipient_code: str
    certified_email: str | None
    bimonthly: bool


@dataclass(frozen=True, slots=True)
class FixedCustomer:
    """One customer code of a company on the fixed network."""

    code: str
    segment: str
    ceased_on: date | None
    contact_email: str


@dataclass(frozen=True, slots=True)
class Sim:
    """A SIM in the mobile resource inventory. `iccid` has 19 digits and a valid Luhn digit."""

    resource_id: str
    iccid: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class MobileLine:
    """A mobile line: a product of an agreement. `state` is one of TMF637's ProductStatusType."""

    product_id: str
    agreement_id: str
    msisdn: str  # E.164
    state: str
    tariff_plan: str
    offering_id: str
    prepaid: bool
    sim: Sim | None
    started_on: date


@dataclass(frozen=True, slots=True)
class MobileAccount:
    """A billing account of mobile contracts."""

    id: str
    delivery_address: Address
    paperless: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """A mobile contract. `state` is the free text that the CRM writes: active, suspended, terminated."""

    id: str
    number: str
    state: str
    started_on: date
    account_id: str
    recipient_code: str
    framework: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice of either network. Amounts are positive; `credit_note` carries the sign.

    `account` is a fixed account code or a mobile account id. `line_ids` are the fixed line ids or mobile product ids
    that it charges. A single invoice (`single`) covers both networks and is seen by both systems under one number.
    """

    id: str
    number: str
    account: str
    line_ids: tuple[str, ...]
    period_from: date
    period_to: date
    issued_on: date
    due_on: date
    gross: Decimal
    vat: Decimal
    outstanding: Decimal
    credit_note: bool = False
    single: bool = False
    disputed: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A macro-phase of an order item, and when it was reached (None when not yet)."""

    code: str
    description: str
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A shipment: the states reached so far, in order, with their times."""

    id: str
    carrier: str
    tracking_code: str
    reached: tuple[tuple[str, datetime], ...]  # PREPARING, SHIPPED, IN_TRANSIT, OUT_FOR_DELIVERY, DELIVERED, FAILED


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A child order. `state` is neutral: RECEIVED, IN_PROGRESS, SUSPENDED, COMPLETED, FAILED, CANCELLED."""

    id: str
    name: str
    state: str
    line_id: str | None
    phases: tuple[Phase, ...]
    delivery: Delivery | None
    offering_id: str | None = None  # of the catalogue; None for what has no offering of its own


@dataclass(frozen=True, slots=True)
class Order:
    """An order of one network (`network` is "mobile" or "fixed").

    `kind` is neutral: ACTIVATION, EXTENSION, OFFER, OPTION, SIM_CHANGE, CESSATION. `requested_by` is the directory id
    of the person who placed it in the customer area, None when the telco's staff did.
    """

    id: str
    network: str
    kind: str
    state: str
    placed_at: datetime
    customer_code: str  # fixed customer code, or mobile customer id
    requested_by: str | None
    external_id: str | None
    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket: what a request opened, or where the request itself is kept.

    `state` is neutral as a request's. `names_order` tells whether it says which service order opened it; if not, only
    the request id that both carry does. `notes` are its history, oldest first.
    """

    id: str
    state: str
    opened_at: datetime
    names_order: bool
    notes: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """A request made in the customer area, kept by one network (`network` is "mobile" or "fixed").

    `kind` is neutral, one of `request.KINDS`; `state` is RECEIVED, IN_PROGRESS, DONE, REJECTED or CANCELLED.
    `requested_by` is the directory id of who made it. `is_order` tells a mobile service order from a ticket alone.
    """

    id: str
    network: str
    kind: str
    state: str
    made_at: datetime
    closed_at: datetime | None  # None while it is open
    customer_code: str  # fixed customer code, or mobile customer id
    line_id: str | None
    requested_by: str
    external_id: str
    information: str | None
    is_order: bool
    ticket: Ticket | None
    merged: tuple[Bill, ...] = ()  # the two bills of a merge, in the order asked
    agreement_id: str | None = None  # of the mobile contract that it concerns, instead of a line


@dataclass(frozen=True, slots=True)
class Company:
    """A company and all that it holds."""

    tax_code: str  # 11 digits, or 16 characters for a sole trader
    vat_number: str | None
    name: str
    office: Address
    representative: Person
    # mobile; None when the company has no mobile contract
    mobile_party_id: str | None
    mobile_customer_id: str | None
    agreements: tuple[Agreement, ...] = ()
    mobile_accounts: tuple[MobileAccount, ...] = ()
    mobile_lines: tuple[MobileLine, ...] = ()
    # fixed; empty when it has none
    fixed_customers: tuple[FixedCustomer, ...] = ()
    fixed_accounts: tuple[FixedAccount, ...] = ()
    fixed_lines: tuple[FixedLine, ...] = ()
    bills: tuple[Bill, ...] = ()  # of both networks; an account tells which
    orders: tuple[Order, ...] = ()
    requests: tuple[ServiceRequest, ...] = ()
    mobile_segment: str = "SME"


@dataclass(frozen=True, slots=True)
class Membership:
    """That a directory user acts for a company."""

    id: str
    company_tax_code: str
    profile: str
    registration_state: str  # TO_REGISTER, INVITED, REGISTERED, DISABLED
    active: bool
    line_id: str | None  # mobile product id of the person's own line
    origin: str  # IMPORTED_MOBILE, IMPORTED_FIXED, CREATED


@dataclass(frozen=True, slots=True)
class User:
    """A user of the directory. `subject` is the `sub` of their tokens and their SCIM externalId."""

    id: str
    subject: str
    username: str
    person: Person
    active: bool
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """A person to try the customer area as: a short name, who it is, and which membership is meant."""

    name: str  # for example "legal", "admin", "light", "user", "purchaser", "ceased"
    title: str  # one line for a person to read
    subject: str
    membership_id: str | None  # None: the person must choose, or is staff
    staff: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """All of it, with the moment that it was made for.

    `outsiders` are companies for which nobody has come in: both networks know who they are, and little else of them.
    """

    now: datetime
    companies: tuple[Company, ...]
    users: tuple[User, ...]
    personas: tuple[Persona, ...]
    by_tax_code: dict[str, Company] = field(default_factory=dict)
    outsiders: tuple[Company, ...] = ()

    @property
    def everybody(self) -> tuple[Company, ...]:
        """All companies that the networks know."""
        return (*self.companies, *self.outsiders)
