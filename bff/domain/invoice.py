"""Invoices and credit notes of both networks."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from hashlib import sha256

import msgspec

from bff.domain.money import Money, TaxedMoney
from bff.domain.period import Period
from bff.domain.system import System


class InvoiceKind(Enum):
    """Kinds of invoice."""

    FIXED = "FIXED"
    MOBILE = "MOBILE"
    SINGLE = "SINGLE"
    UNKNOWN = "UNKNOWN"


class InvoiceState(Enum):
    """Payment state of an invoice."""

    UNPAID = "UNPAID"
    OVERDUE = "OVERDUE"
    PARTLY_PAID = "PARTLY_PAID"
    PAID = "PAID"
    BEING_VERIFIED = "BEING_VERIFIED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class InvoiceSortField(Enum):
    """What invoices are sorted by."""

    ISSUED_ON = "ISSUED_ON"
    DUE_ON = "DUE_ON"
    NUMBER = "NUMBER"
    STATE = "STATE"
    TOTAL = "TOTAL"


UNSETTLED = frozenset({InvoiceState.UNPAID, InvoiceState.OVERDUE, InvoiceState.PARTLY_PAID})


class InvoiceKey(msgspec.Struct, frozen=True, gc=False, order=True):
    """What an invoice is known by: numbers come again in other years, so all of these together."""

    system: str
    account: str
    number: str
    issued_on: date

    @property
    def text(self) -> str:
        """The key as one text, for sorting among equals."""
        return "/".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the key as texts; as an id carries them."""
        return (self.system, self.account, self.number, self.issued_on.isoformat())


class Invoice(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An invoice or credit note; amounts are positive, `credit_note` carries the sign: None when it can't be told.

    `bill_key` is the mobile bill's id, None for a fixed one. `line_key` is the fixed line billed, None when several,
    not told, or mobile. `due_on` is None for a credit note. `state` is the billing system's; `as_on` derives what
    depends on the day. `has_document` is False while the system has no PDF of it.
    """

    key: InvoiceKey
    system: System
    number: str
    kind: InvoiceKind
    credit_note: bool | None
    state: InvoiceState
    period: Period
    issued_on: date
    due_on: date | None
    total: TaxedMoney
    remaining: Money | None
    account: str
    bill_key: str | None = None
    line_key: str | None = None
    has_document: bool = False
    as_of: datetime

    @property
    def mark(self) -> str:
        """What stands for the invoice, whoever pays it and whichever system tells of a single one; not readable."""
        parts = self.key.parts
        if self.kind is InvoiceKind.SINGLE:
            parts = ("SINGLE", self.number, self.issued_on.isoformat(), str(self.total.gross.amount))
        return sha256("/".join(parts).encode()).hexdigest()

    def as_on(self, today: date, paid: Collection[str] = ()) -> "Invoice":
        """Give the invoice as it stands on a day: unpaid past its due date is overdue.

        One that was paid, by its mark, and that its system doesn't show so yet is being verified.
        """
        if paid and self.state in UNSETTLED and self.mark in paid:
            return msgspec.structs.replace(self, state=InvoiceState.BEING_VERIFIED)
        if self.state is InvoiceState.UNPAID and self.due_on is not None and self.due_on < today:
            return msgspec.structs.replace(self, state=InvoiceState.OVERDUE)
        return self


def is_of_bimester(invoice: Invoice) -> bool:
    """Tell whether it is an invoice of fixed lines for a bimester or a month of one; only such can be merged."""
    return invoice.kind is InvoiceKind.FIXED and invoice.credit_note is False and invoice.period.lies_in is not None


def mergeable(
    invoices: Iterable[Invoice], others: Iterable[Invoice], customers: Mapping[str, str]
) -> list[list[Invoice]]:
    """Give those of the company's invoices that each one can be merged with: others of its bimester and customer code.

    Those of a bimester name one another, so that the same few may come thousands of times: each is judged once.

    Args:
        invoices: that are asked for.
        others: all that there are.
        customers: the customer code of each account.
    """
    together: dict[object, list[Invoice]] = {}
    for each in others:
        if is_of_bimester(each):
            together.setdefault((each.period.lies_in, customers.get(each.account)), []).append(each)
    found: dict[InvoiceKey, list[Invoice]] = {}
    rows: list[list[Invoice]] = []
    for each in invoices:
        if each.key not in found:
            place = (each.period.lies_in, customers.get(each.account))
            same = together.get(place, []) if is_of_bimester(each) else []
            found[each.key] = [other for other in same if other.key != each.key]
        rows.append(found[each.key])
    return rows
