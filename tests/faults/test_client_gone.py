"""A client that leaves before its answer: reads for it alone end at once, reads that others wait for go on."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from structlog.typing import EventDict

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.faults.proxied import Wired, wired
from tests.house import House
from tests.proxy import WireFault
from tests.waiting import eventually

PATIENCE_S = "30"
"""What a system and a request have: nothing here ends because its time is over."""
AT_ONCE_S = 2.0
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
    with wired(sandbox, backend_timeout_s=PATIENCE_S, request_deadline_s=PATIENCE_S) as opened:
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
def test_the_calls_of_a_client_that_left_end_at_once(wire: Wired, system: str, told: list[EventDict]) -> None:
    hanging = wire.proxies[system]
    hanging.play(WireFault.SILENT)
    with client(wire.house, "legal", HANGS_IN[system]):
        eventually(lambda: hanging.counts.struck_open == 1, "the system is not asked")
        assert running(wire.house, system) == 1
    took_s = eventually(lambda: hanging.counts.struck_open == 0, "the call goes on", within_s=AT_ONCE_S)
    print(f"closed after {took_s * 1000:.0f} ms")  # noqa: T201 - for docs/reliability.md
    eventually(lambda: running(wire.house, system) == 0, "the call still counts as running")
    eventually(lambda: "client_gone" in [line["event"] for line in told], "nobody says that the client has gone")
    calls = [line for line in told if line["event"] == "backend_call" and line["outcome"] != "ok"]
    assert [(line["system"], line["outcome"]) for line in calls] == [(system.upper(), "cancelled")]


def test_who_waits_for_the_same_as_a_client_that_left_gets_it_by_the_same_call(wire: Wired, sandbox: Sandbox) -> None:
    late = Rule(
        quirk=Quirk.SLOW_TAIL,
        system="fixed",
        operation="FindAccountsByCustomer",
        parameters=Parameters(seconds=LATE_S),
    )
    sandbox.faults.set(late)
    with ThreadPoolExecutor(1) as others, client(wire.house, "legal", LINES):
        eventually(lambda: sandbox.faults.hits() == [(late, 1)], "the accounts are not asked for")
        staying = others.submit(wire.house.ask, "admin", LINES_AND_ORDERS)
        # The orders are asked for beside the accounts, so that by then both wait for those.
        eventually(lambda: "FindOrdersByCustomer" in asked(sandbox), "the other has not got as far as to wait")
    answer = staying.result()
    assert (answer.data["customer"]["fixedLines"], answer.errors) == ({"totalCount": 8}, [])
    assert asked(sandbox).count("FindAccountsByCustomer") == 1


def running(house: House, system: str) -> float:
    """Give how many calls of a system run now, as the metrics tell."""
    lines = house.client.get("/metrics").text.splitlines()
    return float(
        next(line for line in lines if line.startswith(f'bff_backend_running{{system="{system.upper()}"')).split()[-1]
    )


def asked(sandbox: Sandbox) -> list[str]:
    return [entry.operation for entry in sandbox.ledger.entries()]
