"""GraphiQL on the real house: a person picks whom to act as, runs a query, and reads the answer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.server import Sandbox
from tests.house import House, house


@pytest.fixture(scope="module")
def open_house(sandbox_of_session: Sandbox) -> Iterator[House]:
    personas_url = f"{sandbox_of_session.urls.admin}/personas"
    with house(sandbox_of_session, sandbox_personas_url=personas_url) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, open_house: House) -> Iterator[Page]:
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{open_house.url}/graphiql")
        yield page


def _run(page: Page, persona: str) -> None:
    page.get_by_label("Persona").select_option(persona)
    page.get_by_role("button", name="Execute query").click()


def test_the_legal_representative_reads_the_first_query(page: Page) -> None:
    _run(page, "legal")

    expect(page.locator(".result-window")).to_contain_text("Ferramenta Brambilla S.r.l.")
    expect(page.locator(".result-window")).not_to_contain_text("errors")


def test_a_person_with_two_companies_is_told_how_to_choose_one(page: Page) -> None:
    _run(page, "double")

    expect(page.locator(".result-window")).to_contain_text("X-Membership")


def test_the_documentation_describes_the_api(page: Page) -> None:
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.get_by_role("link", name="Query").first.click()

    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("The company of the active membership.")
