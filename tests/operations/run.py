"""Runs a page for a profile: on a house that has read nothing yet, and at once again."""

from collections import Counter
from typing import Any, NamedTuple

from sandbox.server import Sandbox
from tests.house import Answer, house
from tests.operations.answer import settled
from tests.operations.asked import PERSONAS, company_of, variables
from tests.operations.page import Page


class Ran(NamedTuple):
    """What a page told and cost; `again` is what it told the second time."""

    answer: dict[str, Any]
    again: dict[str, Any]
    cold: Counter[str]
    warm: Counter[str]


def run(sandbox: Sandbox, page: Page, profile: str) -> Ran:
    """Open a page as the persona of a profile."""
    company = company_of(sandbox.world, profile)
    asked = variables(page.path.stem, page.text, sandbox.world, profile)
    with house(sandbox) as bff:

        def ask() -> Answer:
            return bff.ask(PERSONAS[profile], page.text, asked, operation=page.operation)

        first, second = ask(), ask()
    return Ran(settled(first, company), settled(second, company), first.calls, second.calls)
