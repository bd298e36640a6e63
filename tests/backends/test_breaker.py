"""The breaker, told the time: when it opens, tries and closes, and that late news change nothing."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._breaker import Breaker, Policy, State

POLICY = Policy(failures=0.5, calls_min=20, window_s=10.0, open_s=5.0)


def after(outcomes: Sequence[bool], *, at: float = 0.0, apart_s: float = 0.01) -> tuple[Breaker, float]:
    """Give a breaker after calls, one after the other, that failed or not; and the time then."""
    breaker, now = Breaker(POLICY), at
    for failed in outcomes:
        call(breaker, now, failed=failed)
        now += apart_s
    return breaker, now


def call(breaker: Breaker, now: float, *, failed: bool | None) -> None:
    assert breaker.allows(now)
    breaker.settle(breaker.admit(), now, failed=failed)


def opened() -> tuple[Breaker, float]:
    """Give a breaker that has just opened, and when."""
    breaker, now = after([True] * 20)
    return breaker, now - 0.01


def test_it_opens_when_half_of_twenty_calls_failed_and_not_before() -> None:
    assert after([False, True] * 9 + [False])[0].state(0.2) is State.CLOSED
    assert after([False, True] * 10)[0].state(0.2) is State.OPEN


def test_it_stays_closed_while_fewer_than_half_fail() -> None:
    breaker, now = after([True, False, False] * 100)
    assert breaker.state(now) is State.CLOSED


def test_nineteen_failures_are_too_few_to_tell() -> None:
    breaker, now = after([True] * 19)
    assert breaker.state(now) is State.CLOSED


def test_what_is_older_than_the_window_does_not_count() -> None:
    breaker, _ = after([True] * 19)
    call(breaker, 11.0, failed=True)
    assert breaker.state(11.0) is State.CLOSED


def test_open_it_lets_nothing_through_for_five_seconds_and_tells_how_long() -> None:
    breaker, at = opened()
    assert not breaker.allows(at + 4.9)
    assert breaker.opens_in_s(at + 3) == pytest.approx(2)
    assert breaker.state(at + 5) is State.HALF_OPEN
    assert breaker.opens_in_s(at + 9) == 0


def test_half_open_it_lets_one_call_through_at_a_time() -> None:
    breaker, at = opened()
    assert breaker.allows(at + 5)
    breaker.admit()
    assert not breaker.allows(at + 5)
    assert not breaker.allows(at + 60)


def test_a_trial_that_succeeds_closes_it_with_a_clean_record() -> None:
    breaker, at = opened()
    call(breaker, at + 5, failed=False)
    assert breaker.state(at + 5) is State.CLOSED
    for _ in range(19):
        call(breaker, at + 5.1, failed=True)
    assert breaker.state(at + 5.1) is State.CLOSED


def test_a_trial_that_fails_opens_it_for_five_seconds_more() -> None:
    breaker, at = opened()
    call(breaker, at + 6, failed=True)
    assert (breaker.state(at + 10.9), breaker.state(at + 11.1)) == (State.OPEN, State.HALF_OPEN)


def test_a_trial_that_tells_nothing_leaves_room_for_the_next() -> None:
    breaker, at = opened()
    call(breaker, at + 5, failed=None)
    assert breaker.state(at + 5) is State.HALF_OPEN
    assert breaker.allows(at + 5)


def test_calls_from_before_it_opened_do_not_close_it() -> None:
    breaker, at = after([True] * 19)
    early, late = breaker.admit(), breaker.admit()
    breaker.settle(early, at, failed=True)
    assert breaker.state(at) is State.OPEN
    breaker.settle(late, at + 5, failed=False)
    assert breaker.state(at + 5) is State.HALF_OPEN


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from([True, False, None])), max_size=200))
def test_whatever_happens_it_asks_again_within_the_time_it_is_open(steps: list[tuple[float, bool | None]]) -> None:
    breaker, now = Breaker(POLICY), 0.0
    for wait_s, failed in steps:
        now += wait_s
        if breaker.allows(now):
            breaker.settle(breaker.admit(), now, failed=failed)
    assert breaker.allows(now + POLICY.open_s)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=300))
def test_it_opens_exactly_when_the_last_ten_seconds_say_so(steps: list[tuple[float, bool]]) -> None:
    breaker, now = Breaker(POLICY), 0.0
    seen: list[tuple[int, bool]] = []
    for wait_s, failed in steps:
        now += wait_s
        if breaker.state(now) is not State.CLOSED:
            return
        breaker.settle(breaker.admit(), now, failed=failed)
        seen.append((int(now), failed))  # the window moves in steps of a second
        recent = [each for second, each in seen if second > int(now) - 10]
        assert (breaker.state(now) is State.OPEN) == (len(recent) >= 20 and 2 * sum(recent) >= len(recent))
