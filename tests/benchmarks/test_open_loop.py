"""The load at a fixed rate: when it asks, and from when it counts."""

import pytest

from benchmarks.open_loop import Due, Queue, percentile, schedule
from tests.clock import HandClock

_OK = 200


class _Line:
    """A connection that keeps what it is given to send."""

    def __init__(self) -> None:
        self.sent: list[Due] = []

    def send(self, due: Due) -> None:
        self.sent.append(due)


def test_requests_are_due_at_the_same_moments_for_every_server() -> None:
    assert list(schedule(200, 3)) == list(schedule(200, 3))


def test_so_many_requests_a_second_are_due_on_average_in_order_and_in_time() -> None:
    moments = list(schedule(200, 100))
    assert len(moments) == pytest.approx(200 * 100, rel=0.03)
    assert moments == sorted(moments)
    assert moments[0] > 0
    assert moments[-1] < 100


def test_a_request_that_waits_for_a_connection_counts_from_when_it_was_due() -> None:
    clock, line = HandClock(), _Line()
    queue = Queue(clock.monotonic)
    queue.free(line.send)
    queue.ask(Due(0, 0.0))
    queue.ask(Due(1, 0.0))
    assert line.sent == [Due(0, 0.0)]
    clock.advance(2)
    queue.note(Due(0, 0.0), _OK, 10)
    queue.free(line.send)
    assert line.sent == [Due(0, 0.0), Due(1, 0.0)]
    clock.advance(1)
    queue.note(Due(1, 0.0), _OK, 10)
    result = queue.result()
    assert (result.p50_ms, result.max_ms) == (3000, 3000)
    assert (result.requests, result.unanswered, result.wrong) == (2, 0, 0)


def test_what_is_still_waiting_or_on_its_way_at_the_end_is_unanswered() -> None:
    queue = Queue(HandClock().monotonic)
    queue.free(_Line().send)
    queue.ask(Due(0, 0.0))
    queue.ask(Due(1, 0.0))
    result = queue.result()
    assert (result.requests, result.unanswered, result.max_ms) == (2, 2, 0)


@pytest.mark.parametrize(("status", "length"), [(503, 10), (200, 11)])
def test_an_answer_that_failed_or_has_another_length_than_before_is_wrong(status: int, length: int) -> None:
    queue = Queue(HandClock().monotonic)
    for told in ((_OK, 10), (status, length)):
        queue.ask(Due(0, 0.0))
        queue.note(Due(0, 0.0), *told)
    assert queue.result().wrong == 1


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(each) for each in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1)] == [51, 100, 100]
