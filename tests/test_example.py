"""The examples of docstrings: what they show is what comes out."""

import doctest
import importlib
from pathlib import Path

import pytest

import bff

_ROOT = Path(bff.__file__).parent
MODULES = [
    ".".join(path.relative_to(_ROOT.parent).with_suffix("").parts)
    for path in sorted(_ROOT.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    told = doctest.testmod(importlib.import_module(name))
    assert told.attempted
    assert told.failed == 0
