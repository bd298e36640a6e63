"""Where paper invoices go."""

import strawberry

from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.shared import AddressInput


@strawberry.input(description="Invoice delivery address of a mobile contract.")
class ContractDeliveryAddressChangeInput:
    """See `bff.resolvers.delivery_address.of_contract`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    address: AddressInput = strawberry.field(description="New address.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class ContractDeliveryAddressChangePayload(ChangeResult):
    """Answer to contractDeliveryAddressChange."""

    request = changed.request()
    contract = changed.contract()


@strawberry.input(description="Invoice delivery address of the account that a fixed line is billed to.")
class FixedLineDeliveryAddressChangeInput:
    """See `bff.resolvers.delivery_address.of_fixed_line`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    address: AddressInput = strawberry.field(description="New address.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class FixedLineDeliveryAddressChangePayload(ChangeResult):
    """Answer to fixedLineDeliveryAddressChange."""

    request = changed.request()
    lines = changed.lines_of_account()
