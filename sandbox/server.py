"""All stand-ins as one server: seven apps and a mail server, each on a port.

They run in a thread for tests, in the foreground for people.

with Sandbox(now=NOW, latency=False) as sandbox:
    httpx.get(sandbox.urls.mobile + "/tmf-api/party/v4/organization", ...)
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox._deeds import Deeds
from sandbox._faults import Faults, Rule
from sandbox._ledger import Ledger
from sandbox.admin.app import create_app as create_admin
from sandbox.clock import DEFAULT_NOW, Clock
from sandbox.directory.app import create_app as create_directory
from sandbox.external.app import create_app as create_external
from sandbox.fixed.app import create_app as create_fixed
from sandbox.identity.app import create_app as create_identity
from sandbox.mail.mailbox import Mailbox
from sandbox.mail.server import MailServer
from sandbox.mobile.app import create_app as create_mobile
from sandbox.payment.app import create_app as create_payment
from sandbox.payment.session import Sessions
from sandbox.stage import Latency, Listener, PaidListener, Sandboxed, Trusted, Urls
from sandbox.world.build import build_world
from sandbox.world.change import Changes
from sandbox.world.model import World

HOST = "127.0.0.1"
SYSTEMS = ("mobile", "fixed", "directory", "identity", "admin", "external", "mail", "payment")
"""The stand-ins in the order of their ports, the base port first; mail is the one that does not speak HTTP."""

_STOP_S = 1


class PortTaken(Exception):
    """A port that the sandbox needs is in use; the text names it."""


class _Protocol(HttpToolsProtocol):
    """HTTP that lets a fault reset the connection: `scope["state"]["transport"]` is the request's transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does it only for sockets that name their protocol; without it every answer waits 40 ms for an ACK.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A server that ends at once: it drops its connections, also those that a fault keeps waiting."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await super().shutdown(sockets)


class Sandbox:
    """The stand-ins, running within `with`.

    `base_port` 0 takes any free ports, else mobile gets it and the others the next ones.
    `clock_file` (None: a temporary one) is where the shift of time is written for the BFF to read.
    """

    def __init__(
        self,
        *,
        now: datetime = DEFAULT_NOW,
        seed: int = 1,
        latency: bool = False,
        faults: Iterable[Rule] = (),
        base_port: int = 0,
        clock_file: Path | None = None,
    ) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="sandbox-")
        self.clock_file = clock_file or Path(self._scratch.name, "clock")
        self.stage = Sandboxed(
            world=build_world(now, seed),
            clock=Clock(now=now, file=self.clock_file),
            faults=Faults(faults),
            latency=Latency(on=latency, seed=seed),
        )
        self._base_port = base_port
        self._identity: Starlette | None = None
        self._servers: list[_Server | MailServer] = []
        self._thread: threading.Thread | None = None

    @property
    def world(self) -> World:
        """What there is."""
        return self.stage.world

    @property
    def clock(self) -> Clock:
        """The time, to be read and moved."""
        return self.stage.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.stage.faults

    @property
    def ledger(self) -> Ledger:
        """What was called."""
        return self.stage.ledger

    @property
    def deeds(self) -> Deeds:
        """What was done."""
        return self.stage.deeds

    @property
    def urls(self) -> Urls:
        """Where the stand-ins listen."""
        return self.stage.urls

    @property
    def trusted(self) -> Trusted:
        """Whose links the external sites believe."""
        return self.stage.trusted

    @property
    def sessions(self) -> Sessions:
        """What is to be paid, and was."""
        return self.stage.sessions

    @property
    def payments(self) -> PaidListener:
        """Who is told of payments."""
        return self.stage.payments

    @property
    def listener(self) -> Listener:
        """Who is told of changes."""
        return self.stage.listener

    @property
    def changes(self) -> Changes:
        """What has changed since the world was built."""
        return self.stage.changes

    @property
    def mailbox(self) -> Mailbox:
        """What went out to people."""
        return self.stage.mailbox

    @property
    def is_running(self) -> bool:
        """Tell whether the stand-ins still listen."""
        return self._thread is not None and self._thread.is_alive()

    def token(self, persona: str, **claims: object) -> str:
        """Mint a fresh access token for a persona, within `with` only: its issuer is an address.

        `claims` replace those of the token.
        """
        if self._identity is None:
            raise RuntimeError("the sandbox is not running")
        token: str = self._identity.state.provider.mint(persona, **claims)
        return token

    def __enter__(self) -> Self:
        """Listen. Raises PortTaken."""
        try:
            listeners = _listen(self._base_port)
        except PortTaken:
            self._scratch.cleanup()
            raise
        for system, listener in zip(SYSTEMS, listeners, strict=True):
            scheme = "smtp" if system == "mail" else "http"
            setattr(self.urls, system, f"{scheme}://{HOST}:{listener.getsockname()[1]}")
        self._servers = [
            *(_Server(_config(app)) for app in self._apps()),
            MailServer(self.stage),
            _Server(_config(create_payment(self.stage))),
        ]
        # The sockets listen already: a call that comes before uvicorn is ready waits in their backlog.
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(listeners),), name="sandbox", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join()
        self._scratch.cleanup()

    def _apps(self) -> tuple[Starlette, ...]:
        """Make the apps in the order of SYSTEMS; `urls` is filled, the identity app keeps its provider in its state."""
        self._identity = create_identity(self.stage)
        return (
            create_mobile(self.stage),
            create_fixed(self.stage),
            create_directory(self.stage),
            self._identity,
            create_admin(self.stage, self.token),
            create_external(self.stage),
        )

    async def _serve(self, listeners: list[socket.socket]) -> None:
        await asyncio.gather(
            *(server.serve(sockets=[listener]) for server, listener in zip(self._servers, listeners, strict=True))
        )


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_level="error",
        timeout_graceful_shutdown=_STOP_S,
        date_header=False,  # a system tells its own time, if any: the sandbox's may be shifted
    )


def _listen(base_port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    for offset in range(len(SYSTEMS)):
        port = base_port + offset if base_port else 0
        try:
            listeners.append(socket.create_server((HOST, port), backlog=512))
        except OSError as error:
            for listener in listeners:
                listener.close()
            raise PortTaken(f"port {port} is in use: choose another base port") from error
    return listeners
