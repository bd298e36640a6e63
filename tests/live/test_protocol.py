"""The rules of `graphql-transport-ws`, and the limits of a connection."""

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from sandbox.server import Sandbox
from tests.house import House, house
from tests.live.listening import client, connected

VIEWER = "{ viewer { profile } }"
ORDERS = "subscription { orderUpdated { number } }"


def test_a_client_that_speaks_another_protocol_is_refused(bff: House) -> None:
    with connected(bff, protocol="graphql-ws") as opened:
        assert opened.closed() == (4406, "Subprotocol not acceptable")


def test_pings_are_answered_before_and_after_the_beginning(bff: House) -> None:
    with connected(bff) as opened:
        assert opened.say(type="ping").hear() == {"type": "pong"}
    with client(bff, "legal") as opened:
        assert opened.say(type="ping", payload={"at": 1}).hear() == {"type": "pong", "payload": {"at": 1}}


def test_a_query_is_answered_once_and_completed(bff: House) -> None:
    with client(bff, "legal") as opened:
        opened.subscribe(VIEWER)
        assert opened.hear() == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"viewer": {"profile": "LEGAL_REPRESENTATIVE"}}},
        }
        assert opened.hear() == {"id": "1", "type": "complete"}
        assert opened.subscribe(VIEWER).hear()["type"] == "next", "the id is free again"


def test_a_document_that_does_not_fit_ends_the_operation_and_not_the_connection(bff: House) -> None:
    with client(bff, "legal") as opened:
        message = opened.subscribe("subscription { nonsense }").hear()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == "VALIDATION_FAILED"
        assert opened.subscribe(VIEWER).hear()["type"] == "next"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "subscribe", "id": "1", "payload": {"query": VIEWER}}], 4401),
        ([{"type": "connection_init"}], 4403),
        ([{"type": "connection_init", "payload": {"Authorization": "Bearer nonsense"}}], 4403),
        ([{"type": "connection_init", "payload": 7}], 4400),
        ([{"kind": "ping"}], 4400),
        ([7], 4400),
    ],
)
def test_a_beginning_against_the_rules_closes_the_connection(bff: House, messages: list[Any], code: int) -> None:
    with connected(bff) as opened:
        for message in messages:
            opened.connection.send(json.dumps(message))
        assert opened.closed()[0] == code


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "connection_init"}], 4429),
        ([{"type": "subscribe", "id": "1", "payload": {"query": ORDERS}}] * 2, 4409),
        ([{"type": "subscribe", "payload": {"query": ORDERS}}], 4400),
        ([{"type": "subscribe", "id": "1", "payload": {"query": 7}}], 4400),
        ([{"type": "start", "id": "1", "payload": {"query": ORDERS}}], 4400),
    ],
)
def test_a_message_against_the_rules_closes_the_connection(bff: House, messages: list[Any], code: int) -> None:
    with client(bff, "legal") as opened:
        for message in messages:
            opened.connection.send(json.dumps(message))
        assert opened.closed()[0] == code


def test_bytes_are_no_message(bff: House) -> None:
    with connected(bff) as opened:
        opened.connection.send(b"{}")
        assert opened.closed()[0] == 4400


def test_a_message_that_is_too_large_closes_the_connection(sandbox: Sandbox) -> None:
    with house(sandbox, body_max_bytes="2000") as small, client(small, "legal") as opened:
        opened.subscribe(VIEWER + " " * 2000)
        assert opened.closed()[0] == 1009


def test_a_page_of_another_origin_can_not_connect(bff: House) -> None:
    with pytest.raises(InvalidStatus) as refused, connected(bff, origin="https://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_one_person_has_so_many_connections_and_another_is_free_to_come(sandbox: Sandbox) -> None:
    with house(sandbox, live_connections_max="1") as few, client(few, "legal"):
        with connected(few) as second:
            second.say(type="connection_init", payload={"Authorization": f"Bearer {sandbox.token('legal')}"})
            assert second.closed()[0] == 4429
        with client(few, "admin"):
            pass


def test_one_person_has_so_many_operations_on_all_connections(sandbox: Sandbox) -> None:
    with (
        house(sandbox, live_operations_max="1") as few,
        client(few, "legal") as first,
        client(few, "legal") as second,
    ):
        first.subscribe(ORDERS)
        assert first.hears_nothing()

        message = second.subscribe(ORDERS).hear()

        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
        first.say(type="complete", id="1")
        assert first.subscribe(VIEWER).hear()["type"] == "next", "room again"
