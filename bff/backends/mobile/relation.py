"""What the mobile network knows of a company that somebody wants to register for, and of who represents it.

The same four calls are made whatever is found, so that nobody can tell from outside what was: what follows from
nothing is asked for under an id that nobody has. Wire facts: TMF632 organization and individual, TMF629 customer,
TMF651 agreement, whose `agreementType` tells a framework agreement (spec, tmf/ and product.md, 2).
"""

from collections.abc import Sequence

from bff.backends._batch import Unreadable
from bff.backends._code import Codes, is_code
from bff.backends._http import Http
from bff.backends._shape import Text
from bff.backends._text import tax_code
from bff.backends.mobile._collection import Collection
from bff.backends.mobile._wire import Ref, Wire, text
from bff.backends.mobile.company import Customer, Identification, Organization
from bff.domain.registration import Known, MobileRelation

_NOBODY = "-"
_IN_FORCE: Codes[bool | None] = Codes(
    "TMF651 agreement status", None, {"active": True, "suspended": True, "terminated": False}
)


class Agreement(Wire, frozen=True, gc=False):
    """TMF651 `/agreement`, as far as it tells under what a company is a customer."""

    id: Text
    status: Text | None = None
    agreement_type: Text | None = None
    engaged_party: tuple[Ref, ...] = ()


class Individual(Wire, frozen=True, gc=False):
    """TMF632 `/individual`, with the numbers that a person is known by."""

    id: Text
    given_name: Text | None = None
    family_name: Text | None = None
    individual_identification: tuple[Identification, ...] = ()


class Relations:
    """Reads what there is."""

    def __init__(self, http: Http) -> None:
        self._organizations = Collection(http, "/tmf-api/party/v4/organization", Organization)
        self._customers = Collection(http, "/tmf-api/customerManagement/v4/customer", Customer)
        self._individuals = Collection(http, "/tmf-api/party/v4/individual", Individual)
        self._agreements = Collection(http, "/tmf-api/agreementManagement/v4/agreement", Agreement)

    async def of(self, company: str) -> MobileRelation | None:
        """Read a company by its tax code; None when it is no customer. Raises BackendErrors."""
        rows = await self._organizations.find("organizationIdentification.identificationId", [company])
        mine = self._organizations.belonging(rows, [company], lambda row: row.tax_codes)
        keys = [row.id for row in mine] or [_NOBODY]
        customers = [row for row in await self._customers.find("engagedParty.id", keys) if row.engaged_party.id in keys]
        of_party = [row for row in mine if row.id in {each.engaged_party.id for each in customers}]
        agreements = await self._agreements.find("engagedParty.id", keys)
        representative = await self._representative(of_party)
        if not of_party:
            return None
        engaged = [row for row in agreements if any(each.id in keys for each in row.engaged_party)]
        # What is not known to be in force lets nobody in: it may be what a prospect has only asked for.
        in_force = [row for row in engaged if _IN_FORCE.read(row.status) is True]
        return MobileRelation(
            segment=text(of_party[0].party_characteristic, "segment"),
            contracts=tuple(is_code(row.agreement_type, "framework") for row in in_force),
            representative=representative,
        )

    async def _representative(self, parties: Sequence[Organization]) -> Known | None:
        named = [each.id for row in parties for each in row.related_party if is_code(each.role, "legalRepresentative")]
        keys = named[:1] or [_NOBODY]
        found = [row for row in await self._individuals.find("id", keys) if row.id in keys]
        return _known(found[0]) if found else None


def _known(row: Individual) -> Known | None:
    """Read who it is; None when the tax code, by which alone one is recognised, can't be read."""
    told = row.individual_identification
    codes = [each.identification_id for each in told if is_code(each.identification_type, "taxCode")]
    try:
        code = tax_code(codes[0]) if codes and codes[0] else None
    except Unreadable:
        return None
    return Known(first_name=row.given_name or "", last_name=row.family_name or "", tax_code=code) if code else None
