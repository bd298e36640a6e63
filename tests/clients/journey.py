"""The journeys that every client makes: queries that are answered, partly answered, refused and denied."""

from typing import Any, NamedTuple

import msgspec

from tests.house import House


class Journey(NamedTuple):
    """One query of one persona; None is nobody."""

    persona: str | None
    query: str
    variables: dict[str, Any]
    codes: tuple[str, ...]
    has_data: bool


JOURNEYS = {
    "variables": Journey(
        "legal",
        "query Lines($first: Int!, $filter: LineFilter) {"
        " customer { company { name } lines(first: $first, filter: $filter) { totalCount nodes { number state } } } }",
        {"first": 3, "filter": {"kind": "MOBILE"}},
        codes=(),
        has_data=True,
    ),
    "a field that fails": Journey(
        "legal",
        "query Lines($first: Int) { customer { id lines(first: $first) { totalCount } } }",
        {"first": 0},
        codes=("BAD_REQUEST",),
        has_data=True,
    ),
    "a document that is refused": Journey(
        "legal", "query Wrong { customer { nonsense } }", {}, codes=("VALIDATION_FAILED",), has_data=False
    ),
    "nobody": Journey(None, "query Whose { customer { id } }", {}, codes=("UNAUTHENTICATED",), has_data=False),
    "a field that is denied": Journey(
        "user",
        "query Bills($first: Int!) { viewer { profile } customer { invoices(first: $first) { totalCount } } }",
        {"first": 1},
        codes=("FORBIDDEN",),
        has_data=True,
    ),
}


class Told(msgspec.Struct, frozen=True):
    """What a client hands to its user; the errors without what differs between two requests."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]


def due(house: House, journey: Journey) -> Told:
    """Give what a journey must tell: the answer without any client's library, held against what is expected of it."""
    answer = house.ask(journey.persona, journey.query, journey.variables)
    assert tuple(error["extensions"]["code"] for error in answer.errors) == journey.codes
    assert (answer.data is not None) == journey.has_data
    return told(answer.data, answer.errors)


def told(data: dict[str, Any] | None, errors: list[dict[str, Any]]) -> Told:
    """Make comparable what came from two requests: no trace, no type name that the client added."""
    return Told(_untyped(data), [_error(each) for each in errors])


def _error(error: dict[str, Any]) -> dict[str, Any]:
    extensions = {name: value for name, value in error["extensions"].items() if name != "traceId"}
    return {"message": error["message"], "path": error.get("path"), "extensions": extensions}


def _untyped(value: Any) -> Any:
    if isinstance(value, list):
        return [_untyped(each) for each in value]
    if isinstance(value, dict):
        return {name: _untyped(each) for name, each in value.items() if name != "__typename"}
    return value
