"""The PDFs of invoices of both networks, as they stream; nothing of them is kept here or anywhere else."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from bff.backends._call import Operation
from bff.backends._file import Files
from bff.backends._guard import Condition
from bff.backends.fixed.document import InvoiceDocuments
from bff.backends.mobile import Mobile
from bff.backends.mobile.document import OPERATION, BillDocuments
from bff.domain.invoice import Invoice, InvoiceKey
from bff.domain.system import System
from bff.errors import BackendError


class Documents:
    """Reads files; `files` are the downloads by system."""

    def __init__(
        self, files: Mapping[System, Files], mobile: Mobile, bills: BillDocuments, invoices: InvoiceDocuments
    ) -> None:
        self._files = files
        self._mobile = mobile
        self._bills = bills
        self._invoices = invoices

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(each.aclose() for each in self._files.values()))

    def conditions(self) -> dict[System, Condition]:
        """Tell how the downloads of each system are."""
        return {system: files.condition() for system, files in self._files.items()}

    async def invoice(self, invoice: Invoice) -> AsyncGenerator[bytes, None]:
        """Give the PDF of an invoice as it comes; of a mobile one its address is read first.

        Raises:
            BackendError: before the first byte, or between two when it ends early.
        """
        if invoice.bill_key is None:
            pieces = self._invoices.read(invoice.key)
        else:
            pieces = self._bills.read(await self._address(invoice.bill_key))
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def merge(self, first: InvoiceKey) -> AsyncGenerator[bytes, None]:
        """Give the PDF of a merge of fixed invoices as it comes, by the first of them; raises BackendErrors alike."""
        async with aclosing(self._invoices.read(first, merged=True)) as pieces:
            async for piece in pieces:
                yield piece

    async def _address(self, bill_key: str) -> str:
        address = (await self._mobile.document_addresses([bill_key])).get(bill_key)
        if address is None:
            raise Operation(System.MOBILE, OPERATION).rejected("no such bill", absent=True)
        if isinstance(address, BackendError):
            raise address
        return address
