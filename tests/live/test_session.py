"""A subscription lasts as long as the session: judged anew at every look, closed with the token."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from starlette.types import Message
from structlog.typing import EventDict

from bff.app import create_app
from bff.domain.system import System
from bff.http.answer import Answer
from bff.http.live import Live
from bff.http.websocket import PROTOCOL, GraphQLSocket
from bff.settings import Settings
from sandbox.server import Sandbox
from tests.house import House, Served, environment, house
from tests.journeys.acting import acting
from tests.live.listening import ORDERS, advance, client, live_gauge, open_orders, subscribed, told_to
from tests.waiting import eventually

MEMBERSHIP_S = 31
"""After so long a person is read anew."""


class Directory(httpx.AsyncBaseTransport):
    """The directory, with its answers changed by a test."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self.change: tuple[str, str] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        text = (await answer.aread()).decode()
        await answer.aclose()
        if self.change is not None:
            was, now = self.change
            assert was in text
            text = text.replace(was, now)
        headers = {"content-type": answer.headers["content-type"]}
        return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(text.encode()))

    async def aclose(self) -> None:
        await self._inner.aclose()


@contextmanager
def watched(sandbox: Sandbox, directory: Directory) -> Iterator[House]:
    """Run a house that looks often and follows the sandbox's clock at once."""
    settings = Settings.read(environment(sandbox))
    transports: dict[System, httpx.AsyncBaseTransport] = {System.DIRECTORY: directory}
    app = create_app(settings, transport=transports.get, look_s=0.1)
    with Served(app) as served:
        opened = House(sandbox, served.url)
        yield opened
        opened.client.close()


def test_what_is_changed_over_a_socket_is_written_down_with_where_it_came_from(
    bff: House, told: list[EventDict]
) -> None:
    start = 'mutation { registrationStart(input: { mobileNumber: "x" }) { status } }'
    with client(bff, "user") as connection:
        connection.subscribe(start)
        assert connection.hear()["payload"]["data"] == {"registrationStart": {"status": "REJECTED"}}
    assert [event["address"] for event in told if event.get("audit")] == ["127.0.0.1"]


def test_a_token_that_ends_ends_the_connection_and_all_on_it(bff: House, sandbox: Sandbox) -> None:
    soon = int(sandbox.clock.now().timestamp()) + 3
    with client(bff, "legal", token=sandbox.token("legal", exp=soon)) as opened:
        subscribed(bff, opened, ORDERS)

        assert opened.closed() == (4403, "Forbidden")
    eventually(lambda: live_gauge(bff, "operations") == 0, "the subscription goes on")
    assert live_gauge(bff, "connections") == 0


def test_a_token_that_ends_ends_a_stream(bff: House, sandbox: Sandbox) -> None:
    soon = int(sandbox.clock.now().timestamp()) + 3
    token = sandbox.token("legal", exp=soon)
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    text = bff.client.post("/graphql", json={"query": ORDERS}, headers=headers).text
    assert '"UNAUTHENTICATED"' in text
    assert text.endswith("event: complete\ndata: \n\n")


def test_another_profile_ends_a_subscription_though_it_would_be_allowed_too(sandbox: Sandbox) -> None:
    directory = Directory()
    with watched(sandbox, directory) as opened, client(opened, "legal") as connection:
        subscribed(opened, connection, ORDERS)

        directory.change = ("LEGAL_REPRESENTATIVE", "ADMIN_FULL")
        sandbox.clock.advance(MEMBERSHIP_S)

        message = connection.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "PROFILE_CHANGED")
        assert connection.subscribe(ORDERS).hears_nothing(), "who subscribes again is served as they are now"


def test_who_is_deactivated_is_told_nothing_more_and_cut_off(sandbox: Sandbox) -> None:
    directory = Directory()
    with watched(sandbox, directory) as opened, client(opened, "legal") as connection:
        subscribed(opened, connection, ORDERS)

        directory.change = ('"active":true', '"active":false')
        sandbox.clock.advance(MEMBERSHIP_S)

        message = connection.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "ACCOUNT_DISABLED")
        assert connection.closed()[0] == 4403


