"""What systems send: believed by nobody, and never a fault. Quirk 13 of legacy.md."""

import json
from typing import Any

import httpx
import pytest

from bff.http.hook import PATH, SIGNATURE
from sandbox.mobile.event import signature
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys.acting import acting
from tests.journeys.ident import id_of
from tests.live.listening import ORDERS, advance, client, open_orders, open_requests, subscribed, told_to
from tests.redis_server import RedisServer
from tests.waiting import eventually

GOOD: dict[str, Any] = {
    "eventId": "1",
    "eventType": "ProductOrderStateChangeEvent",
    "event": {"productOrder": {"id": "X", "relatedParty": [{"id": "CUS-1", "role": "customer"}]}},
}


def sent(house: House, body: bytes, **headers: str) -> int:
    return house.client.post(PATH, content=body, headers={SIGNATURE: signature(body), **headers}).status_code


@pytest.mark.parametrize("fault", ["twice", "out_of_order", "late"])
def test_events_that_come_wrongly_tell_once_and_what_is_true(bff: House, sandbox: Sandbox, fault: str) -> None:
    told_to(bff)
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    with client(bff, "legal") as opened:
        subscribed(bff, opened, "subscription { orderUpdated { number state } }")

        assert set(advance(sandbox, f"/orders/{order.id}/advance", fault)) == {204}

        due = {"number": order.id, "state": sandbox.changes.order(order).state}
        assert opened.hear()["payload"] == {"data": {"orderUpdated": due}}
        assert opened.hears_nothing()


@pytest.mark.parametrize(("fault", "status"), [("unknown_type", 204), ("stranger", 204), ("unsigned", 401)])
def test_events_that_mean_nothing_here_tell_nobody(bff: House, sandbox: Sandbox, fault: str, status: int) -> None:
    told_to(bff)
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    with client(bff, "legal") as opened:
        subscribed(bff, opened, ORDERS)
        sandbox.ledger.clear()

        assert set(advance(sandbox, f"/orders/{order.id}/advance", fault)) == {status}

        assert opened.hears_nothing()
        assert [entry for entry in sandbox.ledger if entry.system == "mobile"] == []


def test_a_request_that_goes_on_is_told(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    made = open_requests(acting(sandbox.world, "legal"), "all")[0]
    with client(bff, "legal") as opened:
        subscribed(bff, opened, "subscription { requestUpdated { reference state } }")

        advance(sandbox, f"/requests/{made.id}/advance")

        due = {"reference": made.id, "state": sandbox.changes.request(made).state}
        assert opened.hear()["payload"] == {"data": {"requestUpdated": due}}
        assert opened.hears_nothing()


def test_a_change_that_can_be_seen_only_after_its_event_is_looked_for_again(bff: House, sandbox: Sandbox) -> None:
    """Quirk 15: reads lag behind writes."""
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    told = {"productOrder": {"id": order.id, "relatedParty": [{"id": order.customer_code, "role": "customer"}]}}
    with client(bff, "legal") as opened:
        subscribed(bff, opened, ORDERS)
        assert sent(bff, json.dumps({**GOOD, "event": told}).encode()) == 204
        assert opened.hears_nothing()

        sandbox.changes.advance_order(order, sandbox.clock.now())

        assert opened.hear()["payload"] == {"data": {"orderUpdated": {"number": order.id}}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b"\xff",
        b"[" * 100_000,
        json.dumps({**GOOD, "event": []}).encode(),
        json.dumps({**GOOD, "eventId": 7}).encode(),
    ],
)
def test_what_is_no_event_is_refused(bff: House, body: bytes) -> None:
    assert sent(bff, body) == 400


@pytest.mark.parametrize(
    "resource",
    [
        None,
        [],
        {"relatedParty": {}},
        {"relatedParty": [7, None, {"role": "customer"}, {"role": "customer", "id": 7}]},
        {"relatedParty": [{"role": "customer", "partyOrPartyRole": {"id": "x" * 1_000}}]},
    ],
)
def test_an_event_that_names_no_customer_is_taken_and_forgotten(bff: House, resource: Any) -> None:
    body = json.dumps({**GOOD, "event": {"productOrder": resource}}).encode()
    assert sent(bff, body) == 204


def test_a_body_that_is_too_large_is_refused(bff: House) -> None:
    assert sent(bff, b" " * 300_000) == 413


@pytest.mark.parametrize("wrong", ["", "sha256=", "sha256=" + "0" * 64, "sha1=nonsense", "sha256=\u00e9"])
def test_a_wrong_signature_is_refused(bff: House, wrong: str) -> None:
    body = json.dumps(GOOD).encode()
    answer = bff.client.post(PATH, content=body, headers={SIGNATURE.encode(): wrong.encode("latin-1")})
    assert answer.status_code == 401


def test_without_a_key_there_is_no_hook(sandbox: Sandbox) -> None:
    with house(sandbox, event_keys="") as closed:
        assert sent(closed, json.dumps(GOOD).encode()) == 404


@pytest.mark.redis
def test_an_event_that_one_worker_takes_is_told_by_another(sandbox: Sandbox, redis_url: str) -> None:
    who = acting(sandbox.world, "legal")
    order = next(each for each in open_orders(who, "all") if each.state == "RECEIVED")
    query, variables = "query ($id: ID!) { order(id: $id) { state } }", {"id": id_of(order, who.company)}
    with (
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as one,
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as other,
        client(one, "legal") as opened,
    ):
        told_to(other)
        subscribed(one, opened, ORDERS)
        assert other.ask("legal", query, variables).data == {"order": {"state": "RECEIVED"}}

        advance(sandbox, f"/orders/{order.id}/advance")

        assert opened.hear()["payload"] == {"data": {"orderUpdated": {"number": order.id}}}
        assert opened.hears_nothing(), "however many workers have heard of it"
        eventually(
            lambda: bool(other.ask("legal", query, variables).data == {"order": {"state": "IN_PROGRESS"}}),
            "the old copy is still shown",
        )


@pytest.mark.redis
def test_while_nobody_can_be_told_the_sender_is_asked_to_come_again(sandbox: Sandbox, own_redis: RedisServer) -> None:
    with house(sandbox, state_redis_url=own_redis.url, redis_timeout_s="0.5") as opened:
        own_redis.kill()
        answer = httpx.post(
            opened.url + PATH,
            content=(body := json.dumps(GOOD).encode()),
            headers={SIGNATURE: signature(body)},
            timeout=30,
        )
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
