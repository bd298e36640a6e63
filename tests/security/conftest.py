"""A BFF for the tests of a module: what one persona has read is in its caches when another asks."""

from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from tests.house import House, house


@pytest.fixture(scope="module")
def warm(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that the whole module shares; a walk through all doors at once may cost what it costs."""
    with house(sandbox_of_session, limit_cost="999999") as opened:
        yield opened
