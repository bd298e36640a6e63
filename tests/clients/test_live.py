"""That the clients of others hear what happens: gql of Python, graphql-ws and graphql-sse of JavaScript."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

from sandbox.server import Sandbox
from tests.clients import javascript
from tests.house import House
from tests.journeys.acting import acting
from tests.live.listening import ORDERS, advance, begun, live_gauge, open_orders, told_to
from tests.waiting import eventually


@pytest.fixture
def heard(bff: House, sandbox: Sandbox) -> Iterator[Callable[[Callable[[], object]], tuple[object, object]]]:
    """Give what lets an order advance while a client listens: what it heard, and what was due."""
    told_to(bff)
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    with ThreadPoolExecutor(1) as threads:

        def run(listen: Callable[[], object]) -> tuple[object, object]:
            with begun(bff):
                hearing = threads.submit(listen)
                begun.wait(bff, within_s=200)
            advance(sandbox, f"/orders/{order.id}/advance")
            return hearing.result(60), {"orderUpdated": {"number": order.id}}

        yield run
    eventually(lambda: live_gauge(bff, "operations") == 0, "the client's subscription goes on")


def test_gql_hears_an_order_change(
    bff: House, sandbox: Sandbox, heard: Callable[[Callable[[], object]], tuple[object, object]]
) -> None:
    token = sandbox.token("legal")

    async def first() -> object:
        url = bff.url.replace("http:", "ws:") + "/graphql"
        payload = {"Authorization": f"Bearer {token}"}
        protocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
        transport = WebsocketsTransport(url, init_payload=payload, subprotocols=protocols)
        async with Client(transport=transport) as session, aclosing(session.subscribe(gql(ORDERS))) as events:
            return await anext(events)

    def listen() -> object:
        return asyncio.run(first())

    given, due = heard(listen)
    assert given == due


@javascript.needed
@pytest.mark.parametrize("client", ["graphql-ws", "graphql-sse"])
def test_a_client_of_javascript_hears_an_order_change(
    bff: House, sandbox: Sandbox, heard: Callable[[Callable[[], object]], tuple[object, object]], client: str
) -> None:
    token = sandbox.token("legal")

    def listen() -> object:
        given = json.dumps({"client": client, "query": ORDERS})
        return json.loads(javascript.run("live.mjs", url=f"{bff.url}/graphql", token=token, given=given))

    given, due = heard(listen)
    assert given == {"data": due}
