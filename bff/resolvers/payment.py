"""Payments: what is judged before one begins, and what a person is shown of it.

A mutation remembers the payment, opens its session at the provider and leads to the page; the rest is done by
`acts.payment`. What one payment is for no other may pay meanwhile. Of another customer's invoice nothing is told but
whether it can be paid, and how often one may ask is limited.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

from bff.acts import Wish, reference
from bff.auth.ids import GlobalId
from bff.context import Context
from bff.domain.change import Changed, ChangeStatus
from bff.domain.customer import Customer
from bff.domain.deed import Judged
from bff.domain.deed.payment import Checkout, Returning
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import UNSETTLED, Invoice, InvoiceState
from bff.domain.line import MobileLine
from bff.domain.page import Listing
from bff.domain.payment import (
    TOP_UP_MAX,
    TOP_UP_MIN,
    BillsPaid,
    InvoicePaid,
    InvoicePayment,
    Leg,
    Payment,
    Stage,
    ToppedUp,
    TopUpPayment,
    cents_of,
    shown,
)
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BackendError, BffError, StateUnavailable
from bff.resolvers import acting, invoice, line_reference, network, others_invoice
from bff.resolvers._id import decode, key_of

INVOICES_MAX: Final = 20
"""How many invoices one payment is for at most."""

_TOUCHED = ("invoice", "credit")
_PAY = acting.Doing("invoicesPay", System.PAYMENTS, _TOUCHED)
_PAY_OTHER = acting.Doing("otherInvoicePay", System.PAYMENTS, _TOUCHED)
_TOP_UP = acting.Doing("lineTopUp", System.PAYMENTS, _TOUCHED)
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]{0,500}", re.ASCII)

_NONE = Text("Indica almeno una fattura.", "Name one invoice at least.")
_TOO_MANY = Text(f"Al massimo {INVOICES_MAX} fatture per volta.", f"At most {INVOICES_MAX} invoices at a time.")
_BAD_PATH = Text(
    "L'indirizzo di ritorno deve essere un percorso dell'area clienti.",
    "The address to return to must be a path of the customer area.",
)
_NO_AMOUNT = Text("Non è noto quanto resta da pagare.", "How much is left to pay isn't known.")
_PAYING = Text(
    "È già in corso un pagamento di queste fatture: completalo, annullalo o attendi che scada.",
    "These invoices are being paid already: complete that payment, cancel it, or wait until it has ended.",
)
_TOP_UP_AMOUNT = Text(
    f"L'importo è di euro interi, da {TOP_UP_MIN} a {TOP_UP_MAX}.",
    f"The amount is of whole euros, from {TOP_UP_MIN} to {TOP_UP_MAX}.",
)
_NO_NUMBER = Text("La linea non ha un credito da ricaricare.", "The line has no credit to top up.")


class Returns(acting.Keyed, Protocol):
    """Where the provider's page leads back to."""

    return_path: str | None


class InvoicesWanted(Returns, Protocol):
    """Which invoices are to be paid."""

    @property
    def invoice_ids(self) -> Sequence[str]:
        """Global ids."""


class TopUpWanted(Returns, acting.OfLine, Protocol):
    """Which line is to be topped up."""

    amount: Decimal


class OtherWanted(Returns, Protocol):
    """Which invoice of another customer is to be paid."""

    @property
    def invoice(self) -> others_invoice.Wanted:
        """By number and amount."""


class _Due(NamedTuple):
    """What is to be paid: the legs, the keys of the invoices, the marks of what nobody else may pay meanwhile."""

    legs: tuple[Leg, ...]
    invoices: tuple[tuple[str, ...], ...] = ()
    marks: tuple[str, ...] = ()


# --- what is paid -----------------------------------------------------------------------------------------------------


async def invoices(context: Context, wanted: InvoicesWanted) -> Changed:
    """Begin to pay invoices. Raises BffError when nothing surely was begun."""
    ids = list(dict.fromkeys(wanted.invoice_ids))
    named = [_invoice_key(context, each) for each in ids[: INVOICES_MAX + 1]]

    async def due(wrong: acting.Wrong) -> _Due:
        if not ids:
            wrong.add(_NONE, "invoiceIds")
        if len(ids) > INVOICES_MAX:
            wrong.add(_TOO_MANY, "invoiceIds", code=ErrorCode.TOO_MANY_ITEMS)
        wrong.refuse()
        places = {each: place for place, each in reversed(list(enumerate(wanted.invoice_ids)))}
        for each, key in zip(ids, named, strict=True):
            if key is None:
                acting.unknown(context, "invoiceIds", str(places[each]))
        read = await invoice.by_key(context, [key for key in named if key is not None])
        rows = [
            acting.found(context, row, "invoiceIds", str(places[each])) for each, row in zip(ids, read, strict=True)
        ]
        for each, row in zip(ids, rows, strict=True):
            await acting.judge(context, _PAY.mutation, row, "invoiceIds", str(places[each]))
            if _left(row) <= 0:
                acting.refuse(context, ErrorCode.NOT_ELIGIBLE, _NO_AMOUNT, "invoiceIds", str(places[each]))
        by_mark = {row.mark: row for row in rows}  # a single invoice may be named twice, once as each system's
        return _Due(
            _legs(list(by_mark.values()), context.principal.person_key),
            tuple(row.key.parts for row in by_mark.values()),
            tuple(by_mark),
        )

    given = {"invoices": [list(key or (each,)) for each, key in zip(ids, named, strict=False)]}
    return await _begin(context, _PAY, wanted, given, due)


