"""Subscriptions over server-sent events, and what else is asked for with them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sandbox.server import Sandbox
from tests.house import House
from tests.journeys.acting import acting
from tests.live.listening import ORDERS, advance, begun, live_gauge, open_orders, told_to
from tests.waiting import eventually

STREAM = "text/event-stream"
ALL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"


@contextmanager
def streamed(house: House, persona: str, query: str, accept: str = STREAM) -> Iterator[httpx.Response]:
    headers = {"authorization": f"Bearer {house.sandbox.token(persona)}", "accept": accept}
    with house.client.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
        yield response


def events(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    """Give name and data of each event."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            text = line.removeprefix("data:").strip()
            yield name, json.loads(text) if text else None


def test_an_order_that_changes_is_told(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    with begun(bff), streamed(bff, "legal", ORDERS) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        begun.wait(bff)

        advance(sandbox, f"/orders/{order.id}/advance")

        assert next(events(response)) == ("next", {"data": {"orderUpdated": {"number": order.id}}})


def test_what_may_not_be_used_is_told_and_completed(bff: House) -> None:
    with streamed(bff, "ceased", ORDERS) as response:
        [(first, data), last] = list(events(response))
    assert (first, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in data["errors"]] == ["FORBIDDEN"]


def test_a_query_is_streamed_to_who_takes_nothing_else(bff: House) -> None:
    with streamed(bff, "legal", "{ viewer { profile } }") as response:
        told = list(events(response))
    assert told == [("next", {"data": {"viewer": {"profile": "LEGAL_REPRESENTATIVE"}}}), ("complete", None)]


def test_a_query_of_who_takes_everything_is_answered_in_json(bff: House) -> None:
    with streamed(bff, "legal", "{ viewer { profile } }", ALL) as response:
        assert response.headers["content-type"].startswith("application/")
        assert json.loads(response.read()) == {"data": {"viewer": {"profile": "LEGAL_REPRESENTATIVE"}}}


def test_nobody_gets_no_stream(bff: House) -> None:
    response = bff.client.post("/graphql", json={"query": ORDERS}, headers={"accept": STREAM})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_subscription_can_not_be_answered_in_json(bff: House) -> None:
    answer = bff.ask("legal", ORDERS)
    assert (answer.status, answer.codes) == (406, [("BAD_REQUEST", "")])


def test_who_has_gone_leaves_nothing_behind(bff: House) -> None:
    with begun(bff), streamed(bff, "legal", ORDERS):
        begun.wait(bff)
        assert live_gauge(bff, "operations") == 1
    eventually(lambda: live_gauge(bff, "operations") == 0, "the subscription goes on")
