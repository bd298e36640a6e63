"""The choice of the company that a person acts for."""

import strawberry

from bff.domain.customer import Switched
from bff.schema._view import PARENT, plain, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.viewer import Viewer


@strawberry.input(description="Change of active company.")
class MembershipSwitchInput:
    """See `bff.resolvers.membership.switch`."""

    membership_id: strawberry.ID = strawberry.field(description="The membership to act for from now on.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Switched, rule=PARENT)
class MembershipSwitchPayload(ChangeResult):
    """Answer to membershipSwitch, which counts from the next request on."""

    viewer: Viewer | None = plain(
        "The person, with the profile held there; only `memberships` where none was active before. Null when rejected."
    )
