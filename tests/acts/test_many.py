"""Changing many things: each leg once, under the one key of the client, whoever is killed in between."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest

from bff.acts import BELIEVED_S, LEASE_S, Acts, Refused, Seal, Wish
from bff.backends import Backends
from bff.cache.read import ReadThrough
from bff.domain.change import ChangeStatus, UserError
from bff.domain.deed import Judged, Told
from bff.domain.deed.sim import SimOrder
from bff.domain.error_code import ErrorCode
from bff.domain.system import System
from bff.errors import BackendTimeout, BackendUnavailable, IdempotencyMismatch, InProgress
from bff.redis_client import Client, open_client
from bff.state.deeds import DeedStore, MemoryDeeds, RedisDeeds
from tests.clock import HandClock

pytestmark = pytest.mark.anyio

LEGS = ("one", "two", "three")
ACCEPTED, REJECTED, UNKNOWN = (
    Told(each) for each in (ChangeStatus.ACCEPTED, ChangeStatus.REJECTED, ChangeStatus.UNKNOWN)
)
TOO_LATE = UserError(ErrorCode.WRONG_STATE, "Too late.", ("ids", "1"))


class Mobile:
    """A system that does what it is told, but for what fails; `lost` takes it and says nothing."""

    def __init__(self) -> None:
        self.done: dict[str, str] = {}
        self.sent: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.lost: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self._came: asyncio.Queue[str] = asyncio.Queue()

    async def came(self, count: int) -> None:
        """Wait until so many more have come."""
        for _ in range(count):
            await self._came.get()

    async def order_sim(self, deed: SimOrder, request_id: str) -> Told:
        self.sent.append(deed.line_key)
        self._came.put_nowait(deed.line_key)
        await self.gate.wait()
        if (error := self.failing.get(deed.line_key)) is not None:
            raise error
        assert self.done.setdefault(request_id, deed.line_key) == deed.line_key
        if deed.line_key in self.lost:
            raise BackendTimeout(System.MOBILE, "POST", "lost")
        return ACCEPTED

    async def service_order(self, request_id: str) -> Told | None:
        return ACCEPTED if request_id in self.done else None


class Systems:
    """The one system there is."""

    def __init__(self, mobile: Mobile) -> None:
        self.mobile = mobile


class Cache:
    """Nothing to forget."""

    def owner(self, customer: str) -> str:
        return f"owner of {customer}"

    async def invalidate_owner(self, _owner: str, _tags: Any) -> bool:
        return True


class Desk:
    """A worker, and what it is asked."""

    def __init__(self, store: DeedStore, mobile: Mobile, clock: HandClock) -> None:
        self.acts = Acts(
            store,
            cast("Backends", Systems(mobile)),
            cast("ReadThrough", Cache()),
            clock,
            lambda code: code,
            Seal([b"secret"]),
            clock.monotonic,
        )
        self.judged: list[str] = []
        self.refused: set[str] = set()

    async def ask(self, *legs: str, given: str = "input") -> Mapping[str, Any]:
        async def prepare(leg: str) -> Judged:
            self.judged.append(leg)
            if leg in self.refused:
                raise Refused([TOO_LATE])
            return Judged(SimOrder(line_key=leg, customer_key="C", person_key="P", block=True))

        wish = Wish("linesBlock", "key-1", "P", "C", given)
        return await self.acts.perform_all(wish, legs or LEGS, prepare)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Client]:
    client = open_client(redis_url, timeout_s=1, connections=2)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest) -> DeedStore:
    return MemoryDeeds() if request.param == "memory" else RedisDeeds(request.getfixturevalue("redis"))


@pytest.fixture
def mobile() -> Mobile:
    return Mobile()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def desk(store: DeedStore, mobile: Mobile, clock: HandClock) -> Desk:
    return Desk(store, mobile, clock)


async def test_each_leg_is_done_once_and_told_again(desk: Desk, mobile: Mobile) -> None:
    assert await desk.ask() == await desk.ask() == dict.fromkeys(LEGS, ACCEPTED)
    assert sorted(mobile.sent) == sorted(desk.judged) == sorted(LEGS)


async def test_the_same_key_with_other_input_is_a_mistake_also_when_all_is_done(desk: Desk) -> None:
    await desk.ask()
    with pytest.raises(IdempotencyMismatch):
        await desk.ask(given="other input")


async def test_while_it_goes_on_others_are_told_so(desk: Desk, mobile: Mobile) -> None:
    mobile.gate.clear()
    doing = asyncio.create_task(desk.ask())
    await mobile.came(1)
    with pytest.raises(InProgress):
        await desk.ask()
    with pytest.raises(IdempotencyMismatch):
        await desk.ask(given="other input")
    mobile.gate.set()
    assert await doing == dict.fromkeys(LEGS, ACCEPTED)


async def test_what_is_refused_or_fails_holds_up_no_other_and_may_be_tried_again(desk: Desk, mobile: Mobile) -> None:
    undone = BackendUnavailable(System.MOBILE, "POST", "not reached")
    undone.undone = True
    mobile.failing["one"] = undone
    desk.refused = {"two"}
    told = await desk.ask()
    assert told == {"one": undone, "two": Told(ChangeStatus.REJECTED, errors=(TOO_LATE,)), "three": ACCEPTED}

    mobile.failing.clear()
    desk.refused = set()
    assert await desk.ask() == dict.fromkeys(LEGS, ACCEPTED)
    assert mobile.sent.count("three") == 1


async def test_where_all_is_refused_the_key_is_given_back(desk: Desk) -> None:
    desk.refused = set(LEGS)
    await desk.ask()
    desk.refused = set()
    assert await desk.ask(given="other input") == dict.fromkeys(LEGS, ACCEPTED)


async def test_what_nobody_knows_is_settled_leg_by_leg_and_told_under_the_same_key(
    desk: Desk, mobile: Mobile, clock: HandClock
) -> None:
    mobile.lost = {"one"}
    mobile.failing["two"] = BackendTimeout(System.MOBILE, "POST", "never came")
    assert await desk.ask() == {"one": UNKNOWN, "two": UNKNOWN, "three": ACCEPTED}

    clock.advance(6)
    await desk.acts.settle()
    assert await desk.ask() == {"one": ACCEPTED, "two": UNKNOWN, "three": ACCEPTED}

    mobile.failing.clear()
    clock.advance(BELIEVED_S + 1)
    await desk.acts.settle()
    assert await desk.ask() == dict.fromkeys(LEGS, ACCEPTED), "what was not done is done now"
    assert sorted(mobile.done.values()) == sorted(LEGS)


async def test_a_worker_that_is_gone_between_two_legs_leaves_the_rest_to_the_next(
    store: DeedStore, mobile: Mobile, clock: HandClock
) -> None:
    gone, other = (Desk(store, mobile, clock) for _ in range(2))
    assert await gone.ask("one") == {"one": ACCEPTED}, "as far as it had come"

    assert await other.ask() == dict.fromkeys(LEGS, ACCEPTED)
    assert sorted(mobile.sent) == sorted(LEGS)
    assert sorted(other.judged) == ["three", "two"]


async def test_a_key_whose_worker_is_gone_is_free_when_its_lease_ends(
    store: DeedStore, mobile: Mobile, clock: HandClock
) -> None:
    gone, other = (Desk(store, mobile, clock) for _ in range(2))
    mobile.gate.clear()
    doing = asyncio.create_task(gone.ask("one"))
    await mobile.came(1)
    clock.advance(LEASE_S)
    told = asyncio.create_task(other.ask())
    await mobile.came(2)
    mobile.gate.set()

    assert await told == {"one": UNKNOWN, "two": ACCEPTED, "three": ACCEPTED}, "one is under way"
    await doing
    assert sorted(mobile.sent) == sorted(LEGS)


async def test_of_a_hundred_legs_few_are_sent_at_once(desk: Desk, mobile: Mobile) -> None:
    legs = [str(number) for number in range(100)]
    mobile.gate.clear()
    doing = asyncio.create_task(desk.ask(*legs))
    await mobile.came(8)
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(desk.judged) == len(legs)
    assert len(mobile.sent) == 8
    mobile.gate.set()
    assert await doing == dict.fromkeys(legs, ACCEPTED)
