"""Links to other sites, followed over real sockets to the stand-in: who comes is known there, once, for two minutes."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox._faults import Quirk, Rule
from sandbox.external.app import SITES
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys.acting import acting

ISSUER = "http://business.example"
LINKS = """
{
  customer { services { endUserControl { url } tuConTi { url } evoluzioneUfficio { url } } }
  reports { ebill { url } ebpfa { url } }
}
"""
EBILL = "{ reports { ebill { url reason } } }"
EBPFA = "{ reports { ebpfa { url reason } } }"


@pytest.fixture
def linked(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF whose links the stand-in believes."""
    with house(sandbox, public_url=ISSUER) as opened:
        trust(sandbox, opened)
        yield opened


def trust(sandbox: Sandbox, opened: House) -> None:
    sandbox.trusted.issuer = ISSUER
    sandbox.trusted.keys_url = f"{opened.url}/.well-known/jwks.json"


def ebill(opened: House, persona: str = "legal") -> str:
    url: str = opened.ask(persona, EBILL).data["reports"]["ebill"]["url"]
    return url


@pytest.mark.parametrize("persona", ["legal", "admin", "light"])
def test_each_site_is_told_who_comes_and_for_which_company(linked: House, sandbox: Sandbox, persona: str) -> None:
    who = acting(sandbox.world, persona)

    answer = linked.ask(persona, LINKS)

    urls = [
        each["url"] for part in (answer.data["customer"]["services"], answer.data["reports"]) for each in part.values()
    ]
    pages = [httpx.get(url) for url in urls]
    assert [urlsplit(url).path.strip("/") for url in urls] == list(SITES)
    assert [page.status_code for page in pages] == [200] * len(SITES)
    person = who.user.person
    assert all(f"{person.first_name} {person.last_name}, {who.company.name}" in page.text for page in pages)


def test_a_link_opens_once(linked: House) -> None:
    url = ebill(linked)

    first, second = httpx.get(url), httpx.get(url)

    assert (first.status_code, second.status_code) == (200, 403)
    assert "used before" in second.text


def test_a_link_is_made_anew_each_time_and_costs_no_call(linked: House) -> None:
    links = [linked.ask("admin", EBILL) for _ in range(2)]

    first, second = (each.data["reports"]["ebill"]["url"] for each in links)
    assert first != second
    assert links[1].calls == Counter()
    assert links[1].response.headers["cache-control"] == "no-store"


def test_a_link_expires(linked: House, sandbox: Sandbox) -> None:
    url = ebill(linked)
    sandbox.clock.advance(151)

    refused = httpx.get(url)

    assert (refused.status_code, "ExpiredTokenError" in refused.text) == (403, True)


def test_a_link_to_one_site_opens_no_other(linked: House) -> None:
    url = ebill(linked)

    assert httpx.get(url.replace("/ebill?", "/ebpfa?")).status_code == 403
    assert httpx.get(url).status_code == 200


@pytest.mark.parametrize("token", ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_nobody_comes_in_with_another_token(linked: House, token: str) -> None:
    base, _, good = ebill(linked).partition("?token=")

    assert httpx.get(f"{base}?token={token}").status_code == 403
    assert httpx.get(f"{base}?token={good[:-8]}AAAAAAAA").status_code == 403


def test_a_key_is_changed_without_a_refused_link(sandbox: Sandbox) -> None:
    old, new = "A" * 20 + "abcdefghijklmnopqrstuvw", "B" * 20 + "zyxwvutsrqponmlkjihgfed"
    for keys in (old, f"{old},{new}", f"{new},{old}", new):
        sandbox.clock.advance(600)
        with house(sandbox, public_url=ISSUER, site_keys=keys) as opened:
            trust(sandbox, opened)
            assert httpx.get(ebill(opened)).status_code == 200, keys


def test_ebpfa_is_for_who_has_internet_cost_administration_only(linked: House) -> None:
    without, with_ = linked.ask("fixed", EBPFA), linked.ask("big", EBPFA)

    assert (without.data, without.errors) == ({"reports": {"ebpfa": {"url": None, "reason": "NOT_SUBSCRIBED"}}}, [])
    assert with_.data["reports"]["ebpfa"]["reason"] is None
    assert httpx.get(with_.data["reports"]["ebpfa"]["url"]).status_code == 200
    assert with_.calls["fixed FindServicesByLine"] == 4, "the first two hundred of 800 lines tell"


def test_who_has_no_fixed_line_has_no_ebpfa_and_nothing_is_asked_of_lines(linked: House) -> None:
    answer = linked.ask("mobile", EBPFA)

    assert answer.data == {"reports": {"ebpfa": {"url": None, "reason": "NOT_SUBSCRIBED"}}}
    assert set(answer.calls) == {"directory GET /Users", "fixed FindCustomersByTaxCode"}


def test_while_nobody_knows_whether_ebpfa_is_subscribed_ebill_is_there(linked: House, sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="FindServicesByLine"))

    answer = linked.ask("legal", "{ reports { ebill { reason } ebpfa { url } } }")

    assert answer.data == {"reports": {"ebill": {"reason": None}, "ebpfa": None}}
    assert answer.codes == [("UNAVAILABLE", "reports.ebpfa")]


def test_the_keys_are_public_and_nothing_of_them_is_secret(linked: House) -> None:
    answer = linked.client.get("/.well-known/jwks.json")

    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert answer.headers["cache-control"] == "public, max-age=300"
