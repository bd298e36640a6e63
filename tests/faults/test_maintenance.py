"""Systems and functions that are closed: nothing is sent, what is at hand is shown, and the rest says until when."""

from collections.abc import Iterator
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
from tests.waiting import eventually

MAINTENANCE = Told("MAINTENANCE", "A system behind this service is closed for maintenance.", retryable=True)


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
    with house(sandbox, fixed_closed=window) as opened:
        assert ask(opened).errors == []
        sandbox.clock.advance(1.5 * 3600)
        answer = ask(opened, "{ customer { fixedLines(first: 100) { totalCount freshness { state system } } } }")
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
    with house(sandbox, state_redis_url=redis_url, switch_period_s=0.05) as opened:
        yield opened


def until_state(opened: House, system: str, state: str) -> None:
    """Wait until a system is what the switches say."""

    def told() -> str:
        return str(opened.client.get("/health/ready").json()["systems"][system]["state"])

    eventually(lambda: told() == state, f"{system} is not {state}")


@pytest.mark.redis
@pytest.mark.parametrize("opens_at", [None, "2026-11-22T23:15:00+01:00"])
def test_a_system_is_switched_off_and_on_without_a_restart(
    switchable: House, sandbox: Sandbox, small: Company, switch: redis.Redis, opens_at: str | None
) -> None:
    switch.hset(KEY, "MOBILE", opens_at or "")
    until_state(switchable, "MOBILE", "closed")
    answer = ask(switchable)
    opens = datetime.fromisoformat(opens_at) if opens_at else None
    data, told = closed_page("all of mobile", small, sandbox.clock.now(), opens)
    assert (answer.data, by_path(without_wait(answer.errors))) == (data, told)
    assert "mobile" not in systems_called(answer)
    switch.hdel(KEY, "MOBILE")
    until_state(switchable, "MOBILE", "up")
    assert ask(switchable).data == whole(small, sandbox.clock.now())


@pytest.mark.redis
def test_without_the_directory_the_whole_request_says_that_it_is_closed_and_when_to_come_again(
    switchable: House, switch: redis.Redis
) -> None:
    switch.hset(KEY, "DIRECTORY", (datetime.now(ROME) + timedelta(days=3650)).isoformat())
    until_state(switchable, "DIRECTORY", "closed")
    answer = ask(switchable, "{ viewer { profile } }")
    assert (answer.status, answer.data, answer.codes) == (503, None, [("MAINTENANCE", "")])
    assert int(answer.response.headers["retry-after"]) > 0


@pytest.mark.redis
def test_a_function_is_switched_off_for_everybody_and_its_system_is_not(
    switchable: House, sandbox: Sandbox, small: Company, switch: redis.Redis
) -> None:
    query = "{ customer { invoices(first: 1) { totalCount } contracts(first: 1) { totalCount } } }"
    switch.hset(KEY, "invoices.list", "2026-11-22T23:15:00+01:00")
    eventually(
        lambda: ask(switchable, query).codes == [("MAINTENANCE", "customer.invoices")], "invoices are not closed"
    )
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
    eventually(lambda: ask(switchable, query).errors == [], "invoices stay closed")


IDS = """
{
  customer {
    id
    contracts(first: 1) { nodes { id } }
    mobileLines(first: 1) { nodes { id } }
    fixedLines(first: 1) { nodes { id } }
    invoices(first: 1) { nodes { id } }
    orders(first: 1) { nodes { id } }
  }
}
"""
SIDE_DOORS = """
query ($one: ID!, $all: [ID!]!) {
  node(id: $one) { __typename id }
  nodes(ids: $all) { __typename id }
  customer {
    lines(first: 100) { nodes { __typename } }
    invoices(first: 100) { nodes { line { __typename } } }
    orders(first: 100) { nodes { items { line { __typename } } } }
  }
}
"""
CLOSING = {
    "services.contract": "Contract",
    "mobile.detail": "MobileLine",
    "fixed.detail": "FixedLine",
    "invoices.list": "Invoice",
    "orders.detail": "Order",
}
"""Functions that guard a type, and the type."""


def typenames(data: Any) -> set[str]:
    """Give the types of all objects in an answer that tell it."""
    if isinstance(data, list):
        return {name for each in data for name in typenames(each)}
    if not isinstance(data, dict):
        return set()
    return {name for each in data.values() for name in typenames(each)} | {data.get("__typename", "")} - {""}


@pytest.mark.redis
@pytest.mark.parametrize(("function", "closed_type"), CLOSING.items())
def test_what_is_closed_is_closed_by_every_door_and_nothing_else_is(
    switchable: House, switch: redis.Redis, function: str, closed_type: str
) -> None:
    holdings = ask(switchable, IDS).data["customer"]
    ids = {block: rows["nodes"][0]["id"] for block, rows in holdings.items() if block != "id"}
    one = ids[f"{closed_type[0].lower()}{closed_type[1:]}s"]
    doors = {"one": one, "all": [holdings["id"], *ids.values()]}
    open_ = switchable.ask("legal", SIDE_DOORS, doors, headers=HEADERS)
    assert (typenames(open_.data), open_.errors) == ({"Customer", *CLOSING.values()}, [])

    switch.hset(KEY, function, "9999-12-31T23:59:59Z")
    probe = "query ($one: ID!) { node(id: $one) { id } }"
    eventually(lambda: switchable.ask("legal", probe, {"one": one}).data == {"node": None}, f"{function} is not closed")
    answer = switchable.ask("legal", SIDE_DOORS, doors, headers=HEADERS)
    assert typenames(answer.data) == {"Customer", *CLOSING.values()} - {closed_type}
    assert {code for code, _ in answer.codes} == {"MAINTENANCE"}
