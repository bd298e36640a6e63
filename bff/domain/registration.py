"""Registration of a person whom nobody has let in yet: its steps, and who may come in as what.

Nothing here tells a stranger what is known: a step is the same whatever was found out by it. Source of the rules: the
spec, product.md, 2 and 5.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Final

import msgspec

from bff.domain.change import ChangeStatus, UserError
from bff.domain.link import ExternalLink
from bff.domain.period import months_after
from bff.domain.profile import Profile
from bff.domain.user import UserState, letters_of

SME: Final = "SME"
"""The segment of those who may come in."""
CEASED_MONTHS: Final = 12
"""For how long after the last fixed line was left one may still come in."""


class RegistrationStep(Enum):
    """Steps of the registration."""

    VERIFY = "VERIFY"
    PERSON = "PERSON"
    ACCOUNT = "ACCOUNT"
    COMPLETE = "COMPLETE"
    DONE = "DONE"


class Registration(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A registration after one of its steps; `resend_after_seconds` is None when no code is awaited."""

    registration_token: str
    next_step: RegistrationStep
    expires_at: datetime
    resend_after_seconds: int | None = None


class Registered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a step; `registration` is None when it was rejected, `link` at all steps but the last."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    registration: Registration | None = None
    link: ExternalLink | None = None


class Applicant(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who somebody says they are, and for which company; one who names none is a sole trader, or is expected by one."""

    first_name: str
    last_name: str
    tax_code: str
    company_tax_code: str | None


class Known(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A person whom a system knows."""

    first_name: str
    last_name: str
    tax_code: str


class MobileRelation(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A company as a customer of the mobile network.

    `contracts` tells of each contract in force whether it is under a framework agreement.
    """

    segment: str | None
    contracts: tuple[bool, ...]
    representative: Known | None


class FixedRelation(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A company under one customer code of the fixed network; `ceased_on` is None while it is one."""

    segment: str | None
    ceased_on: date | None
    representative: Known | None


class Expected(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A membership of a person in the directory; `version` is that of the person.

    `membership_key` is None for one that the person is still to get: other companies alone expect them.
    """

    user_key: str
    membership_key: str | None
    company_tax_code: str
    profile: Profile | None
    state: UserState
    person: Known
    subject: str | None
    version: str | None


class Recognised(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who somebody is to us: the profile for which company; `expected` when the directory knows them."""

    company_tax_code: str
    profile: Profile
    on_mobile: bool
    expected: Expected | None = None


def company_meant(applicant: Applicant, memberships: Sequence[Expected]) -> str:
    """Tell which company somebody means: the one they name, else the only one that expects them, else their own."""
    if applicant.company_tax_code is not None:
        return applicant.company_tax_code
    pending = [each.company_tax_code for each in memberships if each.state.is_pending]
    return pending[0] if len(pending) == 1 else applicant.tax_code


def recognised(
    applicant: Applicant,
    company: str,
    memberships: Sequence[Expected],
    mobile: MobileRelation | None,
    fixed: Sequence[FixedRelation],
    today: date,
) -> Recognised | None:
    """Tell who somebody is to us; None for whom nobody lets in, whatever the reason.

    Who has signed in for any company before is let in by user management alone: what they choose here would be another
    person's to take over.

    Args:
        applicant: who they say they are.
        company: its tax code.
        memberships: of whoever has this tax code in the directory, for any company.
        mobile: the company on the mobile network; None when it is none of its customers.
        fixed: the company on the fixed network, by customer code.
        today: the day in Rome.
    """
    if any(not each.state.is_pending for each in memberships):
        return None
    is_live = _is_live(mobile, fixed, today)
    if not is_live and not any(_left_lately(each, today) for each in fixed):
        return None
    on_mobile = mobile is not None and bool(mobile.contracts)
    expected = next((each for each in memberships if each.company_tax_code == company), None)
    if expected is not None:
        may = expected.profile is not None and (is_live or expected.profile is Profile.CEASED_CUSTOMER)
        if not (may and _is_same(applicant, expected.person)):
            return None
        assert expected.profile is not None  # noqa: S101 - `may` says so
        return Recognised(company_tax_code=company, profile=expected.profile, on_mobile=on_mobile, expected=expected)
    told = _represented_by(mobile, fixed, today, is_live=is_live)
    if not any(_is_same(applicant, each) for each in told) or not all(
        _is_same(applicant, each.person) for each in memberships
    ):
        return None
    profile = Profile.LEGAL_REPRESENTATIVE if is_live else Profile.CEASED_CUSTOMER
    there = next((_to_be_added(each, company, profile) for each in memberships), None)
    return Recognised(company_tax_code=company, profile=profile, on_mobile=on_mobile, expected=there)


def _to_be_added(there: Expected, company: str, profile: Profile) -> Expected:
    """Give the membership that a person is to get beside those with which others expect them.

    With it they get a subject of their own: links to a password may have gone where the others said, and open nothing.
    """
    return msgspec.structs.replace(there, membership_key=None, subject=None, company_tax_code=company, profile=profile)


def _is_live(mobile: MobileRelation | None, fixed: Sequence[FixedRelation], today: date) -> bool:
    """Tell whether a company is a customer of ours now, small enough, and not exclusively by a framework agreement."""
    by_fixed = any(each.segment == SME and not _has_left(each, today) for each in fixed)
    return by_fixed or (mobile is not None and mobile.segment == SME and not all(mobile.contracts))


def _represented_by(
    mobile: MobileRelation | None, fixed: Sequence[FixedRelation], today: date, *, is_live: bool
) -> list[Known]:
    """Give who represents a company now, or did when it left; who did under what has ended before does not count."""
    counting: list[MobileRelation | FixedRelation] = (
        [each for each in fixed if not _has_left(each, today)]
        if is_live
        else [each for each in fixed if _left_lately(each, today)]
    )
    if is_live and mobile is not None and mobile.contracts:
        counting.append(mobile)
    return [each.representative for each in counting if each.representative is not None]


def _has_left(relation: FixedRelation, today: date) -> bool:
    return relation.ceased_on is not None and relation.ceased_on <= today


def _left_lately(relation: FixedRelation, today: date) -> bool:
    since = months_after(today, -CEASED_MONTHS)
    return relation.segment == SME and relation.ceased_on is not None and since < relation.ceased_on <= today


def _is_same(applicant: Applicant, known: Known) -> bool:
    """Tell whether somebody is who they say: the tax code, and the names but for accents, case and blanks."""
    names = (letters_of(applicant.first_name), letters_of(applicant.last_name))
    return applicant.tax_code == known.tax_code and names == (letters_of(known.first_name), letters_of(known.last_name))
