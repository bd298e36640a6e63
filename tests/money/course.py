"""The course of one payment from a seed: what a customer, the network, our Redis and the clock do to it.

All runs in one process: our acts and payments above the real adapters, the adapters above the stand-ins' own apps, no
socket between them and a clock that only we move. A call is refused, denied, lost on its way, lost on its way back,
answered with a page or by half; a step of the state fails before or after it was taken; a worker dies within any of
them; the provider's messages come twice, late, of strangers or never. When it is over, everything works again, and time
passes.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

import httpx

from bff.acts import Acts, Refused, Seal, Wish, reference
from bff.acts.payment import Payments
from bff.backends import Access, Backends, open_backends
from bff.cache.read import ReadThrough
from bff.domain.deed import Judged
from bff.domain.deed.payment import Checkout, Returning
from bff.domain.invoice import InvoiceKey
from bff.domain.payment import BillsPaid, InvoicePaid, Leg, Payment, Stage, ToppedUp, cents_of
from bff.domain.system import System
from bff.errors import BackendError, BffError
from bff.state.deeds import AGENDAS, MemoryDeeds
from bff.state.payments import MemoryPayments
from sandbox import credentials
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.clock import DEFAULT_NOW, Clock
from sandbox.fixed.app import create_app as create_fixed
from sandbox.mobile.app import create_app as create_mobile
from sandbox.mobile.usage import logical_resource_id
from sandbox.payment.app import create_app as create_payment
from sandbox.stage import Sandboxed
from sandbox.world.build import build_world
from tests.journeys.acting import is_fixed

KINDS: Final = ("invoices", "top-up", "other")
"""What may be paid for."""

_STORMY_STEPS = 20
_CALM_STEPS = 40
_PAGE_S = 1000
FAULTS_OF_CALLS = (
    "refused",
    "denied",
    "lost",
    "unanswered",
    "reset after",
    "page",
    "half",
    "dies before",
    "dies after",
)
FAULTS_OF_STATE = ("fails before", "fails after", "dies before", "dies after")


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


class Trouble:
    """Draws faults while it storms.

    Attributes:
        storms: whether it does.
        played: how often each was.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.storms = True
        self.played: Counter[str] = Counter()

    def draw(self, faults: tuple[str, ...], share: float) -> str | None:
        """Give the fault that strikes now; None for none."""
        if not self.storms or self._rng.random() >= share:
            return None
        fault = self._rng.choice(faults)
        self.played[fault] += 1
        return fault


class Network(httpx.AsyncBaseTransport):
    """What lies between us and a stand-in."""

    def __init__(self, app: Any, trouble: Callable[[], Trouble]) -> None:
        self._way = httpx.ASGITransport(app)
        self._trouble = trouble

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a call, or do to it what is drawn."""
        fault = self._trouble().draw(FAULTS_OF_CALLS, 0.35)
        if fault == "dies before":
            raise Killed
        if fault == "refused":
            raise httpx.ConnectError("refused")
        if fault == "denied":
            return httpx.Response(422, json={"code": "60", "reason": "denied"})
        if fault == "lost":
            raise httpx.ReadTimeout("lost")
        if fault == "page":
            return httpx.Response(502, html="<h1>Bad gateway</h1>")
        answer = await self._way.handle_async_request(request)
        if fault == "dies after":
            raise Killed
        if fault == "unanswered":
            raise httpx.ReadTimeout("no answer")
        if fault == "reset after":
            raise httpx.RemoteProtocolError("reset")
        if fault == "half":
            body = await answer.aread()
            return httpx.Response(answer.status_code, content=body[: len(body) // 2])
        return answer


class Shaky:
    """A store that fails as a Redis does: nobody knows whether the step was taken."""

    def __init__(self, store: Any, trouble: Trouble) -> None:
        self._store = store
        self._trouble = trouble

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Give a step."""

        async def step(*given: Any) -> Any:
            share = 0.06 / len(AGENDAS) if name == "claim" else 0.06  # all agendas are asked for what is due, at once
            fault = self._trouble.draw(FAULTS_OF_STATE, share)
            if fault is not None and fault.endswith("before"):
                raise Killed if fault.startswith("dies") else ConnectionError
            found = await getattr(self._store, name)(*given)
            if fault is not None:
                raise Killed if fault.startswith("dies") else ConnectionError
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
        self.trouble = Trouble(random.Random(0))  # noqa: S311 - a course must come again alike
        self.stage.urls.payment = "http://payment.example"
        apps = {
            System.MOBILE: create_mobile(self.stage),
            System.FIXED: create_fixed(self.stage),
            System.PAYMENTS: create_payment(self.stage),
        }
        self._ways = {system: Network(app, lambda: self.trouble) for system, app in apps.items()}

    def begin(self, seed: int) -> random.Random:
        """Let all be as it was built."""
        rng = random.Random(seed)  # noqa: S311
        self.trouble = Trouble(rng)
        self.stage.deeds.clear()
        self.stage.sessions.clear()
        self.stage.ledger.clear()
        self.clock.set(DEFAULT_NOW)
        late = Parameters(seconds=rng.choice((1.0, 30.0, 59.0)))
        writes = (("mobile", "POST /payment"), ("mobile", "POST /topupBalance"), ("fixed", "NotifyPayment"))
        rules = [
            Rule(
                quirk=Quirk.LATE_READS, system=cast("Any", system), operation=name, rate=0.5, seed=seed, parameters=late
            )
            for system, name in writes
        ]
        self.stage.faults.set(*rules)
        return rng

    def backends(self) -> Backends:
        """Open the adapters of one worker."""
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
            access, self.clock, transport=self._ways.get, monotonic=self.clock.monotonic, jitter=lambda: 0.0
        )


