"""Bills: a period at a time for each account, mostly paid, with the exceptions that a customer area must show.

Numbers are an account's and a period's of the year: they come again every year, as the real ones do (quirk 16).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sandbox.world.model import Bill

_VAT = Decimal("0.22")
_CENT = Decimal("0.01")
_ISSUE_DAYS = 6  # after the end of the period
_PAY_DAYS = 30
_OVERDUE_SHARE = 0.04
_EARLY_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Billing:
    """How an account is billed: `letter` and `serial` make its numbers, `price` is a month's net price of a line."""

    account: str
    letter: str
    serial: int
    line_ids: tuple[str, ...]
    months: int  # 1 or 2 in a period
    price: Decimal


def months_before(day: date, months: int) -> date:
    """Give the first of the month that lies `months` before a day's."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def bills(rng: random.Random, billing: Billing, *, today: date, since: date, until: date | None = None) -> list[Bill]:
    """Bill every period that began on or after `since` and was issued by `today`, newest first.

    `until` is the day that the account was closed.
    """
    result = []
    start = since if billing.months == 1 else since.replace(month=since.month - (since.month + 1) % 2)
    while start <= min(today, until or today):
        after = months_before(start, -billing.months)
        bill = _bill(rng, billing, start, after - timedelta(days=1), today)
        if bill.issued_on <= today:
            result.append(bill)
        start = after
    return result[::-1]


def _bill(rng: random.Random, billing: Billing, start: date, end: date, today: date) -> Bill:
    issued_on = end + timedelta(days=_ISSUE_DAYS)
    due_on = issued_on + timedelta(days=_PAY_DAYS)
    net = billing.price * billing.months * len(billing.line_ids) * rng.randint(92, 118) / 100
    vat = (net * _VAT).quantize(_CENT)
    gross = net.quantize(_CENT) + vat
    unpaid = rng.random() >= _EARLY_SHARE if due_on >= today else rng.random() < _OVERDUE_SHARE
    period = (start.month + billing.months - 1) // billing.months
    return Bill(
        id=f"{billing.letter}BILL-{billing.serial:05d}-{start:%Y%m}",
        number=f"{billing.letter}{billing.serial:05d}{period:02d}",
        account=billing.account,
        line_ids=billing.line_ids,
        period_from=start,
        period_to=end,
        issued_on=issued_on,
        due_on=due_on,
        gross=gross,
        vat=vat,
        outstanding=gross if unpaid and not _is_settled_by_age(due_on, today) else Decimal("0.00"),
    )


def _is_settled_by_age(due_on: date, today: date) -> bool:
    """Only the exceptions below stay unpaid for long."""
    return due_on < months_before(today, 12)


def with_exceptions(ordinary: Sequence[Bill]) -> list[Bill]:
    """Put every case that matters among the bills of an account (newest first): none is left to chance.

    Unpaid and not due, overdue, partly paid, disputed, cancelled with its credit note, and unpaid for 14, 30 and 62
    periods, as far as the account has so many.
    """
    result = list(ordinary)
    for index, change in _EXCEPTIONS.items():
        if index < len(result):
            result[index] = change(result[index])
    return result + [_credit_note(bill) for bill in result if bill.cancelled]


def _unpaid(bill: Bill) -> Bill:
    return replace(bill, outstanding=bill.gross)


_EXCEPTIONS: dict[int, Callable[[Bill], Bill]] = {
    0: _unpaid,
    2: _unpaid,
    3: lambda bill: replace(bill, outstanding=(bill.gross / 3).quantize(_CENT)),
    5: lambda bill: replace(bill, outstanding=bill.gross, disputed=True),
    7: lambda bill: replace(bill, outstanding=Decimal("0.00"), cancelled=True),
    14: _unpaid,
    30: _unpaid,
    62: _unpaid,
}


def _credit_note(bill: Bill) -> Bill:
    issued_on = bill.issued_on + timedelta(days=12)
    return replace(
        bill,
        id=f"N{bill.id}",
        number=f"N{bill.number[1:]}",
        line_ids=bill.line_ids[:1],
        issued_on=issued_on,
        due_on=issued_on,
        outstanding=Decimal("0.00"),
        credit_note=True,
        cancelled=False,
    )


def single(mobile: Bill, fixed_account: str, fixed_line_ids: tuple[str, ...]) -> tuple[Bill, Bill]:
    """Make the single invoice that goes with a mobile bill, as each of the two systems sees it (quirk 16).

    Both know it under the same number, day and amounts.
    """
    gross = (mobile.gross * Decimal("1.35")).quantize(_CENT)
    seen_by_mobile = replace(
        mobile,
        id=f"U{mobile.id}",
        number=f"U{mobile.number[1:]}",
        gross=gross,
        vat=(gross - gross / (1 + _VAT)).quantize(_CENT),
        outstanding=gross if mobile.outstanding else Decimal("0.00"),
        single=True,
        disputed=False,
        cancelled=False,
    )
    seen_by_fixed = replace(seen_by_mobile, id=f"F{seen_by_mobile.id}", account=fixed_account, line_ids=fixed_line_ids)
    return seen_by_mobile, seen_by_fixed


def report_subject(bill: Bill) -> str:
    """Name an invoice as reports on its payment do, in either system."""
    return f"{bill.account}/{bill.number}/{bill.issued_on.isoformat()}"
