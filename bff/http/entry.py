"""What wraps every request: its id, trace and client in `REQUEST`, its seconds in the metrics."""

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bff.observability import HTTP_SECONDS, REQUEST, new_request

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})


class Entry:
    """ASGI middleware that describes each HTTP request to the layers below."""

    def __init__(self, app: ASGIApp, *, deadline_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._deadline_s = deadline_s
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        REQUEST.set(new_request(Request(scope).headers, self._deadline_s, monotonic=self._monotonic))
        started = self._monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            HTTP_SECONDS.labels(method).observe(self._monotonic() - started)
