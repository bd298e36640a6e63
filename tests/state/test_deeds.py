"""What is remembered of deeds, in a real Redis and in memory: one step after the other, one worker at a time."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bff.domain.deed import Step
from bff.redis_client import Client, open_client
from bff.state.deeds import LIFE_S, Asked, DeedStore, Due, Held, MemoryDeeds, RedisDeeds
from tests.redis_server import RedisCluster

pytestmark = pytest.mark.anyio

NAME = "a" * 32
ASKED = Asked(NAME, "input-1", "worker-1", b"deed")
OTHER = ASKED._replace(holder="worker-2")
NOW, LEASE_S = 1_000_000.5, 15.0


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Client]:
    client = open_client(redis_url, timeout_s=1, connections=2)
    yield client
    await client.aclose()


@pytest.fixture
async def cluster(redis_cluster: RedisCluster) -> AsyncIterator[Client]:
    client = open_client(redis_cluster.url, timeout_s=1, connections=2)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", *(pytest.param(each, marks=pytest.mark.redis) for each in ("redis", "cluster"))])
def store(request: pytest.FixtureRequest) -> DeedStore:
    return MemoryDeeds() if request.param == "memory" else RedisDeeds(request.getfixturevalue(request.param))


async def reserved(store: DeedStore, asked: Asked = ASKED, now: float = NOW) -> Held | None:
    return await store.reserve(asked, now, now + LEASE_S)


async def sent(store: DeedStore) -> None:
    assert await reserved(store) is None
    assert await store.send(ASKED, NOW + LEASE_S)


async def test_a_name_is_one_workers_until_its_lease_ends(store: DeedStore) -> None:
    assert await reserved(store) is None
    assert await reserved(store, OTHER, NOW + LEASE_S - 1) == Held(Step.RESERVED, is_same=True, told=None)
    assert await reserved(store, OTHER, NOW + LEASE_S) is None
    assert not await store.send(ASKED, NOW + 2 * LEASE_S), "it has lost the name"
    assert await store.send(OTHER, NOW + 2 * LEASE_S)


async def test_of_many_at_once_one_gets_the_name(store: DeedStore) -> None:
    found = await asyncio.gather(*(reserved(store, ASKED._replace(holder=f"worker-{n}")) for n in range(50)))
    assert found.count(None) == 1


@pytest.mark.parametrize("step", Step)
async def test_other_input_is_told_at_every_step(store: DeedStore, step: Step) -> None:
    await reserved(store)
    if step is not Step.RESERVED:
        await store.send(ASKED, NOW + LEASE_S)
    if step not in {Step.RESERVED, Step.SENT}:
        assert await store.settle(NAME, step, b"told", None)

    assert await reserved(store, ASKED._replace(input="input-2"), NOW + 100) == Held(step, is_same=False, told=None)


async def test_a_name_that_was_given_back_is_free_and_one_that_was_sent_is_not_given_back(store: DeedStore) -> None:
    await reserved(store)
    await store.release(NAME, "worker-2")
    assert await reserved(store, OTHER) is not None, "only its own worker gives it back"
    await store.release(NAME, "worker-1")
    await sent(store)
    await store.release(NAME, "worker-1")
    assert await reserved(store) == Held(Step.SENT, is_same=True, told=None)


async def test_a_name_that_rests_is_free_for_the_same_and_for_nothing_else(store: DeedStore) -> None:
    await reserved(store)
    await store.rest(NAME, "worker-2")
    assert await reserved(store, OTHER) is not None, "only its own worker lets it rest"
    await store.rest(NAME, "worker-1")
    assert await reserved(store, OTHER._replace(input="input-2")) == Held(Step.RESERVED, is_same=False, told=None)
    assert await reserved(store, OTHER) is None
    assert await store.send(OTHER, NOW + LEASE_S)
    await store.rest(NAME, "worker-2")
    assert await reserved(store) == Held(Step.SENT, is_same=True, told=None)


@pytest.mark.parametrize("step", [Step.DONE, Step.UNKNOWN])
async def test_what_became_of_it_is_told_to_whoever_asks_again(store: DeedStore, step: Step) -> None:
    await sent(store)
    assert await store.settle(NAME, step, b"told", None)
    assert await reserved(store, OTHER, NOW + 1000) == Held(step, is_same=True, told=b"told")


async def test_what_was_not_done_may_be_done_again(store: DeedStore) -> None:
    await sent(store)
    assert await store.settle(NAME, Step.FAILED, b"told", None)
    assert await reserved(store, OTHER) is None
    assert await store.send(OTHER, NOW + LEASE_S)


async def test_what_is_settled_stays_so(store: DeedStore) -> None:
    await sent(store)
    assert await store.settle(NAME, Step.UNKNOWN, b"unknown", NOW)
    assert await store.settle(NAME, Step.DONE, b"done", None)
    for step in Step:
        assert not await store.settle(NAME, step, b"late", NOW)
    assert await reserved(store) == Held(Step.DONE, is_same=True, told=b"done")


async def test_what_was_sent_is_due_when_its_lease_ends_and_to_one_at_a_time(store: DeedStore) -> None:
    await sent(store)
    assert await store.claim("a", NOW + LEASE_S - 1, NOW) is None
    found = await asyncio.gather(*(store.claim("a", NOW + LEASE_S, NOW + 2 * LEASE_S) for _ in range(10)))
    assert [each for each in found if each is not None] == [Due(NAME, Step.SENT, b"deed")]
    assert await store.claim("b", NOW + 1000, NOW + 2000) is None, "it is another agenda's"
    assert await store.claim("a", NOW + 2 * LEASE_S, NOW + 3 * LEASE_S) == Due(NAME, Step.SENT, b"deed"), (
        "who claimed it is gone too"
    )


async def test_what_is_due_is_put_off_and_dropped(store: DeedStore) -> None:
    await sent(store)
    await store.settle(NAME, Step.DONE, b"told", NOW)
    await store.put_off(NAME, NOW + 10)
    assert await store.claim("a", NOW + 9, NOW + 20) is None
    assert await store.claim("a", NOW + 10, NOW + 20) == Due(NAME, Step.DONE, b"deed")
    await store.drop(NAME)
    await store.put_off(NAME, NOW + 10)
    assert await store.claim("a", NOW + 1000, NOW + 2000) is None


async def test_what_is_due_longest_comes_first(store: DeedStore) -> None:
    names = [f"a{n:031x}" for n in range(5)]
    for place, name in enumerate(names):
        asked = ASKED._replace(name=name)
        await reserved(store, asked)
        await store.send(asked, NOW - place)
    claimed = [await store.claim("a", NOW, NOW + LEASE_S) for _ in names]
    assert [each.name for each in claimed if each] == names[::-1]


@pytest.mark.redis
async def test_all_of_it_ends_after_two_days(redis: Client) -> None:
    await sent(RedisDeeds(redis))
    left = await redis.run("x", lambda node: node.ttl(f"bff:deed:{{a}}:{NAME}"))
    assert LIFE_S - 60 < left <= LIFE_S
    await redis.run("x", lambda node: node.delete(f"bff:deed:{{a}}:{NAME}"))
    assert await RedisDeeds(redis).claim("a", NOW + 1000, NOW + 2000) is None
    assert await redis.run("x", lambda node: node.zcard("bff:agenda:{a}")) == 0
