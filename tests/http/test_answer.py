"""The outside of good answers: media type, ids, caching, pages of other origins, introspection, GraphiQL."""

import httpx
import pytest

from sandbox.server import Sandbox
from tests.house import house
from tests.http.conftest import ORIGIN, Door, errors

VARY = {"accept", "authorization", "accept-language", "x-membership", "origin"}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("text/event-stream, application/json", "application/json"),
    ],
)
def test_an_answer_comes_in_the_media_type_that_is_accepted_and_names_its_charset(
    door: Door, accept: str | None, answered: str
) -> None:
    client = httpx.Client(base_url=door.house.url)
    del client.headers["accept"]
    with client:
        given = door.headers(accept=accept)
        response = client.post("/graphql", content=b'{"query":"{__typename}"}', headers=given)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


def test_an_error_comes_in_the_media_type_that_is_accepted_too(door: Door) -> None:
    response = door.post("{ nonsense }", accept="application/graphql-response+json")
    assert errors(response)
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", 'APPLICATION/JSON; charset="utf-8"'])
def test_json_may_name_its_charset_and_be_written_in_capitals(door: Door, content_type: str) -> None:
    assert door.send(content_type=content_type).status_code == 200


def test_an_answer_has_data_only_or_data_and_errors(door: Door) -> None:
    assert list(door.post("{ viewer { profile } }").json()) == ["data"]
    assert list(door.post('{ viewer { profile } nodes(ids: ["x"]) { id } }').json()) == ["data"]
    assert set(door.post("{ customer { lines(first: 0) { totalCount } } }").json()) == {"data", "errors"}


def test_text_comes_and_goes_in_utf_8(door: Door) -> None:
    name = door.post("{ customer { company { name } } }").json()["data"]["customer"]["company"]["name"]
    assert name in {company.name for company in door.house.sandbox.world.companies}
    found = door.post(
        "query ($s: String) { customer { fixedLines(filter: {search: $s}) { totalCount } } }", {"s": "è😀"}
    )
    assert found.json()["data"]["customer"]["fixedLines"] == {"totalCount": 0}


# --- ids and caching --------------------------------------------------------------------------------------------------


def test_a_good_request_id_is_echoed(door: Door) -> None:
    assert door.send(x_request_id="order-page.42").headers["x-request-id"] == "order-page.42"


@pytest.mark.parametrize("given", [None, "short", "x" * 65, "with space", "<script>alert(1)</script>", b"\xff" * 10])
def test_a_request_id_of_another_form_is_replaced(door: Door, given: str | bytes | None) -> None:
    made = door.send(x_request_id=given).headers["x-request-id"]
    assert len(made) == 32
    assert int(made, 16)


def test_a_trace_goes_on_into_the_errors(door: Door) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for query in ("{ nonsense }", "{ customer { lines(first: 0) { totalCount } } }"):
        response = door.post(query, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
        assert [error["extensions"]["traceId"] for error in response.json()["errors"]] == [trace]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 200), ({"authorization": "Bearer x"}, 401), ({"content_type": "text/plain"}, 415), ({"accept": "x/y"}, 406)],
)
def test_no_answer_is_stored_and_each_says_what_it_varies_with(
    door: Door, headers: dict[str, str], status: int
) -> None:
    response = door.send(**headers)
    assert (response.status_code, response.headers["cache-control"]) == (status, "no-store")
    assert {name.strip().lower() for name in response.headers["vary"].split(",")} == VARY
    assert response.headers["x-request-id"]


# --- pages of other origins -------------------------------------------------------------------------------------------

PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-membership,x-request-id,traceparent",
}


def test_an_allowed_page_may_ask_and_read_the_answer(door: Door) -> None:
    preflight = door.client.options("/graphql", headers={"origin": ORIGIN, **PREFLIGHT})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert preflight.headers["access-control-allow-methods"] == "POST"
    answer = door.send(origin=ORIGIN)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "x-request-id, www-authenticate"
    assert "access-control-allow-credentials" not in answer.headers


def test_an_allowed_page_may_read_a_refusal_too(door: Door) -> None:
    for refused in (door.send(b"{", origin=ORIGIN), door.send(b"x" * 300_000, origin=ORIGIN)):
        assert errors(refused)
        assert refused.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("origin", ["http://localhost:3001", "https://localhost:3000", "http://evil.example", "null"])
def test_another_page_may_neither_ask_nor_read(door: Door, origin: str) -> None:
    preflight = door.client.options("/graphql", headers={"origin": origin, **PREFLIGHT})
    assert preflight.status_code == 400
    for response in (preflight, door.send(origin=origin)):
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "asked", [{"access-control-request-method": "DELETE"}, {"access-control-request-headers": "x-admin"}]
)
def test_an_allowed_page_may_ask_only_for_what_there_is(door: Door, asked: dict[str, str]) -> None:
    preflight = door.client.options("/graphql", headers={"origin": ORIGIN, **PREFLIGHT, **asked})
    assert preflight.status_code == 400


# --- for developers ---------------------------------------------------------------------------------------------------

INTROSPECTION = "{ __schema { queryType { name } } }"


def test_introspection_and_graphiql_are_on_where_they_are_wanted(door: Door) -> None:
    assert door.post(INTROSPECTION).json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    page = door.client.get("/graphiql")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "query First" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")


def test_introspection_and_graphiql_are_off_where_they_are_not(sandbox: Sandbox) -> None:
    with house(sandbox, introspection="false", graphiql="false") as opened:
        shut = Door(opened)
        for query in (INTROSPECTION, '{ __type(name: "Invoice") { name } }'):
            response = shut.post(query)
            assert response.status_code == 400
            assert "introspection has been disabled" in errors(response)[0]["message"]
        assert shut.post("{ __typename viewer { __typename } }").json() == {
            "data": {"__typename": "Query", "viewer": {"__typename": "Viewer"}}
        }
        assert shut.client.get("/graphiql").status_code == 404
