"""A BFF for the journeys of a module: what one persona has read is in its caches when another asks.

At the end it is told how many cells of the profile matrix were proved.
"""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys.acting import matrix

_CELL = re.compile(r"/test_matrix\.py::\w+\[(.+)-([A-Z_]+)\]$")


@pytest.fixture(scope="module")
def warm(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that the whole module shares."""
    with house(sandbox_of_session) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the cells that passed, by kind of function and by what the matrix gives."""
    passed = [_CELL.search(each.nodeid) for each in terminalreporter.stats.get("passed", [])]
    cells = [(matrix()[cell[1]]["kind"], matrix()[cell[1]][cell[2]]) for cell in passed if cell]
    for kind in sorted({kind for kind, _ in cells}):
        count = Counter(gives for each, gives in cells if each == kind)
        told = ", ".join(f"{gives} {count[gives]}" for gives in ("all", "own", "no"))
        terminalreporter.write_line(f"profile matrix, {kind}: {count.total()} cells proved ({told})")
