"""The files that the systems hand out: the PDFs of invoices, and what comes in their place (quirk 17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from sandbox._faults import Injected, Quirk, Strike
from sandbox.wire.pdf import pdf
from sandbox.world.model import Bill, Company

LARGE_BYTES: Final = 20 * 1024 * 1024
OVERSIZED_BYTES: Final = 26 * 1024 * 1024
PDF: Final = "application/pdf"

_PAGE: Final = b"<!DOCTYPE html><html><head><title>Documento</title></head><body>Documento non trovato</body></html>"


class File(NamedTuple):
    """A file with its media type; no content when there is none to be had."""

    content: bytes | None
    media_type: str = PDF


def invoice_file(company: Company, bills: Sequence[Bill], injected: Injected) -> File:
    """Give the PDF of a bill, or of several in one, or what comes in its place."""

    def broken(file: File, strike: Strike) -> File:
        return _BROKEN[strike.mode or "missing"](file, company, bills)

    return injected.play(Quirk.BAD_DOCUMENT, File(pdf(_lines(company, bills))), broken)


def _lines(company: Company, bills: Sequence[Bill]) -> list[str]:
    return [line for bill in bills for line in _lines_of(company, bill)]


def _lines_of(company: Company, bill: Bill) -> list[str]:
    return [
        f"{'Nota di credito' if bill.credit_note else 'Fattura'} n. {bill.number} del {bill.issued_on:%d/%m/%Y}",
        f"{company.name} - codice fiscale {company.tax_code}",
        f"Periodo dal {bill.period_from:%d/%m/%Y} al {bill.period_to:%d/%m/%Y}, conto {bill.account}",
        f"Imponibile {_euro(bill.gross - bill.vat)} €",
        f"IVA {_euro(bill.vat)} €",
        f"Totale {_euro(bill.gross)} €, scadenza {bill.due_on:%d/%m/%Y}",
    ]


def _euro(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _sized(size: int) -> Callable[[File, Company, Sequence[Bill]], File]:
    return lambda _file, company, bills: File(pdf(_lines(company, bills), at_least_bytes=size))


_BROKEN: Final[Mapping[str, Callable[[File, Company, Sequence[Bill]], File]]] = {
    "missing": lambda _file, _company, _bills: File(None),
    "empty": lambda _file, _company, _bills: File(b""),
    "html": lambda _file, _company, _bills: File(_PAGE),
    "wrong_type": lambda file, _company, _bills: file._replace(media_type="text/html"),
    "cut": lambda file, _company, _bills: file._replace(content=(file.content or b"")[: len(file.content or b"") // 2]),
    "large": _sized(LARGE_BYTES),
    "oversized": _sized(OVERSIZED_BYTES),
}
