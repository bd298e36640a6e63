"""The stand-ins of all systems, and adapters opened on them.

The stand-ins are these tests' own: the adapters' clock stands, and the fixed legacy bears a skew of five minutes only.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from bff.backends import Access, Backends, Limits, open_backends
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.backends.matrix import Matrix
from tests.backends.standin import access_to
from tests.backends.wire import NOW, StillClock

_BORNE = timedelta(minutes=4)


@pytest.fixture(scope="package")
def running() -> Iterator[Sandbox]:
    with Sandbox(now=NOW, latency=False) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    """Give the stand-ins, everything working, nothing called and nothing done yet."""
    running.ledger.clear()
    running.deeds.clear()
    yield running
    running.faults.clear()


@pytest.fixture(scope="package")
def matrix(running: Sandbox) -> Matrix:
    """Give what plays quirks on operations; it remembers their good results."""
    return Matrix(running)


@pytest.fixture(autouse=True)
def in_time(running: Sandbox, matrix: Matrix) -> None:
    """Put the stand-ins' clock back to the adapters', which stands, in time; what was done goes with it."""
    if running.clock.now() > NOW + _BORNE:
        running.clock.set(NOW)
        running.deeds.clear()
        matrix.forget()


@pytest.fixture
def access(sandbox: Sandbox) -> Access:
    return access_to(sandbox)


@pytest.fixture
async def backends(access: Access) -> AsyncIterator[Backends]:
    opened = open_backends(access, StillClock(), limits=Limits(timeout_s=10))
    yield opened
    await opened.aclose()


@pytest.fixture
def small(sandbox: Sandbox) -> Company:
    """Give the company with 42 mobile and 8 fixed lines."""
    return sandbox.world.companies[0]


@pytest.fixture
def big(sandbox: Sandbox) -> Company:
    """Give the company with 5,000 mobile and 800 fixed lines."""
    return max(sandbox.world.companies, key=lambda company: len(company.mobile_lines))
