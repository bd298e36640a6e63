"""What a client asks, read from its HTTP request: a POST's body in JSON or, where that is on, a GET's address.

Everything that is not well formed by GraphQL over HTTP is refused here. Who asks, and what the document means, is left
to the endpoint.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope

from bff.http.documents import Asked
from bff.http.negotiation import JSON

_decode = msgspec.json.Decoder(Asked).decode
_map_decoder: msgspec.json.Decoder[dict[str, Any] | None] = msgspec.json.Decoder(dict[str, Any] | None)
_HEADERS = "bff.headers"
_PARAMETERS = frozenset({"query", "operationName", "variables", "extensions"})
_SHAPE = (
    "must be a JSON object with `query` (text), and optionally `operationName` (text), "
    "`variables` (object) and `extensions` (object)"
)


class Request(NamedTuple):
    """What has arrived of a request: headers are by lower-case name, the body is still to come."""

    method: str
    headers: Mapping[str, str]
    query_string: bytes
    receive: Receive

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> Self:
        """Take what ASGI gives."""
        return cls(scope["method"], headers_of(scope), scope["query_string"], receive)


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Give a request's headers by lower-case name; several lines of one name are the one list that they mean.

    They are read once, and kept beside what they were read from.
    """
    headers: Mapping[str, str] | None = scope.get(_HEADERS)
    if headers is None:
        lines = [(name.decode("latin-1"), text.decode("latin-1").strip()) for name, text in scope["headers"]]
        single = dict(lines)
        headers = scope[_HEADERS] = single if len(single) == len(lines) else _joined(lines)
    return headers


def _joined(lines: list[tuple[str, str]]) -> dict[str, str]:
    lists = defaultdict[str, list[str]](list)
    for name, text in lines:
        lists[name].append(text)
    return {name: ", ".join(texts) for name, texts in lists.items()}


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
        if not _is_json(request.headers.get("content-type", "")):
            raise NotGraphQL(415, f"The body must be sent as `Content-Type: {JSON}` in UTF-8.")
        if request.headers.get("content-encoding", "").lower() not in {"", "identity"}:
            raise NotGraphQL(415, "The body must be sent without a `Content-Encoding`.", Accept_Encoding="identity")

    async def read(self, request: Request) -> Asked:
        """Read a request that was checked.

        Raises:
            NotGraphQL: with 400 or 413.
        """
        if request.method == "GET":
            return _of_address(request.query_string)
        return _of_body(await self._body(request.receive))

    async def _body(self, receive: Receive) -> bytes:
        # Not Starlette's limit: it answers in plain text whatever we answer.
        body, is_whole = bytearray(), False
        while not is_whole:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise NotGraphQL(400, "The body ended early.")
            body += message.get("body", b"")
            if len(body) > self._body_max_bytes:
                raise NotGraphQL(413, f"The body is larger than {self._body_max_bytes} bytes.")
            is_whole = not message.get("more_body", False)
        return bytes(body)


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
