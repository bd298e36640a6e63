"""Users: the people of user management."""

from collections.abc import Sequence

import strawberry

from bff.domain import document as document_record
from bff.domain import line as line_record
from bff.domain import page as page_record
from bff.domain import user as record
from bff.domain.profile import Profile
from bff.resolvers import user
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, plain, view
from bff.schema.change import ChangeResult
from bff.schema.document import DocumentLink
from bff.schema.line import MobileLine
from bff.schema.page import Connection
from bff.schema.shared import Actionable, Node, Person

described(
    record.UserState,
    TO_REGISTER="Known, not yet registered.",
    INVITED="Credentials sent, not yet used.",
    REGISTERED="Registered.",
    DISABLED="Deactivated.",
    UNKNOWN="Not known to us.",
)
described(
    record.UserOrigin,
    IMPORTED_MOBILE="From the mobile contracts.",
    IMPORTED_FIXED="From the fixed lines.",
    CREATED="Created in user management.",
    UNKNOWN="Not known to us.",
)
described(record.UserSortField, NAME="Last name, then first name.", PROFILE="Profile.", STATE="State.")


@view(record.PortalUser, rule="users.list")
class PortalUser(Node, Actionable, Person):
    """A person in user management, with what they are in this company."""

    tax_code: str | None = plain("Personal tax code, 16 characters; null when not known.")
    email: str | None = plain("E-mail; null when none is known.")
    username: str | None = plain("Username; null before registration.")
    profile: Profile | None = plain("Profile; null when it is one that is not known to us.")
    state: record.UserState = plain("State.")
    origin: record.UserOrigin = plain("Where the user comes from.")

    @batch(MobileLine | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(users: Sequence[record.PortalUser], call: Call) -> Each[line_record.MobileLine | None]:
        """Own line; null for a user without one."""
        return await user.lines(call.context, users, call.grant)


@view(page_record.Page, rule=PARENT)
class PortalUserConnection(Connection[PortalUser]):
    """A page of users."""


@strawberry.input(description="Which users; conditions add up.")
class UserFilter:
    """See `bff.resolvers.user.UserFilter`."""

    states: list[record.UserState] | None = optional("Only these states.")
    profiles: list[Profile] | None = optional("Only these profiles.")
    search: str | None = optional("Part of a name, e-mail or username; accents and case don't count.")


@strawberry.input(description="How to sort users.")
class UserSort:
    """See `bff.resolvers.page.Sort`."""

    field: record.UserSortField = strawberry.field(description="What to sort by.")
    direction: page_record.SortDirection = strawberry.field(
        description="Direction.", default=page_record.SortDirection.ASC
    )


@strawberry.input(description="Export of users as a spreadsheet.")
class UsersExportInput:
    """See `bff.resolvers.user_export.mint`."""

    filter: UserFilter | None = optional("Which users; null takes all.")


@view(document_record.UsersExported, rule=PARENT)
class UsersExportPayload(ChangeResult):
    """Answer to usersExport."""

    link: DocumentLink | None = plain("Link to the spreadsheet (xlsx); null when rejected.")
