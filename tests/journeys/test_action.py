"""The buttons of every page, on a running house: what they say, in which language, at what cost, on a bad day."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis

from bff.state.switches import KEY
from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Company, ServiceRequest
from tests.domain.test_act import FIXED, LINE_STATES, MOBILE
from tests.faults.test_maintenance import window_around
from tests.house import Answer, House, house
from tests.journeys import shown
from tests.journeys.acting import ORDERS_FROM, PERSONAS, TODAY, acting, matrix, mobile_lines, number
from tests.waiting import eventually

BUTTON = "actions { name state reason message availableFrom }"
LINES = f"""query ($first: Int = 100) {{ customer {{
  mobileLines(first: $first) {{ nodes {{ number state prepaid sim {{ iccid }} {BUTTON} }} }}
}} }}"""
FIXED_LINES = f"{{ customer {{ fixedLines(first: 100) {{ nodes {{ number state {BUTTON} }} }} }} }}"
OWN_LINE = f"{{ viewer {{ line {{ number state {BUTTON} }} }} }}"
CONTRACTS = (
    f"{{ customer {{ contracts {{ nodes {{ number state {BUTTON} services {{ timDuo {{ lineNumber }} }} }} }} }} }}"
)
INVOICES = (
    "{ customer { invoices(first: 100) { nodes { number kind creditNote state period { from }"
    f" {BUTTON} }} }} }} }}"
)
WHOLE = f"{{ viewer {{ {BUTTON} }} customer {{ {BUTTON} }} }}"


def short(actions: list[dict[str, Any]]) -> dict[str, str]:
    """Tell each button in short, as the tests of the acts do."""
    return {each["name"]: " ".join(filter(None, (each["state"], each["reason"]))) for each in actions}


def nodes(answer: Answer, field: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer.data["customer"][field]["nodes"]
    assert rows
    return rows


# --- what they say ----------------------------------------------------------------------------------------------------

SWITCH, EMAIL, OFFICE = "membershipSwitch", "communicationsEmailChange", "registeredOfficeChange"


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_person_and_the_company_have_the_buttons_of_the_profile(
    warm: House, sandbox: Sandbox, persona: str
) -> None:
    answer = warm.ask(persona, WHOLE)

    may = acting(sandbox.world, persona).may
    due = {
        "company.office": OFFICE,
        "company.email": EMAIL,
        "users.create": "userCreate",
        "users.export": "usersExport",
    }
    due |= {"invoices.other.pay": "otherInvoicePay", "invoices.other.report": "otherInvoicePaymentReport"}
    assert answer.errors == []
    told = {name: "ENABLED" if may[function] == "all" else "DISABLED PROFILE" for function, name in due.items()}
    if told[OFFICE] == "ENABLED" and under_way(acting(sandbox.world, persona).company, "REGISTERED_OFFICE"):
        told[OFFICE] = "DISABLED IN_PROGRESS"
    assert short(answer.data["customer"]["actions"]) == told
    of_viewer = short(answer.data["viewer"]["actions"])
    assert of_viewer.pop(SWITCH) == "HIDDEN STATE"
    assert of_viewer.pop("chatOpen") == "DISABLED SYSTEM_UNAVAILABLE"
    assert set(of_viewer.values()) == {"ENABLED"}


def under_way(company: Company, kind: str) -> list[ServiceRequest]:
    """Give the requests of a kind that are still to be done, of those that are shown."""
    recent = (each for each in company.requests if each.made_at.date() >= ORDERS_FROM)
    return [each for each in recent if each.kind == kind and each.state in {"RECEIVED", "IN_PROGRESS"}]


def test_on_a_sunday_the_chat_opens_on_monday_and_then_it_is_open(sandbox: Sandbox) -> None:
    def chat(opened: House) -> dict[str, Any]:
        actions = opened.ask("user", WHOLE).data["viewer"]["actions"]
        return next(each for each in actions if each["name"] == "chatOpen")

    with house(sandbox) as opened:
        closed = chat(opened)
        sandbox.clock.advance(24 * 3600)
        assert chat(opened)["state"] == "ENABLED"
    assert closed["availableFrom"] == "2026-11-23T08:00:00+01:00"
    assert closed["message"] == "In questo momento nessuno risponde."


def test_who_acts_for_two_companies_may_change_and_a_company_without_fixed_lines_has_no_address_for_them(
    warm: House, sandbox: Sandbox
) -> None:
    first = acting(sandbox.world, "double").membership.id
    answer = warm.ask("double", WHOLE, headers={"x-membership": first})
    assert short(answer.data["viewer"]["actions"])[SWITCH] == "ENABLED"
    assert short(answer.data["customer"]["actions"])[EMAIL] == "HIDDEN STATE"


def test_every_line_has_the_buttons_of_its_state(warm: House, sandbox: Sandbox) -> None:
    company = acting(sandbox.world, "admin").company
    mobile, fixed = (warm.ask("admin", query) for query in (LINES, FIXED_LINES))

    for row in nodes(mobile, "mobileLines"):
        due = {name: states[LINE_STATES.index(row["state"])] for name, states in MOBILE.items()}
        if row["sim"] is None and due["simChange"] == "ENABLED":
            due["simChange"] = "DISABLED STATE"
        if not row["prepaid"]:
            due["lineTopUp"] = "HIDDEN NOT_SUBSCRIBED"
        assert short(row["actions"]) == due
    for row in nodes(fixed, "fixedLines"):
        assert short(row["actions"]) == {
            name: states[LINE_STATES.index(row["state"])] for name, states in FIXED.items()
        }
    assert len(nodes(mobile, "mobileLines")) == len(company.mobile_lines)
    assert len({row["state"] for row in nodes(mobile, "mobileLines")}) > 2


@pytest.mark.parametrize("persona", ["light", "user", "purchaser"])
def test_a_line_of_ones_own_has_what_the_profile_may_do_with_it(warm: House, sandbox: Sandbox, persona: str) -> None:
    who = acting(sandbox.world, persona)
    (own,) = mobile_lines(who, "own")
    line = warm.ask(persona, OWN_LINE).data["viewer"]["line"]

    functions = {row["id"]: row[who.profile] for row in matrix().values()}
    told = short(line["actions"])
    assert (line["number"], line["state"]) == (number(own), "ACTIVE")
    assert {name: told[name] != "DISABLED PROFILE" for name in ("simChange", "linesCease", "premiumServicesSet")} == {
        "simChange": functions["mobile.sim.change"] != "no",
        "linesCease": functions["mobile.cease"] != "no",
        "premiumServicesSet": functions["services.premium"] != "no",
    }
    assert told["lineTopUp"] == ("ENABLED" if own.prepaid else "HIDDEN NOT_SUBSCRIBED")


def test_a_contract_without_tim_duo_says_that_it_is_not_subscribed(warm: House) -> None:
    rows = nodes(warm.ask("admin", CONTRACTS), "contracts")
    told = [(bool(row["services"]["timDuo"]), row["state"], short(row["actions"])["timDuoSet"]) for row in rows]
    active = {(pairs, shown) for pairs, state, shown in told if state == "ACTIVE"}
    assert active == {(True, "ENABLED"), (False, "DISABLED NOT_SUBSCRIBED")}


def test_a_direct_debit_that_the_bank_has_yet_to_answer_is_not_changed(warm: House) -> None:
    query = f"{{ customer {{ contracts {{ nodes {{ billing {{ directDebit {{ validFrom }} }} {BUTTON} }} }} }} }}"
    rows = nodes(warm.ask("admin", query), "contracts")
    told = set()
    for row in rows:
        debit = row["billing"]["directDebit"]
        awaited = debit is not None and debit["validFrom"] is not None and debit["validFrom"] > TODAY.isoformat()
        told.add((awaited, short(row["actions"])["contractDirectDebitSet"]))
    assert told == {(True, "DISABLED IN_PROGRESS"), (False, "ENABLED")}


def test_an_invoice_is_merged_with_others_of_its_bimester_when_it_is_not_being_merged(
    warm: House, sandbox: Sandbox
) -> None:
    rows = nodes(warm.ask("admin", INVOICES), "invoices")
    fixed = [(_bimester(row), row) for row in rows if row["kind"] == "FIXED" and row["creditNote"] is False]
    bimesters = Counter(bimester for bimester, _ in fixed)
    due = {row["number"]: "ENABLED" if bimesters[bimester] > 1 else "DISABLED STATE" for bimester, row in fixed}
    merging = under_way(acting(sandbox.world, "admin").company, "INVOICE_MERGE")
    due |= {bill.number: "DISABLED IN_PROGRESS" for each in merging for bill in each.merged if bill.number in due}
    shown_ = {row["number"]: short(row["actions"])["invoicesMerge"] for row in rows}
    assert shown_ == {row["number"]: due.get(row["number"], "HIDDEN STATE") for row in rows}
    assert {"ENABLED", "DISABLED IN_PROGRESS"} <= set(due.values())


def test_an_invoice_names_those_that_it_is_merged_with(warm: House) -> None:
    query = INVOICES.replace(BUTTON, "mergeableWith { number }")
    rows = nodes(warm.ask("admin", query), "invoices")
    fixed = {row["number"]: _bimester(row) for row in rows if row["kind"] == "FIXED" and row["creditNote"] is False}
    for row in rows:
        mine = fixed.get(row["number"])
        due = {number for number, bimester in fixed.items() if bimester == mine and number != row["number"]}
        assert {each["number"] for each in row["mergeableWith"]} == due
    assert any(row["mergeableWith"] for row in rows)


def _bimester(row: dict[str, Any]) -> tuple[str, int]:
    """Tell the bimester of an invoice of one or two months, by its first day."""
    year, month, _ = row["period"]["from"].split("-")
    return year, (int(month) + 1) // 2


def test_a_user_has_the_buttons_of_their_state_and_oneself_few(warm: House) -> None:
    users = nodes(
        warm.ask("legal", f"{{ customer {{ users(first: 100) {{ nodes {{ profile state {BUTTON} }} }} }} }}"), "users"
    )
    told = {(row["profile"], row["state"]): short(row["actions"]) for row in users}
    assert told["END_USER", "TO_REGISTER"]["usersRegister"] == "ENABLED"
    assert told["END_USER", "REGISTERED"]["usersPasswordReset"] == "ENABLED"
    assert told["END_USER", "DISABLED"]["usersDeactivate"] == "DISABLED STATE"
    assert told["LEGAL_REPRESENTATIVE", "REGISTERED"]["usersDelete"] == "DISABLED STATE"


@pytest.mark.parametrize(
    ("language", "message"),
    [("it-IT", "Il tuo profilo non consente questa operazione."), ("en", "Your profile does not allow this.")],
)
def test_why_not_is_told_in_the_language_of_who_asks(warm: House, language: str, message: str) -> None:
    answer = warm.ask("user", WHOLE, headers={"accept-language": language})
    assert {each["message"] for each in answer.data["customer"]["actions"]} == {message}


# --- what they cost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("field", "query"), [("mobileLines", LINES), ("fixedLines", FIXED_LINES)])
def test_the_buttons_of_a_hundred_lines_cost_no_call(sandbox: Sandbox, field: str, query: str) -> None:
    bare = query.replace(BUTTON, "")
    with house(sandbox) as one, house(sandbox) as other:
        without, cold = one.ask("big", bare), other.ask("big", query)
        warm = other.ask("big", query)
    assert len(nodes(cold, field)) == 100
    assert cold.calls == without.calls
    assert warm.calls == Counter()


def test_the_buttons_of_contracts_cost_a_call_for_each_condition_and_of_invoices_one_for_what_is_under_way(
    sandbox: Sandbox,
) -> None:
    with house(sandbox) as one, house(sandbox) as other:
        contracts = CONTRACTS.replace(BUTTON, "").replace("services { timDuo { lineNumber } }", "")
        extra = other.ask("admin", CONTRACTS).calls - one.ask("admin", contracts).calls
        invoices = one.ask("admin", INVOICES.replace(BUTTON, "")).calls
        assert extra == Counter(
            {"mobile GET /product": 1, "mobile GET /billingAccount": 1, "mobile GET /paymentMethod": 1}
        )
        assert other.ask("admin", INVOICES).calls - invoices == Counter({"fixed FindRequestsByCustomer": 1})


def test_what_the_profile_may_not_do_is_not_read_for(bff: House) -> None:
    assert bff.ask("user", WHOLE).calls == Counter({"directory GET /Users": 1})


# --- on a bad day -----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(sandbox: Sandbox) -> Company:
    return acting(sandbox.world, "legal").company


def test_at_night_the_buttons_of_fixed_lines_say_when_they_work_again(sandbox: Sandbox, small: Company) -> None:
    window, opens = window_around(sandbox.clock.now() + timedelta(hours=2))
    with house(sandbox, fixed_closed=window) as opened:
        opened.ask("admin", FIXED_LINES)
        sandbox.clock.advance(1.5 * 3600)
        rows = nodes(opened.ask("admin", FIXED_LINES), "fixedLines")
        mobile = nodes(opened.ask("admin", LINES), "mobileLines")
        company = opened.ask("admin", WHOLE).data["customer"]["actions"]
    assert len(rows) == len(small.fixed_lines)
    for row in rows:
        by_name = {each["name"]: each for each in row["actions"]}
        if row["state"] == "ACTIVE":
            assert by_name["linesCease"]["reason"] == "SYSTEM_UNAVAILABLE"
            assert by_name["linesCease"]["availableFrom"] == shown.instant(opens)
    assert {short(company)[name] for name in ("otherInvoicePay", EMAIL)} == {"DISABLED SYSTEM_UNAVAILABLE"}
    assert "SYSTEM_UNAVAILABLE" not in {each["reason"] for row in mobile for each in row["actions"]}


def test_a_change_is_refused_for_what_its_button_says(sandbox: Sandbox) -> None:
    window, opens = window_around(sandbox.clock.now() + timedelta(hours=2))
    query = f"{{ customer {{ invoices(filter: {{ kinds: [FIXED] }}) {{ nodes {{ document {{ id }} {BUTTON} }} }} }} }}"
    change = "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) { status } }"
    with house(sandbox, fixed_closed=window) as opened:
        document = nodes(opened.ask("admin", query), "invoices")[0]["document"]["id"]
        assert opened.ask("admin", change, {"id": document}).data == {"documentLinkCreate": {"status": "DONE"}}
        sandbox.clock.advance(1.5 * 3600)
        row = nodes(opened.ask("admin", query), "invoices")[0]
        answer = opened.ask("admin", change, {"id": document})
    (button,) = (each for each in row["actions"] if each["name"] == "documentLinkCreate")
    assert (button["reason"], button["availableFrom"]) == ("SYSTEM_UNAVAILABLE", shown.instant(opens))
    assert answer.codes == [("MAINTENANCE", "documentLinkCreate")]
    assert answer.errors[0]["extensions"]["availableFrom"] == button["availableFrom"]


OFFERS = f"{{ customer {{ offers {{ nodes {{ forLines eligibleLines {{ totalCount }} {BUTTON} }} }} }} }}"


@pytest.mark.parametrize("persona", ["admin", "light", "purchaser"])
def test_an_offer_is_bought_by_who_may_and_for_lines_that_can_have_it(warm: House, persona: str) -> None:
    for row in nodes(warm.ask(persona, OFFERS), "offers"):
        told = short(row["actions"])["offerBuy"]
        if persona == "light":
            assert told == "DISABLED PROFILE"
        elif not row["forLines"]:
            assert told == ("ENABLED" if persona == "admin" else "DISABLED PROFILE")
        elif row["eligibleLines"]["totalCount"]:
            assert told == "ENABLED"
        else:
            assert told in {"ENABLED", "DISABLED STATE"}  # lines that were recommended and are not in use


def test_when_services_can_not_be_read_only_what_needs_them_is_grey(bff: House, sandbox: Sandbox) -> None:
    bff.ask("admin", CONTRACTS.replace(BUTTON, "").replace("services { timDuo { lineNumber } }", ""))
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /product"))
    answer = bff.ask("admin", CONTRACTS.replace("services { timDuo { lineNumber } }", ""))
    assert answer.errors == []
    for row in nodes(answer, "contracts"):
        told = short(row["actions"])
        assert told.pop("timDuoSet") == "DISABLED SYSTEM_UNAVAILABLE"
        told.pop("contractDirectDebitSet")
        assert set(told.values()) == {"ENABLED"}


@pytest.fixture
def switch(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.mark.redis
@pytest.mark.parametrize(
    ("closed", "greyed"),
    [
        ("mobile.sim.block", {"simBlock"}),
        ("MOBILE", {"simBlock", "simChange", "linesCease", "mobileNuisanceReport"}),
    ],
)
def test_an_operators_switch_greys_what_it_closes_with_the_time(
    sandbox: Sandbox, redis_url: str, switch: redis.Redis, closed: str, greyed: set[str]
) -> None:
    with house(sandbox, state_redis_url=redis_url, switch_period_s=0.05) as opened:
        opened.ask("light", OWN_LINE)
        switch.hset(KEY, closed, "2026-11-22T23:15:00+01:00")

        def grey() -> dict[str, Any]:
            actions = opened.ask("light", OWN_LINE).data["viewer"]["line"]["actions"]
            return {each["name"]: each for each in actions if each["reason"] == "SYSTEM_UNAVAILABLE"}

        eventually(lambda: bool(grey()), f"{closed} greys nothing")
        found = grey()
    assert set(found) & greyed == greyed - {"linesCease"}
    assert {each["availableFrom"] for each in found.values()} == {"2026-11-22T23:15:00+01:00"}
