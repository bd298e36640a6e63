"""Payments that were not recognised, of the company's own invoices and of another customer's."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.customer import Customer
from bff.domain.deed import Judged
from bff.domain.deed.request import FixedPaymentReport, MobileTicket
from bff.domain.invoice import Invoice
from bff.domain.payment_made import PaymentMade, PaymentMethod
from bff.domain.request import RequestKind
from bff.domain.system import System
from bff.resolvers import acting, invoice, network, others_invoice
from bff.resolvers._id import parts_of

_MUTATION = "invoicePaymentReport"
_TOUCHED = ("invoice", "request")
_OTHER = acting.Doing("otherInvoicePaymentReport", System.FIXED, _TOUCHED)
_FIELDS = {"paid_on": "paidOn"}


class PaymentWanted(Protocol):
    """A payment that was made."""

    paid_on: date
    amount: Decimal
    method: PaymentMethod
    reference: str | None


class Wanted(acting.Keyed, Protocol):
    """Of which invoice."""

    @property
    def invoice_id(self) -> str:
        """Global id of an invoice."""

    @property
    def payment(self) -> PaymentWanted:
        """What was paid."""


async def report(context: Context, wanted: Wanted) -> Changed:
    """Report the payment of an own invoice. Raises BffError when it was surely not reported."""
    made, key = payment(wanted.payment), parts_of(context, wanted.invoice_id, Invoice)

    async def prepare() -> Judged:
        check(context, made)
        [read] = [None] if key is None else await invoice.by_key(context, [key])
        found = acting.found(context, read, "invoiceId")
        await acting.judge(context, _MUTATION, found, "invoiceId")
        return Judged(await _deed(context, found), made)

    system = System.MOBILE if key is not None and key[0] == System.MOBILE.value else System.FIXED
    doing = acting.Doing(_MUTATION, system, _TOUCHED)
    given = {"invoice": key, "payment": told(made)}
    subject_key = None if key is None else wanted.invoice_id
    return await acting.change(context, doing, wanted.idempotency_key, given, prepare, subject_key=subject_key)


async def _deed(context: Context, found: Invoice) -> FixedPaymentReport | MobileTicket:
    person_key = context.principal.person_key
    if found.system is System.FIXED:
        return FixedPaymentReport(invoice=found.key, another=False, person_key=person_key)
    customer_key = await network.customer_key(context)
    return MobileTicket(
        kind=RequestKind.PAYMENT_REPORT, customer_key=customer_key, person_key=person_key, bill_key=found.bill_key
    )


# --- another customer's -----------------------------------------------------------------------------------------------


class OtherWanted(acting.Keyed, Protocol):
    """Of which invoice of another customer."""

    @property
    def invoice(self) -> others_invoice.Wanted:
        """By number and amount."""

    @property
    def payment(self) -> PaymentWanted:
        """What was paid."""


async def report_other(context: Context, wanted: OtherWanted) -> Changed:
    """Report the payment of another customer's invoice. Raises BffError when it was surely not reported."""
    made = payment(wanted.payment)

    async def prepare() -> Judged:
        wrong = acting.Wrong(context)
        number, amount = others_invoice.read(wrong, wanted.invoice)
        check(context, made, wrong=wrong)
        await acting.judge(context, _OTHER.mutation, Customer(context.customer))
        found = await others_invoice.find(context, number, amount)
        deed = FixedPaymentReport(invoice=found.key, another=True, person_key=context.principal.person_key)
        return Judged(deed, made)

    given = {"number": wanted.invoice.number, "amount": str(wanted.invoice.amount), "payment": told(made)}
    return await acting.change(context, _OTHER, wanted.idempotency_key, given, prepare)


# --- a payment in an input --------------------------------------------------------------------------------------------


def payment(wanted: PaymentWanted) -> PaymentMade:
    """Read a payment of an input."""
    return PaymentMade(
        paid_on=wanted.paid_on, amount=wanted.amount, method=wanted.method, reference=wanted.reference
    ).tidied()


def check(context: Context, made: PaymentMade, *, wrong: acting.Wrong | None = None) -> None:
    """Refuse a payment that can't have been made, with `wrong` for what else is. Raises Refused."""
    found = wrong or acting.Wrong(context)
    for name, why in made.wrong(context.today):
        found.add(why, "payment", _FIELDS.get(name, name))
    found.refuse()


def told(made: PaymentMade) -> Sequence[Any]:
    """Give a payment as JSON would have it, the same for the same."""
    return [made.paid_on.isoformat(), f"{made.amount.normalize():f}", made.method.value, made.reference]
