"""Services of fixed lines, turned on and off."""

import strawberry

from bff.domain.change import Changed
from bff.schema import changed
from bff.schema._view import PARENT, optional, view
from bff.schema.change import KEY, ChangeResult


@strawberry.input(description="TiAvviso on or off.")
class TiAvvisoSetInput:
    """See `bff.resolvers.fixed_service.ti_avviso`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    enabled: bool = strawberry.field(description="True for on.")
    notify_number: str | None = optional("Mobile number for the SMS; needed for on.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class TiAvvisoSetPayload(ChangeResult):
    """Answer to tiAvvisoSet."""

    request = changed.request()
    line = changed.fixed_line()


@strawberry.input(description="IVR on or off.")
class IvrSetInput:
    """See `bff.resolvers.fixed_service.ivr`."""

    line_id: strawberry.ID = strawberry.field(description="The fixed line.")
    enabled: bool = strawberry.field(description="True for on.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class IvrSetPayload(ChangeResult):
    """Answer to ivrSet."""

    request = changed.request()
    line = changed.fixed_line()
