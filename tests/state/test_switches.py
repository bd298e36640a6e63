"""The operators' switches in a real Redis: what is closed, until when, and what holds while Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from structlog.typing import EventDict

from bff.domain.closing import Closure
from bff.domain.period import ROME
from bff.domain.system import System
from bff.redis_client import FAILURES, open_client
from bff.state.switches import KEY, Switches
from tests.clock import NOW, HandClock
from tests.redis_server import RedisServer
from tests.waiting import eventually_async

pytestmark = [pytest.mark.anyio, pytest.mark.redis]

LATER = NOW.astimezone(ROME) + timedelta(hours=2)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def switches(redis_url: str, clock: HandClock) -> AsyncIterator[Switches]:
    redis = open_client(redis_url, timeout_s=1, connections=2)
    yield Switches(redis, clock)
    await redis.aclose()


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


async def test_a_moment_that_passes_opens_without_a_hand(switches: Switches, clock: HandClock) -> None:
    await switches.close("FIXED", LATER)
    await switches.read()
    clock.advance(2 * 3600)
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
    redis = open_client(own_redis.url, timeout_s=0.2, connections=2)
    switches = Switches(redis, HandClock())
    await switches.close("FIXED", None)
    await switches.read()
    own_redis.kill()
    with pytest.raises(FAILURES):
        await switches.read()
    assert switches.group(System.FIXED, "lines") == Closure()
    own_redis.start()
    assert await switches.read() == {}, "a server that came back empty has nothing closed"
    await redis.aclose()


async def test_watching_goes_on_while_redis_is_away(own_redis: RedisServer, told: list[EventDict]) -> None:
    redis = open_client(own_redis.url, timeout_s=0.2, connections=2)
    switches = Switches(redis, HandClock())

    async def unreadable() -> bool:
        return "switches_unreadable" in [line["event"] for line in told]

    async def closed() -> bool:
        return switches.closed() != {}

    watching = asyncio.create_task(switches.watch(0.01))
    own_redis.kill()
    await eventually_async(unreadable, "nobody missed Redis")
    own_redis.start()
    await switches.close("FIXED", None)
    await eventually_async(closed, "what is closed now is not seen")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await redis.aclose()
