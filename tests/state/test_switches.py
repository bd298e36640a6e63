"""The operators' switches in a real Redis: what is closed, until when, and what holds while Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis

from bff.domain.closing import Closure
from bff.domain.period import ROME
from bff.domain.system import System
from bff.redis_client import FAILURES, open_client
from bff.state.switches import KEY, Switches
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.anyio, pytest.mark.redis]

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=ROME)
LATER = NOW + timedelta(hours=2)


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def switches(redis_url: str, clock: Hand) -> AsyncIterator[Switches]:
    opened = Switches(open_client(redis_url, timeout_s=1, connections=2), clock)
    yield opened
    await opened.aclose()


async def test_nothing_is_closed_at_first(switches: Switches) -> None:
    assert await switches.read() == {}
    assert switches.group(System.FIXED, "invoices") is None


async def test_a_system_is_closed_with_all_its_groups_and_no_other(switches: Switches) -> None:
    await switches.close("FIXED", LATER)
    await switches.read()
    assert switches.group(System.FIXED, "invoices") == Closure(LATER, 7200.0)
    assert switches.group(System.MOBILE, "invoices") is None


async def test_a_group_is_closed_alone(switches: Switches) -> None:
    await switches.close("FIXED/invoices", None)
    await switches.read()
    assert switches.group(System.FIXED, "invoices") == Closure()
    assert switches.group(System.FIXED, "lines") is None


async def test_what_was_closed_can_be_opened(switches: Switches) -> None:
    await switches.close("line.block", None)
    await switches.close("FIXED", None)
    await switches.open("FIXED")
    assert await switches.read() == {"line.block": Closure()}


async def test_a_moment_that_passes_opens_without_a_hand(switches: Switches, clock: Hand) -> None:
    await switches.close("FIXED", LATER)
    await switches.read()
    clock.at = LATER
    assert switches.group(System.FIXED, "lines") is None
    assert switches.closed() == {}


@pytest.mark.parametrize(
    ("text", "until"),
    [("", None), ("2026-11-22T11:30", LATER), ("2026-11-22T10:30:00Z", LATER), ("tonight", None), (b"\xff", None)],
)
async def test_a_time_put_there_by_hand_is_read_in_rome_and_what_is_none_stays_closed(
    switches: Switches, redis_url: str, text: str | bytes, until: datetime | None
) -> None:
    async with Redis.from_url(redis_url) as other:
        await other.hset(KEY, "FIXED", text)
    closed = await switches.read()
    assert closed["FIXED"].until == until


async def test_what_was_read_last_holds_while_redis_is_away_and_news_come_after(own_redis: RedisServer) -> None:
    switches = Switches(open_client(own_redis.url, timeout_s=0.2, connections=2), Hand())
    await switches.close("FIXED", None)
    await switches.read()
    own_redis.kill()
    with pytest.raises(FAILURES):
        await switches.read()
    assert switches.group(System.FIXED, "lines") == Closure()
    own_redis.start()
    assert await switches.read() == {}, "a server that came back empty has nothing closed"
    await switches.aclose()


async def test_watching_goes_on_while_redis_is_away(own_redis: RedisServer) -> None:
    switches = Switches(open_client(own_redis.url, timeout_s=0.2, connections=2), Hand(), period_s=0.01)
    watching = asyncio.create_task(switches.watch())
    own_redis.kill()
    await asyncio.sleep(0.05)
    own_redis.start()
    await switches.close("FIXED", None)
    async with asyncio.timeout(5):
        while not switches.closed():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await switches.aclose()
