"""Clients that go away: what was being read for them ends at once, for them alone."""

import json
import socket
import time
from collections.abc import Callable

import pytest
from structlog.testing import LogCapture

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House, house

QUERY = "{ customer { contracts(first: 100) { totalCount } } }"
SOON_S = 3.0


def sent(opened: House, query: str, request_id: str) -> socket.socket:
    """Send a query over a socket of its own, and read nothing."""
    body = json.dumps({"query": query}).encode()
    host, port = opened.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nx-request-id: {request_id}\r\n"
        f"authorization: Bearer {opened.sandbox.token('legal')}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def soon(happened: Callable[[], bool]) -> None:
    gives_up = time.monotonic() + SOON_S
    while not happened():
        assert time.monotonic() < gives_up
        time.sleep(0.01)


@pytest.fixture
def silent(sandbox: Sandbox) -> Sandbox:
    """Give stand-ins whose contracts are never answered."""
    sandbox.faults.set(Rule(quirk=Quirk.NO_ANSWER, system="mobile", operation="GET /agreement"))
    return sandbox


def asked(sandbox: Sandbox) -> int:
    return sum(entry.operation == "GET /agreement" for entry in sandbox.ledger.entries())


def running(opened: House) -> float:
    metrics = opened.client.get("/metrics").text.splitlines()
    return float(next(line for line in metrics if line.startswith('bff_backend_running{system="MOBILE"')).split()[-1])


def test_a_read_ends_at_once_when_its_client_has_gone(silent: Sandbox, logs: LogCapture) -> None:
    with house(silent, backend_timeout_s="30", request_deadline_s="30") as opened:
        connection = sent(opened, QUERY, "gone-00001")
        soon(lambda: asked(silent) == 1)
        assert running(opened) == 1
        connection.close()
        soon(lambda: running(opened) == 0)
    calls = [line for line in logs.entries if line["event"] == "backend_call"]
    (line,) = [line for line in calls if line["operation"] == "GET /agreement"]
    assert line["outcome"] == "cancelled"
    assert line["ms"] < SOON_S * 1000
    assert [line["event"] for line in logs.entries if line["event"] == "client_gone"] == ["client_gone"]


def test_others_who_wait_for_the_same_go_on_waiting_and_get_it(sandbox: Sandbox) -> None:
    late = Parameters(seconds=1.0)
    sandbox.faults.set(Rule(quirk=Quirk.SLOW_TAIL, system="mobile", operation="GET /agreement", parameters=late))
    with house(sandbox) as opened:
        gone = sent(opened, QUERY, "gone-00002")
        soon(lambda: asked(sandbox) == 1)
        with sent(opened, QUERY, "stays-0001") as stays:
            for _ in range(3):  # what is answered after it came has let it get as far as waiting
                opened.ask("legal", "{ viewer { profile } }")
            gone.close()
            stays.settimeout(SOON_S)
            assert b'"totalCount":2' in stays.recv(65536)
    assert asked(sandbox) == 1
