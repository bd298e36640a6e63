"""That log lines say which request they belong to and hold no personal data, and that metrics can be read."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bff import observability
from bff.observability import (
    BACKEND_CALLS,
    MASKED,
    REQUEST,
    RequestInfo,
    configure_logs,
    logger,
    mask,
    new_request,
    render_metrics,
)
from bff.settings import LogFormat, LogLevel

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TAX_CODE, COMPANY, IBAN = "RSSMRA85T10A562S", "12345678903", "IT60X0542811101000000123456"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@contextmanager
def logging_as(log_format: LogFormat) -> Iterator[io.StringIO]:
    """Configure logging and give what it writes; the logging that was before is put back."""
    handlers, level, before = logging.root.handlers, logging.root.level, structlog.get_config()
    stream = io.StringIO()
    configure_logs(LogLevel.INFO, log_format, stream)
    yield stream
    structlog.configure(**before)
    logging.root.handlers = handlers
    logging.root.setLevel(level)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    with logging_as(LogFormat.JSON) as stream:
        yield stream


def fail(text: str) -> None:
    raise ValueError(text)


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# --- the request ------------------------------------------------------------------------------------------------------


def test_a_request_keeps_the_ids_that_it_brings() -> None:
    headers = {
        "x-request-id": "order-page.42",
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
        "apollographql-client-name": "dashboard",
        "apollographql-client-version": "1.2.3",
    }
    assert new_request(headers, 5, monotonic=lambda: 100.0) == RequestInfo(
        request_id="order-page.42", trace_id=TRACE, client_name="dashboard", client_version="1.2.3", deadline=105.0
    )


def test_a_request_that_brings_nothing_gets_ids() -> None:
    ids = iter(["a" * 32, "b" * 32])
    info = new_request({}, 5, new_id=lambda: next(ids))
    assert (info.request_id, info.trace_id) == ("a" * 32, "b" * 32)
    assert (info.client_name, info.client_version) == (None, None)


def test_ids_that_are_made_differ_and_are_traceable() -> None:
    made = {new_request({}, 5).trace_id for _ in range(100)}
    assert len(made) == 100
    assert all(len(trace_id) == 32 and int(trace_id, 16) for trace_id in made)


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 65, "with space", "line\nbreak", "line-break\n", "<script>", "àààààààà"]
)
def test_a_request_id_of_another_form_is_replaced(text: str) -> None:
    assert new_request({"x-request-id": text}, 5, new_id=lambda: "made").request_id == "made"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TRACE,
        f"00-{TRACE}-00f067aa0ba902b7",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01-more",
    ],
)
def test_a_trace_of_another_form_is_replaced(text: str) -> None:
    assert new_request({"traceparent": text}, 5, new_id=lambda: "made").trace_id == "made"


def test_a_later_version_of_the_trace_format_is_read() -> None:
    info = new_request({"traceparent": f"01-{TRACE}-00f067aa0ba902b7-01-more"}, 5, new_id=lambda: "made")
    assert info.trace_id == TRACE


@pytest.mark.parametrize(
    ("name", "told"), [("web app/2", "web app/2"), ("x" * 65, None), ("new\nline", None), ("<b>", None)]
)
def test_a_client_may_name_itself_in_plain_words(name: str, told: str | None) -> None:
    assert new_request({"x-client-name": name}, 5).client_name == told


@pytest.mark.parametrize("text", [COMPANY, TAX_CODE, IBAN, "393331234567", "page-0612345678"])
def test_an_id_or_a_name_in_the_form_of_personal_data_is_not_taken(text: str) -> None:
    headers = {"x-request-id": text, "x-client-name": text, "x-client-version": text}
    info = new_request(headers, 5, new_id=lambda: "made")
    assert (info.request_id, info.client_name, info.client_version) == ("made", None, None)


# --- logs -------------------------------------------------------------------------------------------------------------


def test_an_event_is_one_json_line_with_its_request(lines: io.StringIO) -> None:
    token = REQUEST.set(RequestInfo("request-1", TRACE, "dashboard", "1.0", 5))
    logger("bff.somewhere").info("something happened", keys=3, note="two\nlines")
    REQUEST.reset(token)
    (event,) = events(lines)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "something happened",
        "level": "info",
        "module": "bff.somewhere",
        "keys": 3,
        "note": "two\nlines",
        "request_id": "request-1",
        "trace_id": TRACE,
        "client": "dashboard",
        "client_version": "1.0",
    }


def test_an_event_outside_of_a_request_has_no_request(lines: io.StringIO) -> None:
    logger("bff").info("started")
    assert "request_id" not in events(lines)[0]


@pytest.mark.parametrize("text", ["caffè", "one\u2028two\x85three", "half a pair \ud800", "€" * 1000])
def test_a_line_is_ascii_whatever_it_tells(lines: io.StringIO, text: str) -> None:
    logger("bff").info("told", note=text)
    assert lines.getvalue().isascii()
    assert events(lines)[0]["note"] == text


def test_events_below_the_level_are_not_logged(lines: io.StringIO) -> None:
    logger("bff").debug("detail")
    logging.getLogger("any").debug("detail")
    assert events(lines) == []


def test_uvicorn_and_other_libraries_log_through_the_same_pipeline(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started for %s", "mario@example.com")
    logging.getLogger("uvicorn.access").info("GET /graphql?query=…")
    logging.getLogger("httpx").info("HTTP Request: GET https://mobile.example/…")
    (event,) = events(lines)
    assert (event["event"], event["level"], event["module"]) == (f"Started for {MASKED}", "info", "uvicorn.error")


def test_a_traceback_is_in_the_line_and_masked(lines: io.StringIO) -> None:
    try:
        fail(f"no such person: {TAX_CODE}")
    except ValueError:
        logger("bff").exception("failed")
        logging.getLogger("any").exception("failed too")
    ours, theirs = events(lines)
    for event in (ours, theirs):
        assert "Traceback" in event["exception"]
        assert "ValueError: no such person: ***" in event["exception"]


def test_the_console_format_is_for_people() -> None:
    with logging_as(LogFormat.CONSOLE) as stream:
        try:
            fail(TAX_CODE)
        except ValueError:
            logger("bff").exception("failed", email="x")
    assert "failed" in stream.getvalue()
    assert "ValueError: ***" in stream.getvalue()
    assert "email=***" in stream.getvalue()


# --- masking ----------------------------------------------------------------------------------------------------------


def masked(**event: object) -> dict[str, object]:
    return dict(mask(None, "info", event))


@pytest.mark.parametrize(
    "key",
    [
        *("tax_code", "taxCode", "company_tax_code", "vat_number", "iban", "email", "newEmail", "username"),
        *("first_name", "msisdn", "phone", "mobile_number", "iccid", "token", "access_token", "Authorization"),
        *("set-cookie", "password", "client_secret", "X-API-Key", "otp", "delivery_address"),
    ],
)
def test_a_value_under_a_personal_key_is_masked(key: str) -> None:
    assert masked(**{key: "anything"}) == {key: MASKED}
    assert masked(nested=[{key: {"a": 1}}]) == {"nested": [{key: MASKED}]}


@pytest.mark.parametrize(
    "text",
    [
        *(
            TAX_CODE,
            TAX_CODE.lower(),
            "RSSMRA85T10A56NS",
            "RSSMRAURTMLARSNS",
            COMPANY,
            IBAN,
            "IT60 X054 2811 1010 0000 0123 456",
        ),
        *(IBAN.lower(), "DE89370400440532013000", "mario.rossi+bff@posta.example.it", TOKEN, TOKEN + ".a.b"),
        *(
            "+393331234567",
            "+39 333 123 4567",
            "+3 9 3-3 3-1 2 3 4",
            "00393331234567",
            "393331234567",
            "3331234567",
            "0612345678",
        ),
        *("+39 06 1234 5678", "8939010000012345678"),
    ],
)
def test_personal_data_is_masked_by_its_form_wherever_it_stands(text: str) -> None:
    assert masked(note=text) == {"note": MASKED}
    assert masked(note=f"for {text}, please") == {"note": f"for {MASKED}, please"}
    assert masked(note=f"/x?y={text}&z=1") == {"note": f"/x?y={MASKED}&z=1"}
    assert masked(note=[{"a": (text,)}]) == {"note": [{"a": [MASKED]}]}
    assert masked(note={text: 1}) == {"note": {MASKED: 1}}
    assert masked(note=ValueError(text)) == {"note": f"ValueError('{MASKED}')"}
    assert masked(note=text.encode()) == {"note": f"b'{MASKED}'"}


@pytest.mark.parametrize("number", [3331234567, 12345678903, 393331234567, 8939010000012345678])
def test_personal_data_as_a_number_is_masked(number: int) -> None:
    assert masked(note=number) == {"note": MASKED}


@pytest.mark.parametrize(
    "value",
    [
        *("backend call", "GET /productOrder", "request-1", TRACE, "2026-11-22T09:30:00.123456+01:00", "+01:00"),
        *("DB900", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "P-000042", 1764150000, 10485760, 0.125, True, None, -5),
    ],
)
def test_what_is_not_personal_stays_as_it_is(value: object) -> None:
    assert masked(note=value) == {"note": value}


def test_a_record_is_masked_as_it_would_be_written() -> None:
    record = msgspec.defstruct("Person", [("contact", str)])("mario@example.com")
    assert masked(person=record) == {"person": f"Person(contact='{MASKED}')"}


@given(st.from_regex(observability._PERSONAL))
def test_no_form_of_personal_data_is_passed_over_for_looking_harmless(text: str) -> None:
    assert masked(note=text) == {"note": observability._PERSONAL.sub(MASKED, text)}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda nested: st.lists(nested) | st.dictionaries(st.text(), nested),
    max_leaves=10,
)


@given(anything)
def test_masking_survives_anything(value: object) -> None:
    json.dumps(masked(note=value))


def test_masking_a_long_text_takes_no_long_time() -> None:
    for text in ("a" * 100_000, "eyJ" * 30_000, "a." * 50_000, "1 " * 50_000, "AB12" * 25_000, "+1 " * 30_000):
        masked(note=text)


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_metrics_are_written_as_text() -> None:
    BACKEND_CALLS.labels("MOBILE", "GET /product", "ok").inc()
    body, content_type = render_metrics()
    assert b'bff_backend_calls_total{operation="GET /product",outcome="ok",system="MOBILE"}' in body
    assert content_type.startswith("text/plain")


def test_every_metric_is_ours_and_says_what_it_counts() -> None:
    families = list(observability.REGISTRY.collect())
    assert len(families) == 27
    assert all(family.name.startswith("bff_") and family.documentation for family in families)
