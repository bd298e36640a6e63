"""GraphQL over HTTP: POST of JSON, one operation a request."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from graphql import GraphQLSchema
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bff.auth.principal import Principal
from bff.context import Context
from bff.errors import BackendError, BadRequest, BffError, SessionError, Unauthenticated
from bff.http.negotiation import GRAPHQL_JSON, JSON, language, media_type
from bff.http.operation import Answer, Asked, Documents, Refused, codes, failed, run
from bff.observability import HTTP_REQUESTS, REQUEST, logger

_log = logger(__name__)
_encode = msgspec.json.Encoder(order=None).encode
_decode = msgspec.json.Decoder(Asked).decode

Identify = Callable[[str, str | None], Awaitable[Principal]]
"""Find the person of an access token, acting under the membership that X-Membership names."""

OpenContext = Callable[[Principal, str], Context]
"""Open the context of one operation, in a language."""


class GraphQLEndpoint:
    """Answers `/graphql`.

    In this order: who asks (token, membership, profile), what is asked (document, operation), and only then the
    context with its loaders.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        identify: Identify,
        open_context: OpenContext,
        introspection: bool,
        deadline_s: float,
    ) -> None:
        self._schema = schema
        self._documents = Documents(schema, introspection=introspection)
        self._identify = identify
        self._open_context = open_context
        self._deadline_s = deadline_s

    async def answer(self, request: Request) -> Response:
        """Answer one request; whatever a client does wrong is a 4xx with a GraphQL error."""
        answered_in = media_type(request.headers.get("accept"))
        if answered_in is None:
            return _response(
                failed(BadRequest(f"This endpoint answers with {GRAPHQL_JSON} or {JSON}; accept one.")), 406, JSON
            )
        kind = "none"
        try:
            asked = await _asked(request)
            principal = await self._identify(_token(request), request.headers.get("x-membership"))
            operation = self._documents.operation(asked)
            kind = operation.type
            context = self._open_context(principal, language(request.headers.get("accept-language")))
            answer, status = await run(self._schema, operation, asked, context, self._deadline_s), 200
        except Refused as refused:
            answer, status = refused.answer, 400
        except _BadBody as refused:
            answer, status = failed(BadRequest(refused.message)), refused.status
        except BffError as error:
            answer, status = failed(error), 503 if isinstance(error, BackendError) else error.status
            if not isinstance(error, SessionError):
                _log.info("request_failed", code=error.code, detail=str(error))
        HTTP_REQUESTS.labels(kind, _outcome(answer, status)).inc()
        response = _response(answer, status, answered_in)
        _log.info("operation", type=kind, status=status, errors=codes(answer), bytes=len(response.body))
        return response


class _BadBody(Exception):
    """The body is not a GraphQL request in JSON."""

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


async def _asked(request: Request) -> Asked:
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower()
    if content_type.strip().lower() != JSON or charset not in {"", "charset=utf-8", 'charset="utf-8"'}:
        raise _BadBody(415, "The body must be sent as `Content-Type: application/json` in UTF-8.")
    try:
        return _decode(await request.body())
    except HTTPException as too_large:
        raise _BadBody(too_large.status_code, "The body is too large.") from None
    except ClientDisconnect:
        raise _BadBody(400, "The body ended early.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f" ({error})" if isinstance(error, msgspec.ValidationError) else ""
        raise _BadBody(
            400,
            "The body must be a JSON object with `query` (text), and optionally `operationName` (text), "
            f"`variables` (object) and `extensions` (object){detail}.",
        ) from None


def _response(answer: Answer, status: int, answered_in: str) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Authorization, Accept-Language, X-Membership"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if (request := REQUEST.get(None)) is not None:
        headers["X-Request-Id"] = request.request_id
    return Response(_encode(answer), status, headers, media_type=f"{answered_in}; charset=utf-8")
