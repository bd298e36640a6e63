"""A few seeds of the money test; `make test-money` runs a thousand."""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest
import structlog

from tests.money.course import FAULTS, KINDS, NO_FAULTS, Course, Town

pytestmark = pytest.mark.anyio

SEEDS = 60
INJECTED: Final = {
    *("refused", "accepted and silent", "reset before the body", "reset in the body", "reset after the body"),
    *("slow drip", "truncated", "wrong type", "HTML", "500 storm", "200 with an error", "100 MB", "gzip bomb"),
    *("duplicates", "foreign rows", "night window", "lag", "taken but timed out"),
    *("Redis down", "Redis stopped", "Redis slow", "Redis flushed"),
    *("identity provider down", "keys rotated", "clock ± 6 minutes", "client gone", "SIGTERM", "SIGKILL"),
}
"""The words of reliability-security.md, 'Faults the tests inject'."""


@pytest.fixture
def _quiet() -> Iterator[None]:
    """Keep quiet about workers that die: writing down how takes longer than all else."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(wrapper_class=before)


def test_every_fault_of_the_specification_is_played_or_has_a_reason() -> None:
    assert {*FAULTS, *NO_FAULTS} >= INJECTED
    assert not {*FAULTS} & {*NO_FAULTS}


@pytest.mark.usefixtures("_quiet")
async def test_whatever_fails_nothing_is_lost_and_nothing_done_twice() -> None:
    town, played = Town(), Counter[str]()
    for kind in KINDS:
        for seed in range(SEEDS):
            played += await Course(town, kind, seed).run()  # raises Wrong
    assert {*played} == {each for faults in FAULTS.values() for each in faults}, "every fault has struck"
