"""The home page beyond the matrix: rules of one's own, bad days of each system, languages, and how many rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.clock import ROME
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys import home, shown
from tests.journeys.acting import acting, invoices, to_pay
from tests.journeys.answer import bad_request, told
from tests.journeys.offered import offered

PAGE = """{ dashboard {
  greeting { firstName companyName }
  alerts { severity message }
  lines { totalCount nodes { number } }
  invoices { totalCount nodes { number } }
  shortcuts { label }
  boxes { title text }
  orders { totalCount nodes { number } }
  requests { totalCount nodes { kind } }
  contacts { kind }
  tools { label }
  freshness { system state asOf }
} }"""
PUSHES = "{ dashboard { shortcuts { label } boxes { title text } tools { label } alerts { message } } }"


@contextmanager
def ruled(sandbox: Sandbox, file: Path, rules: str, now: datetime | None = None) -> Iterator[House]:
    """Run a BFF by rules of one's own."""
    file.write_text(rules, encoding="utf-8")
    if now is not None:
        sandbox.clock.set(now)
    with house(sandbox, engagement_file=str(file)) as bff:
        yield bff


def tool(name: str, *conditions: str) -> str:
    lines = [f'[[tool]]\nid = "{name}"\nlabel = {{ it = "{name}", en = "{name}" }}\npage = "/{name}"', *conditions]
    return "\n".join([*lines, ""])


def labels(answer: Answer) -> list[str]:
    assert answer.errors == []
    return [each["label"] for each in answer.data["dashboard"]["tools"]]


# --- rules ------------------------------------------------------------------------------------------------------------


def test_rules_ask_for_what_the_customer_is_and_holds(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = "".join(
        [
            tool("sme", 'segments = ["SME"]'),
            tool("top", 'segments = ["TOP"]'),
            tool("both", 'holds = ["MOBILE", "FIXED"]'),
            tool("mobile", 'lacks = ["FIXED"]'),
            tool("prepaid", 'holds = ["PREPAID"]'),
            tool("fibre", 'holds = ["FIBRE"]'),
            tool("unpaid", "invoices_to_pay = 1"),
        ]
    )
    people = ("legal", "mobile", "user", "ceased")
    with ruled(sandbox, tmp_path / "rules.toml", rules) as bff:
        shown_to = {who: labels(bff.ask(who, "{ dashboard { tools { label } } }")) for who in people}
    companies = {who: acting(sandbox.world, who).company for who in people}
    assert companies["mobile"].fixed_customers == ()

    def due(who: str) -> Iterator[str]:
        """Work out what a person who reaches all of the company is due."""
        company = companies[who]
        yield "sme"
        yield from ["both"] if company.fixed_customers else ["mobile"]
        yield from ["prepaid"] if any(line.prepaid for line in company.mobile_lines) else []
        yield from ["fibre"] if any(line.technology in {"FTTC", "FTTH"} for line in company.fixed_lines) else []
        yield from ["unpaid"] if to_pay(acting(sandbox.world, who)) else []

    assert shown_to["legal"] == list(due("legal"))
    assert shown_to["mobile"] == list(due("mobile"))
    [own] = [line for line in companies["user"].mobile_lines if line.product_id == line_of(sandbox, "user")]
    assert shown_to["user"] == ["sme", *(["prepaid"] if own.prepaid else [])], "end users never reach the fixed network"
    left = ["mobile", *(["unpaid"] if to_pay(acting(sandbox.world, "ceased")) else [])]
    assert shown_to["ceased"] == left, "who left has no segment and no product"


def line_of(sandbox: Sandbox, persona: str) -> str | None:
    return acting(sandbox.world, persona).membership.line_id


def test_a_box_of_the_last_days_comes_at_romes_midnight_with_its_number(sandbox: Sandbox) -> None:
    unpaid = len(to_pay(acting(sandbox.world, "admin")))
    assert unpaid
    titles = []
    for now in (datetime(2026, 11, 25, 23, 58, tzinfo=ROME), datetime(2026, 11, 26, 5, 31, tzinfo=ROME)):
        sandbox.clock.set(now)
        with house(sandbox) as bff:
            boxes = bff.ask("admin", PUSHES).data["dashboard"]["boxes"]
        titles.append([each["title"] for each in boxes])
    offered, year_end = "Le offerte dedicate a te", "Le offerte di fine anno"
    assert titles == [[offered, year_end], [offered, "Fatture da pagare", year_end]]
    assert boxes[1]["text"] == f"Fine mese. Fatture ancora da pagare: {unpaid}."


@pytest.mark.parametrize(
    ("conditions", "calls"),
    [([], 0), (["invoices_to_pay = 1", "last_days = 5"], 0), (["invoices_to_pay = 1"], 2)],
)
def test_a_fact_costs_nothing_until_a_live_rule_asks_for_it(
    sandbox: Sandbox, tmp_path: Path, conditions: Sequence[str], calls: int
) -> None:
    with ruled(sandbox, tmp_path / "rules.toml", tool("one", *conditions)) as bff:
        answer = bff.ask("legal", "{ dashboard { tools { label } } }")
    unpaid = ("mobile GET /customerBill", "fixed FindUnpaidInvoicesByAccount")
    assert sum(answer.calls[each] for each in unpaid) == calls


def test_a_rule_whose_fact_can_not_be_read_is_left_out_and_the_others_stay(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = tool("always") + tool("fixed", 'holds = ["FIXED"]') + tool("not", 'lacks = ["FIXED"]')
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="FindCustomersByTaxCode"))
    with ruled(sandbox, tmp_path / "rules.toml", rules) as bff:
        assert labels(bff.ask("legal", "{ dashboard { tools { label } } }")) == ["always"]


