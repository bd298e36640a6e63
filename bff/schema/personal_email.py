"""The registration e-mail."""

from collections.abc import Sequence

import strawberry

from bff.domain import customer as record
from bff.domain.change import Changed
from bff.resolvers import viewer
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.viewer import PersonalData


@strawberry.input(description="Change of registration e-mail.")
class PersonalEmailChangeInput:
    """See `bff.resolvers.personal_email.change`."""

    email: str = strawberry.field(description="New e-mail; the link goes there.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class PersonalEmailChangePayload(ChangeResult):
    """Answer to personalEmailChange: accepted until the link is opened, once, within 24 hours."""

    @batch(PersonalData | None, rule=PARENT, reference=True)
    @staticmethod
    async def person(changes: Sequence[Changed], call: Call) -> Each[record.Person | None]:
        """Personal data after the change."""
        person = viewer.signed_in(call.context).person
        return [person for _ in changes]
