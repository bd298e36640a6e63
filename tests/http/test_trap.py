"""The traps of Strawberry 0.341 that the entry closes, by their numbers in the specification's libraries.md.

Number 9, GraphiQL, is in `tests/browser`; 8, one context for a whole connection, in `tests/live`.
"""

import time

import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLObjectType, GraphQLSchema
from structlog.typing import EventDict

from bff.errors import NotFound
from bff.execution.limits import Limits
from bff.http.answer import Refused
from bff.http.documents import Asked, Documents
from bff.schema import SCHEMA
from tests.http.conftest import Door, errors
from tests.http.parts import client_of, entry

pytestmark = pytest.mark.anyio

SECRET = "postgres://user:secret@10.0.0.1"


def _raising(error: Exception) -> GraphQLSchema:
    def resolve(*_: object) -> object:
        raise error

    return GraphQLSchema(GraphQLObjectType("Query", {"broken": GraphQLField(GraphQLInt, resolve=resolve)}))


async def test_trap_1_an_unforeseen_error_s_text_is_masked_and_a_validation_error_s_is_not() -> None:
    async with client_of(entry(_raising(ZeroDivisionError(SECRET)))) as client:
        broken = await client.post("/graphql", json={"query": "{ broken }"})
        wrong = await client.post("/graphql", json={"query": "{ nonsense }"})
    assert broken.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert SECRET not in broken.text
    assert errors(wrong)[0]["message"] == "Cannot query field 'nonsense' on type 'Query'."


def test_trap_2_fragments_that_double_are_read_in_no_time(door: Door) -> None:
    levels = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))
    started = time.monotonic()
    response = door.post(f"{{ ...F0 }} {levels} fragment F60 on Query {{ __typename }}")
    assert response.status_code < 500
    assert time.monotonic() - started < 1


def test_trap_3_a_document_is_read_once_and_then_known() -> None:
    documents = Documents(SCHEMA, limits=Limits(), introspection=False)
    asked = Asked(query="query A { __typename } query B { __typename }", operation_name="A")
    first = documents.operation(asked)
    again = documents.operation(Asked(query=asked.query, operation_name="B"))
    assert again.document is first.document
    assert (first.name, again.name) == ("A", "B")
    assert documents.operation(asked) is first, "so its price is known, and its plan"


def test_trap_3_a_document_that_was_refused_is_refused_again() -> None:
    documents = Documents(SCHEMA, limits=Limits(), introspection=False)
    for _ in range(2):
        with pytest.raises(Refused):
            documents.operation(Asked(query="{ nonsense }"))


@pytest.mark.parametrize("name", [None, "", "C"])
def test_trap_4_of_two_operations_none_is_run_unless_one_is_named(door: Door, name: str | None) -> None:
    response = door.post("query A { __typename } query B { __typename }", operation=name)
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"query":"{"}', {}, 400),
        (b'{"query":"{__typename}"}', {"content_type": "text/plain"}, 415),
        (b"{", {}, 400),
        (b'{"query":"\xff"}', {}, 400),
        (b'{"query":"{__typename}","variables":' + b'{"a":' * 20_000, {}, 400),
        (b"[1]", {}, 400),
    ],
    ids=["syntax", "media type", "malformed", "not UTF-8", "deep", "array"],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_trap_5_what_is_wrong_with_a_request_is_told_in_graphql_and_without_data(
    door: Door, body: bytes, headers: dict[str, str], status: int, accept: str
) -> None:
    response = door.send(body, **headers, accept=accept)
    assert errors(response)
    well_formed = accept == "application/json" and body == b'{"query":"{"}'
    assert response.status_code == (200 if well_formed else status)
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


def test_trap_5_a_405_names_the_methods_that_there_are(door: Door) -> None:
    response = door.client.get("/graphql", headers=door.headers())
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "accept",
    [
        "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
        "text/event-stream;q=1, application/json;q=0.5",
        "text/event-stream, */*",
    ],
)
def test_trap_6_a_query_whose_client_could_read_a_stream_too_is_answered_plainly(door: Door, accept: str) -> None:
    response = door.send(accept=accept)
    assert response.json() == {"data": {"__typename": "Query"}}
    assert "json" in response.headers["content-type"]


@pytest.mark.parametrize("directive", ["@defer", "@stream(initialCount: 0)"])
def test_trap_7_a_part_can_not_be_put_off(door: Door, directive: str) -> None:
    response = door.post(f"{{ ... {directive} {{ __typename }} }}", accept="multipart/mixed, application/json")
    assert errors(response)[0]["message"] == f"Unknown directive '{directive.partition('(')[0]}'."


async def test_trap_10_a_failure_that_is_foreseen_is_one_line_without_a_traceback(told: list[EventDict]) -> None:
    async with client_of(entry(_raising(NotFound()))) as client:
        response = await client.post("/graphql", json={"query": "{ broken }"})
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    (line,) = [event for event in told if event["event"] == "field_error"]
    assert line["log_level"] == "info"
    assert not any("exc_info" in event for event in told)


async def test_trap_11_nothing_is_suggested_and_the_schema_is_not_told() -> None:
    async with client_of(entry(introspection=False)) as client:
        typo = await client.post("/graphql", json={"query": "{ custome { id } }"})
        schema = await client.post("/graphql", json={"query": "{ __schema { types { name } } }"})
    assert errors(typo)[0]["message"] == "Cannot query field 'custome' on type 'Query'."
    assert "introspection has been disabled" in errors(schema)[0]["message"]


def test_trap_12_a_hash_alone_is_no_document(door: Door) -> None:
    response = door.send(b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}')
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")


def test_trap_13_a_record_behind_an_interface_knows_its_type(door: Door) -> None:
    query = "{ customer { lines(first: 1, filter: {kind: %s}) { nodes { __typename number } } } }"
    kinds = [door.post(query % kind).json()["data"]["customer"]["lines"]["nodes"] for kind in ("MOBILE", "FIXED")]
    assert [[node["__typename"] for node in nodes] for nodes in kinds] == [["MobileLine"], ["FixedLine"]]