async def top_up(context: Context, wanted: TopUpWanted) -> Changed:
    """Begin to top up a line. Raises BffError when nothing surely was begun."""
    line_key = key_of(context, wanted.line_id, MobileLine)

    async def due(wrong: acting.Wrong) -> _Due:
        is_whole = wanted.amount.is_finite() and wanted.amount == wanted.amount.to_integral_value()
        if not (is_whole and TOP_UP_MIN <= wanted.amount <= TOP_UP_MAX):
            wrong.add(_TOP_UP_AMOUNT, "amount")
        wrong.refuse()
        [read] = await line_reference.mobile_by_key(context, [line_key], context.types)
        line = acting.found(context, read, "lineId")
        await acting.judge(context, _TOP_UP.mutation, line, "lineId")
        contract = (await network.contracts_by_key(context)).get(line.contract_key)
        if line.number_key is None or contract is None or contract.account_key is None:
            acting.refuse(context, ErrorCode.NOT_ELIGIBLE, _NO_NUMBER, "lineId")
        leg = ToppedUp(
            line_key=line.key,
            number_key=line.number_key,
            account_key=contract.account_key,
            cents=cents_of(wanted.amount),
        )
        return _Due((leg,))

    given = {"line": line_key, "amount": str(wanted.amount.normalize())}
    return await _begin(context, _TOP_UP, wanted, given, due)


async def other_invoice(context: Context, wanted: OtherWanted) -> Changed:
    """Begin to pay another customer's invoice. Raises BffError when nothing surely was begun."""

    async def due(wrong: acting.Wrong) -> _Due:
        number, amount = others_invoice.read(wrong, wanted.invoice)
        wrong.refuse()
        await acting.judge(context, _PAY_OTHER.mutation, Customer(context.customer))
        row = await others_invoice.find(context, number, amount)
        is_owed = row.state in UNSETTLED and row.credit_note is False and row.remaining == row.total.gross
        if not is_owed:  # whether it was paid is nobody else's business
            others_invoice.no_such(context)
        leg = InvoicePaid(invoice=row.key, cents=cents_of(amount), person_key=context.principal.person_key)
        return _Due((leg,), marks=(row.mark,))

    given = {"number": wanted.invoice.number, "amount": str(wanted.invoice.amount)}
    return await _begin(context, _PAY_OTHER, wanted, given, due)


# --- how it begins ----------------------------------------------------------------------------------------------------


async def _begin(
    context: Context,
    doing: acting.Doing,
    wanted: Returns,
    given: dict[str, Any],
    due: Callable[[acting.Wrong], Awaitable[_Due]],
) -> Changed:
    """Remember the payment, open its session, and give what became of it."""
    key, path = wanted.idempotency_key, wanted.return_path
    name = reference(Wish(doing.mutation, key, context.principal.person_key, context.customer, None))

    async def prepare() -> Judged:
        wrong = acting.Wrong(context)
        if path is not None and not _PATH.fullmatch(path):
            wrong.add(_BAD_PATH, "returnPath")
        asked = await due(wrong)
        if not await context.payments.hold(asked.marks, name):
            if doing is _PAY_OTHER and not await _pays(context, asked.marks):
                others_invoice.no_such(context)  # who else pays it is nobody's business either
            acting.refuse(context, ErrorCode.IN_PROGRESS, _PAYING, "invoiceIds" if doing is _PAY else "invoice")
        payment = Payment(
            name=name,
            owner=context.payments.owner(context.customer),
            person_key=context.principal.person_key,
            cents=sum(map(_cents, asked.legs)),
            legs=asked.legs,
            made_at=context.now.timestamp(),
            invoices=asked.invoices,
            held=asked.marks,
        )
        await context.payments.begin(payment)
        return Judged(Checkout(cents=payment.cents), Returning(f"{context.area.url}{path or '/'}", context.language))

    try:
        changed = await acting.change(context, doing, key, {**given, "returnPath": path}, prepare, subject_key=name)
    except BackendError:  # surely nothing was opened; of all else nobody can tell
        with suppress(StateUnavailable):
            await context.payments.give_up(name, context.now.timestamp())
        raise
    if changed.status is not ChangeStatus.REJECTED:
        with suppress(StateUnavailable):  # it was begun, and is looked at when it is due
            await context.payments.look(name)
    return changed


