"""Requests of the last nine months: every kind in every state, so that a window of six months cuts some off.

The mobile network keeps some as service orders, which may open a ticket, and the others as tickets alone.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sandbox.world.model import Bill, ServiceRequest, Ticket

TEXTS: Mapping[str, str] = {
    "REGISTERED_OFFICE": "Variazione della sede legale.",
    "SIM_BLOCK": "Blocco della SIM per smarrimento.",
    "SIM_UNBLOCK": "Sblocco della SIM ritrovata.",
    "CESSATION": "Cessazione della linea a fine mese.",
    "CESSATION_REVOKED": "Revoca della cessazione chiesta per errore.",
    "RELOCATION": "Trasloco della linea nella nuova sede.",
    "NUISANCE_CALLS": "Chiamate moleste in orario notturno.",
    "DIRECT_DEBIT": "Attivazione della domiciliazione bancaria.",
    "PAPERLESS": "Passaggio alla fattura elettronica senza carta.",
    "DELIVERY_ADDRESS": "Cambio dell'indirizzo di recapito delle fatture.",
    "SERVICE": "Modifica dei servizi attivi.",
    "PAYMENT_REPORT": "Pagamento eseguito con bonifico e non ancora riconosciuto.",
    "INVOICE_MERGE": "Unione in un solo PDF di due fatture del bimestre.",
}
"""Each kind, with what is written of it."""
SERVICE_ORDERS = ("SIM_BLOCK", "SIM_UNBLOCK", "SERVICE")
"""Kinds that the mobile network keeps as service orders."""
KINDS = {
    "mobile": (*SERVICE_ORDERS, "NUISANCE_CALLS", "PAYMENT_REPORT", "DIRECT_DEBIT", "PAPERLESS", "DELIVERY_ADDRESS"),
    "fixed": tuple(kind for kind in TEXTS if not kind.startswith("SIM_")),
}

_MERGED = "Unione delle fatture {} e {}."
_OF_A_LINE = {*SERVICE_ORDERS, "CESSATION", "CESSATION_REVOKED", "RELOCATION", "NUISANCE_CALLS"}
_SILENT_EVERY = 5  # one that says nothing more
# Seven, and so coprime to the number of kinds of either network: every pair comes up.
_STATES = ("DONE", "IN_PROGRESS", "DONE", "RECEIVED", "REJECTED", "CANCELLED", "IN_PROGRESS")
_OPEN = {"RECEIVED", "IN_PROGRESS"}
_DAYS = 272
_LONGEST = timedelta(days=9)
_NOTES = {
    "RECEIVED": ("Segnalazione ricevuta.",),
    "IN_PROGRESS": ("Segnalazione ricevuta.", "In lavorazione presso il gruppo tecnico."),
    "DONE": ("Segnalazione ricevuta.", "In lavorazione presso il gruppo tecnico.", "Intervento concluso."),
    "REJECTED": ("Segnalazione ricevuta.", "Dati non sufficienti per procedere."),
    "CANCELLED": ("Segnalazione ricevuta.", "Annullata dal richiedente."),
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks on one network: `line_ids` are what it may be about, `requesters` the directory ids of who asks.

    `bills` are what can be merged.
    """

    network: str
    serial: int
    customer_code: str
    line_ids: tuple[str, ...]
    requesters: tuple[str, ...]
    bills: tuple[Bill, ...] = ()


def requests(rng: random.Random, asking: Asking, *, count: int, now: datetime) -> list[ServiceRequest]:
    """Make `count` requests spread over nine months, newest first."""
    kinds = KINDS[asking.network]
    return [
        request(
            rng,
            asking,
            number=index + 1,
            kind=kinds[index % len(kinds)],
            state=_STATES[index % len(_STATES)],
            made_at=now - timedelta(days=_DAYS * index / count, hours=rng.uniform(1, 30)),
            now=now,
            requested_by=asking.requesters[index % len(asking.requesters)],
            line_id=rng.choice(asking.line_ids),
        )
        for index in range(count)
    ]


def request(
    rng: random.Random,
    asking: Asking,
    *,
    number: int,
    kind: str,
    state: str,
    made_at: datetime,
    now: datetime,
    requested_by: str,
    line_id: str,
) -> ServiceRequest:
    """Make one request, with the ticket that it is or opened where the mobile network has one."""
    made_at = made_at.replace(microsecond=0)
    changed_at = (made_at + min(now - made_at, _LONGEST) * rng.uniform(0.3, 0.9)).replace(microsecond=0)
    is_order = asking.network == "mobile" and kind in SERVICE_ORDERS
    id_ = _id(asking, number, is_order=is_order)
    merged = _pair(asking.bills, made_at) if kind == "INVOICE_MERGE" else ()
    told = merged_text(merged) if merged else TEXTS[kind] if number % _SILENT_EVERY else None
    return ServiceRequest(
        id=id_,
        network=asking.network,
        kind=kind,
        state=state,
        made_at=made_at,
        closed_at=None if state in _OPEN else changed_at,
        customer_code=asking.customer_code,
        line_id=line_id if kind in _OF_A_LINE else None,
        requested_by=requested_by,
        external_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        information=told,
        is_order=is_order,
        ticket=_ticket(id_, number, state, made_at, changed_at, is_order=is_order)
        if asking.network == "mobile"
        else None,
        merged=merged,
    )


def merged_text(bills: tuple[Bill, ...]) -> str:
    """Write which two bills a request is to merge."""
    return _MERGED.format(*map(_named, bills))


def _pair(bills: tuple[Bill, ...], made_at: datetime) -> tuple[Bill, ...]:
    """Give the last two bills of one bimester that were issued by then; none when there are no such."""
    issued = sorted(
        (bill for bill in bills if bill.issued_on <= made_at.date() and not bill.credit_note and not bill.single),
        key=lambda bill: (bill.issued_on, bill.account, bill.number),
        reverse=True,
    )
    pairs = ((one, other) for one, other in pairwise(issued) if _bimester(one) == _bimester(other))
    return next(pairs, ())


def _bimester(bill: Bill) -> tuple[int, int]:
    return bill.period_from.year, (bill.period_from.month - 1) // 2


def _named(bill: Bill) -> str:
    return f"{bill.account} {bill.number} {bill.issued_on:%d/%m/%Y}"


def _id(asking: Asking, number: int, *, is_order: bool) -> str:
    """Give the fixed network's protocol number of ten digits, or the mobile one's id."""
    if asking.network == "fixed":
        return f"{asking.serial:04d}{number:06d}"
    return f"{'SO' if is_order else 'TT'}-{asking.serial:06d}-{number:04d}"


def _ticket(
    id_: str, number: int, state: str, made_at: datetime, changed_at: datetime, *, is_order: bool
) -> Ticket | None:
    """Make a ticket; of service orders every second opens one, and of these every second ticket names its order."""
    if is_order and number % 2:
        return None
    told = _NOTES[state]
    opened_at = made_at + (changed_at - made_at) * 0.1 if is_order else made_at
    step = (changed_at - opened_at) / max(1, len(told) - 1)
    return Ticket(
        id=id_.replace("SO-", "TT-9"),
        state=state,
        opened_at=opened_at.replace(microsecond=0),
        names_order=is_order and number % 4 == 0,
        notes=tuple((text, (opened_at + step * place).replace(microsecond=0)) for place, text in enumerate(told)),
    )
