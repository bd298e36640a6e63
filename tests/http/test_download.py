"""The address of a link, over real sockets: what a browser gets, what it is told instead, and for whom it works."""

import io
import re
import threading
import time
from collections import Counter
from typing import Any

import httpx
import pypdf
import pytest
from openpyxl import load_workbook

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.wire.file import LARGE_BYTES
from sandbox.world.model import Bill
from tests.clock import HandClock, next_minute
from tests.house import House, house
from tests.journeys.acting import acting, invoices, is_fixed, requests
from tests.journeys.ident import document_id, merge_id
from tests.journeys.shown import file_name
from tests.waiting import eventually

CREATE = "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) { link { url } } }"
OPERATIONS = {"mobile": "GET /billDocument/{id}", "fixed": "GetInvoiceDocument"}
SAFE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "accept-ranges": "none",
}
NOT_NOW = {
    "it": "Il documento non è disponibile in questo momento. Riprova tra poco.\n",
    "en": "The document isn't available at the moment. Try again soon.\n",
}
NO_LINK = {
    "it": "Il link non è valido o è scaduto. Torna all'area clienti e chiedine uno nuovo.\n",
    "en": "This link isn't valid, or has expired. Go back to the customer area and ask for a new one.\n",
}


def bill_of(sandbox: Sandbox, system: str, persona: str = "legal") -> Bill:
    """Give the newest invoice of a network."""
    who = acting(sandbox.world, persona)
    return next(each for each in invoices(who) if is_fixed(each, who.company) is (system == "fixed"))


def link_to(bff: House, bill: Bill, persona: str = "legal") -> str:
    """Let a persona have a link made, and give its address here."""
    company = acting(bff.sandbox.world, persona).company
    return link_of(bff, document_id(bill, company), persona)


def link_of(bff: House, document: str, persona: str = "legal") -> str:
    """Let a persona have a link made to a document, and give its address here."""
    answer = bff.ask(persona, CREATE, {"id": document})
    url = answer.data["documentLinkCreate"]["link"]["url"]
    return f"{bff.url}{url.removeprefix('http://127.0.0.1:8000')}"


def opened(url: str, **headers: str) -> httpx.Response:
    """Open an address as a browser that knows nothing of us."""
    return httpx.get(url, headers=headers, timeout=30)


@pytest.fixture
def link(bff: House, sandbox: Sandbox) -> str:
    """Give a fresh link to a mobile invoice."""
    return link_to(bff, bill_of(sandbox, "mobile"))


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", OPERATIONS)
def test_a_link_gives_the_invoice_under_its_name(bff: House, sandbox: Sandbox, system: str) -> None:
    bill = bill_of(sandbox, system)
    answer = opened(link_to(bff, bill))

    assert answer.status_code == 200
    assert pypdf.PdfReader(io.BytesIO(answer.content), strict=True).pages[0].extract_text().count(bill.number) == 1
    name = file_name(bill)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert {key: answer.headers[key] for key in SAFE} == SAFE


def test_a_link_gives_the_invoices_that_a_request_merged(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    made = next(each for each in requests(who, "all") if each.merged and each.state == "DONE")

    answer = opened(link_of(bff, merge_id(made, who.company)))

    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content), strict=True).pages)
    assert [text.count(bill.number) for bill in made.merged] == [1, 1]
    assert f"fatture-unite-{made.id}.pdf" in answer.headers["content-disposition"]


