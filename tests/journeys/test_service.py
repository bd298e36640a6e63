"""Services beside lines and contracts: what they cost, whose they are, and what is left of a page without them."""

from collections import Counter

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys import shown
from tests.journeys.acting import acting, fixed_lines, mobile_lines
from tests.journeys.answer import forbidden, told
from tests.journeys.ident import id_of

OWN = "{ viewer { line { number services { code } premium { enabled } } } }"
CONTRACTS = "{ customer { contracts { nodes { number services { companyReference charitySms } } } } }"
MOBILE = "{ customer { mobileLines(first: 20) { nodes { number services { code } premium { blackList } } } } }"
FIXED = "{ customer { fixedLines { nodes { number services { code } tiAvviso ivr } } } }"


def without_services(query: str) -> str:
    return query.partition(" services")[0] + " } } } }"


@pytest.mark.parametrize(
    ("query", "call"),
    [
        (CONTRACTS, "mobile GET /product"),
        (MOBILE, "mobile GET /product"),
        (FIXED, "fixed FindServicesByLine"),
    ],
)
def test_the_services_of_a_page_are_one_call_and_none_when_warm(bff: House, query: str, call: str) -> None:
    bff.ask("legal", without_services(query))

    cold, warm = bff.ask("legal", query), bff.ask("legal", query)

    assert (cold.errors, cold.calls) == ([], Counter({call: 1}))
    assert (warm.data, warm.calls) == (cold.data, Counter())


def test_who_may_see_their_own_line_but_no_services_is_refused_these_and_nothing_is_asked_for_them(
    bff: House, sandbox: Sandbox
) -> None:
    line = mobile_lines(acting(sandbox.world, "user"), "own")[0]

    answer = bff.ask("user", OWN)

    assert answer.data == {"viewer": {"line": {"number": line.msisdn, "services": None, "premium": None}}}
    assert told(answer) == [
        forbidden("viewer.line.services", "services.line"),
        forbidden("viewer.line.premium", "services.line"),
    ]
    assert answer.calls["mobile GET /product"] == 1, "the line alone"


def test_lines_have_their_services_through_the_interface_too(warm: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    mobile, fixed = mobile_lines(who, "all")[0], fixed_lines(who, "all")[0]
    ids = [id_of(mobile, who.company), id_of(fixed, who.company)]

    answer = warm.ask(
        "legal", "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Line { services { code } } } }", {"ids": ids}
    )

    due = [shown.mobile_services(mobile, who.company), shown.fixed_services(fixed, who.company)]
    assert answer.data == {"nodes": [{"services": [{"code": row["code"]} for row in each["services"]]} for each in due]}


@pytest.mark.parametrize(
    ("query", "block", "lost"),
    [(CONTRACTS, "contracts", ["services"]), (MOBILE, "mobileLines", ["services", "premium"])],
)
def test_without_the_mobile_network_what_is_known_of_contracts_and_lines_stays(
    bff: House, sandbox: Sandbox, query: str, block: str, lost: list[str]
) -> None:
    known = bff.ask("legal", without_services(query)).data["customer"][block]["nodes"]
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile"))

    answer = bff.ask("legal", query)

    assert answer.data["customer"][block]["nodes"] == [{**each, **dict.fromkeys(lost)} for each in known]
    assert set(answer.codes) == {
        ("UNAVAILABLE", f"customer.{block}.nodes.{index}.{name}") for index in range(len(known)) for name in lost
    }


@pytest.mark.parametrize(
    ("quirk", "code"),
    [(Quirk.HTTP_ERROR, "UNAVAILABLE"), (Quirk.TRUNCATED, "BAD_DATA"), (Quirk.SLOW_TAIL, "TIMEOUT")],
)
def test_without_its_system_only_the_services_are_missing(
    bff: House, sandbox: Sandbox, quirk: Quirk, code: str
) -> None:
    lines = fixed_lines(acting(sandbox.world, "legal"), "all")
    sandbox.faults.set(Rule(quirk=quirk, system="fixed", operation="FindServicesByLine"))

    answer = bff.ask("legal", "{ customer { fixedLines { nodes { number state services { code } } } } }")

    assert answer.data["customer"]["fixedLines"]["nodes"] == [
        {"number": f"+39{line.id}", "state": shown.state(line), "services": None} for line in lines
    ]
    assert answer.codes == [(code, f"customer.fixedLines.nodes.{index}.services") for index in range(len(lines))]


def test_an_older_copy_stands_in_for_the_failing_system(sandbox: Sandbox) -> None:
    with house(sandbox) as bff:
        before = bff.ask("legal", FIXED)
        sandbox.clock.advance(3600)
        sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="FindServicesByLine"))

        answer = bff.ask("legal", FIXED)

    assert (answer.data, answer.errors) == (before.data, [])
