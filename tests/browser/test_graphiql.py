"""GraphiQL in a real Chromium: it works offline, speaks as the chosen persona, and leaves no token behind."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from .conftest import Stage

_RUN = "Execute query"


@dataclass
class Visit:
    """One fresh browser profile with one page, and what went over its wires and into its console."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note_request)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def write_query(self, named_query: str) -> None:
        """Replace the editor's text, and wait until GraphiQL has taken note of it and of what was typed before."""
        self.page.locator(".graphiql-query-editor .graphiql-editor").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(named_query)
        name = named_query.split()[1]
        expect(self.page.get_by_role("tab", name=name)).to_be_visible()

    def run_query(self) -> None:
        """Press the play button."""
        self.page.get_by_role("button", name=_RUN).click()

    def expect_answer(self, text: str) -> None:
        """Wait until the answer's pane shows `text`."""
        expect(self.page.locator(".result-window")).to_contain_text(text)

    def wait_until_stored(self, key: str, text: str) -> None:
        """Wait until the browser's storage holds `text` under `key`."""
        self.page.wait_for_function("([key, text]) => localStorage.getItem(key)?.includes(text)", arg=[key, text])

    def stored(self) -> str:
        """Return all that the browser keeps of the page beyond its life, and its address."""
        kept = self.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        return f"{kept} {self.page.url}"

    def _note_request(self, request: Request) -> None:
        if request.url.startswith("http"):
            self.hosts.add(urlsplit(request.url).netloc)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(locale="en-GB") as context:
        context.set_default_timeout(10_000)
        yield context


@pytest.fixture
def visit(context: BrowserContext) -> Visit:
    return Visit(context.new_page())


def test_works_with_no_other_host_and_nothing_for_the_policy_to_refuse(visit: Visit, sandboxed: Stage) -> None:
    visit.page.goto(sandboxed.url)
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    visit.page.get_by_role("link", name="Query").click()
    expect(visit.page.locator(".graphiql-plugin")).to_contain_text("A friendly word.")
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    visit.page.get_by_role("button", name="Open settings dialog").click()
    visit.page.get_by_role("button", name="Dark").click()
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Open short keys dialog").click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    assert visit.hosts == sandboxed.hosts
    assert visit.complaints == []


def test_speaks_as_the_first_persona_until_another_is_picked(visit: Visit, sandboxed: Stage) -> None:
    visit.page.goto(sandboxed.url)
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert sandboxed.last_header("authorization") == "Bearer token-legal-1"
    assert sandboxed.last_header("x-membership") is None
    assert sandboxed.last_header("x-client-name") == "graphiql"


def test_picking_a_persona_fetches_a_fresh_token_and_sends_it_with_the_membership(
    visit: Visit, sandboxed: Stage
) -> None:
    visit.page.goto(sandboxed.url)
    with visit.page.expect_response("**/graphql"):
        visit.page.get_by_label("Persona").select_option("double")
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert sandboxed.last_header("authorization") == "Bearer token-double-4"
    assert sandboxed.last_header("x-membership") == "M-2"


def test_renewing_keeps_the_persona_and_changes_the_token(visit: Visit, sandboxed: Stage) -> None:
    visit.page.goto(sandboxed.url)
    with visit.page.expect_response("**/graphql"):
        visit.page.get_by_role("button", name="Renew token").click()
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert sandboxed.last_header("authorization") == "Bearer token-legal-3"


def test_a_refusal_that_is_not_graphql_is_shown_in_words(visit: Visit, sandboxed: Stage) -> None:
    visit.page.goto(sandboxed.url)
    visit.page.get_by_label("Persona").select_option("Nobody (no token)")
    visit.expect_answer("The answer is not GraphQL: HTTP 401 Unauthorized Who are you?")
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    expect(visit.page.locator(".graphiql-plugin")).to_contain_text("Error fetching schema")


def test_says_in_the_bar_that_the_personas_cannot_be_read(visit: Visit, personas_down: Stage) -> None:
    visit.page.goto(personas_down.url)
    expect(visit.page.get_by_role("status")).to_contain_text("The list of personas can't be read")
    expect(visit.page.get_by_role("button", name=_RUN)).to_be_visible()


def test_without_personas_a_token_is_typed_into_a_concealed_field(visit: Visit, without_personas: Stage) -> None:
    visit.page.goto(without_personas.url)
    field = visit.page.get_by_label("Access token")
    assert field.get_attribute("type") == "password"
    field.fill("typed-token")
    with visit.page.expect_response("**/graphql"):
        field.press("Enter")
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert without_personas.last_header("authorization") == "Bearer typed-token"
    assert "typed-token" not in visit.stored()


def test_staff_see_that_they_are_recorded_and_say_for_whom_they_read(visit: Visit, without_personas: Stage) -> None:
    visit.page.goto(without_personas.url)
    banner = visit.page.get_by_text("Staff: you only read, and every call is recorded")
    expect(banner).to_be_hidden()
    claims = base64.urlsafe_b64encode(json.dumps({"roles": ["support"]}).encode()).decode().rstrip("=")
    field = visit.page.get_by_label("Access token")
    field.fill(f"header.{claims}.signature")
    with visit.page.expect_response("**/graphql"):
        field.press("Enter")
    expect(banner).to_be_visible()
    assert not without_personas.last_header("x-act-for")
    visit.page.get_by_label("Company").fill("12345678903")
    visit.page.get_by_label("Profile").select_option("ADMIN_LIGHT")
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert without_personas.last_header("x-act-for") == "12345678903; profile=ADMIN_LIGHT"


def test_no_token_outlives_the_page_wherever_it_came_from(visit: Visit, sandboxed: Stage) -> None:
    visit.page.goto(sandboxed.url)
    visit.page.get_by_role("button", name="Headers").click()
    visit.page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden)").click()
    visit.page.keyboard.insert_text(json.dumps({"Authorization": "Bearer edited-token"}))
    visit.write_query("query Named { greeting }")
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert sandboxed.last_header("authorization") == "Bearer edited-token"
    visit.page.get_by_role("button", name="Show History").click()
    expect(visit.page.get_by_role("region", name="History")).to_contain_text("Named")
    visit.wait_until_stored("graphiql:query", "Named")
    secrets = ["edited-token", *sandboxed.issued_tokens]
    assert [secret for secret in secrets if secret in visit.stored()] == []


def test_cookies_never_speak_for_the_persona(visit: Visit, context: BrowserContext, sandboxed: Stage) -> None:
    context.add_cookies([{"name": "session", "value": "someone-else", "url": sandboxed.url}])
    visit.page.goto(sandboxed.url)
    visit.run_query()
    visit.expect_answer('"buongiorno"')
    assert all("cookie" not in headers for headers in sandboxed.graphql_headers)


def test_the_written_query_and_the_theme_survive_a_reload(visit: Visit, sandboxed: Stage) -> None:
    visit.page.goto(sandboxed.url)
    visit.write_query("query Kept { greeting }")
    visit.page.get_by_role("button", name="Open settings dialog").click()
    visit.page.get_by_role("button", name="Dark").click()
    visit.wait_until_stored("graphiql:query", "Kept")
    visit.page.reload()
    expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("Kept")
    assert "graphiql-dark" in (visit.page.locator("body").get_attribute("class") or "")


def test_the_bar_speaks_italian_to_an_italian_browser(browser: Browser, sandboxed: Stage) -> None:
    with browser.new_context(locale="it-IT") as context:
        page = context.new_page()
        page.goto(sandboxed.url)
        expect(page.get_by_role("button", name="Rinnova il token")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == "it"
