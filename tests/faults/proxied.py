"""A house with a proxy before each system, and a clock of its own for pauses, so that no test waits for one."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from bff.app import create_app
from bff.clock import Clock
from bff.settings import Settings
from sandbox.server import Sandbox
from tests.house import House, Served, environment
from tests.proxy import Proxy

SYSTEMS: Final = ("mobile", "fixed", "directory", "identity")


class Passing:
    """Seconds that pass as they do, and all at once when asked to."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def __call__(self) -> float:
        """Give the time, as `time.monotonic` does."""
        return time.monotonic() + self._ahead_s

    def pass_by(self, seconds: float) -> None:
        """Let this much time have passed."""
        self._ahead_s += seconds


class Wired(NamedTuple):
    """A house, the proxies before its systems by their names, its time, and how many tasks it has."""

    house: House
    proxies: Mapping[str, Proxy]
    time: Passing
    tasks: Callable[[], int]

    def heal(self) -> None:
        """Let all wires be good again, and all pauses be over that a failure begins."""
        for proxy in self.proxies.values():
            proxy.clear()
        self.time.pass_by(PAUSES_S)


PAUSES_S = 35.0
"""Longer than any pause after a failure: 30 s between two reads of the signing keys, 5 s of an open breaker."""


@contextmanager
def wired(sandbox: Sandbox, *, clock: Clock | None = None, **overrides: str) -> Iterator[Wired]:
    """Run a BFF with caches of its own, which reaches the systems through proxies."""
    passing = Passing()
    with ExitStack() as stack:
        behind = {name: stack.enter_context(Proxy(getattr(sandbox.urls, name))) for name in SYSTEMS}
        stack.enter_context(_known_as(sandbox, behind["identity"].url))
        urls = {f"{name}_url": behind[name].url for name in ("mobile", "fixed", "directory")}
        app = create_app(Settings.read(environment(sandbox, **urls, **overrides)), clock=clock, monotonic=passing)
        watched = _Watched(app)
        served = stack.enter_context(Served(watched))
        house = House(sandbox, served.url)
        stack.callback(house.client.close)
        yield Wired(house, behind, passing, watched.tasks)


class _Watched:
    """An application whose tasks can be counted from outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        await self._app(scope, receive, send)

    def tasks(self) -> int:
        return 0 if self._loop is None else len(asyncio.all_tasks(self._loop))


@contextmanager
def _known_as(sandbox: Sandbox, url: str) -> Iterator[None]:
    """Let the identity provider call itself by the proxy's address: its tokens and its discovery name it."""
    own = sandbox.urls.identity
    sandbox.urls.identity = url
    try:
        yield
    finally:
        sandbox.urls.identity = own
