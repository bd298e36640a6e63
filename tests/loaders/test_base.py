"""The loader that all loaders are: order, errors per key, few calls, and the traps of aiodataloader, each closed."""

import asyncio
from collections.abc import Callable, Mapping

import aiodataloader
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.typing import EventDict

from bff.domain.system import System
from bff.errors import BackendTimeout, BffError, Internal, NotFound
from bff.loaders._base import Loader
from bff.observability import REGISTRY

pytestmark = pytest.mark.anyio


class _Backend:
    """A plural operation over the squares of numbers; negative ones it does not know."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate: asyncio.Event | None = None
        self.failure: BaseException | None = None
        self.extra: dict[int, int | BffError] = {}
        self.active = 0
        self.most_active = 0
        self.cancelled = 0

    async def __call__(self, keys: list[int]) -> Mapping[int, int | BffError]:
        self.calls.append(keys)
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.active -= 1
        if self.failure is not None:
            raise self.failure
        return {key: key * key for key in reversed(keys) if key >= 0} | self.extra


@pytest.fixture
def backend() -> _Backend:
    return _Backend()


def _loader(backend: _Backend, limit: int = 50) -> Loader[int, int]:
    return Loader(backend, limit=limit, name="squares")


async def _turns(count: int = 40) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


# --- what it promises -------------------------------------------------------------------------------------------------


async def test_values_come_in_the_order_of_the_keys_although_the_backend_answers_in_another(backend: _Backend) -> None:
    assert await _loader(backend).many([3, 1, 2]) == [9, 1, 4]


async def test_the_same_key_twice_is_asked_once(backend: _Backend) -> None:
    loader = _loader(backend)
    assert [*await asyncio.gather(loader.many([2, 2, 3]), loader.many([3, 2]))] == [[4, 4, 9], [9, 4]]
    assert backend.calls == [[2, 3]]


async def test_what_is_known_is_not_asked_again(backend: _Backend) -> None:
    loader = _loader(backend)
    await loader.many([1, 2])
    assert await loader.many([2, 3, 1]) == [4, 9, 1]
    assert backend.calls == [[1, 2], [3]]


async def test_a_key_that_the_answer_lacks_is_not_found(backend: _Backend) -> None:
    missing, found = await _loader(backend).many([-1, 1])
    assert isinstance(missing, NotFound)
    assert found == 1


async def test_rows_that_nobody_asked_for_are_dropped_and_counted(backend: _Backend) -> None:
    backend.extra = {7: 49, 8: 64}
    loader = _loader(backend)
    await loader.many([1])
    assert loader.foreign == 2
    backend.extra = {}
    await loader.many([7])
    assert backend.calls == [[1], [7]]


async def test_one_gives_a_value_or_raises_its_error(backend: _Backend) -> None:
    loader = _loader(backend)
    assert await loader.one(3) == 9
    with pytest.raises(NotFound):
        await loader.one(-1)


async def test_no_keys_are_no_call(backend: _Backend) -> None:
    assert await _loader(backend).many([]) == []
    assert backend.calls == []


async def test_many_keys_are_as_few_calls_as_the_limit_allows_and_all_at_once(backend: _Backend) -> None:
    loader = _loader(backend, limit=50)
    await loader.many(range(120))
    assert [len(call) for call in backend.calls] == [50, 50, 20]
    assert backend.most_active == 3
    assert (loader.calls, loader.keys_asked) == (3, 120)


async def test_a_chunk_that_fails_costs_its_own_keys(backend: _Backend) -> None:
    error = BackendTimeout(System.MOBILE, "GET /square")

    async def fetch(keys: list[int]) -> dict[int, int | BffError]:
        if 3 in keys:
            raise error
        return {key: key for key in keys}

    assert await Loader(fetch, limit=2, name="squares").many([1, 2, 3, 4]) == [1, 2, error, error]


async def test_an_error_of_one_key_is_kept_for_the_operation(backend: _Backend) -> None:
    error = BackendTimeout(System.MOBILE, "GET /square")
    backend.extra = {2: error}
    loader = _loader(backend)
    assert await loader.many([1, 2]) == [1, error]
    assert await loader.many([2]) == [error]
    assert len(backend.calls) == 1


async def test_keys_on_their_way_are_joined(backend: _Backend) -> None:
    backend.gate = asyncio.Event()
    loader = _loader(backend)
    first = asyncio.create_task(loader.many([1, 2]))
    await _turns()
    second = asyncio.create_task(loader.many([2, 3]))
    await _turns()
    backend.gate.set()
    assert [*await asyncio.gather(first, second)] == [[1, 4], [4, 9]]
    assert backend.calls == [[1, 2], [3]]


async def test_batches_are_counted_in_the_metrics(backend: _Backend) -> None:
    def batches() -> float:
        return REGISTRY.get_sample_value("bff_loader_batches_total", {"loader": "squares"}) or 0.0

    before = batches()
    await _loader(backend, limit=1).many([1, 2])
    assert batches() - before == 2


@given(st.lists(st.lists(st.integers(-5, 20), max_size=10), max_size=6), st.integers(1, 7))
async def test_whatever_is_asked_in_one_turn_is_answered_right_in_the_fewest_calls(
    asked: list[list[int]], limit: int
) -> None:
    backend = _Backend()
    loader = _loader(backend, limit=limit)
    answers = await asyncio.gather(*map(loader.many, asked))
    for keys, values in zip(asked, answers, strict=True):
        assert [None if isinstance(value, NotFound) else value for value in values] == [
            key * key if key >= 0 else None for key in keys
        ]
    wanted = {key for keys in asked for key in keys}
    assert sorted(key for call in backend.calls for key in call) == sorted(wanted)
    assert len(backend.calls) == -(-len(wanted) // limit)


# --- aiodataloader's outside ------------------------------------------------------------------------------------------


async def test_it_is_an_aiodataloader_to_the_outside(backend: _Backend) -> None:
    loader = _loader(backend)
    assert isinstance(loader, aiodataloader.DataLoader)
    assert [*await asyncio.gather(loader.load(1), loader.load(2))] == [1, 4]
    assert await loader.load_many([3, 1]) == [9, 1]
    assert await loader.batch_load_fn([2, 3]) == [4, 9]
    assert backend.calls == [[1, 2], [3]]


async def test_load_raises_an_error_and_load_many_the_first(backend: _Backend) -> None:
    loader = _loader(backend)
    with pytest.raises(NotFound):
        await loader.load(-1)
    with pytest.raises(NotFound):
        await loader.load_many([1, -1])
    with pytest.raises(TypeError):
        loader.load(None)  # type: ignore[arg-type]


async def test_a_primed_value_is_not_asked_for_and_does_not_replace_a_known_one(backend: _Backend) -> None:
    loader = _loader(backend).prime(1, 100)
    assert await loader.many([1, 2]) == [100, 4]
    loader.prime(2, 200)
    assert await loader.many([1, 2]) == [100, 4]
    assert backend.calls == [[2]]


@pytest.mark.parametrize("clear", [lambda loader: loader.clear(1), lambda loader: loader.clear_all()])
async def test_a_cleared_key_is_asked_again_even_when_its_load_was_on_its_way(
    backend: _Backend, clear: Callable[[Loader[int, int]], object]
) -> None:
    loader = _loader(backend)
    await loader.many([1])
    clear(loader)
    backend.gate = asyncio.Event()
    early = asyncio.create_task(loader.many([1]))
    await _turns()
    clear(loader)
    late = asyncio.create_task(loader.many([1]))
    await _turns()
    backend.gate.set()
    assert [*await asyncio.gather(early, late)] == [[1], [1]]
    assert backend.calls == [[1], [1], [1]]


# --- the traps of aiodataloader 0.4 (libraries.md) --------------------------------------------------------------------


async def test_trap_a_cancelled_waiter_poisons_its_key(backend: _Backend) -> None:
    backend.gate = asyncio.Event()
    loader = _loader(backend)
    gone, load = asyncio.create_task(loader.many([1])), loader.load(1)
    stays = asyncio.create_task(loader.many([1]))
    await _turns()
    gone.cancel()
    load.cancel()
    await _turns()
    backend.gate.set()
    assert await stays == [1]
    assert await loader.load(1) == 1
    assert len(backend.calls) == 1


async def test_trap_a_cancelled_waiter_poisons_its_key_when_it_was_the_only_one(backend: _Backend) -> None:
    backend.gate = asyncio.Event()
    loader = _loader(backend)
    gone = asyncio.create_task(loader.many([1]))
    await _turns()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    backend.gate.set()
    assert await loader.many([1]) == [1]
    assert backend.cancelled == 1


async def test_trap_a_cancelled_waiter_poisons_its_key_before_the_batch_has_left(backend: _Backend) -> None:
    loader = _loader(backend)
    gone = asyncio.create_task(loader.many([1]))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert await loader.many([1, 2]) == [1, 4]
    assert backend.calls == [[1, 2]]


async def test_trap_a_batch_that_raises_cancelled_error_hangs_its_waiters(backend: _Backend) -> None:
    backend.failure = asyncio.CancelledError()
    async with asyncio.timeout(5):
        (value,) = await _loader(backend).many([1])
    assert isinstance(value, Internal)


async def test_trap_a_batch_that_raised_is_forgotten(backend: _Backend) -> None:
    backend.failure = BackendTimeout(System.MOBILE, "GET /square")
    loader = _loader(backend)
    assert await loader.many([1, 2]) == [backend.failure] * 2
    assert await loader.many([1, 2]) == [backend.failure] * 2
    assert len(backend.calls) == 1


async def test_trap_an_unexpected_exception_ends_the_batch(backend: _Backend, told: list[EventDict]) -> None:
    backend.failure = ZeroDivisionError("secret")
    values = await _loader(backend).many([1, 2])
    assert all(isinstance(value, Internal) for value in values)
    assert [(line["event"], line["loader"], line["keys"], line["exc_info"]) for line in told] == [
        ("loader_failed", "squares", 2, True)
    ]


async def test_trap_no_reference_is_kept_to_the_batch(backend: _Backend) -> None:
    loader = _loader(backend)
    waiting = asyncio.create_task(loader.many([1]))
    await asyncio.sleep(0)
    assert loader._open is not None
    assert loader._flying[1].flight.task is loader._open.flight.task
    await waiting
    assert not loader._flying


async def test_trap_batches_fragment_when_parents_answer_at_different_times(backend: _Backend) -> None:
    loader = _loader(backend)

    async def parent(number: int) -> list[int | BffError]:
        await _turns(number)
        return await loader.many(range(number * 5, number * 5 + 5))

    answers = await asyncio.gather(*map(parent, range(10)))
    assert [value for answer in answers for value in answer] == [key * key for key in range(50)]
    assert [len(call) for call in backend.calls] == [50]


async def test_trap_batches_fragment_when_parents_come_through_tasks_of_different_depth(backend: _Backend) -> None:
    loader = _loader(backend)

    async def deep(depth: int) -> list[int | BffError]:
        if depth:
            return await asyncio.shield(asyncio.create_task(deep(depth - 1)))
        return await loader.many([depth, 1])

    await asyncio.gather(*map(deep, range(8)))
    assert len(backend.calls) == 1


def test_trap_it_is_made_outside_the_loop_that_runs_it(backend: _Backend) -> None:
    with pytest.raises(RuntimeError, match="running"):
        _loader(backend)
