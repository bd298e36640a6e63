"""What is looked for by something else than its key: by the request id of a change, by number and amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from lxml import etree

from sandbox._faults import Injected
from sandbox.clock import ROME
from sandbox.fixed import row
from sandbox.fixed.change import Notified, notified
from sandbox.fixed.finder import FINDERS, FINE, index, outcome
from sandbox.fixed.laid_over import requests
from sandbox.fixed.notation import amount, day
from sandbox.fixed.quirk import spoilt
from sandbox.fixed.soap import NAMES, Envelope, Fields, element, texts
from sandbox.stage import Sandboxed


def _by_request_id(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Find the requests that were made under request ids."""
    wanted = dict.fromkeys(each.strip() for each in texts(asked.body, "externalRequestId"))
    built = (each for company in stage.world.companies for each in company.requests if each.network == "fixed")
    found = [each for each in (*built, *requests(stage)) if each.external_id in wanted]
    paid = [each for each in notified(stage) if each.request_id in wanted]
    strange: list[Fields] = [
        [("key", each), ("outcome", outcome("404", "E", "Chiave sconosciuta"))]
        for each in wanted
        if each not in {*(request.external_id for request in found), *(one.request_id for one in paid)}
    ]
    name = f"{asked.operation}Response"
    fields: Fields = [
        ("outcome", FINE),
        *(("request", row.request(each)) for each in found),
        *(("payment", _paid(each)) for each in paid),
        *(("itemOutcome", each) for each in strange),
    ]
    return element(name, spoilt(name, fields, injected))


def _paid(payment: Notified) -> Fields:
    account, number, issued_on = payment.key
    issued = day(date.fromisoformat(issued_on))
    return [
        ("paymentId", payment.request_id),
        ("externalRequestId", payment.request_id),
        ("invoice", [("accountCode", account), ("invoiceNo", number), ("issuedOn", issued)]),
        ("amount", amount(payment.amount)),
        ("paidOn", payment.paid_on),
        ("channel", "ONLINE"),
        ("outcome", "OK"),
    ]


def _third_party_invoice(stage: Sandboxed, asked: Envelope, injected: Injected) -> etree._Element:
    """Find the newest invoice of a number and an amount; nothing is told of one of that number with another amount."""
    number, told = (asked.body.findtext(f"t:{each}", "", NAMES).strip() for each in ("invoiceNo", "amount"))
    held = index(FINDERS["FindInvoicesByNumber"], stage.world).get(number, ())
    fitting = [each for _, each in held if amount(each.bill.gross) == told and not each.bill.credit_note]
    newest = max(fitting, key=lambda each: each.bill.issued_on, default=None)
    today: date = stage.clock.now().astimezone(ROME).date()
    name = f"{asked.operation}Response"
    fields: Fields = [("outcome", FINE), *([] if newest is None else [("invoice", row.invoice(newest, today))])]
    return element(name, spoilt(name, fields, injected))


LOOKUPS: Final[Mapping[str, Callable[[Sandboxed, Envelope, Injected], etree._Element]]] = {
    "FindByExternalRequestId": _by_request_id,
    "LookupThirdPartyInvoice": _third_party_invoice,
}
"""By the operation."""
