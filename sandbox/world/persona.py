"""The people of the directory, and the personas among them to try the customer area as."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.world import person as people
from sandbox.world.company import BIG, CEASED, FIXED_ONLY, MOBILE_ONLY, NEIGHBOUR, SMALL, Maker
from sandbox.world.model import Company, Membership, MobileLine, Persona, User


@dataclass(frozen=True, slots=True)
class _Role:
    """A persona before it is made: somebody of `companies`; the owner of the first when legal representative.

    `line` is which active mobile line of the company is their own, None for none.
    """

    name: str
    title: str
    profile: str
    companies: tuple[str, ...] = (SMALL,)
    line: int | None = None
    state: str = "REGISTERED"


_ROLES = (
    _Role("legal", "Legal representative of a company with 42 mobile and 8 fixed lines", "LEGAL_REPRESENTATIVE"),
    _Role("admin", "Full administrator of the same company", "ADMIN_FULL"),
    _Role("light", "Light administrator there, with a mobile line of their own", "ADMIN_LIGHT", line=0),
    _Role("user", "End user there, with a mobile line of their own", "END_USER", line=1),
    _Role("purchaser", "End user there who may also buy, with a mobile line", "END_USER_PURCHASER", line=3),
    _Role("ceased", "Fixed customer who left five months ago", "CEASED_CUSTOMER", (CEASED,)),
    _Role(
        "big", "Legal representative of a company with 5,000 mobile and 800 fixed lines", "LEGAL_REPRESENTATIVE", (BIG,)
    ),
    _Role("mobile", "Legal representative of a company with mobile lines only", "LEGAL_REPRESENTATIVE", (MOBILE_ONLY,)),
    _Role(
        "fixed", "Legal representative of a sole trader with fixed lines only", "LEGAL_REPRESENTATIVE", (FIXED_ONLY,)
    ),
    _Role("double", "Administrator of two companies, who must choose one", "ADMIN_FULL", (MOBILE_ONLY, FIXED_ONLY)),
    _Role("disabled", "Administrator whose only membership is disabled", "ADMIN_FULL", state="DISABLED"),
)
_COLLEAGUES = (
    (SMALL, ("TO_REGISTER", "TO_REGISTER", "INVITED", "REGISTERED", "DISABLED", "REGISTERED")),
    (BIG, ("TO_REGISTER", "REGISTERED", "REGISTERED", "INVITED") * 30),
    (NEIGHBOUR, ("REGISTERED",)),
)


def make_people(makers: Mapping[str, Maker]) -> tuple[tuple[User, ...], tuple[Persona, ...]]:
    """Make all users, those of the personas first, and the personas; `makers` are the companies by their keys."""
    users: list[User] = []
    personas: list[Persona] = []
    for role in _ROLES:
        user = _user(makers, role, number=len(users) + 1)
        users.append(user)
        only = user.memberships[0].id if len(user.memberships) == 1 else None
        personas.append(Persona(role.name, f"{role.title} ({_full_name(user)})", user.subject, only))
    personas.append(
        Persona("staff", "Support staff of the telco; acts for any company", "staff-support-1", None, staff=True)
    )
    for key, states in _COLLEAGUES:
        for index, state in enumerate(states):
            role = _Role("", "", "END_USER", (key,), line=4 + index % 24, state=state)
            users.append(_user(makers, role, number=len(users) + 1))
    return tuple(users), tuple(personas)


def prepaid_persona(companies: Sequence[Company], users: Sequence[User]) -> Persona:
    """Give the first user who can sign in and has a prepaid line of their own: no persona has one by design."""
    lines = {
        line.product_id: company.name for company in companies for line in company.mobile_lines if _can_top_up(line)
    }
    user, membership = next(
        (user, each)
        for user in users
        for each in user.memberships
        if each.line_id in lines and user.active and each.active and each.registration_state == "REGISTERED"
    )
    title = f"Somebody with a prepaid line of their own, of {lines[membership.line_id or '']} ({_full_name(user)})"
    return Persona("prepaid", title, user.subject, membership.id)


def _can_top_up(line: MobileLine) -> bool:
    return line.prepaid and line.state == "active" and line.sim is not None and not line.sim.blocked


def _full_name(user: User) -> str:
    return f"{user.person.first_name} {user.person.last_name}"


def _user(makers: Mapping[str, Maker], role: _Role, *, number: int) -> User:
    maker = makers[role.companies[0]]
    line = None if role.line is None else _active_lines(maker)[role.line % len(_active_lines(maker))]
    represents = role.profile in {"LEGAL_REPRESENTATIVE", "CEASED_CUSTOMER"}
    who = maker.owner if represents else maker.person(number=line.msisdn if line else None)
    rng = maker.random(f"user{number}")
    return User(
        id=f"USR-{number:06d}",
        subject=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        username=f"{people.slug(who.first_name)}.{people.slug(who.last_name)}.{number}",
        person=who,
        active=True,
        memberships=tuple(
            Membership(
                id=f"MEM-{number:06d}-{place}",
                company_tax_code=makers[key].tax_code,
                profile=role.profile,
                registration_state=role.state,
                active=role.state != "DISABLED",
                line_id=line.product_id if line else None,
                origin="CREATED" if not represents else "IMPORTED_MOBILE" if maker.plan.mobile else "IMPORTED_FIXED",
            )
            for place, key in enumerate(role.companies, start=1)
        ),
    )


def _active_lines(maker: Maker) -> list[MobileLine]:
    return [line for line in maker.mobile.lines if line.state == "active"]
