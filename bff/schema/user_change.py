"""Changes of users: made, registered, given another profile, sent their credentials, switched off, deleted."""

from collections.abc import Sequence

import strawberry

from bff.domain.change import Changed, ChangedAll
from bff.domain.user import PortalUser as PortalUserRecord
from bff.resolvers import user, user_change
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, view
from bff.schema.bulk import BulkPayload
from bff.schema.change import KEY, ChangeResult
from bff.schema.user import PortalUser

_USERS = "Users, up to 100."

described(
    user_change.AssignableProfile,
    ADMIN_FULL="Administrator of all contracts and lines.",
    ADMIN_LIGHT="Administrator of invoices, services and reports; only their own line.",
    END_USER="Employee with one mobile line.",
    END_USER_PURCHASER="Employee with one mobile line who may also buy offers.",
)


@strawberry.input(description="A new user.")
class UserCreateInput:
    """See `bff.resolvers.user_change.create`."""

    first_name: str = strawberry.field(description="First name.")
    last_name: str = strawberry.field(description="Last name.")
    tax_code: str = strawberry.field(description="Personal tax code, 16 characters.")
    email: str = strawberry.field(description="E-mail that the credentials go to.")
    profile: user_change.AssignableProfile = strawberry.field(description="Profile to give.")
    line_id: strawberry.ID | None = optional("Own mobile line; needed for the two end-user profiles.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class UserCreatePayload(ChangeResult):
    """Answer to userCreate."""

    @batch(PortalUser | None, rule=PARENT, reference=True)
    @staticmethod
    async def user(changes: Sequence[Changed], call: Call) -> Each[PortalUserRecord | None]:
        """The new user; null when rejected."""
        return await user.made(call.context, changes)


@strawberry.input(description="A user to register.")
class UserToRegisterInput:
    """See `bff.resolvers.user_change.register`."""

    user_id: strawberry.ID = strawberry.field(description="The user.")
    email: str | None = optional("E-mail that the credentials go to; null takes the one known.")


@strawberry.input(description="Registration of users who are to be registered.")
class UsersRegisterInput:
    """See `bff.resolvers.user_change.register`."""

    users: list[UserToRegisterInput] = strawberry.field(description=_USERS)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class UsersRegisterPayload(BulkPayload):
    """Answer to usersRegister."""


@strawberry.input(description="Change of profile, up or down.")
class UsersProfileChangeInput:
    """See `bff.resolvers.user_change.change_profile`."""

    user_ids: list[strawberry.ID] = strawberry.field(description=_USERS)
    profile: user_change.AssignableProfile = strawberry.field(description="Profile to give.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class UsersProfileChangePayload(BulkPayload):
    """Answer to usersProfileChange."""


@strawberry.input(description="Reset of passwords: each user is sent to where they set a new one.")
class UsersPasswordResetInput:
    """See `bff.resolvers.user_change.reset_password`."""

    user_ids: list[strawberry.ID] = strawberry.field(description=_USERS)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class UsersPasswordResetPayload(BulkPayload):
    """Answer to usersPasswordReset."""


@strawberry.input(description="Sending of credentials, first time or again.")
class UsersCredentialsSendInput:
    """See `bff.resolvers.user_change.send_credentials`."""

    user_ids: list[strawberry.ID] = strawberry.field(description=_USERS)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class UsersCredentialsSendPayload(BulkPayload):
    """Answer to usersCredentialsSend."""


@strawberry.input(description="Deactivation of users.")
class UsersDeactivateInput:
    """See `bff.resolvers.user_change.deactivate`."""

    user_ids: list[strawberry.ID] = strawberry.field(description=_USERS)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class UsersDeactivatePayload(BulkPayload):
    """Answer to usersDeactivate."""


@strawberry.input(description="Deletion of users.")
class UsersDeleteInput:
    """See `bff.resolvers.user_change.delete`."""

    user_ids: list[strawberry.ID] = strawberry.field(description=_USERS)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(ChangedAll, rule=PARENT)
class UsersDeletePayload(BulkPayload):
    """Answer to usersDelete."""
