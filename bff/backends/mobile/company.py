"""Companies, their representatives and their billing accounts on the mobile network.

Wire facts: TMF632 organization and individual, TMF629 customer, TMF666 billing account (spec, tmf/; legacy.md, 'Who and
what belongs together').
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bff.backends._batch import Reading, Unreadable, needed
from bff.backends._code import Codes, is_code
from bff.backends._shape import Text
from bff.backends._text import postcode, tax_code, vat_number
from bff.backends.mobile._wire import Characteristic, ContactMedium, Label, MediumCharacteristic, Ref, Wire, text
from bff.domain.address import Address
from bff.domain.company import Company, LegalRepresentative, MobileAccount, MobileParty
from bff.domain.system import System
from bff.errors import BackendError

_ON_PAPER = Codes[bool | None]("TMF666 presentation media", None, {"paper": True, "email": False})


class Identification(Wire, frozen=True, gc=False):
    """A number that an organization is known by."""

    identification_id: Text | None = None
    identification_type: Text | None = None


class Organization(Wire, frozen=True, gc=False):
    """TMF632 `/organization`."""

    id: Text
    name: Text | None = None
    organization_identification: tuple[Identification, ...] = ()
    contact_medium: tuple[ContactMedium, ...] = ()
    related_party: tuple[Ref, ...] = ()
    party_characteristic: tuple[Characteristic, ...] = ()

    @property
    def tax_codes(self) -> list[str]:
        """The tax codes that it is known by; raises Unreadable when one can't be read."""
        return [tax_code(needed(number, "taxCode")) for number in self._numbers("taxCode")]

    @property
    def vat_number(self) -> str | None:
        """Its VAT number, None when it has none or one that can't be."""
        return next((vat_number(number) for number in self._numbers("vatNumber") if number), None)

    def _numbers(self, kind: str) -> list[str | None]:
        told = self.organization_identification
        return [each.identification_id for each in told if is_code(each.identification_type, kind)]


class Customer(Wire, frozen=True, gc=False):
    """TMF629 `/customer`: an organization in its role of customer."""

    id: Text
    engaged_party: Ref


class Individual(Wire, frozen=True, gc=False):
    """TMF632 `/individual`."""

    id: Text
    given_name: Text | None = None
    family_name: Text | None = None


class BillStructure(Wire, frozen=True, gc=False):
    """How bills are made: on `paper`, by `email`."""

    presentation_media: tuple[Label, ...] = ()

    @property
    def paperless(self) -> bool:
        """True when no medium is paper; raises Unreadable when that can't be told."""
        on_paper = {_ON_PAPER.read(each.name) for each in self.presentation_media}
        if True not in on_paper and on_paper != {False}:
            raise Unreadable("no known presentation media")
        return True not in on_paper


class Contact(Wire, frozen=True, gc=False):
    """Where bills go."""

    contact_medium: tuple[ContactMedium, ...] = ()


class BillingAccount(Wire, frozen=True, gc=False):
    """TMF666 `/billingAccount`."""

    id: Text
    bill_structure: BillStructure | None = None
    default_payment_method: Ref | None = None
    contact: tuple[Contact, ...] = ()


def customers() -> Reading[Customer, str]:
    """Read customer ids, by party."""
    return Reading(lambda row: row.id, lambda row: (row.engaged_party.id,), lambda row, _party: row.id)


def parties(
    as_of: datetime, customers_by_party: Mapping[str, list[str] | BackendError]
) -> Reading[Organization, MobileParty]:
    """Read companies, by tax code; their customer ids were read before."""

    def record(row: Organization, tax_code: str) -> MobileParty:
        customer_keys = customers_by_party.get(row.id, [])
        if isinstance(customer_keys, BackendError):
            raise customer_keys
        return MobileParty(
            party_key=row.id,
            customer_keys=tuple(sorted(customer_keys)),
            company=_company(row, tax_code, as_of),
            segment=text(row.party_characteristic, "segment"),
        )

    return Reading(lambda row: row.id, lambda row: row.tax_codes, record)


def _company(row: Organization, tax_code: str, as_of: datetime) -> Company:
    representatives = (each.id for each in row.related_party if is_code(each.role, "legalRepresentative"))
    return Company(
        representative_key=next(representatives, None),
        name=needed(row.name, "name"),
        tax_code=tax_code,
        vat_number=row.vat_number,
        registered_office=_address(row.contact_medium, "registeredOffice"),
        system=System.MOBILE,
        as_of=as_of,
    )


def representatives() -> Reading[Individual, LegalRepresentative]:
    """Read people's names, by id."""
    return Reading(lambda row: row.id, lambda row: (row.id,), _representative)


def _representative(row: Individual, _key: str) -> LegalRepresentative:
    return LegalRepresentative(needed(row.given_name, "givenName"), needed(row.family_name, "familyName"))


def accounts(as_of: datetime) -> Reading[BillingAccount, MobileAccount]:
    """Read billing accounts, by id."""

    def record(row: BillingAccount, key: str) -> MobileAccount:
        return MobileAccount(
            key=key,
            paperless=needed(row.bill_structure, "billStructure").paperless,
            delivery_address=delivery_address(row),
            payment_key=row.default_payment_method.id if row.default_payment_method else None,
            as_of=as_of,
        )

    return Reading(lambda row: row.id, lambda row: (row.id,), record)


def delivery_address(row: BillingAccount) -> Address | None:
    """Give where the paper invoices of an account go; None when it does not say, or not all."""
    return _address([medium for each in row.contact for medium in each.contact_medium], "postalAddress")


def _address(media: Iterable[ContactMedium], kind: str) -> Address | None:
    """Give the address of a kind of medium; None when there is none or a part of it is missing."""
    for medium in media:
        if is_code(medium.medium_type, kind) and medium.characteristic is not None:
            return _whole(medium.characteristic)
    return None


def _whole(place: MediumCharacteristic) -> Address | None:
    code = postcode(place.post_code or "")
    if place.street1 and code and place.city and place.state_or_province:
        return Address(place.street1, code, place.city, place.state_or_province)
    return None
