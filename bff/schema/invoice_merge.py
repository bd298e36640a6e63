"""One PDF of two invoices."""

import strawberry

from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult


@strawberry.input(description="Merge of two fixed invoices of one bimester.")
class InvoicesMergeInput:
    """See `bff.resolvers.invoice_merge.merge`."""

    first_invoice_id: strawberry.ID = strawberry.field(description="First invoice.")
    second_invoice_id: strawberry.ID = strawberry.field(
        description="Second invoice, of the same bimester: one of `mergeableWith` of the first."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class InvoicesMergePayload(ChangeResult):
    """Answer to invoicesMerge; the PDF comes with the request, hours later."""

    request = changed.request()
