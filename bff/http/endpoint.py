"""GraphQL over HTTP: one operation a request, by POST and, where that is on, queries by GET.

What the statuses mean, and why a refused document is a 200 for clients that accept only `application/json`:
`docs/adr/0011-http-entry.md`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from http import HTTPStatus
from math import ceil
from typing import NamedTuple

import msgspec
from graphql import FieldNode, GraphQLSchema, OperationType
from starlette.types import Receive, Scope, Send

from bff.auth.principal import Principal
from bff.context import Context
from bff.errors import BadRequest, BffError, DeadlineExceeded, Internal, RateLimited, SessionError, Unauthenticated
from bff.execution.budget import Balance, Budget
from bff.execution.limits import Limits, check_cost
from bff.http.answer import Answer, Refused, codes, failed, with_cost
from bff.http.audit import Audit
from bff.http.documents import Asked, Documents, NotAQuery, Operation, beyond
from bff.http.negotiation import GRAPHQL_JSON, JSON, language, media_type
from bff.http.operation import Executor
from bff.http.presence import ClientGone, while_there
from bff.http.reply import Reply, reply
from bff.http.request import NotGraphQL, Reader, Request
from bff.observability import HTTP_REQUESTS, REQUEST, logger

_log = logger(__name__)
_encode = msgspec.json.Encoder(order=None).encode
_ASSEMBLY_S = 0.5
_RETRY_LATER = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}

_ELSEWHERE = "A subscription is answered as text/event-stream, or over a WebSocket by graphql-transport-ws."

Identify = Callable[[str, str | None], Awaitable[Principal]]
"""Find the person of an access token, acting under the membership that X-Membership names."""

IdentifyStaff = Callable[[str, str], Awaitable[Principal]]
"""Find who of the telco's staff an access token is for, acting for the company that X-Act-For names."""

Anonymous = Callable[[], Principal]
"""Stands in for whoever is not signed in, by where they come from."""

OpenContext = Callable[[Principal, str], Context]
"""Open the context of one operation, in a language."""


class Staff(NamedTuple):
    """What the telco's staff meet, instead of what customers do, when they send X-Act-For.

    Attributes:
        schema: theirs.
        executor: runs operations of it.
        identify: finds who asks.
        audit: writes down each of their calls.
    """

    schema: GraphQLSchema
    executor: Executor
    identify: IdentifyStaff
    audit: Audit


class GraphQLEndpoint:
    """Answers `/graphql`.

    In this order: the body, who asks (token, membership, profile), what is asked (document, operation), the context
    with its loaders, and what the operation costs; only then anything is read for it.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        executor: Executor,
        *,
        identify: Identify,
        open_context: OpenContext,
        limits: Limits,
        budget: Budget,
        introspection: bool,
        body_max_bytes: int,
        get: bool = False,
        anonymous: Anonymous | None = None,
        public: frozenset[str] = frozenset(),
        staff: Staff | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._customers = _Side(executor, Documents(schema, limits=limits, introspection=introspection), public)
        self._anonymous = anonymous
        self._staff = staff
        if staff is not None:
            self._of_staff = _Side(staff.executor, Documents(staff.schema, limits=limits, introspection=True))
        self._limits = limits
        self._budget = budget
        self._identify = identify
        self._open_context = open_context
        self._reader = Reader(get=get, body_max_bytes=body_max_bytes)
        self._monotonic = monotonic

    @property
    def documents(self) -> Documents:
        """What customers ask for, whichever way they come."""
        return self._customers.documents

    async def charge(self, operation: Operation, asked: Asked, context: Context) -> None:
        """Spend what an operation costs that comes another way.

        Raises:
            Refused: it costs more than any may.
            RateLimited: it costs more than the person has left in this minute.
        """
        await self._charge(operation, asked, context, _Course())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of any method, as the endpoint of a route."""
        try:
            answered = await self.answer(Request.of(scope, receive))
        except ClientGone:
            return
        await answered.send(send)

    async def answer(self, request: Request) -> Reply:
        """Answer one request, always in GraphQL: what a client does wrong is told as an error, and is never a 5xx.

        Raises:
            ClientGone: while it was read for; what it had asked for was cancelled.
        """
        answered_in = media_type(request.headers.get("accept"))
        course, headers = _Course(), dict[str, str]()
        try:
            answer, status = await self._run(request, answered_in, course), 200
        except Refused as refused:
            answer, status = refused.answer, 200 if answered_in == JSON else refused.status
            headers.update(refused.headers)
        except NotGraphQL as refused:
            answer, status, headers = failed(BadRequest(refused.message)), refused.status, refused.headers
        except ClientGone:
            HTTP_REQUESTS.labels(course.kind, "gone").inc()
            self._audit(course, "gone")
            _log.info("client_gone", type=course.kind)
            raise
        except TimeoutError:
            late = DeadlineExceeded() if course.asked else BadRequest("The body took too long to arrive.")
            answer, status = failed(late), late.status if course.asked else HTTPStatus.REQUEST_TIMEOUT.value
        except BffError as error:
            answer, status = failed(error), error.status
            if not isinstance(error, SessionError):
                _log.info("request_failed", code=error.code, detail=str(error))
        except Exception:  # noqa: BLE001 - our own fault is told as GraphQL too, and never with its text
            answer, status = failed(Internal()), Internal.status
            _log.exception("request_broke")
        if course.points is not None and request.headers.get("x-cost", "").lower() == "true":
            answer = with_cost(answer, course.points, self._limits.cost, course.balance)
        HTTP_REQUESTS.labels(course.kind, _outcome(answer)).inc()
        self._audit(course, _outcome(answer))
        answered = _reply(answer, status, answered_in or JSON, headers)
        _log.info("operation", type=course.kind, status=status, errors=codes(answer), bytes=len(answered.body))
        return answered

    async def _run(self, request: Request, answered_in: str | None, course: "_Course") -> Answer:
        async with asyncio.timeout(self._time_left_s()):
            course.asked = asked = await self._asked(request, answered_in)
            with while_there(request.receive):
                course.principal = principal = await self._who(request, asked)
            side = self._of_staff if principal.staff else self._customers
            operation = side.operation(asked, request.method)
            if operation.type == "subscription":
                raise NotGraphQL(406, _ELSEWHERE)
            course.kind, course.name = operation.type, operation.name
            context = self._open_context(principal, language(request.headers.get("accept-language")))
            await self._charge(operation, asked, context, course)
            # What changes something is never left half done, whoever has gone.
            with while_there(request.receive) if course.kind == "query" else nullcontext():
                return await side.executor.run(operation, asked, context)

    async def _asked(self, request: Request, answered_in: str | None) -> Asked:
        self._reader.check(request)
        if answered_in is None:
            raise NotGraphQL(406, f"This endpoint answers with {GRAPHQL_JSON} or {JSON}; accept one.")
        return await self._reader.read(request)

    async def _who(self, request: Request, asked: Asked) -> Principal:
        if "authorization" not in request.headers and self._anonymous and self._customers.is_public(asked):
            return self._anonymous()
        act_for = request.headers.get("x-act-for")
        if self._staff is None or act_for is None:
            return await self._identify(token_of(request.headers), request.headers.get("x-membership"))
        return await self._staff.identify(token_of(request.headers), act_for)

    def _audit(self, course: "_Course", outcome: str) -> None:
        if self._staff is not None and course.principal is not None and course.principal.staff:
            self._staff.audit(course.principal, course.name, outcome)

    async def _charge(self, operation: Operation, asked: Asked, context: Context, course: "_Course") -> None:
        """Spend what an operation costs with its variables."""
        course.points = points = operation.price.of(asked.variables or {})
        if violations := check_cost(points, operation.node, self._limits):
            raise beyond(violations)
        course.balance = balance = await self._budget.charge(context.principal.person_key, points, context.now)
        if not balance.granted:
            left = f"{balance.remaining:,} of {self._limits.points_per_minute:,} are left in this minute"
            raise RateLimited(f"The operation costs {points:,} points; {left}.", retry_after_s=balance.reset_s)

    def _time_left_s(self) -> float | None:
        """Give the time until the answer must go out: reads end at the deadline, and what they gave is put together."""
        request = REQUEST.get(None)
        return None if request is None else request.deadline - self._monotonic() + _ASSEMBLY_S


