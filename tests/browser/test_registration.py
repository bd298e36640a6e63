"""Registration as a person walks through it in a browser: code and link from the mailbox, the provider's pages."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.external import area
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys.test_registration import (
    ACCOUNT,
    COMPLETING,
    CONSENTS,
    EMAIL,
    NUMBER,
    PASSWORD,
    PERSON,
    START,
    USERNAME,
    VERIFY,
    VIEWER,
    code_sent,
    owner,
)

ASK = """async ([query, variables, token]) => {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return await answer.json();
}"""
CHALLENGE = {"code_challenge": "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM", "code_challenge_method": "S256"}
VERIFIER = "v" * 64


@pytest.fixture
def bff(sandbox: Sandbox) -> Iterator[House]:
    with house(sandbox) as opened:
        yield opened


def test_a_person_walks_through_the_pages_that_letters_lead_to(sandbox: Sandbox, browser: Browser) -> None:
    """In Italian, from another origin as the customer area's own pages are; what is not agreed to is told."""
    pages = f"{sandbox.urls.external}/{area.PATH}"
    who, company = owner(sandbox)
    with (
        house(sandbox, area_url=pages, cors_origins=sandbox.urls.external) as bff,
        browser.new_context(locale="it-IT") as context,
    ):
        sandbox.trusted.issuer = bff.url
        page = context.new_page()
        page.goto(f"{pages}/registration")
        for told in (
            {"Numero di cellulare": NUMBER},
            {"Codice ricevuto per SMS": None},
            {
                "Nome": who.first_name,
                "Cognome": who.last_name,
                "Codice fiscale": who.tax_code,
                "Codice fiscale dell'azienda": company,
            },
            {"E-mail": EMAIL, "Nome utente": "chi.cammina"},
        ):
            for label, text in told.items():
                field = page.get_by_label(label, exact=True)
                field.wait_for()  # by then the code was sent
                field.fill(text or code_sent(sandbox))
            page.get_by_role("button", name="Avanti").click()
        expect(page.get_by_role("status")).to_have_text("Ti abbiamo scritto: apri il link che trovi nell'e-mail.")

        in_mailbox(page, bff, r"/registration\?token=([\w-]{43})")
        page.locator("article a").first.click()
        page.get_by_role("button", name="Avanti").click()
        expect(page.get_by_role("status")).to_contain_text("Senza questi non si può continuare")
        for consent in ("Accetto le condizioni", "Ho letto l'informativa"):
            page.get_by_label(consent).check()
        page.get_by_role("button", name="Avanti").click()
        page.get_by_role("link", name="Vai alla pagina della password").click()
        expect(page.get_by_role("heading", name="Scegli la password")).to_be_visible()
        expect(page.locator("main")).to_contain_text("chi.cammina")


@pytest.fixture
def page(browser: Browser, bff: House) -> Iterator[Page]:
    with browser.new_context(locale="en-GB") as context:
        yield context.new_page()


def step(page: Page, bff: House, query: str, **variables: Any) -> dict[str, Any]:
    """Ask from a page of this service, as the customer area's page does; give the payload."""
    page.goto(f"{bff.url}/graphiql")
    answer = page.evaluate(ASK, [query, variables, None])
    [told] = answer["data"].values()
    assert told["status"] == "DONE", told
    return dict(told)


def in_mailbox(page: Page, bff: House, pattern: str) -> str:
    """Read something in the newest message, on the mailbox's page."""
    page.goto(f"{bff.sandbox.urls.admin}/_sandbox/mailbox")
    found = re.search(pattern, page.locator("article").first.inner_text())
    assert found is not None
    return found[1]


def test_a_person_registers_sets_a_password_signs_in_and_sees_themselves(page: Page, bff: House) -> None:
    who, company = owner(bff.sandbox)
    told = step(page, bff, START, number=NUMBER)
    code = in_mailbox(page, bff, r"(\d{6}) is your code")
    told = step(page, bff, VERIFY, token=told["registration"]["registrationToken"], code=code)
    named = {"first": who.first_name, "last": who.last_name, "code": who.tax_code, "company": company}
    told = step(page, bff, PERSON, token=told["registration"]["registrationToken"], **named)
    step(page, bff, ACCOUNT, token=told["registration"]["registrationToken"], email=EMAIL, username=USERNAME)
    link = in_mailbox(page, bff, r"/registration\?token=([\w-]{43})")
    told = step(page, bff, COMPLETING, token=link, consents=CONSENTS)

    page.goto(told["link"]["url"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("You can sign in now.")

    back = f"{bff.url}/graphiql"
    asked = {"client_id": "app", "response_type": "code", "redirect_uri": back, **CHALLENGE}
    page.goto(f"{bff.sandbox.urls.identity}/authorize?{urlencode(asked)}")
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{back}?**")
    given = parse_qs(urlsplit(page.url).query)["code"][0]
    form = {"grant_type": "authorization_code", "client_id": "app", "redirect_uri": back, "code": given}
    tokens = page.request.post(f"{bff.sandbox.urls.identity}/token", form={**form, "code_verifier": VERIFIER}).json()

    answer = page.evaluate(ASK, [VIEWER, {}, tokens["access_token"]])
    assert answer["data"]["viewer"]["person"]["username"] == USERNAME
    assert answer["data"]["viewer"]["profile"] == "LEGAL_REPRESENTATIVE"
