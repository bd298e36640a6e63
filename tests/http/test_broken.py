"""When the fault is ours: the client gets GraphQL, and none of the details."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bff.auth.principal import Principal
from bff.context import Context
from bff.http.endpoint import GraphQLEndpoint
from bff.schema import SCHEMA

pytestmark = pytest.mark.anyio


async def _breaks(_token: str, _membership: str | None) -> Principal:
    raise ZeroDivisionError("a detail that nobody outside may read")


def _never(_principal: Principal, _language: str) -> Context:
    raise AssertionError("there is no principal to open a context for")


async def test_a_bug_before_the_operation_is_a_500_in_graphql_that_tells_nothing() -> None:
    endpoint = GraphQLEndpoint(
        SCHEMA._schema,
        identify=_breaks,
        open_context=_never,
        introspection=False,
        body_max_bytes=1000,
    )
    transport = httpx.ASGITransport(app=Starlette(routes=[Route("/graphql", endpoint)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://bff") as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer x"})

    assert answer.status_code == 500
    assert answer.json() == {
        "errors": [
            {
                "message": "Something went wrong on our side.",
                "extensions": {"code": "INTERNAL", "retryable": False},
            }
        ]
    }
