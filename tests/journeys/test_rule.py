"""How a refusal looks: errors once per selection, references and rows out of reach as plain nulls.

Source: spec, schema.md, rules 15 and 16.
"""

from collections import Counter

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import MobileLine, Order
from tests.house import House
from tests.journeys import shown
from tests.journeys.acting import Acting, acting, invoices, mobile_lines, number, orders
from tests.journeys.answer import forbidden, told
from tests.journeys.ident import id_of

LINE_OF_INVOICES = "{ customer { invoices(first: 100) { nodes { number lineNumber line { number } } } } }"


@pytest.fixture
def light(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "light")


@pytest.fixture
def user(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "user")


# --- references -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", ["light", "ceased"])
def test_a_reference_to_a_line_out_of_reach_is_null_without_an_error(
    warm: House, sandbox: Sandbox, persona: str
) -> None:
    who = acting(sandbox.world, persona)
    due = [
        {"number": bill.number, "lineNumber": line and number(line), "line": None}
        for bill in invoices(who)
        for line in [shown.charged_line(bill, who.company)]
    ]

    answer = warm.ask(persona, LINE_OF_INVOICES)

    assert any(row["lineNumber"] for row in due), "an invoice must name a line, or nothing is proven"
    assert (answer.data, answer.errors) == ({"customer": {"invoices": {"nodes": due}}}, [])


def test_a_reference_to_a_line_within_reach_is_the_line(warm: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "mobile")
    lines = [shown.charged_line(bill, who.company) for bill in invoices(who)]

    answer = warm.ask("mobile", LINE_OF_INVOICES)

    told_lines = [row["line"] and row["line"]["number"] for row in answer.data["customer"]["invoices"]["nodes"]]
    assert any(told_lines)
    assert told_lines == [line and number(line) for line in lines]


def test_a_reference_to_a_contract_is_null_without_an_error_and_costs_nothing_for_who_sees_no_contracts(
    bff: House, user: Acting
) -> None:
    line = mobile_lines(user, "own")[0]
    contract_number = shown.mobile(line, user.company)["contractNumber"]
    query = "{ viewer { line { number contractNumber %s } } }"

    without = bff.ask("user", query % "")
    answer = bff.ask("user", query % "contract { number state billing { paperless } }")

    own = {"number": line.msisdn, "contractNumber": contract_number}
    assert without.data == {"viewer": {"line": own}}
    assert (answer.data, answer.errors) == ({"viewer": {"line": {**own, "contract": None}}}, [])
    assert answer.calls == Counter()


def test_the_ceased_customer_has_no_line_of_their_own_and_no_error_for_it(warm: House) -> None:
    answer = warm.ask("ceased", "{ viewer { line { number } } }")

    assert (answer.data, answer.errors) == ({"viewer": {"line": None}}, [])


# --- one error per selection ------------------------------------------------------------------------------------------


def test_a_denied_selection_under_a_list_has_one_error_at_its_first_place_with_the_count(
    bff: House, light: Acting
) -> None:
    count = len(light.company.agreements)

    answer = bff.ask("light", "{ customer { contracts { nodes { number state lines { totalCount } } } } }")

    assert answer.data["customer"]["contracts"]["nodes"] == [
        {"number": each.number, "state": None, "lines": None} for each in light.company.agreements
    ]
    assert told(answer) == [
        forbidden("customer.contracts.nodes.0.state", "contract.detail", count=count),
        forbidden("customer.contracts.nodes.0.lines", "mobile.list", count=count),
    ]
    assert "mobile GET /product" not in answer.calls


def test_a_denied_selection_under_lists_within_lists_has_one_error(bff: House, light: Acting) -> None:
    query = (
        "{ customer { invoices(first: 100) { nodes { contract { invoices(first: 2) { nodes {"
        " contract { startsOn } } } } } } } }"
    )
    mobile = [bill for bill in invoices(light) if bill.account.startswith("MBA")]

    answer = bff.ask("light", query)

    first = next(index for index, bill in enumerate(invoices(light)) if bill is mobile[0])
    path = f"customer.invoices.nodes.{first}.contract.invoices.nodes.0.contract.startsOn"
    assert told(answer) == [forbidden(path, "contract.detail", count=2 * len(mobile))]


@pytest.mark.parametrize(
    "empty",
    [
        "contracts(offset: 50) { nodes { state } }",
        'lines(filter: { search: "none" }) { nodes { ... on FixedLine { account { code } } invoices { totalCount } } }',
        "orders(filter: { kinds: [UNKNOWN] }) { nodes { items { line { invoices { totalCount } } } } }",
    ],
)
def test_nothing_is_refused_under_an_empty_list(warm: House, empty: str) -> None:
    answer = warm.ask("light", f"{{ customer {{ {empty} }} }}")

    assert (answer.data, answer.errors) == ({"customer": {empty.partition("(")[0]: {"nodes": []}}}, [])


