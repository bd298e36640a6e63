"""The paperless invoice, on or off."""

import strawberry

from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult


@strawberry.input(description="Paperless invoice of a mobile contract.")
class ContractPaperlessSetInput:
    """See `bff.resolvers.paperless.of_contract`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    paperless: bool = strawberry.field(description="True for no paper.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class ContractPaperlessSetPayload(ChangeResult):
    """Answer to contractPaperlessSet."""

    request = changed.request()
    contract = changed.contract()


@strawberry.input(description="Paperless invoice of the account that a fixed line is billed to.")
class FixedLinePaperlessSetInput:
    """See `bff.resolvers.paperless.of_fixed_line`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    paperless: bool = strawberry.field(description="True for no paper.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class FixedLinePaperlessSetPayload(ChangeResult):
    """Answer to fixedLinePaperlessSet."""

    request = changed.request()
    lines = changed.lines_of_account()
