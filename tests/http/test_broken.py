"""When the fault is ours: the client gets GraphQL, and none of the details."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bff.auth.principal import Principal
from bff.context import Context
from bff.errors import BffError
from bff.execution.budget import MemoryBudget
from bff.execution.limits import Limits
from bff.http.endpoint import GraphQLEndpoint
from bff.http.entry import Entry
from bff.http.operation import CoreExecutor
from bff.schema import SCHEMA

pytestmark = pytest.mark.anyio


async def _breaks(_token: str, _membership: str | None) -> Principal:
    raise ZeroDivisionError("a detail that nobody outside may read")


def _never(_principal: Principal, _language: str) -> Context:
    raise AssertionError("there is no principal to open a context for")


async def test_a_bug_before_the_operation_is_a_500_in_graphql_that_tells_nothing() -> None:
    endpoint = GraphQLEndpoint(
        SCHEMA,
        CoreExecutor(SCHEMA),
        identify=_breaks,
        open_context=_never,
        limits=Limits(),
        budget=MemoryBudget(0),
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


async def _hangs(_token: str, _membership: str | None) -> Principal:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets the event")


async def test_a_request_that_hangs_before_the_operation_ends_soon_after_its_deadline() -> None:
    endpoint = GraphQLEndpoint(
        SCHEMA,
        CoreExecutor(SCHEMA),
        identify=_hangs,
        open_context=_never,
        limits=Limits(),
        budget=MemoryBudget(0),
        introspection=False,
        body_max_bytes=1000,
    )
    app = Entry(Starlette(routes=[Route("/graphql", endpoint)]), deadline_s=0.05)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bff") as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": "Bearer x"})

    assert answer.status_code == 504
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["DEADLINE_EXCEEDED"]


def _classes(base: type[BffError]) -> Iterator[type[BffError]]:
    yield base
    for each in base.__subclasses__():
        yield from _classes(each)


@pytest.mark.parametrize("failure", [*_classes(BffError)])
def test_a_failure_of_the_whole_request_is_never_a_200(failure: type[BffError]) -> None:
    assert failure.status >= 400
