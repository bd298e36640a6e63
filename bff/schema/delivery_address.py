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
