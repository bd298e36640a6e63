"""The index of a company with more contracts than fit one call: each SIM is read once, and no attempt is in vain."""

import dataclasses
from collections.abc import Iterator

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.clock import DEFAULT_NOW
from sandbox.server import Sandbox
from sandbox.world.company import BIG, PLANS, Maker
from sandbox.world.model import Company
from tests.house import Answer, house
from tests.plan.cost import CONTRACTS, PERSON, Cost, added, company_of, mobile_pages, of_request

SEED = 1
CONTRACT_LINES = 50
ALL_CONTRACTS = 60
LINES = CONTRACT_LINES * ALL_CONTRACTS
FIRST_PAGE = "{ customer { mobileLines(first: 20) { totalCount nodes { number } } } }"
CONTRACT_COUNT = "{ customer { contracts(first: 1) { totalCount } } }"
ATTEMPTS_MAX = 20


class Grown(Sandbox):
    """The stand-ins with a largest company of 60 contracts of 50 lines, and nothing else."""

    def __init__(self) -> None:
        super().__init__(now=DEFAULT_NOW, seed=SEED, latency=False)
        serial, plan = next((serial, plan) for serial, plan in enumerate(PLANS, start=1) if plan.key == BIG)
        mobile = (CONTRACT_LINES,) * ALL_CONTRACTS
        plan = dataclasses.replace(plan, mobile=mobile, fixed=(), ceased_days=(), months=1, orders=(0, 0))
        grown = Maker(plan, serial, SEED, self.world.now).company(self.world.users)
        by_tax_code = {**self.world.by_tax_code, grown.tax_code: grown}
        companies = tuple(by_tax_code[company.tax_code] for company in self.world.companies)
        world = dataclasses.replace(self.world, companies=companies, by_tax_code=by_tax_code)
        self.stage = dataclasses.replace(self.stage, world=world)


@pytest.fixture(scope="module")
def grown_of_module() -> Iterator[Sandbox]:
    with Grown() as running:
        yield running


@pytest.fixture
def grown(grown_of_module: Sandbox) -> Iterator[Sandbox]:
    """Give the stand-ins without faults and with an empty ledger."""
    grown_of_module.ledger.clear()
    yield grown_of_module
    grown_of_module.faults.clear()


def index_of(company: Company) -> Cost:
    """Cost of the index: pages for each 50 contracts, and once the pages of all SIMs."""
    full, rest = 50, ALL_CONTRACTS - 50
    held = sum(line.sim is not None for line in company.mobile_lines)
    return {
        "mobile GET /product": [
            *[full] * mobile_pages(full * CONTRACT_LINES),
            *[rest] * mobile_pages(rest * CONTRACT_LINES),
        ],
        "mobile GET /resource": [1] * mobile_pages(held),
    }


def lines_told(answer: Answer) -> int | None:
    """Give how many lines there are, None where the answer lacks some."""
    return None if answer.errors else answer.data["customer"]["mobileLines"]["totalCount"]


def test_the_sims_of_all_batches_of_contracts_are_read_once(grown: Sandbox) -> None:
    with house(grown) as bff:
        answer = bff.ask("big", FIRST_PAGE)
    assert lines_told(answer) == LINES
    assert of_request(grown) == added(PERSON, CONTRACTS, index_of(company_of(grown.world, "big")))


def test_attempts_that_end_before_an_index_is_whole_cost_together_what_one_does_and_refuse_nobody(
    grown: Sandbox,
) -> None:
    late = Parameters(seconds=0.15)
    grown.faults.set(
        *(
            Rule(quirk=Quirk.SLOW_TAIL, system="mobile", operation=f"GET /{name}", parameters=late)
            for name in ("product", "resource")
        )
    )
    codes: list[list[tuple[str, str]]] = []
    others: list[Answer] = []
    with house(grown, mobile_calls_max="2", request_deadline_s="1", backend_timeout_s="1") as bff:
        while lines_told(answer := bff.ask("big", FIRST_PAGE)) is None and len(codes) < ATTEMPTS_MAX:
            codes.append(answer.codes)
            others.append(bff.ask("legal", CONTRACT_COUNT))
    assert lines_told(answer) == LINES
    assert codes
    assert {code for each in codes for code, _ in each} == {"DEADLINE_EXCEEDED"}
    assert [other.errors for other in others] == [[]] * len(others)
    spent = of_request(grown)
    assert {name: spent[name] for name in ("mobile GET /product", "mobile GET /resource")} == index_of(
        company_of(grown.world, "big")
    )
