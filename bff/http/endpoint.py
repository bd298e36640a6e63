"""GraphQL over HTTP: one operation a request, by POST and, where that is on, queries by GET.

What the statuses mean, and why a refused document is a 200 for clients that accept only `application/json`:
`docs/adr/0011-http-entry.md`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from http import HTTPStatus
from math import ceil

import msgspec
from graphql import GraphQLSchema
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bff.auth.principal import Principal
from bff.context import Context
from bff.errors import BadRequest, BffError, DeadlineExceeded, Internal, SessionError, Unauthenticated
from bff.http.answer import Answer, Refused, codes, failed
from bff.http.documents import Asked, Documents, NotAQuery, Operation
from bff.http.negotiation import GRAPHQL_JSON, JSON, language, media_type
from bff.http.operation import Executor
from bff.http.presence import ClientGone, while_there
from bff.http.request import NotGraphQL, Reader, joined
from bff.observability import HTTP_REQUESTS, REQUEST, logger

_log = logger(__name__)
_encode = msgspec.json.Encoder(order=None).encode
_ASSEMBLY_S = 0.5

Identify = Callable[[str, str | None], Awaitable[Principal]]
"""Find the person of an access token, acting under the membership that X-Membership names."""

OpenContext = Callable[[Principal, str], Context]
"""Open the context of one operation, in a language."""


class GraphQLEndpoint:
    """Answers `/graphql`.

    In this order: the body, who asks (token, membership, profile), what is asked (document, operation), and only then
    the context with its loaders.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        executor: Executor,
        *,
        identify: Identify,
        open_context: OpenContext,
        introspection: bool,
        body_max_bytes: int,
        get: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._executor = executor
        self._documents = Documents(schema, introspection=introspection)
        self._identify = identify
        self._open_context = open_context
        self._reader = Reader(get=get, body_max_bytes=body_max_bytes)
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of any method, as the endpoint of a route."""
        try:
            response = await self.answer(Request(scope, receive, send))
        except ClientGone:
            HTTP_REQUESTS.labels("query", "gone").inc()
            _log.info("client_gone")
            return
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """Answer one request, always in GraphQL: what a client does wrong is told as an error, and is never a 5xx.

        Raises:
            ClientGone: while it was read for; what it had asked for was cancelled.
        """
        answered_in = media_type(joined(request, "accept"))
        kind, headers = "none", dict[str, str]()
        try:
            asked = await self._asked(request, answered_in)
            async with asyncio.timeout(self._time_left_s()):
                async with while_there(request.receive):
                    principal = await self._identify(_token(request), request.headers.get("x-membership"))
                operation = self._operation(asked, request.method)
                kind = operation.type
                context = self._open_context(principal, language(request.headers.get("accept-language")))
                # What changes something is never left half done, whoever has gone.
                async with while_there(request.receive) if kind == "query" else nullcontext():
                    answer, status = await self._executor.run(operation, asked, context), 200
        except Refused as refused:
            answer, status = refused.answer, _status_of_refusal(answered_in)
        except NotGraphQL as refused:
            answer, status, headers = failed(BadRequest(refused.message)), refused.status, refused.headers
        except ClientGone:
            raise
        except TimeoutError:
            answer, status = failed(DeadlineExceeded()), DeadlineExceeded.status
        except BffError as error:
            answer, status = failed(error), error.status
            if not isinstance(error, SessionError):
                _log.info("request_failed", code=error.code, detail=str(error))
        except Exception:  # noqa: BLE001 - our own fault is told as GraphQL too, and never with its text
            answer, status = failed(Internal()), Internal.status
            _log.exception("request_broke")
        HTTP_REQUESTS.labels(kind, _outcome(answer)).inc()
        response = _response(answer, status, answered_in or JSON, headers)
        _log.info("operation", type=kind, status=status, errors=codes(answer), bytes=len(response.body))
        return response

    async def _asked(self, request: Request, answered_in: str | None) -> Asked:
        self._reader.check(request)
        if answered_in is None:
            raise NotGraphQL(406, f"This endpoint answers with {GRAPHQL_JSON} or {JSON}; accept one.")
        try:
            async with asyncio.timeout(self._time_left_s()):
                return await self._reader.read(request)
        except TimeoutError:
            raise NotGraphQL(408, "The body took too long to arrive.") from None

    def _operation(self, asked: Asked, method: str) -> Operation:
        try:
            return self._documents.operation(asked, only_query=method == "GET")
        except NotAQuery:
            raise NotGraphQL(405, "Only queries are answered by GET; send a POST.", Allow="POST") from None

    def _time_left_s(self) -> float | None:
        """Give the time until the answer must go out: reads end at the deadline, and what they gave is put together."""
        request = REQUEST.get(None)
        return None if request is None else request.deadline - self._monotonic() + _ASSEMBLY_S


def _status_of_refusal(answered_in: str | None) -> int:
    """Give the status of a well-formed request whose document, operation or variables can't be run."""
    return 200 if answered_in == JSON else 400


def _outcome(answer: Answer) -> str:
    if answer.data is msgspec.UNSET:
        return "refused"
    return "errors" if answer.errors else "ok"


def _token(request: Request) -> str:
    scheme, _, token = joined(request, "authorization").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("no bearer token")
    return token.strip()


def _response(answer: Answer, status: int, answered_in: str, special: dict[str, str]) -> Response:
    headers = special | {"Cache-Control": "no-store", "Vary": "Accept, Authorization, Accept-Language, X-Membership"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE and (wait_s := answer.errors[0]["extensions"].get("retryAfterSeconds")):
        headers["Retry-After"] = str(ceil(wait_s))
    if (request := REQUEST.get(None)) is not None:
        headers["X-Request-Id"] = request.request_id
    return Response(_encode(answer), status, headers, media_type=f"{answered_in}; charset=utf-8")
