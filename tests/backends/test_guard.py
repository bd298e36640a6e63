"""What stands around the calls of a system: second attempts, breakers, slots, closing times, one wait for silence."""

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx
import pytest
from structlog.typing import EventDict

from bff.backends._breaker import State
from bff.backends._call import Operation
from bff.backends._http import LIMITS, Http, Limits
from bff.backends._message import Answer
from bff.backends._operations import FILES, GROUPS, OPERATIONS
from bff.domain.closing import Closure
from bff.domain.period import ROME
from bff.domain.system import System
from bff.errors import (
    BackendError,
    BackendGarbled,
    BackendMaintenance,
    BackendRejected,
    BackendUnavailable,
)
from bff.observability import REGISTRY, REQUEST, RequestInfo
from tests.backends.wire import Reply, Script, always, failing, forever, whole
from tests.clock import HandClock

pytestmark = pytest.mark.anyio

LINES, BILLS = "GET /product", "GET /customerBill"
HTML = Operation(System.MOBILE, LINES).garbled("HTML", foreign=True)
HASTY = Limits(timeout_s=0.05)


class Silent(httpx.AsyncBaseTransport):
    """A network that takes requests and never answers."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await forever()
        raise AssertionError


class Gated(httpx.AsyncBaseTransport):
    """A network that answers when its gate is open; `most_pages` is how many pages it had to answer at once."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.gate = asyncio.Event()
        self.most_pages = 0
        self._pages = 0

    async def holds(self, requests: int) -> None:
        """Wait until so many requests have come, and see that no other does."""
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(self.requests) == requests

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        is_page = request.url.path.startswith("/page/")
        self._pages += is_page
        self.most_pages = max(self.most_pages, self._pages)
        await self.gate.wait()
        self._pages -= is_page
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def opened(clock: HandClock) -> AsyncIterator[Callable[..., Http]]:
    """Give what opens the exchange with the mobile network; it is closed at the end."""
    all_opened: list[Http] = []

    def open_http(network: httpx.AsyncBaseTransport | None, **more: object) -> Http:
        given = {"url": "http://system", "limits": LIMITS, "monotonic": clock.monotonic, **more}
        url = str(given.pop("url"))
        all_opened.append(
            Http(System.MOBILE, url, headers={}, transport=network, jitter=lambda: 0.0, **given)  # type: ignore[arg-type]
        )
        return all_opened[-1]

    yield open_http
    for each in all_opened:
        await each.aclose()


@contextmanager
def in_request(deadline: float) -> Iterator[RequestInfo]:
    """Be within a request that ends then."""
    info = RequestInfo("request-0001", "0" * 32, None, None, deadline)
    token = REQUEST.set(info)
    yield info
    REQUEST.reset(token)


async def call(http: Http, operation: str = LINES, *, read: Callable[[Answer], Answer] = whole) -> Answer | str:
    """Make a call; give its answer, or the name of its error."""
    try:
        return await http.send(operation, "GET", "/thing", read=read)
    except BackendError as error:
        return type(error).__name__


def refusing(error: BackendError) -> Callable[[Answer], Answer]:
    """Read every answer as an error."""

    def read(_answer: Answer) -> Answer:
        raise error

    return read


def error_of(kind: type[BackendError]) -> BackendError:
    return kind(System.MOBILE, LINES)


def retries() -> float:
    return REGISTRY.get_sample_value("bff_backend_retries_total", {"system": "MOBILE"}) or 0


# --- a second attempt -------------------------------------------------------------------------------------------------


async def test_a_read_whose_connection_is_lost_is_made_once_more_and_both_are_told(
    opened: Callable[..., Http], told: list[EventDict]
) -> None:
    outcomes = iter([httpx.ReadError("reset"), None])

    def answer(_request: httpx.Request) -> Reply:
        if (error := next(outcomes)) is not None:
            raise error
        return Reply(b"{}")

    before = retries()
    network = Script(answer)
    assert (await call(opened(network))) == Answer(200, httpx.Headers(), b"{}")
    assert [line["outcome"] for line in told] == ["unavailable", "ok"]
    assert (len(network.requests), retries() - before) == (2, 1)


async def test_there_is_no_third_attempt(opened: Callable[..., Http]) -> None:
    network = failing(httpx.ConnectError("refused"))
    assert await call(opened(network)) == "BackendUnavailable"
    assert len(network.requests) == 2


@pytest.mark.parametrize(
    "error",
    [
        error_of(BackendRejected),
        error_of(BackendGarbled),
        Operation(System.MOBILE, LINES).unavailable(retry_after_s=1.0),
    ],
    ids=["rejected", "garbled", "told to wait"],
)
async def test_what_is_no_better_the_second_time_is_not_made_again(
    opened: Callable[..., Http], error: BackendError
) -> None:
    network = always(Reply(status=500))
    assert await call(opened(network), read=refusing(error)) == type(error).__name__
    assert len(network.requests) == 1


