"""The directory's adapter: people by subject, and filters that nobody can break out of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends import Backends
from bff.backends.directory import Directory, any_of
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.user import Membership, RegistrationState, User
from bff.errors import BackendGarbled
from sandbox.directory.filter import parse
from sandbox.server import Sandbox
from tests.backends.wire import Reply, always, http

pytestmark = pytest.mark.anyio


async def test_a_person_is_read_with_all_memberships(backends: Backends, sandbox: Sandbox) -> None:
    people = sandbox.world.users[:3]
    assert await backends.directory.users_by_subject([row.subject for row in people]) == {
        row.subject: User(
            key=row.id,
            subject=row.subject,
            active=row.active,
            username=row.username,
            first_name=row.person.first_name,
            last_name=row.person.last_name,
            email=row.person.email,
            tax_code=row.person.tax_code,
            mobile_number=row.person.mobile_number,
            memberships=tuple(
                Membership(
                    key=each.id,
                    company_tax_code=each.company_tax_code,
                    profile=Profile(each.profile),
                    state=RegistrationState(each.registration_state),
                    active=each.active,
                    line_key=each.line_id,
                )
                for each in row.memberships
            ),
        )
        for row in people
    }
    assert len(sandbox.ledger) == 1


async def test_many_people_are_fifty_a_call_and_strangers_are_absent(backends: Backends, sandbox: Sandbox) -> None:
    subjects = [row.subject for row in sandbox.world.users[:60]]
    assert set(await backends.directory.users_by_subject([*subjects, "nobody"])) == set(subjects)
    assert len(sandbox.ledger) == 2


async def test_a_subject_made_to_widen_the_filter_finds_nobody(backends: Backends) -> None:
    assert await backends.directory.users_by_subject(['x" or externalId pr or externalId eq "x']) == {}


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
def test_any_text_stays_within_its_quotes(values: list[str]) -> None:
    assert list(parse(any_of("externalId", values)).values) == values


async def test_two_people_with_one_subject_are_nobody() -> None:
    body = b"""{"totalResults": 2, "Resources": [
        {"id": "1", "externalId": "s", "userName": "a"}, {"id": "2", "externalId": "s", "userName": "b"}]}"""
    directory = Directory(http(always(Reply(body)), system=System.DIRECTORY))
    answers = await directory.users_by_subject(["s"])
    await directory.aclose()
    assert isinstance(answers["s"], BackendGarbled)


async def test_a_person_never_asked_for_is_dropped_and_an_unknown_profile_is_none() -> None:
    body = b"""{"totalResults": 2, "Resources": [
        {"id": "2", "externalId": "t", "userName": "b"},
        {"id": "1", "externalId": "s", "userName": "a", "active": true,
         "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User": {
            "memberships": [{"id": "m", "companyTaxCode": "1", "profile": "KING", "registrationState": "REGISTERED",
                             "active": true}]}}]}"""
    directory = Directory(http(always(Reply(body)), system=System.DIRECTORY))
    answers = await directory.users_by_subject(["s"])
    await directory.aclose()
    user = answers["s"]
    assert list(answers) == ["s"]
    assert isinstance(user, User)
    assert [(each.profile, each.usable) for each in user.memberships] == [(None, False)]
