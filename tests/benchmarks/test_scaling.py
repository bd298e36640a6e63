"""What an estate needs, from what was measured."""

from datetime import UTC, datetime

from benchmarks.memory_result import Held, Memory, Moved
from benchmarks.occasion import Occasion
from benchmarks.scaling import Costs, fleet

_PAGE = Costs(warm_ms=1, redis_ms=2, cold_ms=11, calls=7)
_MEMORY = Memory(
    occasion=Occasion(at=datetime(2026, 11, 22, tzinfo=UTC), command="", machine="", busy=False, versions={}),
    empty_mib=80,
    line=Held(redis_bytes=1000, process_bytes=2000),
    invoice=Held(redis_bytes=500, process_bytes=1000),
    warm=Moved(commands=1, out_bytes=1024),
    redis=Moved(commands=4, out_bytes=10240),
)


def test_a_page_costs_what_its_shares_of_process_redis_and_systems_cost() -> None:
    assert round(_PAGE.cpu_ms(hits=1), 3) == 1.3
    assert round(_PAGE.cpu_ms(hits=0.5), 3) == 0.5 * 1.3 + 0.5 * 11


def test_ten_million_lines_ask_400_dashboards_a_second_and_fill_their_workers_to_60_percent() -> None:
    needs = fleet(10_000_000, 0.5, _PAGE, _MEMORY)
    assert needs.requests_per_second == 400
    assert needs.calls_per_second == 400 * 0.5 * 7
    busy = 400 * _PAGE.cpu_ms(0.5) / 1000
    assert needs.workers * 0.6 >= busy > (needs.workers - 1) * 0.6


def test_the_smallest_estate_has_a_worker() -> None:
    assert fleet(1, 0.99, _PAGE, _MEMORY).workers == 1


def test_ten_times_the_lines_are_ten_times_the_memory_the_bandwidth_and_the_calls() -> None:
    small, large = (fleet(lines, 0.9, _PAGE, _MEMORY) for lines in (100_000, 1_000_000))
    assert round(large.redis_mib / small.redis_mib, 6) == 10
    assert round(large.redis_mib_per_second / small.redis_mib_per_second, 6) == 10
    assert round(large.calls_per_second / small.calls_per_second, 6) == 10