async def _pays(context: Context, marks: Sequence[str]) -> bool:
    """Tell whether it is the customer who pays what bears these marks. Raises StateUnavailable."""
    own = await context.payments.of(context.payments.owner(context.customer))
    return any(not {*each.held}.isdisjoint(marks) for each in own)


def _invoice_key(context: Context, text: str) -> tuple[str, ...] | None:
    named = decode(context, text)
    return None if named is None or named.type != "Invoice" else named.key


def _legs(rows: Sequence[Invoice], person_key: str) -> tuple[Leg, ...]:
    """Give what the systems must record: the mobile bills of each account together, each fixed invoice by itself."""
    bills: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        if row.bill_key is not None:
            bills.setdefault(row.account, []).append((row.bill_key, _left(row)))
    return (
        *(BillsPaid(account_key=account, bills=tuple(each)) for account, each in bills.items()),
        *(
            InvoicePaid(invoice=row.key, cents=_left(row), person_key=person_key)
            for row in rows
            if row.bill_key is None
        ),
    )


def _left(row: Invoice) -> int:
    """Give the cents still to pay; 0 where they are not known, as of one that is paid in part."""
    if row.remaining is not None:
        return cents_of(row.remaining.amount)
    return 0 if row.state is InvoiceState.PARTLY_PAID else cents_of(row.total.gross.amount)


def _cents(leg: Leg) -> int:
    return sum(cents for _, cents in leg.bills) if isinstance(leg, BillsPaid) else leg.cents


# --- what is shown ----------------------------------------------------------------------------------------------------

Shown = InvoicePayment | TopUpPayment


async def of_changes(context: Context, changes: Sequence[Changed], grant: Grant) -> list[Shown | BffError | None]:
    """Give the payments that were begun; None where none was."""
    keys = [None if each.status is ChangeStatus.REJECTED else each.subject_key for each in changes]
    return [None if key is None else await _one(context, key, grant) for key in keys]


async def by_id(context: Context, named: Sequence[GlobalId], grant: Grant) -> list[Shown | BffError | None]:
    """Give payments by their ids; None for one that is out of reach."""
    for each in named:
        await _refresh(context, each.key[0], grant)
    return [await _one(context, each.key[0], grant) for each in named]


async def within(context: Context, grant: Grant) -> Listing[Shown]:
    """Give the last payments within reach."""
    owner = context.payments.owner(context.customer)
    context.customers.learn(System.PAYMENTS, [owner], context.customer)
    found = await context.payments.of(owner)
    rows = [shown(each, context.principal.person_key, context.now) for each in found if _reaches(context, each, grant)]
    return Listing(rows, ())


async def invoices_of(context: Context, payments: Sequence[InvoicePayment]) -> list[list[Any] | BffError]:
    """Give the invoices that each payment is for."""
    wanted = list(dict.fromkeys(key for each in payments for key in each.invoice_keys))
    found = dict(zip(wanted, await invoice.by_key(context, wanted), strict=True)) if wanted else {}
    return [[found[key] for key in each.invoice_keys] for each in payments]


async def lines_of(
    context: Context, payments: Sequence[TopUpPayment], grant: Grant
) -> list[MobileLine | BffError | None]:
    """Give the line that each top-up is for."""
    return await line_reference.mobile_by_key(context, [each.line_key for each in payments], grant)


async def _one(context: Context, name: str, grant: Grant) -> Shown | BffError | None:
    try:
        payment = await context.payments.get(name)
    except StateUnavailable as error:
        return error
    if payment is None or not _reaches(context, payment, grant):
        return None
    return shown(payment, context.principal.person_key, context.now)


async def _refresh(context: Context, name: str, grant: Grant) -> None:
    """Look at a payment that a person comes back to, so that they see at once what they did."""
    with suppress(StateUnavailable):
        payment = await context.payments.get(name)
        is_open = payment is not None and payment.stage in {Stage.OPENING, Stage.CHECKOUT, Stage.PAID}
        if payment is not None and is_open and _reaches(context, payment, grant):
            await context.payments.look(name)


def _reaches(context: Context, payment: Payment, grant: Grant) -> bool:
    if payment.owner != context.payments.owner(context.customer):
        return False
    reach = grant.reach(InvoicePayment if payment.line_key is None else TopUpPayment)
    is_own = payment.person_key == context.principal.person_key or (
        payment.line_key is not None and payment.line_key == context.principal.line_key
    )
    return reach is Reach.ALL or (reach is Reach.OWN and is_own)
