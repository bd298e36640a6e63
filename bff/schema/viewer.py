"""The signed-in person and the companies that they may act for."""

from collections.abc import Sequence

import strawberry

from bff.domain import customer as record
from bff.domain import line as line_record
from bff.domain.profile import Profile
from bff.resolvers import personal_email, viewer
from bff.schema import shared
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.directives import assumed
from bff.schema.line import MobileLine


@view(record.Standing, rule=PARENT)
class Membership:
    """A company that the person may act for."""

    id: strawberry.ID = plain("Id, for the header X-Membership.")
    profile: Profile = plain("Profile there.")
    active: bool = plain("True for the one that this request acts for.")

    @batch(str | None, rule=PARENT, open_=True)
    @staticmethod
    async def company_name(standings: Sequence[record.Standing], call: Call) -> Each[str]:
        """Company name."""
        return await viewer.company_names(call.context, standings)


@view(record.Person, rule="personal.read")
class PersonalData(shared.Person):
    """Registry data of the signed-in person."""

    tax_code: str | None = plain("Personal tax code, 16 characters; null when not known.")
    mobile_number: str | None = plain("Mobile number confirmed at registration, E.164; null when not known.")
    email: str = plain("Registration e-mail.")

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def pending_email(persons: Sequence[record.Person], call: Call) -> Each[str | None]:
        """New e-mail that waits for its link to be opened; null when none."""
        return await personal_email.pending(call.context, persons)

    username: str = plain("Username.")


@view(record.Viewer, rule="viewer.read")
class Viewer(shared.Actionable):
    """The signed-in person, acting for one customer."""

    profile: Profile | None = plain("Profile in the active membership; null while none is active.")

    @batch(list[Membership], rule=PARENT, counts=assumed(5), open_=True)
    @staticmethod
    async def memberships(viewers: Sequence[record.Viewer], call: Call) -> Each[Sequence[record.Standing]]:
        """Companies that the person may act for, at most one active; works without an active membership too."""
        return viewer.memberships(call.context, viewers)

    person: PersonalData | None = plain("Personal data.", rule="personal.read")

    @batch(MobileLine | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(viewers: Sequence[record.Viewer], call: Call) -> Each[line_record.MobileLine | None]:
        """The person's own line; null when they have none."""
        return await viewer.lines(call.context, viewers, call.grant)
