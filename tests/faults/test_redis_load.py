"""Redis breaks and mends while eight clients keep asking: every answer is whole, and none waits long.

With `pytest -s` it tells what it measured, which docs/redis.md quotes.
"""

import threading
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import NamedTuple, Self

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.faults.dashboard import HEADERS, QUERY, whole
from tests.faults.test_redis import NEAR_S, PAUSE_S
from tests.house import Answer, House, house
from tests.process import no_garbage_collected, open_sockets
from tests.redis_server import RedisPipe, RedisServer
from tests.waiting import eventually

pytestmark = pytest.mark.redis

PERSONAS = ("legal", "user", "fixed", "mobile")
"""Two of one company with different reach, and two of other companies; each asks with two clients."""

PHASE = 24
"""Answers before, during and after the breakage."""
FEW = 8
"""One of each client, where no times are compared."""

TIMEOUT_S = "0.05"
SLOW_S = 0.2
"""As in production, and what is too slow for that."""
AGAIN_S = 3.0
"""The pause of a second, and another after a try that came too late on a busy machine."""

PATIENCE_S = 30.0
WORST_RATIO = 6
WAITS_MS = 400
"""The worst answer against the usual one: all is read anew, and each of the page's levels may wait for Redis once."""

CONNECTIONS = 32 + 2
"""Those of the pool, one for all reads, and the test's own."""


class Sample(NamedTuple):
    """One answer, who asked for it, and when."""

    persona: str
    began: float
    seconds: float
    answer: Answer


class Load:
    """Clients that ask for the page as several people, each again as soon as it is answered."""

    def __init__(self, opened: House) -> None:
        self._house = opened
        self._samples: list[Sample] = []
        self._arrival = threading.Condition()
        self._over = threading.Event()
        self._clients = [threading.Thread(target=self._ask, args=(persona,)) for persona in 2 * PERSONAS]

    def __enter__(self) -> Self:
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for client in self._clients:
            client.join()

    def phase(self, answers: int = PHASE, *, lasting_s: float = 0.0) -> list[Sample]:
        """Give the next answers to questions that are not asked yet, and all until so much time has passed."""
        began = time.monotonic()
        with self._arrival:
            assert self._arrival.wait_for(lambda: self._done(began, answers, lasting_s), PATIENCE_S), (
                "clients get no answers"
            )
            return self._since(began)

    def samples(self) -> list[Sample]:
        """Give all answers so far."""
        with self._arrival:
            return list(self._samples)

    def _done(self, began: float, answers: int, lasting_s: float) -> bool:
        samples = self._since(began)
        return len(samples) >= answers and samples[-1].began >= began + lasting_s

    def _since(self, began: float) -> list[Sample]:
        return [sample for sample in self._samples if sample.began >= began]

    def _ask(self, persona: str) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            answer = page(self._house, persona)
            with self._arrival:
                self._samples.append(Sample(persona, began, time.monotonic() - began, answer))
                self._arrival.notify_all()


def page(opened: House, persona: str) -> Answer:
    return opened.ask(persona, QUERY, headers=HEADERS)


def worst_ms(samples: list[Sample]) -> float:
    return max(sample.seconds for sample in samples) * 1000


def usual_ms(samples: list[Sample]) -> float:
    return median(sample.seconds for sample in samples) * 1000


class Breakage(NamedTuple):
    """What happens to a server that has a slow way to it, and how it ends."""

    begin: Callable[[RedisServer, RedisPipe], None]
    end: Callable[[RedisServer, RedisPipe], None]


def slowed(_server: RedisServer, pipe: RedisPipe) -> None:
    pipe.delay_s = SLOW_S


def quick(_server: RedisServer, pipe: RedisPipe) -> None:
    pipe.delay_s = 0.0


BREAKAGES = {
    "killed": Breakage(lambda server, _: server.kill(), lambda server, _: server.start()),
    "stopped": Breakage(lambda server, _: server.stall(), lambda server, _: server.resume()),
    "slow": Breakage(slowed, quick),
    "flushed": Breakage(lambda server, _: server.ask("FLUSHALL"), lambda _server, _pipe: None),
    "full": Breakage(
        lambda server, _: server.ask("CONFIG", "SET", "maxmemory", "1"),
        lambda server, _: server.ask("CONFIG", "SET", "maxmemory", "0"),
    ),
}


@pytest.fixture
def way(own_redis: RedisServer) -> Iterator[RedisPipe]:
    """Give the way to the server, quick at first."""
    with RedisPipe(own_redis) as pipe:
        yield pipe


@pytest.mark.parametrize("name", BREAKAGES)
def test_every_answer_under_load_is_whole_and_in_time_and_redis_is_used_again(
    sandbox: Sandbox, small: Company, own_redis: RedisServer, way: RedisPipe, name: str
) -> None:
    with house(sandbox, redis_url=way.url, redis_timeout_s=TIMEOUT_S) as opened:
        calm = {persona: page(opened, persona) for persona in PERSONAS}
        with no_garbage_collected(), Load(opened) as load:
            before = load.phase()
            BREAKAGES[name].begin(own_redis, way)
            sandbox.clock.advance(NEAR_S + 1)  # copies of the worker's own would do without Redis
            during = load.phase(lasting_s=PAUSE_S)
            BREAKAGES[name].end(own_redis, way)
            again_s = until_used(own_redis)
            load.phase()
    assert calm["legal"].data == whole(small, sandbox.clock.now())
    for sample in load.samples():
        assert sample.answer.status == 200
        assert (sample.answer.data, sample.answer.codes) == (calm[sample.persona].data, calm[sample.persona].codes)
    assert again_s < AGAIN_S
    assert worst_ms(load.samples()) < WORST_RATIO * usual_ms(before) + WAITS_MS
    print(  # noqa: T201 - for docs/redis.md
        f"{name}: {usual_ms(before):.0f} ms before, {usual_ms(during):.0f} ms during ({worst_ms(during):.0f} at worst, "
        f"{worst_ms(load.samples()) / usual_ms(before):.1f} x), used again after {again_s:.2f} s"
    )


def test_nothing_is_left_behind_by_breakages(sandbox: Sandbox, own_redis: RedisServer, way: RedisPipe) -> None:
    before = open_sockets()
    with house(sandbox, redis_url=way.url, redis_timeout_s=TIMEOUT_S) as opened, Load(opened) as load:
        for breakage in BREAKAGES.values():
            breakage.begin(own_redis, way)
            load.phase(FEW)
            breakage.end(own_redis, way)
            until_used(own_redis)
        assert len(own_redis.ask("CLIENT LIST")) <= CONNECTIONS
    eventually(lambda: open_sockets() <= before, "sockets stay open")


def hits(server: RedisServer) -> int:
    """Count the keys that a server was asked for and had, since it started."""
    return int(server.ask("INFO", "stats")["keyspace_hits"])


def until_used(server: RedisServer) -> float:
    """Wait until a server gives what it holds; tell how many seconds that took."""
    then = hits(server)
    return eventually(lambda: hits(server) > then, "Redis is not used again")
