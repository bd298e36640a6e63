"""Who may come in as what, by all that the systems may know of a person and a company."""

from datetime import date

import msgspec
import pytest

from bff.domain.profile import Profile
from bff.domain.registration import (
    Applicant,
    Expected,
    FixedRelation,
    Known,
    MobileRelation,
    Recognised,
    company_meant,
    recognised,
)
from bff.domain.user import UserState

TODAY = date(2026, 11, 22)
COMPANY, OTHER = "00488410010", "12345678903"
ME = Known(first_name="Niccolò", last_name="D'Angelo", tax_code="DNGNCL80A01F205X")
SOMEBODY = Known(first_name="Anna", last_name="Neri", tax_code="NREANN80A41F205X")
APPLICANT = Applicant(first_name="NICCOLO", last_name="d angelo", tax_code=ME.tax_code, company_tax_code=COMPANY)
MOBILE = MobileRelation(segment="SME", contracts=(False,), representative=ME)
FIXED = FixedRelation(segment="SME", ceased_on=None, representative=ME)


def left(on: date, representative: Known | None = ME) -> FixedRelation:
    return FixedRelation(segment="SME", ceased_on=on, representative=representative)


def awaited(
    state: UserState = UserState.TO_REGISTER,
    profile: Profile | None = Profile.ADMIN_LIGHT,
    *,
    company: str = COMPANY,
    person: Known = ME,
) -> Expected:
    return Expected(
        user_key="USR-1",
        membership_key="MEM-1",
        company_tax_code=company,
        profile=profile,
        state=state,
        person=person,
        subject="s",
        version=None,
    )


def who(
    *memberships: Expected,
    mobile: MobileRelation | None = None,
    fixed: tuple[FixedRelation, ...] = (),
    applicant: Applicant = APPLICANT,
) -> Profile | None:
    found = recognised(applicant, COMPANY, memberships, mobile, fixed, TODAY)
    return None if found is None else found.profile


@pytest.mark.parametrize(
    ("mobile", "fixed", "profile"),
    [
        (MOBILE, (), Profile.LEGAL_REPRESENTATIVE),
        (None, (FIXED,), Profile.LEGAL_REPRESENTATIVE),
        (MOBILE, (FIXED,), Profile.LEGAL_REPRESENTATIVE),
        (None, (), None),
        (MobileRelation(segment="SME", contracts=(), representative=ME), (), None),
        (MobileRelation(segment="SME", contracts=(True,), representative=ME), (), None),
        (MobileRelation(segment="SME", contracts=(True, False), representative=ME), (), Profile.LEGAL_REPRESENTATIVE),
        (MobileRelation(segment="SME", contracts=(True,), representative=ME), (FIXED,), Profile.LEGAL_REPRESENTATIVE),
        (MobileRelation(segment="TOP", contracts=(False,), representative=ME), (), None),
        (MobileRelation(segment=None, contracts=(False,), representative=ME), (), None),
        (None, (msgspec.structs.replace(FIXED, segment="TOP"),), None),
        (None, (left(date(2025, 11, 23)),), Profile.CEASED_CUSTOMER),
        (None, (left(date(2025, 11, 22)),), None),
        (None, (left(date(2010, 1, 1)), FIXED), Profile.LEGAL_REPRESENTATIVE),
        (None, (left(date(2026, 11, 23)),), Profile.LEGAL_REPRESENTATIVE),
        (None, (left(TODAY),), Profile.CEASED_CUSTOMER),
        (
            MobileRelation(segment="SME", contracts=(True,), representative=ME),
            (left(date(2026, 6, 1)),),
            Profile.CEASED_CUSTOMER,
        ),
        (MobileRelation(segment="SME", contracts=(False,), representative=SOMEBODY), (), None),
        (MobileRelation(segment="SME", contracts=(False,), representative=None), (), None),
        (
            MobileRelation(segment="SME", contracts=(False,), representative=SOMEBODY),
            (FIXED,),
            Profile.LEGAL_REPRESENTATIVE,
        ),
    ],
)
def test_a_representative_comes_in_for_a_company_that_is_a_customer_of_the_right_kind(
    mobile: MobileRelation | None, fixed: tuple[FixedRelation, ...], profile: Profile | None
) -> None:
    assert who(mobile=mobile, fixed=fixed) is profile


