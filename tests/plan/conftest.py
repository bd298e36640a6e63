"""Houses that stay open for a module: ids to ask with, and the largest company with a warm index."""

from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import House, house
from tests.plan.cost import company_of


@pytest.fixture(scope="module")
def guide(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that tells the ids to ask another one with; ids are the same in all."""
    with house(sandbox_of_session) as opened:
        yield opened


@pytest.fixture
def big(sandbox: Sandbox) -> Company:
    """Give the largest company."""
    return company_of(sandbox.world, "big")


@pytest.fixture
def small(sandbox: Sandbox) -> Company:
    """Give the company of 50 lines."""
    return company_of(sandbox.world, "legal")
