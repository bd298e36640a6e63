"""What the cache holds stands in for a failing system, marked with its age; without a copy the block is missing.

The house goes by the sandbox's clock, so that a copy is old as soon as the clock is moved.
"""

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.faults.dashboard import (
    HEADERS,
    PLACES,
    QUERY,
    UNAVAILABLE,
    broken,
    by_path,
    errors,
    extensions,
    whole,
)
from tests.house import HOST, Answer, House, house

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S

AGES = """
{
  customer {
    company { freshness { ...age } }
    contracts(first: 100) { freshness { ...age } nodes { freshness { ...age } } }
    mobileLines(first: 100) { freshness { ...age } nodes { freshness { ...age } } }
    fixedLines(first: 100) { freshness { ...age } nodes { freshness { ...age } } }
    lines(first: 100) { freshness { ...age } nodes { freshness { ...age } } }
    invoices(first: 100) { freshness { ...age } nodes { freshness { ...age } } }
    orders(first: 100) { freshness { ...age } nodes { freshness { ...age } } }
  }
}
fragment age on Freshness { state asOf system }
"""
OF_FIXED = ("company", "fixedLines")
OF_MOBILE = ("contracts", "mobileLines")
OF_BOTH = ("lines", "invoices", "orders")


@pytest.fixture
def warm(sandbox: Sandbox, small: Company) -> Iterator[House]:
    """Give a BFF by the sandbox's clock that has the whole page in its cache."""
    with house(sandbox) as opened:
        answer = ask(opened)
        assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])
        yield opened


def ask(opened: House, query: str = QUERY) -> Answer:
    return opened.ask("legal", query, headers=HEADERS)


def turn_off(sandbox: Sandbox, *systems: str) -> None:
    sandbox.faults.set(*(Rule(quirk=Quirk.HTTP_ERROR, system=system) for system in systems))  # type: ignore[arg-type]


def ages(data: Any) -> list[dict[str, Any]]:
    """Give all freshness entries of an answer, those of rows too."""
    if isinstance(data, list):
        return [age for each in data for age in ages(each)]
    if not isinstance(data, dict):
        return []
    if "asOf" in data:
        return [data]
    return [age for each in data.values() for age in ages(each)]


def of_system(data: Any, system: str) -> list[dict[str, Any]]:
    return [age for age in ages(data) if age["system"] == system]


def aged(data: dict[str, Any], system: str, blocks: tuple[str, ...]) -> dict[str, Any]:
    """Mark what a system gave as an old copy in some blocks of the page."""

    def marked(freshness: dict[str, str]) -> dict[str, str]:
        return freshness | ({"state": "STALE"} if freshness["system"] == system else {})

    shown = data["customer"]
    for block in blocks:
        told = shown[block]["freshness"]
        shown[block]["freshness"] = [marked(each) for each in told] if isinstance(told, list) else marked(told)
    return {"customer": shown}


# --- an old copy stands in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "blocks"), [("mobile", (*OF_MOBILE, *OF_BOTH)), ("fixed", (*OF_FIXED, *OF_BOTH))])
def test_old_copies_stand_in_for_a_failing_system_marked_and_without_an_error(
    warm: House, sandbox: Sandbox, small: Company, system: str, blocks: tuple[str, ...]
) -> None:
    turn_off(sandbox, system)
    sandbox.clock.advance(20 * MINUTE_S)
    answer = ask(warm)
    assert (answer.data, answer.errors) == (
        aged(whole(small, sandbox.clock.now()), system.upper(), blocks),
        [],
    )
    sandbox.faults.clear()
    recovered = ask(warm)
    assert (recovered.data, recovered.errors) == (whole(small, sandbox.clock.now()), [])


@pytest.mark.parametrize("system", ["mobile", "fixed"])
def test_every_old_row_and_list_tells_when_it_was_read_and_every_new_one_too(
    warm: House, sandbox: Sandbox, system: str
) -> None:
    first = ask(warm, AGES).data
    turn_off(sandbox, system)
    sandbox.clock.advance(20 * MINUTE_S)
    moved_at = sandbox.clock.now()
    answer = ask(warm, AGES)
    assert answer.errors == []
    old, new = (of_system(answer.data, name) for name in (system.upper(), other(system)))
    assert old == [age | {"state": "STALE"} for age in of_system(first, system.upper())]
    assert {age["state"] for age in new} == {"FRESH"}
    assert min(datetime.fromisoformat(age["asOf"]) for age in new) >= moved_at


