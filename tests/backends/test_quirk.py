"""Shapes of quirks 2 to 4 that `test_matrix*` does not play, and what lines are worth whose SIMs can't be read."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import pytest

from bff.backends import Backends
from bff.domain.line import LineState
from bff.errors import BackendUnavailable
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.backends.wire import good

pytestmark = pytest.mark.anyio

Read = Callable[[Backends], Awaitable[dict[str, Any]]]


@pytest.fixture(params=["mobile", "fixed", "directory"])
def read(request: pytest.FixtureRequest, sandbox: Sandbox, small: Company) -> Read:
    """Give a read of one system with one key, in turn of each."""
    reads: dict[str, Read] = {
        "mobile": lambda backends: backends.mobile.accounts([small.mobile_accounts[0].id]),
        "fixed": lambda backends: backends.fixed.lines([small.fixed_lines[0].id]),
        "directory": lambda backends: backends.directory.users_by_subject([sandbox.world.users[0].subject]),
    }
    return reads[request.param]


async def only(answers: Awaitable[dict[str, Any]]) -> object:
    (answer,) = (await answers).values()
    return answer


@pytest.mark.parametrize("read", ["mobile", "fixed"], indirect=True)
@pytest.mark.parametrize("quirk", [Quirk.ERROR_FAULT_500, Quirk.ERROR_FAULT_200, Quirk.ERROR_CODE_IN_ANSWER])
async def test_the_night_windows_code_says_in_each_of_three_shapes_that_the_system_is_down(
    backends: Backends, sandbox: Sandbox, read: Read, quirk: Quirk
) -> None:
    sandbox.faults.set(Rule(quirk=quirk, parameters=Parameters(code="DB900")))
    assert type(await only(read(backends))) is BackendUnavailable


@pytest.mark.parametrize(("status", "body"), [(500, "empty"), (502, "html"), (504, "plain")])
async def test_a_servers_error_with_whatever_body_is_a_system_that_is_not_there(
    backends: Backends, sandbox: Sandbox, read: Read, status: int, body: Literal["empty", "html", "plain"]
) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, parameters=Parameters(status=status, body=body)))
    assert type(await only(read(backends))) is BackendUnavailable


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
