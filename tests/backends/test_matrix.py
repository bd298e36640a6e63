"""Quirks by operations, counted: what the BFF calls and what can strike it there is played, all of it."""

import re
from pathlib import Path

from bff.backends._operations import OPERATIONS
from sandbox._faults import NUMBERS, Quirk, applies
from tests.backends import test_matrix_directory as directory
from tests.backends import test_matrix_document as files
from tests.backends import test_matrix_fixed as fixed
from tests.backends import test_matrix_mobile as others
from tests.backends.matrix import plays

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/backends/quirks.md"
PATHS = {"discovery": "GET /.well-known/openid-configuration", "jwks": "GET /jwks"}
"""What the BFF calls by their names in OpenID Connect, as the sandbox names them."""

CASES = [*fixed.CASES, *others.CASES, *directory.CASES, *files.CASES]
PLAYED = {(case.system, case.operation, play.quirk) for case in CASES for play in plays(case)}


def test_every_quirk_is_played_on_every_operation_that_it_can_strike() -> None:
    assert {
        (system.value.lower(), PATHS.get(operation, operation), quirk)
        for system, operations in OPERATIONS.items()
        for operation in operations
        for quirk in applies(system.value.lower(), PATHS.get(operation, operation))  # type: ignore[arg-type]  # a name
    } == PLAYED


def test_every_quirk_is_played_somewhere() -> None:
    assert {quirk for _, _, quirk in PLAYED} == set(Quirk)


def test_the_page_tells_the_counts() -> None:
    operations = {(system, operation) for system, operation, _ in PLAYED}
    told = re.search(r"\*\*(\d+) quirks under (\d+) numbers . (\d+) operations: (\d+) pairs", PAGE.read_text("utf-8"))
    assert told is not None
    assert [int(count) for count in told.groups()] == [len(Quirk), len(NUMBERS), len(operations), len(PLAYED)]


def test_the_page_names_tests_that_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text("utf-8"))
    assert {13, 14, 15, 16, 17, 18, 20} <= {
        int(number) for number in re.findall(r"^\| (\d+) \| .* \| `tests/", PAGE.read_text("utf-8"), re.MULTILINE)
    }
    missing = [(path, name) for path, name in named if f"def {name}(" not in (ROOT / path).read_text("utf-8")]
    assert missing == []
