"""What the committed `schema.graphql` says: it is fresh, described for its readers, and true to the profile matrix.

Read from the file's text with graphql-core alone, so that nothing of the schema's own machinery is believed.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DirectiveDefinitionNode,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_introspection_type,
    parse,
    specified_directives,
    value_from_ast_untyped,
)

from bff.schema import sdl

ROOT = Path(__file__).parents[2]
SDL = (ROOT / "schema.graphql").read_text(encoding="utf-8")
SCHEMA = build_schema(SDL)
with (ROOT / "bff/auth/matrix.csv").open(encoding="utf-8", newline="") as _file:
    MATRIX = {row["id"]: row for row in csv.DictReader(_file)}
PROFILES = [column for column in next(iter(MATRIX.values())) if column.isupper()]


def test_the_committed_schema_is_what_the_code_prints() -> None:
    assert sdl() == SDL


# --- descriptions -----------------------------------------------------------------------------------------------------


def members(node: Any, within: str = "") -> Iterator[tuple[str, str | None]]:
    """Give the coordinate and the description of a definition and of all its parts.

    The arguments of a directive are left out: Strawberry prints them without descriptions.
    """
    coordinate = f"{within}.{node.name.value}".lstrip(".")
    yield coordinate, node.description.value if node.description else None
    parts = () if isinstance(node, DirectiveDefinitionNode) else ("fields", "values", "arguments")
    for part in parts:
        for member in getattr(node, part, None) or ():
            yield from members(member, coordinate)


def is_specs_own(definition: Any) -> bool:
    """Tell whether a definition only repeats the specification, for tools that are older than that: `@oneOf`."""
    return definition.name.value in {directive.name for directive in specified_directives}


def test_everything_is_described_in_whole_sentences() -> None:
    described = [
        member
        for definition in parse(SDL).definitions
        if not is_specs_own(definition)
        for member in members(definition)
    ]
    wrong = [
        coordinate
        for coordinate, text in described
        if not text or text[0].islower() or not text.endswith(".") or text != text.strip()
    ]
    assert wrong == []
    assert {"profiles", "Date", "Sim.iccid", "Customer.lines.first", "LineFilter.search"} <= dict(described).keys()


OF_A_CHANGE = {"Document", "Invoice.document", "InvoicePayment", "TopUpPayment"}
"""What is shown to whoever may have something done with it."""

KINDS = {"Mutation": "mutation", "Subscription": "subscription"}

# --- the matrix -------------------------------------------------------------------------------------------------------


def rules(node: Any) -> list[tuple[str, list[str], list[str]]]:
    """Give function, `all` and `own` of each @profiles on a type or a field."""
    written = [directive for directive in node.directives or () if directive.name.value == "profiles"]
    values = [
        {argument.name.value: value_from_ast_untyped(argument.value) for argument in each.arguments} for each in written
    ]
    return [(each["function"], each["all"], each["own"]) for each in values]


def is_public(node: Any) -> bool:
    """Tell whether anybody may use a field."""
    return any(directive.name.value == "public" for directive in node.directives or ())


def guarded() -> Iterator[tuple[str, tuple[str, list[str], list[str]]]]:
    for name, kind in SCHEMA.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and kind.ast_node is not None:
            for each in rules(kind.ast_node):
                yield name, each
            for field_name, field in kind.fields.items():
                for each in rules(field.ast_node):
                    yield f"{name}.{field_name}", each


@pytest.mark.parametrize(
    ("coordinate", "written"), list(guarded()), ids=lambda value: value if type(value) is str else ""
)
def test_a_rule_gives_the_lists_of_its_row_in_the_matrix(
    coordinate: str, written: tuple[str, list[str], list[str]]
) -> None:
    function, everything, own = written
    row = MATRIX[function]
    kind = "mutation" if coordinate in OF_A_CHANGE else KINDS.get(coordinate.partition(".")[0], "query")
    assert row["kind"] == kind, coordinate
    assert everything == [profile for profile in PROFILES if row[profile] == "all"]
    assert own == [profile for profile in PROFILES if row[profile] == "own"]


def test_the_reads_of_this_slice_are_all_guarded_by_their_function() -> None:
    assert {function for _, (function, _, _) in guarded()} == {
        "viewer.read",
        "viewer.switch",
        "personal.read",
        "company.read",
        "company.holdings",
        "company.recipient",
        "users.list",
        "users.create",
        "users.register",
        "users.profile",
        "users.password",
        "users.credentials",
        "users.deactivate",
        "users.delete",
        "users.export",
        "mobile.list",
        "mobile.detail",
        "mobile.iccid",
        "mobile.cease",
        "mobile.nuisance",
        "mobile.sim.change",
        "mobile.sim.block",
        "usage.credit",
        "usage.extra",
        "usage.byoffer",
        "usage.bytype",
        "usage.records",
        "contract.detail",
        "contract.debit",
        "contract.delivery",
        "contract.paperless",
        "fixed.list",
        "fixed.detail",
        "fixed.cease",
        "fixed.debit",
        "fixed.delivery",
        "fixed.nuisance",
        "fixed.relocate",
        "fixed.paperless",
        "fixed.tiavviso",
        "services.contract",
        "services.line",
        "services.fixed",
        "services.links",
        "services.thresholds",
        "services.timduo",
        "services.reference",
        "services.charity",
        "services.premium",
        "reports.ebill",
        "reports.ebpfa",
        "invoices.list",
        "invoices.topay",
        "invoices.pdf",
        "invoices.unrecognised",
        "invoices.merge",
        "invoices.other.report",
        "company.office",
        "company.email",
        "invoices.pay",
        "invoices.other.pay",
        "payments.live",
        "usage.topup",
        "orders.list",
        "orders.detail",
        "orders.live",
        "requests.list",
        "requests.detail",
        "requests.live",
        "dashboard.invoices",
        "dashboard.pushes",
        "dashboard.read",
        "dashboard.traffic",
        "support.call",
        "support.chat",
        "support.mail",
        "personal.credentials",
        "personal.email",
        "support.contacts",
        "support.faq",
        "offers.read",
        "offers.buy",
    }


def test_every_root_field_has_a_rule() -> None:
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    assert SCHEMA.subscription_type is not None
    roots = (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
    assert [
        name
        for root in roots
        for name, field in root.fields.items()
        if not (rules(field.ast_node) or is_public(field.ast_node))
    ] == []


def test_every_type_with_an_id_of_its_own_has_a_rule() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert [kind.name for kind in SCHEMA.get_possible_types(node) if not rules(kind.ast_node)] == []


def test_what_some_profile_may_not_use_can_be_null() -> None:
    """By its own rule, and by that of the type that it gives, through a connection that of its rows."""
    wrong = [
        f"{name}.{field_name}"
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not is_introspection_type(kind)
        for field_name, field in kind.fields.items()
        if isinstance(field.type, GraphQLNonNull)
        and denied_to_some([*rules(field.ast_node), *rules_of_rows(get_named_type(field.type))])
    ]
    assert wrong == []


def rules_of_rows(kind: object) -> list[tuple[str, list[str], list[str]]]:
    if not isinstance(kind, GraphQLObjectType):
        return []
    if any(face.name == "Connection" for face in kind.interfaces):
        return rules_of_rows(get_named_type(kind.fields["nodes"].type))
    return rules(kind.ast_node)


def denied_to_some(written: list[tuple[str, list[str], list[str]]]) -> bool:
    return any(profile not in {*everything, *own} for _, everything, own in written for profile in PROFILES)
