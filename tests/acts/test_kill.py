"""kill -9 at every step of a change: a real worker, a real Redis; nothing is lost and nothing done twice."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import httpx
import pytest

from bff.acts import BELIEVED_S, LEASE_S
from bff.acts.payment import LEASE_S as PAYMENT_LEASE_S
from bff.acts.payment import OPENED_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import environment, house
from tests.journeys import paying
from tests.journeys.acting import Acting, acting, fixed_lines, mobile_lines
from tests.journeys.ceased import CEASE, active
from tests.journeys.changed import BLOCK, unblocked
from tests.journeys.ident import id_of
from tests.process import HOST, free_ports
from tests.proxy import Proxy, WireFault
from tests.waiting import eventually

pytestmark = pytest.mark.redis

WITHIN_S = 30.0
"""For a worker to start, and to follow a moved time."""
_PATIENT = {"request_deadline_s": "50", "backend_timeout_s": "25", "connect_timeout_s": "5"}
"""So that a busy machine ends no step before it is struck: what is short is the act's own."""


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
        return self.asked(BLOCK, "simBlock", {"id": id_of(line, who.company), "key": "key-1"})

    def cease(self) -> Any:
        """Cease two lines of each network, as `block`; give what became of each, or a code."""
        who = acting(self._sandbox.world, "legal")
        lines = [*active(mobile_lines(who, "all"))[:2], *active(fixed_lines(who, "all"))[:2]]
        ids = [id_of(line, who.company) for line in lines]
        told = self.asked(CEASE, "linesCease", {"ids": ids, "key": "key-1"})
        return [each["status"] for each in told["results"]] if isinstance(told, dict) else told

    def asked(self, query: str, field: str, variables: dict[str, Any]) -> Any:
        """Give what a field tells, or the code of why it does not; None when no answer comes."""
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {self._sandbox.token('legal')}"}
        try:
            answer = httpx.post(self._url, json=body, headers=headers, timeout=60).json()
        except httpx.TransportError:
            return None
        return (answer.get("data") or {}).get(field) or answer["errors"][0]["extensions"]["code"]

    def until_killed(self, ask: Callable[[], Any]) -> threading.Thread:
        """Ask again and again, in a thread: what failed on the way was not struck yet."""

        def asking() -> None:
            while ask() is not None:
                pass

        thread = threading.Thread(target=asking)
        thread.start()
        return thread

    def status(self) -> Any:
        """Tell what became of it, or the code of why not."""
        told = self.block()
        return told["status"] if isinstance(told, dict) else told


@contextmanager
def worker(sandbox: Sandbox, redis_url: str, **settings: str) -> Iterator[Worker]:
    """Run a BFF until the end, however that comes."""
    port = free_ports(1)
    environ = environment(sandbox, state_redis_url=redis_url, **_PATIENT, **settings) | {
        "BFF_PORT": str(port),
        "PATH": os.defpath,
    }
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
    with worker(sandbox, redis_url) as other, worker(sandbox, redis_url) as killed:  # no lease ends while one starts
        asking = killed.until_killed(killed.block)
        called = f"mobile {operation}"
        eventually(lambda: called in calls(sandbox), f"it does not come to {step}", within_s=WITHIN_S)
        killed.process.kill()
        asking.join()
        sandbox.faults.clear()
        assert len(sandbox.deeds) == deeds

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
    with worker(sandbox, redis_url) as other, worker(sandbox, redis_url) as killed:
        asking = killed.until_killed(killed.cease)
        both = {"mobile POST /productOrder", "fixed SubmitLineCease"}
        eventually(
            lambda: both <= calls(sandbox) and len(sandbox.deeds) == taken,
            f"it does not come to {step}",
            within_s=WITHIN_S,
        )
        killed.process.kill()
        asking.join()
        sandbox.faults.clear()

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


# --- money ------------------------------------------------------------------------------------------------------------


class Kind(NamedTuple):
    """What may be paid for: the mutation, what it is asked with, and what is recorded of it where."""

    query: str
    field: str
    asked: Callable[[Acting, str], paying.Asked]
    system: Literal["mobile", "fixed"]
    operation: str
    legs: int


KINDS = {
    "invoices": Kind(paying.PAY, "invoicesPay", paying.invoices, "mobile", "POST /payment", 2),
    "top-up": Kind(paying.TOP_UP, "lineTopUp", paying.top_ups, "mobile", "POST /topupBalance", 1),
    "other": Kind(paying.PAY_OTHER, "otherInvoicePay", paying.another, "fixed", "NotifyPayment", 1),
}