def other(system: str) -> str:
    return "FIXED" if system == "mobile" else "MOBILE"


def test_within_its_lifetime_a_copy_is_fresh_whatever_the_system_does(
    warm: House, sandbox: Sandbox, small: Company
) -> None:
    turn_off(sandbox, "mobile", "fixed")
    answer = ask(warm)
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])
    assert answer.calls == {}


def test_orders_older_than_an_hour_stand_in_for_nothing_while_older_lines_do(
    warm: House, sandbox: Sandbox, small: Company
) -> None:
    turn_off(sandbox, "fixed")
    sandbox.clock.advance(2 * HOUR_S)
    answer = ask(warm)
    expected = aged(whole(small, sandbox.clock.now()), "FIXED", (*OF_FIXED, "lines", "invoices"))
    expected["customer"]["orders"] = broken(small, sandbox.clock.now(), PLACES["fixed orders"])["customer"]["orders"]
    assert answer.data == expected
    assert answer.errors == errors(PLACES["fixed orders"], UNAVAILABLE)


@pytest.mark.parametrize("name", ["all of mobile", "all of fixed"])
def test_copies_older_than_a_day_stand_in_for_nothing(warm: House, sandbox: Sandbox, small: Company, name: str) -> None:
    place = PLACES[name]
    turn_off(sandbox, place.system)
    sandbox.clock.advance(1 * DAY_S + 2 * HOUR_S)
    answer = ask(warm)
    assert answer.data == broken(small, sandbox.clock.now(), place)
    assert by_path(answer.errors) == errors(place, UNAVAILABLE)


def test_nobody_is_let_in_on_an_old_copy_of_their_membership(warm: House, sandbox: Sandbox) -> None:
    turn_off(sandbox, "directory")
    sandbox.clock.advance(MINUTE_S)
    answer = ask(warm)
    assert_refused(answer, "directory")


# --- nothing listens --------------------------------------------------------------------------------------------------


@pytest.fixture
def nowhere() -> Iterator[str]:
    """Give an address of a port that is taken and where nobody listens: connections are refused."""
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        yield f"http://{HOST}:{bound.getsockname()[1]}"


@pytest.mark.parametrize("name", ["all of mobile", "all of fixed"])
def test_a_system_that_is_not_there_costs_its_blocks(sandbox: Sandbox, small: Company, nowhere: str, name: str) -> None:
    place = PLACES[name]
    urls = {"mobile": sandbox.urls.mobile, "fixed": sandbox.urls.fixed, place.system: nowhere}
    with house(sandbox, mobile_url=urls["mobile"], fixed_url=urls["fixed"]) as lonely:
        answer = ask(lonely)
    assert answer.data == broken(small, sandbox.clock.now(), place)
    assert by_path(answer.errors) == errors(place, UNAVAILABLE)


def test_without_both_networks_every_block_says_why_it_is_missing(sandbox: Sandbox, nowhere: str) -> None:
    with house(sandbox, mobile_url=nowhere, fixed_url=nowhere) as lonely:
        answer = ask(lonely)
    blocks = (*OF_FIXED, *OF_MOBILE, *OF_BOTH)
    assert (answer.status, answer.data) == (200, {"customer": dict.fromkeys(blocks)})
    assert {error["path"][-1]: error["extensions"] for error in answer.errors} == {
        block: extensions(UNAVAILABLE, "fixed" if block in OF_FIXED else "mobile") for block in blocks
    }


def test_without_the_directory_the_request_says_why_it_failed(sandbox: Sandbox, nowhere: str) -> None:
    with house(sandbox, directory_url=nowhere) as lonely:
        assert_refused(ask(lonely), "directory")


def test_without_the_identity_provider_the_request_says_why_it_failed(sandbox: Sandbox, nowhere: str) -> None:
    with house(sandbox, oidc_issuer=nowhere) as lonely:
        answer = ask(lonely)
    assert_refused(answer, "identity")


def assert_refused(answer: Answer, system: str) -> None:
    error = {"message": UNAVAILABLE.message, "extensions": extensions(UNAVAILABLE, system)}
    assert (answer.status, answer.response.json()) == (503, {"errors": [error]})
