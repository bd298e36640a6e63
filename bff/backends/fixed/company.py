"""Companies and their billing accounts on the fixed network: `Customer` and `Account` of the schema.

A company may have several customer codes, some of them ceased (spec, legacy.md, quirk 16).
"""

from datetime import datetime

from bff.backends._batch import Reading, Unreadable, needed
from bff.backends._iban import masked
from bff.backends._text import recipient_code, tax_code, vat_number
from bff.backends.fixed import _code
from bff.backends.fixed._value import Row, identity
from bff.domain.billing import DirectDebit
from bff.domain.company import Company, FixedAccount, FixedCustomer, LegalRepresentative
from bff.domain.period import rome_day
from bff.domain.registration import FixedRelation, Known
from bff.domain.system import System


def customers(as_of: datetime) -> Reading[Row, FixedCustomer]:
    """Read customers, by tax code."""

    def record(row: Row, company_tax_code: str) -> FixedCustomer:
        ceased_on = row.day("ceasedOn")
        return FixedCustomer(
            customer_code=row.needed("customerCode"),
            ceased=ceased_on is not None and ceased_on <= rome_day(as_of),
            company=_company(row, company_tax_code, as_of),
            segment=row.text("segment"),
        )

    return Reading(
        identity(lambda row: row.needed("customerCode")), lambda row: (tax_code(row.needed("taxCode")),), record
    )


def relations() -> Reading[Row, FixedRelation]:
    """Read under what a company is or was a customer, by tax code: for who registers."""

    def record(row: Row, _tax_code: str) -> FixedRelation:
        return FixedRelation(segment=row.text("segment"), ceased_on=row.day("ceasedOn"), representative=_known(row))

    return Reading(
        identity(lambda row: row.needed("customerCode")), lambda row: (tax_code(row.needed("taxCode")),), record
    )


def _known(row: Row) -> Known | None:
    """Read the representative; None when the tax code, by which alone one is recognised, can't be read."""
    told = row.text("legalRepTaxCode")
    try:
        code = None if told is None else tax_code(told)
    except Unreadable:
        return None
    if code is None:
        return None
    names = row.text("legalRepGivenName") or "", row.text("legalRepFamilyName") or ""
    return Known(first_name=names[0], last_name=names[1], tax_code=code)


def _company(row: Row, company_tax_code: str, as_of: datetime) -> Company:
    vat = row.text("vatNumber")
    return Company(
        name=row.needed("companyName"),
        tax_code=company_tax_code,
        vat_number=None if vat is None else vat_number(vat),
        registered_office=row.address("legalAddress"),
        representative=_representative(row),
        communications_email=row.text("contactEmail"),
        system=System.FIXED,
        as_of=as_of,
    )


def _representative(row: Row) -> LegalRepresentative | None:
    first, last = row.text("legalRepGivenName"), row.text("legalRepFamilyName")
    return LegalRepresentative(first, last) if first and last else None


def _direct_debit(row: Row) -> DirectDebit | None:
    """Read the direct debit of an account, whose clear IBAN goes no further; None without one."""
    if not needed(row.flag("directDebit"), "directDebit"):
        return None
    return DirectDebit(iban=masked(row.text("iban")), holder=row.text("holderName"), valid_from=row.day("mandateFrom"))


def accounts(as_of: datetime) -> Reading[Row, FixedAccount]:
    """Read billing accounts, by customer code."""

    def code(row: Row) -> str:
        return _code.account(row.needed("accountCode"))

    def record(row: Row, customer_code: str) -> FixedAccount:
        return FixedAccount(
            code=code(row),
            customer_code=customer_code,
            paperless=needed(row.flag("paperless"), "paperless"),
            delivery_address=row.address("deliveryAddress"),
            direct_debit=_direct_debit(row),
            recipient_code=recipient_code(row.code("recipientCode", str) or ""),
            as_of=as_of,
        )

    return Reading(identity(code), lambda row: (row.needed("customerCode"),), record)
