"""kill -9 at every step of a change: a real worker, a real Redis; nothing is lost and nothing done twice."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bff.acts import BELIEVED_S, LEASE_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import environment, house
from tests.journeys.acting import acting, fixed_lines, mobile_lines
from tests.journeys.ceased import CEASE, active
from tests.journeys.changed import BLOCK, unblocked
from tests.journeys.ident import id_of
from tests.process import HOST, free_ports
from tests.waiting import eventually

pytestmark = pytest.mark.redis

WITHIN_S = 30.0
"""For a worker to start, and to follow a moved time."""


class Worker:
    """A BFF in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", sandbox: Sandbox, port: int) -> None:
        self.process = process
        self._sandbox = sandbox
        self._url = f"http://{HOST}:{port}/graphql"

    def block(self) -> Any:
        """Block a SIM, always the same under the same key; None when no answer comes."""
        who = acting(self._sandbox.world, "legal")
        line = unblocked(mobile_lines(who, "all"))
        return self._asked(BLOCK, "simBlock", {"id": id_of(line, who.company), "key": "key-1"})

    def cease(self) -> Any:
        """Cease two lines of each network, as `block`; give what became of each, or a code."""
        who = acting(self._sandbox.world, "legal")
        lines = [*active(mobile_lines(who, "all"))[:2], *active(fixed_lines(who, "all"))[:2]]
        ids = [id_of(line, who.company) for line in lines]
        told = self._asked(CEASE, "linesCease", {"ids": ids, "key": "key-1"})
        return [each["status"] for each in told["results"]] if isinstance(told, dict) else told

    def _asked(self, query: str, field: str, variables: dict[str, Any]) -> Any:
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {self._sandbox.token('legal')}"}
        try:
            answer = httpx.post(self._url, json=body, headers=headers, timeout=10).json()
        except httpx.TransportError:
            return None
        return (answer.get("data") or {}).get(field) or answer["errors"][0]["extensions"]["code"]

    def status(self) -> Any:
        """Tell what became of it, or the code of why not."""
        told = self.block()
        return told["status"] if isinstance(told, dict) else told


@contextmanager
def worker(sandbox: Sandbox, redis_url: str) -> Iterator[Worker]:
    """Run a BFF until the end, however that comes."""
    port = free_ports(1)
    environ = environment(sandbox, state_redis_url=redis_url) | {"BFF_PORT": str(port), "PATH": os.defpath}
    with subprocess.Popen(
        [sys.executable, "-m", "bff", "serve"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        assert any("Uvicorn running" in line for line in process.stdout)
        rest = threading.Thread(target=process.stdout.read, daemon=True)  # a full pipe would stop it
        rest.start()
        try:
            yield Worker(process, sandbox, port)
        finally:
            process.kill()
            rest.join()


@pytest.fixture(autouse=True)
def ready(sandbox: Sandbox) -> None:
    """Let the stand-ins put their rows in order, so that what the tests send comes to its step in time."""
    with house(sandbox) as asked:
        asked.ask("legal", "{ customer { mobileLines(first: 1) { totalCount } } }")
    sandbox.ledger.clear()


@pytest.mark.parametrize(
    ("step", "quirk", "operation", "deeds"),
    [
        ("reserved", Quirk.NO_ANSWER, "GET /product", 0),
        ("sent and lost", Quirk.NO_ANSWER, "POST /serviceOrder", 0),
        ("sent and taken", Quirk.TAKEN_UNANSWERED, "POST /serviceOrder", 1),
        ("done and not told", Quirk.NO_ANSWER, "GET /troubleTicket", 1),
    ],
)
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(
    sandbox: Sandbox, redis_url: str, step: str, quirk: Quirk, operation: str, deeds: int
) -> None:
    sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation=operation))
    with worker(sandbox, redis_url) as killed:
        asking = threading.Thread(target=killed.block)
        asking.start()
        called = f"mobile {operation}"
        eventually(lambda: called in calls(sandbox), f"it does not come to {step}", within_s=WITHIN_S)
        killed.process.kill()
        asking.join()
    sandbox.faults.clear()
    assert len(sandbox.deeds) == deeds

    with worker(sandbox, redis_url) as other:
        assert other.status() in {"IN_PROGRESS", "ACCEPTED"}
        assert len(sandbox.deeds) == deeds, "nothing is done again before it is known"
        sandbox.clock.advance(LEASE_S if deeds or step == "reserved" else BELIEVED_S + 1)
        eventually(lambda: other.status() in {"DONE", "ACCEPTED"}, f"{step}: not settled", within_s=WITHIN_S)
        assert other.block()["line"] == {"state": "BLOCKED"}
    assert len(sandbox.deeds) == 1


@pytest.mark.parametrize(
    ("step", "quirk", "taken"), [("sent and lost", Quirk.NO_ANSWER, 2), ("sent and taken", Quirk.TAKEN_UNANSWERED, 4)]
)
def test_a_worker_that_is_killed_between_two_networks_loses_nothing_and_doubles_nothing(
    sandbox: Sandbox, redis_url: str, step: str, quirk: Quirk, taken: int
) -> None:
    """The mobile lines are being ceased when it is killed, the fixed ones are sent and nobody has answered."""
    sandbox.faults.set(Rule(quirk=quirk, system="fixed", operation="SubmitLineCease"))
    with worker(sandbox, redis_url) as killed:
        asking = threading.Thread(target=killed.cease)
        asking.start()
        both = {"mobile POST /productOrder", "fixed SubmitLineCease"}
        eventually(
            lambda: both <= calls(sandbox) and len(sandbox.deeds) == taken,
            f"it does not come to {step}",
            within_s=WITHIN_S,
        )
        killed.process.kill()
        asking.join()
    sandbox.faults.clear()

    with worker(sandbox, redis_url) as other:
        assert other.cease() == "IN_PROGRESS"
        assert len(sandbox.deeds) == taken, "nothing is done again before it is known"
        sandbox.clock.advance(BELIEVED_S + 1 if quirk is Quirk.NO_ANSWER else LEASE_S)
        eventually(lambda: other.cease() == ["ACCEPTED"] * 4, f"{step}: not settled", within_s=WITHIN_S)
    assert len(sandbox.deeds) == 4


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_sent(sandbox: Sandbox, redis_url: str) -> None:
    sandbox.faults.set(
        Rule(quirk=Quirk.SLOW_TAIL, system="mobile", operation="POST /serviceOrder", parameters=Parameters(seconds=1))
    )
    with worker(sandbox, redis_url) as stopped:
        told: list[Any] = []
        asking = threading.Thread(target=lambda: told.append(stopped.status()))
        asking.start()
        eventually(lambda: "mobile POST /serviceOrder" in calls(sandbox), "it is not sent", within_s=WITHIN_S)
        stopped.process.terminate()
        asking.join()
        stopped.process.wait(WITHIN_S)
    assert told == ["ACCEPTED"]
    sandbox.faults.clear()

    with worker(sandbox, redis_url) as other:
        assert other.status() == "ACCEPTED"
    assert len(sandbox.deeds) == 1


def calls(sandbox: Sandbox) -> set[str]:
    return {f"{entry.system} {entry.operation}" for entry in sandbox.ledger.entries()}
