"""The company: its registry data, and the keys under which each network knows it."""

from datetime import datetime

import msgspec

from bff.domain.address import Address
from bff.domain.billing import DirectDebit
from bff.domain.system import System


class LegalRepresentative(msgspec.Struct, frozen=True, gc=False):
    """The owner or agent of a company, by name only."""

    first_name: str
    last_name: str


class Company(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Company registry, as one network knows it.

    `communications_email` is the fixed network's; always None from mobile. The fixed network tells the representative
    with the registry; the mobile one only the key of the person, to be read apart.
    """

    name: str
    tax_code: str
    vat_number: str | None = None
    registered_office: Address | None = None
    representative: LegalRepresentative | None = None
    representative_key: str | None = None
    communications_email: str | None = None
    system: System
    as_of: datetime


class MobileParty(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The party and customer ids of a company on the mobile network, and the market segment it is in; None unknown."""

    party_key: str
    customer_keys: tuple[str, ...]
    company: Company
    segment: str | None = None

    @property
    def as_of(self) -> datetime:
        """When it was read."""
        return self.company.as_of


class FixedCustomer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One customer code of a company on the fixed network; a company may have several. `ceased` when it left.

    `segment` is the market segment it is in; None when not known.
    """

    customer_code: str
    ceased: bool
    company: Company
    segment: str | None = None

    @property
    def as_of(self) -> datetime:
        """When it was read."""
        return self.company.as_of


class FixedAccount(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A billing account of fixed lines and its settings."""

    code: str
    customer_code: str
    paperless: bool
    delivery_address: Address | None
    direct_debit: DirectDebit | None
    recipient_code: str | None
    as_of: datetime


class MobileAccount(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The billing account of mobile contracts and its settings; `payment_key` names its payment method."""

    key: str
    paperless: bool
    delivery_address: Address | None
    payment_key: str | None
    as_of: datetime
