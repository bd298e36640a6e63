"""The directory's adapter: people by subject, and filters that nobody can break out of."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends import Backends
from bff.backends.directory import Directory
from bff.backends.directory._wire import any_of
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.user import Membership, User, UserState
from bff.errors import BackendError, BackendGarbled
from sandbox.directory.filter import parse
from sandbox.server import Sandbox
from tests.backends.wire import Reply, Script, always, http

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
                    state=UserState(each.registration_state),
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


SUBJECTS = [f"s{number}" for number in range(50)]


def serving(
    subjects: list[str], *, cap: int = 200, total: Callable[[int], object] = lambda count: count, late: int = 0
) -> Script:
    """Serve a person per subject with a cap on pages and whatever total; later pages start so many rows `late`."""
    people = [{"id": f"id-{subject}", "externalId": subject, "userName": subject} for subject in subjects]

    def answer(request: httpx.Request) -> Reply:
        start = int(parse_qs(request.url.query.decode())["startIndex"][0]) - 1
        start += late if start else 0
        body: dict[str, Any] = {"totalResults": total(len(people)), "Resources": people[start : start + cap]}
        return Reply(json.dumps(body).encode())

    return Script(answer)


async def ask(network: Script, subjects: list[str]) -> dict[str, User | BackendError]:
    directory = Directory(http(network, system=System.DIRECTORY))
    try:
        return await directory.users_by_subject(subjects)
    finally:
        await directory.aclose()


async def test_one_person_costs_one_call() -> None:
    network = serving(["s0"])
    assert isinstance((await ask(network, ["s0"]))["s0"], User)
    assert len(network.requests) == 1


@pytest.mark.parametrize("late", [-1, 0, 1])
@pytest.mark.parametrize("total", [lambda count: count, lambda _count: None, lambda _count: "n.d.", lambda _count: 0])
async def test_everyone_is_found_however_pages_are_cut_and_counted(total: Callable[[int], object], late: int) -> None:
    network = serving(SUBJECTS, cap=20, total=total, late=late)
    found = await ask(network, SUBJECTS)
    assert {key for key, value in found.items() if isinstance(value, User)} == set(SUBJECTS)
    assert len(network.requests) <= 5


async def test_where_more_are_counted_than_come_those_who_are_there_may_come_in_and_the_others_are_no_strangers() -> (
    None
):
    network = serving(["s0"], total=lambda _count: 7)
    found = await ask(network, ["s0", "s1"])
    assert isinstance(found["s0"], User)
    assert isinstance(found["s1"], BackendGarbled)
    assert len(network.requests) == 2


@pytest.mark.parametrize("total", [lambda _count: 0, lambda _count: None])
async def test_a_stranger_is_a_stranger_when_nobody_is_counted(total: Callable[[int], object]) -> None:
    network = serving([], total=total)
    assert await ask(network, ["s0"]) == {}
    assert len(network.requests) == 1


async def test_an_error_that_comes_with_200_makes_nobody_a_stranger() -> None:
    body = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "500", "detail": "E999"}'
    assert isinstance((await ask(always(Reply(body)), ["s0"]))["s0"], BackendGarbled)


async def test_a_membership_of_a_company_that_can_not_be_read_lets_nobody_in() -> None:
    body = b"""{"totalResults": 1, "Resources": [{"id": "1", "externalId": "s", "userName": "a", "active": true,
        "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User": {
            "memberships": {"id": "m", "companyTaxCode": "1.95592E+10", "profile": "ADMIN_FULL"}}}]}"""
    assert isinstance((await ask(always(Reply(body)), ["s"]))["s"], BackendGarbled)


async def test_what_can_be_had_back_of_a_person_is() -> None:
    body = b"""{"totalResults": 1, "Resources": {"id": 1, "externalId": " s ", "userName": "a", "active": "TRUE",
        "emails": [{"value": null}, {"value": "a@b.example"}],
        "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User": {
            "mobileNumber": 393331234567, "taxCode": "rssmra80a01h501u",
            "memberships": {"id": "m", "companyTaxCode": 1955920481, "profile": "admin_full", "active": true,
                            "registrationState": "registered", "lineId": "NULL"}}}}"""
    assert await ask(always(Reply(body)), ["s"]) == {
        "s": User(
            key="1",
            subject="s",
            active=True,
            username="a",
            first_name="",
            last_name="",
            email="a@b.example",
            tax_code="RSSMRA80A01H501U",
            mobile_number="+393331234567",
            memberships=(
                Membership(
                    key="m",
                    company_tax_code="01955920481",
                    profile=Profile.ADMIN_FULL,
                    state=UserState.REGISTERED,
                    active=True,
                    line_key=None,
                ),
            ),
        )
    }
