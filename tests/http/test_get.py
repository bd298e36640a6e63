"""Queries by GET, where that is on: read from the address, and never anything that changes something."""

from urllib.parse import urlencode

import httpx
import pytest
from graphql import GraphQLSchema, build_schema

from tests.http.conftest import errors
from tests.http.parts import client_of, entry

pytestmark = pytest.mark.anyio

TWO = "query A { a: __typename } query B { b: __typename }"
NAMED = "query ($n: String!) { __type(name: $n) { name } }"
WRITABLE = build_schema("type Query { read: Int } type Mutation { write: Int } type Subscription { hear: Int }")


async def get(address: str, **headers: str) -> httpx.Response:
    async with client_of(entry()) as client:
        return await client.get(f"/graphql?{address}", headers=headers)


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("query=%7B%20__typename%20%7D", {"__typename": "Query"}),
        ("query=%7B+__typename+%7D", {"__typename": "Query"}),
        ("query={__typename}&variables=&operationName=&extensions=", {"__typename": "Query"}),
        ("query={__typename}&variables=null&extensions={}&other=1&other=2", {"__typename": "Query"}),
        (urlencode({"query": TWO, "operationName": "B"}), {"b": "Query"}),
        (urlencode({"query": "query null { __typename }", "operationName": "null"}), {"__typename": "Query"}),
        (urlencode({"query": NAMED, "variables": '{"n": "Line"}'}), {"__type": {"name": "Line"}}),
        (urlencode({"query": NAMED, "variables": '{"n": "è😀"}'}), {"__type": None}),
    ],
)
async def test_a_query_is_read_from_the_address(address: str, data: object) -> None:
    response = await get(address)
    assert (response.status_code, response.json()) == (200, {"data": data})


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("", "The address has no `query`."),
        ("Query={__typename}", "The address has no `query`."),
        ("query={__typename}&query={__typename}", "The address has `query` 2 times."),
        ("query={__typename}&variables={}&variables={}", "The address has `variables` 2 times."),
        ("query=%ff", "The address is not UTF-8."),
        ("query={__typename}&variables=[]", "The address's `variables` must be an object in JSON."),
        ("query={__typename}&variables={", "The address's `variables` must be an object in JSON."),
        ("query={__typename}&extensions=1", "The address's `extensions` must be an object in JSON."),
        ("query={__typename}&variables=" + "[" * 5_000, "The address's `variables` must be an object in JSON."),
        ("query={__typename}&variables=" + '{"a":' * 5_000, "The address's `variables` must be an object in JSON."),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_an_address_that_is_no_graphql_request_is_a_400_in_both_media_types(
    address: str, message: str, accept: str
) -> None:
    response = await get(address, accept=accept)
    (error,) = errors(response)
    assert (response.status_code, error["message"], error["extensions"]["code"]) == (400, message, "BAD_REQUEST")


@pytest.mark.parametrize("schema", [WRITABLE, build_schema("type Query { read: Int }")], ids=["fits", "unknown"])
@pytest.mark.parametrize("query", ["mutation { write }", "subscription { hear }", "query Q {read} mutation M {write}"])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_what_is_no_query_is_a_405_by_get_even_where_the_schema_has_it_not(
    schema: GraphQLSchema, query: str, accept: str
) -> None:
    address = {"query": query, "operationName": "M" if "M" in query else ""}
    async with client_of(entry(schema)) as client:
        response = await client.get("/graphql", params=address, headers={"accept": accept})
    (error,) = errors(response)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert error["message"] == "Only queries are answered by GET; send a POST."


async def test_a_mutation_beside_the_query_that_is_meant_does_not_matter() -> None:
    async with client_of(entry(WRITABLE)) as client:
        address = {"query": "query Q { read } mutation M { write }", "operationName": "Q"}
        response = await client.get("/graphql", params=address)
        posted = await client.post("/graphql", json={**address, "operationName": "M"})
    assert (response.status_code, response.json()) == (200, {"data": {"read": None}})
    assert (posted.status_code, posted.json()) == (200, {"data": {"write": None}})


async def test_a_get_needs_no_content_type_and_its_body_is_not_looked_at() -> None:
    async with client_of(entry()) as client:
        sent = client.build_request(
            "GET", "/graphql?query={__typename}", content=b"x" * 10, headers={"content-type": "x/y"}
        )
        response = await client.send(sent)
    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])
async def test_other_methods_are_told_both_that_are_allowed(method: str) -> None:
    async with client_of(entry()) as client:
        response = await client.request(method, "/graphql?query={__typename}")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_get_is_off_unless_it_is_wanted() -> None:
    async with client_of(entry(get=False)) as client:
        response = await client.get("/graphql?query={__typename}")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
