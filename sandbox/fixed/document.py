"""GetInvoiceDocument: the PDF of an invoice in base64, by account, number and day of issue.

In the format PDF_UNITO it is that of a merge that is done, by the first of the invoices that were merged.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from lxml import etree

from sandbox._faults import Injected
from sandbox.fixed.finder import FINE, outcome
from sandbox.fixed.notation import read_moment
from sandbox.fixed.soap import NAMES, Envelope, Fields, SoapFault, element
from sandbox.wire.file import File, invoice_file
from sandbox.world.model import Bill, Company, World

OPERATION: Final = "GetInvoiceDocument"

_Key = tuple[str, str, str]


class Documents:
    """The PDF of each invoice of a fixed account."""

    def __init__(self, world: World) -> None:
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
        self._files: dict[str, Mapping[_Key, tuple[Company, tuple[Bill, ...]]]] = {"PDF": bills, "PDF_UNITO": merges}

    def answer(self, asked: Envelope, injected: Injected) -> etree._Element:
        """Make the answer to a request.

        Raises:
            SoapFault: another format than these is wanted, or there is no such day.
        """
        if (files := self._files.get(asked.body.findtext("t:format", "", NAMES).strip().upper())) is None:
            raise SoapFault("FORMAT", "There is no such format")
        found = files.get(_key(asked.body))
        file = File(None) if found is None else invoice_file(*found, injected)
        return element(f"{OPERATION}Response", _fields(asked, file))


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
