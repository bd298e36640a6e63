"""Who the customers are: TMF632 organizations and individuals, TMF629 customers."""

from __future__ import annotations

from sandbox.mobile._render import Document, address, characteristic, party
from sandbox.mobile.collection import Collection, index
from sandbox.world.model import Company, Person, World


def organizations(world: World) -> Collection[Company]:
    """Give TMF632 `/organization`: batched by tax code or VAT number."""
    rows = [company for company in world.everybody if company.mobile_party_id]
    return Collection(
        rows=lambda: rows,
        render=_organization,
        lookup={
            "id": index(rows, lambda row: (row.mobile_party_id,)),
            "organizationIdentification.identificationId": index(
                rows, lambda row: dict.fromkeys((row.tax_code, row.vat_number))
            ),
        },
    )


def _organization(company: Company) -> Document:
    person = company.representative
    codes = [("taxCode", company.tax_code), ("vatNumber", company.vat_number)]
    return {
        "id": company.mobile_party_id,
        "name": company.name,
        "isLegalEntity": True,
        "status": "validated",
        "organizationIdentification": [
            {"identificationType": kind, "identificationId": code} for kind, code in codes if code
        ],
        "contactMedium": [
            {"mediumType": "registeredOffice", "preferred": True, "characteristic": address(company.office)}
        ],
        "partyCharacteristic": [characteristic("segment", company.mobile_segment)],
        "relatedParty": [
            party(person.id, "legalRepresentative", "Individual", f"{person.first_name} {person.last_name}")
        ],
        "@type": "Organization",
    }


def individuals(world: World) -> Collection[Person]:
    """Give TMF632 `/individual`: the legal representatives."""
    rows = [company.representative for company in world.everybody if company.mobile_party_id]
    return Collection(rows=lambda: rows, render=_individual, lookup={"id": index(rows, lambda row: (row.id,))})


def _individual(person: Person) -> Document:
    return {
        "id": person.id,
        "givenName": person.first_name,
        "familyName": person.last_name,
        "fullName": f"{person.first_name} {person.last_name}",
        "status": "validated",
        "individualIdentification": [{"identificationType": "taxCode", "identificationId": person.tax_code}],
        "contactMedium": [
            {"mediumType": "email", "characteristic": {"emailAddress": person.email}},
            {"mediumType": "phone", "characteristic": {"phoneNumber": person.mobile_number}},
        ],
        "@type": "Individual",
    }


def customers(world: World) -> Collection[Company]:
    """Give TMF629 `/customer`: batched by the engaged party."""
    rows = [company for company in world.everybody if company.mobile_customer_id]
    return Collection(
        rows=lambda: rows,
        render=_customer,
        lookup={
            "id": index(rows, lambda row: (row.mobile_customer_id,)),
            "engagedParty.id": index(rows, lambda row: (row.mobile_party_id,)),
        },
    )


def _customer(company: Company) -> Document:
    return {
        "id": company.mobile_customer_id,
        "name": company.name,
        "status": "active",
        "engagedParty": {
            "id": company.mobile_party_id,
            "name": company.name,
            "@referredType": "Organization",
        },
        "account": [{"id": account.id, "name": f"Conto {account.id}"} for account in company.mobile_accounts],
        "@type": "Customer",
    }
