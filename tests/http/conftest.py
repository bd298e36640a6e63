"""What the tests of the endpoint share: one house for a module, and raw requests to it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.server import Sandbox
from tests.house import House, house

ORIGIN = "http://localhost:3000"


class Door:
    """Sends whatever a client may send to `/graphql`, signed in as the legal representative."""

    def __init__(self, opened: House) -> None:
        self.house = opened
        self.client = opened.client
        self._token = opened.sandbox.token("legal")

    def send(self, body: bytes | str = b'{"query":"{__typename}"}', **headers: str | bytes | None) -> httpx.Response:
        """Post a body; a header is named with underscores, None leaves it out."""
        return self.client.post("/graphql", content=body, headers=self.headers(**headers))

    def post(self, query: str, variables: Any = None, operation: Any = None, **headers: str | None) -> httpx.Response:
        """Post an operation."""
        body = {"query": query, "variables": variables, "operationName": operation}
        return self.client.post("/graphql", json=body, headers=self.headers(**headers))

    def headers(self, **given: str | bytes | None) -> dict[bytes, bytes]:
        """Give the headers of a good request, with those given in their place."""
        good = {
            "authorization": f"Bearer {self._token}",
            "content_type": "application/json",
            "accept": "application/graphql-response+json",
        }
        return {
            name.replace("_", "-").encode(): value.encode() if isinstance(value, str) else value
            for name, value in {**good, **given}.items()
            if value is not None
        }


@pytest.fixture(scope="module")
def door(sandbox_of_session: Sandbox) -> Iterator[Door]:
    """Give a BFF for the tests of one module, with a page of another origin allowed in."""
    with house(sandbox_of_session, cors_origins=ORIGIN) as opened:
        yield Door(opened)


def errors(response: httpx.Response) -> list[dict[str, Any]]:
    """Give the errors of an answer that has no data and says of each what went wrong, under one trace."""
    body = response.json()
    assert set(body) == {"errors"}
    for error in body["errors"]:
        assert error["message"]
        assert {"code", "retryable", "traceId"} <= error["extensions"].keys()
    assert len({error["extensions"]["traceId"] for error in body["errors"]}) == 1
    told: list[dict[str, Any]] = body["errors"]
    return told
