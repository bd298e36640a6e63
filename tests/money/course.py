"""The course of one payment from a seed: what a customer, the network, our Redis and the clock do to it.

All runs in one process: two workers of ours, which share a state, above the real adapters, the adapters above the
stand-ins' own apps, no socket between them and a clock that only we move. A worker's own clock may be six minutes off.
Calls and steps of the state fail as `FAULTS` has it, workers die within any of them, clients go away, and the
provider's messages come as they like. When it is over, everything works again, and time passes.
"""

import asyncio
import random
import re
import zlib
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final, NoReturn, cast, get_args

import httpx
import msgspec
from starlette.applications import Starlette

from bff.acts import Acts, Refused, Seal, Wish, reference
from bff.acts.payment import Payments, leg_id
from bff.backends import Access, Backends, open_backends
from bff.cache.read import ReadThrough
from bff.domain.deed import Judged
from bff.domain.deed.payment import Checkout, Returning
from bff.domain.invoice import InvoiceKey
from bff.domain.payment import BillsPaid, InvoicePaid, Leg, Payment, Stage, ToppedUp, cents_of
from bff.domain.system import System
from bff.errors import BackendError, BffError
from bff.http.payment_hook import PATH, payment_hook_routes
from bff.redis_client import FAILURES
from bff.state.deeds import AGENDAS, MemoryDeeds
from bff.state.payments import MemoryPayments
from sandbox import credentials
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.clock import DEFAULT_NOW, Clock
from sandbox.fixed.app import create_app as create_fixed
from sandbox.mobile.app import create_app as create_mobile
from sandbox.mobile.usage import logical_resource_id
from sandbox.payment import message
from sandbox.payment.app import create_app as create_payment
from sandbox.payment.session import Session
from sandbox.stage import Sandboxed
from sandbox.world.build import build_world
from tests.journeys.acting import is_fixed

FAULTS_OF_MESSAGES: Final = get_args(message.Fault)
KINDS: Final = ("invoices", "top-up", "other")
"""What may be paid for."""

_STORMY_STEPS = 40
_CALM_STEPS = 40
_PAGE_S = 1000
_OFF_S = 360.0
_DEADLINE_S = 2.0
_BIG = 64 * 1024

FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "refused": ("refused", "denied"),
    "accepted and silent": ("lost",),
    "reset before the body": ("reset before",),
    "reset in the body": ("reset in",),
    "reset after the body": ("reset after",),
    "slow drip": ("drip",),
    "truncated": ("half",),
    "wrong type": ("text",),
    "HTML": ("page",),
    "500 storm": ("storm",),
    "200 with an error": ("excuse", "error_fault_200", "error_code_in_answer"),
    "100 MB": ("endless",),
    "gzip bomb": ("bomb",),
    "duplicates": ("duplicated",),
    "foreign rows": ("foreign_rows",),
    "night window": ("night_window",),
    "lag": ("late_reads", "stale"),
    "taken but timed out": ("unanswered",),
    "Redis down": ("state down",),
    "Redis stopped": ("state stopped",),
    "Redis slow": ("state slow",),
    "clock ± 6 minutes": ("clock fast", "clock slow", "clock_skew"),
    "client gone": ("client gone",),
    "SIGTERM": ("told to stop",),
    "SIGKILL": ("call dies before", "call dies after", "state dies before", "state dies after"),
    # of the systems themselves: legacy.md, quirks 13 and 15, and what one who means ill may try
    "refused later": ("refused_later",),
    "messages": (*(f"message {each}" for each in FAULTS_OF_MESSAGES), "message forged", "message of more"),
    "another amount": ("another amount",),
    "clicks at once": ("clicks at once",),
}
"""By the words of reliability-security.md, 'Faults the tests inject': what is played of each."""
NO_FAULTS: Final[Mapping[str, str]] = {
    "Redis flushed": "what was under way is lost with its only record; what holds all the same: test_step.py",
    "identity provider down": "who pays is known before anything of a payment begins, and nobody is asked afterwards",
    "keys rotated": "the same: keys are for tokens; those that sign the provider's messages are two at a time",
}
"""What can't hit a payment, or not here, and why."""
_OF_CALLS = (
    *("refused", "denied", "lost", "reset before", "reset in", "reset after", "drip", "half", "text", "page", "excuse"),
    *("storm", "unanswered", "call dies before", "call dies after", "another amount", "stale"),
)
_OF_BIG_CALLS = ("endless", "bomb")
_OF_STATE = ("state down", "state stopped", "state slow", "state dies before", "state dies after")
_RARE = 0.1
_WAS_PAID = frozenset({Stage.PAID, Stage.RECORDED})


