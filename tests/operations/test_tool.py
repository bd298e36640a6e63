"""That what front ends check and compile documents with takes every page: graphql-inspector, graphql-codegen, Relay."""

from typing import Any

import pytest

from tests.clients import javascript
from tests.operations.page import fragments, pages
from tests.operations.tool import compiled, files

pytestmark = javascript.needed


@pytest.fixture(scope="module")
def made() -> Any:
    return compiled(files())


def test_graphql_inspector_finds_nothing_wrong_or_deprecated(made: Any) -> None:
    assert made["inspected"] == []


def test_graphql_codegen_makes_a_type_for_every_page(made: Any) -> None:
    assert made["generated"] == sorted(page.operation for page in pages())


def test_relay_makes_an_artifact_for_every_page_and_fragment(made: Any) -> None:
    assert made["relayed"]["code"] == 0, made["relayed"]["said"]
    assert set(made["relayed"]["artifacts"]) == {*(page.operation for page in pages()), *fragments()}


def test_a_page_that_asks_for_what_is_not_there_is_found_by_all() -> None:
    text = "query WrongPageQuery { customer { nonsense } }"
    found = compiled([{"name": "RightPage", "text": "query RightPageQuery { customer { id } }"}])
    assert (found["inspected"], found["relayed"]["code"]) == ([], 0)
    with pytest.raises(AssertionError, match="nonsense"):
        compiled([{"name": "WrongPage", "text": text}])