def test_no_link_is_made_to_what_somebody_else_had_merged_or_is_not_done(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    merges = [each for each in requests(who, "all") if each.merged]
    asked = [("light", each) for each in merges] + [("legal", each) for each in merges if each.state != "DONE"]
    assert {each.state for _, each in asked} >= {"DONE", "RECEIVED"}

    for persona, each in asked:
        created = bff.ask(persona, CREATE, {"id": merge_id(each, who.company)})
        assert (created.data, created.errors) == ({"documentLinkCreate": {"link": None}}, [])


@pytest.mark.parametrize(
    ("system", "calls"),
    [
        ("mobile", {"mobile GET /customerBill": 1, "mobile GET /billDocument/{id}": 1}),
        ("fixed", {"fixed GetInvoiceDocument": 1}),
    ],
)
def test_a_download_costs_a_call_of_the_file_and_for_a_mobile_one_its_address(
    bff: House, sandbox: Sandbox, system: str, calls: dict[str, int]
) -> None:
    url = link_to(bff, bill_of(sandbox, system))

    opened(url, **{"x-request-id": f"download-{system}"})

    assert bff.calls(f"download-{system}") == Counter(calls)


@pytest.mark.parametrize("system", OPERATIONS)
def test_a_file_of_20_mb_comes_whole(bff: House, sandbox: Sandbox, system: str) -> None:
    url = link_to(bff, bill_of(sandbox, system))
    play(sandbox, system, "large")

    answer = opened(url)

    assert LARGE_BYTES < len(answer.content) < LARGE_BYTES + 2_000
    assert answer.content.rstrip().endswith(b"%%EOF")


def test_a_range_is_not_served_apart(link: str) -> None:
    answer = opened(link, range="bytes=5-9")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


EXPORT = (
    "mutation ($state: UserState!) { usersExport(input: { filter: { states: [$state] } }) { link { url fileName } } }"
)


def test_a_link_to_the_users_gives_a_spreadsheet_of_those_that_were_asked_for(bff: House, sandbox: Sandbox) -> None:
    made = bff.ask("legal", EXPORT, {"state": "TO_REGISTER"}).data["usersExport"]["link"]
    path = made["url"].removeprefix("http://127.0.0.1:8000")

    answer = opened(f"{bff.url}{path}", **{"x-request-id": "download-sheet"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert made["fileName"] in answer.headers["content-disposition"]
    company = acting(sandbox.world, "legal").company.tax_code
    due = [
        each.person.last_name
        for each in sandbox.world.users
        if any(
            held.company_tax_code == company and held.registration_state == "TO_REGISTER" for held in each.memberships
        )
    ]
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert sorted(str(row[0]) for row in rows[1:]) == sorted(due)
    assert set(bff.calls("download-sheet")) == {"directory GET /Users"}


# --- for whom, and how long -------------------------------------------------------------------------------------------


def test_a_browser_may_ask_again_and_nobody_else(link: str) -> None:
    with httpx.Client() as browser:
        first = browser.get(link)
        assert first.status_code == 200
        token = link.rpartition("/")[2]
        cookie = re.fullmatch(
            rf"document=([\w-]{{22}}); Path=/documents/{token}; Max-Age=120; HttpOnly; SameSite=Strict",
            first.headers["set-cookie"],
        )
        assert cookie
        again = browser.get(link)
        assert (again.status_code, again.content, again.headers.get("set-cookie")) == (200, first.content, None)
    assert opened(link).status_code == 404
    assert opened(link, cookie="document=guessed").status_code == 404


@pytest.mark.parametrize(
    "beside",
    ["{}; consent=yes no", "{}; flag", "{}; seen[1]=2", 'theme={{"dark":1}}; {}', "a@b=1; {}", "{}; document=tossed"],
)
def test_the_cookies_of_other_pages_do_not_disturb_that_of_a_link(link: str, beside: str) -> None:
    bound = opened(link).headers["set-cookie"].partition(";")[0]

    assert opened(link, cookie=beside.format(bound)).status_code == 200


def test_links_of_one_browser_do_not_disturb_each_other(bff: House, sandbox: Sandbox) -> None:
    urls = [link_to(bff, bill_of(sandbox, system)) for system in OPERATIONS]
    with httpx.Client() as browser:
        statuses = [browser.get(url).status_code for url in urls * 2]
    assert statuses == [200] * 4


def test_in_production_the_cookie_goes_over_tls_and_to_its_own_address_only(sandbox: Sandbox) -> None:
    with house(sandbox, public_url="https://business.example/api") as bff:
        bill = bill_of(sandbox, "mobile")
        company = acting(sandbox.world, "legal").company
        url = bff.ask("legal", CREATE, {"id": document_id(bill, company)}).data["documentLinkCreate"]["link"]["url"]
        token = url.removeprefix("https://business.example/api/documents/")

        cookie = opened(f"{bff.url}/documents/{token}").headers["set-cookie"]

    assert cookie.startswith("__Secure-document=")
    assert cookie.endswith(f"; Path=/api/documents/{token}; Max-Age=120; HttpOnly; SameSite=Strict; Secure")


def test_who_says_who_they_are_must_be_who_the_link_was_made_for(bff: House, link: str) -> None:
    def status(persona: str) -> int:
        return opened(link, authorization=f"Bearer {bff.sandbox.token(persona)}").status_code

    assert [status(persona) for persona in ("admin", "legal", "legal", "admin")] == [404, 200, 200, 404]


def test_a_bad_token_is_told_and_uses_nothing_up(link: str) -> None:
    bad = opened(link, authorization="Bearer nonsense")
    assert (bad.status_code, bad.headers["www-authenticate"]) == (401, "Bearer")
    assert opened(link, authorization="Basic bGVnYWw6").status_code == 401
    assert opened(link).status_code == 200


@pytest.mark.parametrize("language", NO_LINK)
def test_a_token_that_is_none_and_one_that_is_used_up_answer_alike(link: str, language: str) -> None:
    opened(link)

    used, unknown = (
        opened(link, **{"accept-language": language}),
        opened(link.rpartition("/")[0] + "/" + "A" * 22, **{"accept-language": language}),
    )

    assert (used.status_code, used.text) == (unknown.status_code, unknown.text) == (404, NO_LINK[language])
    assert used.headers["content-type"] == "text/plain; charset=utf-8"
    assert {key: used.headers[key] for key in SAFE} == SAFE


def test_a_reader_of_json_is_told_in_json(link: str) -> None:
    opened(link)
    answer = opened(link, accept="application/json, text/plain;q=0.5", **{"accept-language": "en"})
    assert answer.json() == {
        "errors": [
            {"message": NO_LINK["en"].strip(), "extensions": {"code": "NOT_FOUND", "retryable": False}},
        ]
    }


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_only_get_opens_a_link_and_nothing_else_uses_it_up(link: str, method: str) -> None:
    answer = httpx.request(method, link)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert opened(link).status_code == 200


# --- bad days ---------------------------------------------------------------------------------------------------------


def play(sandbox: Sandbox, system: Any, mode: Any) -> None:
    rule = Rule(
        quirk=Quirk.BAD_DOCUMENT,
        system=system,
        operation=OPERATIONS[system],
        parameters=Parameters(mode=mode),
    )
    sandbox.faults.set(rule)


@pytest.mark.parametrize("system", OPERATIONS)
@pytest.mark.parametrize("mode", ["empty", "html", "cut"])
def test_what_is_no_file_is_told_before_the_first_byte(bff: House, sandbox: Sandbox, system: str, mode: str) -> None:
    url = link_to(bff, bill_of(sandbox, system))
    play(sandbox, system, mode)

    answer = opened(url, **{"accept-language": "it-IT"})

    assert (answer.status_code, answer.text) == (502, NOT_NOW["it"])
    assert int(answer.headers["retry-after"]) > 0
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("system", OPERATIONS)
def test_a_file_that_the_system_does_not_have_is_not_there(bff: House, sandbox: Sandbox, system: str) -> None:
    url = link_to(bff, bill_of(sandbox, system))
    play(sandbox, system, "missing")

    answer = opened(url, **{"accept-language": "en"})

    assert (answer.status_code, answer.text) == (404, "The document isn't available yet.\n")


def test_a_file_that_tells_of_its_size_is_refused_before_the_first_byte(bff: House, sandbox: Sandbox) -> None:
    url = link_to(bff, bill_of(sandbox, "mobile"))
    play(sandbox, "mobile", "oversized")
    assert opened(url).status_code == 502


def test_a_file_that_turns_out_too_large_is_cut_off_so_that_the_browser_sees_it(bff: House, sandbox: Sandbox) -> None:
    url = link_to(bff, bill_of(sandbox, "fixed"))
    play(sandbox, "fixed", "oversized")
    with pytest.raises(httpx.RemoteProtocolError):
        opened(url)


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        (Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="GetInvoiceDocument"), 503),
        (Rule(quirk=Quirk.NIGHT_WINDOW, system="fixed", operation="GetInvoiceDocument"), 503),
        (Rule(quirk=Quirk.ERROR_CODE_IN_ANSWER, system="fixed", operation="GetInvoiceDocument"), 502),
    ],
    ids=["down", "closed", "refused"],
)
def test_a_system_that_fails_says_when_to_try_again_and_the_link_still_works(
    bff: House, sandbox: Sandbox, rule: Rule, status: int
) -> None:
    url = link_to(bff, bill_of(sandbox, "fixed"))
    with httpx.Client() as browser:
        sandbox.faults.set(rule)
        failed = browser.get(url, headers={"accept-language": "en"})
        sandbox.faults.clear()
        again = browser.get(url)

    assert (failed.status_code, failed.text, failed.headers["retry-after"]) == (status, NOT_NOW["en"], "30")
    assert again.status_code == 200


