"""A headless Chromium, and a GraphQL server and a list of personas for it on real sockets."""

from __future__ import annotations

import itertools
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from graphql import graphql_sync
from graphql.type import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString
from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bff.http.graphiql import graphiql_routes

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "greeting": GraphQLField(
                GraphQLNonNull(GraphQLString),
                description="A friendly word.",
                resolve=lambda _root, _info: "buongiorno",
            )
        },
    )
)


@dataclass
class Stage:
    """A running pair of servers: GraphiQL with its GraphQL, and the personas.

    Attributes:
        url: of the GraphiQL page.
        hosts: all that the page may speak to, as `host:port`.
        graphql_headers: of each GraphQL request so far, names in lower case.
        issued_tokens: all tokens that the personas' list gave out so far.
    """

    url: str = ""
    hosts: set[str] = field(default_factory=set)
    graphql_headers: list[dict[str, str]] = field(default_factory=list)
    issued_tokens: list[str] = field(default_factory=list)

    def last_header(self, name: str) -> str | None:
        """Return a header of the last GraphQL request; None when it had none."""
        return self.graphql_headers[-1].get(name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)
    if executable is None:
        pytest.skip(f"none of {', '.join(_CHROMIUM_NAMES)} is on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def sandboxed() -> Iterator[Stage]:
    """GraphiQL with a persona picker."""
    stage = Stage()
    with _serving(_personas_app(stage)) as personas_host:
        app = _graphql_app(stage, personas_url=f"http://{personas_host}/personas")
        with _serving(app) as host:
            stage.url, stage.hosts = f"http://{host}/graphiql", {host, personas_host}
            yield stage


@pytest.fixture
def without_personas() -> Iterator[Stage]:
    """GraphiQL with a token field."""
    stage = Stage()
    with _serving(_graphql_app(stage, personas_url=None)) as host:
        stage.url, stage.hosts = f"http://{host}/graphiql", {host}
        yield stage


@pytest.fixture
def personas_down() -> Iterator[Stage]:
    """GraphiQL with a persona picker and nobody listening where the personas should be."""
    stage = Stage()
    with socket.create_server(("127.0.0.1", 0)) as free:
        personas_host = _host(free)
    with _serving(_graphql_app(stage, personas_url=f"http://{personas_host}/personas")) as host:
        stage.url, stage.hosts = f"http://{host}/graphiql", {host, personas_host}
        yield stage


def _graphql_app(stage: Stage, *, personas_url: str | None) -> Starlette:
    async def answer(request: Request) -> Response:
        stage.graphql_headers.append(dict(request.headers))
        if "authorization" not in request.headers:
            return PlainTextResponse("Who are you?", status_code=401)
        query = (await request.json())["query"]
        return JSONResponse(graphql_sync(_SCHEMA, query).formatted)

    routes = graphiql_routes(personas_url=personas_url, first_query="{ greeting }")
    return Starlette(routes=[*routes, Route("/graphql", answer, methods=["POST"])])


def _personas_app(stage: Stage) -> Starlette:
    serial = itertools.count(1)

    def persona(name: str, title: str, membership_id: str | None) -> dict[str, str | None]:
        token = f"token-{name}-{next(serial)}"
        stage.issued_tokens.append(token)
        return {"name": name, "title": title, "token": token, "membershipId": membership_id}

    async def personas(request: Request) -> Response:
        assert request.query_params["tokens"] == "true"
        people = [persona("legal", "Legal representative", None), persona("double", "Two companies", "M-2")]
        return JSONResponse(people, headers={"Access-Control-Allow-Origin": "*"})

    return Starlette(routes=[Route("/personas", personas)])


@contextmanager
def _serving(app: ASGIApp) -> Iterator[str]:
    """Serve `app` from a thread on a free port; give `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield _host(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _host(listener: socket.socket) -> str:
    return f"127.0.0.1:{listener.getsockname()[1]}"
