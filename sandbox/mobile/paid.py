"""Payments and top-ups: TMF676 `/payment` and TMF654 `/topupBalance`, each as it was made long ago or is made now.

Of what was paid before, each settled bill has its payment, and each prepaid line its last top-up. A payment is found by
its `correlatorId`; a top-up has no id of the sender's, who writes one into its `description`. What will be refused
is told as under way until then.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import chain
from typing import Any, Final, NamedTuple

import msgspec

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.mobile._render import Document, day, euro, instant
from sandbox.mobile.bill import mobile_bills
from sandbox.mobile.change import later_s
from sandbox.mobile.collection import BadQuery, Collection, index
from sandbox.mobile.usage import logical_resource_id, mobile_lines
from sandbox.stage import Problem, Sandboxed
from sandbox.world import usage
from sandbox.world.model import Bill, MobileLine, World

PAYMENT_PATH: Final = "/tmf-api/payment/v4/payment"
TOP_UP_PATH: Final = "/tmf-api/prepayBalanceManagement/v4/topupBalance"
_PAID_AFTER: Final = timedelta(days=20)


class Paid(NamedTuple):
    """A payment: of which account, and of which bills each amount."""

    id: str
    request_id: str
    account_id: str
    items: tuple[tuple[str, Decimal], ...]
    at: str
    status: str = "done"


class TopUp(NamedTuple):
    """A top-up of a line's credit."""

    id: str
    request_id: str
    line_id: str
    number_id: str
    account_id: str
    amount: Decimal
    at: str
    status: str = "completed"


# --- payments ---------------------------------------------------------------------------------------------------------


def payments(world: World, made: Callable[[], Iterable[Deed]]) -> Collection[Paid]:
    """Give TMF676 `/payment`: batched by id, correlator or account."""
    built = [_settled(bill) for bill in mobile_bills(world) if not bill.outstanding and not bill.cancelled]

    def rows() -> Iterable[Paid]:
        return chain(built, (each.value for each in made()))

    return Collection(
        rows=rows,
        render=_payment,
        lookup={
            "id": _lookup(built, made, lambda row: row.id),
            "correlatorId": _lookup(built, made, lambda row: row.request_id),
            "account.id": _lookup(built, made, lambda row: row.account_id),
        },
    )


def _settled(bill: Bill) -> Paid:
    request_id = _uuid(f"payment of {bill.id}")
    return Paid(f"PMT-{bill.id}", request_id, bill.account, ((bill.id, bill.gross),), day(bill.issued_on + _PAID_AFTER))


def _payment(row: Paid) -> Document:
    total = euro(sum((amount for _, amount in row.items), Decimal(0)))
    return {
        "id": row.id,
        "correlatorId": row.request_id,
        "paymentDate": row.at,
        "status": row.status,
        "statusDate": row.at,
        "account": {"id": row.account_id, "@referredType": "BillingAccount"},
        "totalAmount": total,
        "amount": total,
        "paymentMethod": {"name": "online"},
        "paymentItem": [
            {"id": str(place), "amount": euro(amount), "item": {"id": key, "@referredType": "CustomerBill"}}
            for place, (key, amount) in enumerate(row.items, start=1)
        ],
        "@type": "Payment",
    }


