"""HTTP and WebSockets on the wire, with what uvicorn leaves open: large headers, slow ones, and who never reads."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

CONNECTION: Final = "bff.connection"
"""In the scope of a request: the connection that it came by."""


class BoundedHeaders(HttpToolsProtocol):
    """Closes a connection whose request line and headers grow beyond 64 KiB or take longer than 10 seconds.

    It tells why, by 414, 431 or 408, unless it still owes an answer to an earlier request of the connection.
    """

    headers_max_bytes: ClassVar[int] = 64 * 1024
    headers_s: ClassVar[float] = 10.0

    _unread_bytes = 0
    _has_begun = False
    _patience: asyncio.TimerHandle | None = None
    _ending: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first headers."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, while headers are within their bounds."""
        self._unread_bytes += len(data)
        super().data_received(data)
        if self._has_begun:  # only then: most requests come whole, and need no timer
            self._wait()
        if self._patience is not None and self._unread_bytes > self.headers_max_bytes:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if self.headers else HTTPStatus.REQUEST_URI_TOO_LONG
            self._end(status)

    def on_message_begin(self) -> None:
        """Take note that headers are coming."""
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[typeddict-unknown-key]
        self._has_begun = True

    def on_headers_complete(self) -> None:
        """Stop waiting: the body has a deadline of its own."""
        self._has_begun = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Count anew: what comes now is the next request's."""
        super().on_message_complete()
        self._unread_bytes = 0

    def when_ending(self, call: Callable[[], None] | None) -> None:
        """Have this called when the server ends while an answer goes on that has no end of its own."""
        self._ending = call

    def shutdown(self) -> None:
        """End once what runs has been answered."""
        if self._ending is not None:
            self._ending()
        super().shutdown()

    def abort(self) -> None:
        """Drop the connection with what was not read."""
        self.transport.abort()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.headers_s, self._end, HTTPStatus.REQUEST_TIMEOUT)

    def _end(self, status: HTTPStatus) -> None:
        self._stop_waiting()
        if self._has_begun and (self.cycle is None or self.cycle.response_complete):
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode())
            self.transport.close()
        else:
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class BoundedSocket(WebSocketsSansIOProtocol):
    """Drops what a client of a WebSocket has not read once nobody serves it any more, instead of waiting for ever."""

    async def run_asgi(self) -> None:
        """Serve the connection."""
        try:
            await super().run_asgi()
        finally:
            if not self.writable.is_set():
                self.transport.abort()

    def keepalive_timeout(self) -> None:
        """End a connection whose other end is silent."""
        super().keepalive_timeout()
        self.transport.abort()
