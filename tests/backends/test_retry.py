"""The budget of retries: a tenth of the calls and three a second, and never a storm."""

from bff.backends._retry import RetryBudget


def spent(budget: RetryBudget, calls: int, *, at: float, every_s: float = 0.0) -> int:
    """Make calls that all fail, and count the retries that were let through."""
    count = 0
    for number in range(calls):
        budget.pay_in(at + number * every_s)
        count += budget.spend()
    return count


def test_a_tenth_of_the_calls_and_three_a_second_are_made_again() -> None:
    budget = RetryBudget(0.0)
    assert spent(budget, 1000, at=0.0) == 3 + 100
    assert spent(budget, 1000, at=0.0, every_s=0.01) in {129, 130}  # 100 of the calls, 30 of ten seconds


def test_a_quiet_time_saves_ten_and_no_more() -> None:
    budget = RetryBudget(0.0)
    budget.pay_in(3600.0)
    assert sum(budget.spend() for _ in range(100)) == 10
