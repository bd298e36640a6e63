"""Who calls, where proxies of our own stand before us: the last address in `X-Forwarded-For` that is none of theirs."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def behind(proxies: Sequence[str]) -> list[Middleware]:
    """Make what tells the layers below who calls; nothing when whoever connects is who calls.

    What others than the proxies write into the header counts for nothing: nobody escapes a limit by it.
    """
    return [Middleware(ProxyHeadersMiddleware, trusted_hosts=list(proxies))] if proxies else []
