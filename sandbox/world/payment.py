"""How mobile accounts are paid: drawn for each when it is asked for, from a generator of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.world.identifier import iban
from sandbox.world.model import Company, MobileAccount

_DEBITED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """A direct debit; `valid_from` lies in the future while the bank has not answered."""

    iban: str
    holder: str
    valid_from: date


def payment_id(account: MobileAccount) -> str:
    """Name the payment method of an account."""
    return f"PAY-{account.id.removeprefix('MBA-')}"


def direct_debit(company: Company, account: MobileAccount, today: date) -> DirectDebit | None:
    """Give the direct debit of an account; None where bills are paid by transfer.

    The first account of a company always has one, and the second one that is not in force yet.
    """
    rng = random.Random(f"{company.tax_code}:payment:{account.id}")
    place = company.mobile_accounts.index(account)
    if place > 1 and rng.random() >= _DEBITED_SHARE:
        return None
    days = rng.randrange(3, 25) if place == 1 else -rng.randrange(200, 1500)
    return DirectDebit(iban(rng), company.name, today + timedelta(days=days))
