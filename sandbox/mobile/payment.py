"""How accounts are paid: TMF670 payment methods, one for each billing account."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from sandbox.mobile._render import Document, day, party
from sandbox.mobile.collection import Collection, index
from sandbox.world.model import Company, MobileAccount, World
from sandbox.world.payment import DirectDebit, direct_debit, payment_id


class Made(NamedTuple):
    """A payment method that was made since the world was, under a request id; without a debit it is a transfer."""

    id: str
    request_id: str
    account_id: str
    debit: DirectDebit | None


class _Row(NamedTuple):
    company: Company
    account: MobileAccount
    today: date
    made: Made | None = None

    @property
    def id(self) -> str:
        return payment_id(self.account) if self.made is None else self.made.id

    @property
    def debit(self) -> DirectDebit | None:
        return direct_debit(self.company, self.account, self.today) if self.made is None else self.made.debit


def payment_methods(world: World, made: Callable[[], Iterable[Made]]) -> Collection[_Row]:
    """Give TMF670 `/paymentMethod`: batched by id, account, customer or request id; `made` are those since."""
    rows = [_Row(company, each, world.now.date()) for company in world.companies for each in company.mobile_accounts]
    accounts = {row.account.id: row for row in rows}

    def new() -> list[_Row]:
        return [accounts[each.account_id]._replace(made=each) for each in made()]

    def by(keys: Callable[[_Row], Iterable[str | None]]) -> Callable[[str], Iterable[_Row]]:
        built = index(rows, keys)
        return lambda value: [*built(value), *(row for row in new() if value in keys(row))]

    return Collection(
        rows=lambda: [*rows, *new()],
        render=_payment_method,
        lookup={
            "id": by(lambda row: (row.id,)),
            "account.id": by(lambda row: (row.account.id,)),
            "relatedParty.id": by(lambda row: (row.company.mobile_customer_id,)),
            "description": by(lambda row: (row.made and row.made.request_id,)),
        },
    )


def made_method(world: World, made: Made) -> Document:
    """Render a payment method that was made just now."""
    [row] = (
        _Row(company, each, world.now.date(), made)
        for company in world.companies
        for each in company.mobile_accounts
        if each.id == made.account_id
    )
    return _payment_method(row)


def _payment_method(row: _Row) -> Document:
    company, account, debit = row.company, row.account, row.debit
    document: Document = {
        "id": row.id,
        "isPreferred": True,
        "account": [{"id": account.id, "name": f"Conto {account.id}", "@referredType": "BillingAccount"}],
        "relatedParty": party(company.mobile_customer_id or "", "customer", "Customer", company.name),
    }
    if row.made is not None:
        document["description"] = row.made.request_id
    if debit is None:
        return {**document, "name": "Bonifico", "status": "active", "@type": "bankAccountTransfer"}
    return {
        **document,
        "name": "Addebito diretto SEPA",
        "status": "active" if debit.valid_from <= row.today else "pending",
        "validFor": {"startDateTime": day(debit.valid_from)},
        "accountNumber": debit.iban,
        "accountNumberType": "IBAN",
        "owner": debit.holder,
        "@type": "directDebit",
    }