class Payer:
    """Somebody who pays for one thing, always the same."""

    def __init__(self, sandbox: Sandbox, kind: Kind) -> None:
        self.sandbox, self.kind = sandbox, kind
        [(self._given, _), *_] = kind.asked(acting(sandbox.world, "legal"), "all")

    def begin(self, at: Worker, key: str = "key-1") -> Any:
        """Ask for it; give the payment, or a code, or None when no answer comes."""
        told = at.asked(
            self.kind.query.replace("__typename", "id checkoutUrl"), self.kind.field, self._given | {"key": key}
        )
        if not isinstance(told, dict):
            return told
        return told["payment"] or told["userErrors"][0]["code"]

    def opened(self, at: Worker, key: str = "key-1") -> dict[str, Any]:
        """Ask for it until there is a page to pay on."""
        found: list[dict[str, Any]] = []

        def is_open() -> bool:
            payment = self.begin(at, key)
            found[:] = [payment] if isinstance(payment, dict) and payment["checkoutUrl"] else []
            return bool(found)

        eventually(is_open, "no page to pay on", within_s=WITHIN_S)
        return found[0]

    def pay(self, payment: dict[str, Any]) -> None:
        """Pay on the provider's page."""
        paying.decide(self.sandbox, payment["checkoutUrl"], "paid")

    def is_recorded(self, at: Worker, payment: dict[str, Any]) -> bool:
        """Tell whether a worker shows it as paid, and so as recorded everywhere."""
        told = self.shown(at, payment)
        return isinstance(told, dict) and told["state"] == "PAID"

    def shown(self, at: Worker, payment: dict[str, Any]) -> Any:
        """Ask for it as who comes back from the page does."""
        return at.asked(paying.PAYMENT, "node", {"id": payment["id"]})

    def judge(self) -> None:
        """Hold the ledger against what is due: charged once, recorded once."""
        assert [each.charges for each in self.sandbox.sessions if each.state == "paid"] == [1]
        assert len(self.sandbox.deeds) == self.kind.legs


@pytest.mark.parametrize("step", ["read", "sent and lost", "opened"])
def test_a_worker_that_is_killed_while_a_session_is_opened_leaves_one_to_pay_on_and_holds_nothing(
    sandbox: Sandbox, redis_url: str, step: str
) -> None:
    payer = Payer(sandbox, KINDS["invoices"])
    with Proxy(sandbox.urls.payment) as proxy:
        if step == "read":
            sandbox.faults.set(Rule(quirk=Quirk.NO_ANSWER, system="mobile", operation="GET /customerBill"))
        else:
            proxy.play(WireFault.SILENT if step == "sent and lost" else WireFault.DRIP)
        with worker(sandbox, redis_url, payment_url=proxy.url) as killed:
            asking = killed.until_killed(lambda: payer.begin(killed))
            struck = {
                "read": lambda: "mobile GET /customerBill" in calls(sandbox),
                "sent and lost": lambda: proxy.hits > 0,
                "opened": lambda: any(sandbox.sessions),
            }[step]
            eventually(struck, f"it does not come to {step}", within_s=WITHIN_S)
            killed.process.kill()
            asking.join()
    sandbox.faults.clear()
    assert len(list(sandbox.sessions)) == (step == "opened")

    with worker(sandbox, redis_url) as other:
        sandbox.clock.advance(OPENED_S + 1)
        if step == "opened":
            assert payer.begin(other, "key-2") == "IN_PROGRESS", "it may still be paid"
            payment = payer.opened(other)
        else:
            payment = payer.opened(other, "key-2")
        payer.pay(payment)
        eventually(lambda: payer.is_recorded(other, payment), "it is not recorded", within_s=WITHIN_S)
    assert len(list(sandbox.sessions)) == 1
    payer.judge()


@pytest.mark.parametrize(
    ("kind", "step", "quirk"),
    [
        ("invoices", "paid", None),
        ("invoices", "recorded and lost", Quirk.NO_ANSWER),
        *((kind, "recorded and taken", Quirk.TAKEN_UNANSWERED) for kind in KINDS),
    ],
)
def test_what_was_paid_when_a_worker_is_killed_is_recorded_once(
    sandbox: Sandbox, redis_url: str, kind: str, step: str, quirk: Quirk | None
) -> None:
    payer = Payer(sandbox, KINDS[kind])
    system, operation = payer.kind.system, payer.kind.operation
    with worker(sandbox, redis_url) as killed:
        payment = payer.opened(killed)
        if quirk is None:
            killed.process.kill()
            payer.pay(payment)
        else:
            sandbox.faults.set(Rule(quirk=quirk, system=system, operation=operation))
            payer.pay(payment)
            asking = killed.until_killed(lambda: payer.shown(killed, payment))
            eventually(
                lambda: f"{system} {operation}" in calls(sandbox), f"it does not come to {step}", within_s=WITHIN_S
            )
            killed.process.kill()
            asking.join()
    sandbox.faults.clear()
    assert len(sandbox.deeds) <= payer.kind.legs

    with worker(sandbox, redis_url) as other:
        sandbox.clock.advance(PAYMENT_LEASE_S + 1)
        eventually(lambda: payer.is_recorded(other, payment), f"{step}: not recorded", within_s=WITHIN_S)
    assert len(list(sandbox.sessions)) == 1
    payer.judge()


def calls(sandbox: Sandbox) -> set[str]:
    return {f"{entry.system} {entry.operation}" for entry in sandbox.ledger.entries()}