async def test_what_is_final_is_not_made_again(opened: Callable[..., Http]) -> None:
    network = always(Reply(status=401))
    final = Operation(System.MOBILE, LINES).unavailable("401", final=True)
    assert await call(opened(network), read=refusing(final)) == "BackendUnavailable"
    assert len(network.requests) == 1


async def test_silence_is_not_waited_for_twice(opened: Callable[..., Http]) -> None:
    network = Silent()
    assert await call(opened(network, limits=HASTY)) == "BackendTimeout"
    assert len(network.requests) == 1


async def test_a_storm_of_errors_is_made_again_within_the_budget_only(opened: Callable[..., Http]) -> None:
    network = always(Reply(status=503))
    http = opened(network)
    for operation in (LINES, BILLS, "GET /agreement", "GET /productOrder"):
        for _ in range(9):
            await call(http, operation, read=refusing(error_of(BackendUnavailable)))
    assert 36 + 3 <= len(network.requests) <= 36 + 3 + 4


# --- breakers ---------------------------------------------------------------------------------------------------------


async def fail(http: Http, times: int, operation: str = LINES) -> None:
    for _ in range(times):
        await call(http, operation, read=refusing(HTML))


async def test_twenty_failures_open_the_breaker_of_their_group_and_no_other(
    opened: Callable[..., Http], told: list[EventDict]
) -> None:
    network = always(Reply(b"{}"))
    http = opened(network)
    await fail(http, 20)
    assert await call(http) == "Withheld"
    assert len(network.requests) == 20, "the last call was not made"
    assert await call(http, "GET /resource") == "Withheld", "a group has one breaker"
    assert isinstance(await call(http, BILLS), Answer), "another group has its own"
    assert http.condition().breakers == {
        group: State.OPEN if group == "lines" else State.CLOSED for group in GROUPS[System.MOBILE] if group != FILES
    }
    (changed,) = [line for line in told if line["event"] == "breaker_changed"]
    assert (changed["system"], changed["group"], changed["state"]) == ("MOBILE", "lines", "open")


async def test_an_open_breaker_says_when_to_come_again(opened: Callable[..., Http], clock: HandClock) -> None:
    http = opened(always(Reply()))
    await fail(http, 20)
    clock.advance(2)
    with pytest.raises(BackendUnavailable) as caught:
        await http.send(LINES, "GET", "/thing", read=whole)
    assert (caught.value.code, caught.value.retry_after_s) == ("UNAVAILABLE", 3)


async def test_after_five_seconds_one_call_finds_out_that_all_is_well(
    opened: Callable[..., Http], clock: HandClock
) -> None:
    http = opened(always(Reply()))
    await fail(http, 20)
    clock.advance(5)
    first, second = await asyncio.gather(call(http), call(http))
    assert (isinstance(first, Answer), second) == (True, "Withheld")
    assert isinstance(await call(http), Answer)


@pytest.mark.parametrize("kind", [BackendRejected, BackendGarbled])
async def test_answers_that_say_no_or_have_an_unreadable_row_open_nothing(
    opened: Callable[..., Http], kind: type[BackendError]
) -> None:
    http = opened(always(Reply()))
    for _ in range(40):
        await call(http, read=refusing(error_of(kind)))
    assert set(http.condition().breakers.values()) == {State.CLOSED}


async def test_calls_that_are_cancelled_open_nothing_and_leave_no_slot_taken(opened: Callable[..., Http]) -> None:
    network = Silent()
    http = opened(network)
    for made in range(25):
        task = asyncio.create_task(call(http))
        while len(network.requests) == made:  # noqa: ASYNC110 - a turn of the loop, no time
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (http.condition().running, http.condition().waiting) == (0, 0)
    assert set(http.condition().breakers.values()) == {State.CLOSED}


