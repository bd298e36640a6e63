"""How the systems misbehave (spec, legacy.md, quirks 1 to 6), and what the adapters make of it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bff.backends import Access, Backends, Limits, open_backends
from bff.domain.line import LineState
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.backends.wire import StillClock, good

pytestmark = pytest.mark.anyio

Read = Callable[[Backends], Awaitable[dict[str, Any]]]

SYSTEMS = ["mobile", "fixed", "directory"]
LEGACY = ["mobile", "fixed"]


@pytest.fixture(params=SYSTEMS)
def read(request: pytest.FixtureRequest, sandbox: Sandbox, small: Company) -> Read:
    """Give a read of one system with one key, in turn of each."""
    reads: dict[str, Read] = {
        "mobile": lambda backends: backends.mobile.accounts([small.mobile_accounts[0].id]),
        "fixed": lambda backends: backends.fixed.lines([small.fixed_lines[0].id]),
        "directory": lambda backends: backends.directory.users_by_subject([sandbox.world.users[0].subject]),
    }
    return reads[request.param]


def strike(sandbox: Sandbox, quirk: Quirk, parameters: Parameters | None = None) -> None:
    sandbox.faults.set(Rule(quirk=quirk, parameters=parameters or Parameters()))


async def only(answers: Awaitable[dict[str, Any]]) -> object:
    (answer,) = (await answers).values()
    return answer


@pytest.mark.parametrize("quirk", [Quirk.SLOW_TAIL, Quirk.NO_ANSWER])
async def test_an_answer_that_does_not_come_is_a_timeout(
    access: Access, sandbox: Sandbox, read: Read, quirk: Quirk
) -> None:
    strike(sandbox, quirk)
    backends = open_backends(access, StillClock(), limits=Limits(timeout_s=0.1))
    assert isinstance(await only(read(backends)), BackendTimeout)
    await backends.aclose()


@pytest.mark.parametrize("read", LEGACY, indirect=True)
@pytest.mark.parametrize(
    ("quirk", "code", "expected"),
    [
        (Quirk.ERROR_FAULT_500, "E999", BackendRejected),
        (Quirk.ERROR_FAULT_200, "E999", BackendRejected),
        (Quirk.ERROR_CODE_IN_ANSWER, "E999", BackendRejected),
        (Quirk.ERROR_FAULT_500, "DB900", BackendUnavailable),
        (Quirk.ERROR_FAULT_200, "DB900", BackendUnavailable),
        (Quirk.ERROR_CODE_IN_ANSWER, "DB900", BackendUnavailable),
        (Quirk.NIGHT_WINDOW, "DB900", BackendUnavailable),
    ],
)
async def test_one_error_in_three_shapes_is_one_error(
    backends: Backends, sandbox: Sandbox, read: Read, quirk: Quirk, code: str, expected: type[BackendError]
) -> None:
    strike(sandbox, quirk, Parameters(code=code))
    assert type(await only(read(backends))) is expected


@pytest.mark.parametrize(
    ("quirk", "parameters", "expected"),
    [
        (Quirk.NIGHT_WINDOW, Parameters(mode="refused"), BackendUnavailable),
        (Quirk.NIGHT_WINDOW, Parameters(mode="html"), BackendUnavailable),
        (Quirk.HTTP_ERROR, Parameters(status=500, body="empty"), BackendUnavailable),
        (Quirk.HTTP_ERROR, Parameters(status=502, body="html"), BackendUnavailable),
        (Quirk.HTTP_ERROR, Parameters(status=504, body="plain"), BackendUnavailable),
        (Quirk.TRUNCATED, Parameters(), BackendGarbled),
        (Quirk.HTML_INSTEAD, Parameters(), BackendGarbled),
    ],
    ids=["refused", "night page", "500 empty", "502 html", "504 plain", "truncated", "html instead"],
)
async def test_a_bad_answer_is_the_error_that_fits(
    backends: Backends,
    sandbox: Sandbox,
    read: Read,
    quirk: Quirk,
    parameters: Parameters,
    expected: type[BackendError],
) -> None:
    strike(sandbox, quirk, parameters)
    assert type(await only(read(backends))) is expected


@pytest.mark.parametrize("quirk", [Quirk.WRONG_CONTENT_TYPE, Quirk.SHUFFLED, Quirk.DUPLICATED, Quirk.FOREIGN_ROWS])
async def test_a_quirk_that_can_be_seen_through_changes_nothing(
    backends: Backends, sandbox: Sandbox, read: Read, quirk: Quirk
) -> None:
    expected = await read(backends)
    strike(sandbox, quirk)
    assert await read(backends) == expected


@pytest.mark.parametrize("read", ["mobile"], indirect=True)
async def test_a_row_missing_from_a_mobile_list_is_an_unknown_key(
    backends: Backends, sandbox: Sandbox, read: Read
) -> None:
    strike(sandbox, Quirk.MISSING_ROWS)
    assert await read(backends) == {}


@pytest.mark.parametrize("read", ["fixed", "directory"], indirect=True)
async def test_where_a_system_tells_of_every_key_a_missing_row_is_garbled(
    backends: Backends, sandbox: Sandbox, read: Read
) -> None:
    strike(sandbox, Quirk.MISSING_ROWS)
    assert isinstance(await only(read(backends)), BackendGarbled)


@pytest.mark.parametrize("quirk", [Quirk.SHUFFLED, Quirk.DUPLICATED, Quirk.FOREIGN_ROWS])
async def test_lists_stay_whole_and_their_own(
    backends: Backends, sandbox: Sandbox, small: Company, big: Company, quirk: Quirk
) -> None:
    contracts = [row.id for row in small.agreements]
    accounts = [row.code for row in big.fixed_accounts]

    async def found() -> dict[str, set[str]]:
        mobile = await backends.mobile.lines_by_contract(contracts)
        fixed = await backends.fixed.lines_by_account(accounts)
        return {key: {line.key for line in good(lines)} for key, lines in mobile.items()} | {
            key: {line.key for line in good(lines)} for key, lines in fixed.items()
        }

    expected = await found()
    strike(sandbox, quirk)
    assert await found() == expected


async def test_a_poisoned_mobile_key_fails_alone(backends: Backends, sandbox: Sandbox, big: Company) -> None:
    keys = [row.id for row in big.mobile_accounts]
    strike(sandbox, Quirk.POISONED_KEY, Parameters(keys=(keys[0],)))
    answers = await backends.mobile.accounts(keys)
    assert [key for key, answer in answers.items() if isinstance(answer, BackendRejected)] == keys[:1]
    assert len(answers) == len(keys)


async def test_one_system_that_is_down_leaves_the_others_alone(
    backends: Backends, sandbox: Sandbox, small: Company
) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed"))
    assert isinstance(await only(backends.fixed.lines([small.fixed_lines[0].id])), BackendUnavailable)
    good(await only(backends.mobile.accounts([small.mobile_accounts[0].id])))


async def test_contracts_whose_sims_may_be_read_later_are_errors(
    backends: Backends, sandbox: Sandbox, small: Company
) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /resource"))
    answers = await backends.mobile.lines_by_contract([row.id for row in small.agreements])
    assert {type(answer) for answer in answers.values()} == {BackendUnavailable}


async def test_lines_whose_sims_can_not_be_read_have_none_and_are_not_said_to_be_active(
    backends: Backends, sandbox: Sandbox, small: Company
) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.TRUNCATED, system="mobile", operation="GET /resource"))
    answers = await backends.mobile.lines_by_contract([row.id for row in small.agreements])
    lines = [line for answer in answers.values() for line in good(answer)]
    assert len(lines) == len(small.mobile_lines)
    assert {line.sim for line in lines} == {None}
    assert LineState.ACTIVE not in {line.state for line in lines}