def test_texts_come_in_english_for_who_reads_english(warm: House) -> None:
    answer = warm.ask("purchaser", PUSHES, headers={"accept-language": "en"})
    page = answer.data["dashboard"]
    assert [each["label"] for each in page["shortcuts"]] == ["My consumption"]
    assert [each["title"] for each in page["boxes"]] == ["Offers for you", "Year-end offers"]


BOXES = "{ dashboard { boxes { title text mediaUrl url endsAt offer { id name } } freshness { state } } }"


def test_a_box_leads_to_the_only_offer_and_shows_it(warm: House, sandbox: Sandbox) -> None:
    [offer] = offered(acting(sandbox.world, "mobile"))
    ends_at = offer.campaign.ends_at
    box = warm.ask("mobile", BOXES).data["dashboard"]["boxes"][0]
    assert (box["title"], box["text"]) == (offer.campaign.name, offer.offering.name)
    assert (box["mediaUrl"], box["endsAt"]) == (offer.offering.media, ends_at and shown.instant(ends_at))
    assert box["offer"]["name"] == offer.offering.name
    assert box["url"] == f"{home.AREA}/offers/{box['offer']['id']}"


def test_without_offers_the_boxes_of_the_rules_are_there_and_the_page_says_why(sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /promotion"))
    with house(sandbox) as bff:
        answer = bff.ask("user", BOXES)
        purchaser = bff.ask("purchaser", BOXES)
    assert answer.data["dashboard"] == {"boxes": [], "freshness": [{"state": "UNAVAILABLE"}]}
    assert [each["title"] for each in purchaser.data["dashboard"]["boxes"]] == ["Le offerte di fine anno"]


# --- blocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", ["lines", "invoices", "orders", "requests"])
@pytest.mark.parametrize("first", [0, 21])
def test_a_block_has_one_to_twenty_rows(warm: House, block: str, first: int) -> None:
    answer = warm.ask("legal", f"{{ dashboard {{ {block}(first: {first}) {{ totalCount }} }} }}")
    assert answer.data == {"dashboard": {block: None}}
    assert told(answer) == [bad_request(f"dashboard.{block}", f"`first` is {first}; it must be 1 to 20.")]


def test_blocks_show_the_first_rows_of_their_pages(warm: House, sandbox: Sandbox) -> None:
    page = warm.ask("legal", PAGE).data["dashboard"]
    rest = warm.ask(
        "legal",
        "{ customer { lines(first: 5) { totalCount nodes { number } }"
        "  orders(first: 5) { totalCount nodes { number } }"
        "  requests(first: 5) { totalCount nodes { kind } } } }",
    ).data["customer"]
    assert {name: page[name] for name in ("lines", "orders", "requests")} == rest
    bills = invoices(acting(sandbox.world, "legal"))
    assert page["invoices"] == {
        "totalCount": len(bills),
        "nodes": [{"number": bill.number} for bill in bills[:5]],
    }


# --- bad days ---------------------------------------------------------------------------------------------------------

MISSING = {
    "mobile": "Alcuni dati della rete mobile non sono al momento disponibili.",
    "fixed": "Alcuni dati della rete fissa non sono al momento disponibili.",
}
OTHER = {"mobile": "FIXED", "fixed": "MOBILE"}


@pytest.mark.parametrize("system", ["mobile", "fixed"])
@pytest.mark.parametrize(
    ("quirk", "code"),
    [(Quirk.NO_ANSWER, "TIMEOUT"), (Quirk.HTTP_ERROR, "UNAVAILABLE"), (Quirk.TRUNCATED, "BAD_DATA")],
)
def test_a_network_that_fails_takes_its_rows_and_says_so(
    sandbox: Sandbox, system: Any, quirk: Quirk, code: str
) -> None:
    sandbox.faults.set(Rule(quirk=quirk, system=system))
    patience_s = "1.2" if quirk is Quirk.NO_ANSWER else "1.9"
    with house(sandbox, backend_timeout_s=patience_s, connect_timeout_s=patience_s) as bff:
        answer = bff.ask("legal", PAGE)
    page = answer.data["dashboard"]
    halves = [(code, f"dashboard.{block}.totalCount") for block in ("lines", "invoices", "orders", "requests")]
    name = [(code, "dashboard.greeting.companyName")] if system == "fixed" else []
    assert sorted(answer.codes) == sorted([*halves, *name])
    assert all(page[block]["nodes"] for block in ("lines", "invoices", "orders", "requests"))
    assert page["alerts"][0] == {"severity": "WARNING", "message": MISSING[system]}
    states = {each["system"]: (each["state"], each["asOf"] is None) for each in page["freshness"]}
    assert states == {system.upper(): ("UNAVAILABLE", True), OTHER[system]: ("FRESH", False)}
    assert page["greeting"]["firstName"] == acting(sandbox.world, "legal").user.person.first_name
    assert len(page["contacts"]) == 5
    assert [each["label"] for each in page["tools"]] == [
        each["label"] for each in home.tools(acting(sandbox.world, "legal"))
    ]


def test_blocks_of_a_person_with_one_network_are_null_and_the_rest_of_the_page_is_there(sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile"))
    with house(sandbox) as bff:
        answer = bff.ask(
            "user",
            "{ dashboard { traffic { name } lines { totalCount } orders { totalCount } requests { totalCount } "
            "shortcuts { label } alerts { message } contacts { kind } freshness { state } } }",
        )
    page = answer.data["dashboard"]
    assert sorted(answer.codes) == [
        ("UNAVAILABLE", f"dashboard.{block}") for block in ("lines", "orders", "requests", "traffic")
    ]
    assert (page["lines"], page["orders"], page["traffic"]) == (None, None, None)
    assert [each["label"] for each in page["shortcuts"]] == ["I miei consumi"]
    assert [each["message"] for each in page["alerts"]] == [MISSING["mobile"]]
    assert page["freshness"] == [{"state": "UNAVAILABLE"}]


def test_traffic_that_can_not_be_read_is_null_and_the_page_says_why(sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="POST /queryUsageConsumption"))
    with house(sandbox) as bff:
        answer = bff.ask("user", "{ dashboard { traffic { name } lines { totalCount } freshness { state system } } }")
    assert answer.codes == [("UNAVAILABLE", "dashboard.traffic")]
    assert answer.data["dashboard"] == {
        "traffic": None,
        "lines": {"totalCount": 1},
        "freshness": [{"state": "UNAVAILABLE", "system": "MOBILE"}],
    }


def test_at_night_the_fixed_network_is_closed_until_morning_and_was_not_called(sandbox: Sandbox) -> None:
    sandbox.clock.set(datetime(2026, 11, 22, 23, 45, tzinfo=ROME))
    with house(sandbox) as bff:
        answers = {language: bff.ask("legal", PAGE, headers={"accept-language": language}) for language in ("it", "en")}
    assert [answer.data["dashboard"]["alerts"][0]["message"] for answer in answers.values()] == [
        "La rete fissa è in manutenzione fino al 23/11/2026 05:30: alcuni dati non sono disponibili.",
        "The fixed network is under maintenance until 23/11/2026 05:30: some data are missing.",
    ]
    assert not [operation for operation in answers["it"].calls if operation.startswith("fixed")]


def test_old_copies_stand_in_and_the_page_says_how_old_it_is(sandbox: Sandbox) -> None:
    with house(sandbox) as bff:
        whole = bff.ask("legal", PAGE).data["dashboard"]
        sandbox.clock.advance(20 * 60)
        sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed"))
        answer = bff.ask("legal", PAGE)
    page = answer.data["dashboard"]
    assert answer.errors == []
    assert page["invoices"] == whole["invoices"]
    assert page["alerts"][0] == {
        "severity": "INFO",
        "message": "I dati della rete fissa potrebbero non essere aggiornati.",
    }
    [fixed] = [each for each in page["freshness"] if each["system"] == "FIXED"]
    assert fixed["state"] == "STALE"
    assert fixed["asOf"] <= min(each["asOf"] for each in whole["freshness"] if each["system"] == "FIXED")


def test_a_row_that_can_not_be_counted_gives_no_number_rather_than_a_wrong_one(sandbox: Sandbox) -> None:
    """Overdue invoices are counted over both networks or not at all."""
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="FindInvoicesByAccount"))
    with house(sandbox) as bff:
        alerts = bff.ask("legal", PAGE).data["dashboard"]["alerts"]
    who = acting(sandbox.world, "legal")
    assert any(shown.invoice(bill, who)["state"] == "OVERDUE" for bill in invoices(who))
    assert [each["message"] for each in alerts if "scadute" in each["message"]] == []
