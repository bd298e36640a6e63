"""What a company holds: contracts, accounts and lines of the mobile and of the fixed network, with their bills."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sandbox.world import bill
from sandbox.world.bill import Billing, months_before
from sandbox.world.identifier import Numbers, iban, iccid
from sandbox.world.model import (
    Agreement,
    Bill,
    FixedAccount,
    FixedCustomer,
    FixedLine,
    MobileAccount,
    MobileLine,
    Sim,
)
from sandbox.world.place import Town, address

_MOBILE_PLANS = (
    ("OFF-1001", "Business Start 50 GB", Decimal("8.90")),
    ("OFF-1002", "Business Plus 150 GB", Decimal("14.90")),
    ("OFF-1003", "Business Unlimited 5G", Decimal("24.90")),
    ("OFF-1004", "Ricaricabile Aziende", Decimal("5.00")),
    ("OFF-1005", "Dati IoT 2 GB", Decimal("3.50")),
)
_PREPAID_OFFERING = "OFF-1004"
# The states that a real list holds, in proportion; the first lines of an agreement are always active.
_MOBILE_STATES = ("active",) * 30 + ("suspended", "terminated", "pendingTerminate", "pendingActive", "cancelled")
_ALWAYS_ACTIVE = 8
_BLOCKED_EVERY = 17
_TECHNOLOGIES = ("FTTH", "FTTC", "VOIP", "RTG", "ISDN_BRA", "ADSL", "SIP_TRUNK", "ISDN_PRA")
_FIXED_PLANS = {
    "FTTH": "Fibra Impresa 2.5 Giga",
    "FTTC": "Fibra Impresa 200 Mega",
    "VOIP": "Voce Impresa",
    "RTG": "Linea Base",
    "ISDN_BRA": "ISDN Base",
    "ISDN_PRA": "ISDN Primario",
    "ADSL": "Internet Impresa 20 Mega",
    "SIP_TRUNK": "SIP Trunk 30 canali",
}
_FIXED_STATES = ("ATT",) * 12 + ("SOS", "CIP", "CES", "REV", "ATP")


@dataclass(frozen=True, slots=True)
class Mobile:
    """The mobile half of a company."""

    agreements: tuple[Agreement, ...]
    accounts: tuple[MobileAccount, ...]
    lines: tuple[MobileLine, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """The fixed half of a company."""

    customers: tuple[FixedCustomer, ...]
    accounts: tuple[FixedAccount, ...]
    lines: tuple[FixedLine, ...]


def mobile(
    rng: random.Random, numbers: Numbers, *, serial: int, town: Town, lines: Sequence[int], today: date
) -> Mobile:
    """Make contracts, each with an account of its own; `lines` says how many lines each contract has."""
    agreements, accounts, made = [], [], []
    for index, count in enumerate(lines, start=1):
        key = f"{serial:04d}{index:03d}"
        account = MobileAccount(f"MBA-{key}", address(rng, town), paperless=index % 2 == 1)
        agreement = Agreement(
            id=f"AGR-{key}",
            number=f"8880{serial:04d}{index:03d}",
            state="suspended" if index % 12 == 0 else "active",
            started_on=months_before(today, 68) + timedelta(days=rng.randrange(60)),
            account_id=account.id,
            recipient_code=_recipient_code(rng),
        )
        agreements.append(agreement)
        accounts.append(account)
        made += [_mobile_line(rng, numbers, agreement, key, number, today) for number in range(1, count + 1)]
    return Mobile(tuple(agreements), tuple(accounts), tuple(made))


def _mobile_line(
    rng: random.Random, numbers: Numbers, agreement: Agreement, key: str, number: int, today: date
) -> MobileLine:
    state = "active" if number <= _ALWAYS_ACTIVE else rng.choice(_MOBILE_STATES)
    # The third line is prepaid wherever there is one; the others by chance.
    offering = _MOBILE_PLANS[3] if number == 3 else rng.choice(_MOBILE_PLANS)  # noqa: PLR2004 - see above
    has_sim = state not in {"pendingActive", "cancelled", "terminated"}
    return MobileLine(
        product_id=f"PRD-{key}{number:04d}",
        agreement_id=agreement.id,
        msisdn=numbers.mobile(),
        state=state,
        tariff_plan=offering[1],
        offering_id=offering[0],
        prepaid=offering[0] == _PREPAID_OFFERING,
        sim=_sim(key, number) if has_sim else None,
        started_on=min(agreement.started_on + timedelta(days=rng.randrange(1500)), today - timedelta(days=20)),
    )


def _sim(key: str, number: int) -> Sim:
    return Sim(f"SIM-{key}{number:04d}", iccid(int(f"{key}{number:04d}")), blocked=number % _BLOCKED_EVERY == 0)


def _recipient_code(rng: random.Random) -> str:
    """Give a recipient code of 7; the seven noughts mean certified mail instead."""
    if rng.randrange(6) == 0:
        return "0000000"
    return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(7))


def fixed(
    rng: random.Random,
    numbers: Numbers,
    *,
    serial: int,
    town: Town,
    domain: str,
    holder: str,
    lines: Sequence[Sequence[int]],
    today: date,
    ceased_on: Sequence[date | None],
) -> Fixed:
    """Make customer codes, their accounts and lines.

    `lines` says for each customer code how many lines each of its accounts has; `ceased_on` when the code was left.
    """
    customers, accounts, made = [], [], []
    for index, (counts, left_on) in enumerate(zip(lines, ceased_on, strict=True), start=1):
        customer = FixedCustomer(f"FC{serial:06d}{index:02d}", "SME", left_on, f"telefonia@{domain}")
        customers.append(customer)
        for place, count in enumerate(counts, start=1):
            code = f"{serial:06d}{index:02d}{place:04d}"
            accounts.append(_fixed_account(rng, customer, code, place, town, domain, holder, today))
            made += [_fixed_line(rng, numbers, code, number, town, today, left_on) for number in range(1, count + 1)]
    return Fixed(tuple(customers), tuple(accounts), tuple(made))


def _fixed_account(
    rng: random.Random,
    customer: FixedCustomer,
    code: str,
    place: int,
    town: Town,
    domain: str,
    holder: str,
    today: date,
) -> FixedAccount:
    debited = place % 2 == 1
    recipient_code = _recipient_code(rng)
    return FixedAccount(
        code=code,
        customer_code=customer.code,
        delivery_address=address(rng, town),
        paperless=place % 3 == 0,
        direct_debit_iban=iban(rng) if debited else None,
        holder_name=holder if debited else None,
        mandate_from=months_before(today, rng.randint(8, 40)) if debited else None,
        recipient_code=recipient_code,
        certified_email=f"{domain.partition('.')[0]}@pec.example" if recipient_code == "0000000" else None,
        bimonthly=place % 2 == 0,
    )


def _fixed_line(
    rng: random.Random,
    numbers: Numbers,
    account_code: str,
    number: int,
    town: Town,
    today: date,
    left_on: date | None,
) -> FixedLine:
    technology = _TECHNOLOGIES[(number - 1) % len(_TECHNOLOGIES)]
    state = "CES" if left_on else "ATT" if number <= 3 else rng.choice(_FIXED_STATES)  # noqa: PLR2004 - first ones live
    requested_on = today - timedelta(days=rng.randint(3, 25))
    return FixedLine(
        id=numbers.fixed(town.area_code),
        account_code=account_code,
        technology=technology,
        state=state,
        location=address(rng, town),
        activated_on=months_before(today, 70) - timedelta(days=rng.randrange(1200)),
        cease_requested_on=left_on or (requested_on if state in {"CIP", "CES", "REV"} else None),
        tariff_plan=_FIXED_PLANS[technology],
    )


def mobile_bills(rng: random.Random, held: Mobile, *, serial: int, today: date, months: int) -> list[Bill]:
    """Bill each mobile account by the month, over so many months; the first account has every case."""
    result: list[Bill] = []
    for index, agreement in enumerate(held.agreements, start=1):
        billing = Billing(
            account=agreement.account_id,
            letter="M",
            serial=serial * 100 + index,
            line_ids=tuple(line.product_id for line in held.lines if line.agreement_id == agreement.id),
            months=1,
            price=Decimal("14.90"),
        )
        made = bill.bills(rng, billing, today=today, since=months_before(today, months))
        result += bill.with_exceptions(made) if index == 1 else made
    return result


def fixed_bills(rng: random.Random, held: Fixed, *, serial: int, today: date, months: int) -> list[Bill]:
    """Bill each fixed account by the month or bimester; the first account has every case."""
    left_on = {customer.code: customer.ceased_on for customer in held.customers}
    result: list[Bill] = []
    for index, account in enumerate(held.accounts, start=1):
        billing = Billing(
            account=account.code,
            letter="T",
            serial=serial * 100 + index,
            line_ids=tuple(line.id for line in held.lines if line.account_code == account.code),
            months=2 if account.bimonthly else 1,
            price=Decimal("32.50"),
        )
        made = bill.bills(
            rng, billing, today=today, since=months_before(today, months), until=left_on[account.customer_code]
        )
        result += bill.with_exceptions(made) if index == 1 else made
    return result
