"""The differential fuzz: the engine against graphql-core, on random schemas, data and documents.

Equal must be: the data to the byte, which positions are null because something failed, and what was denied, where first
and how often. One difference is allowed: where several errors lie below one null, which of them is told. It is checked
exactly: with error propagation switched off, graphql-core names every error there is, and ours must be among them, one
for each null. `python -m tests.execution.fuzz --cases 100000 --seed 7` runs it for long.
"""

import argparse
import asyncio
import json
import sys
import time
import warnings
from collections.abc import Iterator
from random import Random, SystemRandom
from typing import Any, NamedTuple

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    OverlappingFieldsCanBeMergedRule,
    VariablesInAllowedPositionRule,
    execute,
    parse,
    print_schema,
    validate,
)

from bff.execution import Engine, Result, Unsupported
from tests.execution.document import Writer, variables
from tests.execution.world import World

CASES_PER_DOCUMENT = 4
CASES_PER_WORLD = 20 * CASES_PER_DOCUMENT
_EVERY = "@experimental_disableErrorPropagation"
"""Makes graphql-core name every error that there is."""
_RULES = [OverlappingFieldsCanBeMergedRule, VariablesInAllowedPositionRule]
"""The rest is right as it is written."""


class Context:
    """What one execution is for, and what it was denied."""

    def __init__(self, audience: str) -> None:
        self.audience = audience
        self.denied: list[tuple[list[str | int], str, Any]] = []


class Case(NamedTuple):
    """One comparison."""

    seed: int
    world: World
    engine: Engine
    text: str
    document: DocumentNode
    root: Any
    given: dict[str, Any]
    audience: str


class Difference(AssertionError):
    """The two do not agree."""


