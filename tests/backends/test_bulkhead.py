"""The bulkhead: slots in order, a queue with an end, and nothing lost when somebody stops waiting."""

import asyncio

import pytest

from bff.backends._bulkhead import Bulkhead, Full

pytestmark = pytest.mark.anyio


async def turns() -> None:
    """Let everything that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_as_many_as_there_are_slots_run_and_the_others_wait_in_order() -> None:
    bulkhead, entered = Bulkhead(2, queue=9), list[int]()

    async def caller(number: int) -> None:
        await bulkhead.enter()
        entered.append(number)

    tasks = [asyncio.create_task(caller(number)) for number in range(5)]
    await turns()
    assert (entered, bulkhead.running, bulkhead.waiting) == ([0, 1], 2, 3)
    bulkhead.leave()
    await turns()
    assert entered == [0, 1, 2]
    bulkhead.leave()
    bulkhead.leave()
    await asyncio.gather(*tasks)
    assert (entered, bulkhead.running, bulkhead.waiting) == ([0, 1, 2, 3, 4], 2, 0)


async def test_who_finds_the_queue_full_is_turned_away_at_once() -> None:
    bulkhead = Bulkhead(1, queue=1)
    await bulkhead.enter()
    waiting = asyncio.create_task(bulkhead.enter())
    await turns()
    with pytest.raises(Full):
        await bulkhead.enter()
    bulkhead.leave()
    await waiting


async def test_who_stops_waiting_takes_no_slot_with_them() -> None:
    bulkhead = Bulkhead(1, queue=2)
    await bulkhead.enter()
    impatient, patient = asyncio.create_task(bulkhead.enter()), asyncio.create_task(bulkhead.enter())
    await turns()
    bulkhead.leave()
    impatient.cancel()
    await patient
    assert (bulkhead.running, bulkhead.waiting) == (1, 0)
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_it_is_free_as_long_as_a_slot_can_be_had_without_waiting() -> None:
    bulkhead = Bulkhead(slots=1, queue=1)
    assert bulkhead.free
    await bulkhead.enter()
    assert not bulkhead.free
    bulkhead.leave()
    assert bulkhead.free
