"""How everything is done that changes something: once, and to its end.

`Acts.perform` reserves the idempotency key, lets the caller judge what is asked for, notes that it is about to be sent,
sends it once, notes what became of it, and makes the cache forget what was. From the note on it runs in a task of its
own: neither a client that goes away nor the end of a request's time stops it. What nobody knows the end of is settled
by `Acts.watch`, in whichever worker: it asks the system, by the request id. Why so: docs/adr/0020-acting.md.
`Acts.perform_all` does so of many things, in legs that are deeds like any other: docs/adr/0023-many-things.md.

What may be asked for, and what a customer is told, is the resolvers' matter; how a deed is done, `_way`'s.
"""

import asyncio
import hashlib
import secrets
import uuid
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from bff.acts import _audit
from bff.acts._begun import Begun, stored
from bff.acts._seal import Seal
from bff.acts._way import WAYS
from bff.backends import Backends
from bff.cache.read import ReadThrough
from bff.clock import Clock
from bff.domain.change import ChangeStatus, UserError
from bff.domain.deed import UNKNOWN, Deed, Judged, Shown, Step, Told, together
from bff.domain.error_code import ErrorCode
from bff.domain.event import Hint, Topic
from bff.errors import (
    BackendError,
    BackendRejected,
    BackendTimeout,
    BffError,
    IdempotencyMismatch,
    InProgress,
    StateUnavailable,
)
from bff.observability import REQUEST, logger, take_own_time
from bff.redis_client import FAILURES
from bff.state.deeds import AGENDAS, Asked, DeedStore, Due, Held
from bff.state.hub import topics_of
from bff.state.persons import Persons

__all__ = ["BELIEVED_S", "ECHO_S", "LEASE_S", "PERIOD_S", "WAYS", "Acts", "Refused", "Seal", "Wish", "reference"]

PERIOD_S: Final = 2.0
"""How often a worker looks for what must be settled."""
LEASE_S: Final = 15.0
"""How long a worker has for what it has begun, longer than anything that it does; then it counts as gone."""
BELIEVED_S: Final = 61.0
"""From this age on a system that knows nothing of a request is believed: reads lag by up to a minute (quirk 15)."""
ECHO_S: Final = 75.0
"""For how long after a change the cache is made to forget again and again, for the same reason."""

_AGAIN_S = 5.0
_ECHO_EVERY_S = 15.0
_SENDING_S = 4.5
_LEFT_S = 0.3  # of a request's time, to answer in
_LEGS_AT_ONCE = 8
_NOT_DONE = Told(ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE)
_CONFLICT = Told(ChangeStatus.REJECTED, ErrorCode.CONFLICT)

T = TypeVar("T")

Wake = Callable[[str, Hint], Awaitable[bool]]
"""Lets who has subscribed look, on all workers, once for a name; raises StateUnavailable."""


async def _nobody(_name: str, _hint: Hint) -> bool:
    return False


_log = logger(__name__)


class Wish(NamedTuple):
    """What somebody asks for: a mutation, with their key for it, and the input as JSON would have it.

    `person` is the directory's key, `customer` the company's tax code.
    """

    mutation: str
    key: str
    person: str
    customer: str
    input: Any