def test_aliases_are_selections_of_their_own(warm: House) -> None:
    answer = warm.ask("user", "{ customer { a: invoices { totalCount } b: invoices(first: 1) { totalCount } } }")

    assert answer.data == {"customer": {"a": None, "b": None}}
    assert told(answer) == [forbidden("customer.a", "invoices.list"), forbidden("customer.b", "invoices.list")]


def test_one_selection_in_several_fragments_is_refused_once(warm: House) -> None:
    query = (
        "{ customer { ...a ...b ... on Customer { invoices { totalCount } } } }"
        " fragment a on Customer { invoices { nodes { number } } ...b }"
        " fragment b on Customer { invoices { windowFrom } company { name } }"
    )

    answer = warm.ask("purchaser", query)

    assert answer.data["customer"]["invoices"] is None
    assert answer.data["customer"]["company"] is not None
    assert told(answer) == [forbidden("customer.invoices", "invoices.list")]


def test_a_selection_behind_a_fragment_on_an_interface_is_refused_as_one_on_the_type(warm: House, user: Acting) -> None:
    own = mobile_lines(user, "own")[0]
    query = "query ($id: ID!) { node(id: $id) { ... on Line { number invoices { totalCount } } } }"

    answer = warm.ask("user", query, {"id": id_of(own, user.company)})

    assert answer.data == {"node": {"number": own.msisdn, "invoices": None}}
    assert told(answer) == [forbidden("node.invoices", "invoices.list")]


@pytest.mark.parametrize(("with_invoices", "errors"), [(False, 0), (True, 1)])
def test_what_is_left_out_by_a_directive_is_not_refused(warm: House, with_invoices: bool, errors: int) -> None:  # noqa: FBT001
    query = "query ($with: Boolean!) { customer { id invoices @include(if: $with) { totalCount } } }"

    answer = warm.ask("user", query, {"with": with_invoices})

    assert len(answer.errors) == errors


def test_the_rest_of_the_page_is_served_beside_a_refusal(warm: House, user: Acting) -> None:
    query = (
        "{ viewer { profile } customer { company { name } mobileLines { totalCount } lines { totalCount }"
        "  recipientCodes { code } orders { totalCount } } }"
    )

    answer = warm.ask("user", query)

    assert answer.data == {
        "viewer": {"profile": "END_USER"},
        "customer": {
            "company": {"name": user.company.name},
            "mobileLines": None,
            "lines": {"totalCount": 1},
            "recipientCodes": None,
            "orders": {"totalCount": len(orders(user, "own"))},
        },
    }
    assert told(answer) == [
        forbidden("customer.mobileLines", "mobile.list"),
        forbidden("customer.recipientCodes", "company.recipient"),
    ]


# --- rows out of reach ------------------------------------------------------------------------------------------------


def test_nodes_out_of_reach_are_null_in_their_places_without_an_error(bff: House, user: Acting) -> None:
    company = user.company
    own = mobile_lines(user, "own")[0]
    colleague = next(line for line in company.mobile_lines if line.product_id != own.product_id)
    hidden: list[object] = [colleague, company.fixed_lines[0], company.agreements[0], company.bills[0]]
    ids = [id_of(row, company) for row in (*hidden[:2], own, *hidden[2:])]

    answer = bff.ask("user", "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": ids})

    assert (answer.data, answer.errors) == (
        {"nodes": [None, None, {"__typename": "MobileLine", "id": ids[2]}, None, None]},
        [],
    )
    assert not any(call.startswith("fixed") for call in answer.calls)


def test_a_line_out_of_reach_is_not_even_asked_for(bff: House, sandbox: Sandbox, user: Acting) -> None:
    colleague = next(line for line in user.company.mobile_lines if line.product_id != user.membership.line_id)

    answer = bff.ask("user", "query ($id: ID!) { line(id: $id) { number } }", {"id": id_of(colleague, user.company)})

    assert (answer.data, answer.errors) == ({"line": None}, [])
    assert answer.calls == Counter({"directory GET /Users": 1})


def test_an_order_that_a_person_placed_tells_neither_a_colleagues_line_nor_its_number(
    warm: House, sandbox: Sandbox
) -> None:
    who, order, line = _placed_for_a_colleague(sandbox)

    answer = warm.ask(
        _PERSONA[who.profile],
        "query ($id: ID!) { order(id: $id) { items { lineNumber line { number } } } }",
        {"id": id_of(order, who.company)},
    )

    assert answer.errors == []
    assert {"lineNumber": None, "line": None} in answer.data["order"]["items"]
    assert line.msisdn not in answer.response.text


_PERSONA = {"ADMIN_LIGHT": "light", "END_USER": "user", "END_USER_PURCHASER": "purchaser"}


def _placed_for_a_colleague(sandbox: Sandbox) -> tuple[Acting, Order, MobileLine]:
    for persona in _PERSONA.values():
        who = acting(sandbox.world, persona)
        for order in orders(who, "own"):
            for item in order.items:
                line = shown.line_by_key(item.line_id, who.company)
                if isinstance(line, MobileLine) and line.product_id != who.membership.line_id:
                    return who, order, line
    pytest.fail("nobody placed an order for a colleague's line in this world")
