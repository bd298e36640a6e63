"""Services of lines and contracts as TMF637 products that rely on another: made when their parent is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sandbox._deeds import Deed
from sandbox.mobile._render import Document, characteristic, day, party
from sandbox.mobile.service_change import changed
from sandbox.world.model import Company, World
from sandbox.world.service import MobileService, contract_product_id, contract_services, line_services


class ServiceRow(NamedTuple):
    """A service with the company that has it."""

    company: Company
    service: MobileService


Served = Callable[[str], Sequence[Deed]]
"""Gives what was done to the services of a product, in its order."""


def children(world: World, served: Served) -> Callable[[str], Sequence[ServiceRow]]:
    """Make what finds the services that rely on a product: a line's, or a contract's own."""
    lines = {line.product_id: (company, line) for company in world.companies for line in company.mobile_lines}
    contracts = {
        contract_product_id(each): (company, each) for company in world.companies for each in company.agreements
    }

    def found(product_id: str) -> Sequence[ServiceRow]:
        if product_id in lines:
            company, line = lines[product_id]
            services: Sequence[MobileService] = line_services(company, line)
        elif product_id in contracts:
            company, agreement = contracts[product_id]
            services = contract_services(company, agreement)
        else:
            return ()
        for deed in served(product_id):
            services = changed(services, product_id, deed.value, deed.at.date())
        return [ServiceRow(company, each) for each in services]

    return found


def by_id(children_of: Callable[[str], Sequence[ServiceRow]]) -> Callable[[str], Sequence[ServiceRow]]:
    """Make what finds a service by its own id, which begins with its parent's."""

    def found(service_id: str) -> Sequence[ServiceRow]:
        parent, _, _ = service_id.rpartition("-S")
        return [row for row in children_of(parent) if row.service.id == service_id]

    return found


def product(row: ServiceRow) -> Document:
    """Render a service."""
    company, service = row
    return {
        "id": service.id,
        "name": service.name,
        "status": service.state,
        "isBundle": False,
        "startDate": day(service.since),
        "productOffering": {"id": service.code, "name": service.name},
        "productSpecification": {"id": f"SPEC-{service.kind}", "name": service.kind},
        "productCharacteristic": [characteristic(name, value) for name, value in service.details],
        "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": service.parent_id}}],
        "relatedParty": [party(company.mobile_customer_id or "", "customer", "Customer", company.name)],
        "@type": "Product",
    }
