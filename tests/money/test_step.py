"""Single steps of a payment, where two workers, a slow system or a lost mark come between them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.typing import EventDict

from bff.acts.payment import BEGUN_HELD_S, LEASE_S, OPENED_S, Payments
from bff.domain.deed.payment import Checkout, Returning
from bff.domain.invoice import InvoiceKey
from bff.domain.payment import BillsPaid, InvoicePaid, Leg, Payment, Stage, ToppedUp
from bff.domain.system import System
from bff.observability import REQUEST, RequestInfo
from bff.state.payments import MemoryPayments
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.mobile.usage import logical_resource_id
from tests.journeys.acting import is_fixed
from tests.money.course import Town, Trouble, cents_of_leg, payments_of

pytestmark = pytest.mark.anyio

NAME, OTHER = "a" * 32, "b" * 32
MARKS = ("mark-of-the-invoice",)
HOUR_S = 3600.0


class Slow(Trouble):
    """Makes every call take its time."""

    def __init__(self, clock: Callable[[float], None], seconds: float) -> None:
        self._advance, self._seconds = clock, seconds

    def call(self, _system: System) -> None:
        """Let time pass."""
        self._advance(self._seconds)


@dataclass
class Bench:
    """One worker above the stand-ins, nothing of which fails."""

    town: Town
    store: MemoryPayments
    payments: Payments

    def payment(self, legs: tuple[Leg, ...] = (), name: str = NAME) -> Payment:
        """Give a payment of legs, or of one fixed invoice, as it is asked for now."""
        legs = legs or invoices(self.town, 1)
        return Payment(
            name=name,
            owner="mask",
            person_key="USR-000001",
            cents=sum(map(cents_of_leg, legs)),
            legs=legs,
            made_at=self.town.clock.monotonic(),
            held=MARKS,
        )

    async def begun(self, payment: Payment) -> None:
        """Hold and remember it, as a mutation does."""
        assert await self.payments.hold(payment.held, payment.name)
        await self.payments.begin(payment)

    async def opened(self, payment: Payment) -> None:
        """Open its session."""
        backends = self.town.backends()
        way = Returning("https://area.example/", "it")
        await backends.payment.open(Checkout(cents=payment.cents), payment.name, way)
        await backends.aclose()

    async def paid(self, payment: Payment) -> None:
        """Begin it, open its session and pay there."""
        await self.begun(payment)
        await self.opened(payment)
        sessions = self.town.stage.sessions
        held = sessions.get(payment.name, self.town.clock.now())
        assert held is not None
        sessions.decide(held, "paid")

    async def stage(self, name: str = NAME) -> Stage:
        """Look at it, and tell how far it has come."""
        await self.payments.look(name)
        found = await self.payments.get(name)
        assert found is not None
        return found.stage


@pytest.fixture(scope="module")
def town() -> Town:
    """Build the stand-ins once."""
    return Town()


@pytest.fixture
def bench(town: Town) -> Bench:
    """Give a worker."""
    return made(town, MemoryPayments(town.clock.monotonic))


def made(town: Town, store: MemoryPayments) -> Bench:
    town.begin(0)
    town.trouble.storms = False
    town.stage.faults.clear()
    return Bench(town, store, payments_of(town, store))


def invoices(town: Town, count: int) -> tuple[Leg, ...]:
    owed = [
        bill
        for company in town.stage.world.companies
        for bill in company.bills
        if bill.outstanding and is_fixed(bill, company)
    ]
    return tuple(
        InvoicePaid(invoice=InvoiceKey("FIXED", bill.account, bill.number, bill.issued_on), cents=100, person_key="U")
        for bill in owed[:count]
    )


def top_up(town: Town) -> tuple[Leg, ...]:
    line = next(each for company in town.stage.world.companies for each in company.mobile_lines if each.prepaid)
    number = logical_resource_id(line)
    return (ToppedUp(line_key=line.product_id, number_key=number, account_key="ACC-1", cents=2000),)


def bills(town: Town) -> tuple[Leg, ...]:
    bill = next(
        bill
        for company in town.stage.world.companies
        for bill in company.bills
        if bill.outstanding and not is_fixed(bill, company) and not bill.single
    )
    return (BillsPaid(account_key=bill.account, bills=((bill.id, 100),)),)


# --- what is held -----------------------------------------------------------------------------------------------------


async def test_who_dies_before_their_payment_is_remembered_holds_nothing_for_long(bench: Bench) -> None:
    assert await bench.payments.hold(MARKS, NAME)
    assert not await bench.payments.hold(MARKS, OTHER)
    bench.town.clock.advance(BEGUN_HELD_S + 1)
    assert await bench.payments.hold(MARKS, OTHER)


async def test_what_is_being_paid_is_held_though_nobody_can_look_for_a_day(bench: Bench) -> None:
    await bench.paid(bench.payment())
    bench.town.clock.advance(24 * HOUR_S)
    assert not await bench.payments.hold(MARKS, OTHER), "it is paid, whether anybody has seen that or not"
    assert await bench.stage() is Stage.RECORDED


async def test_nobody_is_led_to_a_page_for_what_another_payment_has(bench: Bench) -> None:
    payment = bench.payment()
    await bench.begun(payment)
    await bench.store.free(MARKS, NAME)  # as a worker does whose clock is fast
    assert await bench.payments.hold(MARKS, OTHER)
    await bench.opened(payment)
    assert await bench.stage() is Stage.EXPIRED
    found = await bench.payments.get(NAME)
    assert found is not None
    assert found.url is None
    await bench.store.free(MARKS, OTHER)
    assert await bench.stage() is Stage.CHECKOUT, "nor kept from one that is free again"


async def test_who_has_lost_a_payment_to_another_worker_lets_go_of_nothing(town: Town) -> None:
    class Late(MemoryPayments):
        async def put(self, *_given: Any) -> bool:
            return False

    bench = made(town, Late(town.clock.monotonic))
    await bench.begun(bench.payment())
    town.clock.advance(OPENED_S + 1)
    await bench.payments.look(NAME)
    assert not await bench.payments.hold(MARKS, OTHER)


async def test_an_attempt_that_failed_does_not_give_up_the_next_one_under_its_key(bench: Bench) -> None:
    first = bench.payment()
    await bench.begun(first)
    bench.town.clock.advance(1)
    second = bench.payment()
    await bench.begun(second)
    await bench.payments.give_up(NAME, first.made_at)
    assert not await bench.payments.hold(MARKS, OTHER)
    await bench.payments.give_up(NAME, second.made_at)
    assert await bench.payments.hold(MARKS, OTHER)


async def test_a_session_of_another_amount_leads_nobody_to_pay_and_holds_nothing_once_it_is_over(bench: Bench) -> None:
    payment = bench.payment()
    await bench.begun(payment)
    await bench.opened(replace(payment, cents=payment.cents + 1))
    assert await bench.stage() is Stage.OPENING
    bench.town.clock.advance(HOUR_S)
    assert await bench.stage() is Stage.EXPIRED
    assert await bench.payments.hold(MARKS, OTHER)


async def test_what_is_told_of_a_payment_that_nobody_remembers_is_said(bench: Bench, told: list[EventDict]) -> None:
    bench.payments.wake(OTHER)
    await bench.payments.aclose()
    assert [(each["event"], each["payment"]) for each in told] == [("payment_unknown", OTHER)]


# --- what is recorded -------------------------------------------------------------------------------------------------


async def test_a_worker_keeps_a_payment_no_longer_than_its_lease_however_slow_the_systems(bench: Bench) -> None:
    payment = bench.payment(invoices(bench.town, 20))
    await bench.paid(payment)
    bench.town.trouble = Slow(bench.town.clock.advance, 1.8)
    began = bench.town.clock.monotonic()
    assert await bench.stage() is Stage.PAID
    assert bench.town.clock.monotonic() - began < LEASE_S
    for _ in range(3):
        bench.town.clock.advance(6)
        stage = await bench.stage()
    assert stage is Stage.RECORDED
    assert len(bench.town.stage.deeds) == 20


async def test_what_is_recorded_after_the_night_was_paid_when_it_was_paid(bench: Bench) -> None:
    clock = bench.town.clock
    bench.town.stage.faults.set(Rule(quirk=Quirk.NIGHT_WINDOW, system="fixed"))
    await bench.paid(bench.payment())
    paid_on = clock.now().strftime("%d/%m/%Y %H:%M:%S")
    assert await bench.stage() is Stage.PAID
    clock.advance(6 * HOUR_S)
    bench.town.stage.faults.clear()
    assert await bench.stage() is Stage.RECORDED
    assert [each.value.paid_on for each in bench.town.stage.deeds] == [paid_on]


async def test_what_is_being_recorded_is_not_cut_short_by_the_end_of_a_request(bench: Bench) -> None:
    await bench.paid(bench.payment(invoices(bench.town, 6)))
    clock = bench.town.clock
    bench.town.trouble = Slow(clock.advance, 0.6)
    token = REQUEST.set(RequestInfo("test-0001", "0" * 32, None, None, clock.monotonic() + 5))
    try:
        assert await bench.stage() is Stage.RECORDED
    finally:
        REQUEST.reset(token)


@pytest.mark.parametrize("operation", ["POST /topupBalance", "POST /payment"])
async def test_what_was_taken_and_is_refused_later_is_never_told_as_paid(bench: Bench, operation: str) -> None:
    bench.town.stage.faults.set(
        Rule(quirk=Quirk.REFUSED_LATER, system="mobile", operation=operation, parameters=Parameters(seconds=2 * HOUR_S))
    )
    legs = {"POST /topupBalance": top_up, "POST /payment": bills}[operation](bench.town)
    await bench.paid(bench.payment(legs))
    assert await bench.stage() is Stage.PAID, "the system has not done it yet"
    bench.town.clock.advance(HOUR_S)
    assert await bench.stage() is Stage.PAID
    bench.town.clock.advance(2 * HOUR_S)
    assert await bench.stage() is Stage.PAID, "people see to it: the customer has paid"
    assert len(bench.town.stage.deeds) == 1, "and it was sent once"


# --- what holds when the state has lost everything --------------------------------------------------------------------


@pytest.mark.parametrize("was_recorded", [False, True])
async def test_who_asks_again_after_all_was_lost_is_charged_once_and_it_is_recorded_once(
    town: Town, *, was_recorded: bool
) -> None:
    before = made(town, MemoryPayments(town.clock.monotonic))
    payment = before.payment()
    await before.paid(payment)
    if was_recorded:
        assert await before.stage() is Stage.RECORDED

    after = Bench(town, store := MemoryPayments(town.clock.monotonic), payments_of(town, store))
    await after.begun(payment)
    await after.opened(payment)
    assert await after.stage() is Stage.RECORDED
    assert [each.charges for each in town.stage.sessions] == [1]
    assert len(town.stage.deeds) == 1
