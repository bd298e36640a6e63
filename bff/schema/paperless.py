"""The paperless invoice, on or off."""

from collections.abc import Sequence

import strawberry

from bff.domain import change as record
from bff.domain import contract as contract_record
from bff.domain import request as request_record
from bff.resolvers import acting, paperless
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.contract import Contract
from bff.schema.request import ServiceRequest


@strawberry.input(description="Paperless invoice of a mobile contract.")
class ContractPaperlessSetInput:
    """See `bff.resolvers.paperless.of_contract`."""

    contract_id: strawberry.ID = strawberry.field(description="The mobile contract.")
    paperless: bool = strawberry.field(description="True for no paper.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(record.ContractPaperlessSet, rule=PARENT)
class ContractPaperlessSetPayload(ChangeResult):
    """Answer to contractPaperlessSet."""

    @batch(ServiceRequest | None, rule=PARENT, reference=True)
    @staticmethod
    async def request(
        changes: Sequence[record.ContractPaperlessSet], call: Call
    ) -> Each[request_record.ServiceRequest | None]:
        """Request to follow; null when there is none."""
        return await acting.followed(call.context, changes, call.grant)

    @batch(Contract | None, rule=PARENT, reference=True)
    @staticmethod
    async def contract(
        changes: Sequence[record.ContractPaperlessSet], call: Call
    ) -> Each[contract_record.Contract | None]:
        """Contract after the change."""
        return await paperless.contracts(call.context, changes)
