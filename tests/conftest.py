"""What all tests share: the event loop, the sandbox, the house."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bff.settings import Executor
from sandbox.server import Sandbox
from tests.house import House, chosen, house

pytest_plugins = ("tests.certificate", "tests.redis_server")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the whole suite run on either executor."""
    parser.addoption("--executor", choices=[each.value for each in Executor], default=Executor.COMPILED.value)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the executor of all houses."""
    chosen.executor = config.getoption("executor")


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, as the BFF does."""
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox_of_session() -> Iterator[Sandbox]:
    """Start the stand-ins once; what was done there each test undoes."""
    with Sandbox(latency=False) as running:
        yield running


@pytest.fixture
def sandbox(sandbox_of_session: Sandbox) -> Iterator[Sandbox]:
    """Give the stand-ins without faults and with an empty ledger; their clock may be moved, and is put back."""
    sandbox_of_session.faults.clear()
    sandbox_of_session.ledger.clear()
    sandbox_of_session.deeds.clear()
    sandbox_of_session.mailbox.clear()
    sandbox_of_session.sessions.clear()
    clock = sandbox_of_session.clock
    offset_s = clock.offset_s
    yield sandbox_of_session
    sandbox_of_session.faults.clear()
    sandbox_of_session.changes.clear()
    sandbox_of_session.listener.url = ""
    sandbox_of_session.payments.url = ""
    sandbox_of_session.payments.fault = None
    sandbox_of_session.deeds.clear()
    clock.advance(offset_s - clock.offset_s)


@pytest.fixture
def bff(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF of the test's own, with cold caches in memory, above the stand-ins."""
    with house(sandbox) as opened:
        yield opened


@pytest.fixture
def told() -> Iterator[list[EventDict]]:
    """Give the log events of a test in their order, from INFO on."""
    quiet = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with capture_logs() as events:
        yield events
    structlog.configure(wrapper_class=quiet)


@pytest.fixture(scope="session", autouse=True)
def _quiet_logs() -> None:
    """Keep the log lines of whole houses out of the tests' output; a test of logs captures its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
