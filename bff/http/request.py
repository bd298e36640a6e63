"""What a client asks, read from its HTTP request: a POST's body in JSON or, where that is on, a GET's address.

Everything that is not well formed by GraphQL over HTTP is refused here. Who asks, and what the document means, is left
to the endpoint.
"""

from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request

from bff.http.documents import Asked
from bff.http.negotiation import JSON

_decode = msgspec.json.Decoder(Asked).decode
_map_decoder: msgspec.json.Decoder[dict[str, Any] | None] = msgspec.json.Decoder(dict[str, Any] | None)
_PARAMETERS = frozenset({"query", "operationName", "variables", "extensions"})
_SHAPE = (
    "must be a JSON object with `query` (text), and optionally `operationName` (text), "
    "`variables` (object) and `extensions` (object)"
)


class NotGraphQL(Exception):
    """The request is not a well-formed one of GraphQL over HTTP."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Reader:
    """Reads requests: POST always, GET when that is on."""

    def __init__(self, *, get: bool, body_max_bytes: int) -> None:
        self._methods = ("GET", "POST") if get else ("POST",)
        self._body_max_bytes = body_max_bytes

    def check(self, request: Request) -> None:
        """Refuse what can't be read, by its method and headers.

        Raises:
            NotGraphQL: with 405 or 415.
        """
        method = request.method
        if method not in self._methods:
            message = f"{method} is not answered here; send a POST with a body in JSON."
            raise NotGraphQL(405, message, Allow=", ".join(self._methods))
        if method == "GET":
            return
        if not _is_json(joined(request, "content-type")):
            raise NotGraphQL(415, f"The body must be sent as `Content-Type: {JSON}` in UTF-8.")
        if joined(request, "content-encoding").lower() not in {"", "identity"}:
            raise NotGraphQL(415, "The body must be sent without a `Content-Encoding`.", Accept_Encoding="identity")

    async def read(self, request: Request) -> Asked:
        """Read a request that was checked.

        Raises:
            NotGraphQL: with 400 or 413.
        """
        if request.method == "GET":
            return _of_address(request.scope["query_string"])
        return _of_body(await self._body(request))

    async def _body(self, request: Request) -> bytes:
        # Not Starlette's limit: it answers in plain text whatever we answer.
        body = bytearray()
        try:
            async for part in request.stream():
                body += part
                if len(body) > self._body_max_bytes:
                    raise NotGraphQL(413, f"The body is larger than {self._body_max_bytes} bytes.")
        except ClientDisconnect:
            raise NotGraphQL(400, "The body ended early.") from None
        return bytes(body)


def joined(request: Request, name: str) -> str:
    """Give a header's lines as the one list they mean; empty without any."""
    return ", ".join(request.headers.getlist(name)).strip()


def _is_json(content_type: str) -> bool:
    media, _, parameters = content_type.lower().partition(";")
    return media.strip() == JSON and parameters.strip() in {"", "charset=utf-8", 'charset="utf-8"'}


def _of_body(body: bytes) -> Asked:
    """Read JSON; of a name that is there twice the last counts, as in every browser."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if body.lstrip().startswith(b"["):
            raise NotGraphQL(400, f"There are no batches here: the body {_SHAPE}, not an array.") from None
        detail = f" ({error})" if isinstance(error, msgspec.ValidationError) else ""
        raise NotGraphQL(400, f"The body {_SHAPE}{detail}.") from None


def _of_address(query_string: bytes) -> Asked:
    """Read the parameters of an address; an empty one is as absent."""
    try:
        pairs = parse_qsl(query_string.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise NotGraphQL(400, "The address is not UTF-8.") from None
    for name, count in Counter(name for name, _ in pairs if name in _PARAMETERS).items():
        if count > 1:
            raise NotGraphQL(400, f"The address has `{name}` {count} times.")
    given = dict(pairs)
    if "query" not in given:
        raise NotGraphQL(400, "The address has no `query`.")
    return Asked(
        query=given["query"],
        operation_name=given.get("operationName") or None,
        variables=_map_of(given, "variables"),
        extensions=_map_of(given, "extensions"),
    )


def _map_of(given: dict[str, str], name: str) -> dict[str, Any] | None:
    if not (text := given.get(name)):
        return None
    try:
        return _map_decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise NotGraphQL(400, f"The address's `{name}` must be an object in JSON.") from None
