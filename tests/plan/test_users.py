"""The users of a company of 5,000: read once, in pages at a time, and cut from the index after that."""

import dataclasses
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook

from sandbox.clock import DEFAULT_NOW
from sandbox.server import Sandbox
from sandbox.world.model import User
from tests.house import house
from tests.plan.cost import PERSON, added, company_of, of_request, spent

USERS = 5000
PAGE_ROWS = 199
"""Rows that a page has beyond the one before it."""

PAGE = """query ($filter: UserFilter, $orderBy: UserSort, $offset: Int) {
  customer { users(filter: $filter, orderBy: $orderBy, offset: $offset, first: 100) { totalCount nodes { id } } }
}"""


class Crowded(Sandbox):
    """The stand-ins, with 5,000 users in the largest company."""

    def __init__(self) -> None:
        super().__init__(now=DEFAULT_NOW, seed=1, latency=False)
        company = company_of(self.world, "big").tax_code
        mine = [user for user in self.world.users if user.memberships[0].company_tax_code == company]
        others = (_another(mine[1 + place % (len(mine) - 1)], place) for place in range(USERS - len(mine)))
        self.stage = dataclasses.replace(
            self.stage, world=dataclasses.replace(self.world, users=(*self.world.users, *others))
        )


INDEX = {"directory GET /Users": [1] * -(-(USERS - 1) // PAGE_ROWS)}


def _another(user: User, place: int) -> User:
    """Give another user who is like one."""
    membership = dataclasses.replace(user.memberships[0], id=f"MEM-9{place:05d}-1")
    return dataclasses.replace(
        user, id=f"USR-9{place:05d}", subject=f"{user.subject}-{place}", memberships=(membership,)
    )


@pytest.fixture(scope="module")
def crowded() -> Iterator[Sandbox]:
    with Crowded() as running:
        yield running


def test_five_thousand_users_cost_a_call_for_each_page_of_the_directory_and_then_none(crowded: Sandbox) -> None:
    with house(crowded) as bff:
        cold = bff.ask("big", PAGE)
        sorted_ = bff.ask("big", PAGE, {"orderBy": {"field": "STATE", "direction": "DESC"}, "offset": 4950})
        searched = bff.ask("big", PAGE, {"filter": {"search": "rossi", "states": ["REGISTERED"]}})

        assert (cold.errors, cold.data["customer"]["users"]["totalCount"]) == ([], USERS)
        assert spent(bff, cold) == added(PERSON, INDEX)
        assert len(sorted_.data["customer"]["users"]["nodes"]) == USERS - 4950
        assert 0 < searched.data["customer"]["users"]["totalCount"] < USERS
        assert [each.calls for each in (sorted_, searched)] == [{}, {}]


def test_a_spreadsheet_of_five_thousand_users_costs_as_much(crowded: Sandbox) -> None:
    with house(crowded) as bff:
        minted = bff.ask("big", "mutation { usersExport(input: {}) { link { url } } }")
        link = httpx.URL(minted.data["usersExport"]["link"]["url"])
        file = httpx.get(f"{bff.url}{link.path}", timeout=30)

        assert of_request(crowded, file.headers["x-request-id"]) == INDEX  # who asks was known from the link's making
    assert load_workbook(BytesIO(file.content), read_only=True).worksheets[0].max_row == 1 + USERS
