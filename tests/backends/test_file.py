"""Files as they stream, from servers of our own making: what is held, what ends a download, where it is never asked."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple

import pytest
from structlog.typing import EventDict

from bff.backends._file import Files
from bff.backends._http import Limits
from bff.backends.fixed import Credentials
from bff.backends.fixed._answer import SOAP
from bff.backends.fixed._value import NAMESPACE
from bff.backends.fixed.document import InvoiceDocuments
from bff.backends.mobile.document import BillDocuments
from bff.domain.closing import Closure
from bff.domain.invoice import InvoiceKey
from bff.domain.system import System
from bff.errors import (
    BackendError,
    BackendGarbled,
    BackendMaintenance,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
)
from sandbox.wire.pdf import pdf
from tests.backends.wire import NOW, StillClock

pytestmark = pytest.mark.anyio

LIMITS = Limits(connect_timeout_s=1, idle_s=5)
FILE = pdf(["Fattura"], at_least_bytes=200_000)
KEY = InvoiceKey("FIXED", "012345678901", "A0000101", NOW.date())
TEXT = base64.b64encode(FILE).decode()


class Server(NamedTuple):
    """A server that has been asked: by whom, in the words of their requests."""

    url: str
    requests: list[bytes]


@asynccontextmanager
async def serving(*parts: bytes, pause_s: float = 0.0, ends: bool = True) -> AsyncIterator[Server]:
    """Answer every request with these bytes, with pauses between the parts; `ends` closes the connection then."""
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)
            if not ends:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield Server(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests)


def ok(body: bytes, *headers: bytes) -> bytes:
    """Write an answer with its length."""
    lines = [b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def of_mobile(
    url: str, *, base: str | None = None, limits: Limits = LIMITS, origins: tuple[str, ...] = ()
) -> bytes:
    """Read the file at an address."""
    files = Files(System.MOBILE, limits=limits)
    try:
        async with aclosing(BillDocuments(files, base or url, "the-key", origins).read(url)) as pieces:
            return b"".join([piece async for piece in pieces])
    finally:
        await files.aclose()


async def of_fixed(url: str) -> bytes:
    """Read a file out of a SOAP answer."""
    files = Files(System.FIXED, limits=LIMITS)
    documents = InvoiceDocuments(files, url, Credentials("bff", "secret"), StillClock(), lambda: b"0" * 16)
    try:
        async with aclosing(documents.read(KEY)) as pieces:
            return b"".join([piece async for piece in pieces])
    finally:
        await files.aclose()


def soap(content: str, *, outcome: str = "<t:code>000</t:code><t:severity>I</t:severity>", prolog: str = "") -> bytes:
    """Write an answer to GetInvoiceDocument around what stands in the place of the file."""
    return (
        f'{prolog}<s:Envelope xmlns:s="{SOAP}" xmlns:t="{NAMESPACE}"><s:Body><t:GetInvoiceDocumentResponse>'
        f"<t:outcome>{outcome}</t:outcome><t:fileName>a.pdf</t:fileName>{content}"
        "</t:GetInvoiceDocumentResponse></s:Body></s:Envelope>"
    ).encode()


def content(text: str) -> str:
    return f"<t:content>{text}</t:content>"


# --- where it is asked ------------------------------------------------------------------------------------------------


async def test_a_file_is_asked_for_with_the_key_of_the_system_that_has_it() -> None:
    async with serving(ok(FILE)) as server:
        assert await of_mobile(f"{server.url}/documents/1.pdf?v=2") == FILE
        assert server.requests[0].startswith(b"GET /documents/1.pdf?v=2 HTTP/1.1\r\n")
        assert b"authorization: Bearer the-key\r\n" in server.requests[0].lower().replace(b"bearer", b"Bearer")


async def test_another_origin_that_is_configured_is_asked_without_the_key() -> None:
    async with serving(ok(FILE)) as server:
        assert await of_mobile(f"{server.url}/1.pdf", base="https://mobile.example", origins=(server.url,)) == FILE
        assert b"the-key" not in server.requests[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:{port}/1.pdf",
        "http://localhost:{port}/1.pdf",
        "http://127.0.0.1:{port}@evil.example/1.pdf",
        "http://user:secret@127.0.0.1:{port}/1.pdf",
        "http://evil.example\\@127.0.0.1:{port}/1.pdf",
        "http://127.0.0.1:{port}.evil.example/1.pdf",
        "http://127.0.0.1:1/1.pdf",
        "http://[::1]:{port}/1.pdf",
        "http://2130706433:{port}/1.pdf",
        "http://[::1/1.pdf",
        "http://127.0.0.1:{port}99/1.pdf",
        "//127.0.0.1:{port}/1.pdf",
        "/documents/1.pdf",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/1",
        "data:application/pdf;base64,JVBERi0=",
        "http://127.0.0.1:{port}/a b",
        "http://127.0.0.1:{port}/a\r\nx-injected: 1",
        "http://127.0.0.1:{port}/é",
        "",
    ],
)
async def test_an_address_of_nobody_we_know_is_asked_of_nobody(address: str) -> None:
    async with serving(ok(FILE)) as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(BackendGarbled):
            await of_mobile(address.replace("{port}", port), base=server.url)
        assert server.requests == []


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"307 Temporary Redirect"])
async def test_a_redirect_is_not_followed(status: bytes) -> None:
    async with serving(ok(FILE)) as elsewhere:
        moved = b"HTTP/1.1 %s\r\nlocation: %s/1.pdf\r\ncontent-length: 0\r\n\r\n" % (status, elsewhere.url.encode())
        async with serving(moved) as server:
            with pytest.raises(BackendGarbled):
                await of_mobile(f"{server.url}/1.pdf")
        assert elsewhere.requests == []


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [(ok(FILE),), tuple(ok(FILE)[at : at + 997] for at in range(0, len(ok(FILE)), 997))])
async def test_a_file_comes_whole_however_it_is_cut(parts: tuple[bytes, ...]) -> None:
    async with serving(*parts) as server:
        assert await of_mobile(f"{server.url}/1.pdf") == FILE


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", BackendRejected),
        (b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", BackendUnavailable),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", BackendUnavailable),
        (ok(b""), BackendGarbled),
        (ok(b"%PD"), BackendGarbled),
        (ok(b"<html>%PDF-</html>"), BackendGarbled),
        (ok(b"%PDF-1.4 and no end"), BackendGarbled),
        (ok(FILE, b"content-encoding: gzip"), BackendGarbled),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n%PDF-", BackendGarbled),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + FILE[:4000], BackendUnavailable),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n%PDF-\r\n", BackendUnavailable),
        (b"not HTTP at all\r\n\r\n", BackendUnavailable),
        (b"", BackendUnavailable),
    ],
)
async def test_what_is_no_file_is_an_error(answer: bytes, error: type[BackendError]) -> None:
    async with serving(answer) as server:
        with pytest.raises(error):
            await of_mobile(f"{server.url}/1.pdf")


async def test_nothing_of_what_is_no_pdf_is_passed_on() -> None:
    files = Files(System.MOBILE, limits=LIMITS)
    async with serving(ok(b"<html>" + b"x" * 100_000)) as server:
        pieces = BillDocuments(files, server.url, "key").read(f"{server.url}/1.pdf")
        with pytest.raises(BackendGarbled):
            await anext(pieces)
    await files.aclose()


async def test_a_file_that_breaks_off_has_passed_on_what_came_but_for_its_end() -> None:
    files, passed = Files(System.MOBILE, limits=LIMITS), bytearray()

    async def pass_on(url: str) -> None:
        async for piece in BillDocuments(files, url, "key").read(f"{url}/1.pdf"):
            passed.extend(piece)

    async with serving(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(FILE), FILE[:100_000])) as server:
        with pytest.raises(BackendUnavailable):
            await pass_on(server.url)
    assert FILE.startswith(bytes(passed))
    assert 90_000 < len(passed) <= 100_000 - 1024
    await files.aclose()


async def test_silence_ends_a_download_and_a_slow_one_goes_on() -> None:
    head, begun = ok(FILE)[:200], ok(FILE)[200:1000]
    async with serving(head, begun, pause_s=0.2, ends=False) as server:
        with pytest.raises(BackendTimeout):
            await of_mobile(f"{server.url}/1.pdf", limits=LIMITS._replace(idle_s=0.4))
    slow = [ok(FILE)[at : at + 50_000] for at in range(0, len(ok(FILE)), 50_000)]
    async with serving(*slow, pause_s=0.2) as server:
        assert await of_mobile(f"{server.url}/1.pdf", limits=LIMITS._replace(idle_s=0.8)) == FILE


async def test_who_wants_no_more_ends_the_connection_and_it_counts_as_cancelled(told: list[EventDict]) -> None:
    files = Files(System.MOBILE, limits=LIMITS._replace(calls_max=1))
    async with serving(ok(FILE)[:100_000], ends=False) as server:
        for _ in range(3):  # of the one slot
            pieces = BillDocuments(files, server.url, "key").read(f"{server.url}/1.pdf")
            assert (await anext(pieces)).startswith(b"%PDF-")
            await pieces.aclose()
    assert [line["outcome"] for line in told if line["event"] == "backend_call"] == ["cancelled"] * 3
    assert files.condition().running == 0
    await files.aclose()


async def test_downloads_have_slots_of_their_own_and_wait_for_them_in_turn() -> None:
    files = Files(System.MOBILE, limits=LIMITS._replace(calls_max=8))
    async with serving(ok(FILE)[:100_000], ends=False) as server:
        opened = [BillDocuments(files, server.url, "key").read(f"{server.url}/{name}.pdf") for name in "abc"]
        await asyncio.gather(*(anext(pieces) for pieces in opened[:2]))
        third = asyncio.ensure_future(anext(opened[2]))
        await asyncio.sleep(0.05)
        assert (files.condition().running, files.condition().waiting, third.done()) == (2, 1, False)
        await opened[0].aclose()
        assert (await third).startswith(b"%PDF-")
        for pieces in opened[1:]:
            await pieces.aclose()
    await files.aclose()


async def test_what_is_closed_is_not_asked() -> None:
    files = Files(
        System.FIXED, limits=LIMITS, closed=lambda _system, group: Closure() if group == "documents" else None
    )
    async with serving(ok(FILE)) as server:
        documents = InvoiceDocuments(files, server.url, Credentials("a", "b"), StillClock(), lambda: b"0" * 16)
        with pytest.raises(BackendMaintenance):
            await anext(documents.read(KEY))
        assert server.requests == []
    await files.aclose()


# --- out of SOAP ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        soap(content(TEXT)),
        soap(content("\n".join(TEXT[at : at + 76] for at in range(0, len(TEXT), 76)))),
        soap(content(f"  {TEXT}\r\n\t")),
        soap(content(f"<![CDATA[{TEXT}]]>")),
        soap(content(TEXT.replace("A", "&#65;", 50))),
        soap(content(TEXT), prolog='<?xml version="1.0" encoding="UTF-8"?>\n'),
        soap(content(TEXT), prolog='<?xml version="1.0" encoding="ISO-8859-1"?>'),
        soap(content(TEXT), prolog='<?xml version="1.0" encoding="windows-1252"?><!-- società -->'),
        b"\xef\xbb\xbf" + soap(content(TEXT)),
        soap(content(TEXT) + "<t:more>and more</t:more>"),
        soap(content(TEXT)).replace(b"t:", b"").replace(b"xmlns:t", b"xmlns"),
    ],
)
@pytest.mark.parametrize("piece_bytes", [1_000_000, 1009])
async def test_a_file_is_taken_out_of_its_envelope_however_that_is_written(body: bytes, piece_bytes: int) -> None:
    answer = ok(body, b"content-type: text/xml")
    async with serving(*(answer[at : at + piece_bytes] for at in range(0, len(answer), piece_bytes))) as server:
        assert await of_fixed(server.url) == FILE
        assert server.requests[0].startswith(b"POST /ws/FixedLegacy HTTP/1.1\r\n")


BOMB = '<!DOCTYPE x [<!ENTITY a "JVBERi0x"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (soap(""), BackendGarbled),
        (soap("<t:content/>"), BackendGarbled),
        (soap(content("")), BackendGarbled),
        (soap(content("no base64 at all!")), BackendGarbled),
        (soap(content(TEXT[:-3])), BackendGarbled),
        (soap(content(TEXT + "AAAA" if TEXT.endswith("=") else TEXT + "=AAA")), BackendGarbled),
        (soap(content(f"{TEXT[:1000]}<b/>{TEXT[1000:]}")), BackendGarbled),
        (soap(content(TEXT))[:-30], BackendGarbled),
        (soap(content(TEXT))[:100_000], BackendGarbled),
        (soap(content("&b;"), prolog=BOMB), BackendGarbled),
        (soap(content(TEXT), prolog="<!DOCTYPE x>"), BackendGarbled),
        (soap(content(TEXT), outcome="<t:code>999</t:code><t:severity>E</t:severity>"), BackendRejected),
        (soap(content(TEXT), outcome="<t:code>DB900</t:code><t:severity>E</t:severity>"), BackendUnavailable),
        (soap(content(TEXT)).replace(b"GetInvoiceDocumentResponse", b"PingResponse"), BackendGarbled),
        (soap("<t:x>" + "<t:d>" * 40 + "</t:d>" * 40 + "</t:x>" + content(TEXT)), BackendGarbled),
        (soap("<t:x>" + "y" * 2_000_000 + "</t:x>" + content(TEXT)), BackendGarbled),
        (b"<html><body>Accesso</body></html>", BackendGarbled),
        (b"%PDF-1.4", BackendGarbled),
        (b"", BackendGarbled),
    ],
)
async def test_what_is_no_file_in_an_envelope_is_an_error(body: bytes, error: type[BackendError]) -> None:
    async with serving(ok(body, b"content-type: text/xml")) as server:
        with pytest.raises(error):
            await of_fixed(server.url)


async def test_a_file_that_the_system_does_not_have_is_told_apart_from_one_that_it_refuses() -> None:
    for code, absent in (("404", True), ("999", False)):
        outcome = f"<t:code>{code}</t:code><t:severity>E</t:severity>"
        async with serving(ok(soap("", outcome=outcome))) as server:
            with pytest.raises(BackendRejected) as refused:
                await of_fixed(server.url)
            assert refused.value.absent is absent


async def test_an_error_in_the_outcome_is_told_before_anything_of_the_file() -> None:
    files = Files(System.FIXED, limits=LIMITS)
    outcome = "<t:code>999</t:code><t:severity>E</t:severity>"
    async with serving(ok(soap(content(TEXT), outcome=outcome))) as server:
        documents = InvoiceDocuments(files, server.url, Credentials("a", "b"), StillClock(), lambda: b"0" * 16)
        with pytest.raises(BackendRejected):
            await anext(documents.read(KEY))
    await files.aclose()
