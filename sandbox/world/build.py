"""The world: companies, the people of the directory, and the personas to try the customer area as.

Everything follows from the seed and the moment. Another moment moves the dates and leaves names, numbers and codes.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from sandbox.clock import ROME
from sandbox.world.colleague import make_colleagues
from sandbox.world.company import PLANS, Maker
from sandbox.world.model import World
from sandbox.world.outsider import make_outsiders
from sandbox.world.persona import make_people, prepaid_persona


@lru_cache(maxsize=4)
def build_world(now: datetime, seed: int = 1) -> World:
    """Build the world for a moment (aware). The same arguments give the same world, made once."""
    now = now.astimezone(ROME).replace(microsecond=0)
    makers = {plan.key: Maker(plan, serial, seed, now) for serial, plan in enumerate(PLANS, start=1)}
    users, personas = make_people(makers)
    companies = tuple(maker.company(users) for maker in makers.values())
    colleagues = make_colleagues(makers, seed, first_number=len(users) + 1)
    return World(
        now=now,
        companies=companies,
        users=users + colleagues,
        personas=(*personas, prepaid_persona(companies, (*colleagues, *users))),
        by_tax_code={company.tax_code: company for company in companies},
        outsiders=make_outsiders(seed, now),
    )
