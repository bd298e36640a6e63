"""Registration of people whom nobody has let in yet."""

from datetime import datetime

import strawberry

from bff.domain import registration as record
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view
from bff.schema.change import ChangeResult
from bff.schema.link import ExternalLink

_TOKEN = "Token of the step before."  # noqa: S105 - a description

described(
    record.RegistrationStep,
    VERIFY="Confirm the code sent by SMS.",
    PERSON="Give personal data and company tax code.",
    ACCOUNT="Choose e-mail and username.",
    COMPLETE="Open the certification link and give the consents.",
    DONE="Consents given; set the password on the identity provider's page, then sign in.",
)


@view(record.Registration, rule=PARENT)
class Registration:
    """A registration under way; says nothing about what exists already."""

    registration_token: str = plain(
        "Token for the next step; at COMPLETE that is in the e-mail's link, and this one asks for another e-mail."
    )
    next_step: record.RegistrationStep = plain("Step that comes next.")
    expires_at: datetime = plain("When the token, and at VERIFY the code too, stops working.")
    resend_after_seconds: int | None = plain(
        "Seconds before a new code may be asked for; null when no code is awaited."
    )


@strawberry.input(description="Start of a registration; repeated, it sends a new code.")
class RegistrationStartInput:
    """See `bff.resolvers.registration.start`."""

    mobile_number: str = strawberry.field(description="Mobile number, any operator's, with or without +39.")


@strawberry.input(description="Confirmation of the number.")
class RegistrationVerifyInput:
    """See `bff.resolvers.registration.verify`."""

    registration_token: str = strawberry.field(description=_TOKEN)
    code: str = strawberry.field(description="Code received by SMS, 6 digits.")


@strawberry.input(description="Who registers, and for which company.")
class RegistrationPersonInput:
    """See `bff.resolvers.registration.person`."""

    registration_token: str = strawberry.field(description=_TOKEN)
    first_name: str = strawberry.field(description="First name.")
    last_name: str = strawberry.field(description="Last name.")
    tax_code: str = strawberry.field(description="Personal tax code, 16 characters.")
    company_tax_code: str | None = strawberry.field(
        default=None,
        description="Company's tax code; sole traders and people whom one company expects may leave it out.",
    )


@strawberry.input(description="The account wanted.")
class RegistrationAccountInput:
    """See `bff.resolvers.registration.account`."""

    registration_token: str = strawberry.field(description=_TOKEN)
    email: str = strawberry.field(description="E-mail that the certification link goes to.")
    username: str = strawberry.field(description="Username of free choice: 4 to 32 letters, digits, points, dashes.")


@strawberry.input(description="Answer to one consent.")
class ConsentInput:
    """See `bff.content.consent`."""

    code: str = strawberry.field(description="Code of the consent.")
    given: bool = strawberry.field(description="True when given.")


@strawberry.input(
    description="The last step, behind the certification link. A consent that is missing is told by a userError "
    "REQUIRED with its code in `field` and its text in `message`: send none to learn them all."
)
class RegistrationCompleteInput:
    """See `bff.resolvers.registration.complete`."""

    registration_token: str = strawberry.field(description="Token carried by the link.")
    consents: list[ConsentInput] = strawberry.field(description="Answer to every consent asked for.")


@view(record.Registered, rule=PARENT)
class RegistrationStartPayload(ChangeResult):
    """Answer to registrationStart."""

    registration: Registration | None = plain("The registration after this step; null when rejected.")


@view(record.Registered, rule=PARENT)
class RegistrationVerifyPayload(ChangeResult):
    """Answer to registrationVerify."""

    registration: Registration | None = plain("The registration after this step; null when rejected.")


@view(record.Registered, rule=PARENT)
class RegistrationPersonPayload(ChangeResult):
    """Answer to registrationPerson."""

    registration: Registration | None = plain("The registration after this step; null when rejected.")


@view(record.Registered, rule=PARENT)
class RegistrationAccountPayload(ChangeResult):
    """Answer to registrationAccount; whether it goes on is said by the e-mail alone."""

    registration: Registration | None = plain("The registration after this step; null when rejected.")


@view(record.Registered, rule=PARENT)
class RegistrationCompletePayload(ChangeResult):
    """Answer to registrationComplete."""

    registration: Registration | None = plain("The registration after this step; null when rejected.")
    link: ExternalLink | None = plain(
        "Page of the identity provider where the password is set; null when rejected or being verified."
    )
