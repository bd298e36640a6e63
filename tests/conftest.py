"""What all tests share."""

import pytest

pytest_plugins = ("tests.redis_server",)


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, as the BFF does."""
    return "asyncio"
