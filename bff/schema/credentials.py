"""What a person signs in with."""

import strawberry

from bff.domain import link as record
from bff.resolvers.credentials import Credential
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view
from bff.schema.change import ChangeResult
from bff.schema.link import ExternalLink

described(Credential, PASSWORD="Password.", USERNAME="Username.")  # noqa: S106 - descriptions


@strawberry.input(description="Change of credentials, made on the identity provider's page.")
class PersonalCredentialsChangeInput:
    """See `bff.resolvers.credentials.link`."""

    credential: Credential = strawberry.field(description="What to change there.")


@view(record.CredentialsLinked, rule=PARENT)
class PersonalCredentialsChangePayload(ChangeResult):
    """Answer to personalCredentialsChange."""

    link: ExternalLink | None = plain(
        "Page of the identity provider where it is changed: one use, an hour; null when rejected."
    )
