"""Nothing crosses between people and companies that share one BFF and its caches, in whatever order they come.

The oracle is a BFF that nobody else uses, one for each asker.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys.acting import acting
from tests.journeys.ident import id_of

ASKERS = ("legal", "admin", "light", "user", "purchaser", "mobile", "fixed", "first of double", "second of double")
"""People of a company with both networks, and of two others that one person acts for as well."""

QUERIES = {
    "person": "{ viewer { profile person { taxCode } line { number } memberships { companyName active } } }",
    "company": "{ customer { id company { name vatNumber communicationsEmail legalRepresentative { lastName } } } }",
    "holdings": "{ customer { lines(first: 100) { totalCount nodes { id number state freshness { state } } } } }",
    "mobile": "{ customer { mobileLines { totalCount nodes { id sim { iccid } contract { number } } } } }",
    "fixed": "{ customer { fixedLines { totalCount nodes { id location { street } account { code } } } } }",
    "contracts": "{ customer { contracts { nodes { id billing { paperless } invoices { nodes { id } } } } } }",
    "services": "{ customer { contracts { nodes { id services { companyReference timDuo { lineNumber line { id } } }"
    "  billing { directDebit { iban } } } } fixedLines { nodes { id services { code } } } } }",
    "own services": "{ viewer { line { id services { code } premium { enabled blackList } } } }",
    "recipients": "{ customer { recipientCodes { code customerCode accountCode } } }",
    "invoices": "{ customer { invoices(first: 50) { totalCount nodes { id number lineNumber line { number } } } } }",
    "unpaid": "{ customer { invoicesToPay { totalCount nodes { id remaining { amount } } } } }",
    "orders": "{ customer { orders { totalCount nodes { id items { lineNumber shipment { carrier } } } } } }",
    "offers": "{ customer { offers { totalCount nodes { id name campaign { id } eligibleLines { nodes { id } } } } } }",
    "own line": "{ viewer { line { id orders { totalCount nodes { id } } invoices { totalCount } } } }",
    "by id": "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { number } } }",
    "by filter": "query ($ids: [ID!]!) { customer { mobileLines(filter: { contractIds: $ids }) { totalCount } } }",
}

Request = tuple[str, str]
"""An asker and a query."""


class Seen(NamedTuple):
    """What a client sees of an answer, but for what differs from request to request."""

    status: int
    data: Any
    errors: Any


class People:
    """Asks as one of the askers, and knows what each is due; `own` opens a BFF for one of them alone."""

    def __init__(self, sandbox: Sandbox, own: Callable[[], House]) -> None:
        self._sandbox = sandbox
        self._ids = self._some_ids()
        self._own = cache(lambda _asker: own())
        self.due = cache(self._due)

    def ask(self, bff: House, request: Request) -> Seen:
        """Send one request."""
        asker, query = request
        persona, headers = asker, {}
        if asker.endswith(" of double"):
            persona = "double"
            who = acting(self._sandbox.world, persona, membership=int(asker.startswith("second")))
            headers["x-membership"] = who.membership.id
        variables = {"ids": self._ids} if "$ids" in QUERIES[query] else {}
        return _seen(bff.ask(persona, QUERIES[query], variables, headers=headers))

    def _due(self, request: Request) -> Seen:
        return self.ask(self._own(request[0]), request)

    def _some_ids(self) -> list[str]:
        """Give ids of all the companies, which everybody sends."""
        companies = [acting(self._sandbox.world, name).company for name in ("legal", "mobile", "fixed")]
        return [
            id_of(row, company)
            for company in companies
            for rows in (company.agreements, company.mobile_lines[:4], company.fixed_lines[:2], company.orders[:4])
            for row in rows
        ]


def _seen(answer: Answer) -> Seen:
    for error in answer.errors:
        del error["extensions"]["traceId"]
    return Seen(answer.status, answer.data, answer.errors)


@pytest.fixture(scope="module")
def people(sandbox_of_session: Sandbox) -> Iterator[People]:
    with ExitStack() as opened:
        yield People(sandbox_of_session, lambda: opened.enter_context(house(sandbox_of_session)))


@pytest.fixture(scope="module")
def crowd() -> Iterator[ThreadPoolExecutor]:
    """Give threads that send at once."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        yield pool


requests = st.tuples(st.sampled_from(ASKERS), st.sampled_from(sorted(QUERIES)))
bursts = st.lists(st.lists(requests, min_size=2, max_size=8), min_size=1, max_size=4)
"""What is sent at once, one burst after the other."""

_few = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _assert_each_gets_their_own(
    people: People, crowd: ThreadPoolExecutor, shared: House, bursts_: list[list[Request]]
) -> None:
    for burst in bursts_:
        answers = list(crowd.map(lambda request: people.ask(shared, request), burst))

        assert answers == [people.due(request) for request in burst]


@_few
@given(bursts_=bursts)
def test_everybody_gets_from_a_shared_process_what_they_would_get_alone(
    people: People, crowd: ThreadPoolExecutor, warm: House, bursts_: list[list[Request]]
) -> None:
    _assert_each_gets_their_own(people, crowd, warm, bursts_)


@settings(_few, max_examples=5)
@given(bursts_=bursts)
def test_everybody_gets_from_cold_caches_what_they_would_get_alone(
    people: People, crowd: ThreadPoolExecutor, sandbox_of_session: Sandbox, bursts_: list[list[Request]]
) -> None:
    with house(sandbox_of_session) as cold:
        _assert_each_gets_their_own(people, crowd, cold, bursts_)


@pytest.mark.redis
def test_everybody_gets_over_a_shared_redis_what_they_would_get_alone(
    people: People, crowd: ThreadPoolExecutor, sandbox_of_session: Sandbox, redis_url: str
) -> None:
    with house(sandbox_of_session, redis_url=redis_url) as one, house(sandbox_of_session, redis_url=redis_url) as other:

        @settings(_few, max_examples=12)
        @given(bursts_=bursts)
        def check(bursts_: list[list[Request]]) -> None:
            for shared in (one, other):
                _assert_each_gets_their_own(people, crowd, shared, bursts_)

        check()


def test_the_oracle_tells_people_and_companies_apart(people: People) -> None:
    for query in ("holdings", "invoices", "orders", "by id"):
        assert people.due(("legal", query)).data != people.due(("mobile", query)).data
    assert people.due(("legal", "holdings")) != people.due(("user", "holdings"))
    assert people.due(("user", "orders")) != people.due(("purchaser", "orders"))
    assert people.due(("first of double", "holdings")) == people.due(("mobile", "holdings"))
    assert people.due(("second of double", "holdings")) == people.due(("fixed", "holdings"))
