"""Contracts and their accounts: TMF651 agreements, TMF666 billing accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sandbox.mobile._render import Document, address, characteristic, day, party
from sandbox.mobile.collection import Collection, index
from sandbox.world.model import Agreement, Company, MobileAccount, World
from sandbox.world.payment import payment_id
from sandbox.world.service import contract_product_id


class _AgreementRow(NamedTuple):
    company: Company
    agreement: Agreement


def agreements(world: World) -> Collection[_AgreementRow]:
    """Give TMF651 `/agreement`: batched by the engaged party, which is a party's id and not a customer's."""
    rows = [_AgreementRow(company, each) for company in world.everybody for each in company.agreements]
    return Collection(
        rows=lambda: rows,
        render=_agreement,
        lookup={
            "id": index(rows, lambda row: (row.agreement.id,)),
            "engagedParty.id": index(rows, lambda row: (row.company.mobile_party_id,)),
        },
    )


def _agreement(row: _AgreementRow) -> Document:
    company, agreement = row
    return {
        "id": agreement.id,
        "name": f"Contratto {agreement.number}",
        "status": agreement.state,
        "agreementType": "framework" if agreement.framework else "commercial",
        "agreementPeriod": {"startDateTime": day(agreement.started_on)},
        "agreementItem": [{"product": [{"id": contract_product_id(agreement)}]}],
        "engagedParty": [party(company.mobile_party_id or "", "customer", "Organization", company.name)],
        "characteristic": [
            characteristic("contractNumber", agreement.number),
            characteristic("billingAccountId", agreement.account_id),
            characteristic("recipientCode", agreement.recipient_code),
        ],
        "@type": "Agreement",
    }


class _AccountRow(NamedTuple):
    company: Company
    account: MobileAccount


class Settings(NamedTuple):
    """How an account is billed now: without paper or not, where paper goes, and by what it is paid."""

    paperless: bool
    delivery: Document
    payment_key: str


def as_built(account: MobileAccount) -> Settings:
    """Give the settings of an account that nobody has changed."""
    return Settings(account.paperless, address(account.delivery_address), payment_id(account))


def billing_accounts(world: World, settings: Callable[[MobileAccount], Settings]) -> Collection[_AccountRow]:
    """Give TMF666 `/billingAccount`: batched by id or by customer; `settings` tells how one is billed now."""
    rows = [_AccountRow(company, each) for company in world.companies for each in company.mobile_accounts]
    return Collection(
        rows=lambda: rows,
        render=lambda row: _billing_account(row, settings(row.account)),
        lookup={
            "id": index(rows, lambda row: (row.account.id,)),
            "relatedParty.id": index(rows, lambda row: (row.company.mobile_customer_id,)),
        },
    )


def _billing_account(row: _AccountRow, settings: Settings) -> Document:
    company, account = row
    medium = "email" if settings.paperless else "paper"
    return {
        "id": account.id,
        "name": f"Conto {account.id}",
        "state": "active",
        "billStructure": {"presentationMedia": [{"id": medium, "name": medium, "isRef": True}]},
        "defaultPaymentMethod": {"id": settings.payment_key, "@referredType": "PaymentMethod"},
        "contact": [
            {
                "contactType": "billing",
                "contactName": company.name,
                "contactMedium": [{"mediumType": "postalAddress", "characteristic": settings.delivery}],
                "validFor": {"startDateTime": day(min(each.started_on for each in company.agreements))},
            }
        ],
        "relatedParty": [party(company.mobile_customer_id or "", "customer", "Customer", company.name)],
        "@type": "BillingAccount",
    }
