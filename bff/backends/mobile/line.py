"""Mobile lines: TMF637 products, with the SIMs that realize them from TMF639 resources.

A line is blocked when its SIM is locked. The product says nothing of it, so that a line without a readable SIM has no
known state; a SIM is readable with a good ICCID and a known administrative state. The contract's number is the name of
the product's reference to it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias, TypeVar

from bff.backends._batch import Reading, needed
from bff.backends._code import Codes, is_code
from bff.backends._shape import Text
from bff.backends._text import iccid, phone_number
from bff.backends.mobile._wire import Characteristic, Label, Ref, Wire, text
from bff.domain.line import LineState, MobileLine, Sim
from bff.errors import BackendError

V = TypeVar("V")

_LINE = "mobileLine"

_STATES = Codes(
    "TMF637 product status",
    LineState.UNKNOWN,
    {
        "created": LineState.ACTIVATING,
        "pendingActive": LineState.ACTIVATING,
        "active": LineState.ACTIVE,
        "suspended": LineState.SUSPENDED,
        "pendingTerminate": LineState.CEASING,
        "terminated": LineState.CEASED,
        "cancelled": LineState.CEASED,
        "aborted": LineState.CEASED,
    },
)
_BLOCKED = Codes[bool | None]("TMF639 administrative state", None, {"locked": True, "unlocked": False})
_PREPAID: Codes[bool | None] = Codes("payment type", unknown=None, known={"prepaid": True, "postpaid": False})


Sims: TypeAlias = Mapping[str, Sim | BackendError]
"""The SIMs of products by resource id, read before."""


class Product(Wire, frozen=True, gc=False):
    """TMF637 `/product`."""

    id: Text
    status: Text | None = None
    agreement: tuple[Ref, ...] = ()
    product_offering: Label | None = None
    product_specification: Label | None = None
    product_characteristic: tuple[Characteristic, ...] = ()
    realizing_resource: tuple[Ref, ...] = ()
    related_party: tuple[Ref, ...] = ()

    @property
    def contract_keys(self) -> list[str]:
        """The contracts that it belongs to; none when it is no line."""
        kind = self.product_specification.name if self.product_specification else None
        is_line = kind is None or is_code(kind, _LINE)
        return [each.id for each in self.agreement] if is_line else []

    def contract_number(self, contract_key: str) -> str:
        """The number of one of its contracts: the reference's name; the contract's id where it has none."""
        for each in self.agreement:
            if each.id == contract_key and each.name:
                return each.name
        return contract_key

    @property
    def sim_key(self) -> str | None:
        """The id of its SIM, None when it has none."""
        for each in self.realizing_resource:
            if is_code(each.referred_type, "PhysicalResource"):
                return each.id
        return None

    @property
    def number_key(self) -> str | None:
        """The id of its number, None when it has none."""
        for each in self.realizing_resource:
            if is_code(each.referred_type, "LogicalResource"):
                return each.id
        return None

    @property
    def customer_keys(self) -> list[str]:
        """The customers who hold it."""
        return [each.id for each in self.related_party if is_code(each.role, "customer")]


class Resource(Wire, frozen=True, gc=False):
    """TMF639 `/resource`."""

    id: Text
    administrative_state: Text | None = None
    resource_characteristic: tuple[Characteristic, ...] = ()


def sims() -> Reading[Resource, Sim]:
    """Read SIMs, by resource id."""

    def record(row: Resource, _key: str) -> Sim:
        number = needed(iccid(text(row.resource_characteristic, "iccid") or ""), "iccid")
        return Sim(number, needed(_BLOCKED.read(row.administrative_state), "administrativeState"))

    return Reading(lambda row: row.id, lambda row: (row.id,), record)


def by_contract(as_of: datetime, found: Sims) -> Reading[Product, MobileLine]:
    """Read products as lines, by contract."""

    def record(row: Product, contract_key: str) -> MobileLine:
        return _line(row, contract_key, as_of, found)

    return Reading(lambda row: row.id, lambda row: row.contract_keys, record)


def by_key(as_of: datetime, found: Sims) -> Reading[Product, MobileLine]:
    """Read products as lines, by their id."""

    def record(row: Product, _key: str) -> MobileLine:
        contract_key = needed(next(iter(row.contract_keys), None), "agreement")
        return _line(row, contract_key, as_of, found)

    return Reading(lambda row: row.id, lambda row: (row.id,), record)


def sim_keys(rows: Iterable[Product]) -> list[str]:
    """Give the ids of the SIMs of some products."""
    return [key for row in rows if (key := row.sim_key) is not None]


def _line(row: Product, contract_key: str, as_of: datetime, found: Sims) -> MobileLine:
    sim_key, told = row.sim_key, row.product_characteristic
    sim = None if sim_key is None else _readable(found.get(sim_key))
    return MobileLine(
        key=row.id,
        number=needed(phone_number(text(told, "msisdn") or ""), "msisdn"),
        state=_state(row, sim, has_sim=sim_key is not None),
        as_of=as_of,
        contract_key=contract_key,
        contract_number=row.contract_number(contract_key),
        tariff_plan=row.product_offering.name if row.product_offering else None,
        prepaid=_PREPAID.read(text(told, "paymentType")),
        sim=sim,
        number_key=row.number_key,
    )


def _readable(found: V | BackendError | None) -> V | None:
    """Give what was found, None when it is missing or can't be read; raises when trying again may read it."""
    if isinstance(found, BackendError):
        if found.retryable:
            raise found
        return None
    return found


def _state(row: Product, sim: Sim | None, *, has_sim: bool) -> LineState:
    state = _STATES.read(row.status)
    if state is not LineState.ACTIVE or not has_sim:
        return state
    if sim is None:
        return LineState.UNKNOWN
    return LineState.BLOCKED if sim.blocked else LineState.ACTIVE
