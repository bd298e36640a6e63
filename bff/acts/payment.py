"""How payments go on from their session at the provider until every system that is owed has recorded them.

`Payments.look` takes the next steps of one payment: it asks the provider what became of the session, and has what was
paid recorded, leg by leg, each under a request id of its own that is always the same. It is called for whoever waits,
when the provider says so (`http.payment_hook`), and by `watch` for all that is due. One worker at a time has a payment;
what a killed one left is due when its lease has ended.

It goes on until all is recorded: before anything is sent the system is asked for it by the request id, and what nobody
knows the end of is not sent again while reads may lag. Why so: docs/adr/0025-payments.md.
"""

import asyncio
import hashlib
import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from bff.acts import BELIEVED_S, ECHO_S, PERIOD_S, _audit
from bff.acts._begun import Begun, stored
from bff.backends import Backends
from bff.cache.read import ReadThrough
from bff.clock import Clock
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.event import Hint, Topic
from bff.domain.payment import BillsPaid, InvoicePaid, Leg, Payment, Session, Stage, ToppedUp
from bff.domain.system import System
from bff.errors import BackendError, IdempotencyMismatch, InProgress, StateUnavailable
from bff.observability import REQUEST, logger, take_own_time
from bff.redis_client import FAILURES
from bff.state.deeds import AGENDAS
from bff.state.payments import PaymentStore, Taken

LEASE_S: Final = 60.0
"""How long a worker has a payment that it looks at: more than asking and recording all legs takes."""
OPENED_S: Final = 120.0
"""After so long a session that the provider knows nothing of was never opened."""
GONE_S: Final = 3600.0
"""After so long a session can't be paid any more: those are open 15 minutes. Then it may be forgotten there, too."""
BEGUN_HELD_S: Final = 120
"""How long what is to be paid is held before its payment is remembered; more than a worker has for that."""
HELD_S: Final = 3 * 24 * 3600
"""How long it is held from then on, and anew at each look: reads may show what was paid unpaid for two days (quirk 15).
Nobody may look for as long as our Redis or all workers are gone, so it does not end before."""

_RECORDING_S = 40.0  # of a lease, after which no other leg is begun
_WORK_S = 50.0
_LEFT_S = 0.3  # of a request's time, to answer in
_SOON_S = 5.0
_SETTLED_S = 600.0
_STILL_EVERY_S = 30.0
_OPEN_EVERY_S = 15.0
_UNSEEN_EVERY_S = 60.0
_REFUSED_EVERY_S = 900.0
_ECHO_EVERY_S = 15.0
_WOKEN_MAX = 1_000

_TAGS: Final = ("invoice", "credit")
_UNPAID: Final = frozenset({Stage.FAILED, Stage.CANCELLED, Stage.EXPIRED})

T = TypeVar("T")
_log = logger(__name__)


class _Record(NamedTuple):
    """How a leg that was paid then is recorded, and found again by its request id. Both raise BackendErrors."""

    send: Callable[[Backends, Any, str, datetime], Awaitable[Told]]
    find: Callable[[Backends, Any, str], Awaitable[Told | None]]


RECORDS: Final[Mapping[type, _Record]] = {
    BillsPaid: _Record(
        lambda backends, leg, request_id, _at: backends.mobile.record_payment(leg, request_id),
        lambda backends, _leg, request_id: backends.mobile.payment_recorded(request_id),
    ),
    ToppedUp: _Record(
        lambda backends, leg, request_id, _at: backends.mobile.top_up(leg, request_id),
        lambda backends, _leg, request_id: backends.mobile.topped_up(request_id),
    ),
    InvoicePaid: _Record(
        lambda backends, leg, request_id, at: backends.fixed.record_payment(leg, request_id, at),
        lambda backends, _leg, request_id: backends.fixed.payment_recorded(request_id),
    ),
}
"""By the kind of leg."""


