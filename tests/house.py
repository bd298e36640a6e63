"""The whole house for tests: the sandbox and the BFF, both on real sockets, and a client that counts backend calls."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple, Self

import httpx
import uvicorn
from starlette.types import ASGIApp

from bff.acts import PERIOD_S as SETTLE_S
from bff.app import create_app
from bff.clock import Clock
from bff.http.live import LOOK_S
from bff.http.negotiation import GRAPHQL_JSON
from bff.http.protocol import BoundedHeaders, BoundedSocket
from bff.settings import Settings
from bff.state.switches import PERIOD_S
from sandbox import credentials
from sandbox.server import Sandbox

HOST = "127.0.0.1"
_REQUESTS = count(1)


class Chosen:
    """What the command line has chosen for all houses."""

    executor = "compiled"


chosen = Chosen()


class Answer(NamedTuple):
    """What a client got, and what it cost: calls by system and operation, the identity provider's left out."""

    status: int
    data: Any
    errors: list[dict[str, Any]]
    calls: Counter[str]
    response: httpx.Response

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Code and path of each error, the path in dots."""
        return [(error["extensions"]["code"], ".".join(map(str, error.get("path", [])))) for error in self.errors]


class House:
    """A running BFF above a running sandbox."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30)

    def ask(
        self,
        persona: str | None,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        operation: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one operation as a persona; None sends no token."""
        request_id = f"test-{next(_REQUESTS):08d}"
        sent = {"x-request-id": request_id, "accept": GRAPHQL_JSON, **(headers or {})}
        if persona is not None:
            sent.setdefault("authorization", f"Bearer {self.sandbox.token(persona)}")
        body = {"query": query, "variables": variables or {}, "operationName": operation}
        response = self.client.post("/graphql", json=body, headers=sent)
        answer = response.json()
        return Answer(
            response.status_code, answer.get("data"), answer.get("errors", []), self.calls(request_id), response
        )

    def calls(self, request_id: str) -> Counter[str]:
        """Count the backend calls that a request made, as "system operation"."""
        return Counter(
            f"{entry.system} {entry.operation}"
            for entry in self.sandbox.ledger.entries(request_id=request_id)
            if entry.system != "identity"
        )


def environment(sandbox: Sandbox, **overrides: str) -> dict[str, str]:
    """Give the settings of a BFF above a sandbox; overrides by name without `BFF_`, in lower case."""
    given = {
        "BFF_MOBILE_URL": sandbox.urls.mobile,
        "BFF_MOBILE_KEY": credentials.MOBILE_KEY,
        "BFF_FIXED_URL": sandbox.urls.fixed,
        "BFF_FIXED_USERNAME": credentials.FIXED_USERNAME,
        "BFF_FIXED_PASSWORD": credentials.FIXED_PASSWORD,
        "BFF_DIRECTORY_URL": sandbox.urls.directory,
        "BFF_DIRECTORY_KEY": credentials.DIRECTORY_KEY,
        "BFF_OIDC_ISSUER": sandbox.urls.identity,
        "BFF_IDENTITY_KEY": credentials.IDENTITY_KEY,
        "BFF_MAIL_URL": sandbox.urls.mail,
        "BFF_EU_CONTROL_URL": f"{sandbox.urls.external}/eu-control",
        "BFF_TUCONTI_URL": f"{sandbox.urls.external}/tuconti",
        "BFF_EVOLUZIONE_UFFICIO_URL": f"{sandbox.urls.external}/evoluzione-ufficio",
        "BFF_EBILL_URL": f"{sandbox.urls.external}/ebill",
        "BFF_EBPFA_URL": f"{sandbox.urls.external}/ebpfa",
        "BFF_CHAT_URL": f"{sandbox.urls.external}/chat",
        "BFF_CLOCK_FILE": str(sandbox.clock_file),
    }
    given["BFF_EVENT_KEYS"] = credentials.EVENT_KEY
    given["BFF_MEDIA_HOSTS"] = "media.business.example"
    given["BFF_PAYMENT_URL"] = sandbox.urls.payment
    given["BFF_PAYMENT_KEY"] = credentials.PAYMENT_KEY
    given["BFF_PAYMENT_EVENT_KEYS"] = credentials.PAYMENT_EVENT_KEY
    given["BFF_EXECUTOR"] = chosen.executor
    given["BFF_REDIS_TIMEOUT_S"] = "5"  # both ends share this process, which is busy: what is short is a test's own
    given["BFF_LIMIT_POINTS_PER_MINUTE"] = "1000000000"  # tests ask for more in a minute than any person
    given["BFF_FIXED_ASSISTANCE_URL"] = "https://old.example/fixed/help"
    given["BFF_MOBILE_ASSISTANCE_URL"] = "https://old.example/mobile/help"
    if "backend_timeout_s" not in overrides:
        given["BFF_CONNECT_TIMEOUT_S"] = "1.5"
    return given | {f"BFF_{name.upper()}": value for name, value in overrides.items()}


@contextmanager
def house(
    sandbox: Sandbox,
    *,
    clock: Clock | None = None,
    switch_period_s: float = PERIOD_S,
    look_s: float = LOOK_S,
    settle_period_s: float = SETTLE_S,
    **overrides: str,
) -> Iterator[House]:
    """Run a BFF with caches of its own above a sandbox.

    Without a clock it goes by the sandbox's, and follows a moved time at once.
    """
    settings = Settings.read(environment(sandbox, **overrides))
    app = create_app(
        settings,
        clock=clock or sandbox.clock,
        switch_period_s=switch_period_s,
        look_s=look_s,
        settle_period_s=settle_period_s,
    )
    with Served(app) as served:
        opened = House(sandbox, served.url)
        try:
            yield opened
        finally:
            opened.client.close()


class Served:
    """An ASGI application on a free port, in a thread."""

    def __init__(self, app: ASGIApp, *, protocol: type[BoundedHeaders] = BoundedHeaders) -> None:
        self._listener = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=protocol,
                ws=BoundedSocket,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), name="bff")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
