"""GetInvoiceDocument: the PDF of an invoice in base64, by account, number and day of issue.

In the format PDF_UNITO it is that of a merge that is done, by the first of the invoices that were merged.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lxml import etree

from sandbox._faults import Injected
from sandbox.fixed.finder import FINE, outcome
from sandbox.fixed.notation import read_moment
from sandbox.fixed.soap import NAMES, Envelope, Fields, SoapFault, element
from sandbox.wire.file import File, invoice_file
from sandbox.world.model import Bill, Company, ServiceRequest, World

OPERATION: Final = "GetInvoiceDocument"

_Key = tuple[str, str, str]


class Documents:
    """The PDF of each invoice of a fixed account."""

    def __init__(self, world: World, made: Callable[[], Iterable[ServiceRequest]]) -> None:
        """Take the world's; `made` gives the requests that were made since."""
        self._made = made
        accounts = {account.code: company for company in world.companies for account in company.fixed_accounts}
        bills = {
            _named(bill): (company, (bill,))
            for company in world.companies
            for bill in company.bills
            if bill.account in accounts
        }
        merges = {
            _named(request.merged[0]): (company, request.merged)
            for company in world.companies
            for request in company.requests
            if request.merged and request.state == "DONE"
        }
        self._accounts = accounts
        self._files: dict[str, Mapping[_Key, tuple[Company, tuple[Bill, ...]]]] = {"PDF": bills, "PDF_UNITO": merges}

    def answer(self, asked: Envelope, injected: Injected) -> etree._Element:
        """Make the answer to a request.

        Raises:
            SoapFault: another format than these is wanted, or there is no such day.
        """
        if (files := self._files.get(asked.body.findtext("t:format", "", NAMES).strip().upper())) is None:
            raise SoapFault("FORMAT", "There is no such format")
        key = _key(asked.body)
        found = (self._merged(key) if files is self._files["PDF_UNITO"] else None) or files.get(key)
        file = File(None) if found is None else invoice_file(*found, injected)
        return element(f"{OPERATION}Response", _fields(asked, file))

    def _merged(self, key: _Key) -> tuple[Company, tuple[Bill, ...]] | None:
        """Give the bills of the last merge since that begins with one."""
        done = [each.merged for each in self._made() if each.merged and each.state == "DONE"]
        found = [bills for bills in done if _named(bills[0]) == key]
        return (self._accounts[key[0]], found[-1]) if found else None


def _named(bill: Bill) -> _Key:
    return bill.account, bill.number, bill.issued_on.isoformat()


def _key(body: etree._Element) -> _Key:
    account, number, issued_on = (
        body.findtext(f"t:invoice/t:{name}", "", NAMES).strip() for name in ("accountCode", "invoiceNo", "issuedOn")
    )
    try:
        return account, number, read_moment(issued_on).date().isoformat()
    except ValueError as error:
        raise SoapFault("DATE", "There is no such day or time") from error


def _fields(asked: Envelope, file: File) -> Fields:
    if file.content is None:
        return [("outcome", outcome("404", "E", "Documento non disponibile"))]
    number = asked.body.findtext("t:invoice/t:invoiceNo", "", NAMES)
    return [
        ("outcome", FINE),
        ("fileName", f"{number}.pdf"),
        ("content", base64.b64encode(file.content).decode()),
    ]