class Wrong(Exception):
    """Money was lost, doubled, or nobody knows where it is; the text says how to run it again."""


class Killed(BaseException):
    """The worker is no more."""


class HandClock(Clock):
    """The stand-ins' clock and ours, which stands still until it is moved."""

    def __init__(self) -> None:
        self._now = DEFAULT_NOW

    def now(self) -> datetime:
        """Give the time."""
        return self._now

    def set(self, now: datetime) -> None:
        """Make it so late."""
        self._now = now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Give seconds."""
        return self._now.timestamp()


class OwnClock(Clock):
    """A worker's clock, which may be off."""

    def __init__(self, clock: HandClock, off_s: float) -> None:
        self._clock = clock
        self.off_s = off_s

    def now(self) -> datetime:
        """Give what the worker takes for the time."""
        return self._clock.now() + timedelta(seconds=self.off_s)


class Trouble:
    """Draws faults while it storms.

    Attributes:
        storms: whether it does.
        played: how often each was.
    """

    def __init__(self, rng: random.Random, clock: HandClock) -> None:
        self._rng = rng
        self._clock = clock
        self.storms = True
        self.played: Counter[str] = Counter()
        self._bad: dict[System, int] = {}
        self._state: tuple[str, int] | None = None

    def draw(self, faults: Sequence[str], share: float) -> str | None:
        """Give the fault that strikes now; None for none."""
        if not self.storms or self._rng.random() >= share:
            return None
        fault = self._rng.choice(faults)
        self.played[fault] += 1
        return fault

    def call(self, system: System) -> str | None:
        """Give what strikes a call; a storm strikes the next ones to the system too."""
        if self.storms and self._bad.get(system, 0) > 0:
            self._bad[system] -= 1
            return "storm"
        fault = self.draw(_OF_BIG_CALLS, 0.01) or self.draw(_OF_CALLS, 0.35)
        if fault == "storm":
            self._bad[system] = self._rng.randrange(2, 15)
        return fault

    def step(self, share: float) -> str | None:
        """Give what strikes a step of the state; who is down or stopped is so for some steps."""
        if self.storms and self._state is not None:
            lasting, left = self._state
            self._state = (lasting, left - 1) if left > 1 else None
            return lasting
        fault = self.draw(_OF_STATE, share)
        if fault == "state down" or fault == "state stopped":  # noqa: PLR1714 - mypy reads it
            self._state = (fault, self._rng.randrange(1, 6))
        if fault == "state slow":
            self._clock.advance(self._rng.choice((1, 20, 70)))
        return fault

    def spend(self, seconds: float) -> None:
        """Let a call take its time."""
        self._clock.advance(seconds)


