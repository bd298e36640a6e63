"""A merge whose note names the invoices of another company: nothing of them comes out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import ServiceRequest, World
from tests.house import House, house
from tests.journeys.acting import acting, requests
from tests.journeys.ident import merge_id

CREATE = "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) { userErrors { code } link { url } } }"


@pytest.fixture(scope="module")
def misnamed() -> Iterator[Sandbox]:
    """Run stand-ins where the note of a company's own merge names that of another company."""
    sandbox = Sandbox()
    sandbox.stage = replace(sandbox.stage, world=_misnamed(sandbox.world))
    with sandbox:
        yield sandbox


def _misnamed(world: World) -> World:
    who = acting(world, "legal")
    own = _merge(requests(who, "all"))
    foreign = _merge(each for company in world.companies if company is not who.company for each in company.requests)
    changed = replace(own, information=foreign.information)
    company = replace(who.company, requests=tuple(changed if each is own else each for each in who.company.requests))
    companies = tuple(company if each is who.company else each for each in world.companies)
    return replace(world, companies=companies, by_tax_code={each.tax_code: each for each in companies})


def _merge(rows: Iterable[ServiceRequest]) -> ServiceRequest:
    return next(each for each in rows if each.merged and each.state == "DONE")


def test_no_link_is_made_to_the_merged_invoices_of_another_company(misnamed: Sandbox) -> None:
    who = acting(misnamed.world, "legal")

    with house(misnamed) as bff:
        created = _created(bff, merge_id(_merge(requests(who, "all")), who.company))

    assert created == {"userErrors": [{"code": "NOT_FOUND"}], "link": None}


def _created(bff: House, document: str) -> object:
    answer = bff.ask("legal", CREATE, {"id": document})
    assert answer.errors == []
    return answer.data["documentLinkCreate"]
