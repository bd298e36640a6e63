"""Companies and their billing accounts on the fixed network: `Customer` and `Account` of the schema.

A company may have several customer codes, some of them ceased (spec, legacy.md, quirk 16).
"""

from datetime import datetime

from bff.backends._batch import Reading
from bff.backends.fixed._value import Row
from bff.domain.company import Company, FixedAccount, FixedCustomer, LegalRepresentative
from bff.domain.period import rome_day
from bff.domain.system import System

_YES = "S"


def customers(as_of: datetime) -> Reading[Row, FixedCustomer]:
    """Read customers, by tax code."""

    def record(row: Row, tax_code: str) -> FixedCustomer:
        ceased_on = row.day("ceasedOn")
        return FixedCustomer(
            customer_code=row.needed("customerCode"),
            ceased=ceased_on is not None and ceased_on <= rome_day(as_of),
            company=_company(row, tax_code, as_of),
        )

    return Reading(lambda row: row.text("customerCode") or "", lambda row: (row.text("taxCode") or "",), record)


def _company(row: Row, tax_code: str, as_of: datetime) -> Company:
    return Company(
        name=row.needed("companyName"),
        tax_code=tax_code,
        vat_number=row.text("vatNumber"),
        registered_office=row.address("legalAddress"),
        representative=_representative(row),
        communications_email=row.text("contactEmail"),
        system=System.FIXED,
        as_of=as_of,
    )


def _representative(row: Row) -> LegalRepresentative | None:
    first, last = row.text("legalRepGivenName"), row.text("legalRepFamilyName")
    return LegalRepresentative(first, last) if first and last else None


def accounts(as_of: datetime) -> Reading[Row, FixedAccount]:
    """Read billing accounts, by customer code."""

    def record(row: Row, customer_code: str) -> FixedAccount:
        return FixedAccount(
            code=row.needed("accountCode"),
            customer_code=customer_code,
            paperless=row.needed("paperless") == _YES,
            delivery_address=row.address("deliveryAddress"),
            recipient_code=row.text("recipientCode"),
            as_of=as_of,
        )

    return Reading(lambda row: row.text("accountCode") or "", lambda row: (row.text("customerCode") or "",), record)
