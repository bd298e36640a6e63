"""Which of two tellings of a request is shown, where a person reaches it in two ways."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from bff.domain.profile import Profile, Reach
from bff.domain.request import RequestKind, RequestState, ServiceRequest, Ticket
from bff.domain.system import System
from bff.loaders import Loader, Read
from bff.resolvers import request

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TICKET = Ticket(number="T1", state=RequestState.DONE, opened_at=NOW, note=None)
MADE = ServiceRequest(
    key="order/1",
    customer_key="C1",
    system=System.MOBILE,
    reference="1",
    kind=RequestKind.SERVICE,
    state=RequestState.DONE,
    made_at=NOW - timedelta(days=1),
    updated_at=NOW,
    asked_by="person",
    line_key="L1",
    more_information=None,
    ticket=None,
    as_of=NOW,
)
WITH_TICKET = replace(MADE, ticket=TICKET)
OLDER = replace(MADE, state=RequestState.RECEIVED, as_of=NOW - timedelta(hours=1))


def _context(by_person: ServiceRequest, by_line: ServiceRequest) -> Any:
    """Give a context in which a request is told by who made it and by its line."""

    def loader(value: Any) -> Loader[str, Read[Any]]:
        async def fetch(keys: list[str]) -> dict[str, Read[Any]]:
            return {key: Read(value, NOW) for key in keys}

        return Loader(fetch, limit=50, name="test")

    return SimpleNamespace(
        loaders=SimpleNamespace(
            parties=loader(SimpleNamespace(party_key="P1", customer_keys=("C1",))),
            own_requests=loader((by_person,)),
            line_requests=loader((by_line,)),
        ),
        principal=SimpleNamespace(profile=Profile.END_USER, person_key="person", line_key="L1"),
        customer="company",
        customers=SimpleNamespace(learn=lambda *_: None),
        today=date(2026, 11, 22),
    )


@pytest.mark.parametrize(
    ("by_person", "by_line", "due"),
    [(WITH_TICKET, MADE, WITH_TICKET), (MADE, WITH_TICKET, WITH_TICKET), (MADE, OLDER, MADE), (OLDER, MADE, MADE)],
)
async def test_of_two_tellings_the_one_with_the_ticket_counts_and_else_the_newer(
    by_person: ServiceRequest, by_line: ServiceRequest, due: ServiceRequest
) -> None:
    found = await request.within(_context(by_person, by_line), Reach.OWN)

    assert (list(found.rows), found.error) == ([due], None)
