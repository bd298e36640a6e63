"""What all tests share: the event loop, the sandbox, the house."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import LogCapture

from sandbox.server import Sandbox
from tests.house import House, house

pytest_plugins = ("tests.certificate", "tests.redis_server")


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, as the BFF does."""
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox_of_session() -> Iterator[Sandbox]:
    """Start the stand-ins once; their data never changes."""
    with Sandbox(latency=False) as running:
        yield running


@pytest.fixture
def sandbox(sandbox_of_session: Sandbox) -> Iterator[Sandbox]:
    """Give the stand-ins without faults and with an empty ledger."""
    sandbox_of_session.faults.clear()
    sandbox_of_session.ledger.clear()
    yield sandbox_of_session
    sandbox_of_session.faults.clear()


@pytest.fixture
def bff(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF of the test's own, with cold caches in memory, above the stand-ins."""
    with house(sandbox) as opened:
        yield opened


@pytest.fixture
def logs() -> Iterator[LogCapture]:
    """Capture the log events of a test, from INFO on."""
    before = structlog.get_config()
    captured = LogCapture()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO), processors=[captured])
    yield captured
    structlog.configure(**before)


@pytest.fixture(scope="session", autouse=True)
def _quiet_logs() -> None:
    """Keep the log lines of whole houses out of the tests' output; a test of logs captures its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
