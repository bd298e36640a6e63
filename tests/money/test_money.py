"""A few seeds of the money test; `make test-money` runs a thousand."""

from collections import Counter

import pytest

from tests.money.course import FAULTS_OF_CALLS, FAULTS_OF_STATE, KINDS, Course, Town

pytestmark = pytest.mark.anyio


async def test_whatever_fails_nothing_is_lost_and_nothing_done_twice() -> None:
    town, played = Town(), Counter[str]()
    for kind in KINDS:
        for seed in range(25):
            played += await Course(town, kind, seed).run()  # raises Wrong
    assert set(played) == {*FAULTS_OF_CALLS, *FAULTS_OF_STATE}, "every fault has struck"
