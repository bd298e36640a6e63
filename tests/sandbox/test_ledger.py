"""The ledger, and the admin app that shows it with clock and personas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from sandbox._ledger import Entry, Ledger
from sandbox.clock import DEFAULT_NOW
from sandbox.credentials import MOBILE_KEY
from sandbox.server import Sandbox

CUSTOMER = "/tmf-api/customerManagement/v4/customer"


def entry(system: str, request_id: str) -> Entry:
    return Entry(at=DEFAULT_NOW, system=system, operation="GET /x", keys=1, request_id=request_id)


def test_entries_are_kept_in_order_and_chosen_by_request_and_system() -> None:
    ledger = Ledger()
    first, second, third = entry("mobile", "a"), entry("fixed", "a"), entry("mobile", "b")
    for each in (first, second, third):
        ledger.add(each)
    assert list(ledger) == [first, second, third]
    assert ledger.entries(request_id="a") == [first, second]
    assert ledger.entries(request_id="a", system="mobile") == [first]
    ledger.clear()
    assert len(ledger) == 0


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def admin(running: Sandbox) -> Iterator[httpx.Client]:
    running.ledger.clear()
    with httpx.Client(base_url=running.urls.admin) as client:
        yield client
    running.clock.set(DEFAULT_NOW)


def call_mobile(sandbox: Sandbox, request_id: str) -> None:
    headers = {"Authorization": f"Bearer {MOBILE_KEY}", "X-Request-Id": request_id}
    httpx.get(sandbox.urls.mobile + CUSTOMER, headers=headers).raise_for_status()


def test_the_ledger_is_read_by_request_and_cleared_over_http(running: Sandbox, admin: httpx.Client) -> None:
    call_mobile(running, "one")
    call_mobile(running, "two")
    assert len(admin.get("/ledger").json()) == 2
    [shown] = admin.get("/ledger", params={"requestId": "two"}).json()
    assert datetime.fromisoformat(shown.pop("at")) - DEFAULT_NOW < timedelta(minutes=10)
    assert shown == {
        "system": "mobile",
        "operation": "GET /customer",
        "keys": 0,
        "requestId": "two",
        "status": 200,
        "fault": None,
    }
    assert admin.delete("/ledger").status_code == 204
    assert admin.get("/ledger").json() == []


def test_the_clock_is_moved_over_http_and_its_file_follows(running: Sandbox, admin: httpx.Client) -> None:
    admin.put("/clock", json={"now": "2027-01-01T12:00:00+01:00"}).raise_for_status()
    moved = admin.put("/clock", json={"advanceSeconds": 3600}).raise_for_status().json()
    assert moved["now"].startswith("2027-01-01T13:00:")
    assert admin.get("/clock").json()["offsetSeconds"] == pytest.approx(float(running.clock_file.read_text()))


@pytest.mark.parametrize("body", ["{}", '{"now": "2027-01-01T12:00:00"}', '{"advanceSeconds": "x"}', "[]", "{"])
def test_a_time_that_makes_no_sense_is_refused(admin: httpx.Client, body: str) -> None:
    response = admin.put("/clock", content=body)
    assert response.status_code == 400
    assert response.text


def test_health_tells_where_the_systems_listen(running: Sandbox, admin: httpx.Client) -> None:
    health = admin.get("/health").json()
    assert health["status"] == "ok"
    assert health["urls"]["mobile"] == running.urls.mobile


def test_personas_are_listed_and_get_tokens_only_when_asked(running: Sandbox, admin: httpx.Client) -> None:
    plain = admin.get("/personas").json()
    with_tokens = admin.get("/personas", params={"tokens": "true"}).json()
    assert [each["name"] for each in plain] == [persona.name for persona in running.world.personas]
    assert not any("token" in each for each in plain)
    assert all(each["token"].count(".") == 2 for each in with_tokens)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1:5173", True),
        ("http://localhost.evil.example", False),
        ("https://evil.example", False),
    ],
)
def test_only_pages_of_this_machine_may_read_the_personas(admin: httpx.Client, origin: str, *, allowed: bool) -> None:
    response = admin.get("/personas", headers={"Origin": origin})
    assert (response.headers.get("access-control-allow-origin") == origin) is allowed
