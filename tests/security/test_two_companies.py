"""A person with a line of their own in two companies: what they placed for the one is not shown under the other."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company, Membership, Order, World
from tests.house import House, house
from tests.journeys import shown
from tests.journeys.acting import Acting, acting, mobile_lines, orders
from tests.journeys.ident import id_of

OWN = """query ($other: ID!) {
  customer { orders(first: 100) { totalCount nodes { number kind state placedAt } } lines { nodes { number } } }
  viewer { line { number orders(first: 100) { nodes { number } } } }
  order(id: $other) { number }
}"""


@pytest.fixture(scope="module")
def two_jobs() -> Iterator[Sandbox]:
    """Run stand-ins where the end user has a second job, and placed an order there for a colleague's line."""
    sandbox = Sandbox()
    sandbox.stage = replace(sandbox.stage, world=_with_a_second_job(sandbox.world))
    with sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def bff_of_two_jobs(two_jobs: Sandbox) -> Iterator[House]:
    with house(two_jobs) as opened:
        yield opened


def _with_a_second_job(world: World) -> World:
    who = acting(world, "user")
    second = world.companies[-1]
    job = Membership(
        id="MEM-000004-2",
        company_tax_code=second.tax_code,
        profile="END_USER",
        registration_state="REGISTERED",
        active=True,
        line_id=second.mobile_lines[1].product_id,
        origin="CREATED",
    )
    user = replace(who.user, memberships=(*who.user.memberships, job))
    ordered = _with_an_order(second, job, user.id)
    companies = (*world.companies[:-1], ordered)
    return replace(
        world,
        companies=companies,
        users=tuple(user if each.id == user.id else each for each in world.users),
        by_tax_code={company.tax_code: company for company in companies},
    )


def _with_an_order(company: Company, job: Membership, user_id: str) -> Company:
    """Let the person have placed a recent order that concerns another line than their own."""

    def concerns_others(order: Order) -> bool:
        return order.network == "mobile" and job.line_id not in {item.line_id for item in order.items}

    chosen = next(order for order in company.orders if concerns_others(order))
    placed = replace(chosen, requested_by=user_id)
    return replace(company, orders=tuple(placed if each.id == placed.id else each for each in company.orders))


def _jobs(world: World) -> tuple[Acting, Acting]:
    return acting(world, "user", membership=0), acting(world, "user", membership=1)


@pytest.mark.parametrize("job", [0, 1])
def test_each_company_shows_what_the_person_placed_for_it_and_what_concerns_their_line_there(
    bff_of_two_jobs: House, two_jobs: Sandbox, job: int
) -> None:
    who, other = _jobs(two_jobs.world)[job], _jobs(two_jobs.world)[1 - job]
    own = orders(who, "own")
    line = mobile_lines(who, "own")[0]
    placed_elsewhere = next(order for order in orders(other, "own") if order.requested_by == who.user.id)

    answer = bff_of_two_jobs.ask(
        "user",
        OWN,
        {"other": id_of(placed_elsewhere, other.company)},
        headers={"x-membership": who.membership.id},
    )

    on_line = [order for order in own if line.product_id in {item.line_id for item in order.items}]
    assert answer.errors == []
    assert answer.data == {
        "customer": {
            "orders": shown.rows(map(shown.order, own)),
            "lines": {"nodes": [{"number": line.msisdn}]},
        },
        "viewer": {"line": {"number": line.msisdn, "orders": {"nodes": [{"number": each.id} for each in on_line]}}},
        "order": None,
    }


@pytest.mark.parametrize("job", [0, 1])
def test_an_order_placed_for_the_other_company_is_unknown_even_with_an_id_of_this_one(
    bff_of_two_jobs: House, two_jobs: Sandbox, job: int
) -> None:
    who, other = _jobs(two_jobs.world)[job], _jobs(two_jobs.world)[1 - job]
    placed_elsewhere = next(order for order in orders(other, "own") if order.requested_by == who.user.id)

    answer = bff_of_two_jobs.ask(
        "user",
        "query ($id: ID!) { order(id: $id) { number } }",
        {"id": id_of(placed_elsewhere, who.company)},
        headers={"x-membership": who.membership.id},
    )

    assert (answer.data, answer.errors) == ({"order": None}, [])
