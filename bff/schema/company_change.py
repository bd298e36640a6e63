"""Changes of the company's data."""

from collections.abc import Sequence

import strawberry

from bff.domain.change import Changed
from bff.domain.company import Company as CompanyRecord
from bff.domain.customer import Customer
from bff.resolvers import company
from bff.schema import changed
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.company import Company
from bff.schema.shared import AddressInput


@strawberry.input(description="Change of the registered office.")
class RegisteredOfficeChangeInput:
    """See `bff.resolvers.company_change.office`."""

    address: AddressInput = strawberry.field(description="New address.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class RegisteredOfficeChangePayload(ChangeResult):
    """Answer to registeredOfficeChange; the registry shows the new address when the request is done."""

    request = changed.request()


@strawberry.input(description="Change of the e-mail for fixed-line communications.")
class CommunicationsEmailChangeInput:
    """See `bff.resolvers.company_change.email`."""

    email: str = strawberry.field(description="New e-mail.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class CommunicationsEmailChangePayload(ChangeResult):
    """Answer to communicationsEmailChange."""

    request = changed.request()

    @batch(Company | None, rule=PARENT, reference=True)
    @staticmethod
    async def company(changes: Sequence[Changed], call: Call) -> Each[CompanyRecord]:
        """Company registry after the change."""
        return await company.registry(call.context, [Customer(call.context.customer) for _ in changes])