def payments_of(town: Town, store: Any, backends: Backends | None = None) -> Payments:
    """Give what takes payments to their end in a worker."""
    clock = town.clock
    reads = cast("ReadThrough", _Cache())
    return Payments(store, backends or town.backends(), reads, _tell, clock, clock.monotonic)


class Course:
    """One payment, from the first click until all is quiet."""

    def __init__(self, town: Town, kind: str, seed: int) -> None:
        self._town = town
        self._rng = town.begin(seed)
        self._kind, self._seed = kind, seed
        self._clock, self._trouble = town.clock, town.trouble
        self._deeds, self._payments = MemoryDeeds(), MemoryPayments(town.clock.monotonic)
        self.legs = _legs(town, kind, self._rng)
        self.marks = () if kind == "top-up" else ("mark-of-the-invoice",)
        self._keys = ["first", "second"]

    async def run(self) -> Counter[str]:
        """Run it, and judge. Raises Wrong."""
        self._open()
        for _ in range(_STORMY_STEPS):
            await self._survived(self._rng.choice((self._click, self._decide, self._message, self._pass, self._settle)))
        self._trouble.storms = False
        for step in range(_CALM_STEPS):
            await self._survived(self._settle)
            is_halfway = step == _CALM_STEPS // 2  # then the page is closed, whoever is still on it
            self._clock.advance(_PAGE_S if is_halfway else self._rng.choice((5, 16, 31)))
        await self._judge()
        await self._backends.aclose()
        return self._trouble.played

    def _open(self) -> None:
        """Start a worker; the one before is gone with all that it held in memory."""
        self._backends = self._town.backends()
        reads = cast("ReadThrough", _Cache())
        deeds, payments = Shaky(self._deeds, self._trouble), Shaky(self._payments, self._trouble)
        self.acts = Acts(
            cast("Any", deeds),
            self._backends,
            reads,
            self._clock,
            lambda code: code,
            Seal([b"k"]),
            self._clock.monotonic,
        )
        self.payments = payments_of(self._town, payments, self._backends)

    async def _survived(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except (BffError, ConnectionError):
            return
        except Killed:
            await self._backends.aclose()
            self._open()

    # --- what happens -------------------------------------------------------------------------------------------------

    async def _click(self) -> None:
        """Ask for the payment, with the same key as before or with another."""
        key = self._rng.choice(self._keys)
        name, made_at = reference(self._wish(key)), self._clock.monotonic()

        async def prepare() -> Judged:
            if not await self.payments.hold(self.marks, name):
                raise Refused(())
            cents = sum(map(cents_of_leg, self.legs))
            payment = Payment(
                name=name,
                owner=self.payments.owner("company"),
                person_key="USR-000001",
                cents=cents,
                legs=self.legs,
                made_at=made_at,
                held=self.marks,
            )
            await self.payments.begin(payment)
            return Judged(Checkout(cents=cents), Returning("https://area.example/", "it"))

        try:
            await self.acts.perform(self._wish(key), prepare)
        except Refused:
            return
        except BackendError:
            await self.payments.give_up(name, made_at)
            raise
        await self.payments.look(name)

    def _wish(self, key: str) -> Wish:
        return Wish("pay", key, "USR-000001", "company", {"kind": self._kind})

    async def _decide(self) -> None:
        """Choose on the provider's page, wherever one is open and known to the customer."""
        sessions = self._town.stage.sessions
        for each in sessions:
            held = sessions.get(each.reference, self._clock.now())
            if held is not None and await self._payments.get(each.reference) is not None:
                sessions.decide(held, self._rng.choice(("paid", "paid", "declined", "cancelled")))

    async def _message(self) -> None:
        """Be told by the provider: of any payment, twice, or of a stranger's."""
        for _ in range(self._rng.randrange(3)):
            named = [each.reference for each in self._town.stage.sessions]
            await self.payments.look(self._rng.choice([*named, "f" * 32]))

    async def _pass(self) -> None:
        self._clock.advance(self._rng.choice((1, 7, 20, 62, 200, 1000)))

    async def _settle(self) -> None:
        await asyncio.gather(self.acts.settle(), self.payments.settle())
        await asyncio.gather(self.acts.aclose(), self.payments.aclose())

    # --- what became of it --------------------------------------------------------------------------------------------

    async def _judge(self) -> None:
        sessions = list(self._town.stage.sessions)
        paid = [each for each in sessions if each.state == "paid"]
        done = {each.request_id for each in self._town.stage.deeds}
        self._hold(all(each.charges <= 1 for each in sessions), "one session has charged twice")
        self._hold(not self.marks or len(paid) <= 1, "one invoice was paid twice")
        self._hold(len(done) == len(paid) * len(self.legs), f"{len(paid)} paid, {len(done)} recorded")
        for each in sessions:
            found = await self.payments.get(each.reference)
            due = {
                "paid": Stage.RECORDED,
                "declined": Stage.FAILED,
                "cancelled": Stage.CANCELLED,
                "expired": Stage.EXPIRED,
                "open": Stage.EXPIRED,
            }[each.state]
            self._hold(found is not None and found.stage is due, f"{each.state}, and told {found and found.stage}")
        recorded = sum((_taken(each.value) for each in self._town.stage.deeds), Decimal(0))
        owed = sum(each.cents for each in paid)
        self._hold(cents_of(recorded) == owed, f"{owed} cents paid, {recorded} recorded")
        for key in self._keys:
            payment = await self.payments.get(reference(self._wish(key)))
            is_over = payment is None or payment.stage not in {Stage.OPENING, Stage.CHECKOUT, Stage.PAID}
            self._hold(is_over, f"nobody knows what became of {payment and payment.stage}")

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