def pay(stage: Sandboxed, body: bytes, injected: Injected) -> Document | Problem:
    """Take a payment, the first time that its correlator comes. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        request_id, account = str(told["correlatorId"]), str(told["account"]["id"])
        items = tuple((str(each["item"]["id"]), _amount(each["amount"]["value"])) for each in told["paymentItem"])
        total = _amount(told["totalAmount"]["value"])
    except (msgspec.DecodeError, KeyError, TypeError, ArithmeticError) as error:
        raise BadQuery("correlatorId, account, totalAmount and paymentItem are due") from error
    if (taken := stage.deeds.taken(request_id)) is not None:
        return _payment(_as_of(taken, stage.clock.now()).value)
    known = {bill.id: bill for company in stage.world.companies for bill in company.bills if bill.account == account}
    if not items or any(key not in known for key, _ in items) or total != sum(amount for _, amount in items):
        return Problem("60", "bill not found", 404)
    now = stage.clock.now()
    row = Paid(f"PMT-{_digits(request_id)}", request_id, account, items, instant(now))
    return _payment(_take(stage, "payment", request_id, account, row, now, injected).value)


# --- top-ups ----------------------------------------------------------------------------------------------------------


def top_ups(world: World, made: Callable[[], Iterable[Deed]]) -> Collection[TopUp]:
    """Give TMF654 `/topupBalance`: batched by id, description or logical resource."""
    built = [_former(line, world.now) for line in mobile_lines(world) if usage.credit(line, world.now)]

    def rows() -> Iterable[TopUp]:
        return chain(built, (each.value for each in made()))

    return Collection(
        rows=rows,
        render=_top_up,
        lookup={
            "id": _lookup(built, made, lambda row: row.id),
            "description": _lookup(built, made, lambda row: row.request_id),
            "logicalResource.id": _lookup(built, made, lambda row: row.number_id),
        },
    )


def _former(line: MobileLine, now: datetime) -> TopUp:
    drawn = sha256(line.product_id.encode()).digest()
    amount, days = Decimal((5, 10, 20, 50)[drawn[0] % 4]), 1 + drawn[1] % 60
    request_id = _uuid(f"top-up of {line.product_id}")
    at = instant((now - timedelta(days=days)).replace(microsecond=0))
    number = logical_resource_id(line)
    return TopUp(f"TUP-{line.product_id}", request_id, line.product_id, number, "ACC", amount, at)


def _top_up(row: TopUp) -> Document:
    return {
        "id": row.id,
        "description": row.request_id,
        "amount": {"amount": row.amount, "units": "EUR"},
        "requestedDate": row.at,
        "confirmationDate": row.at,
        "status": row.status,
        "usageType": "monetary",
        "bucket": {"id": row.line_id.replace("PRD-", "BKT-"), "@referredType": "Bucket"},
        "logicalResource": [{"id": row.number_id, "@referredType": "LogicalResource"}],
        "product": [{"id": row.line_id, "@referredType": "Product"}],
        "@type": "TopupBalance",
    }


def top_up(stage: Sandboxed, body: bytes, injected: Injected) -> Document | Problem:
    """Take a top-up, the first time that its description comes. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        request_id, bucket = str(told["description"]), str(told["bucket"]["id"])
        amount, account = _amount(told["amount"]["amount"]), str(told["partyAccount"]["id"])
        usage_type = told["usageType"]
    except (msgspec.DecodeError, KeyError, TypeError, ArithmeticError) as error:
        raise BadQuery("description, amount, usageType, bucket and partyAccount are due") from error
    if (taken := stage.deeds.taken(request_id)) is not None:
        return _top_up(_as_of(taken, stage.clock.now()).value)
    line = next((each for each in mobile_lines(stage.world) if each.product_id.replace("PRD-", "BKT-") == bucket), None)
    if line is None or amount <= 0 or usage_type != "monetary":
        return Problem("60", "bucket not found", 404)
    now, number = stage.clock.now(), logical_resource_id(line)
    row = TopUp(f"TUP-{_digits(request_id)}", request_id, line.product_id, number, account, amount, instant(now))
    return _top_up(_take(stage, "topup", request_id, line.product_id, row, now, injected).value)


# --- both -------------------------------------------------------------------------------------------------------------


def _take(
    stage: Sandboxed, what: str, request_id: str, subject: str, row: Any, now: datetime, injected: Injected
) -> Deed:
    late_s, refused_s = later_s(injected, Quirk.LATE_READS) or 0, later_s(injected, Quirk.REFUSED_LATER)
    shown_from = now + timedelta(seconds=late_s)
    refused_from = None if refused_s is None else now + timedelta(seconds=refused_s)
    return _as_of(stage.deeds.take(Deed(request_id, what, subject, row, now, shown_from, refused_from)), now)


_UNDER_WAY: Final = {"payment": "authorized", "topup": "created"}


def _as_of(deed: Deed, now: datetime) -> Deed:
    """Give a change as it is told of at a time."""
    if deed.refused_from is None:
        return deed
    status = "failed" if deed.refused_from <= now else _UNDER_WAY[deed.what]
    return replace(deed, value=deed.value._replace(status=status))


def made(stage: Sandboxed, what: str) -> list[Deed]:
    """Give the changes of a kind that reads show, also those that are refused in the end."""
    now = stage.clock.now()
    return [_as_of(each, now) for each in stage.deeds if each.what == what and each.shown_from <= now]


def _done(stage: Sandboxed, what: str) -> list[Deed]:
    return [each for each in made(stage, what) if each.refused_from is None]


def added(stage: Sandboxed, line_id: str) -> Decimal:
    """Give the credit that was added to a line, as far as reads show it."""
    return sum((each.value.amount for each in _done(stage, "topup") if each.subject == line_id), Decimal(0))


def paid_of(stage: Sandboxed, bill: Bill) -> Decimal:
    """Give what was paid of a bill, as far as reads show it."""
    return sum(
        (amount for each in _done(stage, "payment") for key, amount in each.value.items if key == bill.id), Decimal(0)
    )


def _lookup(built: list[Any], made: Callable[[], Iterable[Deed]], key: Callable[[Any], str]) -> Callable[[str], Any]:
    of_built = index(built, lambda row: (key(row),))

    def find(value: str) -> list[Any]:
        return [*of_built(value), *(each.value for each in made() if key(each.value) == value)]

    return find


def _amount(told: Any) -> Decimal:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise TypeError("no amount")
    return Decimal(str(told)).quantize(Decimal("0.01"))


def _uuid(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, text))


def _digits(request_id: str) -> str:
    return f"{int(sha256(request_id.encode()).hexdigest()[:12], 16) % 10**9:09d}"
