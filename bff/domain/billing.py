"""How contracts and fixed lines are billed."""

from datetime import date, datetime

import msgspec

from bff.domain.address import Address


class DirectDebit(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A direct debit: the IBAN with all but its last four characters hidden, its holder, its first day in force.

    Each is None when the system doesn't say.
    """

    iban: str | None
    holder: str | None
    valid_from: date | None


class SignedMandate(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A mandate for direct debit as it is given: the clear IBAN, the holder of its account, and who signs."""

    iban: str
    holder: str
    holder_tax_code: str
    signer_tax_code: str

    def __repr__(self) -> str:
        """Keep the IBAN and the people out of logs."""
        return "SignedMandate(…)"


class PaymentMethod(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How a mobile account is paid; `direct_debit` is None when otherwise."""

    key: str
    direct_debit: DirectDebit | None
    as_of: datetime


class Billing(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Settings of a billing account; `delivery_address` is None when invoices come without paper.

    The direct debit of a mobile account is that of its payment method, to be read apart by `payment_key`.
    """

    paperless: bool
    delivery_address: Address | None
    direct_debit: DirectDebit | None = None
    payment_key: str | None = None


class BillingAccount(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A billing account of fixed lines; its settings hold for all of them."""

    code: str
    billing: Billing
