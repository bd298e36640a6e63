"""What a status means in each of the two media types: docs/adr/0011-http-entry.md has the table."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from tests.http.conftest import Door, errors
from tests.http.parts import client_of, entry

pytestmark = pytest.mark.anyio

JSON, GRAPHQL_JSON = "application/json", "application/graphql-response+json"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "BAD_REQUEST"),
        ({"query": "{ nonsense }"}, "VALIDATION_FAILED"),
        ({"query": "query A { __typename } query B { __typename }"}, "BAD_REQUEST"),
        ({"query": "query A { __typename }", "operationName": "B"}, "BAD_REQUEST"),
        ({"query": "query ($id: ID!) { node(id: $id) { id } }"}, "VALIDATION_FAILED"),
        ({"query": "mutation { x }"}, "VALIDATION_FAILED"),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), ("*/*", 200), (GRAPHQL_JSON, 400)])
async def test_a_well_formed_request_that_can_not_be_run_is_a_200_in_json_and_a_400_in_graphql_s_own(
    body: dict[str, str], code: str, accept: str, status: int
) -> None:
    async with client_of(entry()) as client:
        response = await client.post("/graphql", json=body, headers={"accept": accept})
    (error,) = errors(response)
    assert (response.status_code, error["extensions"]["code"]) == (status, code)


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL_JSON, 400)])
def test_a_refusal_is_counted_as_one_whatever_its_status(door: Door, accept: str, status: int) -> None:
    before = _refusals(door)
    assert door.post("{ nonsense }", accept=accept).status_code == status
    assert _refusals(door) == before + 1


def _refusals(door: Door) -> float:
    line = r'^bff_http_requests_total\{operation_type="none",outcome="refused"\} (\S+)$'
    found = re.search(line, door.client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0


@pytest.mark.parametrize(
    ("method", "headers", "content", "status"),
    [
        ("PUT", {}, b"{}", 405),
        ("POST", {"content-type": "text/plain"}, b"{}", 415),
        ("POST", {}, b"{", 400),
        ("POST", {}, b"", 400),
        ("POST", {}, b'{"qeury":"{__typename}"}', 400),
        ("POST", {}, b'{"query":"{__typename}","variables":[7]}', 400),
        ("POST", {}, b" " * 300_000, 413),
        ("POST", {"authorization": "Basic x"}, b'{"query":"{__typename}"}', 401),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
async def test_what_is_no_request_of_graphql_has_the_same_status_in_both(
    method: str, headers: dict[str, str], content: bytes, status: int, accept: str
) -> None:
    given = {"content-type": JSON, "accept": accept, **headers}
    async with client_of(entry()) as client:
        response = await client.request(method, "/graphql", content=content, headers=given)
    assert errors(response)
    assert (response.status_code, response.headers["content-type"]) == (status, f"{accept}; charset=utf-8")


async def test_a_body_that_does_not_come_in_time_is_a_408() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"query":'
        await asyncio.Event().wait()

    ends_soon = entry(deadline_s=-0.45)  # half a second is added, for the answer
    async with client_of(ends_soon) as client:
        response = await client.post("/graphql", content=body(), headers={"content-type": JSON})
    (error,) = errors(response)
    assert (response.status_code, error["message"]) == (408, "The body took too long to arrive.")
