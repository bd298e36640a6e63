"""How accounts are paid: TMF670 payment methods, one for each billing account."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sandbox.mobile._render import Document, day, party
from sandbox.mobile.collection import Collection, index
from sandbox.world.model import Company, MobileAccount, World
from sandbox.world.payment import direct_debit, payment_id


class _Row(NamedTuple):
    company: Company
    account: MobileAccount
    today: date


def payment_methods(world: World) -> Collection[_Row]:
    """Give TMF670 `/paymentMethod`: batched by id, account or customer."""
    rows = [_Row(company, each, world.now.date()) for company in world.companies for each in company.mobile_accounts]
    return Collection(
        rows=lambda: rows,
        render=_payment_method,
        lookup={
            "id": index(rows, lambda row: (payment_id(row.account),)),
            "account.id": index(rows, lambda row: (row.account.id,)),
            "relatedParty.id": index(rows, lambda row: (row.company.mobile_customer_id,)),
        },
    )


def _payment_method(row: _Row) -> Document:
    company, account, today = row
    debit = direct_debit(company, account, today)
    document: Document = {
        "id": payment_id(account),
        "isPreferred": True,
        "account": [{"id": account.id, "name": f"Conto {account.id}", "@referredType": "BillingAccount"}],
        "relatedParty": party(company.mobile_customer_id or "", "customer", "Customer", company.name),
    }
    if debit is None:
        return {**document, "name": "Bonifico", "status": "active", "@type": "bankAccountTransfer"}
    return {
        **document,
        "name": "Addebito diretto SEPA",
        "status": "active" if debit.valid_from <= today else "pending",
        "validFor": {"startDateTime": day(debit.valid_from)},
        "accountNumber": debit.iban,
        "accountNumberType": "IBAN",
        "owner": debit.holder,
        "@type": "directDebit",
    }
