"""What wraps every request: its id, trace and client in `REQUEST`, its seconds in the metrics, the short way in."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.types import ASGIApp, Receive, Scope, Send

from bff.http.request import headers_of
from bff.observability import HTTP_SECONDS, REQUEST, new_request

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})


class Entry:
    """ASGI middleware that describes each HTTP request to the layers below.

    Args:
        app: what is below.
        deadline_s: what a request has, from now.
        monotonic: the clock of deadlines.
        straight: by path, what is served past other middleware and the routes, which have nothing to do for a request
            without an `Origin`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        deadline_s: float,
        monotonic: Callable[[], float] = time.monotonic,
        straight: Mapping[str, ASGIApp] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._straight = straight
        self._deadline_s = deadline_s
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        address = None if (client := scope.get("client")) is None else client[0]
        REQUEST.set(new_request(headers, self._deadline_s, address=address, monotonic=self._monotonic))
        below = self._app if "origin" in headers else self._straight.get(scope["path"], self._app)
        started = self._monotonic()
        try:
            await below(scope, receive, send)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            HTTP_SECONDS.labels(method).observe(self._monotonic() - started)
