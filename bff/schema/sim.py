"""Changing, blocking and releasing SIMs."""

import strawberry

from bff.domain.change import Changed
from bff.resolvers import sim
from bff.schema import changed
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.shared import AddressInput

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


@strawberry.input(description="Change of SIM.")
class SimChangeInput:
    """See `bff.resolvers.sim_change.change`."""

    line_id: strawberry.ID = strawberry.field(description="The mobile line.")
    new_iccid: str | None = optional("ICCID of the new SIM, 19 digits; null has one shipped.")
    ship_to: AddressInput | None = optional("Where to ship it; needed without newIccid, and only then.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class SimChangePayload(ChangeResult):
    """Answer to simChange."""

    order = changed.order()
    line = changed.mobile_line()
