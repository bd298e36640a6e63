"""JSON answers: a good body counts under any label, an error under any status."""

import msgspec
import pytest

from bff.backends._call import Operation
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends._shape import Text, reader, rows
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendUnavailable

WHERE = Operation(System.MOBILE, "GET /thing")


class Thing(msgspec.Struct):
    """What is asked for."""

    id: Text


READ = rows(reader(Thing))
TMF = b'{"code": "E999", "reason": "Errore interno", "message": "Errore interno", "status": "500"}'
DOWN = b'{"code": "DB900", "reason": "Base dati non disponibile"}'
SCIM = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "invalidFilter", "status": "400"}'
HTML = b"<!DOCTYPE html><html><body>Errore</body></html>"


@pytest.mark.parametrize("status", [200, 206])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/html"])
def test_a_good_body_counts_whole_or_in_part_under_any_content_type(status: int, content_type: str) -> None:
    assert decoded(WHERE, Answer(status, {"content-type": content_type}, b'[{"id": "1"}]'), READ) == [Thing("1")]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, TMF, BackendRejected),
        (200, TMF, BackendRejected),
        (200, b"[" + TMF + b"]", BackendRejected),
        (200, b'[{"id": "1"}, ' + TMF + b"]", BackendRejected),
        (400, SCIM, BackendRejected),
        (400, b'{"error": "invalid_request"}', BackendRejected),
        (400, b"", BackendRejected),
        (404, HTML, BackendRejected),
        (500, DOWN, BackendUnavailable),
        (200, DOWN, BackendUnavailable),
        (401, TMF, BackendUnavailable),
        (403, b"", BackendUnavailable),
        (429, b"", BackendUnavailable),
        (500, b"", BackendUnavailable),
        (500, HTML, BackendUnavailable),
        (500, b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "500"}', BackendUnavailable),
        (502, HTML, BackendUnavailable),
        (503, TMF, BackendUnavailable),
        (504, b"upstream connect error", BackendUnavailable),
        (200, HTML, BackendGarbled),
        (200, b"", BackendGarbled),
        (200, b'[{"id": "1"}, {"i', BackendGarbled),
        (200, b"null", BackendGarbled),
        (200, b'""', BackendGarbled),
        (200, b'[{"id": {}}]', BackendGarbled),
        (200, b'[{"id": null}]', BackendGarbled),
        (200, b'[{"id": "\\ud800"}]', BackendGarbled),
        (200, b"[" * 100_000, BackendGarbled),
        (200, b'[{"id": ' + b"9" * 5_000 + b"}]", BackendGarbled),
        (200, b'[{"id": NaN}]', BackendGarbled),
        (200, b'[{"id": "\xff"}]', BackendGarbled),
        (204, b"", BackendGarbled),
        (302, b"", BackendGarbled),
    ],
)
def test_a_bad_answer_becomes_the_error_that_fits(status: int, body: bytes, expected: type[BackendError]) -> None:
    with pytest.raises(BackendError) as caught:
        decoded(WHERE, Answer(status, {}, body), READ)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("application/json", "Società".encode()),
        ("application/json", b"\xef\xbb\xbfSociet\xc3\xa0"),
        ("application/json; charset=ISO-8859-1", "Società".encode()),
        ("application/json; charset=ISO-8859-1", b"Societ\xe0"),
        ('application/json;charset="windows-1252"', b"Societ\xe0"),
    ],
)
def test_text_is_utf_8_whatever_its_label_and_latin_only_where_it_is_labelled(content_type: str, name: bytes) -> None:
    mark, name = (name[:3], name[3:]) if name.startswith(b"\xef") else (b"", name)
    body = mark + b'[{"id": "' + name + b'"}]'
    assert decoded(WHERE, Answer(200, {"content-type": content_type}, body), READ) == [Thing("Società")]


def test_marks_that_iso_8859_1_has_none_for_are_those_of_windows() -> None:
    answer = Answer(200, {"content-type": "application/json; charset=iso-8859-1"}, b'[{"id": "\x80 5"}]')
    assert decoded(WHERE, answer, READ) == [Thing("€ 5")]


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "application/json; charset=utf-16"]
)
def test_bytes_that_are_no_utf_8_are_not_guessed_at(content_type: str) -> None:
    with pytest.raises(BackendGarbled):
        decoded(WHERE, Answer(200, {"content-type": content_type}, b'[{"id": "Societ\xe0"}]'), READ)


def test_bytes_that_are_not_even_what_their_label_says_are_garbled() -> None:
    with pytest.raises(BackendGarbled):
        decoded(WHERE, Answer(200, {"content-type": "text/json; charset=windows-1252"}, b'[{"id": "\x81"}]'), READ)


def test_a_list_of_one_may_come_as_the_row_itself() -> None:
    assert decoded(WHERE, Answer(200, {}, b'{"id": "1"}'), READ) == [Thing("1")]


def test_how_long_to_wait_is_taken_over() -> None:
    with pytest.raises(BackendUnavailable) as caught:
        decoded(WHERE, Answer(503, {"retry-after": "120"}, b""), READ)
    assert caught.value.retry_after_s == 120


@pytest.mark.parametrize("told", ["9" * 400, "9999999", "-1", "1.5", "²", "soon", "Sun, 22 Nov 2026 08:30:00 GMT"])
def test_a_wait_that_can_not_be_read_is_not_told(told: str) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        decoded(WHERE, Answer(503, {"retry-after": told}, b""), READ)
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    ("status", "body", "final"),
    [
        (401, TMF, True),
        (403, b"", True),
        (429, b"", True),
        (500, b'{"code": "TR900", "reason": "TROPPE RICHIESTE: riprovare"}', True),
        (200, b'{"code": "12", "reason": "Troppe richieste"}', True),
        (408, b"", False),
        (500, b"", False),
        (500, DOWN, False),
        (502, HTML, False),
        (503, TMF, False),
    ],
)
def test_a_call_that_would_be_refused_again_at_once_is_not_to_be_made_again(
    status: int, body: bytes, *, final: bool
) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        decoded(WHERE, Answer(status, {}, body), READ)
    assert caught.value.final is final


def test_the_text_of_an_error_keeps_what_the_system_said_out_of_the_log() -> None:
    body = b'{"code": "12", "reason": "RSSMRA80A01H501U not found"}'
    with pytest.raises(BackendRejected) as caught:
        decoded(WHERE, Answer(404, {}, body), READ)
    assert str(caught.value) == "MOBILE GET /thing: 404 12"
