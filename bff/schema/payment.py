"""Online payments: how they are begun, and what is shown of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import strawberry

from bff.domain import invoice as invoice_record
from bff.domain import line as line_record
from bff.domain import payment as record
from bff.domain.change import Changed
from bff.domain.url import Url
from bff.resolvers import payment
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, interface, optional, plain, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.directives import assumed
from bff.schema.invoice import Invoice
from bff.schema.line import MobileLine
from bff.schema.others_invoice import OtherInvoiceInput
from bff.schema.shared import Money, Node

_RETURN = "Path of the customer area that the provider's page leads back to, beginning with a slash; null is its start."

described(
    record.PaymentState,
    CHECKOUT="Waits for the person at checkoutUrl.",
    PENDING="Being verified; will settle by itself.",
    PAID="Paid.",
    FAILED="Refused.",
    CANCELLED="Given up by the person.",
    EXPIRED="Not paid in time.",
)


@interface()
class Payment(Node):
    """An online payment."""

    state: record.PaymentState = plain("State.")
    amount: Money = plain("Amount, VAT included.")
    checkout_url: Url | None = plain("Page to pay on; null unless the state is CHECKOUT and the person started it.")
    expires_at: datetime | None = plain("When checkoutUrl stops working; null unless that is given.")


@view(record.InvoicePayment, rule="invoices.pay")
class InvoicePayment(Payment):
    """Payment of invoices."""

    @batch(list[Invoice | None] | None, rule=PARENT, counts=assumed(20))
    @staticmethod
    async def invoices(
        payments: Sequence[record.InvoicePayment], call: Call
    ) -> Each[Sequence[invoice_record.Invoice | None]]:
        """Invoices paid; empty for another customer's invoice."""
        return await payment.invoices_of(call.context, payments)


@view(record.TopUpPayment, rule="usage.topup")
class TopUpPayment(Payment):
    """Payment of a top-up."""

    @batch(MobileLine | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(payments: Sequence[record.TopUpPayment], call: Call) -> Each[line_record.MobileLine | None]:
        """Line topped up."""
        return await payment.lines_of(call.context, payments, call.grant)


def _begun() -> object:
    """Make the field of the payment that was begun."""

    async def field(changes: Sequence[Changed], call: Call) -> Each[object | None]:
        """Payment to complete and follow; null when rejected."""
        return await payment.of_changes(call.context, changes, call.grant)

    return batch(Payment | None, rule=PARENT)(field)


@strawberry.input(description="Payment of invoices.")
class InvoicesPayInput:
    """See `bff.resolvers.payment.invoices`."""

    invoice_ids: list[strawberry.ID] = strawberry.field(description="Invoices, up to 20, paid in full and together.")
    return_path: str | None = optional(_RETURN)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class InvoicesPayPayload(ChangeResult):
    """Answer to invoicesPay."""

    payment = _begun()


@strawberry.input(description="Top-up of a prepaid line.")
class LineTopUpInput:
    """See `bff.resolvers.payment.top_up`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    amount: Decimal = strawberry.field(
        description=f"Amount in whole euros, VAT included, from {record.TOP_UP_MIN} to {record.TOP_UP_MAX}."
    )
    return_path: str | None = optional(_RETURN)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class LineTopUpPayload(ChangeResult):
    """Answer to lineTopUp."""

    payment = _begun()


@strawberry.input(description="Payment of another customer's fixed invoice.")
class OtherInvoicePayInput:
    """See `bff.resolvers.payment.other_invoice`."""

    invoice: OtherInvoiceInput = strawberry.field(description="The invoice.")
    return_path: str | None = optional(_RETURN)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class OtherInvoicePayPayload(ChangeResult):
    """Answer to otherInvoicePay."""

    payment = _begun()
