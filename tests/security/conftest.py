"""A BFF for the tests of a module: what one persona has read is in its caches when another asks."""

from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from tests.house import House, house


@pytest.fixture(scope="module")
def warm(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that the whole module shares."""
    with house(sandbox_of_session) as opened:
        yield opened
