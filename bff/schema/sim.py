"""Blocking and releasing SIMs."""

import strawberry

from bff.domain.change import Changed
from bff.resolvers import sim
from bff.schema import changed
from bff.schema._enum import described
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult

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


@view(Changed, rule=PARENT)
class SimBlockPayload(ChangeResult):
    """Answer to simBlock."""

    request = changed.request()
    line = changed.mobile_line()


@view(Changed, rule=PARENT)
class SimUnblockPayload(ChangeResult):
    """Answer to simUnblock."""

    request = changed.request()
    line = changed.mobile_line()
