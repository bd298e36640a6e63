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
