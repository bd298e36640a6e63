"""Companies for which nobody has come in, one of each kind that a registration must tell apart.

The networks know who they are, their contracts and customer codes, and of the fixed one all that hangs on these; of
their mobile lines nothing is told. Each is made by generators of its own, so that they leave all other data alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sandbox.world.company import Maker, Plan
from sandbox.world.model import Company

PARTLY, LEFT_LATELY = "partly under a framework agreement", "left eleven months ago"
LARGE, FRAMEWORK, PROSPECT = "no small company", "only under a framework agreement", "only a prospect"
LEFT_LONG_AGO, LEFT_MOBILE = "left thirteen months ago", "left the mobile network"

_FIRST_SERIAL: Final = 101
_MONTHS: Final = 14


def _framework(places: slice) -> Callable[[Company], Company]:
    def made(company: Company) -> Company:
        under = set(company.agreements[places])
        return replace(company, agreements=tuple(replace(each, framework=each in under) for each in company.agreements))

    return made


def _large(company: Company) -> Company:
    customers = tuple(replace(each, segment="TOP") for each in company.fixed_customers)
    return replace(company, mobile_segment="TOP", fixed_customers=customers)


def _prospect(company: Company) -> Company:
    return replace(company, agreements=(), mobile_accounts=(), mobile_lines=())


def _left_mobile(company: Company) -> Company:
    return replace(company, agreements=tuple(replace(each, state="terminated") for each in company.agreements))


def _as_made(company: Company) -> Company:
    return company


_KINDS: Final[Mapping[str, tuple[Plan, Callable[[Company], Company]]]] = {
    PARTLY: (Plan("partly", "Cooperativa Basile S.c.", "Basile", "Bari", (1, 1)), _framework(slice(1))),
    LEFT_LATELY: (
        Plan("left lately", "Tipografia Galli S.n.c.", "Galli", "Torino", (), ((1,),), (330,), _MONTHS),
        _as_made,
    ),
    LARGE: (Plan("large", "Acciaierie Ferretti S.p.A.", "Ferretti", "Torino", (1,), ((1,),), months=_MONTHS), _large),
    FRAMEWORK: (
        Plan("framework", "Consorzio Edile Riva S.c.a.r.l.", "Riva", "Milano", (1, 1)),
        _framework(slice(None)),
    ),
    PROSPECT: (Plan("prospect", "Vivaio Pellegrini S.a.s.", "Pellegrini", "Lecce", (1,)), _prospect),
    LEFT_LONG_AGO: (
        Plan("left", "Sartoria Fontana S.n.c.", "Fontana", "Genova", (), ((1,),), (400,), _MONTHS),
        _as_made,
    ),
    LEFT_MOBILE: (Plan("left mobile", "Officina Sala S.r.l.", "Sala", "Bologna", (1,)), _left_mobile),
}
KINDS: Final = tuple(_KINDS)
"""The kinds, in the order of the companies."""


def make_outsiders(seed: int, now: datetime) -> tuple[Company, ...]:
    """Make one company of each kind for a moment in Rome."""
    made = enumerate(_KINDS.values(), start=_FIRST_SERIAL)
    return tuple(finish(Maker(plan, serial, seed, now).company(())) for serial, (plan, finish) in made)
