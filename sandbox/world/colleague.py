"""More users of the small company, for all that user management must show: accents, origins, who was switched off.

They came after everything else was drawn, so each is drawn from a generator of their own, and they place no orders.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.world import person as people
from sandbox.world.company import NEIGHBOUR, SMALL, Maker
from sandbox.world.identifier import Numbers
from sandbox.world.model import Membership, User
from sandbox.world.person import Name


@dataclass(frozen=True, slots=True)
class _Colleague:
    """A user before they are made. `line` is which mobile line of the company is their own, None for none.

    `signs_in` is False for one whom the directory has switched off for all companies; `companies` are those acted for.
    """

    name: Name
    profile: str
    state: str
    origin: str
    line: int | None = None
    signs_in: bool = True
    companies: tuple[str, ...] = (SMALL,)


_COLLEAGUES = (
    _Colleague(Name("Niccolò", "Cantù", woman=False), "ADMIN_FULL", "TO_REGISTER", "IMPORTED_MOBILE"),
    _Colleague(Name("Desirée", "Brambilla", woman=True), "ADMIN_LIGHT", "INVITED", "IMPORTED_FIXED", line=12),
    _Colleague(Name("Noè", "De Santis", woman=False), "END_USER_PURCHASER", "REGISTERED", "CREATED", line=13),
    _Colleague(
        Name("Zoe", "D'Angelo", woman=True), "ADMIN_FULL", "REGISTERED", "CREATED", companies=(SMALL, NEIGHBOUR)
    ),
    _Colleague(Name("Ugo", "Sarà", woman=False), "ADMIN_FULL", "REGISTERED", "IMPORTED_FIXED", signs_in=False),
)


def make_colleagues(makers: Mapping[str, Maker], seed: int, *, first_number: int) -> tuple[User, ...]:
    """Make these users; `makers` are the companies by their keys, `first_number` is what their ids begin at."""
    return tuple(_user(makers, each, seed, first_number + place) for place, each in enumerate(_COLLEAGUES))


def _user(makers: Mapping[str, Maker], colleague: _Colleague, seed: int, number: int) -> User:
    maker = makers[SMALL]
    rng = random.Random(f"{seed}:users:{number}")
    line = None if colleague.line is None else maker.mobile.lines[colleague.line]
    who = people.person(
        rng,
        number=maker.serial * 1000 + 500 + number,
        called=colleague.name,
        domain=maker.domain,
        mobile_number=line.msisdn if line else Numbers(rng).mobile(),
    )
    return User(
        id=f"USR-{number:06d}",
        subject=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        username=f"{people.slug(who.first_name)}.{people.slug(who.last_name)}.{number}",
        person=who,
        active=colleague.signs_in,
        memberships=tuple(
            Membership(
                id=f"MEM-{number:06d}-{place}",
                company_tax_code=makers[key].tax_code,
                profile=colleague.profile,
                registration_state=colleague.state,
                active=True,
                line_id=line.product_id if line else None,
                origin=colleague.origin,
            )
            for place, key in enumerate(colleague.companies, start=1)
        ),
    )
