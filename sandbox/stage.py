"""What every stand-in shares, and the one wrapper around each of their operations.

`perform` writes latency, faults and the ledger once, for all protocols; a system brings a `Dialect` that knows how its
errors look. Row quirks it hands on to the operation as `Injected`.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import random
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sandbox._deeds import Deeds
from sandbox._faults import Faults, Injected, Quirk, Strike, System
from sandbox._ledger import Entry, Ledger
from sandbox.clock import Clock
from sandbox.mail.mailbox import Mailbox
from sandbox.payment.message import Fault
from sandbox.payment.session import Sessions
from sandbox.wire.encoding import Encoded, recoded
from sandbox.world.change import Changes
from sandbox.world.model import World

# Median and 99th percentile in seconds. Fixed and mobile: legacy.md, quirk 1. Directory and identity: our guess.
_LATENCY_S = {"fixed": (0.5, 1.6), "mobile": (0.15, 0.6), "directory": (0.04, 0.2), "identity": (0.02, 0.1)}
_P99_SIGMAS = 2.3263
_TAIL_S = 8.0  # legacy.md, quirk 1
_PAGE = "<!DOCTYPE html><html><head><title>Servizio non disponibile</title></head><body><h1>{}</h1></body></html>"


class Latency:
    """Log-normal waiting times by system, seeded; nought when off."""

    def __init__(self, *, on: bool, seed: int = 1) -> None:
        self._on = on
        self._random = random.Random(seed)  # noqa: S311 - a run must be repeatable

    def draw_s(self, system: str) -> float:
        """Draw the seconds that a call to the system takes."""
        if not self._on:
            return 0.0
        median, p99 = _LATENCY_S[system]
        return self._random.lognormvariate(math.log(median), math.log(p99 / median) / _P99_SIGMAS)


@dataclass(slots=True)
class Urls:
    """Base URL of each system, without a trailing slash; filled when the ports are known."""

    mobile: str = ""
    fixed: str = ""
    directory: str = ""
    identity: str = ""
    admin: str = ""
    external: str = ""
    mail: str = ""
    payment: str = ""


@dataclass(slots=True)
class Trusted:
    """Whose links the external sites believe: the BFF by its name as an issuer, and where its keys are."""

    issuer: str = "http://127.0.0.1:8000"
    keys_url: str = "http://127.0.0.1:8000/.well-known/jwks.json"


@dataclass(slots=True)
class Listener:
    """Who is told of changes by events, as a TM Forum hub tells its listeners; empty is nobody."""

    url: str = ""


@dataclass(slots=True)
class PaidListener:
    """Who is told of payments, and how that goes wrong; an empty address is nobody."""

    url: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Sandboxed:
    """What a stand-in is made from."""

    world: World
    clock: Clock
    faults: Faults = field(default_factory=Faults)
    ledger: Ledger = field(default_factory=Ledger)
    deeds: Deeds = field(default_factory=Deeds)
    latency: Latency = field(default_factory=lambda: Latency(on=False))
    urls: Urls = field(default_factory=Urls)
    trusted: Trusted = field(default_factory=Trusted)
    listener: Listener = field(default_factory=Listener)
    changes: Changes = field(default_factory=Changes)
    mailbox: Mailbox = field(default_factory=Mailbox)
    sessions: Sessions = field(default_factory=Sessions)
    payments: PaidListener = field(default_factory=PaidListener)
    running: Counter[str] = field(default_factory=Counter)
    """By system: the calls that have come and are not answered."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation, with its batch keys (empty when it has none). Its body, if any, was read."""

    system: System
    operation: str
    keys: Sequence[str]
    request: Request


@dataclass(frozen=True, slots=True)
class Problem:
    """An error before it has a protocol: the system's code and text, and the HTTP status to send it with."""

    code: str
    message: str
    status: int


class Dialect(Protocol):
    """How one system words its errors."""

    def fault(self, problem: Problem, call: Call) -> Response:
        """Render an error as the system does, with the problem's status."""
        ...

    def in_answer(self, problem: Problem, call: Call) -> Response:
        """Render an error code inside an answer that looks good (200)."""
        ...


Answer = Callable[[Injected], Response | Awaitable[Response]]


async def perform(stage: Sandboxed, call: Call, *, dialect: Dialect, answer: Answer) -> Response:
    """Run one operation: note it, wait as the real system would, let faults strike, answer."""
    stage.running[call.system] += 1
    try:
        return await _performed(stage, call, dialect, answer)
    finally:
        stage.running[call.system] -= 1


