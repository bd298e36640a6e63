"""HTTP/1.1 on the wire, with what uvicorn's fast parser leaves open: how large headers may be, and how slow."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedHeaders(HttpToolsProtocol):
    """Closes a connection whose request line and headers grow beyond 64 KiB or take longer than 10 seconds."""

    headers_max_bytes: ClassVar[int] = 64 * 1024
    headers_s: ClassVar[float] = 10.0

    _unread_bytes = 0
    _patience: asyncio.TimerHandle | None = None

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
        if self._patience is not None and self._unread_bytes > self.headers_max_bytes:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin to wait for the headers of a request."""
        super().on_message_begin()
        self._unread_bytes = 0
        self._wait()

    def on_headers_complete(self) -> None:
        """Stop waiting: the body has a deadline of its own."""
        self._stop_waiting()
        super().on_headers_complete()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.headers_s, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
