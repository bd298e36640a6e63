"""An entry without a house behind it: whoever asks is let in, and nothing is read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from bff.auth.principal import Principal
from bff.context import Context
from bff.execution.budget import Budget, MemoryBudget
from bff.execution.limits import Limits
from bff.http.endpoint import GraphQLEndpoint
from bff.http.entry import Entry
from bff.http.negotiation import GRAPHQL_JSON
from bff.http.operation import CoreExecutor
from bff.schema import SCHEMA
from tests.schema.parts import context

BODY_MAX_BYTES = 256 * 1024


def entry(
    schema: GraphQLSchema = SCHEMA,
    *,
    get: bool = True,
    introspection: bool = True,
    deadline_s: float = 5,
    budget: Budget | None = None,
) -> ASGIApp:
    """Make an application that answers `/graphql`."""
    endpoint = GraphQLEndpoint(
        schema,
        CoreExecutor(schema),
        identify=_anybody,
        open_context=_nothing,
        limits=Limits(),
        budget=budget or MemoryBudget(1_000_000_000),
        introspection=introspection,
        get=get,
        body_max_bytes=BODY_MAX_BYTES,
    )
    return Entry(Starlette(routes=[Route("/graphql", endpoint)]), deadline_s=deadline_s)


async def _anybody(_token: str, _membership: str | None) -> Principal:
    return context().principal


def _nothing(_principal: Principal, _language: str) -> Context:
    return context()


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that is signed in and speaks to an application in this process."""
    headers = {"authorization": "Bearer anybody", "accept": GRAPHQL_JSON}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bff", headers=headers) as client:
        yield client
