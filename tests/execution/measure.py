"""What a dashboard of 1,225 leaves costs in process: `python -m tests.execution.measure`.

One customer, 20 lines, 120 invoices, the records in memory; planned once, run and encoded often. Times are CPU times:
the median of rounds, in microseconds per operation. graphql-core executes the same schema beside it.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Any

import msgspec
from graphql import GraphQLObjectType, GraphQLResolveInfo, build_schema, execute, parse

from bff.execution import Attribute, Batch, Engine

ROUNDS = 15
SDL = """
type Invoice { id: ID!, number: String!, period: String!, issueDate: String!, dueDate: String!, amount: Float!,
  currency: String!, status: String!, paid: Boolean! }
type Line { id: ID!, msisdn: String!, plan: String!, status: String!, activatedAt: String!, monthlyFee: Float!,
  dataUsedMb: Int!, invoices(last: Int!): [Invoice!]! }
type Customer { id: ID!, name: String!, email: String!, status: String!, segment: String!, lines: [Line!]! }
type Query { customer(id: ID!): Customer }
"""
TEXT = """
query Dashboard($id: ID!) { customer(id: $id) { id name email status segment
  lines { id msisdn plan status activatedAt monthlyFee dataUsedMb
    invoices(last: 6) { id number period issueDate dueDate amount currency status paid } } } }
"""
VALUES: dict[str, Any] = {"ID": "INV-1", "String": "2026-11-22", "Float": 29.9, "Int": 1234, "Boolean": True}
CHILDREN = {"customer": 1, "lines": 20, "invoices": 6}
SCHEMA = build_schema(SDL)


def _record(kind: str) -> type[msgspec.Struct]:
    fields = SCHEMA.type_map[kind].fields  # type: ignore[attr-defined]
    return msgspec.defstruct(
        kind, [(name, Any, VALUES[str(field.type)[:-1]]) for name, field in fields.items() if name not in CHILDREN]
    )


RECORDS = {"customer": _record("Customer"), "lines": _record("Line"), "invoices": _record("Invoice")}


def _children(name: str) -> Any:
    made = [RECORDS[name]() for _ in range(CHILDREN[name])]
    return made[0] if name == "customer" else made


def _describe(_parent: GraphQLObjectType, name: str) -> Attribute | Batch:
    async def run(rows: Sequence[Any], *_: Any) -> Sequence[Any]:
        return [held] * len(rows)

    held = _children(name) if name in CHILDREN else None
    return Batch(run) if name in CHILDREN else Attribute(name)


def _resolve(_row: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    return held[info.field_name]


held = {name: _children(name) for name in CHILDREN}


async def _cost_us(run: Callable[[], Awaitable[bytes]], *, times: int) -> float:
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for _ in range(times):
            await run()
        rounds.append((time.process_time_ns() - start) / times / 1000)
    return median(rounds)


async def main() -> None:
    """Measure and print."""
    document = parse(TEXT)
    given = {"id": "C-1"}
    encode = msgspec.json.Encoder().encode
    engine = Engine(SCHEMA, describe=_describe, decide=lambda *_: None)

    async def compiled() -> bytes:
        return encode((await engine.plan(document, "Dashboard", given, "audience").run(None, None, given)).data)

    async def core() -> bytes:
        done: Any = execute(SCHEMA, document, variable_values=given)
        return encode(done.data)

    for name in CHILDREN:
        parent = {"customer": "Query", "lines": "Customer", "invoices": "Line"}[name]
        SCHEMA.type_map[parent].fields[name].resolve = _resolve  # type: ignore[attr-defined]
    assert json.loads(await compiled()) == json.loads(await core())
    ours, theirs = await _cost_us(compiled, times=100), await _cost_us(core, times=5)
    sys.stdout.write(f"compiled {ours:.0f} µs, graphql-core {theirs:.0f} µs, {theirs / ours:.0f} times\n")


if __name__ == "__main__":
    asyncio.run(main())
