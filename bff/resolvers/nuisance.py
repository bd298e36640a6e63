"""Reports of nuisance calls on a line of either network: what is checked before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.line import FixedLineRequest
from bff.domain.deed.request import MobileTicket
from bff.domain.line import FixedLine, MobileLine
from bff.domain.phone import e164
from bff.domain.request import RequestKind
from bff.domain.system import System
from bff.domain.text import Text, cleaned, cleaned_lines
from bff.domain.wish import NuisanceCalls
from bff.resolvers import acting, judged, line_reference, network
from bff.resolvers._id import key_of
from bff.resolvers.given import NUMBER, Given

TIMES_MAX: Final = 20
"""Calls of one report: as many as the fixed system takes."""
NOTE_MAX: Final = 500
"""Characters of what there is to add."""

_AGO_MAX = timedelta(days=183)
_REPORT_MAX = 30
_MOBILE = acting.Doing("mobileNuisanceReport", System.MOBILE, ("request",))
_FIXED = acting.Doing("fixedNuisanceReport", System.FIXED, ("request",))

_TIMES = Text(f"Le chiamate sono da 1 a {TIMES_MAX}.", f"From 1 to {TIMES_MAX} calls.")
_TIME = Text("La chiamata deve essere degli ultimi sei mesi.", "A call must have come within the last six months.")
_NOTE = Text(f"Al massimo {NOTE_MAX} caratteri.", f"At most {NOTE_MAX} characters.")
_REPORT = Text(f"Al massimo {_REPORT_MAX} caratteri.", f"At most {_REPORT_MAX} characters.")


class Wanted(acting.OfLine, Protocol):
    """The calls on a line."""

    caller: str | None
    times: list[datetime]


class WantedOfMobile(Wanted, Protocol):
    """And what there is to add."""

    note: str | None


class WantedOfFixed(Wanted, Protocol):
    """And the number of a report to the police."""

    @property
    def police_report(self) -> str | None:
        """Its number; None without one."""


async def mobile(context: Context, wanted: WantedOfMobile) -> Changed:
    """Report calls on a mobile line. Raises BffError when it was surely not done."""
    line_key = key_of(context, wanted.line_id, MobileLine)

    async def prepare() -> Judged:
        given = Given(context)
        calls = _calls(context, given, wanted)
        note = _short(given, cleaned_lines(wanted.note or ""), NOTE_MAX, _NOTE, "note")
        given.refuse()
        [read] = await line_reference.mobile_by_key(context, [line_key], context.types)
        line = acting.found(context, read, "lineId")
        await acting.judge(context, _MOBILE.mutation, line, "lineId")
        deed = MobileTicket(
            kind=RequestKind.NUISANCE_CALLS,
            customer_key=await network.customer_key(context),
            person_key=context.principal.person_key,
            line_key=line.key,
        )
        return Judged(deed, calls._replace(note=note))

    told = {**_given(line_key, wanted), "note": wanted.note}
    return await acting.change(context, _MOBILE, wanted.idempotency_key, told, prepare, subject_key=line_key)


async def fixed(context: Context, wanted: WantedOfFixed) -> Changed:
    """Report calls on a fixed line. Raises as `mobile`."""
    line_key = key_of(context, wanted.line_id, FixedLine)

    async def prepare() -> Judged:
        given = Given(context)
        calls = _calls(context, given, wanted)
        number = _short(given, cleaned(wanted.police_report or ""), _REPORT_MAX, _REPORT, "policeReport")
        given.refuse()
        line = await judged.fixed_line(context, _FIXED.mutation, line_key)
        deed = FixedLineRequest(line_key=line.key, person_key=context.principal.person_key)
        return Judged(deed, calls._replace(police_report=number))

    told = {**_given(line_key, wanted), "policeReport": wanted.police_report}
    return await acting.change(context, _FIXED, wanted.idempotency_key, told, prepare, subject_key=line_key)


def _given(line_key: str | None, wanted: Wanted) -> dict[str, Any]:
    return {"line": line_key, "caller": wanted.caller, "times": [each.isoformat() for each in wanted.times]}


def _calls(context: Context, given: Given, wanted: Wanted) -> NuisanceCalls:
    caller = None if wanted.caller is None else given.read(e164, wanted.caller, NUMBER, "caller")
    return NuisanceCalls(caller, _times(context, given, wanted.times))


def _times(context: Context, given: Given, times: Sequence[datetime]) -> tuple[datetime, ...]:
    """Read when the calls came, each once, in their order; of what is wrong the first place is told."""
    once = sorted(set(times))
    if not 0 < len(once) <= TIMES_MAX:
        given.add(_TIMES, "times")
        return ()
    for place, each in sorted((times.index(each), each) for each in once):
        if not context.now - _AGO_MAX <= each <= context.now:
            given.add(_TIME, "times", str(place))
    return tuple(once)


def _short(given: Given, text: str, longest: int, why: Text, field: str) -> str | None:
    if len(text) > longest:
        given.add(why, field)
    return text or None
