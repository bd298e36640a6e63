"""A Cluster and a watched master below whole houses: shared like one Redis, and no page fails while a master does."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.faults.test_redis import NEAR_S, PERSON_ALONE, ask, assert_whole
from tests.house import Answer, House, house
from tests.redis_server import RedisCluster, RedisSentinels, RedisServer
from tests.waiting import eventually

pytestmark = pytest.mark.redis

KINDS = ("redis_cluster", "redis_sentinels")
AGAIN_S = 6.0
"""Half a second until the master is missed, an election, and at most a second until the BFF tries again."""


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """Give the address of the kind that is this test's turn."""
    return str(request.getfixturevalue(request.param).url)


def in_both(here: House, there: House) -> list[Answer]:
    """Ask both at once, four times each."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, [here, there] * 4))


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_what_one_worker_read_the_other_answers_without_a_call(sandbox: Sandbox, small: Company, url: str) -> None:
    with house(sandbox, redis_url=url) as here, house(sandbox, redis_url=url) as there:
        first, second = ask(here), ask(there)
    assert sum(first.calls.values()) > 0
    assert second.calls == {}
    assert_whole(second, sandbox, small)


@pytest.mark.parametrize("url", KINDS, indirect=True)
def test_a_crowd_at_two_workers_makes_the_calls_of_one_page(sandbox: Sandbox, small: Company, url: str) -> None:
    with house(sandbox) as alone:
        cold = ask(alone)
    with house(sandbox, redis_url=url) as here, house(sandbox, redis_url=url) as there:
        answers = in_both(here, there)
    assert sum((answer.calls for answer in answers), Counter()) == cold.calls
    for answer in answers:
        assert_whole(answer, sandbox, small)


# --- a master that dies -----------------------------------------------------------------------------------------------


class Mortal(NamedTuple):
    """The master that holds the person's profile, which is read from Redis for each page, and its heir."""

    master: RedisServer
    heir: RedisServer

    def has_died(self) -> None:
        """End the master, once the heir has all that it held."""
        eventually(lambda: profiles(self.heir) == profiles(self.master) != [], "the heir has not the profile")
        self.master.kill()


def profiles(server: RedisServer) -> list[str]:
    return sorted(server.ask("KEYS", "bff:*:user:*"))


def of_cluster(cluster: RedisCluster) -> Mortal:
    master = next(master for master in cluster.masters if profiles(master))
    cluster.replica.ask("CLUSTER", "REPLICATE", str(master.ask("CLUSTER", "MYID")))
    return Mortal(master, cluster.replica)


def of_sentinels(sentinels: RedisSentinels) -> Mortal:
    return Mortal(sentinels.master, sentinels.replica)


@pytest.mark.parametrize(("servers", "mortal"), [("own_cluster", of_cluster), ("own_sentinels", of_sentinels)])
def test_a_master_that_dies_costs_no_page_and_its_heir_is_used(
    request: pytest.FixtureRequest, sandbox: Sandbox, small: Company, servers: str, mortal: Callable[[Any], Mortal]
) -> None:
    running = request.getfixturevalue(servers)
    answers: list[Answer] = []

    def from_redis() -> bool:
        answers.append(ask(opened))
        return answers[-1].calls == {}

    with house(sandbox, redis_url=running.url) as opened:
        ask(opened)
        mortal(running).has_died()
        sandbox.clock.advance(NEAR_S + 1)
        eventually(from_redis, "Redis is not used again", within_s=AGAIN_S)
    assert len(answers) > 1
    assert answers[1].calls == PERSON_ALONE
    for answer in answers:
        assert_whole(answer, sandbox, small)