class Payments:
    """Takes payments to their end. One per worker.

    Args:
        store: remembers them.
        backends: the provider, and the systems that are owed.
        reads: forgets what a payment changes.
        tell: tells all workers that a payment has changed. Raises StateUnavailable.
        clock: tells the time.
        monotonic: tells how much of a request's time is left, in seconds.
    """

    def __init__(
        self,
        store: PaymentStore,
        backends: Backends,
        reads: ReadThrough,
        tell: Callable[[str, Hint], Awaitable[bool]],
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._backends = backends
        self._reads = reads
        self._tell = tell
        self._clock = clock
        self._monotonic = monotonic
        self._begun = Begun()

    # --- what customers ask for ---------------------------------------------------------------------------------------

    def owner(self, customer: str) -> str:
        """Give the mask of a company."""
        return self._reads.owner(customer)

    async def hold(self, marks: Sequence[str], name: str) -> bool:
        """Hold what is to be paid until its payment has begun; False when another has it. Raises StateUnavailable."""
        return await stored(self._store.hold(marks, name, BEGUN_HELD_S))

    async def begin(self, payment: Payment) -> None:
        """Remember a payment before its session is opened, unless it has gone on by now.

        Raises:
            IdempotencyMismatch: its name is that of another one, whose session was seen: it was for something else.
            InProgress: what it is for is held by another one by now.
            StateUnavailable: it can't be remembered.
        """
        before = await self.get(payment.name)
        if before is not None and before.url is not None and before.legs != payment.legs:
            await stored(self._store.free(sorted({*payment.held} - {*before.held}), payment.name))
            raise IdempotencyMismatch
        if before is None or before.stage in {Stage.OPENING, Stage.EXPIRED}:
            begun = self._store.begin(
                payment.name, payment.owner, _encode(payment), payment.made_at, payment.made_at + _SOON_S
            )
            await stored(begun)
            if not await stored(self._store.hold(payment.held, payment.name, HELD_S)):
                raise InProgress

    async def get(self, name: str) -> Payment | None:
        """Give a payment as it is known; None when there is none. Raises StateUnavailable."""
        body = await stored(self._store.get(name))
        return None if body is None else _decode(body)

    async def of(self, owner: str) -> list[Payment]:
        """Give the last payments of a company, the newest first. Raises StateUnavailable."""
        names = await stored(self._store.of(owner))
        found = await asyncio.gather(*map(self.get, names))
        return [each for each in found if each is not None]

    async def paid(self, owners: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Give the marks of what each company has paid of late. Raises StateUnavailable."""
        now = self._now()
        found = await asyncio.gather(*(stored(self._store.paid(owner, now)) for owner in owners))
        return dict(zip(owners, found, strict=True))

    async def give_up(self, name: str, made_at: float) -> None:
        """Let go of a payment that was begun then and whose session surely was not opened. Raises StateUnavailable."""
        holder, now = secrets.token_hex(8), self._now()
        taken = await stored(self._store.take(name, holder, now, now + LEASE_S))
        if taken is None:
            return
        payment = _decode(taken.body)
        is_over = payment.stage is Stage.OPENING and payment.made_at == made_at  # not begun anew under the same key
        if is_over:
            payment = self._at(payment, Stage.EXPIRED)
        due = now + (_UNSEEN_EVERY_S if is_over else _SOON_S)
        if await stored(self._store.put(name, holder, _encode(payment), now, due)) and is_over:
            await stored(self._store.free(payment.held, name))

    # --- how they go on -----------------------------------------------------------------------------------------------

    async def look(self, name: str) -> None:
        """Take the next steps of a payment now, unless somebody does; they go on when the request's time is over.

        Raises StateUnavailable.
        """
        task = self._begun.begin(self._looked(name))
        request = REQUEST.get(None)
        left_s = None if request is None else max(0.0, request.deadline - self._monotonic() - _LEFT_S)
        await asyncio.wait({task}, timeout=left_s)
        if task.done():
            task.result()

    def wake(self, name: str) -> None:
        """Have a payment looked at soon; of too many at once the rest waits until it is due."""
        if len(self._begun) < _WOKEN_MAX:
            self._begun.begin(self._woken(name))

    async def watch(self, period_s: float = PERIOD_S) -> None:
        """Look at what is due, again and again, until cancelled."""
        while True:
            await asyncio.sleep(period_s)
            await self.settle()

    async def settle(self) -> None:
        """Look at all that is due now, of any worker's."""
        found = await asyncio.gather(*map(self._settle, AGENDAS), return_exceptions=True)
        for error in found:
            if isinstance(error, FAILURES):
                _log.warning("payments_not_read", error=type(error).__name__)
                return
            if isinstance(error, Exception):
                _log.error("payments_broke", exc_info=error)

    async def aclose(self) -> None:
        """Wait until all that was begun is done."""
        await self._begun.aclose()

    async def _settle(self, agenda: str) -> None:
        while True:
            holder, now = secrets.token_hex(8), self._now()
            taken = await self._store.claim(agenda, holder, now, now + LEASE_S)
            if taken is None:
                return
            await self._go_on(taken, holder)

    async def _looked(self, name: str) -> bool:
        """Take the next steps of a payment; False when there is none, or somebody has it."""
        holder, now = secrets.token_hex(8), self._now()
        taken = await stored(self._store.take(name, holder, now, now + LEASE_S))
        if taken is not None:
            await self._go_on(taken, holder)
        return taken is not None

    async def _woken(self, name: str) -> None:
        try:
            if await self._looked(name) or await self.get(name) is not None:
                return
            _log.warning("payment_unknown", payment=name)  # a stranger's, or one that our Redis has lost
        except StateUnavailable as error:
            _log.warning("payment_not_looked_at", payment=name, error=str(error))

    async def _go_on(self, taken: Taken, holder: str) -> None:
        """Take the next steps of a payment that is ours, note where it is, and tell of it."""
        try:
            before = _decode(taken.body)
        except msgspec.MsgspecError:  # of another version of ours: it is for a worker that can read it
            _log.error("payment_not_read", payment=taken.name, exc_info=True)
            return
        take_own_time(_WORK_S, self._monotonic)
        after, due_s = await self._advanced(before)
        now = self._now()
        if due_s is None and after.stage is not before.stage:
            due_s = _SOON_S  # whoever looks then lets go of what it was for, if we don't come to it
        due = None if due_s is None else now + due_s
        try:
            after = await self._holding(after)
            noted = await self._store.put(after.name, holder, _encode(after), now, due)
            if noted and after.stage in _UNPAID:
                await self._store.free(after.held, after.name)
        except FAILURES as error:  # found out again when the lease has ended
            _log.warning("payment_not_noted", payment=after.name, error=type(error).__name__)
            return
        if noted and after.stage is not before.stage:
            _audit.noted(
                "payment",
                person=after.person_key,
                company=after.owner,
                change=after.name,
                outcome=after.stage.value,
                late=True,
            )
        if (after.stage, after.recorded) != (before.stage, before.recorded):
            await self._changed(after)
        elif after.stage is Stage.RECORDED:
            await self._reads.invalidate_owner(after.owner, _TAGS)

    async def _changed(self, payment: Payment) -> None:
        """Make worthless what is kept of it, and tell who waits."""
        await self._reads.invalidate_owner(payment.owner, _TAGS)
        event = f"payment:{payment.name}:{payment.stage.value}:{len(payment.recorded)}"
        try:
            await self._tell(event, Hint(Topic.PAYMENT, System.PAYMENTS, payment.owner, payment.name))
        except StateUnavailable:
            _log.warning("payment_not_told", payment=payment.name)

    async def _holding(self, payment: Payment) -> Payment:
        """Hold what a payment is for, for as long as it may still be paid or not show as paid.

        What another payment has by now can't be paid by this one too: then nobody is led to its page.
        """
        if payment.stage in _UNPAID or not payment.held:
            return payment
        if payment.stage in {Stage.PAID, Stage.RECORDED}:
            await self._store.note_paid(payment.owner, payment.held, payment.changed_at + HELD_S)
        if await self._store.hold(payment.held, payment.name, HELD_S):
            return payment
        _log.error("payment_held_by_another", payment=payment.name, stage=payment.stage.value)
        if payment.stage is not Stage.CHECKOUT:
            return payment
        return replace(self._at(payment, Stage.EXPIRED), url=None, expires_at=None)

    async def _advanced(self, payment: Payment) -> tuple[Payment, float | None]:
        """Give a payment as it is after the next steps, and in how many seconds to look again; None for never."""
        if payment.stage not in {Stage.PAID, Stage.RECORDED}:
            payment = await self._asked(payment)
        if payment.stage is Stage.PAID:
            return await self._recorded(payment)
        if payment.stage is Stage.RECORDED:
            return payment, _ECHO_EVERY_S if self._now() - payment.changed_at < ECHO_S else None
        if payment.stage is Stage.EXPIRED and payment.url is None and self._now() - payment.made_at < GONE_S:
            return payment, _UNSEEN_EVERY_S  # a session that we never saw may be there all the same
        if payment.stage in _UNPAID:
            return payment, None
        return payment, _SOON_S if payment.stage is Stage.OPENING else _OPEN_EVERY_S

    # --- the session --------------------------------------------------------------------------------------------------

    async def _asked(self, payment: Payment) -> Payment:
        """Ask the provider what became of the session; where it does not tell, the payment is as it was."""
        try:
            session = await self._backends.payment.session(payment.name)
        except BackendError as error:
            _log.info("payment_not_asked", payment=payment.name, code=error.code)
            return payment
        if session is None:
            lives_s = {Stage.OPENING: OPENED_S, Stage.CHECKOUT: GONE_S}.get(payment.stage, float("inf"))
            is_gone = self._now() - payment.made_at > lives_s
            return self._at(payment, Stage.EXPIRED) if is_gone else payment
        if session.cents != payment.cents and session.stage not in _UNPAID:
            _log.error("payment_of_another_amount", payment=payment.name)
            return payment
        return self._at(_with(payment, session), session.stage)

    def _at(self, payment: Payment, stage: Stage) -> Payment:
        if stage is payment.stage or stage is Stage.OPENING:  # a state that we don't know tells nothing
            return payment
        return replace(payment, stage=stage, changed_at=self._now())

    # --- recording ----------------------------------------------------------------------------------------------------

    async def _recorded(self, payment: Payment) -> tuple[Payment, float]:
        """Have what is left recorded; a leg that can't be holds up no other."""
        left = [(place, leg) for place, leg in enumerate(payment.legs) if place not in payment.recorded]
        may_send = not payment.tried_at or self._now() - payment.tried_at > BELIEVED_S
        began, found = self._now(), dict[int, ChangeStatus]()
        for place, leg in left:
            if self._now() - began < _RECORDING_S:
                found[place] = await self._leg(payment, place, leg, may_send=may_send)
        done = [place for place, each in found.items() if each is ChangeStatus.DONE]
        payment = replace(
            payment,
            recorded=(*payment.recorded, *done),
            tried_at=began if ChangeStatus.UNKNOWN in found.values() and may_send else payment.tried_at,
        )
        if len(payment.recorded) == len(payment.legs):
            return self._at(payment, Stage.RECORDED), _ECHO_EVERY_S
        is_refused = len(found) == len(left) and {*found.values()} <= {ChangeStatus.DONE, ChangeStatus.REJECTED}
        if is_refused:
            return payment, _REFUSED_EVERY_S
        return payment, _SOON_S if self._now() - payment.changed_at < _SETTLED_S else _STILL_EVERY_S

    async def _leg(self, payment: Payment, place: int, leg: Leg, *, may_send: bool) -> ChangeStatus:
        """Have a leg recorded: DONE when it is, UNKNOWN when it may have been, ACCEPTED when it surely was not yet."""
        request_id, way = leg_id(payment.name, place), RECORDS[type(leg)]
        try:
            told = await way.find(self._backends, leg, request_id)
        except BackendError as error:
            _log.info("payment_not_found_out", payment=payment.name, leg=place, code=error.code)
            return ChangeStatus.ACCEPTED
        if told is None and not may_send:
            return ChangeStatus.ACCEPTED
        try:
            if is_new := told is None:
                paid_at = datetime.fromtimestamp(payment.changed_at, UTC)  # also when it is recorded a night later
                told = await way.send(self._backends, leg, request_id, paid_at)
        except BackendError as error:
            _log.warning("payment_not_recorded", payment=payment.name, leg=place, code=error.code, detail=str(error))
            if not error.undone:
                return ChangeStatus.UNKNOWN
            return ChangeStatus.REJECTED if error.code == "BAD_DATA" else ChangeStatus.ACCEPTED
        if told.status is ChangeStatus.REJECTED:  # paid, and not owed: for people to see to
            _log.error("payment_refused", payment=payment.name, leg=place)
        if told.status is ChangeStatus.ACCEPTED and is_new:  # taken, and may still be refused
            return ChangeStatus.UNKNOWN
        return told.status

    # --- what all share -----------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return self._clock.now().timestamp()


def leg_id(name: str, place: int) -> str:
    """Give the request id under which a leg of a payment is recorded."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"{name}:{place}".encode()).digest()[:16], version=5))


def _with(payment: Payment, session: Session) -> Payment:
    return replace(payment, url=session.url, expires_at=session.expires_at)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Payment).decode
