"""The files of bills, at the addresses that TMF678's `billDocument` names."""

from __future__ import annotations

from sandbox._faults import Injected
from sandbox.mobile.bill import mobile_bills
from sandbox.wire.file import File, invoice_file
from sandbox.world.model import Bill, Company, World


class Documents:
    """The PDF of each bill, by the bill's id."""

    def __init__(self, world: World) -> None:
        companies = {account.id: company for company in world.companies for account in company.mobile_accounts}
        self._bills: dict[str, tuple[Company, Bill]] = {
            bill.id: (companies[bill.account], bill) for bill in mobile_bills(world)
        }

    def file(self, bill_id: str, injected: Injected) -> File:
        """Give the file of a bill."""
        found = self._bills.get(bill_id)
        return File(None) if found is None else invoice_file(found[0], found[1:], injected)
