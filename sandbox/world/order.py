"""Orders of the last nine months: every kind in every state, so that a window of six months cuts some off.

Phase codes and delivery states are the telco's; each kind of order has its own phases.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.world.model import Delivery, Order, OrderItem, Phase

PHASES: dict[str, tuple[tuple[str, str], ...]] = {
    "ACTIVATION": (
        ("RECEIVED", "Ordine ricevuto"),
        ("VERIFIED", "Verifica dei dati"),
        ("SHIPPED", "Spedizione"),
        ("ACTIVATED", "Linea attivata"),
    ),
    "EXTENSION": (
        ("RECEIVED", "Ordine ricevuto"),
        ("VERIFIED", "Verifica tecnica"),
        ("NETWORK_READY", "Predisposizione della rete"),
        ("ACTIVATED", "Ampliamento attivato"),
    ),
    "OFFER": (("RECEIVED", "Ordine ricevuto"), ("VERIFIED", "Verifica dei dati"), ("APPLIED", "Offerta attivata")),
    "OPTION": (("RECEIVED", "Ordine ricevuto"), ("APPLIED", "Opzione attivata")),
    "SIM_CHANGE": (
        ("RECEIVED", "Richiesta ricevuta"),
        ("SIM_PREPARED", "SIM preparata"),
        ("SIM_SHIPPED", "SIM spedita"),
        ("SIM_ACTIVATED", "SIM attivata"),
    ),
    "CESSATION": (("RECEIVED", "Richiesta ricevuta"), ("VERIFIED", "Verifica"), ("CEASED", "Linea cessata")),
}
DELIVERY_STATES = ("PREPARING", "SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")
FAILED_DELIVERY = ("PREPARING", "SHIPPED", "IN_TRANSIT", "FAILED")
KINDS = {"mobile": tuple(PHASES), "fixed": tuple(kind for kind in PHASES if kind != "SIM_CHANGE")}

_SHIPPED_KINDS = {"ACTIVATION", "SIM_CHANGE"}
# Seven, and so coprime to the number of kinds of either network: every pair comes up.
_STATES = ("COMPLETED", "IN_PROGRESS", "COMPLETED", "RECEIVED", "SUSPENDED", "FAILED", "CANCELLED")
_DAYS = 272
_LONGEST = timedelta(days=12)
_CARRIERS = ("BRT", "SDA", "GLS", "DHL")


@dataclass(frozen=True, slots=True)
class Ordering:
    """Who orders on one network: `line_ids` are what their orders are about.

    `requesters` are the directory ids of those who order in the customer area; none: the telco's staff placed all.
    """

    network: str
    customer_code: str
    line_ids: tuple[str, ...]
    requesters: tuple[str, ...]


def orders(rng: random.Random, ordering: Ordering, *, count: int, now: datetime) -> list[Order]:
    """Make `count` orders spread over nine months, newest first."""
    kinds = KINDS[ordering.network]
    result = []
    for index in range(count):
        placed_at = now - timedelta(days=_DAYS * index / count, hours=rng.uniform(1, 30))
        result.append(
            order(
                rng,
                ordering,
                serial=index + 1,
                kind=kinds[index % len(kinds)],
                state=_STATES[index % len(_STATES)],
                placed_at=placed_at.replace(microsecond=0),
                now=now,
                requested_by=_requester(ordering, index),
                line_ids=rng.sample(ordering.line_ids, k=min(rng.choice((1, 1, 1, 2, 3)), len(ordering.line_ids))),
            )
        )
    return result


def _requester(ordering: Ordering, index: int) -> str | None:
    """Every third order was placed in the customer area, the others by the telco's staff."""
    people = ordering.requesters
    return people[index // 3 % len(people)] if people and index % 3 == 0 else None


def order(
    rng: random.Random,
    ordering: Ordering,
    *,
    serial: int,
    kind: str,
    state: str,
    placed_at: datetime,
    now: datetime,
    requested_by: str | None,
    line_ids: Sequence[str],
) -> Order:
    """Make one order with an item for each line."""
    id_ = f"{ordering.network[0].upper()}O-{ordering.customer_code.rpartition('-')[2]}-{serial:04d}"
    return Order(
        id=id_,
        network=ordering.network,
        kind=kind,
        state=state,
        placed_at=placed_at,
        customer_code=ordering.customer_code,
        requested_by=requested_by,
        external_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)) if requested_by else None,
        items=tuple(
            _item(rng, f"{id_}-{number:02d}", kind, _item_state(state, number), line_id, placed_at, now)
            for number, line_id in enumerate(line_ids, start=1)
        ),
    )


def _item_state(state: str, number: int) -> str:
    """An order in progress may have items that are done."""
    return "COMPLETED" if state == "IN_PROGRESS" and number > 1 else state


def _item(
    rng: random.Random, id_: str, kind: str, state: str, line_id: str, placed_at: datetime, now: datetime
) -> OrderItem:
    spent = min(now - placed_at, _LONGEST) * rng.uniform(0.5, 0.95)
    plan = PHASES[kind]
    reached = _times(placed_at, spent, _reached(rng, state, len(plan)))
    return OrderItem(
        id=id_,
        name=plan[-1][1],
        state=state,
        line_id=None if kind == "ACTIVATION" and state != "COMPLETED" else line_id,
        phases=tuple(
            Phase(code, description, reached[index] if index < len(reached) else None)
            for index, (code, description) in enumerate(plan)
        ),
        delivery=_delivery(rng, id_, state, placed_at, spent) if kind in _SHIPPED_KINDS else None,
    )


def _reached(rng: random.Random, state: str, phases: int) -> int:
    """Tell how many phases are reached in a state."""
    if state == "COMPLETED":
        return phases
    return 1 if state in {"RECEIVED", "CANCELLED"} else rng.randint(1, phases - 1)


def _delivery(rng: random.Random, item_id: str, state: str, placed_at: datetime, spent: timedelta) -> Delivery | None:
    if state not in {"IN_PROGRESS", "COMPLETED", "FAILED"}:
        return None
    states = FAILED_DELIVERY if state == "FAILED" else DELIVERY_STATES
    count = rng.randint(1, len(states) - 1) if state == "IN_PROGRESS" else len(states)
    return Delivery(
        id=f"SHP-{item_id}",
        carrier=rng.choice(_CARRIERS),
        tracking_code=f"{rng.choice('ABCDEF')}{rng.randrange(10**11):011d}",
        reached=tuple(zip(states, _times(placed_at, spent, count), strict=False)),
    )


def _times(start: datetime, spent: timedelta, count: int) -> list[datetime]:
    """Spread `count` moments evenly from the start until what was spent is over."""
    return [(start + spent * index / count).replace(microsecond=0) for index in range(count)]
