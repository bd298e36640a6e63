"""What a person may still spend in this minute, counted by several workers in a real Redis."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from datetime import timedelta

import pytest

from bff.execution.budget import Balance
from bff.observability import REGISTRY
from bff.redis_client import open_client
from bff.state.budget import SharedBudget
from sandbox.server import Sandbox
from tests.clock import NOW, HandClock, next_minute
from tests.house import House, house
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.anyio, pytest.mark.redis]

PER_MINUTE = 1_000
FIVE_POINTS = "{" + " ".join(f"{name}: viewer {{ profile }}" for name in "abcde") + "}"
NEXT = NOW + timedelta(seconds=60)

Open = Callable[..., SharedBudget]
"""Open the budget of one worker of so many, at a Redis."""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def opened(clock: HandClock) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        def open_budget(url: str, *, workers: int, timeout_s: float = 1) -> SharedBudget:
            redis = open_client(url, timeout_s=timeout_s, connections=2)
            budget = SharedBudget(redis, PER_MINUTE, workers=workers, monotonic=clock.monotonic)
            stack.push_async_callback(redis.aclose)
            return budget

        yield open_budget


async def test_what_one_worker_was_told_of_the_others_count(own_redis: RedisServer, opened: Open) -> None:
    one, other = (opened(own_redis.url, workers=2) for _ in range(2))

    assert await one.charge("ada", 600, NOW) == Balance(granted=True, remaining=400, reset_s=60)
    assert await other.charge("ada", 500, NOW) == Balance(granted=False, remaining=400, reset_s=60)
    assert await other.charge("ada", 400, NOW) == Balance(granted=True, remaining=0, reset_s=60)
    assert not (await one.charge("ada", 50, NOW)).granted
    assert await one.charge("ada", 1_000, NEXT) == Balance(granted=True, remaining=0, reset_s=60)
    assert (await other.charge("bea", 1_000, NOW)).granted


async def test_most_charges_cost_no_round_trip(own_redis: RedisServer, opened: Open) -> None:
    budget = opened(own_redis.url, workers=2)

    for _ in range(99):  # a share is 50 points
        assert (await budget.charge("ada", 5, NOW)).granted

    assert own_redis.ask("HVALS", f"bff:budget:{{ada}}:{int(NOW.timestamp()) // 60}") == ["450"]
    calls = own_redis.ask("INFO", "commandstats")["cmdstat_eval"]["calls"]
    assert calls == 9


async def test_all_workers_together_grant_less_than_eleven_tenths(own_redis: RedisServer, opened: Open) -> None:
    budgets = [opened(own_redis.url, workers=4) for _ in range(4)]

    granted = sum([(await budgets[n % 4].charge("ada", 7, NOW)).granted * 7 for n in range(400)])

    assert PER_MINUTE - 7 < granted < 1.1 * PER_MINUTE


async def test_a_person_s_points_are_forgotten_by_redis_after_their_minute(
    own_redis: RedisServer, opened: Open
) -> None:
    await opened(own_redis.url, workers=1).charge("ada", 500, NOW)

    (key,) = own_redis.ask("KEYS", "*")
    assert 60 < own_redis.ask("TTL", key) <= 120


async def test_while_redis_is_away_a_worker_counts_alone_and_tells_later(
    own_redis: RedisServer, opened: Open, clock: HandClock
) -> None:
    budget, other = (opened(own_redis.url, workers=2, timeout_s=0.2) for _ in range(2))
    before = _failures()
    own_redis.kill()

    assert await budget.charge("ada", 600, NOW) == Balance(granted=True, remaining=400, reset_s=60)
    assert not (await budget.charge("ada", 500, NOW)).granted, "its own points still count"
    assert (await budget.charge("ada", 100, NOW)).granted
    assert _failures() == before + 1, "it was asked once, and then left alone"

    own_redis.start()
    clock.advance(1)
    assert (await budget.charge("ada", 100, NOW)).remaining == 200
    assert await other.charge("ada", 300, NOW) == Balance(granted=False, remaining=200, reset_s=60)


async def test_what_was_charged_though_its_answer_was_lost_is_not_charged_again(
    own_redis: RedisServer, opened: Open, clock: HandClock
) -> None:
    budget, other = (opened(own_redis.url, workers=1, timeout_s=0.2) for _ in range(2))
    assert (await budget.charge("ada", 200, NOW)).granted
    for _ in range(3):
        with own_redis.stalled():  # it runs what it was sent when it goes on
            assert (await budget.charge("ada", 200, NOW)).granted
        own_redis.ask("PING")
        clock.advance(1)
    assert await other.charge("ada", 200, NOW) == Balance(granted=True, remaining=0, reset_s=60)


def test_what_is_spent_at_one_replica_is_spent_at_the_other(
    own_redis: RedisServer, sandbox_of_session: Sandbox
) -> None:
    clock = HandClock(next_minute(sandbox_of_session.clock.now()))
    with ExitStack() as stack:
        one, other = (stack.enter_context(_house(sandbox_of_session, own_redis, clock)) for _ in range(2))

        assert one.ask("legal", FIVE_POINTS).status == 200
        assert [other.ask("legal", FIVE_POINTS).status for _ in range(2)] == [200, 429]


def test_while_redis_answers_nothing_reading_goes_on(own_redis: RedisServer, sandbox_of_session: Sandbox) -> None:
    clock = HandClock(next_minute(sandbox_of_session.clock.now()))
    with _house(sandbox_of_session, own_redis, clock) as opened, own_redis.stalled():
        assert [opened.ask("legal", FIVE_POINTS).status for _ in range(3)] == [200, 200, 429]


def _house(sandbox: Sandbox, redis: RedisServer, clock: HandClock) -> AbstractContextManager[House]:
    return house(
        sandbox,
        clock=clock,
        state_redis_url=redis.url,
        redis_timeout_s="0.1",
        limit_cost="5",
        limit_points_per_minute="10",
    )


def _failures() -> float:
    return REGISTRY.get_sample_value("bff_budget_failures_total") or 0
