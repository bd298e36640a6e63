"""A client of `graphql-transport-ws` that says what the test says, and a network where things happen."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bff.http.hook import PATH
from sandbox.server import Sandbox
from sandbox.world.model import Order, ServiceRequest
from tests.house import House
from tests.journeys.acting import Acting, orders, requests
from tests.waiting import WITHIN_S, eventually

ORDERS = "subscription { orderUpdated { number } }"
QUIET_S = 0.5
"""How long nothing may come before we believe that nothing does."""


class Client:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def say(self, **message: Any) -> Self:
        """Send a message."""
        self.connection.send(json.dumps(message))
        return self

    def hear(self, within_s: float = WITHIN_S) -> dict[str, Any]:
        """Wait for a message."""
        message: dict[str, Any] = json.loads(self.connection.recv(timeout=within_s))
        return message

    def subscribe(self, query: str, variables: dict[str, Any] | None = None, name: str = "1") -> Self:
        """Begin an operation."""
        return self.say(id=name, type="subscribe", payload={"query": query, "variables": variables or {}})

    def hears_nothing(self) -> bool:
        """Tell whether nothing comes."""
        try:
            self.connection.recv(timeout=QUIET_S)
        except TimeoutError:
            return True
        return False

    def closed(self, within_s: float = WITHIN_S) -> tuple[int | None, str | None]:
        """Wait until the server closes; give its code and reason."""
        for _ in self._until_closed(within_s):
            pass
        return self.connection.close_code, self.connection.close_reason

    def _until_closed(self, within_s: float) -> Iterator[Any]:
        while True:
            try:
                yield self.connection.recv(timeout=within_s)
            except ConnectionClosed:
                return


@contextmanager
def connected(house: House, *, protocol: str = "graphql-transport-ws", **headers: str) -> Iterator[Client]:
    """Open a connection that has said nothing yet."""
    url = house.url.replace("http://", "ws://") + "/graphql"
    with connect(url, subprotocols=[Subprotocol(protocol)], additional_headers=headers) as connection:
        yield Client(connection)


@contextmanager
def client(house: House, persona: str, *, token: str | None = None, **payload: str) -> Iterator[Client]:
    """Open a connection for a persona."""
    with connected(house) as opened:
        bearer = token or house.sandbox.token(persona)
        opened.say(type="connection_init", payload={"Authorization": f"Bearer {bearer}", **payload})
        assert opened.hear() == {"type": "connection_ack"}
        yield opened


def told_to(house: House) -> None:
    """Let the networks tell a house of what happens."""
    house.sandbox.listener.url = house.url + PATH


def advance(sandbox: Sandbox, path: str, fault: str | None = None) -> list[int]:
    """Let something happen; give what the events were answered."""
    done = httpx.post(f"{sandbox.urls.admin}{path}", json={"fault": fault}, timeout=30)
    assert done.status_code == httpx.codes.OK, done.text
    sent: list[int] = done.json()["sent"]
    return sent


def open_orders(who: Acting, reach: str) -> list[Order]:
    """Give the mobile orders within reach that are not at their end."""
    return [
        each
        for each in orders(who, reach)
        if each.network == "mobile" and each.state in {"RECEIVED", "IN_PROGRESS", "SUSPENDED"}
    ]


def open_requests(who: Acting, reach: str) -> list[ServiceRequest]:
    """Give the mobile requests within reach that are not at their end."""
    return [
        each for each in requests(who, reach) if each.network == "mobile" and each.state in {"RECEIVED", "IN_PROGRESS"}
    ]


class _Begun:
    """Tells when a subscription has looked for the first time, so that what comes then is a change."""

    _before = 0

    def __call__(self, house: House) -> AbstractContextManager[None]:
        """Begin to count."""
        self._before = _metric(house, "bff_live_looks_total")
        return nullcontext()

    def wait(self, house: House, *, within_s: float = WITHIN_S) -> None:
        """Wait until one more has looked than when it was counted."""
        looked = self._before
        eventually(
            lambda: _metric(house, "bff_live_looks_total") > looked,
            "the subscription does not begin",
            within_s=within_s,
        )


begun = _Begun()


def subscribed(house: House, opened: Client, query: str, variables: dict[str, Any] | None = None) -> None:
    """Begin a subscription and wait until it has looked for the first time."""
    with begun(house):
        opened.subscribe(query, variables)
        begun.wait(house)


def live_gauge(house: House, what: str) -> int:
    """Count the connections or operations that go on."""
    return _metric(house, f'bff_live{{what="{what}"}}')


def _metric(house: House, start: str) -> int:
    lines = house.client.get("/metrics").text.splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(start))
