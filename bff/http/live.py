"""Operations that go on: a subscription's events, whichever transport carries them.

Each event is judged as a request of its own: who asks, with which profile, by loaders that have read nothing yet. What
is sent was read anew, is within reach and differs from what was sent before: an event of a system only says when to
look. One looks every half minute besides, for events that were lost and for profiles that have changed.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from graphql import GraphQLError
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values

from bff.auth.principal import Principal
from bff.clock import Clock
from bff.context import Context
from bff.domain.event import Thing
from bff.domain.profile import Grant
from bff.errors import BffError, ProfileChanged, RateLimited, SessionError, Unauthenticated
from bff.execution import Denied
from bff.execution.operation import Operation as Selections
from bff.http.answer import Answer, Refused
from bff.http.documents import Asked, Documents, Operation
from bff.http.endpoint import Identify, OpenContext, token_of
from bff.http.mutation import RefusedChange
from bff.http.negotiation import language
from bff.http.operation import Executor
from bff.observability import LIVE, LIVE_LOOKS, REQUEST, logger, new_request
from bff.resolvers.live import SOURCES, Rows, Source, changed
from bff.schema import RULES, SCHEMA
from bff.state.hub import Ear, Hub

LOOK_S: Final = 30.0
"""How long a subscription goes without a look, events or not."""

_AGAIN_S = 5.0  # until the next look, when one has failed
_ASSEMBLY_S = 0.5
_LAGS_S = (2.0, 8.0, 20.0, 29.0)  # between looks for a change that was told of: quirk 15 of legacy.md, up to a minute

_log = logger(__name__)
_encode = msgspec.json.Encoder().encode

Charge = Callable[[Operation, Asked, Context], Awaitable[None]]


class TooMany(BffError):
    """A person has as many connections or operations going on as may be."""

    code = "RATE_LIMITED"
    message = "Too many live connections or operations at once: end some first."
    status = 429


class Tally:
    """Who has how much going on in this process; `most` for each person."""

    def __init__(self, what: str, most: int) -> None:
        self._what = what
        self._most = most
        self._counts: Counter[str] = Counter()

    @contextmanager
    def one(self, person: str) -> Iterator[None]:
        """Count one within `with`.

        Raises:
            TooMany: the person has all that may be.
        """
        if self._counts[person] >= self._most:
            raise TooMany(f"more than {self._most} {self._what}")
        self._counts[person] += 1
        LIVE.labels(self._what).inc()
        try:
            yield
        finally:
            LIVE.labels(self._what).dec()
            self._counts[person] -= 1
            if not self._counts[person]:
                del self._counts[person]


class Live:
    """Runs operations for whoever holds a connection open: queries and mutations once, subscriptions until they end.

    Args:
        documents: what may be asked.
        executor: runs operations, and events of subscriptions.
        identify: finds who asks.
        open_context: opens the context of one operation or event.
        charge: spends what an operation or an event costs.
        hub: tells when to look.
        clock: says when a token ends.
        deadline_s: what one operation or event may take.
        operations_max: of one person at once.
        monotonic: the clock of deadlines.
        look_s: how long to go without a look.
    """

    def __init__(
        self,
        documents: Documents,
        executor: Executor,
        *,
        identify: Identify,
        open_context: OpenContext,
        charge: Charge,
        hub: Hub,
        clock: Clock,
        deadline_s: float,
        operations_max: int,
        monotonic: Callable[[], float] = time.monotonic,
        look_s: float = LOOK_S,
    ) -> None:
        self.clock = clock
        self._documents = documents
        self._executor = executor
        self._identify = identify
        self._open_context = open_context
        self._charge = charge
        self._hub = hub
        self._deadline_s = deadline_s
        self._operations = Tally("operations", operations_max)
        self._monotonic = monotonic
        self._look_s = look_s

    def operation(self, asked: Asked) -> Operation:
        """Give the operation that is meant. Raises Refused."""
        return self._documents.operation(asked)

    async def who(self, headers: Mapping[str, str]) -> Principal:
        """Find who asks, by headers of lower-case names. Raises BffError."""
        return await self._identify(token_of(headers), headers.get("x-membership"))

    async def answers(self, asked: Asked, headers: Mapping[str, str]) -> AsyncGenerator[Answer]:
        """Give the answer of a query or mutation, or of each event of a subscription for as long as that goes on.

        Sets the request of the running task.

        Raises:
            Refused: the document can't be run, or its root may not be used; nothing has run.
            SessionError: the person may not come in, or not any more, or acts with another profile than before.
            BffError: it could not begin.
        """
        self._begin(headers)
        async with asyncio.timeout(self._deadline_s + _ASSEMBLY_S):
            principal = await self.who(headers)
        with self._operations.one(principal.person_key):
            operation = self._documents.operation(asked)
            context = self._open(principal, headers)
            await self._charge(operation, asked, context)
            if operation.type != "subscription":
                async with asyncio.timeout(self._deadline_s + _ASSEMBLY_S):
                    answer = await self._executor.run(operation, asked, context)
                yield answer
                return
            watch = _Watch(operation, asked, context)
            _log.info("subscribed", person=principal.person_key, field=watch.field)
            with self._hub.ear(context.customer, watch.source.topic, principal.user.subject) as ear:
                async for answer in self._events(watch, ear, headers):
                    yield answer

    async def _events(self, watch: "_Watch", ear: Ear, headers: Mapping[str, str]) -> AsyncGenerator[Answer]:
        """Look whenever there is reason to, and give what is new."""
        wait_s, named, lags = 0.0, dict[Thing, None](), list[float]()
        while True:
            told = await ear.told(self._until_look(watch, wait_s)) if wait_s else ()
            if told is not None:
                named.update(dict.fromkeys(told))
                lags = list(_LAGS_S) if wait_s else []
            elif wait_s in _LAGS_S:
                await self._hub.refresh(watch.company, watch.source.topic)
            self._begin(headers)
            try:
                async with asyncio.timeout(self._deadline_s):
                    found = await self._look(watch, headers, list(named))
            except (SessionError, Refused):
                raise
            except (BffError, TimeoutError) as error:
                _log.info("look_failed", field=watch.field, error=type(error).__name__)
                wait_s = _AGAIN_S
                continue
            # Reads lag behind writes: what was told of and can't be seen is looked for again.
            lags = [] if found else lags
            wait_s = lags.pop(0) if lags else self._look_s
            named.clear()
            for thing, row in found:
                answer = await self._answer(watch, thing, row, headers)
                if answer is not None:
                    yield answer

    async def _look(
        self, watch: "_Watch", headers: Mapping[str, str], named: Sequence[Thing]
    ) -> list[tuple[Thing, Any]]:
        """Read what is within reach now, and give what may have changed; the first look finds nothing changed."""
        context = await self._again(watch, headers)
        now = await watch.source.rows(context, watch.grant(context), watch.only)
        before, watch.rows = watch.rows, now if watch.rows is None else {**watch.rows, **now}
        LIVE_LOOKS.labels(watch.field).inc()
        return [] if before is None else [(thing, now[thing]) for thing in changed(before, now, named)]

    async def _again(self, watch: "_Watch", headers: Mapping[str, str]) -> Context:
        """Judge anew who asks, and open a context.

        Raises:
            SessionError: the session has ended, or is another one now.
        """
        if self.clock.now() >= watch.principal.claims.expires_at:
            raise Unauthenticated("the token has ended")
        principal = await self.who(headers)
        was = watch.principal
        if (principal.customer, principal.profile, principal.line_key) != (was.customer, was.profile, was.line_key):
            raise ProfileChanged
        return self._open(principal, headers)

    async def _answer(self, watch: "_Watch", thing: Thing, row: Any, headers: Mapping[str, str]) -> Answer | None:
        """Run the operation for a thing that has changed; None when it shows nothing new."""
        self._begin(headers)
        try:
            async with asyncio.timeout(self._deadline_s + _ASSEMBLY_S):
                context = await self._again(watch, headers)
                await self._charge(watch.operation, watch.asked, context)
                answer = await self._executor.run(watch.operation, watch.asked, context, row)
        except (SessionError, Refused):
            raise
        except (BffError, TimeoutError) as error:
            _log.info("event_failed", field=watch.field, error=type(error).__name__)
            watch.forget(thing)  # so that the next look finds it changed
            if isinstance(error, RateLimited):
                await asyncio.sleep(min(error.retry_after_s or _AGAIN_S, self._look_s))
            return None
        return answer if watch.is_new(thing, answer) else None

    def _until_look(self, watch: "_Watch", wait_s: float) -> float:
        left = (watch.principal.claims.expires_at - self.clock.now()).total_seconds()
        return max(0.0, min(wait_s, left))

    def _open(self, principal: Principal, headers: Mapping[str, str]) -> Context:
        return self._open_context(principal, language(headers.get("accept-language")))

    def _begin(self, headers: Mapping[str, str]) -> None:
        before = REQUEST.get(None)  # of the connection: it knows where that comes from
        address = None if before is None else before.address
        REQUEST.set(new_request(headers, self._deadline_s, address=address, monotonic=self._monotonic))


class _Watch:
    """One subscription, and what it has seen.

    Attributes:
        rows: the things within reach as of the last look; None before the first.
        company: tax code of the one that it is for.
        only: the id of the one thing that is asked for; None for all.
    """

    def __init__(self, operation: Operation, asked: Asked, context: Context) -> None:
        """Read the root field and its arguments.

        Raises:
            Refused: the variables do not fit, or the profile may not use it.
        """
        self.operation = operation
        self.asked = asked
        self.principal = context.principal
        self.company = context.customer
        self.rows: Rows | None = None
        self._sent: dict[Thing, bytes] = {}
        selections = Selections(SCHEMA, operation.document, operation.name)
        variables = selections.coerced(asked.variables or {})
        if isinstance(variables, list):
            raise Refused(variables, "VALIDATION_FAILED")
        root = SCHEMA.subscription_type
        assert root is not None  # noqa: S101 - the document was found valid
        self._root = root
        found = collect_fields(SCHEMA, selections.fragments, variables, root, selections.node, hide_suggestions=True)
        if not found.grouped_field_set:
            raise Refused([GraphQLError("The subscription selects nothing.")], "BAD_REQUEST")
        [(self._key, details)] = found.grouped_field_set.items()
        self._nodes = [each.node for each in details]
        self.field = self._nodes[0].name.value
        if self.field not in SOURCES:  # __typename
            raise Refused([GraphQLError("The subscription must select a field.")], "BAD_REQUEST")
        self.source: Source = SOURCES[self.field]
        arguments = get_argument_values(root.fields[self.field], self._nodes[0], variables, hide_suggestions=True)
        self.only: str | None = arguments.get(self.source.argument)
        self.grant(context)

    def grant(self, context: Context) -> Grant:
        """Give the rows that may be read now. Raises Refused."""
        decided = RULES.decide(self._root, self.field, context.principal.profile, context.closed)
        if isinstance(decided, Grant):
            return decided
        assert decided.error is not None  # noqa: S101 - no root is denied in silence
        raise RefusedChange([Denied(decided.error, [self._key], self._nodes, 1)], context)

    def is_new(self, thing: Thing, answer: Answer) -> bool:
        """Tell whether an answer is another one than the last of its thing, and remember it."""
        if answer.errors:
            return True
        told = _encode(answer.data)
        if self._sent.get(thing) == told:
            return False
        self._sent[thing] = told
        return True

    def forget(self, thing: Thing) -> None:
        """Count a thing as not seen."""
        self.rows = {each: row for each, row in (self.rows or {}).items() if each != thing}
