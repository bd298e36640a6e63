"""The cells of the subscriptions: all rows, own rows, or a refusal that reads nothing."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from sandbox.server import Sandbox
from tests.house import House
from tests.journeys import paying
from tests.journeys.acting import PERSONAS, Acting, acting, matrix
from tests.live.listening import advance, client, open_orders, open_requests, subscribed, told_to


class Case(NamedTuple):
    """How a subscription is used: `things` gives ids within a reach, `path` is where one of them is advanced."""

    query: str
    field: str
    shown: str
    path: str
    things: Callable[[Acting, str], list[str]]


CASES = {
    "orders.live": Case(
        "subscription { orderUpdated { number } }",
        "orderUpdated",
        "number",
        "/orders/{}/advance",
        lambda who, reach: [each.id for each in open_orders(who, reach)],
    ),
    "requests.live": Case(
        "subscription { requestUpdated { reference } }",
        "requestUpdated",
        "reference",
        "/requests/{}/advance",
        lambda who, reach: [each.id for each in open_requests(who, reach)],
    ),
}
ALLOWED = [(function, persona) for function in CASES for persona in PERSONAS if persona != "ceased"]


def _cell(sandbox: Sandbox, function: str, persona: str) -> tuple[Acting, str]:
    who = acting(sandbox.world, persona)
    return who, matrix()[function][who.profile]


@pytest.mark.parametrize(("function", "persona"), ALLOWED)
def test_a_cell_is_told_of_its_rows_and_of_no_others(bff: House, sandbox: Sandbox, function: str, persona: str) -> None:
    who, reach = _cell(sandbox, function, persona)
    case = CASES[function]
    within = case.things(who, reach)
    beyond = [each for each in case.things(who, "all") if each not in within]
    assert bool(beyond) == (reach == "own"), "the world has rows of others"
    told_to(bff)
    with client(bff, persona) as opened:
        subscribed(bff, opened, case.query)
        for thing in (*beyond[:1], *within[:1]):
            assert advance(sandbox, case.path.format(thing)) in ([204], [204, 204])

        if within:
            data = opened.hear()["payload"]["data"]
            assert data == {case.field: {case.shown: within[0]}}
        assert opened.hears_nothing()


@pytest.mark.parametrize("function", CASES)
def test_a_cell_that_is_refused_reads_nothing(bff: House, sandbox: Sandbox, function: str) -> None:
    assert _cell(sandbox, function, "ceased")[1] == "no"
    with client(bff, "ceased") as opened:
        sandbox.ledger.clear()

        message = opened.subscribe(CASES[function].query).hear()

        assert message["type"] == "error"
        [error] = message["payload"]
        assert (error["path"], error["extensions"]["code"]) == ([CASES[function].field], "FORBIDDEN")
        assert error["extensions"]["function"] == function
        assert {entry.system for entry in sandbox.ledger} <= {"directory", "identity"}


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_payment_is_told_to_whom_the_matrix_names(bff: House, sandbox: Sandbox, persona: str) -> None:
    who, reach = _cell(sandbox, "payments.live", persona)
    payer = persona if persona == "ceased" else "legal"
    [(asked, due)] = paying.invoices(acting(sandbox.world, payer), "all")
    with client(bff, persona) as opened:
        subscribed(bff, opened, "subscription { paymentUpdated { __typename state } }")

        assert bff.ask(payer, paying.PAY, asked).data == due

        if reach == "all":
            told = {"__typename": "InvoicePayment", "state": "CHECKOUT"}
            assert opened.hear()["payload"] == {"data": {"paymentUpdated": told}}
        assert opened.hears_nothing(), f"{who.profile} has {reach}"


def test_every_subscription_of_the_matrix_has_its_case() -> None:
    live = {function for function, row in matrix().items() if row["kind"] == "subscription"}
    assert {*CASES, "payments.live"} == live
