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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sandbox._faults import Faults, Injected, Parameters, Quirk
from sandbox._ledger import Entry, Ledger
from sandbox.clock import Clock
from sandbox.world.model import World

# Median and 99th percentile in seconds. Fixed and mobile: legacy.md, quirk 1. Directory and identity: our guess.
_LATENCY_S = {"fixed": (0.5, 1.6), "mobile": (0.15, 0.6), "directory": (0.04, 0.2), "identity": (0.02, 0.1)}
_P99_SIGMAS = 2.3263
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


@dataclass(frozen=True, slots=True)
class Sandboxed:
    """What a stand-in is made from."""

    world: World
    clock: Clock
    faults: Faults = field(default_factory=Faults)
    ledger: Ledger = field(default_factory=Ledger)
    latency: Latency = field(default_factory=lambda: Latency(on=False))
    urls: Urls = field(default_factory=Urls)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation, with its batch keys (empty when it has none). Its body, if any, was read."""

    system: str
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
    injected = stage.faults.draw(call.system, call.operation, call.keys, stage.clock.now())
    entry = Entry(
        at=stage.clock.now(),
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
    response = _instead(injected, call, dialect) or await _answered(answer, injected)
    response = _spoilt(response, injected)
    entry.status = response.status_code
    return response


async def _answered(answer: Answer, injected: Injected) -> Response:
    response = answer(injected)
    return await response if inspect.isawaitable(response) else response


def _tail_s(injected: Injected) -> float:
    """Give the seconds that quirks add; without end when there is to be no answer."""
    if injected.get(Quirk.NO_ANSWER):
        return math.inf
    strike = injected.get(Quirk.SLOW_TAIL)
    return strike.parameters.seconds if strike else 0.0


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
    night = injected.get(Quirk.NIGHT_WINDOW)
    return night is not None and night.parameters.mode == "refused"


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
            return play(strike.parameters, call, dialect)
    return None


def _night(told: Parameters, call: Call, dialect: Dialect) -> Response:
    if told.mode == "html":
        return HTMLResponse(_PAGE.format("Sistema in manutenzione"), status_code=503)
    return dialect.fault(Problem("DB900", "Base dati non disponibile", 500), call)


def _http_error(told: Parameters, _call: Call, _dialect: Dialect) -> Response:
    if told.body == "empty":
        return Response(status_code=told.status)
    if told.body == "plain":
        return PlainTextResponse("upstream connect error", status_code=told.status)
    return HTMLResponse(_PAGE.format(told.status), status_code=told.status)


_INSTEAD: dict[Quirk, Callable[[Parameters, Call, Dialect], Response]] = {
    Quirk.NIGHT_WINDOW: _night,
    Quirk.HTTP_ERROR: _http_error,
    Quirk.HTML_INSTEAD: lambda _told, _call, _dialect: HTMLResponse(_PAGE.format("Accesso")),
    Quirk.ERROR_FAULT_500: lambda told, call, dialect: dialect.fault(Problem(told.code, told.message, 500), call),
    Quirk.ERROR_FAULT_200: lambda told, call, dialect: dialect.fault(Problem(told.code, told.message, 200), call),
    Quirk.ERROR_CODE_IN_ANSWER: lambda told, call, dialect: dialect.in_answer(
        Problem(told.code, told.message, 200), call
    ),
    Quirk.POISONED_KEY: lambda told, call, dialect: dialect.fault(Problem(told.code, told.message, 500), call),
}


def _spoilt(response: Response, injected: Injected) -> Response:
    """Play the quirks that keep the answer and damage it."""
    if injected.get(Quirk.TRUNCATED):
        response.body = bytes(response.body[: len(response.body) // 2])
        response.headers["content-length"] = str(len(response.body))
    if strike := injected.get(Quirk.WRONG_CONTENT_TYPE):
        response.headers["content-type"] = strike.parameters.content_type
    return response
