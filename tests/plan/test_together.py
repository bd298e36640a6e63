"""Many who ask for the same at once: one load serves them all."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from tests.house import Answer, House, house

FIRST = Path("operations/first.graphql").read_text(encoding="utf-8")
CROWD = 30


def at_once(houses: list[House]) -> list[Answer]:
    """Send the same query thirty times at once, to the houses in turn."""
    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(lambda turn: houses[turn % len(houses)].ask("legal", FIRST), range(CROWD)))


def alone(sandbox: Sandbox) -> Answer:
    with house(sandbox) as opened:
        return opened.ask("legal", FIRST)


def spent(answers: list[Answer]) -> Counter[str]:
    return sum((answer.calls for answer in answers), Counter())


def test_thirty_identical_cold_requests_cost_as_many_calls_as_one(bff: House, sandbox: Sandbox) -> None:
    one = alone(sandbox)
    answers = at_once([bff])
    assert [answer.data for answer in answers] == [one.data] * CROWD
    assert [answer.errors for answer in answers] == [[]] * CROWD
    assert spent(answers) == one.calls


@pytest.mark.redis
def test_two_workers_that_share_redis_and_a_crowd_cost_as_many_calls_as_one_request(
    sandbox: Sandbox, redis_url: str
) -> None:
    one = alone(sandbox)
    with (
        house(sandbox, redis_url=redis_url, redis_timeout_s="5") as here,
        house(sandbox, redis_url=redis_url, redis_timeout_s="5") as there,
    ):
        answers = at_once([here, there])
    assert [answer.data for answer in answers] == [one.data] * CROWD
    assert spent(answers) == one.calls
