"""SCIM filters: what they match, and what they refuse."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.directory.filter import MAX_DEPTH, InvalidFilter, parse

EXTENSION = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"
USER = {
    "id": "USR-1",
    "externalId": "Sub-1",
    "userName": "Anna.Rossi",
    "name": {"givenName": "Anna", "familyName": "Rossi"},
    "active": True,
    "emails": [{"value": "anna@example.com", "type": "work"}, {"value": "a@home.example", "type": "home"}],
    "logins": 7,
    EXTENSION: {
        "memberships": [
            {"companyTaxCode": "01234567890", "profile": "ADMIN_FULL", "active": True},
            {"companyTaxCode": "09876543210", "profile": "END_USER", "active": False},
        ]
    },
}


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "anna.rossi"',
        'USERNAME EQ "Anna.Rossi"',
        'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "anna"',
        'name.familyName co "oss"',
        'userName ew "rossi"',
        'externalId eq "Sub-1"',
        "active eq true",
        "logins gt 6 and logins ge 7 and logins lt 8 and logins le 7",
        'name.givenName gt "Andrea"',
        'emails eq "anna@example.com"',
        'emails.value eq "a@home.example"',
        'emails[type eq "home" and value sw "a@"]',
        f'{EXTENSION}:memberships.companyTaxCode eq "01234567890"',
        f'{EXTENSION}:memberships[companyTaxCode eq "09876543210" and active eq false]',
        'externalId eq "none" or externalId eq "Sub-1"',
        'not (externalId eq "none")',
        "nickName eq null",
        'nickName ne "x"',
        "emails pr",
    ],
)
def test_a_filter_matches_the_user_it_describes(text: str) -> None:
    assert parse(text).matches(USER)


@pytest.mark.parametrize(
    "text",
    [
        'externalId eq "sub-1"',
        'userName ne "ANNA.ROSSI"',
        'logins eq "7"',
        "active eq false",
        "nickName pr",
        'nickName eq "x"',
        'memberships.companyTaxCode eq "01234567890"',
        'emails[type eq "home" and value sw "anna"]',
        f'{EXTENSION}:memberships[companyTaxCode eq "01234567890" and active eq false]',
        f'{EXTENSION}:memberships.profile eq "admin_full"',
        f'{EXTENSION}:memberships[profile eq "admin_full"]',
        'not (userName eq "anna.rossi")',
    ],
)
def test_a_filter_does_not_match_a_user_that_it_does_not_describe(text: str) -> None:
    assert not parse(text).matches(USER)


@pytest.mark.parametrize(("left", "middle", "right"), [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
def test_and_binds_tighter_than_or_and_not_tighter_than_and(left: int, middle: int, right: int) -> None:
    a, b, c = (f'userName {"eq" if truth else "ne"} "anna.rossi"' for truth in (left, middle, right))

    assert parse(f"{a} or {b} and {c}").matches(USER) is bool(left or (middle and right))
    assert parse(f"({a} or {b}) and {c}").matches(USER) is bool((left or middle) and right)
    assert parse(f"not ({a}) and {b}").matches(USER) is bool((not left) and middle)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "userName",
        "userName eq",
        "userName eq anna",
        "userName eq 'anna'",
        'userName is "anna"',
        'userName eq "anna" and',
        '(userName eq "anna"',
        'userName eq "anna")',
        'emails[type eq "work"',
        "not userName pr",
        'userName eq "a" "b"',
        "active gt true",
        "logins co 7",
        'userName eq "\\q"',
        "(" * (MAX_DEPTH + 1) + "userName pr" + ")" * (MAX_DEPTH + 1),
    ],
)
def test_a_malformed_filter_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse(text)


def test_a_filter_tells_the_values_that_it_compares_with() -> None:
    assert parse('externalId eq "a" or (externalId eq "b" and active eq true)').values == ("a", "b", "True")


@given(st.text(alphabet='abeqornt() []"\\.: 10-', max_size=40))
def test_any_text_is_parsed_or_refused_and_never_breaks_the_parser(text: str) -> None:
    with suppress(InvalidFilter):
        parse(text).matches(USER)
