"""Systems and functions that are closed: nothing is sent, what is at hand is shown, and the rest says until when."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis

from bff.domain.period import ROME
from bff.state.switches import KEY
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.faults.dashboard import HEADERS, PLACES, QUERY, Told, broken, by_path, errors, whole
from tests.house import Answer, House, house

MAINTENANCE = Told("MAINTENANCE", "A system behind this service is closed for maintenance.", retryable=True)
FOLLOWS_S = 5.0
"""What workers may take to learn of a switch in a test; they ask once a second."""


def ask(opened: House, query: str = QUERY) -> Answer:
    return opened.ask("legal", query, headers=HEADERS)


def closed_page(name: str, company: Company, now: datetime, opens: datetime | None) -> tuple[Any, list[Any]]:
    """Give data and errors of the page while a system is closed."""
    more: dict[str, Any] = {}
    if opens is not None:
        more = {"availableFrom": opens.astimezone(ROME).isoformat()}
    told = errors(PLACES[name], MAINTENANCE)
    return broken(company, now, PLACES[name]), [error | {"extensions": error["extensions"] | more} for error in told]


def without_wait(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the seconds, which run."""
    return [
        error | {"extensions": {k: v for k, v in error["extensions"].items() if k != "retryAfterSeconds"}}
        for error in found
    ]


def systems_called(answer: Answer) -> set[str]:
    return {call.partition(" ")[0] for call in answer.calls}


# --- every night ------------------------------------------------------------------------------------------------------


def window_around(now: datetime) -> tuple[str, datetime]:
    """Give a window that is on now, as a setting, and when it ends."""
    local = now.astimezone(ROME).replace(second=0, microsecond=0)
    opens = local + timedelta(hours=3)
    return f"{local - timedelta(hours=1):%H:%M}-{opens:%H:%M}", opens


def test_in_its_window_the_fixed_network_is_not_called_and_says_when_it_opens(sandbox: Sandbox, small: Company) -> None:
    window, opens = window_around(sandbox.clock.now())
    with house(sandbox, fixed_closed=window) as opened:
        answer = ask(opened)
        ready = opened.client.get("/health/ready").json()
    data, told = closed_page("all of fixed", small, sandbox.clock.now(), opens)
    assert (answer.data, by_path(without_wait(answer.errors))) == (data, told)
    assert {0 < error["extensions"]["retryAfterSeconds"] <= 3 * 3600 for error in answer.errors} == {True}
    assert systems_called(answer) == {"directory", "mobile"}
    assert ready["systems"]["FIXED"]["state"] == "closed"
    assert ready["systems"]["MOBILE"]["state"] == "up"


def test_in_the_window_copies_stand_in_and_nobody_is_asked(sandbox: Sandbox, small: Company) -> None:
    window, _ = window_around(sandbox.clock.now() + timedelta(hours=2))
    with house(sandbox, clock=sandbox.clock, fixed_closed=window) as opened:
        assert ask(opened).errors == []
        sandbox.clock.advance(3600 + 1800)
        try:
            answer = ask(opened, "{ customer { fixedLines(first: 100) { totalCount freshness { state system } } } }")
        finally:
            sandbox.clock.advance(-3600 - 1800)
    assert answer.errors == []
    assert answer.data["customer"]["fixedLines"] == {
        "totalCount": len(small.fixed_lines),
        "freshness": [{"state": "STALE", "system": "FIXED"}],
    }
    assert "fixed" not in systems_called(answer)


# --- an operator's switch ---------------------------------------------------------------------------------------------


@pytest.fixture
def switch(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def switchable(sandbox: Sandbox, redis_url: str) -> Iterator[House]:
    with house(sandbox, state_redis_url=redis_url) as opened:
        yield opened


def soon(happened: Callable[[], bool]) -> None:
    gives_up = time.monotonic() + FOLLOWS_S
    while not happened():
        assert time.monotonic() < gives_up
        time.sleep(0.05)


def state(opened: House, system: str) -> str:
    return str(opened.client.get("/health/ready").json()["systems"][system]["state"])


@pytest.mark.redis
@pytest.mark.parametrize("opens_at", [None, "2026-11-22T23:15:00+01:00"])
def test_a_system_is_switched_off_and_on_without_a_restart(
    switchable: House, sandbox: Sandbox, small: Company, switch: redis.Redis, opens_at: str | None
) -> None:
    switch.hset(KEY, "MOBILE", opens_at or "")
    soon(lambda: state(switchable, "MOBILE") == "closed")
    answer = ask(switchable)
    opens = datetime.fromisoformat(opens_at) if opens_at else None
    data, told = closed_page("all of mobile", small, sandbox.clock.now(), opens)
    assert (answer.data, by_path(without_wait(answer.errors))) == (data, told)
    assert "mobile" not in systems_called(answer)
    switch.hdel(KEY, "MOBILE")
    soon(lambda: state(switchable, "MOBILE") == "up")
    assert ask(switchable).data == whole(small, sandbox.clock.now())


@pytest.mark.redis
def test_without_the_directory_the_whole_request_says_that_it_is_closed_and_when_to_come_again(
    switchable: House, switch: redis.Redis
) -> None:
    switch.hset(KEY, "DIRECTORY", (datetime.now(ROME) + timedelta(days=3650)).isoformat())
    soon(lambda: state(switchable, "DIRECTORY") == "closed")
    answer = ask(switchable, "{ viewer { profile } }")
    assert (answer.status, answer.data, answer.codes) == (503, None, [("MAINTENANCE", "")])
    assert int(answer.response.headers["retry-after"]) > 0


@pytest.mark.redis
def test_a_function_is_switched_off_for_everybody_and_its_system_is_not(
    switchable: House, sandbox: Sandbox, small: Company, switch: redis.Redis
) -> None:
    query = "{ customer { invoices(first: 1) { totalCount } contracts(first: 1) { totalCount } } }"
    switch.hset(KEY, "invoices.list", "2026-11-22T23:15:00+01:00")
    soon(lambda: ask(switchable, query).codes == [("MAINTENANCE", "customer.invoices")])
    answer = ask(switchable, query)
    assert answer.data == {"customer": {"invoices": None, "contracts": {"totalCount": len(small.agreements)}}}
    (told,) = answer.errors
    assert told["message"] == "This function is closed for maintenance."
    assert told["path"] == ["customer", "invoices"]
    extensions = dict(told["extensions"])
    assert extensions.pop("retryAfterSeconds") > 0
    assert extensions.pop("traceId")
    assert extensions == {
        "code": "MAINTENANCE",
        "function": "invoices.list",
        "retryable": True,
        "count": 1,
        "availableFrom": "2026-11-22T23:15:00+01:00",
    }
    assert not any("Invoices" in call or "customerBill" in call for call in answer.calls)
    switch.hdel(KEY, "invoices.list")
    soon(lambda: ask(switchable, query).errors == [])
