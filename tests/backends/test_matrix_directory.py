"""Every quirk of every write to the directory, one at a time, and of reading a user back.

Writes to users are other writes each time: so these stand-ins are this module's own. What counts is what is told of a
write.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest

from bff.backends import Backends
from bff.domain.change import ChangeStatus
from bff.domain.deed.user import Known, NewUser, UserAct, UserChange, UserMade
from bff.domain.error_code import ErrorCode
from bff.domain.profile import Profile
from bff.domain.user import PortalUser
from bff.errors import BackendGarbled, BackendUnavailable
from sandbox._faults import Quirk
from sandbox.server import Sandbox
from sandbox.world.build import build_world
from tests.backends.matrix import REACHED_AND_FAILED, Case, Expected, Matrix, Play, becomes, fails, lacking, plays, same
from tests.backends.test_matrix_mobile import BY_QUIRK
from tests.backends.wire import NOW

pytestmark = pytest.mark.anyio

WORLD = build_world(NOW, 1)
BIG = max(WORLD.companies, key=lambda company: len(company.mobile_lines)).tax_code
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(now=NOW, latency=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def matrix(running: Sandbox) -> Matrix:
    """Give what plays quirks on stand-ins of this module's own."""
    return Matrix(running)


@pytest.fixture(autouse=True)
def in_time(running: Sandbox) -> None:
    """Let reads show what was written before; nothing here minds that time goes on."""
    running.clock.advance(60)


def told_of(told: Any) -> Any:
    return None if told is None else (told.status, told.why)


async def user(backends: Backends, *, last: bool) -> PortalUser:
    """Give a user of the large company who acts for no other; the last one is gone when they were deleted."""
    found = (await backends.directory.users_by_company([BIG]))[BIG]
    assert isinstance(found, list)
    managed = [each for each in found if each.profile is Profile.END_USER and not each.elsewhere]
    return max(managed, key=lambda each: each.key) if last else min(managed, key=lambda each: each.key)


def change(found: PortalUser, act: UserAct, profile: Profile | None = None) -> UserChange:
    keys = {"user_key": found.user_key, "membership_key": found.membership_key, "subject": found.subject}
    return UserChange(act=act, profile=profile, **keys)  # type: ignore[arg-type]  # by name


async def make_user(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Make a user, another one each time."""
    number = next(_NUMBERS)
    new = NewUser(BIG, "Anna", "Neri", f"TAXCODE{number:09d}", "anna@example.it", "it")
    deed = UserMade(profile=Profile.ADMIN_FULL, line_key=None)
    told, _ = await backends.directory.make_user(deed, f"{number:06d}-request", new)
    return {keys[0]: told_of(told)}


async def change_user(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Give a user the profile that they have."""
    found = await user(backends, last=False)
    return {
        keys[0]: told_of(
            await backends.directory.change_user(change(found, UserAct.PROFILE, Profile.END_USER), Known(found))
        )
    }


async def delete_user(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Delete a user, another one each time."""
    found = await user(backends, last=True)
    return {keys[0]: told_of(await backends.directory.change_user(change(found, UserAct.DELETE), Known(found)))}


async def user_changed(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """Read back whether a user has the profile that they have."""
    found = await user(backends, last=False)
    return {keys[0]: told_of(await backends.directory.user_changed(change(found, UserAct.PROFILE, Profile.END_USER)))}


CASES = [
    Case("make_user", "directory", "POST /Users", ("made",), make_user),
    Case("change_user", "directory", "PATCH /Users/{id}", ("changed",), change_user),
    Case("delete_user", "directory", "DELETE /Users/{id}", ("deleted",), delete_user),
    Case("user_changed", "directory", "GET /Users/{id}", ("read",), user_changed),
]

_ITS_ERRORS: Mapping[Play, Expected] = {
    Play(Quirk.ERROR_FAULT_500): fails(BackendUnavailable),
    Play(Quirk.ERROR_FAULT_200): fails(BackendGarbled),
    Play(Quirk.ERROR_CODE_IN_ANSWER): fails(BackendGarbled),
}
BY_OPERATION: Mapping[str, Mapping[Play, Expected]] = {
    "change_user": {Play(Quirk.NO_CONTENT): same, Play(Quirk.CHANGED_MEANWHILE): same},
    "delete_user": {
        Play(Quirk.CHANGED_MEANWHILE): becomes(lambda _: (ChangeStatus.REJECTED, ErrorCode.CONFLICT)),
    },
    "user_changed": {Play(Quirk.UNKNOWN_CODE): becomes(lambda _: None)},
}
"""What is special to an operation; a write that is stale again and again is given up."""
UNTOUCHED: Mapping[str, set[Quirk]] = {"user_changed": {Quirk.LOST_ZEROS}}
"""No number of this company begins with 0."""


def expected_of(case: Case, play: Play) -> Expected | None:
    found = BY_OPERATION.get(case.name, {}).get(play) or _ITS_ERRORS.get(play)
    return found or REACHED_AND_FAILED.get(play) or BY_QUIRK.get(play)


PAIRS = [
    pytest.param(case, play, id=f"{case.name} {play.quirk} {play.mode or ''}") for case in CASES for play in plays(case)
]


def test_nothing_that_can_happen_lacks_an_expectation() -> None:
    assert lacking(CASES, expected_of) == []


@pytest.mark.parametrize(("case", "play"), PAIRS)
async def test_what_comes_up_is_the_good_result_or_a_difference_that_is_written_down(
    matrix: Matrix, case: Case, play: Play
) -> None:
    outcome = await matrix.played(case, play)
    expected = expected_of(case, play)
    assert expected
    assert (outcome.hits == 0) is (play.quirk in UNTOUCHED.get(case.name, set()))
    expected(outcome.good, outcome.bad)
