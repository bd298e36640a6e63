"""Online payments: the session at the provider, what was paid for, and how far that has come. Ids and cents only.

A payment is paid at the provider, and then recorded at the systems that are owed: it counts as paid when all have it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Final, TypeAlias

import msgspec

from bff.domain.invoice import InvoiceKey
from bff.domain.money import Money
from bff.domain.system import System
from bff.domain.url import Url

TOP_UP_MIN: Final = 5
TOP_UP_MAX: Final = 250
"""What a top-up is at least and at most, in whole euros."""


class PaymentState(Enum):
    """State of a payment."""

    CHECKOUT = "CHECKOUT"
    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class Stage(Enum):
    """How far a payment has come: `OPENING` has no session that we know of, `PAID` is not recorded everywhere yet."""

    OPENING = "OPENING"
    CHECKOUT = "CHECKOUT"
    PAID = "PAID"
    RECORDED = "RECORDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


STATES = {
    Stage.OPENING: PaymentState.PENDING,
    Stage.CHECKOUT: PaymentState.CHECKOUT,
    Stage.PAID: PaymentState.PENDING,
    Stage.RECORDED: PaymentState.PAID,
    Stage.FAILED: PaymentState.FAILED,
    Stage.CANCELLED: PaymentState.CANCELLED,
    Stage.EXPIRED: PaymentState.EXPIRED,
}
"""What customers are told of each stage."""


class Session(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A session at the provider; `url` is the page to pay on, which works until then."""

    stage: Stage
    cents: int
    url: str
    expires_at: datetime


class BillsPaid(msgspec.Struct, frozen=True, kw_only=True, tag="bills", tag_field="leg"):
    """Mobile bills of one account: their ids, with the cents paid of each."""

    account_key: str
    bills: tuple[tuple[str, int], ...]


class InvoicePaid(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="invoice", tag_field="leg"):
    """A fixed invoice, and who paid it."""

    invoice: InvoiceKey
    cents: int
    person_key: str


class ToppedUp(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="top-up", tag_field="leg"):
    """Credit of a prepaid line: the keys of the line, of its number and of its account."""

    line_key: str
    number_key: str
    account_key: str
    cents: int


Leg: TypeAlias = BillsPaid | InvoicePaid | ToppedUp
"""What one system must record of a payment, in one call."""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it is remembered.

    Attributes:
        name: its reference at the provider: 32 hexadecimal digits.
        owner: mask of the company that it is made for.
        person_key: who made it.
        cents: to pay in all.
        legs: what must be recorded.
        made_at: when it was asked for, in seconds since 1970.
        stage: how far it has come.
        recorded: places of the legs that are recorded.
        changed_at: when the stage was reached.
        tried_at: when recording was last tried.
        invoices: keys of the invoices paid, as ids name them; empty for another customer's, and for a top-up.
        held: marks of what nobody else may pay for meanwhile.
        url: the page to pay on; None while not known.
        expires_at: until when that works; None while not known.
    """

    name: str
    owner: str
    person_key: str
    cents: int
    legs: tuple[Leg, ...]
    made_at: float
    stage: Stage = Stage.OPENING
    recorded: tuple[int, ...] = ()
    changed_at: float = 0.0
    tried_at: float = 0.0
    invoices: tuple[tuple[str, ...], ...] = ()
    held: tuple[str, ...] = ()
    url: str | None = None
    expires_at: datetime | None = None

    @property
    def line_key(self) -> str | None:
        """The line that is topped up; None for no top-up."""
        return next((leg.line_key for leg in self.legs if isinstance(leg, ToppedUp)), None)


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    state: PaymentState
    amount: Money
    checkout_url: Url | None
    expires_at: datetime | None
    as_of: datetime
    system: ClassVar[System] = System.PAYMENTS


class InvoicePayment(_Shown, frozen=True, kw_only=True):
    """A payment of invoices as a person is shown it; `invoice_keys` is empty for another customer's invoice."""

    invoice_keys: Sequence[tuple[str, ...]] = ()


class TopUpPayment(_Shown, frozen=True, kw_only=True):
    """A payment of a top-up as a person is shown it, with the key of the line."""

    line_key: str


def shown(payment: Payment, person_key: str, as_of: datetime) -> InvoicePayment | TopUpPayment:
    """Give a payment as a person is shown it: only who began it is led to the page to pay on."""
    leads = payment.stage is Stage.CHECKOUT and payment.person_key == person_key
    url = Url(payment.url) if leads and payment.url is not None else None
    expires_at = payment.expires_at if leads else None
    state, amount = STATES[payment.stage], euros(payment.cents)
    if payment.line_key is not None:
        return TopUpPayment(
            key=payment.name,
            state=state,
            amount=amount,
            checkout_url=url,
            expires_at=expires_at,
            as_of=as_of,
            line_key=payment.line_key,
        )
    return InvoicePayment(
        key=payment.name,
        state=state,
        amount=amount,
        checkout_url=url,
        expires_at=expires_at,
        as_of=as_of,
        invoice_keys=payment.invoices,
    )


def euros(cents: int) -> Money:
    """Give cents as money."""
    return Money(Decimal(cents).scaleb(-2))


def cents_of(amount: Decimal) -> int:
    """Give an amount of whole cents as cents."""
    return int(amount.scaleb(2).to_integral_exact())
