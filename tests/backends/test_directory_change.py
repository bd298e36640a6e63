"""The directory's writes: what an answer means, who is written to, and that nothing strange is taken for done."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends.directory import Directory
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.user import Known, NewUser, UserAct, UserChange, UserMade
from bff.domain.error_code import ErrorCode
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.user import PortalUser, UserOrigin, UserState
from bff.errors import BackendError, BackendGarbled, BackendRejected
from tests.backends.mutation import VALUES, dumps
from tests.backends.wire import Reply, Script, http

pytestmark = pytest.mark.anyio

EXTENSION = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
DONE, CONFLICT = Told(ChangeStatus.DONE), Told(ChangeStatus.REJECTED, ErrorCode.CONFLICT)
USER = PortalUser(
    user_key="USR-1",
    membership_key="MEM-1",
    subject="sub-1",
    version='W/"1"',
    first_name="Anna",
    last_name="Neri",
    tax_code="NRENNA85T50A562W",
    email="anna@example.it",
    letters_to="anna@example.it",
    username="anna.neri",
    login="anna.neri",
    profile=Profile.END_USER,
    state=UserState.REGISTERED,
    origin=UserOrigin.CREATED,
    line_key=None,
)
NO_VERSION = msgspec.structs.replace(USER, version=None)
ELSEWHERE = msgspec.structs.replace(USER, elsewhere=True)
NEW = NewUser("12345678903", "Anna", "Neri", "NRENNA85T50A562W", "anna@example.it", "it")


def row(version: str = 'W/"1"', **membership: Any) -> dict[str, Any]:
    held = {"id": "MEM-1", "companyTaxCode": "12345678903", "profile": "END_USER", "active": True, **membership}
    held.setdefault("registrationState", "REGISTERED")
    held.setdefault("origin", "CREATED")
    return {
        "id": "USR-1",
        "externalId": "sub-1",
        "userName": "anna.neri",
        "active": True,
        "name": {"givenName": "Anna", "familyName": "Neri"},
        "emails": [{"value": "anna@example.it", "primary": True}],
        EXTENSION: {"taxCode": "NRENNA85T50A562W", "memberships": [held]},
        "meta": {"version": version},
    }


def refused(status: int) -> Reply:
    return Reply(json.dumps({"schemas": [ERROR], "status": str(status), "detail": "no"}).encode(), status)


def listed(*rows: dict[str, Any], total: int | None = None) -> Reply:
    return Reply(json.dumps({"totalResults": len(rows) if total is None else total, "Resources": rows}).encode())


def whole(**changes: Any) -> Reply:
    return Reply(json.dumps(row(**changes)).encode())


def deed(act: UserAct, profile: Profile | None = None) -> UserChange:
    return UserChange(act=act, user_key="USR-1", membership_key="MEM-1", subject="sub-1", profile=profile)


LIGHT = deed(UserAct.PROFILE, Profile.ADMIN_LIGHT)


def answering(*writes: Reply, read: Reply | None = None) -> Script:
    """Answer writes one after the other, and every read alike."""
    left = list(writes)

    def answer(request: httpx.Request) -> Reply:
        return (read or listed()) if request.method == "GET" else left.pop(0)

    return Script(answer)


async def changed(network: Script, what: UserChange, user: PortalUser = USER) -> Told:
    directory = Directory(http(network, system=System.DIRECTORY))
    try:
        return await directory.change_user(what, Known(user))
    finally:
        await directory.aclose()


async def made(network: Script) -> Told:
    directory = Directory(http(network, system=System.DIRECTORY))
    try:
        told, _ = await directory.make_user(UserMade(profile=Profile.ADMIN_FULL, line_key=None), "request-1", NEW)
    finally:
        await directory.aclose()
    return told


async def test_a_write_names_the_version_that_was_judged_where_there_is_one() -> None:
    network = answering(whole(), whole())
    await changed(network, LIGHT)
    assert network.requests[-1].headers["if-match"] == 'W/"1"'

    await changed(network, LIGHT, NO_VERSION)
    assert "if-match" not in network.requests[-1].headers


async def test_one_whose_membership_is_a_riddle_stays_within_its_quotes() -> None:
    what = UserChange(act=UserAct.DEACTIVATE, user_key="../1?x", membership_key='M" or id pr', subject=None)
    network = answering(whole())
    await changed(network, what)

    request = network.requests[-1]
    assert request.url.raw_path.startswith(b"/scim/v2/Users/..%2F1%3Fx")
    path = json.loads(request.content)["Operations"][0]["path"]
    assert path.endswith(r'memberships[id eq "M\" or id pr"].registrationState')


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (whole(version='W/"2"'), DONE),
        (whole(version='W/"2"', profile="LEGAL_REPRESENTATIVE"), CONFLICT),
        (whole(version='W/"2"', id="MEM-other"), CONFLICT),
        (refused(404), CONFLICT),
    ],
    ids=["only the version", "another profile", "another membership", "gone"],
)
async def test_who_was_written_meanwhile_is_written_only_when_nothing_that_was_judged_changed(
    now: Reply, due: Told
) -> None:
    network = answering(refused(412), whole(), read=now)
    assert await changed(network, LIGHT) == due
    assert [each.method for each in network.requests] == ["PATCH", "GET", *(["PATCH"] if due is DONE else [])]


@pytest.mark.parametrize("answer", [Reply(b"<html>404</html>", 404), Reply(b"", 404), Reply(b"{}", 404)])
async def test_an_address_that_a_proxy_does_not_know_deletes_nobody(answer: Reply) -> None:
    with pytest.raises(BackendError):
        await changed(answering(answer, read=refused(404)), deed(UserAct.DELETE))


async def test_who_is_gone_already_is_deleted() -> None:
    assert await changed(answering(refused(404), read=refused(404)), deed(UserAct.DELETE)) == DONE


async def test_who_acts_for_others_too_only_loses_the_membership() -> None:
    network = answering(whole())
    await changed(network, deed(UserAct.DELETE), ELSEWHERE)
    assert network.requests[-1].method == "PATCH"
    assert json.loads(network.requests[-1].content)["Operations"][0]["op"] == "remove"


@pytest.mark.parametrize("company", ["12345678903", "00488410010"])
async def test_who_has_another_row_even_in_the_same_company_only_loses_this_one(company: str) -> None:
    other = {"id": "MEM-2", "companyTaxCode": company, "profile": "LEGAL_REPRESENTATIVE", "active": True}
    them = row()
    them[EXTENSION]["memberships"].append({**other, "registrationState": "REGISTERED", "origin": "IMPORTED_FIXED"})
    directory = Directory(http(Script(lambda _request: listed(them)), system=System.DIRECTORY))
    found = (await directory.users_by_company(["12345678903"]))["12345678903"]
    await directory.aclose()
    assert isinstance(found, list)

    network = answering(whole())
    await changed(network, deed(UserAct.DELETE), found[0])
    assert network.requests[-1].method == "PATCH"
    assert json.loads(network.requests[-1].content)["Operations"][0]["op"] == "remove"


async def test_who_was_there_before_without_an_address_gets_no_letter_at_the_one_that_is_given() -> None:
    other = {"id": "MEM-2", "companyTaxCode": "00488410010", "profile": "ADMIN_FULL", "active": True}
    them = {**row(), "emails": [], EXTENSION: {"taxCode": NEW.tax_code, "memberships": [other]}}
    directory = Directory(http(answering(Reply(json.dumps(them).encode()), read=listed(them)), system=System.DIRECTORY))
    _, who = await directory.make_user(UserMade(profile=Profile.ADMIN_FULL, line_key=None), "request-1", NEW)
    await directory.aclose()
    assert who is not None
    assert who.email is None


async def test_what_is_refused_as_it_is_was_surely_not_done() -> None:
    with pytest.raises(BackendRejected) as refusal:
        await changed(answering(refused(400)), LIGHT)
    assert refusal.value.undone


@pytest.mark.parametrize("people", [listed(row(), {**row(), "id": "USR-2"}), listed(total=1)])
async def test_nobody_is_made_while_it_is_not_sure_who_is_there(people: Reply) -> None:
    network = answering(read=people)
    with pytest.raises(BackendGarbled) as error:
        await made(network)
    assert error.value.undone
    assert {each.method for each in network.requests} == {"GET"}


async def test_a_name_that_is_another_s_is_given_up_after_looking_for_what_was_made() -> None:
    network = answering(*[refused(409)] * 3)
    assert await made(network) == CONFLICT
    assert [each.method for each in network.requests] == ["GET", "POST", "GET"] * 3


@pytest.mark.parametrize("act", UserAct)
@given(body=st.binary(max_size=200) | VALUES.map(dumps).map(str.encode), status=st.sampled_from([200, 201, 204, 404]))
async def test_any_answer_is_an_error_or_told(act: UserAct, body: bytes, status: int) -> None:
    answer: Callable[[httpx.Request], Reply] = lambda _request: Reply(body, status)  # noqa: E731 - one line
    for asking in (changed(Script(answer), deed(act, Profile.ADMIN_LIGHT)), made(Script(answer))):
        try:
            assert isinstance(await asking, Told)
        except BackendError:
            continue
