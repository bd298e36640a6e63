"""That nothing is readable by default, and that every field is decided as its rules and its rows' rules say."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import ExecutionResult, GraphQLObjectType, execute, parse
from strawberry.extensions import FieldExtension

from bff.domain.billing import BillingAccount
from bff.domain.closing import Closure
from bff.domain.company import Company
from bff.domain.contact import Contact
from bff.domain.contract import Contract
from bff.domain.customer import Customer, Person, RecipientCode, Viewer
from bff.domain.dashboard import Dashboard
from bff.domain.document import Document
from bff.domain.faq import Faq
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine, MobileLine
from bff.domain.link import Reports, ServiceLinks
from bff.domain.offer import Offer
from bff.domain.order import Order
from bff.domain.payment import InvoicePayment, TopUpPayment
from bff.domain.profile import Grant, Profile, Reach
from bff.domain.request import ServiceRequest
from bff.domain.usage import LineUsage
from bff.domain.user import PortalUser
from bff.errors import BadRequest, BffError, Forbidden, FunctionClosed
from bff.execution import Denial, Denied
from bff.schema import RULES, SCHEMA
from bff.schema._batch import Call, Each, batch, root
from bff.schema._view import PARENT, STAFF, interface, plain, view
from bff.schema.rules import CHOOSE_MEMBERSHIP, UnguardedSchema, granted, install, objects, record_of
from tests.schema.parts import context
from tests.schema.test_sdl import MATRIX
from tests.schema.test_sdl import SCHEMA as WRITTEN
from tests.schema.test_sdl import rules as written_rules

ALL, OWN = Reach.ALL, Reach.OWN


class Parcel(msgspec.Struct, frozen=True):
    """A record of these tests."""

    label: str
    number: int = 0
    always: str = ""


def schema_of(query: type, *types: type) -> strawberry.Schema:
    return strawberry.Schema(query, types=types)


# --- default deny -----------------------------------------------------------------------------------------------------


def test_a_root_field_without_a_rule_does_not_start() -> None:
    @strawberry.type
    class Query:
        @root(str | None, rule=PARENT)
        @staticmethod
        async def loose(_call: Call) -> str:
            """Nobody said who may read it."""
            return ""

    with pytest.raises(UnguardedSchema, match=r"^Query\.loose is a root field without a rule$"):
        install(schema_of(Query)._schema)


def test_a_type_with_an_id_and_without_a_rule_does_not_start() -> None:
    @interface()
    class Node:
        """Anything with an id."""

        label: str = plain("Its id.")

    @view(Parcel, rule=PARENT)
    class Loose(Node):
        """Nobody said who may read it."""

    @strawberry.type
    class Query:
        @root(Loose | None, rule="viewer.read")
        @staticmethod
        async def loose(_call: Call) -> Parcel:
            """The field is guarded, the type is not."""
            return Parcel("")

    with pytest.raises(UnguardedSchema, match=r"^Loose has an id and no rule$"):
        install(schema_of(Query, Loose)._schema)


def test_a_field_that_can_be_denied_and_not_be_null_does_not_start() -> None:
    @view(Parcel, rule=PARENT)
    class Stiff:
        """A part."""

        label: str = plain("Only some may read it.", rule="company.recipient")

    @strawberry.type
    class Query:
        @root(Stiff | None, rule="viewer.read")
        @staticmethod
        async def stiff(_call: Call) -> Parcel:
            """A part."""
            return Parcel("")

    with pytest.raises(UnguardedSchema, match=r"^Stiff\.label can be denied and must be nullable$"):
        install(schema_of(Query)._schema)


def test_a_non_null_field_whose_type_can_be_denied_does_not_start() -> None:
    @view(Parcel, rule="company.recipient")
    class Guarded:
        """A guarded type."""

        label: str | None = plain("Its label.")

    @strawberry.type
    class Query:
        @root(list[Guarded], rule="viewer.read")
        @staticmethod
        async def parcels(_call: Call) -> Sequence[Parcel]:
            """Rows that some may not read."""
            return []

    with pytest.raises(UnguardedSchema, match=r"^Query\.parcels can be denied and must be nullable$"):
        install(schema_of(Query)._schema)


def test_a_field_with_an_extension_that_a_plan_would_pass_by_does_not_start() -> None:
    class Shout(FieldExtension):
        """An extension."""

    @view(Parcel, rule="company.recipient")
    class Loud:
        """A type with one."""

        label: str | None = strawberry.field(description="Its label.", extensions=[Shout()])

    @strawberry.type
    class Query:
        @root(list[Loud] | None, rule="viewer.read")
        @staticmethod
        async def parcels(_call: Call) -> Sequence[Parcel]:
            """Rows."""
            return []

    with pytest.raises(UnguardedSchema, match=r"^Loud\.label has an extension or a permission"):
        install(schema_of(Query)._schema)


def test_a_read_that_is_guarded_by_the_rule_of_a_change_does_not_start() -> None:
    @strawberry.type
    class Query:
        @root(str | None, rule="company.office")
        @staticmethod
        async def office(_call: Call) -> str:
            """The rule is that of the change."""
            return ""

    with pytest.raises(UnguardedSchema, match=r"^Query\.office is a query, and company\.office a mutation$"):
        install(schema_of(Query)._schema)


def staffed() -> type:
    @strawberry.type
    class Query:
        @root(str | None, rule=STAFF, open_=True)
        @staticmethod
        async def secret(_call: Call) -> str:
            """For staff."""
            return "told"

    return Query


def test_what_is_for_staff_does_not_start_in_the_customers_schema_and_does_in_theirs() -> None:
    with pytest.raises(UnguardedSchema, match=r"^Query\.secret is for staff and stands in the customers' schema$"):
        install(schema_of(staffed())._schema)
    rules = install((made := schema_of(staffed())._schema), staff=True)
    assert made.query_type is not None
    for profile in (*Profile, None):
        assert isinstance(rules.decide(made.query_type, "secret", profile), Grant)


def test_a_schema_of_staff_that_changes_something_does_not_start() -> None:
    @strawberry.type
    class Mutation:
        @root(str | None, rule="company.office")
        @staticmethod
        async def office(_call: Call) -> str:
            """A change."""
            return ""

    with pytest.raises(UnguardedSchema, match=r"^staff change nothing, and their schema has mutations$"):
        install(strawberry.Schema(staffed(), Mutation)._schema, staff=True)


def test_all_that_is_unguarded_is_named_at_once() -> None:
    @strawberry.type
    class Query:
        @root(str | None, rule=PARENT)
        @staticmethod
        async def one(_call: Call) -> str:
            """One."""
            return ""

        @root(str, rule="company.recipient")
        @staticmethod
        async def other(_call: Call) -> str:
            """Other."""
            return ""

    with pytest.raises(UnguardedSchema) as refused:
        install(schema_of(Query)._schema)
    assert str(refused.value).splitlines() == [
        "Query.one is a root field without a rule",
        "Query.other can be denied and must be nullable",
    ]


def test_a_rule_that_the_matrix_does_not_have_does_not_start() -> None:
    with pytest.raises(KeyError, match=r"no\.such\.function"):
        plain("A field.", rule="no.such.function")


# --- decisions --------------------------------------------------------------------------------------------------------


def members() -> list[tuple[str, str]]:
    return [(made.name, name) for made in objects(SCHEMA) for name in made.fields]


def written_type(name: str) -> GraphQLObjectType:
    found = WRITTEN.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def functions(node: Any) -> list[str]:
    return [function for function, _, _ in written_rules(node)]


def expected(type_name: str, field_name: str, profile: Profile) -> str | dict[str, Reach]:
    """Decide a field from the committed SDL and the matrix: the function that denies it, or the reach per type of row.

    A field that gives several types of row is denied only where all of them are.
    """
    field = written_type(type_name).fields[field_name]
    cells = [MATRIX[function][profile.value] for function in functions(field.ast_node)]
    if "no" in cells:
        return functions(field.ast_node)[cells.index("no")]
    rows: dict[str, Reach] = {}
    refused = ""
    for row in RULES.rows(SCHEMA.type_map[type_name].fields[field_name]):  # type: ignore[attr-defined]
        of_row = functions(written_type(row.name).ast_node)
        row_cells = [MATRIX[function][profile.value] for function in of_row]
        if "no" in row_cells:
            refused = of_row[row_cells.index("no")]
        else:
            rows[row.name] = OWN if "own" in [*cells, *row_cells] else ALL
    return refused if refused and not rows else rows


def decided(type_name: str, field_name: str, profile: Profile | None) -> Grant | Denial:
    made = SCHEMA.type_map[type_name]
    assert isinstance(made, GraphQLObjectType)
    outcome: Grant | Denial = RULES.decide(made, field_name, profile)
    return outcome


@pytest.mark.parametrize("profile", Profile)
def test_every_field_is_decided_as_the_sdl_and_the_matrix_say(profile: Profile) -> None:
    for type_name, field_name in members():
        outcome = decided(type_name, field_name, profile)
        wanted = expected(type_name, field_name, profile)
        where = f"{type_name}.{field_name}"
        if isinstance(wanted, str):
            assert isinstance(outcome, Denial), where
            assert outcome.error is None or (isinstance(outcome.error, Forbidden) and outcome.error.function == wanted)
        else:
            assert isinstance(outcome, Grant), where
            named = {record_of(written): written.name for written in RULES.rows(field_of(type_name, field_name))}
            assert {named[record]: reach for record, reach in outcome.rows.items()} == wanted, where


def field_of(type_name: str, field_name: str) -> Any:
    made = SCHEMA.type_map[type_name]
    assert isinstance(made, GraphQLObjectType)
    return made.fields[field_name]


@pytest.mark.parametrize(
    ("profile", "rows"),
    [
        (Profile.LEGAL_REPRESENTATIVE, {MobileLine: ALL, FixedLine: ALL}),
        (Profile.ADMIN_FULL, {MobileLine: ALL, FixedLine: ALL}),
        (Profile.ADMIN_LIGHT, {MobileLine: OWN}),
        (Profile.END_USER, {MobileLine: OWN}),
        (Profile.END_USER_PURCHASER, {MobileLine: OWN}),
    ],
)
def test_a_list_of_an_interface_gives_the_types_that_the_profile_may_read(
    profile: Profile, rows: dict[type, Reach]
) -> None:
    assert decided("Customer", "lines", profile) == Grant(rows)


def test_a_list_of_an_interface_is_denied_where_all_its_types_are() -> None:
    outcome = decided("Customer", "lines", Profile.CEASED_CUSTOMER)
    assert isinstance(outcome, Denial)
    assert isinstance(outcome.error, Forbidden)
    assert outcome.error.function == "company.holdings"


def test_any_thing_by_its_id_is_one_of_the_types_that_the_profile_may_read() -> None:
    assert decided("Query", "node", Profile.CEASED_CUSTOMER) == Grant(
        {Customer: ALL, Invoice: ALL, InvoicePayment: ALL}
    )
    assert decided("Query", "node", Profile.END_USER) == Grant(
        {Customer: ALL, MobileLine: OWN, Order: OWN, ServiceRequest: OWN, Offer: ALL, TopUpPayment: OWN}
    )
    assert decided("Query", "node", Profile.ADMIN_FULL) == Grant(
        dict.fromkeys(
            [
                *(Customer, Contract, MobileLine, FixedLine, Invoice, Order, ServiceRequest, Offer),
                *(InvoicePayment, TopUpPayment),
            ],
            ALL,
        )
    )


def test_a_connection_is_decided_by_its_rows() -> None:
    for field in ("nodes", "edges", "totalCount", "pageInfo", "freshness"):
        assert isinstance(decided("OrderConnection", field, Profile.END_USER), Grant)
    assert decided("Customer", "orders", Profile.END_USER) == Grant({Order: OWN})


@pytest.mark.parametrize(
    ("type_name", "field_name", "profile"),
    [
        ("Invoice", "line", Profile.CEASED_CUSTOMER),
        ("Invoice", "contract", Profile.CEASED_CUSTOMER),
        ("MobileLine", "contract", Profile.END_USER),
        ("OrderItem", "line", Profile.CEASED_CUSTOMER),
        ("Viewer", "line", Profile.CEASED_CUSTOMER),
        ("RecipientCode", "contract", Profile.END_USER),
    ],
)
def test_a_reference_to_a_denied_type_is_denied_in_silence(type_name: str, field_name: str, profile: Profile) -> None:
    assert decided(type_name, field_name, profile) == Denial(None)


def test_without_a_membership_only_the_choice_of_one_is_open() -> None:
    open_fields = {
        f"{type_name}.{field_name}"
        for type_name, field_name in members()
        if (type_name == "Query" or functions(written_type(type_name).ast_node))
        and isinstance(decided(type_name, field_name, None), Grant)
    }
    assert open_fields == {"Query.viewer", "Viewer.memberships"}
    assert isinstance(decided("Membership", "companyName", None), Grant)
    outcome = decided("Query", "customer", None)
    assert isinstance(outcome, Denial)
    assert isinstance(outcome.error, BadRequest)
    assert outcome.error.message == CHOOSE_MEMBERSHIP


def test_the_types_of_a_profile_are_what_ids_in_arguments_may_name() -> None:
    assert RULES.types(Profile.CEASED_CUSTOMER).rows == dict.fromkeys(
        [Customer, Viewer, Person, Invoice, InvoicePayment, Document, Dashboard, Contact, Faq], ALL
    )
    assert RULES.types(Profile.END_USER).rows == {
        Company: ALL,
        Customer: ALL,
        Viewer: ALL,
        Person: ALL,
        Dashboard: ALL,
        Contact: ALL,
        Faq: ALL,
        MobileLine: OWN,
        LineUsage: OWN,
        Order: OWN,
        ServiceRequest: OWN,
        TopUpPayment: OWN,
        Offer: ALL,
    }
    assert RULES.types(Profile.LEGAL_REPRESENTATIVE).rows == dict.fromkeys(
        [
            *(Company, Customer, Viewer, Person, RecipientCode, BillingAccount),
            *(PortalUser, Dashboard, Contact, Faq, ServiceLinks, Reports),
            *(InvoicePayment, TopUpPayment),
            *(Contract, MobileLine, LineUsage, FixedLine, Invoice, Document, Order, ServiceRequest, Offer),
        ],
        ALL,
    )
    assert RULES.types(None).rows == {}


def test_a_field_that_gives_own_rows_gives_no_more_of_a_type_that_all_may_read() -> None:
    @view(Parcel, rule="company.read")
    class Open:
        """All of this profile may read all of it."""

        label: str = plain("Its label.")

    @strawberry.type
    class Query:
        @root(list[Open | None] | None, rule="company.holdings")
        @staticmethod
        async def holdings(_call: Call) -> Sequence[Parcel]:
            """Some reach only their own."""
            return []

    schema = schema_of(Query)._schema
    assert schema.query_type is not None
    rules = install(schema)
    assert rules.decide(schema.query_type, "holdings", Profile.END_USER) == Grant({Parcel: OWN})
    assert rules.decide(schema.query_type, "holdings", Profile.ADMIN_FULL) == Grant({Parcel: ALL})


# --- guards at work ---------------------------------------------------------------------------------------------------


@view(Parcel, rule=PARENT)
class GuardedParcel:
    """A parcel with a secret."""

    label: str | None = plain("Its label.", rule="company.recipient")
    number: int = plain("Its number.", rule=PARENT)
    always: str = plain("Never null.", rule="personal.read")

    @batch(str | None, rule="company.recipient")
    @staticmethod
    async def secret(parcels: Sequence[Parcel], call: Call) -> Each[str]:
        """Read for those who may."""
        assert call.grant == Grant({})
        return [f"secret of {parcel.label}" for parcel in parcels]


@strawberry.type
class GuardedQuery:
    """The root."""

    @root(list[GuardedParcel] | None, rule="viewer.read")
    @staticmethod
    async def parcels(_call: Call, *, count: int) -> Sequence[Parcel]:
        """Make parcels."""
        return [Parcel(str(number), number) for number in range(count)]


GUARDED = schema_of(GuardedQuery)
install(GUARDED._schema)
pytestmark = pytest.mark.anyio


async def ask(
    profile: Profile, query: str, closed: Mapping[str, Closure] | None = None
) -> tuple[ExecutionResult, list[tuple[str | None, int, list[str | int]]]]:
    """Give the result and the denials: function, count, path of the first."""
    opened = context(profile, closed=closed)
    result = execute(GUARDED._schema, parse(query), context_value=opened)
    executed = result if isinstance(result, ExecutionResult) else await result
    assert isinstance(executed, ExecutionResult)
    return executed, [(_function(denied), denied.count, denied.path) for denied in opened.denials.values()]


def _function(denied: Denied) -> str | None:
    assert isinstance(denied.error, BffError)
    return denied.error.function


async def test_who_may_reads_and_no_denial_is_counted() -> None:
    result, denials = await ask(Profile.LEGAL_REPRESENTATIVE, "{ parcels(count: 2) { label secret } }")
    assert (result.data, result.errors, denials) == (
        {"parcels": [{"label": "0", "secret": "secret of 0"}, {"label": "1", "secret": "secret of 1"}]},
        None,
        [],
    )


async def test_who_may_not_gets_null_and_one_denial_for_each_selection_at_its_first_place() -> None:
    result, denials = await ask(Profile.ADMIN_FULL, "{ parcels(count: 3) { label again: label secret } }")
    assert (result.data, result.errors) == ({"parcels": [{"label": None, "again": None, "secret": None}] * 3}, None)
    assert denials == [
        ("company.recipient", 3, ["parcels", 0, "label"]),
        ("company.recipient", 3, ["parcels", 0, "again"]),
        ("company.recipient", 3, ["parcels", 0, "secret"]),
    ]


async def test_nothing_is_denied_under_an_empty_list() -> None:
    result, denials = await ask(Profile.ADMIN_FULL, "{ parcels(count: 0) { label secret } }")
    assert (result.data, result.errors, denials) == ({"parcels": []}, None, [])


CLOSED = {"company.recipient": Closure(), "FIXED": Closure()}


async def test_what_is_closed_is_null_for_those_who_may_and_told_once_for_each_selection() -> None:
    result, denials = await ask(Profile.LEGAL_REPRESENTATIVE, "{ parcels(count: 2) { label secret number } }", CLOSED)
    assert (result.data, result.errors) == (
        {"parcels": [{"label": None, "secret": None, "number": number} for number in (0, 1)]},
        None,
    )
    assert denials == [
        ("company.recipient", 2, ["parcels", 0, "label"]),
        ("company.recipient", 2, ["parcels", 0, "secret"]),
    ]


async def test_what_is_closed_and_can_not_be_null_is_an_error_of_its_own() -> None:
    result, denials = await ask(
        Profile.LEGAL_REPRESENTATIVE, "{ parcels(count: 1) { always } }", {"viewer.read": Closure()}
    )
    assert (result.data, denials) == ({"parcels": None}, [("viewer.read", 1, ["parcels"])])
    result, denials = await ask(
        Profile.LEGAL_REPRESENTATIVE, "{ parcels(count: 1) { always } }", {"personal.read": Closure()}
    )
    assert (result.data, denials) == ({"parcels": None}, [])
    assert result.errors is not None
    (error,) = result.errors
    assert isinstance(error.original_error, FunctionClosed)


class Letter(msgspec.Struct, frozen=True):
    """Another record of these tests."""

    label: str


class Box(msgspec.Struct, frozen=True):
    """And another."""

    label: str


@interface(name="Sent")
class SentThing:
    """A letter or a box."""

    label: str = plain("Its label.")


@view(Letter, rule="fixed.detail")
class SentLetter(SentThing):
    """A letter."""


@view(Box, rule="mobile.detail")
class SentBox(SentThing):
    """A box."""


@strawberry.type
class SendingQuery:
    """The root."""

    @root(list[SentThing | None] | None, rule="mobile.detail")
    @staticmethod
    async def sent(_call: Call) -> Sequence[Letter | Box]:
        """Send one of each."""
        return [Letter("letter"), Box("box")]


SENDING = schema_of(SendingQuery, SentLetter, SentBox)
install(SENDING._schema)


@pytest.mark.parametrize(
    ("closed", "shown"),
    [
        ("mobile.detail", [{"label": "letter"}, None]),
        ("fixed.detail", [None, {"label": "box"}]),
        ("invoices.list", [{"label": "letter"}, {"label": "box"}]),
    ],
)
async def test_of_several_types_behind_a_field_only_the_closed_one_is_missing(
    closed: str, shown: list[dict[str, str] | None]
) -> None:
    opened = context(closed={closed: Closure()})
    executed = execute(SENDING._schema, parse("{ sent { label } }"), context_value=opened)
    result = executed if isinstance(executed, ExecutionResult) else await executed
    assert isinstance(result, ExecutionResult)
    assert result.data == {"sent": shown}
    assert [type(error.original_error) for error in result.errors or ()] == [FunctionClosed] * shown.count(None)


async def test_who_may_not_is_told_so_and_not_that_it_is_closed() -> None:
    opened = context(Profile.ADMIN_FULL, closed=CLOSED)
    result = execute(GUARDED._schema, parse("{ parcels(count: 1) { label } }"), context_value=opened)
    assert not isinstance(result, ExecutionResult)
    await result
    assert [type(denied.error) for denied in opened.denials.values()] == [Forbidden]


async def test_a_denied_field_that_is_reached_all_the_same_is_our_own_fault() -> None:
    parcel = GUARDED._schema.type_map["GuardedParcel"]

    class Info:
        schema = GUARDED._schema
        parent_type = parcel
        field_name = "secret"

    with pytest.raises(UnguardedSchema, match=r"GuardedParcel\.secret was reached though it is denied"):
        granted(Info, Profile.ADMIN_FULL)  # type: ignore[arg-type]
