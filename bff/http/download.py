"""`GET /documents/{token}`: the file that a link leads to, streamed to whoever it was made for.

A browser that opens a link brings no bearer token: the link itself is the proof, once. Its first use binds it to the
browser by a cookie of its own (or to the person, where a token does come), and so it works for two minutes more
(docs/adr/0014). The person's membership, profile and reach are read anew, as for any other request.

What is refused is told in plain text, or in JSON to who asks for it, in the reader's language. After the first byte
nothing can be told any more: an answer that breaks off is never ended, so that the browser sees it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from copy import copy
from http import HTTPStatus
from math import ceil
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec
from starlette.types import Message, Receive, Scope, Send

from bff.auth.principal import Principal
from bff.context import Context
from bff.domain.document import FileKind
from bff.domain.text import Text
from bff.errors import (
    AccountDisabled,
    BackendError,
    BackendGarbled,
    BackendRejected,
    BackendTimeout,
    BffError,
    Forbidden,
    Internal,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from bff.execution import Denial
from bff.execution.budget import Budget
from bff.http.negotiation import JSON, language
from bff.http.presence import ClientGone, while_there
from bff.http.request import headers_of
from bff.observability import REQUEST, logger
from bff.resolvers import download
from bff.schema import RULES, SCHEMA
from bff.state.links import PATH, USE_S, Link, Links

STALLED_S: Final = 30.0
"""After so long a reader that takes nothing is left."""

POINTS: Final = 250
"""What a file costs of the budget that a person's operations are charged to: it holds a slot of its system for long."""

_RETRY_AFTER_S = 30
_MINTED_BY: Final = {
    FileKind.INVOICE: "documentLinkCreate",
    FileKind.MERGE: "documentLinkCreate",
    FileKind.USERS: "usersExport",
}
"""The mutation that makes a link of each kind: who may not use it any more may not open its links."""
_SAFE: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"referrer-policy", b"no-referrer"),
    (b"accept-ranges", b"none"),
)
_TOLD: Final = {
    400: Text("La richiesta non è valida.", "The request isn't valid."),
    401: Text("L'accesso non è valido.", "The access token isn't valid."),
    403: Text("Non puoi più aprire questo documento.", "You may no longer open this document."),
    404: Text(
        "Il link non è valido o è scaduto. Torna all'area clienti e chiedine uno nuovo.",
        "This link isn't valid, or has expired. Go back to the customer area and ask for a new one.",
    ),
    405: Text("Apri il link con il browser.", "Open the link with a browser."),
    429: Text(
        "Hai aperto troppi documenti in poco tempo. Riprova tra poco.",
        "You have opened too many documents in a short time. Try again soon.",
    ),
    500: Text("C'è stato un errore da parte nostra.", "Something went wrong on our side."),
    503: Text(
        "Il documento non è disponibile in questo momento. Riprova tra poco.",
        "The document isn't available at the moment. Try again soon.",
    ),
}
_NOT_PLAIN: Final = re.compile(r"[^ !#-\[\]-~]")
_ABSENT: Final = Text("Il documento non è ancora disponibile.", "The document isn't available yet.")

_log = logger(__name__)

Identify = Callable[[str, str | None], Awaitable[Principal]]
Person = Callable[[Link], Awaitable[Principal]]
"""Find the person that a link was made for, as they are now."""
OpenContext = Callable[[Principal, str], Context]
OpenFile = Callable[[Context, Link], Awaitable[download.File]]