def test_a_browser_that_goes_ends_what_is_read_for_it(bff: House, sandbox: Sandbox) -> None:
    url = link_to(bff, bill_of(sandbox, "mobile"))
    sandbox.faults.set(Rule(quirk=Quirk.NO_ANSWER, system="mobile", operation=OPERATIONS["mobile"]))

    with pytest.raises(httpx.ReadTimeout):
        httpx.get(url, timeout=0.3)

    eventually(lambda: sandbox.stage.running["mobile"] == 0, "the call goes on")


def test_a_download_that_waits_for_its_system_holds_nobody_else_up(bff: House, sandbox: Sandbox) -> None:
    url = link_to(bff, bill_of(sandbox, "mobile"))
    sandbox.faults.set(
        Rule(quirk=Quirk.SLOW_TAIL, system="mobile", operation=OPERATIONS["mobile"], parameters=Parameters(seconds=1.0))
    )
    waiting = threading.Thread(target=opened, args=(url,))
    waiting.start()
    started = time.monotonic()
    assert bff.ask("legal", "{ customer { mobileLines(first: 1) { totalCount } } }").errors == []
    assert time.monotonic() - started < 1.0
    waiting.join()


@pytest.mark.redis
def test_files_are_charged_to_the_person_who_opens_them(sandbox: Sandbox) -> None:
    """A link works for minutes: without a price it would be a way to read from the systems as often as one likes."""
    clock = HandClock(next_minute(sandbox.clock.now()))
    clock.advance(20)
    with house(sandbox, clock=clock, limit_cost="100", limit_points_per_minute="600") as bff, httpx.Client() as browser:
        link = link_to(bff, bill_of(sandbox, "mobile"))
        statuses = [browser.get(link).status_code for _ in range(2)]
        sandbox.ledger.clear()
        refused = browser.get(link, headers={"accept-language": "en"})
        calls = len(sandbox.ledger.entries())
        clock.advance(40)
        later = browser.get(link)

    assert statuses == [200, 200]
    assert (refused.status_code, refused.headers["retry-after"], calls) == (429, "40", 0)
    assert refused.text == "You have opened too many documents in a short time. Try again soon.\n"
    assert later.status_code == 200


def test_a_link_that_one_worker_made_is_opened_once_by_any(sandbox: Sandbox, redis_url: str) -> None:
    with house(sandbox, state_redis_url=redis_url) as one, house(sandbox, state_redis_url=redis_url) as other:
        made = link_to(one, bill_of(sandbox, "fixed"))
        path = made.removeprefix(one.url)

        first, second = opened(f"{other.url}{path}"), opened(made)

    assert (first.status_code, second.status_code) == (200, 404)
