"""Whatever a system answers to a change, or to who asks what became of it, something is told or an error, by key.

And an answer that can't be read is never taken for a refusal: what was perhaps done must not count as not done, or it
would be done again. The cases are those of the quirks (`test_matrix*.py`); every operation that changes something is
among them.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bff.backends import Backends, open_backends
from bff.backends._operations import OPERATIONS
from bff.domain.deed.billing import MobileDebit
from bff.domain.deed.line import MobileCease, MobileCeaseRevoke
from bff.domain.deed.payment import Checkout, Returning
from bff.domain.system import System
from bff.errors import BackendError, BackendRejected
from sandbox.server import Sandbox
from tests.backends import test_matrix_directory as directory
from tests.backends import test_matrix_fixed as fixed
from tests.backends import test_matrix_mobile as mobile
from tests.backends.matrix import Case
from tests.backends.mutation import VALUES, dumps, loads, mutate
from tests.backends.standin import access_to
from tests.backends.test_total_fixed import BLOWS, damaged
from tests.backends.wire import NOW, Reply, Script, StillClock

SESSION = "8f2c1a0b4d5e4f6a9b7c8d9e0f1a2b3c"
LETTERS = ("MAIL", "send")
"""No document is answered to a letter; what is, `test_mail.py` plays."""

Find = Callable[[Backends], Awaitable[Any]]


def _finding(name: str, operation: str, find: Find) -> Case:
    async def call(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
        return {keys[0]: await find(backends)}

    return Case(name, "mobile", operation, ("it",), call)


async def _opened(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    returning = Returning("https://area.example/back", "it")
    return {keys[0]: await backends.payment.open(Checkout(cents=100), keys[0], returning)}


async def _session(backends: Backends, keys: tuple[str, ...]) -> Mapping[str, Any]:
    return {keys[0]: await backends.payment.opened(keys[0])}


def _paying(
    name: str, operation: str, call: Callable[[Backends, tuple[str, ...]], Awaitable[Mapping[str, Any]]]
) -> Case:
    return Case(name, "payments", operation, (SESSION,), call)  # type: ignore[arg-type]  # no fault strikes it there


_CEASED = MobileCease(line_keys=mobile.ACTIVE, customer_key="", person_key="")
FINDS = [
    _finding(
        "service_order",
        "GET /serviceOrder",
        lambda backends: backends.mobile.service_order("0b0cf1db-f6eb-5d59-90a3-01a17f912069"),
    ),
    _finding(
        "product_order",
        "GET /productOrder",
        lambda backends: backends.mobile.product_order("3d1f4a52-7c0e-5f0b-9a44-5b9f3c1d7e21"),
    ),
    _finding(
        "opened_ticket",
        "GET /troubleTicket",
        lambda backends: backends.mobile.opened_ticket("0b0cf1db-f6eb-5d59-90a3-01a17f912071"),
    ),
    _finding(
        "lines_ceased",
        "GET /productOrder",
        lambda backends: backends.mobile.lines_ceased(_CEASED, "0b0cf1db-f6eb-5d59-90a3-01a17f912072"),
    ),
    _finding(
        "cease_revoked",
        "GET /productOrder",
        lambda backends: backends.mobile.cease_revoked(MobileCeaseRevoke(orders={"it": mobile.OPEN_ORDER})),
    ),
    _finding(
        "debit_set",
        "GET /paymentMethod",
        lambda backends: backends.mobile.debit_set(
            MobileDebit(account_key=mobile.ACCENTED, mandate=True), "3b6d4f0a-58b5-5f8e-b37a-1f4f6f2f7c11"
        ),
    ),
    _paying("session", "GET /sessions", _session),
]
AFTER = {
    "service_order": "order_sim",
    "product_order": "order_offer",
    "opened_ticket": "open_ticket",
    "lines_ceased": "cease_lines",
    "cease_revoked": "revoke_cease",
    "debit_set": "set_debit",
}
"""Which change a case asks about."""
ASKING = {"requested", "payment_recorded", "topped_up", "call_back", "others_invoice"}


def _changes(case: Case) -> bool:
    facts = OPERATIONS[System(case.system.upper())].get(case.operation)
    return facts is not None and not facts.reads


CASES = {
    f"{case.system} {case.name}": case
    for case in [
        _paying("open", "POST /sessions", _opened),
        *(each for each in [*fixed.CASES, *mobile.CASES, *directory.CASES] if _changes(each) or each.name in ASKING),
        *FINDS,
    ]
}
XML = [name for name, case in CASES.items() if case.system == "fixed"]
JSON = [name for name in CASES if name not in XML]
FEW = settings(max_examples=10)


def test_every_change_has_its_cases() -> None:
    every = {(system.value, name) for system, told in OPERATIONS.items() for name, it in told.items() if not it.reads}
    assert {(case.system.upper(), case.operation) for case in CASES.values() if _changes(case)} == every - {LETTERS}


# --- answers ----------------------------------------------------------------------------------------------------------

Answers = Mapping[tuple[str, str], bytes]
"""By method and path; of the fixed system by the operation."""


def _key(request: httpx.Request) -> tuple[str, str]:
    return request.method, request.headers.get("soapaction", request.url.path)


class _Recorder(httpx.AsyncHTTPTransport):
    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[tuple[str, str], bytes] = {}
        self.statuses: dict[tuple[str, str], int] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        key = _key(request)
        self.answers[key] = await response.aread()
        self.statuses[key] = response.status_code
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(self.answers[key])
        )


class Good(NamedTuple):
    """The good answers of a case, by method and path, with their status."""

    answers: Answers
    statuses: Mapping[tuple[str, str], int]

    def struck(self, case: Case) -> Sequence[tuple[str, str]]:
        """Name the answers of the operation that is struck."""
        if case.system == "fixed":
            return [key for key in self.answers if case.operation in key[1]]
        return [key for key in self.answers if key[0] == case.operation.split(" ")[0]]

    def spoilt(self, bodies: Mapping[tuple[str, str], bytes]) -> Script:
        """Answer as well as before, but for some."""

        def answer(request: httpx.Request) -> Reply:
            key = _key(request)
            return Reply({**self.answers, **bodies}.get(key, b""), self.statuses.get(key, 200))

        return Script(answer)


async def _capture(case: Case, sandbox: Sandbox) -> Good:
    sandbox.deeds.clear()
    sandbox.clock.set(NOW)
    network = _Recorder()
    backends = open_backends(access_to(sandbox), StillClock(), transport=lambda _system: network)
    try:
        if case.name in AFTER:
            before = next(each for each in mobile.CASES if each.name == AFTER[case.name])
            await before.call(backends, before.keys)
            network.answers.clear()
        await case.call(backends, case.keys)
    finally:
        await backends.aclose()
    return Good(network.answers, network.statuses)


@pytest.fixture(scope="module")
def good() -> Iterator[dict[str, Good]]:
    """Give the good answers of each case, taken once: from stand-ins of this module's own, which are changed by it."""
    with Sandbox(now=NOW, latency=False) as running:
        yield {name: anyio.run(_capture, case, running) for name, case in CASES.items()}


