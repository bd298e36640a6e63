"""That the layers import downward only, that each library has one home, and that records can't change."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

import bff.domain

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("bff", "sandbox") for path in (ROOT / folder).rglob("*.py"))
CODE = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")])

HOMES = {
    "strawberry": {"schema", "http"},
    "graphql": {"schema", "http", "execution"},
    "httpx": {"backends", "app"},  # app only hands on what stands in for the network
    "httptools": {"backends"},
    "lxml": {"backends"},
    "redis": {"redis_client"},
    "hiredis": {"redis_client"},
    "authlib": {"auth"},
    "joserfc": {"auth"},
    "cryptography": {"auth"},
    "aiodataloader": {"loaders"},
    "starlette": {"http", "app"},
    "uvicorn": {"__main__", "http"},
    "xlsxwriter": {"resolvers"},
    "schwifty": {"domain"},
    "stdnum": {"domain"},
    "structlog": {"observability"},
    "prometheus_client": {"observability"},
    "pydantic_settings": {"settings"},
    "pydantic": {"settings"},
    "sandbox": set[str](),
}
"""Libraries → the layers of the BFF that may import them."""


class Import(NamedTuple):
    """An import of a library by a layer of the BFF."""

    library: str
    layer: str
    where: str


def imports() -> Iterator[Import]:
    for path in (ROOT / "bff").rglob("*.py"):
        layer = path.relative_to(ROOT / "bff").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
                assert node.level == 0, f"{path}: relative imports hide the layer"
            else:
                continue
            for name in names:
                yield Import(name.partition(".")[0], layer, f"{path.relative_to(ROOT)}:{node.lineno}")


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_every_library_is_imported_in_its_home_only() -> None:
    found = list(imports())
    assert [each.where for each in found if each.layer not in HOMES.get(each.library, {each.layer})] == []
    assert {"strawberry", "httpx", "redis"} <= {each.library for each in found}, "the walk has found the imports"


def test_the_sandbox_does_not_import_the_bff() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "sandbox").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "bff")
        or (isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "bff" for alias in node.names))
    ]
    assert wrong == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in CODE if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_every_public_function_and_class_of_the_sources_says_what_it_does() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_the_words_that_say_nothing_name_no_module() -> None:
    empty = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
    assert [str(path) for path in CODE if path.stem.strip("_") in empty] == []


# --- tests ------------------------------------------------------------------------------------------------------------


def test_all_that_asks_a_house_is_tested_on_both_executors() -> None:
    told = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    [second] = [line for line in told.stdout.splitlines() if "--executor" in line]
    on_both = [ROOT / word for word in second.split() if word.startswith("tests/")]
    asking = [path for path in CODE if "\nfrom tests.house import " in path.read_text(encoding="utf-8")]
    once = [path for path in asking if not any(map(path.is_relative_to, on_both))]
    assert once == [ROOT / "tests" / "conftest.py"], "which gives the house to all others"


# --- records ----------------------------------------------------------------------------------------------------------

DOMAIN = [importlib.import_module(f"bff.domain.{module.name}") for module in pkgutil.iter_modules(bff.domain.__path__)]
CLASSES = [
    each
    for module in DOMAIN
    for each in vars(module).values()
    if inspect.isclass(each) and each.__module__ == module.__name__ and not module.__name__.endswith(".clock")
]


def test_the_domain_holds_records_enums_and_named_tuples_only() -> None:
    strange = [each for each in CLASSES if not issubclass(each, msgspec.Struct | Enum | tuple)]
    assert strange == []
    assert len(CLASSES) > 50, "the walk has found the domain"


@pytest.mark.parametrize("record", [each for each in CLASSES if issubclass(each, msgspec.Struct)])
def test_a_record_can_not_change(record: type[msgspec.Struct]) -> None:
    assert record.__struct_config__.frozen
    fields = msgspec.structs.fields(record)
    mutable = [field.name for field in fields if getattr(field.type, "__origin__", field.type) in {list, dict, set}]
    assert mutable == []
