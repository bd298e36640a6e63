"""Who executes what: plans for everything that can be planned, graphql-core for the rest, with the same answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import get_introspection_query

from bff.observability import FALLBACKS, REGISTRY
from sandbox.server import Sandbox
from tests.house import Answer, House, chosen, house

QUERIES = sorted(Path("operations").rglob("*.graphql"))

DENIED = """
{ customer { invoices(first: 2) { nodes { number gross } } contracts { number startsOn } company { name vatNumber } }
  viewer { profile } line(id: "x") { number } }
"""


def fallbacks() -> dict[str, float]:
    """Give how many operations were left to graphql-core until now, by reason."""
    return {
        sample.labels["reason"]: sample.value
        for family in FALLBACKS.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }


@pytest.fixture(scope="module")
def core(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a house that runs everything on graphql-core."""
    with house(sandbox_of_session, executor="graphql-core") as opened:
        yield opened


@pytest.fixture(scope="module")
def compiled(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a house that runs plans."""
    with house(sandbox_of_session, executor="compiled") as opened:
        yield opened


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
@pytest.mark.parametrize("persona", ["legal", "user", "fixed"])
def test_every_document_of_ours_is_planned_and_answered_as_graphql_core_does(
    compiled: House, core: House, path: Path, persona: str
) -> None:
    before = fallbacks()
    planned = compiled.ask(persona, path.read_text())
    assert fallbacks() == before
    plain = core.ask(persona, path.read_text())
    assert (planned.status, planned.data, without_ids(planned)) == (plain.status, plain.data, without_ids(plain))


@pytest.mark.parametrize("persona", ["legal", "user", "fixed", "double"])
def test_what_is_denied_is_told_alike_and_in_the_order_of_the_document(
    compiled: House, core: House, persona: str
) -> None:
    planned, plain = compiled.ask(persona, DENIED), core.ask(persona, DENIED)
    assert planned.data == plain.data
    assert without_ids(planned) == without_ids(plain)


def test_introspection_is_left_to_graphql_core_and_counted(compiled: House) -> None:
    before = fallbacks().get("introspection", 0)
    answer = compiled.ask("legal", get_introspection_query())
    assert answer.data["__schema"]["queryType"]["name"] == "Query"
    assert fallbacks()["introspection"] == before + 1


def test_a_house_makes_plans_just_when_the_compiled_executor_was_chosen(bff: House) -> None:
    before = plans_made()
    assert bff.ask("legal", "{ viewer { profile } }").errors == []
    assert plans_made() - before == (1 if chosen.executor == "compiled" else 0)


def plans_made() -> float:
    made = REGISTRY.get_sample_value("bff_plans_made_total")
    assert made is not None
    return made


def without_ids(answer: Answer) -> list[dict[str, object]]:
    """Give the errors without what differs from request to request."""
    return [
        {**error, "extensions": {name: each for name, each in error["extensions"].items() if name != "traceId"}}
        for error in answer.errors
    ]
