"""The directory's adapter: all users of a company, however pages are cut and counted, and what it says to writes."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from bff.backends.directory import Directory
from bff.backends.directory._wire import EXTENSION
from bff.domain.system import System
from bff.domain.user import PortalUser
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendUnavailable
from tests.backends.wire import Reply, Script, always, http

pytestmark = pytest.mark.anyio

COMPANY, OTHER = "1", "2"
TOTALS = (lambda count: count, lambda _count: None, lambda _count: "n.d.", lambda count: count // 2)
SCIM_ERROR = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "%d", "detail": "no"}'


def serving(
    users: int, *, cap: int = 200, total: Callable[[int], object] = lambda count: count, late: int = 0
) -> Script:
    """Serve so many users, who act for another company too, in pages of at most `cap`, and a stranger on each page.

    Later pages start so many rows `late`.
    """
    people = [user(number, [COMPANY, OTHER]) for number in range(users)]

    def answer(request: httpx.Request) -> Reply:
        start = start_of(request) - 1
        start += late if start else 0
        page = [*people[start : start + cap], user(users, [OTHER])]
        return Reply(json.dumps({"totalResults": total(len(people)), "Resources": page}).encode())

    return Script(answer)


def user(number: int, companies: list[str]) -> dict[str, Any]:
    memberships = [{"id": f"m{number}-{each}", "companyTaxCode": each} for each in companies]
    return {"id": f"id-{number}", "userName": f"u{number}", EXTENSION: {"memberships": memberships}}


def start_of(request: httpx.Request) -> int:
    return int(parse_qs(request.url.query.decode())["startIndex"][0])


async def users_of(network: Script) -> list[PortalUser] | BackendError:
    directory = Directory(http(network, system=System.DIRECTORY))
    try:
        return (await directory.users_by_company([COMPANY]))[COMPANY]
    finally:
        await directory.aclose()


@pytest.mark.parametrize("late", [-1, 0, 1])
@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize(("users", "cap"), [(0, 200), (1, 200), (50, 20), (200, 200), (401, 200), (1000, 100)])
async def test_everybody_is_found_with_this_company_only_however_pages_are_cut_and_counted(
    users: int, cap: int, total: Callable[[int], object], late: int
) -> None:
    network = serving(users, cap=cap, total=total, late=late)
    found = await users_of(network)
    assert isinstance(found, list)
    assert sorted(each.key for each in found) == sorted(f"id-{number} m{number}-{COMPANY}" for number in range(users))
    assert len(network.requests) <= users // (cap - 1) + 5


async def test_users_who_are_counted_and_do_not_come_are_looked_for_once_more_and_do_not_cost_the_others() -> None:
    network = serving(50, total=lambda count: 2 * count + 1)
    found = await users_of(network)
    assert isinstance(found, list)
    assert len(found) == 50
    assert len(network.requests) <= 8


async def test_a_directory_that_shows_new_users_for_ever_is_not_read_for_ever() -> None:
    def answer(request: httpx.Request) -> Reply:
        page = [user(start_of(request) + place, [COMPANY]) for place in range(200)]
        return Reply(json.dumps({"totalResults": 10**9, "Resources": page}).encode())

    network = Script(answer)
    assert isinstance(await users_of(network), BackendGarbled)
    assert len(network.requests) < 120


async def test_a_directory_that_shows_the_first_page_whatever_is_asked_is_not_read_for_ever() -> None:
    page = json.dumps({"totalResults": 900, "Resources": [user(number, [COMPANY]) for number in range(200)]})
    network = always(Reply(page.encode()))
    found = await users_of(network)
    assert isinstance(found, list)
    assert len(found) == 200
    assert len(network.requests) <= 18


async def test_a_directory_that_ignores_the_filter_gives_no_list_that_may_lack_somebody() -> None:
    people = [user(number, [COMPANY if number % 5 == 0 else OTHER]) for number in range(200)]
    network = always(Reply(json.dumps({"totalResults": 90_000, "Resources": people}).encode()))
    assert isinstance(await users_of(network), BackendGarbled)
    assert len(network.requests) == 1


async def test_a_membership_of_a_company_that_can_not_be_read_leaves_no_list_that_may_lack_its_person() -> None:
    broken = user(1, [COMPANY, "1.95592E+10"])
    body = json.dumps({"totalResults": 1, "Resources": [broken]}).encode()
    assert isinstance(await users_of(always(Reply(body))), BackendGarbled)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (204, b"", BackendGarbled),
        (409, SCIM_ERROR % 409, BackendRejected),
        (412, SCIM_ERROR % 412, BackendRejected),
        (501, SCIM_ERROR % 501, BackendUnavailable),
    ],
)
async def test_what_the_directory_says_to_writes_is_an_error_when_it_says_it_to_a_read_and_no_empty_list(
    status: int, body: bytes, error: type[BackendError]
) -> None:
    answering = always(Reply(body, status))
    directory = Directory(http(answering, system=System.DIRECTORY))
    person = (await directory.users_by_subject(["s"]))["s"]
    await directory.aclose()
    assert isinstance(person, error)
    assert isinstance(await users_of(answering), error)