def test_an_event_that_is_lost_is_made_good_by_looking(sandbox: Sandbox) -> None:
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    with house(sandbox, look_s=0.1) as opened, client(opened, "legal") as connection:
        told_to(opened)
        subscribed(opened, connection, ORDERS)
        advance(sandbox, f"/orders/{order.id}/advance", "lost")

        sandbox.clock.advance(180)

        assert connection.hear()["payload"] == {"data": {"orderUpdated": {"number": order.id}}}


def test_each_event_is_asked_for_by_a_request_of_its_own(bff: House, sandbox: Sandbox) -> None:
    """Trap 8: nothing that an event has read is left for the next one."""
    told_to(bff)
    order = next(each for each in open_orders(acting(sandbox.world, "legal"), "all") if each.state == "RECEIVED")
    with client(bff, "legal") as connection:
        subscribed(bff, connection, "subscription { orderUpdated { items { phases { reachedAt } } } }")
        reached = []
        for _ in range(2):
            advance(sandbox, f"/orders/{order.id}/advance")
            items = connection.hear()["payload"]["data"]["orderUpdated"]["items"]
            reached.append(sum(phase["reachedAt"] is not None for item in items for phase in item["phases"]))
    assert reached[1] == reached[0] + 1


def test_who_goes_leaves_no_operation_behind(bff: House) -> None:
    with client(bff, "legal") as opened:
        subscribed(bff, opened, ORDERS)
        assert (live_gauge(bff, "connections"), live_gauge(bff, "operations")) == (1, 1)
    eventually(lambda: live_gauge(bff, "operations") == 0, "the subscription goes on")
    eventually(lambda: live_gauge(bff, "connections") == 0, "the connection is still counted")


# --- who does not read, and who says nothing --------------------------------------------------------------------------


class _Endless:
    """Gives answers for ever to whoever it is."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.clock = SimpleNamespace(now=lambda: datetime.now(UTC))

    async def who(self, _headers: Any) -> Any:
        until = datetime.now(UTC) + timedelta(hours=1)
        return SimpleNamespace(person_key="USR-1", claims=SimpleNamespace(expires_at=until))

    async def answers(self, _asked: Any, _headers: Any) -> AsyncGenerator[Answer]:
        try:
            while True:
                yield Answer(data={})
                await asyncio.sleep(0)
        finally:
            self.ended.set()


SCOPE = {"type": "websocket", "headers": [], "subprotocols": [PROTOCOL], "path": "/graphql"}
BEGINNING: list[dict[str, Any]] = [
    {"type": "connection_init"},
    {"type": "subscribe", "id": "1", "payload": {"query": "subscription { x }"}},
]


def _receiver(messages: list[dict[str, Any]]) -> Any:
    said: list[Message] = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": json.dumps(each)} for each in messages),
    ]

    async def receive() -> Message:
        if not said:
            await asyncio.Event().wait()
        return said.pop(0)

    return receive


@pytest.mark.anyio
async def test_who_does_not_read_is_cut_off_and_what_runs_for_them_ends() -> None:
    live = _Endless()
    socket = GraphQLSocket(cast("Live", live), origins=(), message_max_bytes=1_000, connections_max=1, send_s=0.05)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if len(sent) == 5:
            await asyncio.Event().wait()  # the transport's buffer is full
        sent.append(message)

    async with asyncio.timeout(5):
        await socket(SCOPE, _receiver(BEGINNING), send)

    assert live.ended.is_set()
    assert len(sent) == 5, "nothing waits beyond what the transport takes"


@pytest.mark.anyio
async def test_who_does_not_say_who_they_are_is_closed() -> None:
    socket = GraphQLSocket(
        cast("Live", _Endless()), origins=(), message_max_bytes=1_000, connections_max=1, init_s=0.05
    )
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await socket(SCOPE, _receiver([]), send)

    assert sent[-1]["code"] == 4408