OTHERS = msgspec.structs.replace(FIXED, representative=SOMEBODY)


@pytest.mark.parametrize(
    ("mobile", "fixed"),
    [
        (None, (left(date(2010, 1, 1)), OTHERS)),
        (None, (left(date(2026, 6, 1)), OTHERS)),
        (MobileRelation(segment="SME", contracts=(), representative=ME), (OTHERS,)),
        (MobileRelation(segment="SME", contracts=(), representative=ME), (left(date(2026, 6, 1), SOMEBODY),)),
        (MobileRelation(segment="SME", contracts=(True,), representative=ME), (left(date(2026, 6, 1), SOMEBODY),)),
        (None, (left(date(2010, 1, 1)), left(date(2026, 6, 1), SOMEBODY))),
        (MobileRelation(segment="SME", contracts=(False,), representative=SOMEBODY), (left(date(2026, 6, 1)),)),
    ],
)
def test_who_represented_a_company_under_what_has_ended_represents_it_no_more(
    mobile: MobileRelation | None, fixed: tuple[FixedRelation, ...]
) -> None:
    assert who(mobile=mobile, fixed=fixed) is None


@pytest.mark.parametrize("state", UserState)
def test_who_is_expected_comes_in_with_the_profile_that_user_management_gave(state: UserState) -> None:
    due = Profile.ADMIN_LIGHT if state in {UserState.TO_REGISTER, UserState.INVITED} else None
    assert who(awaited(state), mobile=MOBILE) is due


def test_what_user_management_says_goes_before_what_the_networks_know() -> None:
    assert who(awaited(profile=Profile.END_USER), mobile=MOBILE) is Profile.END_USER
    assert who(awaited(profile=None), mobile=MOBILE) is None


def test_who_is_expected_by_a_company_that_left_comes_in_only_as_who_left() -> None:
    gone = left(date(2026, 6, 1))
    assert who(awaited(profile=Profile.ADMIN_FULL), fixed=(gone,)) is None
    assert who(awaited(profile=Profile.CEASED_CUSTOMER), fixed=(gone,)) is Profile.CEASED_CUSTOMER


def test_who_has_signed_in_anywhere_does_not_come_in_this_way() -> None:
    assert who(awaited(UserState.REGISTERED, company=OTHER), mobile=MOBILE) is None
    assert who(awaited(), awaited(UserState.DISABLED, company=OTHER), mobile=MOBILE) is None


def test_a_representative_whom_another_company_expects_gets_a_membership_more() -> None:
    found = recognised(APPLICANT, COMPANY, [awaited(company=OTHER)], MOBILE, (), TODAY)
    assert found is not None
    assert (found.company_tax_code, found.profile) == (COMPANY, Profile.LEGAL_REPRESENTATIVE)
    assert found.expected is not None
    assert (found.expected.user_key, found.expected.membership_key, found.expected.subject) == ("USR-1", None, None)
    assert who(awaited(company=OTHER, person=SOMEBODY), mobile=MOBILE) is None


@pytest.mark.parametrize("change", [{"first_name": "Nicola"}, {"last_name": "Angelo"}, {"tax_code": SOMEBODY.tax_code}])
def test_names_and_tax_code_must_be_those_that_are_known(change: dict[str, str]) -> None:
    other = msgspec.structs.replace(APPLICANT, **change)
    assert who(applicant=other, mobile=MOBILE) is None
    assert who(awaited(), applicant=other, mobile=MOBILE) is None


def test_where_they_come_from_is_told() -> None:
    by_mobile = recognised(APPLICANT, COMPANY, [], MOBILE, (), TODAY)
    by_fixed = recognised(APPLICANT, COMPANY, [], None, (FIXED,), TODAY)
    assert [isinstance(each, Recognised) and each.on_mobile for each in (by_mobile, by_fixed)] == [True, False]


def test_which_company_is_meant() -> None:
    silent = msgspec.structs.replace(APPLICANT, company_tax_code=None)
    assert company_meant(APPLICANT, [awaited(company=OTHER)]) == COMPANY
    assert company_meant(silent, [awaited(company=OTHER)]) == OTHER
    assert company_meant(silent, [awaited(company=OTHER), awaited()]) == ME.tax_code
    assert company_meant(silent, [awaited(UserState.REGISTERED, company=OTHER)]) == ME.tax_code
    assert company_meant(silent, []) == ME.tax_code
