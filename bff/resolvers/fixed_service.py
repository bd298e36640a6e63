"""Services of fixed lines, turned on and off: TiAvviso, which sends an SMS to a number, and the IVR."""

from typing import Any, Protocol

from bff.context import Context
from bff.domain import given
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.service import FixedServiceSet
from bff.domain.line import FixedLine
from bff.domain.service import FixedService
from bff.domain.system import System
from bff.domain.text import Text
from bff.resolvers import acting, judged
from bff.resolvers._id import key_of
from bff.resolvers.given import Given

_TOUCHED = ("line", "service", "request")
_TI_AVVISO = acting.Doing("tiAvvisoSet", System.FIXED, _TOUCHED)
_IVR = acting.Doing("ivrSet", System.FIXED, _TOUCHED)

_NUMBER_DUE = Text("Serve il numero di cellulare che riceverà gli SMS.", "The mobile number for the SMS is needed.")
_NUMBER = Text("Il numero di cellulare non è corretto.", "This is no Italian mobile number.")


class Wanted(acting.OfLine, Protocol):
    """Of which line, on or off."""

    enabled: bool


class TiAvvisoWanted(Wanted, Protocol):
    """And where its messages go; needed for on."""

    notify_number: str | None


async def ti_avviso(context: Context, wanted: TiAvvisoWanted) -> Changed:
    """Turn TiAvviso on or off. Raises BffError when it was surely not done."""
    return await _set(context, _TI_AVVISO, FixedService.TI_AVVISO, wanted, wanted.notify_number)


async def ivr(context: Context, wanted: Wanted) -> Changed:
    """Turn the IVR on or off. Raises BffError when it was surely not done."""
    return await _set(context, _IVR, FixedService.IVR, wanted, None)


async def _set(
    context: Context, doing: acting.Doing, service: FixedService, wanted: Wanted, typed: str | None
) -> Changed:
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> Judged:
        is_due = wanted.enabled and service is FixedService.TI_AVVISO
        number = _number(context, typed, is_due=is_due)
        line = await judged.fixed_line(context, doing.mutation, line_key)
        deed = FixedServiceSet(
            service=service, line_key=line.key, person_key=context.principal.person_key, active=wanted.enabled
        )
        return Judged(deed, number if is_due else None)

    asked: dict[str, Any] = {"line": line_key, "enabled": wanted.enabled, "number": typed}
    return await acting.change(context, doing, wanted.idempotency_key, asked, prepare, subject_key=line_key)


def _number(context: Context, typed: str | None, *, is_due: bool) -> str | None:
    """Read the number for the messages; None without one. Raises Refused."""
    read = Given(context)
    if typed is None:
        if is_due:
            read.add(_NUMBER_DUE, "notifyNumber")
        read.refuse()
        return None
    number = read.read(given.mobile_number, typed, _NUMBER, "notifyNumber")
    read.refuse()
    return number
