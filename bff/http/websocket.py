"""GraphQL over WebSocket by the protocol `graphql-transport-ws`, which npm `graphql-ws` and others speak.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. The token comes in the payload of `connection_init`
(`Authorization`, beside it `X-Membership` and `Accept-Language`), because browsers send no headers of their own; apps
may send headers. What a client has not read is bounded by the transport: who does not read for ten seconds is cut off,
and what happens meanwhile is joined.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bff.errors import BffError, DeadlineExceeded, Internal, SessionError
from bff.http.answer import Answer, Refused, failed
from bff.http.documents import Asked
from bff.http.live import Live, Tally, TooMany
from bff.http.request import headers_of
from bff.observability import HTTP_REQUESTS, REQUEST, logger, new_request

PROTOCOL: Final = "graphql-transport-ws"

_CARRIED = ("authorization", "x-membership", "accept-language", "x-client-name", "x-client-version")
_HEADERS_MAX = 16_384
_ID_MAX = 64
_SLOW = 1008

_log = logger(__name__)
_encode = msgspec.json.Encoder(order=None).encode


class _Message(msgspec.Struct, frozen=True):
    """A message of a client."""

    type: str
    id: str | None = None
    payload: Any = None


_decode = msgspec.json.Decoder(_Message).decode


class _Closed(Exception):
    """The connection must be closed, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """Serves WebSocket connections.

    Args:
        live: runs the operations.
        origins: of the pages that may connect from a browser.
        message_max_bytes: of one message of a client.
        connections_max: of one person at once, in this process.
        init_s: how long a client may take to say who it is.
        send_s: how long it may take to read.
        deadline_s: what finding out who it is may take.
    """

    def __init__(
        self,
        live: Live,
        *,
        origins: Collection[str],
        message_max_bytes: int,
        connections_max: int,
        init_s: float = 10.0,
        send_s: float = 10.0,
        deadline_s: float = 5.0,
    ) -> None:
        self._live = live
        self._origins = frozenset(origins)
        self._message_max_bytes = message_max_bytes
        self._connections = Tally("connections", connections_max)
        self._init_s = init_s
        self._send_s = send_s
        self._deadline_s = deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as the endpoint of a route."""
        socket = WebSocket(scope, receive, send)
        origin = headers_of(scope).get("origin")
        if origin is not None and origin not in self._origins:
            await socket.close()
            return
        connection = _Connection(self, socket)
        try:
            await connection.serve()
        except (WebSocketDisconnect, OSError):
            pass
        except _Closed as closed:
            _log.info("socket_closed", code=closed.code, reason=closed.reason)
            await connection.close(closed)
        finally:
            await connection.end()

    # --- for its connections ------------------------------------------------------------------------------------------

    @property
    def live(self) -> Live:
        """What runs the operations."""
        return self._live

    @property
    def connections(self) -> Tally:
        """Who has how many connections."""
        return self._connections

    @property
    def init_s(self) -> float:
        """How long a client may take to say who it is."""
        return self._init_s

    @property
    def send_s(self) -> float:
        """How long it may take to read."""
        return self._send_s

    def read(self, message: Mapping[str, Any]) -> _Message:
        """Read a message of a client. Raises _Closed and WebSocketDisconnect."""
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        if text is None:
            raise _Closed(4400, "Messages are text.")
        if len(text) > self._message_max_bytes:
            raise _Closed(1009, "The message is too large.")
        try:
            return _decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise _Closed(4400, "The message is none of graphql-transport-ws.") from None

    def begin(self, headers: Mapping[str, str], address: str | None) -> None:
        """Set the request of the running task, and with it where those of its operations come from."""
        REQUEST.set(new_request(headers, self._deadline_s, address=address))


class _Connection:
    """One connection: read by the task that serves it, written to by that of each operation."""

    def __init__(self, server: GraphQLSocket, socket: WebSocket) -> None:
        self._server = server
        self._socket = socket
        self._headers: dict[str, str] = dict(headers_of(socket.scope))
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._verdict: asyncio.Future[_Closed] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Serve until the client has gone. Raises _Closed."""
        offered = PROTOCOL in self._socket.scope.get("subprotocols", ())
        await self._socket.accept(PROTOCOL if offered else None)
        if not offered:
            raise _Closed(4406, "Subprotocol not acceptable")
        await self._initialise()
        try:
            principal = await self._who()
            with self._server.connections.one(principal.person_key):
                await self._send({"type": "connection_ack"})
                left = principal.claims.expires_at - self._server.live.clock.now()
                timer = asyncio.get_running_loop().call_later(
                    max(0.0, left.total_seconds()), self._end_with, _Closed(4403, "Forbidden")
                )
                try:
                    await self._converse()
                finally:
                    timer.cancel()
        except TooMany as many:
            raise _Closed(4429, many.message) from None

    async def _initialise(self) -> None:
        """Take the client's word on who it is."""
        try:
            async with asyncio.timeout(self._server.init_s):
                while (message := await self._next()).type == "ping":
                    await self._send({"type": "pong"})
        except TimeoutError:
            raise _Closed(4408, "Connection initialisation timeout") from None
        if message.type != "connection_init":
            raise _Closed(4401, "Unauthorized")
        payload = message.payload
        if payload is not None and not isinstance(payload, dict):
            raise _Closed(4400, "The payload of connection_init is no object.")
        given = {name.lower(): text for name, text in (payload or {}).items() if isinstance(text, str)}
        self._headers.update(
            {name: text for name in _CARRIED if len(text := given.get(name, "")) and len(text) <= _HEADERS_MAX}
        )

    async def _who(self) -> Any:
        came_from = self._socket.client
        self._server.begin(self._headers, None if came_from is None else came_from.host)
        try:
            return await self._server.live.who(self._headers)
        except SessionError:
            raise _Closed(4403, "Forbidden") from None
        except BffError as error:
            raise _Closed(4500, error.message) from None

    async def _converse(self) -> None:
        while True:
            message = await self._next()
            if message.type == "ping":
                await self._send({"type": "pong"} if message.payload is None else _pong(message.payload))
            elif message.type == "subscribe":
                self._subscribe(message)
            elif message.type == "complete":
                if message.id is not None and (task := self._operations.pop(message.id, None)) is not None:
                    task.cancel()
            elif message.type == "connection_init":
                raise _Closed(4429, "Too many initialisation requests")
            elif message.type != "pong":
                raise _Closed(4400, "The message is none of graphql-transport-ws.")

    def _subscribe(self, message: _Message) -> None:
        name = message.id
        if not name or len(name) > _ID_MAX:
            raise _Closed(4400, "A subscription needs an id.")
        if name in self._operations:
            raise _Closed(4409, f"Subscriber for {name} already exists")
        try:
            asked = msgspec.convert(message.payload, Asked)
        except msgspec.ValidationError:
            raise _Closed(4400, "The payload of subscribe is no GraphQL request.") from None
        task = asyncio.create_task(self._run(name, asked))
        self._operations[name] = task

        def done(_task: asyncio.Task[None]) -> None:
            if self._operations.get(name) is task:
                del self._operations[name]

        task.add_done_callback(done)

    async def _run(self, name: str, asked: Asked) -> None:
        """Run one operation and tell what it gives."""
        outcome = "ok"
        try:
            async for answer in self._server.live.answers(asked, self._headers):
                await self._send({"id": name, "type": "next", "payload": answer})
            await self._finish(name, {"id": name, "type": "complete"})
        except _Closed as closed:
            self._end_with(closed)
        except Refused as refused:
            outcome = "refused"
            await self._fail(name, refused.answer)
        except SessionError as error:
            outcome = "refused"
            await self._fail(name, failed(error))
            if error.code != "PROFILE_CHANGED":
                self._end_with(_Closed(4403, "Forbidden"))
        except BffError as error:
            outcome = "refused"
            await self._fail(name, failed(error))
        except TimeoutError:
            outcome = "refused"
            await self._fail(name, failed(DeadlineExceeded()))
        except OSError:  # the client has gone
            pass
        except Exception:  # noqa: BLE001 - our own fault is told too, and never with its text
            outcome = "refused"
            _log.exception("live_operation_broke")
            await self._fail(name, failed(Internal()))
        finally:
            HTTP_REQUESTS.labels("live", outcome).inc()

    async def _fail(self, name: str, answer: Answer) -> None:
        await self._finish(name, {"id": name, "type": "error", "payload": answer.errors})

    async def _finish(self, name: str, message: dict[str, Any]) -> None:
        """Tell the last of an operation; its id is free by then."""
        self._operations.pop(name, None)
        try:
            await self._send(message)
        except _Closed as closed:
            self._end_with(closed)
        except OSError:  # the client has gone
            pass

    async def _next(self) -> _Message:
        """Wait for a message, or for the end."""
        receiving = asyncio.ensure_future(self._socket.receive())
        try:
            ends: tuple[asyncio.Future[Any], ...] = (receiving, self._verdict)
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._verdict.done():
                raise self._verdict.result()
            return self._server.read(receiving.result())
        finally:
            receiving.cancel()

    async def _send(self, message: dict[str, Any]) -> None:
        """Send a message. Raises _Closed when the client does not read."""
        try:
            async with asyncio.timeout(self._server.send_s):
                await self._socket.send_text(_encode(message).decode())
        except TimeoutError:
            raise _Closed(_SLOW, "The client does not read.") from None
        except (RuntimeError, WebSocketDisconnect):  # Starlette's word for a socket that is closed
            raise ConnectionError from None

    def _end_with(self, closed: _Closed) -> None:
        if not self._verdict.done():
            self._verdict.set_result(closed)

    async def close(self, closed: _Closed) -> None:
        """Close with a code, unless the client would not read that either."""
        if closed.code == _SLOW:
            return
        try:
            async with asyncio.timeout(self._server.send_s):
                await self._socket.close(closed.code, closed.reason)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect):
            return

    async def end(self) -> None:
        """End the operations that still go on."""
        tasks = list(self._operations.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _pong(payload: Any) -> dict[str, Any]:
    return {"type": "pong", "payload": payload}
