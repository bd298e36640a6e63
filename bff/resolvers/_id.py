"""Global ids: what each record is called by, and what an id of a client names."""

from collections.abc import Callable, Sequence
from typing import Any

from bff.auth.ids import GlobalId
from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.customer import Customer
from bff.domain.document import Document
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine, MobileLine
from bff.domain.offer import Offer
from bff.domain.order import Order
from bff.domain.payment import InvoicePayment, TopUpPayment
from bff.domain.request import ServiceRequest
from bff.domain.system import System
from bff.domain.user import PortalUser
from bff.errors import NotFound

_NAMES: dict[type, tuple[str, Callable[[Any], tuple[System | None, tuple[str, ...]]]]] = {
    Customer: ("Customer", lambda row: (None, (row.tax_code,))),
    Contract: ("Contract", lambda row: (System.MOBILE, (row.key,))),
    MobileLine: ("MobileLine", lambda row: (System.MOBILE, (row.key,))),
    FixedLine: ("FixedLine", lambda row: (System.FIXED, (row.key,))),
    Invoice: ("Invoice", lambda row: (row.system, row.key.parts)),
    Offer: ("Offer", lambda row: (System.MOBILE, (row.campaign.key, row.key))),
    Order: ("Order", lambda row: (row.system, (row.key,))),
    InvoicePayment: ("InvoicePayment", lambda row: (row.system, (row.key,))),
    TopUpPayment: ("TopUpPayment", lambda row: (row.system, (row.key,))),
    PortalUser: ("PortalUser", lambda row: (System.DIRECTORY, (row.user_key, row.membership_key))),
    Document: ("Document", lambda row: (row.system, (row.kind.value, *row.key))),
    ServiceRequest: ("ServiceRequest", lambda row: (row.system, (row.key,))),
}


def encode(context: Context, rows: Sequence[object]) -> list[str]:
    """Give the global id of each record, valid for the active customer only."""
    return [_encode(context, row) for row in rows]


def _encode(context: Context, row: object) -> str:
    name, parts = _NAMES[type(row)]
    system, key = parts(row)
    return context.ids.encode(name, system, key, context.customer)


def decode(context: Context, text: str) -> GlobalId | None:
    """Read a client's id; None for one that is not the active customer's, whatever the reason."""
    try:
        return context.ids.decode(text, context.customer)
    except NotFound:
        return None


def key_of(context: Context, text: str, record: type) -> str | None:
    """Read the natural key of a client's id of one type; None for any other, and where the profile may not read it."""
    key = parts_of(context, text, record)
    return None if key is None else key[0]


def parts_of(context: Context, text: str, record: type) -> tuple[str, ...] | None:
    """Read the natural key of a client's id as `key_of` does, of what is known by several parts together."""
    named = decode(context, text)
    if named is None or named.type != _NAMES[record][0] or context.types.reach(record) is None:
        return None
    return named.key


def line_keys(context: Context, text: str) -> frozenset[tuple[System, str | None]]:
    """Read a client's id of a line of either network as what rows may name: its system and natural key."""
    return frozenset(
        {(System.MOBILE, key_of(context, text, MobileLine)), (System.FIXED, key_of(context, text, FixedLine))}
    )
