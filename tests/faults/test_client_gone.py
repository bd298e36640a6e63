"""A client that leaves before its answer: reads for it alone end at once, reads that others wait for go on."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.faults.wire import Wired, is_soon, wired
from tests.house import House
from tests.proxy import WireFault

AT_ONCE_S = 0.1
SLACK_S = 0.1
"""For the threads of this process to take turns."""
LATE_S = 0.5
LINES = "{ customer { fixedLines(first: 10) { totalCount } } }"
LINES_AND_ORDERS = "{ customer { fixedLines(first: 10) { totalCount } orders(first: 10) { totalCount } } }"
HANGS_IN = {
    "mobile": "{ customer { contracts(first: 10) { totalCount } } }",
    "fixed": LINES,
    "directory": "{ customer { contracts(first: 10) { totalCount } } }",
}


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wired]:
    """Give a house behind proxies."""
    with wired(sandbox) as opened:
        yield opened


@contextmanager
def client(house: House, persona: str, query: str) -> Iterator[None]:
    """Ask, and leave at the end without having read anything."""
    body = json.dumps({"query": query}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nhost: bff\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {house.sandbox.token(persona)}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    where = urlsplit(house.url)
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(head.encode() + body)
        yield


@pytest.mark.parametrize("system", HANGS_IN)
def test_the_calls_of_a_client_that_left_end_at_once(wire: Wired, system: str) -> None:
    hanging = wire.proxies[system]
    hanging.play(WireFault.SILENT)
    with client(wire.house, "legal", HANGS_IN[system]):
        assert is_soon(lambda: hanging.counts.struck_open == 1)
    left_at = time.monotonic()
    assert is_soon(lambda: hanging.counts.struck_open == 0)
    assert time.monotonic() - left_at < AT_ONCE_S + SLACK_S


def test_who_waits_for_the_same_as_a_client_that_left_gets_it_by_the_same_call(wire: Wired, sandbox: Sandbox) -> None:
    late = Rule(
        quirk=Quirk.SLOW_TAIL,
        system="fixed",
        operation="FindAccountsByCustomer",
        parameters=Parameters(seconds=LATE_S),
    )
    sandbox.faults.set(late)
    with ThreadPoolExecutor(1) as others, client(wire.house, "legal", LINES):
        assert is_soon(lambda: sandbox.faults.hits() == [(late, 1)])
        staying = others.submit(wire.house.ask, "admin", LINES_AND_ORDERS)
        assert is_soon(lambda: "FindOrdersByCustomer" in asked(sandbox))  # asked for beside the accounts
    answer = staying.result()
    assert (answer.data["customer"]["fixedLines"], answer.errors) == ({"totalCount": 8}, [])
    assert asked(sandbox).count("FindAccountsByCustomer") == 1


def asked(sandbox: Sandbox) -> list[str]:
    return [entry.operation for entry in sandbox.ledger.entries()]
