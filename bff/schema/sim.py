"""Blocking and releasing SIMs."""

from collections.abc import Sequence

import strawberry

from bff.domain import change as record
from bff.domain import line as line_record
from bff.domain import request as request_record
from bff.resolvers import acting, sim
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.line import MobileLine
from bff.schema.request import ServiceRequest

described(sim.SimBlockReason, LOST="Lost.", STOLEN="Stolen.", OTHER="Another reason.")


@strawberry.input(description="Block of a SIM.")
class SimBlockInput:
    """See `bff.resolvers.sim.block`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    reason: sim.SimBlockReason = strawberry.field(description="Why.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Release of a blocked SIM.")
class SimUnblockInput:
    """See `bff.resolvers.sim.unblock`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(record.SimBlocked, rule=PARENT)
class SimBlockPayload(ChangeResult):
    """Answer to simBlock."""

    @batch(ServiceRequest | None, rule=PARENT, reference=True)
    @staticmethod
    async def request(changes: Sequence[record.SimBlocked], call: Call) -> Each[request_record.ServiceRequest | None]:
        """Request to follow; null when there is none."""
        return await acting.followed(call.context, changes, call.grant)

    @batch(MobileLine | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(changes: Sequence[record.SimBlocked], call: Call) -> Each[line_record.MobileLine | None]:
        """Line after the change."""
        return await sim.lines(call.context, changes, call.grant)


@view(record.SimUnblocked, rule=PARENT)
class SimUnblockPayload(ChangeResult):
    """Answer to simUnblock."""

    @batch(ServiceRequest | None, rule=PARENT, reference=True)
    @staticmethod
    async def request(changes: Sequence[record.SimUnblocked], call: Call) -> Each[request_record.ServiceRequest | None]:
        """Request to follow; null when there is none."""
        return await acting.followed(call.context, changes, call.grant)

    @batch(MobileLine | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(changes: Sequence[record.SimUnblocked], call: Call) -> Each[line_record.MobileLine | None]:
        """Line after the change."""
        return await sim.lines(call.context, changes, call.grant)
