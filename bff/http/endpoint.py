"""GraphQL over HTTP: POST of JSON, one operation a request.

An answer without `data` is never a 200, whatever media type the client accepts: monitors and clients that know no
GraphQL tell by the status that nothing was read.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from http import HTTPStatus
from math import ceil

import msgspec
from graphql import GraphQLSchema
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bff.auth.principal import Principal
from bff.context import Context
from bff.errors import BadRequest, BffError, DeadlineExceeded, Internal, SessionError, Unauthenticated
from bff.http.negotiation import GRAPHQL_JSON, JSON, language, media_type
from bff.http.operation import Answer, Asked, Documents, Refused, codes, failed, run
from bff.http.presence import ClientGone, while_there
from bff.observability import HTTP_REQUESTS, REQUEST, logger

_log = logger(__name__)
_encode = msgspec.json.Encoder(order=None).encode
_decode = msgspec.json.Decoder(Asked).decode
_METHOD = "POST"
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
        *,
        identify: Identify,
        open_context: OpenContext,
        introspection: bool,
        body_max_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._schema = schema
        self._documents = Documents(schema, introspection=introspection)
        self._identify = identify
        self._open_context = open_context
        self._body_max_bytes = body_max_bytes
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
        """Answer one request; whatever a client does wrong is a 4xx with a GraphQL error.

        Raises:
            ClientGone: while it was read for; what it had asked for was cancelled.
        """
        answered_in = media_type(request.headers.get("accept"))
        kind = "none"
        try:
            async with asyncio.timeout(self._time_left_s()):
                _check(request, answered_in)
                asked = await self._asked(request)
                async with while_there(request.receive):
                    principal = await self._identify(_token(request), request.headers.get("x-membership"))
                operation = self._documents.operation(asked)
                kind = operation.type
                context = self._open_context(principal, language(request.headers.get("accept-language")))
                # What changes something is never left half done, whoever has gone.
                async with while_there(request.receive) if kind == "query" else nullcontext():
                    answer, status = await run(self._schema, operation, asked, context), 200
        except Refused as refused:
            answer, status = refused.answer, 400
        except _NotGraphQL as refused:
            answer, status = failed(BadRequest(refused.message)), refused.status
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
        HTTP_REQUESTS.labels(kind, _outcome(answer, status)).inc()
        response = _response(answer, status, answered_in or JSON)
        _log.info("operation", type=kind, status=status, errors=codes(answer), bytes=len(response.body))
        return response

    def _time_left_s(self) -> float | None:
        """Give the time until the answer must go out: reads end at the deadline, and what they gave is put together."""
        request = REQUEST.get(None)
        return None if request is None else request.deadline - self._monotonic() + _ASSEMBLY_S

    async def _asked(self, request: Request) -> Asked:
        try:
            return _decode(await self._body(request))
        except ClientDisconnect:
            raise _NotGraphQL(400, "The body ended early.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            detail = f" ({error})" if isinstance(error, msgspec.ValidationError) else ""
            raise _NotGraphQL(
                400,
                "The body must be a JSON object with `query` (text), and optionally `operationName` (text), "
                f"`variables` (object) and `extensions` (object){detail}.",
            ) from None

    async def _body(self, request: Request) -> bytes:
        # Not Starlette's limit: it answers in plain text whatever we answer.
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > self._body_max_bytes:
                raise _NotGraphQL(413, f"The body is larger than {self._body_max_bytes} bytes.")
        return bytes(body)


class _NotGraphQL(Exception):
    """The request is not one of GraphQL over HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _outcome(answer: Answer, status: int) -> str:
    if status != HTTPStatus.OK:
        return "refused"
    return "errors" if answer.errors else "ok"


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("no bearer token")
    return token.strip()


def _check(request: Request, answered_in: str | None) -> None:
    """Refuse what is not a POST of JSON whose answer can be read."""
    if request.method != _METHOD:
        raise _NotGraphQL(405, f"{request.method} is not answered here; send a {_METHOD} with a body in JSON.")
    if answered_in is None:
        raise _NotGraphQL(406, f"This endpoint answers with {GRAPHQL_JSON} or {JSON}; accept one.")
    if not _is_json(request.headers.get("content-type", "")):
        raise _NotGraphQL(415, f"The body must be sent as `Content-Type: {JSON}` in UTF-8.")


def _is_json(content_type: str) -> bool:
    media, _, parameters = content_type.lower().partition(";")
    return media.strip() == JSON and parameters.strip() in {"", "charset=utf-8", 'charset="utf-8"'}


def _response(answer: Answer, status: int, answered_in: str) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Authorization, Accept-Language, X-Membership"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _METHOD
    if status == HTTPStatus.SERVICE_UNAVAILABLE and (wait_s := answer.errors[0]["extensions"].get("retryAfterSeconds")):
        headers["Retry-After"] = str(ceil(wait_s))
    if (request := REQUEST.get(None)) is not None:
        headers["X-Request-Id"] = request.request_id
    return Response(_encode(answer), status, headers, media_type=f"{answered_in}; charset=utf-8")
