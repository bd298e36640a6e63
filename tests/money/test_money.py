"""A few seeds of the money test; `make test-money` runs a thousand."""

import pytest

from tests.money.course import KINDS, Course, Town

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(25))
async def test_whatever_fails_nothing_is_lost_and_nothing_done_twice(town: Town, kind: str, seed: int) -> None:
    await Course(town, kind, seed).run()  # raises Wrong
