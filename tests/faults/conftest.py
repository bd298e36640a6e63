"""The company whose page is looked at, and a BFF that does not wait long."""

from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import House, house
from tests.plan.cost import company_of

PATIENCE_S = 0.5


@pytest.fixture
def small(sandbox: Sandbox) -> Company:
    """Give the company of the persona `legal`: 42 mobile and 8 fixed lines."""
    return company_of(sandbox.world, "legal")


@pytest.fixture
def hasty(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that gives a system half a second."""
    with house(sandbox, backend_timeout_s=str(PATIENCE_S)) as opened:
        yield opened