async def _told(case: Case, network: Script, running: Sandbox) -> Mapping[str, Any] | BackendError:
    backends = open_backends(access_to(running), StillClock(), transport=lambda _system: network, jitter=lambda: 0.0)
    try:
        return await case.call(backends, case.keys)
    except BackendError as error:
        return error
    finally:
        await backends.aclose()


def check(case: Case, network: Script, running: Sandbox) -> Mapping[str, Any] | BackendError:
    """Give what a case tells; whatever is raised but a BackendError fails the test."""
    found = anyio.run(_told, case, network, running)
    if isinstance(found, BackendError):
        assert not found.undone or isinstance(found, BackendRejected) or case.name in TWO_CALLS
    else:
        assert set(found) <= set(case.keys)
    return found


TWO_CALLS = {"set_debit by a method", "account_link"}
"""Whose first call changes nothing by itself."""


@pytest.mark.parametrize("name", CASES)
def test_the_answers_that_are_spoilt_are_good_ones(name: str, good: dict[str, Good], running: Sandbox) -> None:
    case = CASES[name]
    assert good[name].struck(case)
    found = check(case, good[name].spoilt({}), running)
    assert not isinstance(found, BackendError)
    assert not any(isinstance(value, BackendError) for value in found.values())


@pytest.mark.parametrize("name", CASES)
@FEW
@given(body=st.binary(max_size=200) | VALUES.map(dumps).map(str.encode))
def test_any_answer_is_an_error_or_read(name: str, body: bytes, good: dict[str, Good], running: Sandbox) -> None:
    case = CASES[name]
    check(case, good[name].spoilt(dict.fromkeys(good[name].struck(case), body)), running)


@pytest.mark.parametrize("name", JSON)
@settings(FEW, max_examples=20)
@given(data=st.data())
def test_a_good_answer_gone_wrong_is_an_error_or_read(
    name: str, good: dict[str, Good], running: Sandbox, data: st.DataObject
) -> None:
    case = CASES[name]
    bodies = {key: good[name].answers[key] for key in good[name].struck(case)}
    spoilt = {key: dumps(mutate(loads(body), data)).encode() for key, body in bodies.items() if body}
    check(case, good[name].spoilt(spoilt), running)


@pytest.mark.parametrize("name", XML)
@settings(FEW, max_examples=20)
@given(blows=BLOWS)
def test_a_damaged_answer_is_an_error_or_read(name: str, good: dict[str, Good], running: Sandbox, blows: Any) -> None:
    case = CASES[name]
    bodies = {key: damaged(good[name].answers[key], blows) for key in good[name].struck(case)}
    check(case, good[name].spoilt(bodies), running)
