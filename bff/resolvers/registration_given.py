"""What is typed when somebody registers, and what is wrong with it, before anything is asked or done."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from bff.acts import Refused
from bff.content.consent import consents
from bff.context import Context
from bff.domain import given
from bff.domain.change import UserError
from bff.domain.error_code import ErrorCode
from bff.domain.registration import Applicant
from bff.domain.text import Text

_USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{3,31}", re.ASCII)
_NAME_MAX: Final = 60

_NAME: Final = Text("Indica un nome di sole lettere, al massimo 60.", "Give a name of letters only, at most 60.")
_TAX_CODE: Final = Text("Il codice fiscale non è valido.", "The tax code is not valid.")
_COMPANY: Final = Text("Il codice fiscale dell'azienda non è valido.", "The company's tax code is not valid.")
_EMAIL: Final = Text("L'indirizzo e-mail non è valido.", "The e-mail address is not valid.")
_USERNAME_FORM: Final = Text(
    "Il nome utente ha da 4 a 32 lettere, cifre o . _ - e comincia con una lettera o cifra.",
    "The username has 4 to 32 letters, digits or . _ - and begins with a letter or digit.",
)
_CONSENT: Final = Text("Questo consenso non è richiesto.", "This consent is not asked for.")


class StartWanted(Protocol):
    """A number to begin with."""

    @property
    def mobile_number(self) -> str:
        """As it was typed."""


class StepWanted(Protocol):
    """A step of a registration."""

    @property
    def registration_token(self) -> str:
        """Given by the step before."""


class VerifyWanted(StepWanted, Protocol):
    """The code that was received."""

    @property
    def code(self) -> str:
        """6 digits."""


class PersonWanted(StepWanted, Protocol):
    """Who registers, and for which company."""

    @property
    def first_name(self) -> str:
        """First name."""

    @property
    def last_name(self) -> str:
        """Last name."""

    @property
    def tax_code(self) -> str:
        """Personal tax code."""

    @property
    def company_tax_code(self) -> str | None:
        """Company's tax code; None may be left out by sole traders, and by who is expected by one company."""


class AccountWanted(StepWanted, Protocol):
    """The account wanted."""

    @property
    def email(self) -> str:
        """That the link goes to."""

    @property
    def username(self) -> str:
        """Of free choice."""


class ConsentGiven(Protocol):
    """An answer to a consent."""

    @property
    def code(self) -> str:
        """Of the consent."""

    @property
    def given(self) -> bool:
        """Whether it was given."""


class CompleteWanted(StepWanted, Protocol):
    """The consents, behind the link."""

    @property
    def consents(self) -> Sequence[ConsentGiven]:
        """An answer to each."""


def applicant(context: Context, wanted: PersonWanted) -> Applicant:
    """Read who registers. Raises Refused with all that is wrong."""
    company_told = (wanted.company_tax_code or "").strip()
    read = {
        "firstName": (given.name(wanted.first_name, longest=_NAME_MAX), _NAME),
        "lastName": (given.name(wanted.last_name, longest=_NAME_MAX), _NAME),
        "taxCode": (given.personal_tax_code(wanted.tax_code), _TAX_CODE),
        "companyTaxCode": (given.tax_code(company_told) if company_told else "", _COMPANY),
    }
    first_name, last_name, tax_code, company = _whole(context, read)
    return Applicant(first_name=first_name, last_name=last_name, tax_code=tax_code, company_tax_code=company or None)


def account(context: Context, wanted: AccountWanted) -> tuple[str, str]:
    """Read the account wanted. Raises Refused with all that is wrong."""
    name = wanted.username.strip()
    read = {
        "email": (given.email(wanted.email), _EMAIL),
        "username": (name if _USERNAME.fullmatch(name) else None, _USERNAME_FORM),
    }
    email, username = _whole(context, read)
    return email, username


def answers(context: Context, told: Sequence[ConsentGiven]) -> dict[str, bool]:
    """Read the answers to the consents. Raises Refused with all that is wrong, what is missing with its text."""
    known = {each.code: each for each in consents()}
    read: dict[str, bool] = {}
    wrong: list[UserError] = []
    for number, each in enumerate(told[: len(known) + 1]):
        if each.code not in known or each.code in read:
            message = _CONSENT.told(context.language)
            wrong.append(UserError(ErrorCode.INVALID, message, ("consents", str(number), "code")))
        read[each.code] = each.given
    wrong += [
        UserError(ErrorCode.REQUIRED, each.text.told(context.language), ("consents", code))
        for code, each in known.items()
        if code not in read or (each.required and not read[code])
    ]
    if wrong:
        raise Refused(wrong)
    return read


def _whole(context: Context, read: Mapping[str, tuple[str | None, Text]]) -> list[str]:
    """Give what was read, when all of it could be. Raises Refused with what could not."""
    wrong = [
        UserError(ErrorCode.INVALID, why.told(context.language), (field,))
        for field, (value, why) in read.items()
        if value is None
    ]
    if wrong:
        raise Refused(wrong)
    return [value or "" for value, _ in read.values()]