class _Side(NamedTuple):
    """What runs and holds the documents of those who ask: the customers, or the telco's staff.

    `public` names the changes that anybody may make.
    """

    executor: Executor
    documents: Documents
    public: frozenset[str] = frozenset()

    def is_public(self, asked: Asked) -> bool:
        """Tell whether an operation makes only such changes. Nothing else is even parsed for whom nobody knows."""
        if not any(name in asked.query for name in self.public):
            return False
        try:
            node = self.documents.operation(asked).node
        except Refused:
            return False
        roots = node.selection_set.selections
        named = [each.name.value for each in roots if isinstance(each, FieldNode)]
        return node.operation is OperationType.MUTATION and len(named) == len(roots) and self.public >= set(named)

    def operation(self, asked: Asked, method: str) -> Operation:
        try:
            return self.documents.operation(asked, only_query=method == "GET")
        except NotAQuery:
            raise NotGraphQL(405, "Only queries are answered by GET; send a POST.", Allow="POST") from None


class _Course:
    """How far a request has come, for whatever ends it.

    Attributes:
        asked: None while the body is read.
        principal: who asks; None until that is known.
        kind: of the operation, "none" until that is known.
        name: of the operation; None until that is known, and for an anonymous one.
        points: what it costs; None until that is known.
        balance: what came of the charge; None when there was none.
    """

    __slots__ = ("asked", "balance", "kind", "name", "points", "principal")

    def __init__(self) -> None:
        self.asked: Asked | None = None
        self.principal: Principal | None = None
        self.kind = "none"
        self.name: str | None = None
        self.points: int | None = None
        self.balance: Balance | None = None


def _outcome(answer: Answer) -> str:
    if answer.data is msgspec.UNSET:
        return "refused"
    return "errors" if answer.errors else "ok"


def token_of(headers: Mapping[str, str]) -> str:
    """Give the bearer token of headers by lower-case name.

    Raises:
        Unauthenticated: there is none.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("no bearer token")
    return token.strip()


def _reply(answer: Answer, status: int, answered_in: str, headers: dict[str, str]) -> Reply:
    if status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if status in _RETRY_LATER and (wait_s := answer.errors[0]["extensions"].get("retryAfterSeconds")):
        headers["Retry-After"] = str(ceil(wait_s))
    if (request := REQUEST.get(None)) is not None:
        headers["X-Request-Id"] = request.request_id
    return reply(status, _encode(answer), answered_in, headers)
