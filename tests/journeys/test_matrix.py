"""Every cell of the profile matrix that this schema covers: all rows, own rows, or a refusal that costs nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import World
from tests.house import Answer, House, house
from tests.journeys.acting import PERSONAS, Acting, acting, matrix
from tests.journeys.answer import forbidden, told
from tests.journeys.case import CASES, CELLS

PROFILES = ("LEGAL_REPRESENTATIVE", "ADMIN_FULL", "ADMIN_LIGHT", "END_USER", "END_USER_PURCHASER", "CEASED_CUSTOMER")
PERSONA = dict(zip(PROFILES, PERSONAS, strict=True))

ALLOWED = [(function, profile) for function, profile in CELLS if matrix()[function][profile] != "no"]
REFUSED = [(function, profile) for function, profile in CELLS if matrix()[function][profile] == "no"]
LIVE = {"orders.live", "requests.live", "payments.live"}
"""Those that go on: tests/live/test_matrix.py."""
INSIDE = [("contract.detail", "ADMIN_LIGHT")]
"""Refused inside a thing that the profile may read."""


@pytest.fixture(scope="module")
def quiet(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that is asked only for what is refused: its caches stay empty."""
    with house(sandbox_of_session) as opened:
        yield opened


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox.world


@pytest.mark.parametrize(("function", "profile"), ALLOWED)
def test_gives_the_rows_of_the_cell_and_no_others(warm: House, world: World, function: str, profile: str) -> None:
    who, case = acting(world, PERSONA[profile]), CASES[function]

    for ask in case.asks(who, matrix()[function][profile]):
        answer = warm.ask(PERSONA[profile], case.query, dict(ask.variables))

        assert (answer.status, answer.errors) == (200, [])
        assert answer.data == ask.data


@pytest.mark.parametrize(("function", "profile"), [cell for cell in REFUSED if cell not in INSIDE])
def test_refuses_the_cell_and_reads_nothing(quiet: House, world: World, function: str, profile: str) -> None:
    answer = _assert_refused(quiet, world, function, profile)

    assert set(answer.calls) <= {"directory GET /Users"}


@pytest.mark.parametrize(("function", "profile"), INSIDE)
def test_reads_for_a_refusal_inside_a_thing_only_the_thing(
    bff: House, world: World, function: str, profile: str
) -> None:
    answer = _assert_refused(bff, world, function, profile)

    assert answer.calls == Counter(CASES[function].reading)


def _assert_refused(bff: House, world: World, function: str, profile: str) -> Answer:
    who, case = acting(world, PERSONA[profile]), CASES[function]
    due = case.refused(who)

    answer = bff.ask(PERSONA[profile], case.query, _variables(world, who, function))

    assert (answer.status, answer.data) == (due.status, due.data)
    assert told(answer) == [forbidden(*denied) for denied in due.errors]
    return answer


def _variables(world: World, who: Acting, function: str) -> dict[str, Any]:
    """Take those of the first ask of somebody who may: of the same company, where there is one."""
    asker = acting(world, "legal")._replace(company=who.company) if who.company.mobile_lines else acting(world, "legal")
    return dict(CASES[function].asks(asker, "all")[0].variables)


def test_every_row_of_the_matrix_is_in_the_schema() -> None:
    assert set(_functions("profiles")) | set(_functions("public")) == set(matrix())
    assert len(matrix()) == 87


def test_every_step_of_the_registration_is_public_and_taken_by_a_journey() -> None:
    public = {function for function, row in matrix().items() if {row[profile] for profile in PROFILES} == {"public"}}
    walked = Path("tests/journeys/test_registration.py").read_text(encoding="utf-8")

    assert set(_functions("public")) == public
    for function in public:
        section, step = function.split(".")
        assert f"{section}{step.capitalize()}(input" in walked, function


def _functions(directive: str) -> list[str]:
    """Give the functions that the schema names by a directive."""
    return re.findall(rf'@{directive}\(function: "([^"]+)"', Path("schema.graphql").read_text(encoding="utf-8"))


def test_every_function_of_the_schema_has_a_case_for_every_profile() -> None:
    in_schema = set(_functions("profiles"))
    columns = tuple(next(iter(matrix().values())))[4:]

    assert columns == PROFILES
    assert set(CASES) | LIVE == in_schema
    assert set(ALLOWED) | set(REFUSED) == {(function, profile) for function in CASES for profile in PROFILES}
    assert len(ALLOWED) + len(REFUSED) == len(CASES) * len(PROFILES)


def test_the_personas_hold_the_profiles_in_their_order(sandbox: Sandbox) -> None:
    assert tuple(acting(sandbox.world, persona).profile for persona in PERSONAS) == PROFILES
