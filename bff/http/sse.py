"""GraphQL over server-sent events, in the mode of distinct connections, which npm `graphql-sse` and others speak.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. A POST that accepts `text/event-stream` and asks for a
subscription is answered by a stream: `next` with each answer, `complete` at the end. Who accepts JSON too gets it for
whatever is no subscription: some clients always name all that they understand.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec
from starlette.types import Message, Receive, Scope, Send

from bff.errors import BffError, DeadlineExceeded, Internal
from bff.http.answer import Answer, Refused, failed
from bff.http.documents import Asked
from bff.http.endpoint import GraphQLEndpoint
from bff.http.live import Live
from bff.http.negotiation import GRAPHQL_JSON, media_type
from bff.http.presence import ClientGone
from bff.http.protocol import CONNECTION, BoundedHeaders
from bff.http.request import NotGraphQL, Reader, Request, headers_of
from bff.observability import HTTP_REQUESTS, logger

EVENT_STREAM: Final = "text/event-stream"

_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"vary", b"Accept, Authorization, Accept-Language, X-Membership, Origin"),
)
_QUIET: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata: \n\n"

_log = logger(__name__)
_encode = msgspec.json.Encoder(order=None).encode


class EventStreams:
    """Stands before the endpoint and answers what must be streamed.

    Args:
        endpoint: answers all else.
        live: runs operations that go on.
        body_max_bytes: of a request.
        quiet_s: after so long without an event a comment shows that the connection stands.
        send_s: how long a client may take to read.
    """

    def __init__(
        self, endpoint: GraphQLEndpoint, live: Live, *, body_max_bytes: int, quiet_s: float = 12.0, send_s: float = 10.0
    ) -> None:
        self._endpoint = endpoint
        self._live = live
        self._reader = Reader(get=False, body_max_bytes=body_max_bytes)
        self._quiet_s = quiet_s
        self._send_s = send_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as the endpoint of a route."""
        headers = headers_of(scope)
        if scope["method"] != "POST" or EVENT_STREAM not in headers.get("accept", ""):
            await self._endpoint(scope, receive, send)
            return
        replayed = _Replayed(receive)
        asked = await self._asked(Request.of(scope, replayed.record), headers)
        if asked is not None:
            await self._stream(asked, scope, receive, send)
            return
        accept = headers["accept"] if media_type(headers["accept"]) else GRAPHQL_JSON
        request = Request.of(scope, replayed.replay)
        with suppress(ClientGone):
            answered = await self._endpoint.answer(request._replace(headers={**headers, "accept": accept}))
            await answered.send(send)

    async def _asked(self, request: Request, headers: Mapping[str, str]) -> Asked | None:
        """Read what is to be streamed; None for what the endpoint answers, by a refusal mostly."""
        takes_json = media_type(headers["accept"]) is not None
        try:
            self._reader.check(request)
            asked = await self._reader.read(request)
            await self._live.who(headers)
            is_subscription = self._live.operation(asked).type == "subscription"
        except (NotGraphQL, BffError):
            return None
        except Refused:
            return None if takes_json else asked
        return asked if is_subscription or not takes_json else None

    async def _stream(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        connection: BoundedHeaders | None = scope.get(CONNECTION)
        ended = asyncio.Event()
        if connection is not None:
            connection.when_ending(ended.set)
        leaving = asyncio.create_task(_left(receive, ended))
        try:
            await self._send(send, {"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await self._put(send, _QUIET)
            await self._events(asked, headers_of(scope), leaving, send)
            await self._send(send, {"type": "http.response.body", "body": _COMPLETE})
        except (TimeoutError, OSError):
            _log.info("stream_unread")
            if connection is not None:
                connection.abort()
        finally:
            leaving.cancel()
            if connection is not None:
                connection.when_ending(None)

    async def _events(self, asked: Asked, headers: Mapping[str, str], leaving: asyncio.Task[None], send: Send) -> None:
        """Send the answers until there are no more, or the client leaves."""
        answers = self._live.answers(asked, headers)
        coming = asyncio.ensure_future(_next(answers))
        try:
            while not leaving.done():
                await asyncio.wait({coming, leaving}, timeout=self._quiet_s, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    if not leaving.done():
                        await self._put(send, _QUIET)
                    continue
                answer = coming.result()
                if answer is None:
                    return
                await self._put(send, b"event: next\ndata: " + _encode(answer) + b"\n\n")
                coming = asyncio.ensure_future(_next(answers))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
            await answers.aclose()

    async def _put(self, send: Send, body: bytes) -> None:
        await self._send(send, {"type": "http.response.body", "body": body, "more_body": True})

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._send_s):
            await send(message)


class _Replayed:
    """What a client has sent, once more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []

    async def record(self) -> Message:
        """Receive, and keep."""
        message = await self._receive()
        self._messages.append(message)
        return message

    async def replay(self) -> Message:
        """Give what was kept, and then what comes."""
        return self._messages.pop(0) if self._messages else await self._receive()


async def _next(answers: Any) -> Answer | None:
    """Give the next answer, or how it ends, as an answer too; None when there are no more."""
    outcome = "ok"
    try:
        answer: Answer = await anext(answers)
    except StopAsyncIteration:
        return None
    except Refused as refused:
        answer, outcome = refused.answer, "refused"
    except BffError as error:
        answer, outcome = failed(error), "refused"
    except TimeoutError:
        answer, outcome = failed(DeadlineExceeded()), "refused"
    except Exception:  # noqa: BLE001 - our own fault is told too, and never with its text
        _log.exception("live_operation_broke")
        answer, outcome = failed(Internal()), "refused"
    HTTP_REQUESTS.labels("live", outcome).inc()
    return answer


async def _left(receive: Receive, ended: asyncio.Event) -> None:
    """Wait until the client or the server leaves."""
    leaving = [asyncio.ensure_future(ended.wait()), asyncio.ensure_future(_gone(receive))]
    try:
        await asyncio.wait(leaving, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in leaving:
            each.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
