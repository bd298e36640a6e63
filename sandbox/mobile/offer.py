"""Offers: TMF680 recommendations of a party, TMF620 offerings, TMF671 promotions.

A recommendation has a product that relies on the lines it can be bought for. What an offering is bought for, `line` or
`customer`, is its characteristic `boughtFor`. A promotion has one pattern, whose actions name its offerings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.mobile._render import Document, euro, instant, party
from sandbox.mobile.collection import Collection, index
from sandbox.world.model import Company, World
from sandbox.world.offer import OFFERINGS, Campaign, Offering, Price, Recommendation, campaigns, runs

_NAMES = {each.id: each.name for each in OFFERINGS}
_VAT_PERCENT = 22
_MIME_TYPES = {"jpg": "image/jpeg", "mp4": "video/mp4"}


class _Run(NamedTuple):
    company: Company
    number: int
    rows: Sequence[Recommendation]

    @property
    def id(self) -> str:
        return f"REC-{(self.company.mobile_party_id or '').removeprefix('ORG-')}-{self.number}"


def recommendations(world: World) -> Collection[_Run]:
    """Give TMF680 `/queryProductRecommendation`: batched by related party (a party's id) or id."""
    rows = [
        _Run(company, number, run) for company in world.companies for number, run in enumerate(runs(company), start=1)
    ]
    return Collection(
        rows=lambda: rows,
        render=_recommendation,
        lookup={
            "id": index(rows, lambda run: (run.id,)),
            "relatedParty.id": index(rows, lambda run: (run.company.mobile_party_id,)),
        },
    )


def _recommendation(run: _Run) -> Document:
    return {
        "id": run.id,
        "name": "Offerte dedicate",
        "state": "done",
        "relatedParty": party(run.company.mobile_party_id or "", "customer", "Organization", run.company.name),
        "recommendationItem": [
            {
                "id": str(number),
                "priority": number,
                "productOffering": {"id": each.offering_id, "name": _NAMES[each.offering_id]},
                "product": _product(each),
            }
            for number, each in enumerate(run.rows, start=1)
        ],
        "@type": "QueryProductRecommendation",
    }


def _product(recommended: Recommendation) -> Document:
    product: Document = {"name": _NAMES[recommended.offering_id], "@type": "Product"}
    if recommended.line_ids:
        product["productRelationship"] = [
            {"relationshipType": "reliesOn", "product": {"id": each, "@referredType": "Product"}}
            for each in recommended.line_ids
        ]
    return product


def offerings() -> Collection[Offering]:
    """Give TMF620 `/productOffering`: batched by id."""
    return Collection(rows=lambda: OFFERINGS, render=_offering, lookup={"id": index(OFFERINGS, lambda row: (row.id,))})


def _offering(row: Offering) -> Document:
    document: Document = {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "lifecycleStatus": row.status,
        "isSellable": row.status != "Retired",
        "prodSpecCharValueUse": [
            {
                "name": "boughtFor",
                "valueType": "string",
                "productSpecCharacteristicValue": [{"value": "line" if row.for_lines else "customer"}],
            }
        ],
        "@type": "ProductOffering",
    }
    prices = [_price(row, "recurring", row.monthly), _price(row, "oneTime", row.once)]
    if found := [each for each in prices if each is not None]:
        document["productOfferingPrice"] = found
    if row.media is not None:
        mime_type = _MIME_TYPES[row.media.rpartition(".")[2]]
        document["attachment"] = [{"id": f"{row.id}-1", "mimeType": mime_type, "url": row.media}]
    return document


def _price(row: Offering, type_: str, price: Price | None) -> Document | None:
    if price is None:
        return None
    document: Document = {
        "id": f"{row.id}-{type_}",
        "priceType": type_,
        "price": {
            "taxRate": _VAT_PERCENT,
            "dutyFreeAmount": euro(price.net),
            "taxIncludedAmount": euro(price.net + price.vat),
        },
    }
    if type_ == "recurring":
        document |= {"recurringChargePeriod": "month", "recurringChargePeriodLength": 1}
    return document


def promotions(world: World) -> Collection[Campaign]:
    """Give TMF671 `/promotion`: batched by the offerings that its actions name, or id."""
    rows = campaigns(world.now)
    return Collection(
        rows=lambda: rows,
        render=_promotion,
        lookup={
            "id": index(rows, lambda row: (row.id,)),
            "pattern.action.actionEntityRef.id": index(rows, lambda row: row.offering_ids),
        },
    )


def _promotion(row: Campaign) -> Document:
    valid = {"startDateTime": instant(row.starts_at)}
    if row.ends_at is not None:
        valid["endDateTime"] = instant(row.ends_at)
    return {
        "id": row.id,
        "name": row.name,
        "lifecycleStatus": row.status,
        "validFor": valid,
        "pattern": [
            {
                "id": f"{row.id}-1",
                "criteriaGroup": [
                    {
                        "criteria": [
                            {"criteriaParameter": "channel", "criteriaOperator": "=", "criteriaValue": "customerArea"}
                        ]
                    }
                ],
                "action": [
                    {
                        "actionType": "offer",
                        "actionEntityRef": {
                            "id": each,
                            "name": _NAMES[each],
                            "@referredType": "ProductOffering",
                        },
                    }
                    for each in row.offering_ids
                ],
            }
        ],
        "@type": "Promotion",
    }