def cases(seed: int, count: int) -> Iterator[Case]:
    """Draw valid cases, the same for the same seed; a case is repeated by its own seed and a count of 1."""
    drawn = 0
    world = engine = document = None
    number = seed - 1
    while drawn < count:
        number += 1
        if world is None or engine is None or number % CASES_PER_WORLD == 0:
            world = World(number // CASES_PER_WORLD)
            engine = Engine(world.schema, describe=world.describe, decide=world.decide)
        if document is None or number % CASES_PER_DOCUMENT == 0:
            document = _document(number // CASES_PER_DOCUMENT, world)
        if document.valid:
            drawn += 1
            yield _case(number, world, engine, document)


class _Document(NamedTuple):
    text: str
    node: DocumentNode
    root: GraphQLObjectType
    valid: bool


def _document(seed: int, world: World) -> _Document:
    rng = Random(seed)  # noqa: S311 - the same document for the same seed
    word = rng.choice(["query", "query", "query", "mutation", "subscription"])
    root = {"query": world.query, "mutation": world.mutation, "subscription": world.subscription}[word]
    text = Writer(world.schema, rng).document(root, word)
    node = parse(text)
    return _Document(text, node, root, valid=not validate(world.schema, node, _RULES))


def _case(seed: int, world: World, engine: Engine, document: _Document) -> Case:
    rng = Random(seed)  # noqa: S311 - the same case for the same seed
    row = world.record(document.root, rng, rng.choice([0, 0.02, 0.1, 0.3]))
    given, audience = variables(rng), rng.choice(["customer", "staff"])
    return Case(seed, world, engine, document.text, document.node, row, given, audience)


async def compare(case: Case) -> bool:
    """Run a case on both and compare; tell whether anything failed in it.

    Raises:
        Difference: they do not agree.
    """
    met = Context(case.audience)
    core = await _executed(case, case.document, met)
    try:
        plan = case.engine.plan(case.document, "Q", case.given, case.audience)
    except Unsupported as reason:
        raise Difference(shown(case, f"unsupported: {reason}")) from None
    ours = await plan.run(case.root, Context(case.audience), case.given)
    for fault in _faults(case, core, ours):
        raise Difference(shown(case, fault))
    if any(error.path is None for error in core.errors or ()):
        return True
    if core.errors:  # what graphql-core has not met because of them
        met = Context(case.audience)
        every = await _executed(case, parse(case.text.replace("\n", f" {_EVERY}\n", 1)), met)
        known = {_told(error) for error in every.errors or ()}
        if strange := [_told(error) for error in ours.errors if _told(error) not in known]:
            raise Difference(shown(case, f"errors that nothing gave: {strange}"))
    _compare_denials(case, met, ours, stopped=core.data is None and case.text.startswith("mutation"))
    return bool(core.errors)


async def _executed(case: Case, document: DocumentNode, context: Context) -> ExecutionResult:
    done: Any = execute(
        case.world.schema,
        document,
        case.root,
        context,
        variable_values=case.given,
        operation_name="Q",
        hide_suggestions=True,
    )
    result = await done if asyncio.iscoroutine(done) or hasattr(done, "__await__") else done
    assert isinstance(result, ExecutionResult)
    return result


def _faults(case: Case, core: ExecutionResult, ours: Result) -> Iterator[str]:
    data = msgspec.to_builtins(ours.data)
    if json.dumps(core.data) != json.dumps(data):
        yield f"data\n  core: {json.dumps(core.data)}\n  ours: {json.dumps(data)}"
    if json.loads(msgspec.json.encode(ours.data)) != json.loads(json.dumps(data)):
        yield "encoded otherwise than built"
    expected = {nulled(error.path, core.data) for error in core.errors or ()}
    got = [nulled(error.path, core.data) for error in ours.errors]
    if set(got) != expected:
        yield f"nulls\n  core: {core.errors}\n  ours: {ours.errors}"
    if len(got) != len(set(got)) and core.data is not None:
        yield f"several errors for one null: {ours.errors}"
    if expected == {()} and not any(error.path for error in core.errors or ()) and str(core.errors) != str(ours.errors):
        yield f"refusal\n  core: {core.errors}\n  ours: {ours.errors}"


def nulled(path: list[str | int] | None, data: Any) -> tuple[str | int, ...]:
    """Give the position on a path at which the data are null."""
    steps = path or []
    for depth, step in enumerate(steps):
        if data is None:
            return tuple(steps[:depth])
        data = data[step]
    return tuple(steps)


def _told(error: GraphQLError) -> str:
    return json.dumps([error.message, error.path, [list(place) for place in error.locations or ()]])


def _compare_denials(case: Case, everything: Context, ours: Result, *, stopped: bool) -> None:
    """Compare what was denied; a mutation that has stopped has not met what comes after."""
    expected: dict[tuple[str, ...], list[tuple[list[str | int], str]]] = {}
    for path, message, _ in everything.denied:
        expected.setdefault(tuple(step for step in path if isinstance(step, str)), []).append((path, message))
    wanted = sorted(
        (*min(all_, key=lambda each: [step for step in each[0] if isinstance(step, int)]), len(all_))
        for all_ in expected.values()
    )
    got = sorted((denied.path, str(denied.error), denied.count) for denied in ours.denials)
    if not (got == wanted or (stopped and all(each in wanted for each in got))):
        raise Difference(shown(case, f"denials\n  core: {wanted}\n  ours: {got}"))


def shown(case: Case, fault: str) -> str:
    """Give everything that is needed to understand a case."""
    return (
        f"seed {case.seed} ({case.audience})\n{fault}\n\n{case.text}\n\nvariables: {case.given}\n\n"
        f"{print_schema(case.world.schema)}\n\nroot: {_data(case.root)}"
    )


def _data(value: Any) -> Any:
    if hasattr(value, "__dict__") and type(value).__name__.startswith("R"):
        return {"": type(value).__name__, **{key: _data(each) for key, each in vars(value).items()}}
    return [_data(each) for each in value] if isinstance(value, list | tuple) else repr(value)


async def run(seed: int, count: int, *, progress_each: int | None = None) -> int:
    """Compare cases and give how many had failures in them."""
    failing = 0
    started = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # graphql-core abandons what it has begun beside a failure
        for done, case in enumerate(cases(seed, count), 1):
            failing += await compare(case)
            if progress_each and done % progress_each == 0:
                sys.stdout.write(f"{done} cases equal, {failing} with errors, {time.monotonic() - started:.0f} s\n")
                sys.stdout.flush()
    return failing


def main() -> None:
    """Run the long fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None, help="where the seeds start; of a failing case: its own")
    asked = parser.parse_args()
    seed = SystemRandom().randrange(10**9) if asked.seed is None else asked.seed
    sys.stdout.write(f"seed {seed}\n")
    asyncio.run(run(seed, asked.cases, progress_each=2_000))


if __name__ == "__main__":
    main()
