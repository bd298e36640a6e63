"""Another customer's invoice, in inputs."""

from decimal import Decimal

import strawberry


@strawberry.input(description="Another customer's fixed invoice; nothing else of that customer is shown.")
class OtherInvoiceInput:
    """See `bff.resolvers.others_invoice.Wanted`."""

    number: str = strawberry.field(description="Number, 8 to 15 letters and digits.")
    amount: Decimal = strawberry.field(description="Amount in euro, VAT included, as printed.")
