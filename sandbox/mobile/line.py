"""Lines and their SIMs: TMF637 products, TMF639 resources. What relies on a line or contract is `service`'s."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sandbox.mobile._render import Document, characteristic, day, party
from sandbox.mobile.collection import Collection, index
from sandbox.mobile.service import Served, ServiceRow, by_id, children, product
from sandbox.mobile.usage import logical_resource_id
from sandbox.world.model import Agreement, Company, MobileLine, Sim, World


class _LineRow(NamedTuple):
    company: Company
    agreement: Agreement
    line: MobileLine


class _SimRow(NamedTuple):
    company: Company
    line: MobileLine
    sim: Sim


def products(world: World, served: Served, state_of: Callable[[MobileLine], str]) -> Collection[_LineRow | ServiceRow]:
    """Give TMF637 `/product`: batched by agreement, id or the product that is relied on.

    Unasked come lines only: services are made when their parent or their id is asked for. `served` gives what was done
    to those of a parent, `state_of` how a line is now.
    """
    rows = [
        _LineRow(company, agreements[line.agreement_id], line)
        for company in world.companies
        for agreements in ({each.id: each for each in company.agreements},)
        for line in company.mobile_lines
    ]
    lines, of_agreement = (
        index(rows, lambda row: (row.line.product_id,)),
        index(rows, lambda row: (row.agreement.id,)),
    )
    services = children(world, served)
    service = by_id(services)
    return Collection(
        rows=lambda: rows,
        render=lambda row: product(row) if isinstance(row, ServiceRow) else _product(row, state_of(row.line)),
        lookup={
            "id": lambda key: lines(key) or service(key),
            "productRelationship.product.id": services,
            "agreement.id": of_agreement,
            "relatedParty.id": index(rows, lambda row: (row.company.mobile_customer_id,)),
        },
    )


def _product(row: _LineRow, state: str) -> Document:
    company, agreement, line = row
    document: Document = {
        "id": line.product_id,
        "name": f"Linea {line.msisdn}",
        "status": state,
        "isBundle": False,
        "startDate": day(line.started_on),
        "agreement": [{"id": agreement.id, "name": agreement.number}],
        "billingAccount": {"id": agreement.account_id},
        "productOffering": {"id": line.offering_id, "name": line.tariff_plan},
        "productSpecification": {"id": "SPEC-LINE", "name": "mobileLine"},
        "productCharacteristic": [
            characteristic("msisdn", line.msisdn),
            characteristic("paymentType", "prepaid" if line.prepaid else "postpaid"),
        ],
        "relatedParty": [party(company.mobile_customer_id or "", "customer", "Customer", company.name)],
        "@type": "Product",
    }
    if line.sim:
        document["realizingResource"] = [
            {"id": line.sim.resource_id, "@referredType": "PhysicalResource"},
            {"id": logical_resource_id(line), "@referredType": "LogicalResource"},
        ]
    return document


def resources(world: World, is_blocked: Callable[[MobileLine, Sim], bool]) -> Collection[_SimRow]:
    """Give TMF639 `/resource`: SIMs, batched by id or by customer; `is_blocked` tells whether one is so now."""
    rows = [
        _SimRow(company, line, line.sim) for company in world.companies for line in company.mobile_lines if line.sim
    ]
    return Collection(
        rows=lambda: rows,
        render=lambda row: _resource(row, blocked=is_blocked(row.line, row.sim)),
        lookup={
            "id": index(rows, lambda row: (row.sim.resource_id,)),
            "relatedParty.id": index(rows, lambda row: (row.company.mobile_customer_id,)),
        },
    )


def _resource(row: _SimRow, *, blocked: bool) -> Document:
    company, line, sim = row
    return {
        "id": sim.resource_id,
        "name": f"SIM {sim.iccid}",
        "category": "SIM",
        "administrativeState": "locked" if blocked else "unlocked",
        "operationalState": "enable",
        "resourceStatus": "available",
        "usageState": "active",
        "resourceCharacteristic": [characteristic("iccid", sim.iccid), characteristic("msisdn", line.msisdn)],
        "relatedParty": [party(company.mobile_customer_id or "", "customer", "Customer", company.name)],
        "@type": "PhysicalResource",
    }