async def _performed(stage: Sandboxed, call: Call, dialect: Dialect, answer: Answer) -> Response:
    now, running = stage.clock.now(), stage.running[call.system]
    injected = stage.faults.draw(call.system, call.operation, call.keys, now, running=running)
    entry = Entry(
        at=now,
        system=call.system,
        operation=call.operation,
        keys=len(call.keys),
        request_id=call.request.headers.get("x-request-id"),
        fault=injected.names,
    )
    stage.ledger.add(entry)
    if await _is_gone_within(stage.latency.draw_s(call.system) + _tail_s(injected), call.request):
        return Response()
    if _resets(injected):
        return await _reset(call.request)
    if (taken := injected.get(Quirk.TAKEN_UNANSWERED)) is not None:
        await _answered(answer, injected)
        if taken.mode == "reset":
            return await _reset(call.request)
        await _is_gone_within(math.inf, call.request)
        return Response()
    for later in (Quirk.LATE_READS, Quirk.REFUSED_LATER):
        injected.note(later)
    response = _instead(injected, call, dialect) or await _answered(answer, injected)
    _damage(response, injected)
    injected.settle()
    entry.status, entry.fault = response.status_code, injected.names
    return response


async def _answered(answer: Answer, injected: Injected) -> Response:
    response = answer(injected)
    return await response if inspect.isawaitable(response) else response


def _tail_s(injected: Injected) -> float:
    """Give the seconds that quirks add; without end when there is to be no answer."""
    if injected.get(Quirk.NO_ANSWER):
        return math.inf
    return injected.play(Quirk.SLOW_TAIL, 0.0, lambda _, strike: _late_s(strike.parameters.seconds))


def _late_s(told_s: float | None) -> float:
    return _TAIL_S if told_s is None else told_s


async def _is_gone_within(seconds: float, request: Request) -> bool:
    """Wait so long, or until the caller is gone; tell whether they are."""
    if not seconds:
        return False
    try:
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _resets(injected: Injected) -> bool:
    strikes = (injected.get(quirk) for quirk in (Quirk.NIGHT_WINDOW, Quirk.TOO_MANY_CALLS))
    return any(strike is not None and strike.mode in {"refused", "reset"} for strike in strikes)


async def _reset(request: Request) -> Response:
    """Close the connection with RST: lingering for no time is what makes the kernel send one instead of FIN."""
    transport = request.scope["state"]["transport"]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _is_gone_within(math.inf, request)
    return Response()


def _instead(injected: Injected, call: Call, dialect: Dialect) -> Response | None:
    """Give the answer that a quirk puts in the place of the good one; None when none does."""
    for quirk, play in _INSTEAD.items():
        if strike := injected.get(quirk):
            injected.note(quirk)
            return play(strike, call, dialect)
    return None


def _too_many(_strike: Strike, call: Call, dialect: Dialect) -> Response:
    return dialect.fault(Problem("TR900", "Troppe richieste", 500), call)


def _night(strike: Strike, call: Call, dialect: Dialect) -> Response:
    if strike.mode == "html":
        return HTMLResponse(_PAGE.format("Sistema in manutenzione"), status_code=503)
    return dialect.fault(Problem("DB900", "Base dati non disponibile", 500), call)


def _http_error(strike: Strike, _call: Call, _dialect: Dialect) -> Response:
    told = strike.parameters
    if told.body == "empty":
        return Response(status_code=told.status)
    if told.body == "plain":
        return PlainTextResponse("upstream connect error", status_code=told.status)
    return HTMLResponse(_PAGE.format(told.status), status_code=told.status)


def _problem(strike: Strike, status: int) -> Problem:
    return Problem(strike.parameters.code, strike.parameters.message, status)


_INSTEAD: dict[Quirk, Callable[[Strike, Call, Dialect], Response]] = {
    Quirk.TOO_MANY_CALLS: _too_many,
    Quirk.NIGHT_WINDOW: _night,
    Quirk.HTTP_ERROR: _http_error,
    Quirk.HTML_INSTEAD: lambda _strike, _call, _dialect: HTMLResponse(_PAGE.format("Accesso")),
    Quirk.ERROR_FAULT_500: lambda strike, call, dialect: dialect.fault(_problem(strike, 500), call),
    Quirk.ERROR_FAULT_200: lambda strike, call, dialect: dialect.fault(_problem(strike, 200), call),
    Quirk.ERROR_CODE_IN_ANSWER: lambda strike, call, dialect: dialect.in_answer(_problem(strike, 200), call),
    Quirk.POISONED_KEY: lambda strike, call, dialect: dialect.fault(_problem(strike, 500), call),
}


def _damage(response: Response, injected: Injected) -> None:
    """Play the quirks that keep the answer and damage its bytes or what it says of them."""
    whole = Encoded(bytes(response.body), response.headers.get("content-type", ""))
    damaged = whole
    for quirk, damage in _DAMAGES.items():
        damaged = injected.play(quirk, damaged, damage)
    if damaged != whole:
        response.body = damaged.body
        response.headers["content-type"] = damaged.content_type
        response.headers["content-length"] = str(len(damaged.body))


_DAMAGES: dict[Quirk, Callable[[Encoded, Strike], Encoded]] = {
    Quirk.ENCODING: recoded,
    Quirk.TRUNCATED: lambda whole, _strike: whole._replace(body=whole.body[: len(whole.body) // 2]),
    Quirk.WRONG_CONTENT_TYPE: lambda whole, strike: whole._replace(content_type=strike.parameters.content_type),
}
