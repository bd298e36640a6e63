"""Work that several wait for."""

import asyncio

import pytest

from bff.cache.flight import Flight, land, quiet, stray_cancellation
from tests.cache.parts import turns

pytestmark = pytest.mark.anyio


async def test_one_that_leaves_does_not_end_the_work_and_the_last_one_does() -> None:
    abandoned: list[bool] = []
    flight: Flight[bool] = Flight(asyncio.Event().wait(), lambda: abandoned.append(True))
    waiters = [asyncio.create_task(land([flight])) for _ in range(2)]
    await turns()
    waiters[0].cancel()
    await turns()
    assert not flight.task.done()
    assert not abandoned
    waiters[1].cancel()
    await turns()
    assert flight.task.cancelled()
    assert abandoned == [True]


async def test_results_come_in_the_order_of_the_flights() -> None:
    async def work(value: int) -> int:
        await turns(10 - value)
        return value

    assert await land([Flight(work(n), lambda: None) for n in range(5)]) == [0, 1, 2, 3, 4]


async def test_an_error_ends_the_other_flights_that_nobody_else_waits_for() -> None:
    async def fails() -> bool:
        raise ValueError

    endless: Flight[bool] = Flight(asyncio.Event().wait(), lambda: None)
    with pytest.raises(ValueError):  # noqa: PT011 - the very error
        await land([Flight(fails(), lambda: None), endless])
    await turns()
    assert endless.task.cancelled()


async def test_the_wait_for_quiet_is_bounded_although_something_comes_in_every_turn() -> None:
    sizes = iter(range(1000))
    await quiet(lambda: next(sizes))
    assert next(sizes) < 30


async def test_a_cancellation_out_of_an_awaited_call_is_told_from_that_of_the_task() -> None:
    seen: list[bool] = []

    async def raises() -> None:
        inner: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        inner.cancel()
        try:
            await inner
        except asyncio.CancelledError:
            seen.append(stray_cancellation())

    async def is_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append(stray_cancellation())
            raise

    await raises()
    task = asyncio.create_task(is_cancelled())
    await turns()
    task.cancel()
    await turns()
    assert seen == [True, False]
