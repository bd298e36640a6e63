"""What a principal may still spend in this minute."""

from datetime import timedelta

import pytest

from bff.execution.budget import Balance, Budget, MemoryBudget, minute_of, settle
from tests.clock import NOW

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(seconds=45)
NEXT = NOW + timedelta(seconds=60)


@pytest.fixture
def budget() -> Budget:
    return MemoryBudget(100)


async def test_points_are_spent_until_none_are_left_and_are_there_again_with_the_next_minute(budget: Budget) -> None:
    assert await budget.charge("ada", 60, NOW) == Balance(granted=True, remaining=40, reset_s=60)
    assert await budget.charge("ada", 40, LATER) == Balance(granted=True, remaining=0, reset_s=15)
    assert await budget.charge("ada", 1, LATER) == Balance(granted=False, remaining=0, reset_s=15)
    assert await budget.charge("ada", 1, NEXT) == Balance(granted=True, remaining=99, reset_s=60)


async def test_what_does_not_fit_is_not_charged(budget: Budget) -> None:
    await budget.charge("ada", 60, NOW)

    assert await budget.charge("ada", 41, NOW) == Balance(granted=False, remaining=40, reset_s=60)
    assert await budget.charge("ada", 40, NOW) == Balance(granted=True, remaining=0, reset_s=60)


async def test_each_principal_has_a_budget_of_their_own(budget: Budget) -> None:
    await budget.charge("ada", 100, NOW)

    assert (await budget.charge("bea", 100, NOW)).granted


async def test_a_clock_that_was_far_ahead_does_not_close_the_budget_until_then(budget: Budget) -> None:
    assert (await budget.charge("ada", 100, NOW + timedelta(hours=1))).granted
    assert (await budget.charge("ada", 100, NOW)).granted


async def test_a_clock_that_is_set_back_gives_no_points_again(budget: Budget) -> None:
    await budget.charge("ada", 100, NEXT)

    assert not (await budget.charge("ada", 1, NOW)).granted


def test_a_charge_is_settled_by_what_was_spent_alone() -> None:
    assert settle(99, 1, 100, NOW) == Balance(granted=True, remaining=0, reset_s=60)
    assert settle(99, 2, 100, NOW) == Balance(granted=False, remaining=1, reset_s=60)
    assert settle(120, 0, 100, NOW) == Balance(granted=False, remaining=0, reset_s=60), "the limit was lowered"
    assert minute_of(LATER) == minute_of(NOW) == minute_of(NEXT) - 1
