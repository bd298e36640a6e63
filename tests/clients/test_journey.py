"""That the clients of others understand the house: gql of Python, Apollo Client and urql of JavaScript."""

import json
from collections.abc import Iterator

import pytest
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

from sandbox.server import Sandbox
from tests.clients import javascript
from tests.clients.journey import JOURNEYS, Journey, due, told
from tests.house import House, house


@pytest.fixture(scope="module")
def opened(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give one house to all clients."""
    with house(sandbox_of_session) as running:
        yield running


@pytest.mark.parametrize("name", JOURNEYS)
def test_gql_tells_what_the_house_answers(opened: House, name: str) -> None:
    journey = JOURNEYS[name]
    given = told(*_through_gql(opened, journey))
    assert given == due(opened, journey)


@javascript.needed
@pytest.mark.parametrize("client", ["apollo", "urql"])
def test_a_client_of_javascript_tells_what_the_house_answers(opened: House, client: str) -> None:
    asked = [
        {"query": each.query, "variables": each.variables, "token": _token(opened, each)} for each in JOURNEYS.values()
    ]
    answers = json.loads(javascript.run(f"{client}.mjs", url=f"{opened.url}/graphql", given=json.dumps(asked)))
    given = [told(answer["data"], answer["errors"]) for answer in answers]
    assert given == [due(opened, journey) for journey in JOURNEYS.values()]


def _through_gql(opened: House, journey: Journey) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
    token = _token(opened, journey)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = GraphQLRequest(journey.query, variable_values=journey.variables)
    with Client(transport=HTTPXTransport(f"{opened.url}/graphql", headers=headers)) as session:
        try:
            return session.execute(request), []
        except TransportQueryError as error:
            return error.data, error.errors or []


def _token(opened: House, journey: Journey) -> str | None:
    return None if journey.persona is None else opened.sandbox.token(journey.persona)
