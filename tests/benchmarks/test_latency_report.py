"""What stands in the table of latencies."""

import pytest

from benchmarks.latency_report import cells_of
from benchmarks.result import Latency


def _latency(
    *, number: int = 1, unanswered: int = 0, wrong: int = 0, p50_ms: float = 1, max_ms: float = 9, busy: float = 0.2
) -> Latency:
    return Latency(
        server="bff",
        round=number,
        rate=200,
        requests=600,
        unanswered=unanswered,
        wrong=wrong,
        p50_ms=p50_ms,
        p90_ms=2,
        p99_ms=3,
        max_ms=max_ms,
        busy=busy,
    )


def test_percentiles_are_the_rounds_medians_and_the_slowest_is_that_of_all() -> None:
    rounds = [
        _latency(number=number, p50_ms=p50_ms, max_ms=max_ms)
        for number, (p50_ms, max_ms) in enumerate([(1, 9), (1.5, 40), (8, 9)], start=1)
    ]
    assert cells_of(rounds) == "1.5, 2.0, 3.0, 40.0 | 20%"


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (_latency(unanswered=7), "not carried: 7 of 1200 unanswered | -"),
        (_latency(wrong=3), "not carried: 0 of 1200 unanswered, 3 wrong | -"),
    ],
)
def test_a_rate_that_one_round_did_not_carry_has_no_percentiles(failed: Latency, told: str) -> None:
    assert cells_of([_latency(), failed]) == told


def test_a_rate_above_one_that_was_too_much_is_left_empty() -> None:
    assert cells_of([]) == "- | -"
