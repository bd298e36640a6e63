"""What is changed of billing: TMF666 `PATCH /billingAccount/{id}`, TMF670 `POST /paymentMethod`.

What a patch sets it sets each time; a payment method is made once for a request id, its description.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.mobile._render import Document
from sandbox.mobile.change import later_s
from sandbox.mobile.collection import BadQuery
from sandbox.mobile.payment import Made
from sandbox.stage import Problem, Sandboxed
from sandbox.world.payment import DirectDebit

_BANK_DAYS = 10


class Paying(NamedTuple):
    """How an account is to be paid: by direct debit from an IBAN of a holder, or by transfer."""

    request_id: str
    account_id: str
    debit: tuple[str, str] | None


def read_settings(body: bytes) -> dict[str, Any]:
    """Read what is to be set of an account: whether it is paperless, where paper goes, what pays. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        settings = {what: read(told[name]) for name, (what, read) in _SETTINGS.items() if name in told}
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadQuery("billStructure, contact or defaultPaymentMethod is not as the file says") from error
    if not settings:
        raise BadQuery("billStructure, contact or defaultPaymentMethod is due")
    return settings


def _paperless(structure: Any) -> bool:
    [medium] = structure["presentationMedia"]
    return {"email": True, "paper": False}[medium["name"]]


def _delivery(contacts: Any) -> Document:
    [contact] = contacts
    [medium] = contact["contactMedium"]
    place: Document = medium["characteristic"]
    if contact["contactType"] != "billing" or set(place) != _PLACE or not all(map(str, place.values())):
        raise ValueError(place)
    return place


_PLACE = {"street1", "city", "postCode", "stateOrProvince", "country"}
_SETTINGS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "billStructure": ("paperless", _paperless),
    "contact": ("delivery", _delivery),
    "defaultPaymentMethod": ("payment_key", lambda told: str(told["id"])),
}
"""By attribute of the account: what it sets, and how it is read."""


def set_account(stage: Sandboxed, account_id: str, settings: Mapping[str, Any], injected: Injected) -> None:
    """Set something of an account; each time is a change by itself."""
    now = stage.clock.now()
    shown_from = now + timedelta(seconds=later_s(injected, Quirk.LATE_READS) or 0)
    for what, value in settings.items():
        stage.deeds.take(Deed(f"set-{len(stage.deeds):06d}", what, account_id, value, now, shown_from))


def read_method(body: bytes) -> Paying:
    """Read how an account is to be paid. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        [account] = told["account"]
        debit = (told["accountNumber"], told["owner"]) if told["@type"] == "directDebit" else None
        if told["@type"] not in {"directDebit", "bankAccountTransfer"} or not told["name"]:
            raise BadQuery("@type is one that the account can be paid by, and name is due")
        return Paying(str(told["description"]), str(account["id"]), debit)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadQuery("@type, name, description, one account and what a direct debit has are due") from error


def make_method(stage: Sandboxed, asked: Paying, injected: Injected) -> Made | Problem:
    """Make a payment method, the first time that its request id comes; the bank takes some days to answer a mandate."""
    if (taken := stage.deeds.taken(asked.request_id)) is None:
        now = stage.clock.now()
        if all(asked.account_id != each.id for company in stage.world.companies for each in company.mobile_accounts):
            return Problem("60", "account not found", 404)
        awaited = now.date() + timedelta(days=_BANK_DAYS)
        made = Made(
            id=f"PAY-{int(sha256(asked.request_id.encode()).hexdigest()[:12], 16) % 10**10:010d}-9",
            request_id=asked.request_id,
            account_id=asked.account_id,
            debit=asked.debit and DirectDebit(*asked.debit, awaited),
        )
        shown_from = now + timedelta(seconds=later_s(injected, Quirk.LATE_READS) or 0)
        taken = stage.deeds.take(Deed(asked.request_id, "payment-method", asked.account_id, made, now, shown_from))
    value: Made = taken.value
    return value


def methods_made(stage: Sandboxed) -> list[Made]:
    """Give the payment methods that were made, as far as reads show them."""
    now = stage.clock.now()
    return [each.value for each in stage.deeds if each.what == "payment-method" and each.shown_from <= now]
