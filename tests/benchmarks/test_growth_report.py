"""What stands in the tables of growth."""

from benchmarks.growth_report import calls_of
from benchmarks.growth_result import Turn


def _turn(calls: int, attempts: int = 1) -> Turn:
    return Turn(attempts=attempts, calls=calls, cpu_ms=1)


def test_a_company_that_took_several_attempts_is_named() -> None:
    assert calls_of({100: _turn(7), 100_000: _turn(411, 3)}) == "7 to 411 calls; 100,000 lines at attempt 3"


def test_companies_whose_pages_came_at_once_are_told_by_calls_alone() -> None:
    assert calls_of({100: _turn(0), 1000: _turn(1)}) == "0 to 1 calls"
