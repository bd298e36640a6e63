"""Every page of the front ends, for every profile: its whole answer and its calls, cold and warm.

The answers are kept under `answers/`; `python -m tests.operations` writes them and the calls anew, for review.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import parse, validate

from bff.schema import SCHEMA
from sandbox.server import Sandbox
from tests.operations.answer import FOLDER, stored
from tests.operations.asked import PERSONAS
from tests.operations.page import Page, fits, fragments, pages
from tests.operations.run import run

PAGES = pages()


@pytest.mark.parametrize("profile", PERSONAS)
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page_answers_and_costs_what_is_kept(sandbox: Sandbox, page: Page, profile: str) -> None:
    ran = run(sandbox, page, profile)

    assert ran.answer == ran.again == stored(page.name)[profile]
    assert fits(ran.cold, page.calls[profile].cold), ran.cold
    assert fits(ran.warm, page.calls[profile].warm), ran.warm


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page_is_useful_to_somebody(page: Page) -> None:
    answers = stored(page.name)
    assert answers.keys() == page.calls.keys() == PERSONAS.keys()
    assert any(_is_whole(answer) for answer in answers.values())


def _is_whole(answer: Mapping[str, Any]) -> bool:
    """Tell whether all is there that the profile may see."""
    codes = {error["code"] for error in answer["errors"]}
    return answer["data"] is not None and any(answer["data"].values()) and codes <= {"FORBIDDEN"}


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page_is_named_as_compilers_want_it(page: Page) -> None:
    assert page.operation in {f"{page.path.stem}Query", f"{page.path.stem}Mutation"}
    assert validate(SCHEMA, parse(page.text)) == []


def test_every_fragment_is_used() -> None:
    used = "".join(page.text for page in PAGES)
    assert [name for name in fragments() if f"fragment {name} on" not in used] == []


def test_no_answer_is_kept_of_a_page_that_is_gone() -> None:
    kept = {f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.json")}
    assert kept == {page.name for page in PAGES}
