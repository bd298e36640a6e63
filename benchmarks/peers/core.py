"""graphql-core on bare ASGI: documents parsed and validated once, rows as dicts, data loaders, msgspec for the JSON."""

from collections.abc import Callable
from inspect import isawaitable
from pathlib import Path
from typing import Any

import msgspec
from aiodataloader import DataLoader
from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute,
    parse,
    validate,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.peers.legacy import Legacy, Row
from benchmarks.peers.serve import serve
from benchmarks.peers.task import Task

_SCHEMA = Path(__file__).parents[1] / "schema.graphql"


def _schema() -> GraphQLSchema:
    schema = build_schema(_SCHEMA.read_text(encoding="utf-8"))
    resolvers: dict[tuple[str, str], Callable[..., Any]] = {
        ("Query", "customer"): lambda _root, _info: {},
        ("Customer", "mobileLines"): _lines,
        ("MobileLine", "invoices"): _invoices,
    }
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                field.resolve = resolvers.get((kind.name, name)) or _by_name(name)
    return schema


def _by_name(name: str) -> Callable[[Row, GraphQLResolveInfo[Any]], Any]:
    return lambda row, _info: row[name]


async def _lines(_customer: Row, info: GraphQLResolveInfo[Any], first: int) -> Row:
    rows = await info.context["lines"].load(info.context["tax_code"])
    return {"totalCount": len(rows), "nodes": rows[:first]}


async def _invoices(line: Row, info: GraphQLResolveInfo[Any], first: int) -> Row:
    rows = await info.context["invoices"].load(line["account"])
    return {"nodes": rows[:first]}


def make_app(legacy: Legacy) -> ASGIApp:
    """Make the application."""
    schema = _schema()
    documents: dict[str, DocumentNode] = {}

    def document(query: str) -> DocumentNode:
        if query not in documents:
            parsed = parse(query)
            if errors := validate(schema, parsed):
                raise errors[0]
            documents[query] = parsed
        return documents[query]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = msgspec.json.decode(await _body(receive))
        context = {
            "tax_code": dict(scope["headers"])[b"x-company"].decode(),
            "lines": DataLoader(legacy.lines),
            "invoices": DataLoader(legacy.invoices),
        }
        result = execute(schema, document(asked["query"]), context_value=context)
        done: Any = await result if isawaitable(result) else result
        answer = {"data": done.data} | ({"errors": [each.formatted for each in done.errors]} if done.errors else {})
        await _answered(send, msgspec.json.encode(answer))

    return app


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


async def _answered(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    task = Task.read()
    serve(make_app(Legacy(task)), task.port)