class Broken(httpx.AsyncByteStream):
    """A body that ends in an error."""

    def __init__(self, parts: Iterable[bytes], error: Exception | None = None) -> None:
        self._parts, self._error = parts, error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the parts, and fail."""
        for part in self._parts:
            yield part
        if self._error is not None:
            raise self._error


class Life:
    """Whether a worker lives: who is dead does nothing more, in none of its tasks."""

    def __init__(self) -> None:
        self.is_over = False

    def goes_on(self) -> None:
        """Raise Killed in the dead."""
        if self.is_over:
            raise Killed

    def end(self) -> NoReturn:
        """Die here and now. Raises Killed."""
        self.is_over = True
        raise Killed


class Network(httpx.AsyncBaseTransport):
    """What lies between a worker and a stand-in."""

    def __init__(self, system: System, app: Any, trouble: Callable[[], Trouble], life: Life) -> None:
        self._system = system
        self._way = httpx.ASGITransport(app)
        self._trouble = trouble
        self._life = life

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a call, or do to it what is drawn."""
        self._life.goes_on()
        fault = self._trouble().call(self._system)
        if fault == "call dies before":
            self._life.end()
        if fault in _LOST:
            raise _LOST[fault]
        if fault in _INSTEAD:
            return _INSTEAD[fault]()
        answer = await self._way.handle_async_request(request)
        body = await answer.aread()
        self._life.goes_on()
        if fault == "call dies after":
            self._life.end()
        if fault == "unanswered":
            raise httpx.ReadTimeout("no answer")
        return self._spoilt(answer, body, fault)

    def _spoilt(self, answer: httpx.Response, body: bytes, fault: str | None) -> httpx.Response:
        """Give an answer as it comes, which may be broken."""
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        sent, error = len(body), cast("Exception | None", None)
        match fault:
            case "reset before" | "reset in" | "reset after":
                sent = {"before": 0, "in": sent // 2, "after": sent}[fault.removeprefix("reset ")]
                error = httpx.ReadError("reset")
            case "drip":
                self._trouble().spend(_DEADLINE_S)
                sent, error = 1, httpx.ReadTimeout("not whole in time")
            case "half":
                sent //= 2
            case "text":
                headers["content-type"] = "text/plain"
            case "another amount" if self._system is System.PAYMENTS:
                body = re.sub(rb'"amount":(\d+)', rb'"amount":1\1', body)
                sent = len(body)
            case "stale" if self._system is System.PAYMENTS:
                body = re.sub(rb'"state":"[a-z]+"', b'"state":"open"', body)
                sent = len(body)
        return httpx.Response(answer.status_code, headers=headers, stream=Broken([body[:sent]], error))


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * _BIG) for _ in range(100 * 1024 * 1024 // _BIG)) + packer.flush()


_PAGE = "<!DOCTYPE html><html><body><h1>Servizio non disponibile</h1></body></html>"
_LOST: Final[Mapping[str | None, Exception]] = {
    "refused": httpx.ConnectError("refused"),
    "lost": httpx.ReadTimeout("no answer"),
}
_INSTEAD: Final[Mapping[str | None, Callable[[], httpx.Response]]] = {
    "denied": lambda: httpx.Response(422, json={"code": "60", "reason": "denied"}),
    "storm": lambda: httpx.Response(500, html=_PAGE),
    "page": lambda: httpx.Response(200, html=_PAGE),
    "excuse": lambda: httpx.Response(200, json={"error": "upstream request timeout"}),
    "endless": lambda: httpx.Response(200, stream=Broken(b" " * _BIG for _ in range(100 * 1024 * 1024 // _BIG))),
    "bomb": lambda: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Broken([_bomb()])),
}
"""What is answered in the place of the stand-in, which is not asked."""


class Shaky:
    """A worker's way to the state, which fails as a Redis does: nobody knows whether the step was taken."""

    def __init__(self, store: Any, trouble: Trouble, life: Life) -> None:
        self._store = store
        self._trouble = trouble
        self._life = life

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Give a step."""

        async def step(*given: Any) -> Any:
            self._life.goes_on()
            if self._trouble.storms:
                await asyncio.sleep(0)  # others come between
                self._life.goes_on()
            share = 0.06 / len(AGENDAS) if name == "claim" else 0.06  # all agendas are asked for what is due, at once
            fault = self._trouble.step(share)
            if fault == "state dies before":
                self._life.end()
            if fault == "state down":
                raise ConnectionError
            found = await getattr(self._store, name)(*given)
            if fault == "state dies after":
                self._life.end()
            if fault == "state stopped":  # what was sent is taken when it goes on
                raise TimeoutError
            return found

        return step


class _Cache:
    """A cache that keeps nothing."""

    def owner(self, customer: str) -> str:
        return f"mask-of-{customer}"

    async def invalidate_owner(self, *_given: Any) -> bool:
        return True


async def _tell(*_given: Any) -> bool:
    return True


class Town:
    """The stand-ins and the way to them, for all courses one after the other."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.stage = Sandboxed(world=build_world(DEFAULT_NOW, 1), clock=self.clock)
        self.trouble = Trouble(random.Random(0), self.clock)  # noqa: S311 - a course must come again alike
        self.stage.urls.payment = "http://payment.example"
        self._apps = {
            System.MOBILE: create_mobile(self.stage),
            System.FIXED: create_fixed(self.stage),
            System.PAYMENTS: create_payment(self.stage),
        }

    def begin(self, seed: int) -> random.Random:
        """Let all be as it was built."""
        rng = random.Random(seed)  # noqa: S311
        self.trouble = Trouble(rng, self.clock)
        self.stage.deeds.clear()
        self.stage.sessions.clear()
        self.stage.ledger.clear()
        self.clock.set(DEFAULT_NOW)
        self.stage.faults.set(*self._lasting(rng, seed), *_passing(seed))
        return rng

    def calm(self) -> None:
        """Let everything work, but for what lags."""
        self.trouble.storms = False
        self.trouble.played += self._struck()
        self.stage.faults.clear()

    def _struck(self) -> Counter[str]:
        return Counter({rule.quirk.value: hits for rule, hits in self.stage.faults.hits() if hits})

    def _lasting(self, rng: random.Random, seed: int) -> list[Rule]:
        """Give what becomes of changes long after they were taken."""
        late = Parameters(seconds=rng.choice((1.0, 30.0, 59.0)))
        refused = Parameters(seconds=rng.choice((10.0, 100.0, 2000.0)))
        return [
            *(_rule(Quirk.LATE_READS, *place, 0.5, seed, late) for place in _WRITES),
            *(_rule(Quirk.REFUSED_LATER, *place, 0.2, seed, refused) for place in _WRITES if place[0] == "mobile"),
        ]

    def backends(self, clock: Clock | None = None, life: Life | None = None) -> Backends:
        """Open the adapters of one worker, whose clock may be its own."""
        life = life or Life()
        ways = {system: Network(system, app, lambda: self.trouble, life) for system, app in self._apps.items()}
        access = Access(
            mobile_url="http://mobile.example",
            mobile_key=credentials.MOBILE_KEY,
            fixed_url="http://fixed.example",
            fixed_username=credentials.FIXED_USERNAME,
            fixed_password=credentials.FIXED_PASSWORD,
            directory_url="http://directory.example",
            directory_key="none",
            issuer="http://id.example",
            identity_key="none",
            mail_url="smtp://127.0.0.1:1",
            mail_sender="no-reply@business.example",
            payment_url="http://payment.example",
            payment_key=credentials.PAYMENT_KEY,
        )
        return open_backends(
            access, clock or self.clock, transport=ways.get, monotonic=self.clock.monotonic, jitter=lambda: 0.0
        )


_WRITES: Final = (("mobile", "POST /payment"), ("mobile", "POST /topupBalance"), ("fixed", "NotifyPayment"))
_READS: Final = (("mobile", "GET /payment"), ("mobile", "GET /topupBalance"))
_FIXED: Final = (("fixed", "NotifyPayment"), ("fixed", "FindByExternalRequestId"))


_USUAL = Parameters()


def _rule(quirk: Quirk, system: str, operation: str, rate: float, seed: int, parameters: Parameters = _USUAL) -> Rule:
    own_seed = zlib.crc32(f"{seed} {quirk.value} {operation}".encode())  # or all would strike the same calls
    place = {"system": cast("Any", system), "operation": operation}
    return Rule(quirk=quirk, **place, rate=rate, seed=own_seed, parameters=parameters)


def _passing(seed: int) -> list[Rule]:
    """Give what the stand-ins themselves do wrong while it storms."""
    return [
        *(_rule(quirk, *place, 0.6, seed) for quirk in (Quirk.DUPLICATED, Quirk.FOREIGN_ROWS) for place in _READS),
        *(
            _rule(quirk, *place, 0.1, seed)
            for quirk in (Quirk.ERROR_FAULT_200, Quirk.ERROR_CODE_IN_ANSWER)
            for place in (*_WRITES, *_READS)
        ),
        *(_rule(quirk, *place, 0.15, seed) for quirk in (Quirk.NIGHT_WINDOW, Quirk.CLOCK_SKEW) for place in _FIXED),
    ]


def payments_of(town: Town, store: Any, backends: Backends | None = None, clock: Clock | None = None) -> Payments:
    """Give what takes payments to their end in a worker."""
    reads = cast("ReadThrough", _Cache())
    own = clock or town.clock
    return Payments(store, backends or town.backends(), reads, _tell, own, town.clock.monotonic)


class Worker:
    """A worker of ours, with a clock that may be off."""

    def __init__(self, town: Town, deeds: MemoryDeeds, payments: MemoryPayments, off_s: float) -> None:
        self.clock = OwnClock(town.clock, off_s)
        self.life = Life()
        self._backends = town.backends(self.clock, self.life)
        self.acts = Acts(
            cast("Any", Shaky(deeds, town.trouble, self.life)),
            self._backends,
            cast("ReadThrough", _Cache()),
            self.clock,
            lambda code: code,
            Seal([b"k"]),
            town.clock.monotonic,
        )
        self.payments = payments_of(town, Shaky(payments, town.trouble, self.life), self._backends, self.clock)
        keys = [urlsafe_b64decode(credentials.PAYMENT_EVENT_KEY)]
        self.hook = httpx.ASGITransport(Starlette(routes=payment_hook_routes(keys, self.payments.wake, self.clock)))

    async def rest(self) -> None:
        """Wait until all that it has begun is done."""
        await self.acts.aclose()
        await self.payments.aclose()

    async def close(self) -> None:
        """Close what a process closes as it ends, once its tasks are over."""
        await self.rest()
        await self._backends.aclose()


class Course:
    """One payment, from the first click until all is quiet."""

    def __init__(self, town: Town, kind: str, seed: int) -> None:
        self._town = town
        self._rng = town.begin(seed)
        self._kind, self._seed = kind, seed
        self._clock, self._trouble = town.clock, town.trouble
        self._deeds, self._payments = MemoryDeeds(), MemoryPayments(town.clock.monotonic)
        self._workers: list[Worker] = []
        self._seen: set[str] = set()
        self._paid: set[str] = set()
        self.legs = _legs(town, kind, self._rng)
        self.marks = () if kind == "top-up" else ("mark-of-the-invoice",)
        self._keys = ["first", "second"]

    async def run(self) -> Counter[str]:
        """Run it, and judge. Raises Wrong."""
        self._workers = [self._worker(0.0), self._worker(self._off())]
        happenings = (self._click, self._decide, self._decide, self._message, self._pass, self._settle)
        await self._survived(self._click, self._workers[0])
        for _ in range(_STORMY_STEPS):
            rare = self._rng.random() < _RARE
            step = self._rng.choice((self._leave, self._clicks, self._restart) if rare else happenings)
            await self._survived(step, self._rng.choice(self._workers))
        self._town.calm()
        for place in range(_CALM_STEPS):
            await self._survived(self._settle, self._workers[place % len(self._workers)])
            is_halfway = place == _CALM_STEPS // 2  # then the page is closed, whoever is still on it
            self._clock.advance(_PAGE_S if is_halfway else self._rng.choice((5, 16, 31)))
        await self._judge(self._workers[0])
        for worker in self._workers:
            await worker.close()
        return self._trouble.played

    def _off(self) -> float:
        off_s = self._rng.choice((0.0, 0.0, _OFF_S, -_OFF_S))
        if off_s:
            self._trouble.played["clock fast" if off_s > 0 else "clock slow"] += 1
        return off_s

    def _worker(self, off_s: float) -> Worker:
        return Worker(self._town, self._deeds, self._payments, off_s)

    async def _survived(self, step: Callable[[Worker], Awaitable[None]], worker: Worker) -> None:
        with suppress(BffError, *FAILURES, Killed):
            await step(worker)
        if worker.life.is_over and worker in self._workers:
            await self._replaced(worker)
        await self._look()

    async def _look(self) -> None:
        """See what the customer sees: one page for an invoice, and nothing that was paid is unpaid again."""
        pages = 0
        for key in self._keys:
            name = reference(self._wish(key))
            held = await self._payments.get(name)
            if held is None:
                continue
            payment = decoded(held)
            if payment.stage is Stage.CHECKOUT:
                pages += 1
                self._seen.add(name)
            if payment.stage in _WAS_PAID:
                self._paid.add(name)
            self._hold(name not in self._paid or payment.stage in _WAS_PAID, "what was paid is unpaid again")
        self._hold(not self.marks or pages <= 1, "one invoice has two pages to pay on")

    async def _replaced(self, worker: Worker) -> None:
        """Start another worker; the one before is gone with all that it held in memory."""
        await worker.close()
        self._workers[self._workers.index(worker)] = self._worker(worker.clock.off_s)

    # --- what happens -------------------------------------------------------------------------------------------------

    async def _click(self, worker: Worker) -> None:
        """Ask for the payment, with the same key as before or with another."""
        key = self._rng.choice(self._keys)
        name, made_at = reference(self._wish(key)), worker.clock.now().timestamp()

        async def prepare() -> Judged:
            if not await worker.payments.hold(self.marks, name):
                raise Refused(())
            cents = sum(map(cents_of_leg, self.legs))
            payment = Payment(
                name=name,
                owner=worker.payments.owner("company"),
                person_key="USR-000001",
                cents=cents,
                legs=self.legs,
                made_at=made_at,
                held=self.marks,
            )
            await worker.payments.begin(payment)
            return Judged(Checkout(cents=cents), Returning("https://area.example/", "it"))

        try:
            await worker.acts.perform(self._wish(key), prepare)
        except Refused:
            return
        except BackendError:
            await worker.payments.give_up(name, made_at)
            raise
        await worker.payments.look(name)

    async def _clicks(self, worker: Worker) -> None:
        """Ask at once, of all workers."""
        self._trouble.played["clicks at once"] += 1
        asked = [self._click(each) for each in (worker, worker, *self._workers)]
        await asyncio.gather(*asked, return_exceptions=True)
        for each in list(self._workers):
            if each.life.is_over and each is not worker:
                await self._replaced(each)

    async def _leave(self, worker: Worker) -> None:
        """Ask, and be gone before there is an answer."""
        self._trouble.played["client gone"] += 1
        asking = asyncio.create_task(self._click(worker))
        for _ in range(self._rng.randrange(40)):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    async def _restart(self, worker: Worker) -> None:
        """Tell a worker to stop, which finishes what it has begun."""
        self._trouble.played["told to stop"] += 1
        await self._replaced(worker)

    def _wish(self, key: str) -> Wish:
        return Wish("pay", key, "USR-000001", "company", {"kind": self._kind})

    async def _decide(self, _worker: Worker) -> None:
        """Choose on the provider's page, wherever the customer was led to one."""
        sessions = self._town.stage.sessions
        for each in sessions:
            held = sessions.get(each.reference, self._clock.now())
            if held is not None and each.reference in self._seen:
                sessions.decide(held, self._rng.choice(("paid", "paid", "paid", "declined", "cancelled")))

    async def _message(self, worker: Worker) -> None:
        """Be told by the provider, or by somebody who says that they are."""
        for session in self._town.stage.sessions:
            fault = self._rng.choice(FAULTS["messages"]).removeprefix("message ")
            self._trouble.played[f"message {fault}"] += 1
            for body, headers in _messages(session, self._clock.now(), fault):
                request = httpx.Request("POST", f"http://bff.example{PATH}", content=body, headers=headers)
                await worker.hook.handle_async_request(request)

    async def _pass(self, _worker: Worker) -> None:
        self._clock.advance(self._rng.choice((1, 7, 20, 62, 200, 1000)))

    async def _settle(self, worker: Worker) -> None:
        await asyncio.gather(worker.acts.settle(), worker.payments.settle())
        await worker.rest()

    # --- what became of it --------------------------------------------------------------------------------------------

    async def _judge(self, worker: Worker) -> None:
        sessions, deeds = list(self._town.stage.sessions), list(self._town.stage.deeds)
        paid = [each for each in sessions if each.state == "paid"]
        refused = {each.request_id for each in deeds if each.refused_from is not None}
        self._hold(all(each.charges <= 1 for each in sessions), "one session has charged twice")
        self._hold(not self.marks or len(paid) <= 1, "one invoice was paid twice")
        due = {leg_id(each.reference, place) for each in paid for place in range(len(self.legs))}
        self._hold({each.request_id for each in deeds} == due, f"{len(due)} to be recorded, {len(deeds)} are")
        for each in sessions:
            found = await worker.payments.get(each.reference)
            is_refused = any(leg_id(each.reference, place) in refused for place in range(len(self.legs)))
            told = {
                "paid": Stage.PAID if is_refused else Stage.RECORDED,
                "declined": Stage.FAILED,
                "cancelled": Stage.CANCELLED,
                "expired": Stage.EXPIRED,
                "open": Stage.EXPIRED,
            }[each.state]
            self._hold(found is not None and found.stage is told, f"{each.state}, and told {found and found.stage}")
        recorded = sum((_taken(each.value) for each in deeds), Decimal(0))
        owed = sum(each.cents for each in paid)
        self._hold(cents_of(recorded) == owed, f"{owed} cents paid, {recorded} recorded")
        for key in self._keys:
            payment = await worker.payments.get(reference(self._wish(key)))
            is_over = payment is None or payment.stage not in {Stage.OPENING, Stage.CHECKOUT, Stage.PAID} or refused
            self._hold(bool(is_over), f"nobody knows what became of {payment and payment.stage}")
        is_free = await worker.payments.hold(self.marks, "somebody else's")
        self._hold(not self.marks or is_free is not bool(paid), f"{len(paid)} paid, and free to be paid: {is_free}")

    def _hold(self, holds: bool, otherwise: str) -> None:  # noqa: FBT001 - a condition
        if not holds:
            again = f"python -m tests.money --kind {self._kind} --seed {self._seed}"
            raise Wrong(f"{otherwise}; {dict(self._trouble.played)}; again: {again}")


def _legs(town: Town, kind: str, rng: random.Random) -> tuple[Leg, ...]:
    """Draw what is paid for: of the first company, which is on both networks."""
    company = next(each for each in town.stage.world.companies if each.mobile_lines and each.fixed_lines)
    if kind == "top-up":
        line = next(each for each in company.mobile_lines if each.prepaid)
        number = logical_resource_id(line)
        return (ToppedUp(line_key=line.product_id, number_key=number, account_key="ACC-1", cents=2000),)
    owed = [each for each in company.bills if each.outstanding and not each.disputed and not each.single]
    fixed = [each for each in owed if is_fixed(each, company)]
    bills = rng.sample(fixed, 1 if kind == "other" else 2)
    legs: list[Leg] = [
        InvoicePaid(
            invoice=InvoiceKey("FIXED", each.account, each.number, each.issued_on),
            cents=cents_of(each.outstanding),
            person_key="USR-000001",
        )
        for each in bills
    ]
    if kind == "invoices":
        mobile = [each for each in owed if not is_fixed(each, company)]
        account = rng.choice(mobile).account
        of_account = [each for each in mobile if each.account == account][:3]
        legs.append(
            BillsPaid(account_key=account, bills=tuple((each.id, cents_of(each.outstanding)) for each in of_account))
        )
    return tuple(legs)


def cents_of_leg(leg: Leg) -> int:
    return sum(cents for _, cents in leg.bills) if isinstance(leg, BillsPaid) else leg.cents


def _taken(recorded: Any) -> Decimal:
    """Give the amount that a stand-in has recorded."""
    items = getattr(recorded, "items", None)
    return recorded.amount if items is None else sum((amount for _, amount in items), Decimal(0))


def _messages(session: Session, now: datetime, fault: str) -> list[tuple[bytes, dict[str, str]]]:
    """Give what is sent of a session: as it is, wrongly, signed by a stranger, or saying more than is true."""
    body = b'{"reference":"%s","type":"session.changed","state":"paid","amount":1}' % session.reference.encode()
    if fault == "of more":
        return [(body, {"x-payment-signature": message.signature(body, now)})]
    if fault == "forged":
        signed = message.signature(body, now)
        return [(body + b" ", {"x-payment-signature": signed}), (body, {"x-payment-signature": signed[:-1] + "g"})]
    return message.messages(session, now, cast("message.Fault", fault))


decoded = msgspec.msgpack.Decoder(Payment).decode
