"""The paperless invoice, on or off."""

from collections.abc import Sequence

import strawberry

from bff.domain import change as record
from bff.domain import contract as contract_record
from bff.domain import line as line_record
from bff.domain import request as request_record
from bff.resolvers import acting, paperless
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.contract import Contract
from bff.schema.directives import assumed
from bff.schema.line import FixedLine
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


@strawberry.input(description="Paperless invoice of the account that a fixed line is billed to.")
class FixedLinePaperlessSetInput:
    """See `bff.resolvers.paperless.of_fixed_line`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    paperless: bool = strawberry.field(description="True for no paper.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(record.FixedLinePaperlessSet, rule=PARENT)
class FixedLinePaperlessSetPayload(ChangeResult):
    """Answer to fixedLinePaperlessSet."""

    @batch(ServiceRequest | None, rule=PARENT, reference=True)
    @staticmethod
    async def request(
        changes: Sequence[record.FixedLinePaperlessSet], call: Call
    ) -> Each[request_record.ServiceRequest | None]:
        """Request to follow; null when there is none."""
        return await acting.followed(call.context, changes, call.grant)

    @batch(list[FixedLine | None] | None, rule=PARENT, counts=assumed(10))
    @staticmethod
    async def lines(
        changes: Sequence[record.FixedLinePaperlessSet], call: Call
    ) -> Each[Sequence[line_record.FixedLine] | None]:
        """All lines of the account, after the change; null when rejected."""
        return await paperless.lines(call.context, changes, call.grant)
