"""That a request leaves lines that tell what happened, under its ids, and that no line tells of whom."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bff.observability import configure_logs
from bff.settings import LogFormat, LogLevel
from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House, house
from tests.http import personal

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {
    "x-request-id": "order-page.42",
    "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    "apollographql-client-name": "dashboard",
    "apollographql-client-version": "1.2.3",
}
REQUEST = {"request_id": "order-page.42", "trace_id": TRACE, "client": "dashboard", "client_version": "1.2.3"}
FIRST = Path("operations/first.graphql").read_text(encoding="utf-8")
PEOPLE = """{
  viewer { person { firstName lastName taxCode email mobileNumber username } line { number sim { iccid } } }
  customer { company { name taxCode legalRepresentative { lastName } registeredOffice { street } } }
}"""


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give what is logged, as in production; the logging that was before is put back."""
    before, handlers, level = structlog.get_config(), logging.root.handlers, logging.root.level
    written = io.StringIO()
    configure_logs(LogLevel.DEBUG, LogFormat.JSON, written)
    yield written
    structlog.configure(**before)
    logging.root.handlers = handlers
    logging.root.setLevel(level)


@pytest.fixture
def opened(stream: io.StringIO, sandbox: Sandbox) -> Iterator[House]:
    with house(sandbox) as running:
        yield running


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_every_line_of_a_request_is_json_and_carries_its_ids_and_its_client(opened: House, stream: io.StringIO) -> None:
    answer = opened.ask("legal", FIRST, headers=HEADERS)
    assert (answer.status, answer.errors) == (200, [])
    of_request = [line for line in lines(stream) if "request_id" in line]
    assert [line for line in of_request if {name: line[name] for name in REQUEST} != REQUEST] == []
    counted = [line for line in of_request if line["event"] == "backend_call" and line["system"] != "IDENTITY"]
    assert len(counted) == sum(opened.calls("order-page.42").values()) > 10
    assert all(line["module"] == "bff.backends._call" and line["outcome"] == "ok" for line in counted)


def test_an_operation_ends_with_one_line_that_says_how(opened: House, stream: io.StringIO) -> None:
    opened.ask("user", "{ customer { mobileLines { totalCount } } }", headers=HEADERS)
    (line,) = [line for line in lines(stream) if line["event"] == "operation"]
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("bytes") > 0
    assert line == {
        **REQUEST,
        "event": "operation",
        "level": "info",
        "module": "bff.http.endpoint",
        "type": "query",
        "status": 200,
        "errors": ["FORBIDDEN"],
    }


@pytest.mark.parametrize(
    ("persona", "query", "status", "code"),
    [(None, "{ viewer { profile } }", 401, "UNAUTHENTICATED"), ("legal", "{ nonsense }", 400, "VALIDATION_FAILED")],
)
def test_a_refused_request_ends_with_one_line_too(
    opened: House, stream: io.StringIO, persona: str | None, query: str, status: int, code: str
) -> None:
    opened.ask(persona, query, headers=HEADERS)
    (line,) = [line for line in lines(stream) if line["event"] == "operation"]
    assert (line["status"], line["errors"], line["request_id"]) == (status, [code], "order-page.42")


def test_a_request_that_takes_none_of_our_media_types_is_told_of_too(opened: House, stream: io.StringIO) -> None:
    opened.ask("legal", "{ viewer { profile } }", headers={"accept": "text/html"})
    assert [line["status"] for line in lines(stream) if line["event"] == "operation"] == [406]


def test_a_system_that_fails_is_one_line_without_a_traceback(opened: House, stream: io.StringIO) -> None:
    opened.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /agreement"))
    opened.ask("legal", "{ customer { contracts { totalCount } } }", headers=HEADERS)
    told = [line for line in lines(stream) if line["event"] == "field_error"]
    assert [(line["field"], line["code"]) for line in told] == [("contracts", "UNAVAILABLE")]
    assert not any("exception" in line for line in lines(stream))


def test_no_line_holds_personal_data_on_good_days_and_on_bad_ones(opened: House, stream: io.StringIO) -> None:
    world = opened.sandbox.world
    number = world.companies[0].mobile_lines[0].msisdn
    known = personal.of_world(world)
    for persona in ("legal", "user", "ceased", "double"):
        answer = opened.ask(persona, PEOPLE, headers=HEADERS)
        assert persona == "double" or len(personal.found_in(answer.response.text, known)) >= 5, "the client sees it"
    for rule in (
        None,
        Rule(quirk=Quirk.HTTP_ERROR),
        Rule(quirk=Quirk.ERROR_FAULT_500),
        Rule(quirk=Quirk.ERROR_FAULT_200),
        Rule(quirk=Quirk.ERROR_CODE_IN_ANSWER),
        Rule(quirk=Quirk.TRUNCATED),
        Rule(quirk=Quirk.HTML_INSTEAD),
        Rule(quirk=Quirk.PARTIAL_BULK, system="fixed"),
        Rule(quirk=Quirk.FOREIGN_ROWS),
        Rule(quirk=Quirk.MISSING_ROWS),
    ):
        opened.sandbox.faults.set(*([] if rule is None else [rule]))
        with house(opened.sandbox) as cold:
            cold.ask("legal", FIRST)
            cold.ask("legal", PEOPLE)
    opened.ask("legal", "query ($s: String) { customer { lines(filter: {search: $s}) { totalCount } } }", {"s": number})
    opened.ask("legal", f'{{ customer {{ lines(filter: {{search: "{number}", kind: X}}) {{ totalCount }} }} }}')
    opened.ask("legal", "query ($n: Int!) { customer { lines(first: $n) { totalCount } } }", {"n": number})
    opened.client.post("/graphql", content=number.encode(), headers={"authorization": f"Bearer {number}"})
    text = stream.getvalue()
    assert len(text.splitlines()) > 200
    assert personal.found_in(text, known) == []
    assert "eyJ" not in text, "no token either"
    assert [line for line in lines(stream) if line["level"] == "error"] == [], "bad days are expected"
