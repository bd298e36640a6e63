"""Invoices and credit notes of both networks."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import strawberry

from bff.domain import contract as contract_record
from bff.domain import document as document_record
from bff.domain import invoice as record
from bff.domain import line as line_record
from bff.domain import page as page_record
from bff.resolvers import document, invoice, invoice_reference
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, plain, view
from bff.schema.contract import Contract
from bff.schema.directives import assumed
from bff.schema.document import Document
from bff.schema.line import Line
from bff.schema.page import WindowedConnection
from bff.schema.shared import Actionable, Money, Node, Period, TaxedMoney, freshness_field

described(
    record.InvoiceKind,
    FIXED="Fixed lines.",
    MOBILE="Mobile contracts.",
    SINGLE="Both on one invoice.",
    UNKNOWN="Not known to us.",
)
described(
    record.InvoiceState,
    UNPAID="To pay, not yet due.",
    OVERDUE="To pay, past its due date.",
    PARTLY_PAID="Paid in part.",
    PAID="Paid; up to 2 days after the payment.",
    BEING_VERIFIED="A payment or a report on it is being verified.",
    CANCELLED="Cancelled.",
    UNKNOWN="Not known to us.",
)
described(
    record.InvoiceSortField,
    ISSUED_ON="Day of issue.",
    DUE_ON="Last day to pay.",
    NUMBER="Number.",
    STATE="Payment state.",
    TOTAL="Total, VAT included.",
)


@view(record.Invoice, rule="invoices.list")
class Invoice(Node, Actionable):
    """An invoice or credit note."""

    number: str = plain("Number; may repeat in another year.")
    kind: record.InvoiceKind = plain("Fixed, mobile or single.")
    credit_note: bool | None = plain(
        "True for a credit note: its amounts are owed to the customer; null when the kind is unknown."
    )
    state: record.InvoiceState = plain("Payment state.")
    period: Period = plain("Period billed.")
    issued_on: date = plain("Day of issue.")
    due_on: date | None = plain("Last day to pay; null for a credit note.")
    total: TaxedMoney = plain("Total.")
    remaining: Money | None = plain("Still to pay, VAT included; null when not known.")

    @batch(Line | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(invoices: Sequence[record.Invoice], call: Call) -> Each[line_record.Line | None]:
        """Line billed; null when several, too many to tell, or out of reach."""
        return await invoice_reference.lines(call.context, invoices, call.grant)

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def line_number(invoices: Sequence[record.Invoice], call: Call) -> Each[str | None]:
        """Number of the line billed; null when several or too many to tell."""
        return await invoice_reference.line_numbers(call.context, invoices)

    @batch(Contract | None, rule=PARENT, reference=True)
    @staticmethod
    async def contract(invoices: Sequence[record.Invoice], call: Call) -> Each[contract_record.Contract | None]:
        """Mobile contract billed; null for a fixed one or out of reach."""
        return await invoice_reference.contracts(call.context, invoices)

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def contract_number(invoices: Sequence[record.Invoice], call: Call) -> Each[str | None]:
        """Number of the contract billed; null for a fixed one."""
        return await invoice_reference.contract_numbers(call.context, invoices)

    @batch(Document | None, rule="invoices.pdf")
    @staticmethod
    async def document(invoices: Sequence[record.Invoice], _call: Call) -> Each[document_record.Document]:
        """The PDF."""
        return document.of_invoices(invoices)

    @batch(
        list[Annotated["Invoice", strawberry.lazy("bff.schema.invoice")] | None] | None,
        rule=PARENT,
        counts=assumed(5),
    )
    @staticmethod
    async def mergeable_with(invoices: Sequence[record.Invoice], call: Call) -> Each[Sequence[record.Invoice]]:
        """Fixed invoices of the same bimester that it can be merged with; empty when there is none."""
        return await invoice.mergeable_with(call.context, invoices)

    freshness = freshness_field()


@view(page_record.WindowedPage, rule=PARENT)
class InvoiceConnection(WindowedConnection[Invoice]):
    """A page of invoices."""


@strawberry.input(description="Which invoices; conditions add up.")
class InvoiceFilter:
    """See `bff.resolvers.invoice.InvoiceFilter`."""

    kinds: list[record.InvoiceKind] | None = optional("Only these kinds.")
    states: list[record.InvoiceState] | None = optional("Only these payment states.")
    line_id: strawberry.ID | None = optional("Only this line.")
    contract_id: strawberry.ID | None = optional("Only this contract.")
    issued_from: date | None = optional("Issued from this day.")
    issued_to: date | None = optional("Issued to this day.")
    search: str | None = optional("Part of the number.")


@strawberry.input(description="How to sort invoices.")
class InvoiceSort:
    """See `bff.resolvers.page.Sort`."""

    field: record.InvoiceSortField = strawberry.field(description="What to sort by.")
    direction: page_record.SortDirection = strawberry.field(
        description="Direction.", default=page_record.SortDirection.ASC
    )
