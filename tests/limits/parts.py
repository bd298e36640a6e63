"""What the tests of limits share: a schema written as SDL, and work counted in lines that are run."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    Visitor,
    build_schema,
    parse,
    value_from_ast_untyped,
    visit,
)

from bff.execution.cost import COST, LIST_SIZE, ListSize

SDL: Final = """
directive @cost(weight: Int!) on OBJECT | FIELD_DEFINITION
directive @listSize(
  assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]
) on FIELD_DEFINITION

type Query {
  shop: Shop
  shops(ids: [ID!]!): [Shop] @listSize(slicingArguments: ["ids"])
  price: Int @cost(weight: 7)
}
interface Thing { shop: Shop }
type Shop implements Thing {
  name: String
  shop: Shop
  tags: [String!] @listSize(assumedSize: 9)
  branches: [Shop!]! @listSize(assumedSize: 3)
  unsized: [Shop]
  stamps: [Stamp] @listSize(assumedSize: 2)
  goods(first: Int = 10, last: Int): Goods @cost(weight: 2)
    @listSize(slicingArguments: ["first", "last"], sizedFields: ["nodes"])
  parcels(first: Int!): Goods @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])
}
type Goods { nodes: [Shop] edges: [Shop!]! total: Int }
type Stamp @cost(weight: 5) { shop: Shop }
"""


def schema_of(sdl: str) -> GraphQLSchema:
    """Build a schema whose directives are in the extensions, where the estimate looks for them."""
    schema = build_schema(sdl)
    for made in schema.type_map.values():
        if isinstance(made, GraphQLObjectType | GraphQLInterfaceType) and made.ast_node:
            made.extensions |= _counted(made.ast_node.directives or ())
            for field in made.fields.values():
                assert field.ast_node is not None
                field.extensions |= _counted(field.ast_node.directives or ())
    return schema


def _counted(directives: tuple[ConstDirectiveNode, ...]) -> dict[str, Any]:
    counted: dict[str, Any] = {}
    for each in directives:
        given = {argument.name.value: value_from_ast_untyped(argument.value) for argument in each.arguments or ()}
        if each.name.value == "cost":
            counted[COST] = given["weight"]
        elif each.name.value == "listSize":
            counted[LIST_SIZE] = ListSize(
                given.get("assumedSize"), given.get("slicingArguments", ()), given.get("sizedFields", ())
            )
    return counted


def first_operation(document: DocumentNode) -> OperationDefinitionNode:
    """Give the first operation of a document."""
    return next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))


def expanded(text: str) -> DocumentNode:
    """Parse a document and put inline fragments in the place of all its fragments: what the counted rules never do."""
    document = parse(text)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    class Expand(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> Any:
            fragment = fragments[node.name.value]
            return InlineFragmentNode(
                type_condition=fragment.type_condition,
                directives=(*(node.directives or ()), *(fragment.directives or ())),
                selection_set=visit(fragment.selection_set, Expand()),
            )

    operation = visit(first_operation(document), Expand())
    return DocumentNode(definitions=(operation,))


def lines_run(work: Callable[[], object], *packages: str) -> int:
    """Count the lines of packages that some work runs: what it costs on any machine, however busy."""
    count = 0

    def local(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        return local if frame.f_globals.get("__name__", "").startswith(packages) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
