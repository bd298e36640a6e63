"""SOAP: what is sent, and which answers are trusted how far."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from lxml import etree
from structlog.typing import EventDict

from bff.backends._batch import PAGES_MAX
from bff.backends._http import Limits
from bff.backends.fixed import Credentials, Fixed, Soap
from bff.backends.fixed._value import NAMESPACE
from bff.domain.line import FixedLine
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendUnavailable
from tests.backends.wire import NOW, Reply, Script, StillClock, always, good, http

pytestmark = pytest.mark.anyio

NONCE = b"0123456789abcdef"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMES = {
    "soap": SOAP,
    "t": NAMESPACE,
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}
GOOD = "<outcome><code>000</code><severity>I</severity></outcome>"
LINE = (
    "<line><lineId>0212345678</lineId><accountCode>000000000001</accountCode><type>FTTH</type><state>ATT</state></line>"
)
ACCOUNT = "000000000001"


def envelope(body: str, prologue: str = "") -> bytes:
    return f'{prologue}<s:Envelope xmlns:s="{SOAP}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def answer(inner: str, operation: str = "FindLinesByAccount", prologue: str = "") -> bytes:
    return envelope(f'<{operation}Response xmlns="{NAMESPACE}">{inner}</{operation}Response>', prologue)


def fault(detail: str, code: str = "s:Server", text: str = "no") -> bytes:
    told = f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail>"
    return envelope(f"<s:Fault>{told}</s:Fault>")


def legacy_fault(code: str, more: str = "", message: str = "m") -> bytes:
    told = f"<code>{code}</code><type>X</type><message>{message}</message>"
    return fault(f'<LegacyFault xmlns="{NAMESPACE}">{told}{more}</LegacyFault>')


@asynccontextmanager
async def opened(network: Script) -> AsyncIterator[Fixed]:
    exchange = http(network, system=System.FIXED, limits=Limits(timeout_s=10, calls_max=20))
    fixed = Fixed(Soap(exchange, Credentials("bff", "secret"), StillClock(), lambda: NONCE), StillClock())
    yield fixed
    await fixed.aclose()


async def ask(network: Script, *accounts: str) -> dict[str, Any]:
    async with opened(network) as fixed:
        return await fixed.lines_by_account(accounts or [ACCOUNT])


async def test_the_envelope_carries_digest_header_keys_and_page_in_the_order_of_the_schema() -> None:
    network = always(Reply(answer(GOOD)))
    await ask(network, "000000000001", "000000000002")
    (request,) = network.requests
    sent = etree.fromstring(request.content)
    created = sent.findtext(".//wsu:Created", namespaces=NAMES)
    digest = base64.b64encode(hashlib.sha1(NONCE + b"2026-11-22T08:30:00Z" + b"secret").digest()).decode()  # noqa: S324
    assert created == "2026-11-22T08:30:00Z"
    assert sent.findtext(".//wsse:Username", namespaces=NAMES) == "bff"
    assert sent.findtext(".//wsse:Nonce", namespaces=NAMES) == base64.b64encode(NONCE).decode()
    assert sent.findtext(".//wsse:Password", namespaces=NAMES) == digest
    body = sent.find("soap:Body/t:FindLinesByAccount", NAMES)
    assert body is not None
    assert [etree.QName(child).localname for child in body] == ["header", "key", "key", "page"]
    assert [child.text for child in body.iterfind("t:header/*", NAMES)] == ["BFF", "WEB", "-", "22/11/2026 09:30:00"]
    assert [child.text for child in body.iterfind("t:page/*", NAMES)] == ["1", "200"]
    assert request.headers["soapaction"] == f'"{NAMESPACE}/FindLinesByAccount"'
    assert request.headers["content-type"] == "text/xml; charset=utf-8"


async def test_a_key_can_not_leave_its_element() -> None:
    network = always(Reply(answer(GOOD)))
    await ask(network, "</key><key>000000000009")
    keys = etree.fromstring(network.requests[0].content).findall(".//t:key", NAMES)
    assert [key.text for key in keys] == ["</key><key>000000000009"]


async def test_rows_are_read_under_whatever_prefix_and_status() -> None:
    answers = await ask(always(Reply(answer(GOOD + LINE))))
    (line,) = answers[ACCOUNT]
    assert isinstance(line, FixedLine)
    assert (line.key, line.number, line.location) == ("0212345678", "+390212345678", None)


async def test_pages_are_read_until_the_last_and_a_missing_end_is_garbled() -> None:
    page = f"{GOOD}{LINE}<pageInfo><pageNo>1</pageNo><lastPage>N</lastPage></pageInfo>"
    network = always(Reply(answer(page)))
    answers = await ask(network)
    assert isinstance(answers[ACCOUNT], BackendGarbled)
    assert len(network.requests) == PAGES_MAX


async def test_an_empty_page_is_the_last_one_whatever_it_says() -> None:
    network = always(Reply(answer(f"{GOOD}<pageInfo><pageNo>1</pageNo><lastPage>N</lastPage></pageInfo>")))
    assert await ask(network) == {ACCOUNT: []}
    assert len(network.requests) == 1


async def test_unknown_keys_are_absent_and_known_ones_without_rows_empty() -> None:
    item = "<itemOutcome><key>000000000002</key><outcome><code>404</code><severity>E</severity></outcome></itemOutcome>"
    assert await ask(always(Reply(answer(GOOD + item))), ACCOUNT, "000000000002") == {ACCOUNT: []}


async def test_a_warning_is_no_error() -> None:
    warning = "<outcome><code>W10</code><severity>W</severity></outcome>"
    assert len((await ask(always(Reply(answer(warning + LINE)))))[ACCOUNT]) == 1


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, legacy_fault("E999"), BackendRejected),
        (200, legacy_fault("E999"), BackendRejected),
        (200, answer("<outcome><code>E999</code><severity>E</severity></outcome>"), BackendRejected),
        (500, legacy_fault("DB900"), BackendUnavailable),
        (200, answer("<outcome><code>DB900</code><severity>E</severity></outcome>"), BackendUnavailable),
        (500, fault("", "s:Client"), BackendRejected),
        (500, fault("", "wsse:FailedAuthentication"), BackendUnavailable),
        (500, b"", BackendUnavailable),
        (502, b"<html><body>Bad gateway</body></html>", BackendUnavailable),
        (503, b"<!DOCTYPE html><html></html>", BackendUnavailable),
        (503, legacy_fault("E999"), BackendUnavailable),
        (403, b"", BackendUnavailable),
        (404, b"not here", BackendRejected),
        (200, b"", BackendGarbled),
        (200, b"<html><body>Accesso</body></html>", BackendGarbled),
        (200, answer(GOOD + LINE)[:-40], BackendGarbled),
        (200, answer(LINE), BackendGarbled),
        (200, answer(GOOD, "FindOrdersById"), BackendGarbled),
        (200, envelope(""), BackendGarbled),
        (200, answer(GOOD + "<outcome/>"), BackendGarbled),
        (200, answer("<outcome><code>7</code><severity>?</severity></outcome>"), BackendRejected),
    ],
)
async def test_a_bad_answer_is_the_error_that_fits(status: int, body: bytes, expected: type[BackendError]) -> None:
    assert type((await ask(always(Reply(body, status))))[ACCOUNT]) is expected


async def test_how_long_to_wait_is_taken_over() -> None:
    error = (await ask(always(Reply(legacy_fault("DB900", "<retryAfterSeconds>60</retryAfterSeconds>"), 500))))[ACCOUNT]
    assert error.retry_after_s == 60


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, legacy_fault("TR900", "", "Troppe richieste")),
        (200, legacy_fault("TR900", "", "TROPPE RICHIESTE: riprovare")),
        (500, fault("", text="Troppe richieste")),
        (200, answer("<outcome><code>E42</code><severity>E</severity><message>Troppe richieste</message></outcome>")),
        (429, b""),
    ],
    ids=["fault", "fault with 200", "fault without detail", "in a good answer", "429"],
)
async def test_too_many_calls_is_a_system_that_is_not_there_for_us(status: int, body: bytes) -> None:
    network = always(Reply(body, status, {"retry-after": "7"}))
    error = (await ask(network))[ACCOUNT]
    assert type(error) is BackendUnavailable
    assert (error.retry_after_s, error.final, len(network.requests)) == (7, True, 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b""),
        (403, b"<html></html>"),
        (429, b""),
        (500, legacy_fault("TR900", "", "Troppe richieste")),
        (500, fault("", "wsse:FailedAuthentication")),
    ],
)
async def test_a_call_that_would_be_refused_again_is_made_once(status: int, body: bytes) -> None:
    network = always(Reply(body, status))
    assert type((await ask(network))[ACCOUNT]) is BackendUnavailable
    assert len(network.requests) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (503, b"<html></html>"), (408, b""), (500, legacy_fault("DB900"))]
)
async def test_a_call_that_fails_for_a_moment_is_made_twice(status: int, body: bytes) -> None:
    network = always(Reply(body, status))
    assert type((await ask(network))[ACCOUNT]) is BackendUnavailable
    assert len(network.requests) == 2


@pytest.mark.parametrize("told", ["²", "9" * 400, "-1", "soon"])
async def test_a_wait_that_can_not_be_read_is_not_told(told: str) -> None:
    more = f"<retryAfterSeconds>{told}</retryAfterSeconds>"
    error = (await ask(always(Reply(legacy_fault("DB900", more), 500, {"retry-after": told.replace("²", "x")}))))[
        ACCOUNT
    ]
    assert (type(error), error.retry_after_s) == (BackendUnavailable, None)


@pytest.mark.parametrize(
    "prologue",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x [<!ENTITY e "y">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>',
        "<!-- <!DOCTYPE x> -->",
    ],
    ids=["empty", "entity", "external", "bomb", "in a comment"],
)
async def test_a_document_type_is_refused(prologue: str) -> None:
    found = (await ask(always(Reply(answer(GOOD + LINE, prologue=prologue)))))[ACCOUNT]
    assert isinstance(found, BackendGarbled)


@pytest.mark.parametrize("depth", [254, 10_000, 99_000])
async def test_trees_without_bottom_are_refused(depth: int) -> None:
    deep = "<a>" * depth + "</a>" * depth
    assert isinstance((await ask(always(Reply(answer(GOOD + deep)))))[ACCOUNT], BackendGarbled)


async def test_what_nobody_reads_may_be_deep() -> None:
    deep = "<a>" * 253 + "</a>" * 253
    assert await ask(always(Reply(answer(GOOD + deep)))) == {ACCOUNT: []}


@pytest.mark.parametrize("text", ["&e;", "&#0;", "\x01"])
async def test_a_text_of_what_nobody_declared_or_may_write_is_refused(text: str) -> None:
    row = LINE.replace("FTTH", text)
    assert isinstance((await ask(always(Reply(answer(GOOD + row)))))[ACCOUNT], BackendGarbled)


# --- whose rows are they? (quirks 6 and 8) ----------------------------------------------------------------------------


def line_of(account: str, line_id: str = "0212345678") -> str:
    return LINE.replace(ACCOUNT, account).replace("0212345678", line_id)


def item(key: str, code: str = "404") -> str:
    return f"<itemOutcome><key>{key}</key><outcome><code>{code}</code><severity>E</severity></outcome></itemOutcome>"


async def test_keys_find_their_rows_though_both_lost_their_zeros() -> None:
    answers = await ask(always(Reply(answer(GOOD + line_of("1", "212345678")))))
    assert [(line.key, line.number, line.account_code) for line in answers[ACCOUNT]] == [
        ("0212345678", "+390212345678", ACCOUNT)
    ]


async def test_a_key_without_its_zeros_is_not_taken_for_another_one() -> None:
    other = "000000000010"
    assert await ask(always(Reply(answer(GOOD + line_of("10"))))) == {ACCOUNT: []}
    answers = await ask(always(Reply(answer(GOOD + line_of("10") + item("1")))), ACCOUNT, other)
    assert {key: [line.account_code for line in lines] for key, lines in answers.items()} == {other: [other]}


async def test_errors_of_keys_that_nobody_asked_for_are_dropped() -> None:
    assert await ask(always(Reply(answer(GOOD + item("000000000009", "E999"))))) == {ACCOUNT: []}


@pytest.mark.parametrize(
    "stray",
    [
        line_of(""),
        line_of("NULL"),
        line_of("1.00000E+11"),
        line_of("ABC"),
        line_of("0000000000001"),
        LINE.replace("<type>", "<accountCode>000000000002</accountCode><type>"),
        item("1.00000E+11"),
        item("", "E999"),
        "<itemOutcome><key>000000000001</key></itemOutcome>",
    ],
)
async def test_a_row_or_error_that_does_not_tell_whose_it_is_spoils_every_list_that_it_may_belong_to(
    stray: str,
) -> None:
    unknown = "000000000003"
    answers = await ask(always(Reply(answer(GOOD + LINE + stray + item(unknown)))), ACCOUNT, "000000000002", unknown)
    assert {key: type(found) for key, found in answers.items()} == {
        ACCOUNT: BackendGarbled,
        "000000000002": BackendGarbled,
    }


# --- pages (quirk 7) --------------------------------------------------------------------------------------------------

NUMBERS = [f"02{number:08}" for number in range(450)]


class Paged(Script):
    """A system with 450 lines of one account, on pages; `moved` makes of all lines those that a later page sees."""

    def __init__(self, info: str, *, cap: int = 200, moved: int = 0) -> None:
        super().__init__(self._answer_page)
        self._info = info
        self._cap = cap
        self._moved = moved

    def _answer_page(self, request: httpx.Request) -> Reply:
        sent = etree.fromstring(request.content)
        number, size = (int(sent.findtext(f".//t:{name}", "", NAMES)) for name in ("pageNo", "pageSize"))
        size = min(size, self._cap)
        start = (number - 1) * size + (self._moved if number > 1 else 0)
        page = NUMBERS[start : start + size]
        last = "S" if start + size >= len(NUMBERS) else "N"
        rows = "".join(line_of(ACCOUNT, line_id) for line_id in page)
        return Reply(answer(GOOD + rows + self._info.format(last=last)))


TOTAL = "<pageInfo><pageNo>1</pageNo><lastPage>{{last}}</lastPage><totalRows>{total}</totalRows></pageInfo>"


@pytest.mark.parametrize(
    ("network", "calls"),
    [
        (Paged(TOTAL.format(total=450)), 3),
        (Paged(TOTAL.format(total=3)), 3),
        (Paged(TOTAL.format(total="n.d.")), 3),
        (Paged(TOTAL.format(total="²")), 3),
        (Paged(TOTAL.format(total="9" * 5000)), 3),
        (Paged("<pageInfo><pageNo>1</pageNo><lastPage>{last}</lastPage></pageInfo>"), 3),
        (Paged("<pageInfo><pageNo>1</pageNo><lastPage> s </lastPage></pageInfo>".replace(" s ", "{last}")), 3),
        (Paged(""), 4),
        (Paged("<pageInfo><pageNo>1</pageNo><lastPage>?</lastPage></pageInfo>"), 4),
        (Paged(TOTAL.format(total=450), cap=20), 23),
        (Paged(TOTAL.format(total=450), moved=1), 6),
        (Paged(TOTAL.format(total=450), moved=-1), 3),
        (Paged(TOTAL.format(total=900)), 11),
    ],
    ids=[
        *("right", "low", "nonsense", "no digit", "huge", "no total", "case", "no info", "no flag", "capped"),
        *("a row late", "a row early", "high"),
    ],
)
async def test_all_lines_are_read_once_whatever_the_pages_say(network: Paged, calls: int) -> None:
    lines = (await ask(network))[ACCOUNT]
    assert sorted(line.key for line in lines) == NUMBERS
    assert len(network.requests) == calls


async def test_what_came_stays_when_the_second_reading_fails() -> None:
    pages = Paged(TOTAL.format(total=900))
    network = Script(lambda request: pages._answer_page(request) if len(network.requests) <= 5 else Reply(b"", 404))
    assert len((await ask(network))[ACCOUNT]) == len(NUMBERS)
    assert len(network.requests) > 5


async def test_a_row_that_no_reading_brings_is_told_in_the_log(told: list[EventDict]) -> None:
    network = always(Reply(answer(GOOD + LINE + TOTAL.format(total=3).format(last="S"))))
    assert len((await ask(network))[ACCOUNT]) == 1
    (event,) = [event for event in told if event["event"] == "rows_missing"]
    assert event["rows"] == 2


# --- encodings (quirk 11) ---------------------------------------------------------------------------------------------

CITY = "Università è ü"
LOCATION = (
    f"<location><toponym>VIA</toponym><street>{CITY}</street><postCode>00187</postCode><city>Roma</city>"
    "<province>RM</province></location>"
)
PLACED = LINE.replace("</state>", f"</state>{LOCATION}")


async def city(body: bytes, content_type: str) -> object:
    found = (await ask(always(Reply(body, headers={"content-type": content_type}))))[ACCOUNT]
    if isinstance(found, BackendError):
        return type(found)
    (line,) = found
    return line.location.street


def encoded(prolog: str, encoding: str) -> bytes:
    declared = f'<?xml version="1.0" encoding="{prolog}"?>' if prolog else ""
    return answer(GOOD + PLACED, prologue=declared).decode().encode(encoding)


@pytest.mark.parametrize(
    ("prolog", "charset", "encoding"),
    [
        ("UTF-8", "utf-8", "utf-8"),
        ("UTF-8", "utf-8", "utf-8-sig"),
        ("", "", "utf-8"),
        ("UTF-8", "ISO-8859-1", "utf-8"),
        ("ISO-8859-1", "utf-8", "utf-8"),
        ("UTF-16", "utf-16", "utf-8"),
        ("ISO-8859-1", "utf-8", "cp1252"),
        ("windows-1252", "utf-8", "cp1252"),
        ("Latin1", "", "cp1252"),
        ("", '"windows-1252"', "cp1252"),
        ("UTF-8", "ISO-8859-1", "cp1252"),
    ],
)
async def test_letters_are_right_whoever_is_wrong_about_the_encoding(prolog: str, charset: str, encoding: str) -> None:
    assert await city(encoded(prolog, encoding), f"text/xml; charset={charset}") == f"Via {CITY}"


async def test_a_euro_is_one_though_latin_1_has_none() -> None:
    body = encoded("ISO-8859-1", "cp1252").replace("Università".encode("cp1252"), b"\x80 5")
    assert await city(body, "text/xml") == "Via € 5 è ü"


@pytest.mark.parametrize(
    ("prolog", "charset", "encoding"),
    [
        ("UTF-8", "utf-8", "cp1252"),
        ("", "", "cp1252"),
        ("nonsense", "unicode_escape", "cp1252"),
        ("windows-1252", "windows-1252", "cp437"),
        ("UTF-16", "", "utf-16"),
    ],
)
async def test_letters_that_may_be_wrong_are_not_shown(prolog: str, charset: str, encoding: str) -> None:
    assert await city(encoded(prolog, encoding), f"text/xml; charset={charset}") is BackendGarbled


# --- their clock (quirk 19) -------------------------------------------------------------------------------------------


class Strict(Script):
    """A system that refuses tokens five minutes off its clock, which is `ahead` of ours, and tells the time `told`."""

    def __init__(self, ahead: timedelta, told: timedelta | None) -> None:
        super().__init__(self._judged)
        self.refuse_next = 0
        self._now = NOW + ahead
        self._date = {} if told is None else {"date": format_datetime((NOW + told).astimezone(UTC), usegmt=True)}

    def _judged(self, request: httpx.Request) -> Reply:
        created = datetime.fromisoformat(etree.fromstring(request.content).findtext(".//wsu:Created", "", NAMES))
        refused, self.refuse_next = self.refuse_next > 0, max(0, self.refuse_next - 1)
        if abs(self._now - created) <= timedelta(minutes=5) and not refused:
            return Reply(answer(GOOD + LINE + TOTAL.format(total=1).format(last="S")))
        return Reply(fault("", "wsse:FailedAuthentication"), 500, self._date)


def skews(told: list[EventDict]) -> list[int]:
    return [event["ahead_s"] for event in told if event["event"] == "clock_skew"]


@pytest.mark.parametrize("minutes", [6, -6, 90])
async def test_a_clock_that_differs_is_learned_from_the_refusal_told_once_and_used_from_then_on(
    minutes: int, told: list[EventDict]
) -> None:
    network = Strict(timedelta(minutes=minutes), timedelta(minutes=minutes))
    async with opened(network) as fixed:
        assert len(good((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT])) == 1
        assert len(good((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT])) == 1
    assert len(network.requests) == 3
    assert skews(told) == [minutes * 60]


async def test_calls_refused_at_once_learn_it_once(told: list[EventDict]) -> None:
    network = Strict(timedelta(minutes=6), timedelta(minutes=6))
    async with opened(network) as fixed:
        answers = await asyncio.gather(*(fixed.lines_by_account([ACCOUNT]) for _ in range(10)))
    assert [len(good(each[ACCOUNT])) for each in answers] == [1] * 10
    assert skews(told) == [360]


@pytest.mark.parametrize(
    "shown", [None, timedelta(0), timedelta(days=2)], ids=["no date", "the same time", "another day"]
)
async def test_a_refusal_that_a_clock_does_not_explain_is_a_system_that_is_not_there(
    shown: timedelta | None, told: list[EventDict]
) -> None:
    network = Strict(timedelta(hours=2), shown)
    async with opened(network) as fixed:
        assert type((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT]) is BackendUnavailable
    assert skews(told) == []
    assert len(network.requests) == 1


async def test_a_time_that_did_not_help_is_forgotten() -> None:
    network = Strict(timedelta(0), timedelta(minutes=10))
    network.refuse_next = 1
    async with opened(network) as fixed:
        assert type((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT]) is BackendUnavailable
        assert len(network.requests) == 2
        assert len(good((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT])) == 1


async def test_a_refusal_of_the_second_attempt_teaches_the_time_and_is_the_last_of_its_call() -> None:
    strict = Strict(timedelta(minutes=6), timedelta(minutes=6))
    network = Script(lambda request: strict._judged(request) if len(network.requests) > 1 else Reply(b"", 502))
    async with opened(network) as fixed:
        assert type((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT]) is BackendUnavailable
        assert len(network.requests) == 2
        assert len(good((await fixed.lines_by_account([ACCOUNT]))[ACCOUNT])) == 1
        assert len(network.requests) == 3