class Refused(Exception):
    """What is asked for can't be done, and the customer can see why; nothing was sent.

    `items` tell why for each of several things.
    """

    def __init__(self, errors: Collection[UserError], items: Mapping[str, Told] = {}) -> None:
        told = [*errors, *(error for each in items.values() for error in each.errors)]
        super().__init__(", ".join(dict.fromkeys(each.code.value for each in told)))
        self.errors = tuple(errors)
        self.items = dict(items)


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of a deed that was sent, for whoever must settle it. Ids only."""

    deed: Deed
    mutation: str
    person: str
    owner: str
    company: str
    sent_at: float
    items: tuple[str, ...] = ()
    refused: Mapping[str, Told] = {}

    def of_each(self, told: Told, missing: Told = UNKNOWN) -> Told:
        """Tell what became of each thing of a deed on several; `missing` of those that nothing is told of."""
        if not self.items:
            return told
        found = {key: told.items.get(key, missing) if told.items else told for key in self.items}
        return together({**found, **self.refused})


class Acts:
    """Does what is asked for. One per worker."""

    def __init__(
        self,
        store: DeedStore,
        backends: Backends,
        reads: ReadThrough,
        clock: Clock,
        mark: Callable[[str], str],
        seal: Seal,
        monotonic: Callable[[], float],
        *,
        wake: Wake = _nobody,
        persons: Persons | None = None,
    ) -> None:
        """Stand above a store of deeds; `mark` hides a company's tax code in the audit log, `seal` what was given.

        `wake` lets who has subscribed see at once what was changed. `persons` lets all workers know at once what a
        person may do; None where nobody needs to.
        """
        self._store = store
        self._backends = backends
        self._reads = reads
        self._clock = clock
        self._mark = mark
        self._seal = seal
        self._monotonic = monotonic
        self._wake = wake
        self._persons = persons
        self._begun = Begun()

    async def perform(self, wish: Wish, prepare: Callable[[], Awaitable[Judged]]) -> Told:
        """Do what is asked for, once, or give what became of it before.

        Args:
            wish: who asks for what.
            prepare: judges it, and gives what is to be sent. It is called only when the key is new, or was used for
                what surely was not done. Raises Refused when it can't be done.

        Raises:
            Refused: from `prepare`.
            IdempotencyMismatch: the key was used for something else.
            InProgress: the same is under way.
            StateUnavailable: it can't be remembered, so it was not done.
            BackendError: it was surely not done; the same may be sent again, with the same key.
        """
        name = _name(wish)
        asked, held = await self._reserved(wish, name)
        if held is not None:
            return self._again(wish, name, held)
        judged = await self._judged(wish, name, asked, prepare())
        return await self._outlive(self._send(wish, name, asked, judged), UNKNOWN)

    async def perform_all(
        self, wish: Wish, legs: Sequence[str], prepare: Callable[[str], Awaitable[Judged]]
    ) -> dict[str, Told | BffError]:
        """Do what is asked for of many things, leg by leg, each once; or give what became of a leg before.

        The wish's own key is held as long as it goes on, and remembers what was asked for. Each leg is a deed under a
        name of its own: what was not sent, or surely not done, is tried when the same is asked for again.

        Args:
            wish: who asks for what.
            legs: names of the parts, the same ones whenever the input is the same.
            prepare: judges a leg, as for `perform`.

        Raises:
            IdempotencyMismatch, InProgress, StateUnavailable: as `perform`, of the whole.
        """
        head, held = await self._reserved(wish, _name(wish))
        if held is not None:
            raise self._held(wish, _name(wish), held)
        told: dict[str, Told | BffError] = dict.fromkeys(legs, UNKNOWN)
        return dict(await self._outlive(self._all(wish, head, told, prepare), told))

    def refused(self, wish: Wish, codes: Iterable[str]) -> None:
        """Write down that something was refused before it could become a deed, and by which codes."""
        self._note(wish, _name(wish), _audit.REFUSED, ", ".join(dict.fromkeys(codes)))

    def mark(self, value: Any) -> str:
        """Give what a deed may hold of a value that tells of a person; see `Shown`."""
        return self._seal.mark(value)

    async def watch(self, period_s: float = PERIOD_S) -> None:
        """Settle what is due, again and again, until cancelled."""
        while True:
            await asyncio.sleep(period_s)
            await self.settle()

    async def settle(self) -> None:
        """Settle all that is due now, of any worker's."""
        found = await asyncio.gather(*(self._settle(agenda) for agenda in AGENDAS), return_exceptions=True)
        for error in found:
            if isinstance(error, FAILURES):
                _log.warning("deeds_not_read", error=type(error).__name__)
                return
            if isinstance(error, Exception):
                _log.error("settling_broke", exc_info=error)

    async def aclose(self) -> None:
        """Wait until all that was begun is done."""
        await self._begun.aclose()

    # --- once ---------------------------------------------------------------------------------------------------------

    def _again(self, wish: Wish, name: uuid.UUID, held: Held) -> Told:
        if not held.is_same or held.told is None:
            raise self._held(wish, name, held)
        told = _decode_told(held.told)
        self._note(wish, name, _audit.REPLAYED)
        return told

    def _held(self, wish: Wish, name: uuid.UUID, held: Held) -> BffError:
        """Give the error of a key that is another's, or whose end is not known yet."""
        error = InProgress() if held.is_same else IdempotencyMismatch()
        self._note(wish, name, _audit.REFUSED, error.code)
        return error

    async def _reserved(self, wish: Wish, name: uuid.UUID) -> tuple[Asked, Held | None]:
        asked = Asked(name.hex, self._seal.mark(wish.input), secrets.token_hex(8), b"")
        now = self._now()
        return asked, await stored(self._store.reserve(asked, now, now + LEASE_S))

    async def _judged(self, wish: Wish, name: uuid.UUID, asked: Asked, judging: Awaitable[Judged]) -> Judged:
        """Wait for the judgement; where there is nothing to send the name is given back."""
        try:
            return await judging
        except BaseException as error:
            if isinstance(error, Refused):
                self._note(wish, name, _audit.REFUSED, str(error))
            elif isinstance(error, BffError):
                self._note(wish, name, _audit.NOT_DONE, error.code)
            await asyncio.shield(self._begun.begin(self._let_go(self._store.release, asked)))
            raise

    async def _outlive(self, doing: Coroutine[Any, Any, T], late: T) -> T:
        """Wait for what is being done as long as the request may take; it goes on without us."""
        task = self._begun.begin(doing)
        request = REQUEST.get(None)
        left_s = None if request is None else max(0.0, request.deadline - self._monotonic() - _LEFT_S)
        await asyncio.wait({task}, timeout=left_s)
        return task.result() if task.done() else late

    async def _all(
        self,
        wish: Wish,
        head: Asked,
        told: dict[str, Told | BffError],
        prepare: Callable[[str], Awaitable[Judged]],
    ) -> dict[str, Told | BffError]:
        """Do all legs and note in `told` what became of each; then nobody holds the wish's key any more."""
        slots = asyncio.Semaphore(_LEGS_AT_ONCE)
        sent: set[str] = set()

        async def do(leg: str) -> None:
            try:
                told[leg] = await self._leg(wish, leg, prepare, slots)
                sent.add(leg)
            except Refused as refused:
                told[leg] = Told(ChangeStatus.REJECTED, errors=refused.errors, items=refused.items)
            except InProgress:  # another worker has it
                sent.add(leg)
            except BffError as error:
                told[leg] = error

        try:
            await asyncio.gather(*map(do, list(told)))
        finally:
            await self._let_go(self._store.rest if sent else self._store.release, head)
        return told

    async def _leg(
        self, wish: Wish, leg: str, prepare: Callable[[str], Awaitable[Judged]], slots: asyncio.Semaphore
    ) -> Told:
        name = _name(wish, leg)
        asked, held = await self._reserved(wish, name)
        if held is not None:
            return self._again(wish, name, held)
        judged = await self._judged(wish, name, asked, prepare(leg))
        async with slots:
            return await self._send(wish, name, asked, judged)

    async def _send(self, wish: Wish, name: uuid.UUID, asked: Asked, judged: Judged) -> Told:
        deed, content, items, refused = judged
        take_own_time(_SENDING_S, self._monotonic)
        now, owner, company = self._now(), self._reads.owner(wish.customer), self._mark(wish.customer)
        kept = _Kept(deed, wish.mutation, wish.person, owner, company, now, items, refused)
        if not await stored(self._store.send(asked._replace(deed=_encode(kept)), now + LEASE_S)):
            raise InProgress
        try:
            told = await self._called(kept, str(name), content)
        except BackendError as error:
            self._note(wish, name, _audit.NOT_DONE, error.code)
            await self._remember(asked.name, Step.FAILED, Told(ChangeStatus.REJECTED), None)
            if not isinstance(error, BackendRejected):
                raise
            return kept.of_each(_CONFLICT if error.conflict else _NOT_DONE)
        told = kept.of_each(told)
        is_unknown = told.status is ChangeStatus.UNKNOWN
        step, due = (Step.UNKNOWN, _AGAIN_S) if is_unknown else (Step.DONE, _ECHO_EVERY_S)
        self._note(wish, name, told.status.value, None if told.why is None else told.why.value)
        await self._remember(asked.name, step, told, self._now() + due)
        await self._forget(kept)
        await self._tell_of_persons(kept, name, told)
        await self._told(kept, name, step)
        return told

    async def _called(self, kept: _Kept, request_id: str, content: Any) -> Told:
        """Make the call; when nobody can tell what came of it, ask at once. Raises BackendErrors that are `undone`."""
        way = WAYS[type(kept.deed)]
        try:
            return await way.send(self._backends, kept.deed, request_id, content)
        except BackendError as error:
            if error.undone:
                raise
            _log.warning("outcome_unknown", mutation=kept.mutation, change=request_id, detail=str(error))
            if isinstance(error, BackendTimeout):  # it would only be silent again
                return UNKNOWN
        try:
            told = await self._known(kept.deed, request_id)
            if told is None and way.sets:
                told = await way.send(self._backends, kept.deed, request_id, content)
        except BackendError:
            return UNKNOWN
        return told or UNKNOWN

    async def _known(self, deed: Deed, request_id: str) -> Told | None:
        """Ask what became of a deed; None when its system knows nothing of it. Raises BackendErrors."""
        found = await WAYS[type(deed)].find(self._backends, deed, request_id)
        if not isinstance(found, Shown):
            return found
        return Told(ChangeStatus.DONE) if self._seal.fits(found.mark, found.value) else None

    async def _remember(self, name: str, step: Step, told: Told, due: float | None) -> None:
        """Note what became of a deed; where that fails it is found out again, when its lease has ended."""
        try:
            await self._store.settle(name, step, _encode(told), due)
        except FAILURES as error:
            _log.warning("deed_not_noted", step=step.value, error=type(error).__name__)

    async def _let_go(self, way: Callable[[str, str], Awaitable[None]], asked: Asked) -> None:
        try:
            await way(asked.name, asked.holder)
        except FAILURES as error:
            _log.warning("deed_not_released", error=type(error).__name__)  # its lease will end

    # --- afterwards ---------------------------------------------------------------------------------------------------

    async def _settle(self, agenda: str) -> None:
        while True:
            now = self._now()
            due = await self._store.claim(agenda, now, now + LEASE_S)
            if due is None:
                return
            try:
                await self._look(due, now)
            except msgspec.MsgspecError:  # of another version of ours: it is for a worker that can read it
                _log.error("deed_not_read", change=due.name, exc_info=True)

    async def _look(self, due: Due, now: float) -> None:
        """Ask what became of a deed. What is settled only makes the cache forget again, as long as reads may lag."""
        kept = _decode_kept(due.deed)
        age_s = now - kept.sent_at
        if due.step in {Step.SENT, Step.UNKNOWN}:
            await self._find(due, kept, now)
        elif age_s > ECHO_S:
            await self._store.drop(due.name)
        else:
            await self._store.put_off(due.name, now + _ECHO_EVERY_S)
        await self._forget(kept)

    async def _find(self, due: Due, kept: _Kept, now: float) -> None:
        request_id = str(uuid.UUID(due.name))
        try:
            found = await self._known(kept.deed, request_id)
        except BackendError as error:
            _log.info("not_settled", mutation=kept.mutation, change=request_id, code=error.code)
            await self._store.settle(due.name, Step.UNKNOWN, _encode(kept.of_each(UNKNOWN)), now + _AGAIN_S)
            return
        is_believed = now - kept.sent_at > BELIEVED_S
        told = kept.of_each(found or UNKNOWN, _NOT_DONE if is_believed else UNKNOWN)
        if told.status is not ChangeStatus.UNKNOWN:
            await self._found(due, kept, Step.DONE, told, now + _ECHO_EVERY_S)
        elif is_believed:
            await self._found(due, kept, Step.FAILED, Told(ChangeStatus.REJECTED), None)
        else:
            await self._store.settle(due.name, Step.UNKNOWN, _encode(told), now + _AGAIN_S)

    async def _found(self, due: Due, kept: _Kept, step: Step, told: Told, again: float | None) -> None:
        if await self._store.settle(due.name, step, _encode(told), again):
            outcome = told.status.value if step is Step.DONE else step.value
            change = str(uuid.UUID(due.name))
            _audit.noted(
                kept.mutation, person=kept.person, company=kept.company, change=change, outcome=outcome, late=True
            )
            await self._tell_of_persons(kept, uuid.UUID(due.name), told)
            await self._told(kept, uuid.UUID(due.name), step)

    async def _told(self, kept: _Kept, name: uuid.UUID, step: Step) -> None:
        """Let who has subscribed look at once; where that fails they look by themselves before long."""
        for topic in topics_of(WAYS[type(kept.deed)].tags):
            await self._let_look(kept, f"{name}:{step.value}:{topic.value}", Hint(topic, None, kept.owner))

    async def _let_look(self, kept: _Kept, event: str, hint: Hint) -> None:
        try:
            await self._wake(event, hint)
        except StateUnavailable:
            _log.warning("change_not_told", mutation=kept.mutation)

    async def _forget(self, kept: _Kept) -> None:
        """Make the cache forget what a deed touches, of the company and of the persons concerned."""
        way = WAYS[type(kept.deed)]
        for each in way.concerns(kept.deed):
            await self._reads.invalidate(each.subject, way.tags)
        await self._reads.invalidate_owner(kept.owner, way.tags)

    async def _tell_of_persons(self, kept: _Kept, name: uuid.UUID, told: Told) -> None:
        """Let all workers know at once of whom a deed that was done has changed what they may do."""
        if self._persons is None or told.status not in {ChangeStatus.DONE, ChangeStatus.ACCEPTED}:
            return
        for each in WAYS[type(kept.deed)].concerns(kept.deed):
            if each.ended is not None:
                await self._persons.end(each.subject, each.ended, kept.sent_at)
            if each.profiled is not None:
                await self._persons.give(each.subject, each.profiled[0], each.profiled[1].value, kept.sent_at)
            await self._let_look(kept, f"{name}:person", Hint(Topic.PERSON, None, self._reads.owner(each.subject)))

    def _note(self, wish: Wish, name: uuid.UUID, outcome: str, why: str | None = None) -> None:
        company = self._mark(wish.customer)
        _audit.noted(wish.mutation, person=wish.person, company=company, change=str(name), outcome=outcome, why=why)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def reference(wish: Wish) -> str:
    """Give the request id of a wish as 32 hexadecimal digits."""
    return _name(wish).hex


def _name(wish: Wish, *leg: str) -> uuid.UUID:
    """Give the request id of a wish: the same whenever the same person asks for the same under the same key.

    One of many things has a request id for each leg.
    """
    asked = msgspec.json.encode([wish.person, wish.customer, wish.mutation, wish.key, *leg])
    return uuid.UUID(bytes=hashlib.sha256(asked).digest()[:16], version=5)


_encode = msgspec.msgpack.Encoder().encode
_decode_kept = msgspec.msgpack.Decoder(_Kept).decode
_decode_told = msgspec.msgpack.Decoder(Told).decode
