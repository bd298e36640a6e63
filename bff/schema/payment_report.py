"""Reports of payments that were not recognised."""

from datetime import date
from decimal import Decimal

import strawberry

from bff.domain import payment_made as record
from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, plain, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.others_invoice import OtherInvoiceInput

described(
    record.PaymentMethod,
    BANK_TRANSFER="Bank transfer.",
    POSTAL_SLIP="Postal slip.",
    ONLINE="Card or wallet, online.",
    COUNTER="At a shop or counter.",
    OTHER="Another way.",
)

REFERENCE = "Protocol number, also for who can't read requests; null when rejected, or not known yet."
"""What a report is known by."""


@strawberry.input(description="A payment already made.")
class PaymentMadeInput:
    """See `bff.resolvers.payment_report.PaymentWanted`."""

    paid_on: date = strawberry.field(description="Day of the payment: not in the future, not more than 5 years ago.")
    amount: Decimal = strawberry.field(description="Amount paid in euro, above zero, two decimals at most.")
    method: record.PaymentMethod = strawberry.field(description="How it was paid.")
    reference: str | None = optional("Reference on the receipt, at most 50 characters; null when there is none.")


@strawberry.input(description="Report of a payment not recognised.")
class InvoicePaymentReportInput:
    """See `bff.resolvers.payment_report.report`."""

    invoice_id: strawberry.ID = strawberry.field(description="Invoice that was paid.")
    payment: PaymentMadeInput = strawberry.field(description="The payment.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class InvoicePaymentReportPayload(ChangeResult):
    """Answer to invoicePaymentReport."""

    reference: str | None = plain(REFERENCE)
    request = changed.request()
    invoice = changed.invoice()


@strawberry.input(description="Report of the payment of another customer's fixed invoice.")
class OtherInvoicePaymentReportInput:
    """See `bff.resolvers.payment_report.report_other`."""

    invoice: OtherInvoiceInput = strawberry.field(description="The invoice.")
    payment: PaymentMadeInput = strawberry.field(description="The payment.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class OtherInvoicePaymentReportPayload(ChangeResult):
    """Answer to otherInvoicePaymentReport; it tells nothing of the invoice."""

    reference: str | None = plain(REFERENCE)
    request = changed.request()
