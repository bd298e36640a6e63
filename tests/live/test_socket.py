"""Orders told as they change, over a WebSocket."""

from sandbox.server import Sandbox
from tests.house import House
from tests.journeys.acting import acting
from tests.journeys.ident import id_of
from tests.live.listening import advance, client, open_orders, subscribed, told_to
from tests.waiting import eventually

ORDERS = "subscription { orderUpdated { number state items { name state phases { reachedAt } } } }"


def test_an_order_that_changes_is_told_once_as_it_is_then(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    order = open_orders(acting(sandbox.world, "legal"), "all")[0]
    with client(bff, "legal") as opened:
        subscribed(bff, opened, ORDERS)

        assert advance(sandbox, f"/orders/{order.id}/advance") == [204, 204]

        message = opened.hear()
        now = sandbox.changes.order(order)
        assert (message["id"], message["type"]) == ("1", "next")
        assert message["payload"]["data"]["orderUpdated"]["number"] == order.id
        assert message["payload"]["data"]["orderUpdated"]["state"] == now.state
        assert "errors" not in message["payload"]
        assert opened.hears_nothing()


def test_another_order_is_not_told_to_who_asks_for_one(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    who = acting(sandbox.world, "legal")
    wanted, other = open_orders(who, "all")[:2]
    with client(bff, "legal") as opened:
        query = "subscription ($id: ID) { orderUpdated(orderId: $id) { number } }"
        subscribed(bff, opened, query, {"id": id_of(wanted, who.company)})

        advance(sandbox, f"/orders/{other.id}/advance")
        assert opened.hears_nothing()

        advance(sandbox, f"/orders/{wanted.id}/advance")
        assert opened.hear()["payload"] == {"data": {"orderUpdated": {"number": wanted.id}}}


def test_a_delivery_that_goes_on_is_told_though_the_order_stays(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    who = acting(sandbox.world, "legal")
    order = next(
        each
        for each in open_orders(who, "all")
        if any(item.delivery and item.delivery.reached[-1][0] != "DELIVERED" for item in each.items)
    )
    with client(bff, "legal") as opened:
        subscribed(bff, opened, "subscription { orderUpdated { number items { shipment { steps { reachedAt } } } } }")

        advance(sandbox, f"/orders/{order.id}/deliver")

        told = opened.hear()["payload"]["data"]["orderUpdated"]
        steps = [step["reachedAt"] for item in told["items"] if item["shipment"] for step in item["shipment"]["steps"]]
        now = [
            moment for item in sandbox.changes.order(order).items if item.delivery for moment in item.delivery.reached
        ]
        assert len([step for step in steps if step]) == len(now)


def test_an_id_of_another_company_is_told_of_nothing(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    who = acting(sandbox.world, "legal")
    order = open_orders(who, "all")[0]
    foreign = next(each for each in sandbox.world.companies if each is not who.company and each.mobile_lines)
    with client(bff, "legal") as opened:
        query = "subscription ($id: ID) { orderUpdated(orderId: $id) { number } }"
        subscribed(bff, opened, query, {"id": id_of(order, foreign)})

        advance(sandbox, f"/orders/{order.id}/advance")

        assert opened.hears_nothing()


def test_what_another_page_asks_is_read_anew_after_an_event(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    who = acting(sandbox.world, "legal")
    order = next(each for each in open_orders(who, "all") if each.state == "RECEIVED")
    query = "query ($id: ID!) { order(id: $id) { state } }"
    variables = {"id": id_of(order, who.company)}
    assert bff.ask("legal", query, variables).data == {"order": {"state": "RECEIVED"}}

    advance(sandbox, f"/orders/{order.id}/advance")

    def is_new() -> bool:
        return bool(bff.ask("legal", query, variables).data == {"order": {"state": "IN_PROGRESS"}})

    eventually(is_new, "the old copy is still shown", within_s=5)
