"""Deeds on how accounts are billed."""

import msgspec


class MobilePaperless(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-paperless", tag_field="deed"):
    """To turn the paperless invoice of a mobile account on or off."""

    account_key: str
    paperless: bool


class FixedPaperless(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-paperless", tag_field="deed"):
    """To turn the paperless invoice of an account of fixed lines on or off."""

    account_code: str
    customer_code: str
    person_key: str
    paperless: bool


class MobileDelivery(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-delivery", tag_field="deed"):
    """To send the paper invoices of a mobile account to an address, of which only the mark is kept."""

    account_key: str
    mark: str


class FixedDelivery(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-delivery", tag_field="deed"):
    """To send the paper invoices of an account of fixed lines to an address, of which only the mark is kept."""

    account_code: str
    customer_code: str
    person_key: str
    mark: str


class MobileDebit(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-debit", tag_field="deed"):
    """To have a mobile account paid by direct debit, or no more."""

    account_key: str
    mandate: bool


class FixedDebit(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-debit", tag_field="deed"):
    """To have an account of fixed lines paid by direct debit, or no more."""

    account_code: str
    person_key: str
    mandate: bool