async def test_a_cancelled_trial_is_tried_again_by_the_next(opened: Callable[..., Http], clock: HandClock) -> None:
    asked, trial_at = asyncio.Event(), clock.monotonic() + 5

    class SilentOnce(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            if clock.monotonic() == trial_at and not asked.is_set():
                asked.set()
                await forever()
            return httpx.Response(200, stream=httpx.ByteStream(b""))

    http = opened(SilentOnce())
    await fail(http, 20)
    clock.advance(5)
    trial = asyncio.create_task(call(http))
    await asked.wait()
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    assert isinstance(await call(http), Answer)


async def test_with_few_slots_fewer_calls_tell_that_a_system_hangs(opened: Callable[..., Http]) -> None:
    narrow = opened(always(Reply()), limits=LIMITS._replace(calls_max=1))
    await fail(narrow, 4)
    assert isinstance(await call(narrow, BILLS), Answer)
    assert narrow.condition().breakers["lines"] is State.CLOSED
    await fail(narrow, 1)
    assert narrow.condition().breakers["lines"] is State.OPEN


async def test_a_timeout_after_little_time_tells_nothing(opened: Callable[..., Http], clock: HandClock) -> None:
    http = opened(Silent(), limits=Limits(timeout_s=10))
    for _ in range(25):
        with in_request(clock.monotonic() + 0.001):
            assert await call(http) == "BackendTimeout"
    assert http.condition().breakers["lines"] is State.CLOSED


# --- slots ------------------------------------------------------------------------------------------------------------


async def test_no_more_calls_run_than_there_are_slots_and_too_many_are_turned_away(
    opened: Callable[..., Http],
) -> None:
    running, most = 0, 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            for _ in range(3):
                await asyncio.sleep(0)
            running -= 1
            return httpx.Response(200, stream=httpx.ByteStream(b""))

    http = opened(Slow(), limits=LIMITS._replace(calls_max=3))
    outcomes = await asyncio.gather(*(call(http) for _ in range(50)))
    assert most == 3
    assert [outcome for outcome in outcomes if not isinstance(outcome, Answer)] == ["Withheld"] * (50 - 3 - 32)


async def test_the_pages_of_lists_take_half_of_the_slots_and_none_is_turned_away(opened: Callable[..., Http]) -> None:
    network = Gated()
    http = opened(network, limits=LIMITS._replace(calls_max=4))
    pages = [
        asyncio.create_task(http.send(LINES, "GET", f"/page/{number}", read=whole, follows=True))
        for number in range(200)
    ]
    await network.holds(2)
    others = [asyncio.create_task(call(http)) for _ in range(2)]
    await network.holds(4)
    assert [request.url.path for request in network.requests] == ["/page/0", "/page/1", "/thing", "/thing"]
    network.gate.set()
    answers = await asyncio.gather(*pages, *others)
    assert all(isinstance(answer, Answer) for answer in answers)
    assert network.most_pages == 2


async def test_waiting_for_a_slot_ends_with_the_time_of_the_call(opened: Callable[..., Http]) -> None:
    http = opened(Silent(), limits=HASTY._replace(calls_max=1))
    assert await asyncio.gather(*(call(http) for _ in range(3))) == ["BackendTimeout"] * 3
    assert http.condition().running == 0


class Leaping(selectors.DefaultSelector):
    """Lets an event loop leap over the time in which nothing happens."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


async def seconds_until_open(slots: int, a_second: int, now: Callable[[], float]) -> float:
    """Call a system that hangs, so many times a second, until a breaker is open; give the seconds that it took."""
    http = Http(
        System.MOBILE,
        "http://system",
        headers={},
        limits=LIMITS._replace(calls_max=slots),
        transport=Silent(),
        monotonic=now,
    )
    calls = set()
    while http.condition().breakers["lines"] is not State.OPEN and now() < 60:
        calls.add(asyncio.create_task(call(http)))
        await asyncio.sleep(1 / a_second)
    seconds = now()
    await asyncio.gather(*calls)
    await http.aclose()
    return seconds


@pytest.mark.parametrize(("slots", "a_second"), [(1, 4), (2, 3), (2, 20), (2, 50), (5, 20), (8, 30), (40, 100)])
def test_a_system_that_hangs_opens_its_breaker_whatever_the_share_and_the_load(slots: int, a_second: int) -> None:
    """What has waited long is not sent any more: its end would tell nothing."""
    leaping = Leaping()
    loop = asyncio.SelectorEventLoop(leaping)
    loop.time = lambda: leaping.now  # type: ignore[method-assign]
    try:
        assert loop.run_until_complete(seconds_until_open(slots, a_second, loop.time)) < 10 + LIMITS.timeout_s
    finally:
        loop.close()


# --- closing times ----------------------------------------------------------------------------------------------------


async def test_nothing_is_sent_to_what_is_closed(opened: Callable[..., Http], told: list[EventDict]) -> None:
    opens = datetime(2026, 11, 23, 5, 30, tzinfo=ROME)
    network = always(Reply())
    http = opened(network, closed=lambda _system, group: Closure(opens, 60.0) if group == "lines" else None)
    with pytest.raises(BackendMaintenance) as caught:
        await http.send(LINES, "GET", "/thing", read=whole)
    assert (caught.value.available_from, caught.value.retry_after_s) == (opens, 60.0)
    assert (len(network.requests), [line["outcome"] for line in told]) == (0, ["maintenance"])
    assert isinstance(await call(http, BILLS), Answer)
    assert set(http.condition().closures) == {"lines"}


# --- one wait for silence ---------------------------------------------------------------------------------------------


async def test_a_request_waits_once_for_a_group_that_is_silent(opened: Callable[..., Http], clock: HandClock) -> None:
    network = Silent()
    http = opened(network, limits=HASTY)
    with in_request(clock.monotonic() + 60) as request:
        assert [await call(http), await call(http), await call(http, BILLS)] == ["BackendTimeout"] * 3
    assert len(network.requests) == 2, "the second call to the lines was not made"
    assert request.silent == {"MOBILE lines", "MOBILE invoices"}


# --- the table --------------------------------------------------------------------------------------------------------


async def test_a_call_that_nobody_knows_is_not_made(opened: Callable[..., Http]) -> None:
    network = always(Reply())
    with pytest.raises(KeyError):
        await opened(network).send("GET /unknown", "GET", "/thing", read=whole)
    assert network.requests == []


def test_every_system_has_its_operations() -> None:
    assert set(OPERATIONS) == set(System)
    assert all(OPERATIONS.values())
