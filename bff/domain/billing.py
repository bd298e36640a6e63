"""How contracts and fixed lines are billed."""

import msgspec

from bff.domain.address import Address


class Billing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Settings of a billing account; `delivery_address` is None when invoices come without paper."""

    paperless: bool
    delivery_address: Address | None


class BillingAccount(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A billing account of fixed lines; its settings hold for all of them."""

    code: str
    billing: Billing
