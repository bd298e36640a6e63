"""The PDFs of invoices, as somebody else's reader sees them; and what comes in their place."""

import base64
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pypdf
import pytest
from lxml import etree
from pypdf.errors import PyPdfError

from sandbox._faults import Injected, Quirk, modes
from sandbox.credentials import MOBILE_KEY
from sandbox.fixed.contract import NAMESPACE
from sandbox.mobile.bill import mobile_bills
from sandbox.server import Sandbox
from sandbox.wire.file import LARGE_BYTES, OVERSIZED_BYTES, invoice_file
from sandbox.wire.pdf import pdf
from sandbox.world.build import build_world
from tests.sandbox.probe import Asked, Probe

WORLD = build_world(datetime(2026, 11, 22, 9, 30, tzinfo=UTC), 1)


def text_of(content: bytes) -> str:
    """Read a PDF, strictly, as text."""
    reader = pypdf.PdfReader(io.BytesIO(content), strict=True)
    assert len(reader.pages) == 1
    return reader.pages[0].extract_text().strip()


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Sandbox() as sandbox, Probe(sandbox) as opened:
        yield opened


def fixed_content(body: bytes) -> bytes | None:
    """Take the file out of an answer of GetInvoiceDocument."""
    content = etree.fromstring(body, etree.XMLParser(huge_tree=True)).find(f".//{{{NAMESPACE}}}content")
    return None if content is None else base64.b64decode(content.text or "", validate=True)


def asked(probe: Probe, system: str) -> tuple[Asked, Callable[[bytes], bytes | None]]:
    if system == "mobile":
        return next(probe.requests("mobile", "GET /billDocument/{id}")), lambda body: body
    return next(probe.requests("fixed", "GetInvoiceDocument")), fixed_content


OPERATIONS = {"mobile": "GET /billDocument/{id}", "fixed": "GetInvoiceDocument"}


@pytest.mark.parametrize("system", OPERATIONS)
def test_a_file_is_the_invoice_in_a_pdf_that_others_read(probe: Probe, system: str) -> None:
    request, content_of = asked(probe, system)
    answer = probe.send(system, OPERATIONS[system], request)  # type: ignore[arg-type]
    content = content_of(answer.body)
    assert content is not None
    lines = text_of(content).splitlines()
    assert lines[0].startswith("Fattura n. ")
    assert "Totale" in lines[5]
    assert "€" in lines[5]


def test_the_text_of_a_pdf_may_have_any_letters() -> None:
    assert text_of(pdf(["Università (società) \\ Łódź", "100 €"])) == "Università (società) \\ ?ód?\n100 €"


@pytest.mark.parametrize("system", OPERATIONS)
@pytest.mark.parametrize(("mode", "size"), [("empty", 0), ("large", LARGE_BYTES), ("oversized", OVERSIZED_BYTES)])
def test_a_file_has_the_size_that_was_asked_for(probe: Probe, system: str, mode: str, size: int) -> None:
    request, content_of = asked(probe, system)
    answer = probe.struck(system, OPERATIONS[system], Quirk.BAD_DOCUMENT, request, mode=mode)  # type: ignore[arg-type]
    content = content_of(answer.body)
    assert content is not None
    assert size <= len(content) <= size + 2_000
    assert not content or text_of(content).startswith("Fattura")


@pytest.mark.parametrize("system", OPERATIONS)
def test_half_a_file_is_none(probe: Probe, system: str) -> None:
    request, content_of = asked(probe, system)
    answer = probe.struck(system, OPERATIONS[system], Quirk.BAD_DOCUMENT, request, mode="cut")  # type: ignore[arg-type]
    content = content_of(answer.body)
    assert content is not None
    assert content.startswith(b"%PDF-")
    with pytest.raises(PyPdfError):
        text_of(content)


def test_a_file_is_handed_out_to_who_has_the_key_only(probe: Probe) -> None:
    bill = mobile_bills(probe.sandbox.world)[0]
    url = f"{probe.sandbox.urls.mobile}/documents/{bill.id}.pdf"

    def status(url: str, key: str) -> int:
        return httpx.get(url, headers={"authorization": f"Bearer {key}".strip()}).status_code

    assert [status(url, key) for key in (MOBILE_KEY, "other", "")] == [200, 401, 401]
    assert status(url.replace(bill.id, "MBILL-nobody"), MOBILE_KEY) == 404


def test_every_bill_has_a_file() -> None:
    for company in WORLD.companies:
        for bill in company.bills[:20]:
            content = invoice_file(company, [bill], Injected()).content
            assert content is not None
            assert bill.number in text_of(content)


def test_the_modes_are_those_of_the_table() -> None:
    assert set(modes("mobile", Quirk.BAD_DOCUMENT)) - set(modes("fixed", Quirk.BAD_DOCUMENT)) == {"wrong_type"}