class Download:
    """Answers the address of a link."""

    def __init__(
        self,
        links: Links,
        *,
        base_url: str,
        budget: Budget,
        identify: Identify,
        person: Person,
        open_context: OpenContext,
        open_file: OpenFile = download.file,
        stalled_s: float = STALLED_S,
    ) -> None:
        self._links = links
        self._cookie = _Cookie(base_url)
        self._budget = budget
        self._identify = identify
        self._person = person
        self._open_context = open_context
        self._open_file = open_file
        self._stalled_s = stalled_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of any method, as the endpoint of a route."""
        answer = _Answer(headers_of(scope), send, self._stalled_s)
        try:
            if scope["method"] != "GET":
                await answer.refuse(_NotGet(), Allow="GET")
                return
            with while_there(receive):
                await self._serve(scope["path_params"]["token"], answer)
        except ClientGone:
            _log.info("client_gone", type="download")
        except _Ended:
            return
        except BffError as error:
            _log.info("download_failed", code=error.code, detail=str(error), begun=answer.has_begun)
            await answer.refuse(error)
        except Exception:  # noqa: BLE001 - our own fault is told too, and never with its text
            _log.exception("download_broke")
            await answer.refuse(Internal())

    async def _serve(self, token: str, answer: "_Answer") -> None:
        link = await self._link(token, answer)
        context = self._open_context(await self._person(link), answer.language)
        _check(link, context)
        await self._charge(context)
        file = await self._open_file(context, link)
        async with aclosing(file.pieces) as pieces:
            async for piece in pieces:
                await answer.pass_on(piece, file.media_type, link.file_name)
        await answer.end()

    async def _link(self, token: str, answer: "_Answer") -> Link:
        """Use a link, and bind it when this is its first use."""
        used = await self._links.use(
            token, subject=await self._subject(answer), secret=self._cookie.read(answer.headers.get("cookie", ""))
        )
        if used is None:
            raise NotFound("no such link")
        if used.secret is not None:
            answer.cookie = self._cookie.write(token, used.secret)
        return used.link

    async def _charge(self, context: Context) -> None:
        balance = await self._budget.charge(context.principal.person_key, POINTS, context.now)
        if not balance.granted:
            raise RateLimited("too many files in this minute", retry_after_s=balance.reset_s)

    async def _subject(self, answer: "_Answer") -> str | None:
        """Find who asks, where they say so."""
        scheme, _, token = answer.headers.get("authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise Unauthenticated("no bearer token")
        return (await self._identify(token.strip(), answer.headers.get("x-membership"))).user.subject


def _check(link: Link, context: Context) -> None:
    """See that the person may still do what made the link."""
    assert SCHEMA.mutation_type is not None  # noqa: S101 - the schema has one
    decided = RULES.decide(SCHEMA.mutation_type, _MINTED_BY[link.kind], context.principal.profile, context.closed)
    if isinstance(decided, Denial):
        error: BffError = copy(decided.error) if isinstance(decided.error, BffError) else Forbidden()
        closure = context.closed.get(error.function or "")
        error.retry_after_s = None if closure is None else closure.wait_s
        raise error


class _NotGet(BffError):
    """Another method than GET."""

    code = "BAD_REQUEST"
    status = 405


class _Ended(Exception):
    """The answer was cut off."""


class _Answer:
    """An answer as it goes out.

    Attributes:
        headers: of the request.
        language: to tell errors in.
        cookie: to set; empty for none.
        has_begun: True once its head went out.
    """

    def __init__(self, headers: Mapping[str, str], send: Send, stalled_s: float) -> None:
        self.headers = headers
        self.language = language(headers.get("accept-language"))
        self.cookie = ""
        self.has_begun = False
        self._send = send
        self._stalled_s = stalled_s

    async def pass_on(self, piece: bytes, media_type: str, file_name: str) -> None:
        """Send a piece of a file, behind the head when it is the first."""
        if not self.has_begun:
            disposition = ("content-disposition", _disposition(file_name))
            await self._begin(HTTPStatus.OK, [("content-type", media_type), disposition])
        await self._sent({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        """End a file that is whole."""
        await self._sent({"type": "http.response.body", "body": b""})

    async def refuse(self, error: BffError, **headers: str) -> None:
        """Tell why there is no file; once it has begun there is nothing to be told, and it is left without an end."""
        if self.has_begun:
            return
        status = _status(error)
        body, media_type = self._told(error, status)
        lines = [("content-type", media_type), ("content-length", str(len(body))), *headers.items()]
        if status >= HTTPStatus.BAD_GATEWAY or status == HTTPStatus.TOO_MANY_REQUESTS:
            lines.append(("retry-after", str(ceil(error.retry_after_s or _RETRY_AFTER_S))))
        if status == HTTPStatus.UNAUTHORIZED:
            lines.append(("www-authenticate", "Bearer"))
        await self._begin(status, lines)
        await self._send({"type": "http.response.body", "body": body})

    def _told(self, error: BffError, status: int) -> tuple[bytes, str]:
        absent = isinstance(error, BackendRejected) and error.absent
        message = (_ABSENT if absent else _text(status)).told(self.language)
        if JSON not in self.headers.get("accept", ""):
            return f"{message}\n".encode(), "text/plain; charset=utf-8"
        extensions = {"code": "NOT_FOUND" if absent else error.code, "retryable": error.retryable}
        return msgspec.json.encode({"errors": [{"message": message, "extensions": extensions}]}), JSON

    async def _begin(self, status: int, lines: list[tuple[str, str]]) -> None:
        self.has_begun = True
        told = [*_SAFE, *((name.lower().encode(), text.encode()) for name, text in lines)]
        if self.cookie:
            told.append((b"set-cookie", self.cookie.encode()))
        if (request := REQUEST.get(None)) is not None:
            told.append((b"x-request-id", request.request_id.encode()))
        told.append((b"vary", b"Accept, Accept-Language, Authorization, Cookie"))
        await self._send({"type": "http.response.start", "status": int(status), "headers": told})

    async def _sent(self, message: Message) -> None:
        try:
            async with asyncio.timeout(self._stalled_s):
                await self._send(message)
        except TimeoutError:
            _log.info("client_stalled", type="download")
            raise _Ended from None


def _status(error: BffError) -> int:
    """Give the status of a failure: what a system did is never told as our own fault, nor as the client's."""
    if isinstance(error, BackendRejected) and error.absent:
        return HTTPStatus.NOT_FOUND
    if isinstance(error, BackendGarbled | BackendRejected):
        return HTTPStatus.BAD_GATEWAY
    if isinstance(error, BackendTimeout):
        return HTTPStatus.GATEWAY_TIMEOUT
    if isinstance(error, BackendError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.FORBIDDEN if isinstance(error, AccountDisabled | Forbidden) else HTTPStatus(error.status)


def _text(status: int) -> Text:
    """Give what is told with a status; of those without a text of their own what all of their kind have in common."""
    if status >= HTTPStatus.BAD_GATEWAY:
        return _TOLD[503]
    return _TOLD.get(status) or _TOLD[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400]


def _disposition(file_name: str) -> str:
    """Name the file for saving, for old readers too (RFC 6266, RFC 8187)."""
    plain = _NOT_PLAIN.sub("_", file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


class _Cookie:
    """The cookie that binds a link to a browser: of that link's address alone, for as long as it works."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._is_secure = parts.scheme == "https"
        self._name = "__Secure-document" if self._is_secure else "document"  # plain http is for development
        self._path = f"{parts.path.rstrip('/')}{PATH}"

    def read(self, header: str) -> str | None:
        """Read the secret that a browser brings, whatever the cookies of other pages beside it look like.

        Of several the first counts: it is that of the longest path (RFC 6265, 5.4).
        """
        pairs = (each.strip().partition("=") for each in header.split(";"))
        return next((value for name, _, value in pairs if name == self._name), None)

    def write(self, token: str, secret: str) -> str:
        """Write what sets the cookie."""
        secure = "; Secure" if self._is_secure else ""
        place = f"Path={self._path}/{token}; Max-Age={USE_S}"
        return f"{self._name}={secret}; {place}; HttpOnly; SameSite=Strict{secure}"
