"""Another SIM for a line, at hand or shipped: what is checked before. It becomes an order."""

from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.sim import SimChange
from bff.domain.given import iccid
from bff.domain.line import MobileLine
from bff.domain.system import System
from bff.domain.text import Text
from bff.domain.wish import NewSim
from bff.resolvers import acting, line_reference, network
from bff.resolvers._id import key_of
from bff.resolvers.given import AddressGiven, Given, as_given

_CHANGE = acting.Doing("simChange", System.MOBILE, ("line", "sim", "order", "shipment"))

_ICCID = Text(
    "L'ICCID ha 19 cifre, stampate sulla SIM: controllale.", "An ICCID has 19 digits, printed on the SIM: check them."
)
_SAME = Text("La linea ha già questa SIM.", "The line has this SIM already.")
_SHIP_TO = Text("Serve l'indirizzo a cui spedire la SIM.", "The address to ship the SIM to is needed.")
_EITHER = Text("Una SIM che hai già non si spedisce.", "A SIM that you have is not shipped.")


class Wanted(acting.OfLine, Protocol):
    """Which SIM a line is to have."""

    @property
    def new_iccid(self) -> str | None:
        """ICCID of a SIM at hand; None has one shipped."""

    @property
    def ship_to(self) -> AddressGiven | None:
        """Where to ship one."""


async def change(context: Context, wanted: Wanted) -> Changed:
    """Order another SIM. Raises BffError when it was surely not done."""
    line_key = key_of(context, wanted.line_id, MobileLine)

    async def prepare() -> Judged:
        sim = _sim(context, wanted)
        [read] = await line_reference.mobile_by_key(context, [line_key], context.types)
        line = acting.found(context, read, "lineId")
        await acting.judge(context, _CHANGE.mutation, line, "lineId")
        if line.sim is not None and line.sim.iccid == sim.iccid:
            given = Given(context)
            given.add(_SAME, "newIccid")
            given.refuse()
        deed = SimChange(
            line_key=line.key,
            customer_key=await network.customer_key(context),
            person_key=context.principal.person_key,
        )
        return Judged(deed, sim)

    ship_to = None if wanted.ship_to is None else as_given(wanted.ship_to)
    told = {"line": line_key, "iccid": wanted.new_iccid, "shipTo": ship_to}
    return await acting.change(context, _CHANGE, wanted.idempotency_key, told, prepare, subject_key=line_key)


def _sim(context: Context, wanted: Wanted) -> NewSim:
    """Read which SIM is wanted. Raises Refused."""
    given = Given(context)
    number = None if wanted.new_iccid is None else given.read(iccid, wanted.new_iccid, _ICCID, "newIccid")
    ship_to = None if wanted.ship_to is None else given.address(wanted.ship_to, "shipTo")
    if (number is None) is (ship_to is None):
        given.add(_SHIP_TO if number is None else _EITHER, "shipTo")
    given.refuse()
    return NewSim(number, ship_to)
