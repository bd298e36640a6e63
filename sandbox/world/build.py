"""The world: companies, the people of the directory, and the personas to try the customer area as.

Everything follows from the seed and the moment. Another moment moves the dates and leaves names, numbers and codes.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sandbox.clock import ROME
from sandbox.world import bill, holding
from sandbox.world import order as ordering
from sandbox.world import person as people
from sandbox.world.identifier import Numbers, vat_number
from sandbox.world.model import Bill, Company, Membership, MobileLine, Order, Person, Persona, User, World
from sandbox.world.place import address, town

SMALL, BIG, MOBILE_ONLY, FIXED_ONLY, CEASED, NEIGHBOUR = "small", "big", "mobile-only", "fixed-only", "ceased", "other"

_CEASED_DAYS = 155  # five months ago: 7 more of access
_OLD_CODE_DAYS = 900


@dataclass(frozen=True, slots=True)
class _Plan:
    """A company before it is made.

    `mobile` says how many lines each contract has; `fixed` the same for each account of each customer code. Sole
    traders have their owner's tax code. `ceased_days` says of each customer code how long ago it was left.
    """

    key: str
    name: str
    owner: str
    town: str
    mobile: tuple[int, ...] = ()
    fixed: tuple[tuple[int, ...], ...] = ()
    ceased_days: tuple[int | None, ...] = (None,)
    months: int = 30
    orders: tuple[int, int] = (0, 0)  # mobile, fixed
    sole_trader: bool = False


_PLANS = (
    _Plan(SMALL, "Ferramenta Brambilla S.r.l.", "Brambilla", "Milano", (30, 12), ((6, 2),), months=66, orders=(42, 21)),
    _Plan(
        BIG,
        "Gruppo Alimentare Padano S.p.A.",
        "Bonfanti",
        "Parma",
        mobile=(400, 208, *(200,) * 21, 192),
        fixed=((60,) * 8, (50,) * 6, (15, 5)),
        ceased_days=(None, None, _OLD_CODE_DAYS),
        months=36,
        orders=(90, 60),
    ),
    _Plan(
        MOBILE_ONLY, "Studio Tecnico Marchetti S.t.p.", "Marchetti", "Bologna", mobile=(9,), months=14, orders=(14, 0)
    ),
    _Plan(
        FIXED_ONLY,
        "Panificio De Santis",
        "De Santis",
        "Lecce",
        fixed=((2, 1),),
        months=20,
        orders=(0, 14),
        sole_trader=True,
    ),
    _Plan(
        CEASED, "Libreria Colombo S.a.s.", "Colombo", "Genova", fixed=((2,),), ceased_days=(_CEASED_DAYS,), months=24
    ),
    _Plan(NEIGHBOUR, "Autotrasporti Esposito S.r.l.", "Esposito", "Napoli", (6,), ((3,),), months=14, orders=(7, 7)),
)


@lru_cache(maxsize=4)
def build_world(now: datetime, seed: int = 1) -> World:
    """Build the world for a moment (aware). The same arguments give the same world, made once."""
    now = now.astimezone(ROME).replace(microsecond=0)
    makers = {plan.key: _Maker(plan, serial, seed, now) for serial, plan in enumerate(_PLANS, start=1)}
    users, personas = _people(makers)
    companies = tuple(maker.company(users) for maker in makers.values())
    return World(
        now=now,
        companies=companies,
        users=users,
        personas=personas,
        by_tax_code={company.tax_code: company for company in companies},
    )


class _Maker:
    """Makes one company, each part from a generator of its own, so that a change in one leaves the others alone."""

    def __init__(self, plan: _Plan, serial: int, seed: int, now: datetime) -> None:
        self.plan, self.serial, self._seed, self._now = plan, serial, seed, now
        self._today: date = now.date()
        self._town = town(plan.town)
        self._people_made = 0
        self.numbers = Numbers(self.random("numbers"))
        self.domain = f"{people.slug(plan.name.rpartition(' S.')[0] or plan.name)}.example"
        self.owner = self.person(last=plan.owner)
        vat = vat_number(self.random("vat"))
        self.vat_number = vat
        self.tax_code = self.owner.tax_code if plan.sole_trader else vat
        self.mobile = self._mobile()
        self.fixed = self._fixed()

    def random(self, part: str) -> random.Random:
        """Give the generator of a part of the company."""
        return random.Random(f"{self._seed}/{self.plan.key}/{part}")

    def person(self, *, last: str | None = None, number: str | None = None) -> Person:
        """Make up somebody of the company, with a mobile number of their own unless one is given."""
        self._people_made += 1
        rng = self.random(f"person{self._people_made}")
        return people.person(
            rng,
            number=self.serial * 1000 + self._people_made,
            called=people.name(rng, last=last),
            domain=self.domain,
            mobile_number=number or self.numbers.mobile(),
        )

    def _mobile(self) -> holding.Mobile:
        return holding.mobile(
            self.random("mobile"),
            self.numbers,
            serial=self.serial,
            town=self._town,
            lines=self.plan.mobile,
            today=self._today,
        )

    def _fixed(self) -> holding.Fixed:
        left = tuple(None if days is None else self._today - timedelta(days=days) for days in self.plan.ceased_days)
        return holding.fixed(
            self.random("fixed"),
            self.numbers,
            serial=self.serial,
            town=self._town,
            domain=self.domain,
            holder=self.plan.name,
            lines=self.plan.fixed,
            today=self._today,
            ceased_on=left if self.plan.fixed else (),
        )

    def company(self, users: tuple[User, ...]) -> Company:
        """Put the company together."""
        has_mobile = bool(self.plan.mobile)
        return Company(
            tax_code=self.tax_code,
            vat_number=self.vat_number,
            name=self.plan.name,
            office=address(self.random("office"), self._town),
            representative=self.owner,
            mobile_party_id=f"ORG-{self.serial:06d}" if has_mobile else None,
            mobile_customer_id=f"CUST-{self.serial:06d}" if has_mobile else None,
            agreements=self.mobile.agreements,
            mobile_accounts=self.mobile.accounts,
            mobile_lines=self.mobile.lines,
            fixed_customers=self.fixed.customers,
            fixed_accounts=self.fixed.accounts,
            fixed_lines=self.fixed.lines,
            bills=tuple(self._bills()),
            orders=tuple(self._orders(users)),
        )

    def _bills(self) -> list[Bill]:
        mobile = holding.mobile_bills(
            self.random("mobile bills"), self.mobile, serial=self.serial, today=self._today, months=self.plan.months
        )
        fixed = holding.fixed_bills(
            self.random("fixed bills"), self.fixed, serial=self.serial, today=self._today, months=self.plan.months
        )
        return mobile + fixed + self._singles(mobile)

    def _singles(self, mobile: list[Bill]) -> list[Bill]:
        """Bill some months of the first two accounts together, for companies that have both networks."""
        if not mobile or not self.fixed.accounts:
            return []
        account = self.fixed.accounts[0].code
        lines = tuple(line.id for line in self.fixed.lines if line.account_code == account)
        return [seen for base in (mobile[1], mobile[8]) for seen in bill.single(base, account, lines)]

    def _orders(self, users: tuple[User, ...]) -> list[Order]:
        members = [
            (user, membership)
            for user in users
            for membership in user.memberships
            if membership.company_tax_code == self.tax_code and membership.registration_state == "REGISTERED"
        ]
        requesters = tuple(user.id for user, membership in members if membership.profile != "CEASED_CUSTOMER")
        result: list[Order] = []
        for network, lines, customers, count in (
            ("mobile", [line.product_id for line in self.mobile.lines], [f"CUST-{self.serial:06d}"], 0),
            ("fixed", [line.id for line in self.fixed.lines], [each.code for each in self.fixed.customers], 1),
        ):
            if self.plan.orders[count]:
                plan = ordering.Ordering(network, customers[0], tuple(lines), requesters)
                made = ordering.orders(
                    self.random(f"{network} orders"), plan, count=self.plan.orders[count], now=self._now
                )
                result += made
                if network == "mobile":
                    result += self._own_line_orders(plan, members)
        return result

    def _own_line_orders(self, plan: ordering.Ordering, members: list[tuple[User, Membership]]) -> list[Order]:
        """Give everybody with a line of their own two orders on it: one placed by them, one by the telco's staff."""
        rng = self.random("own orders")
        owned = [(user, membership.line_id) for user, membership in members if membership.line_id]
        return [
            ordering.order(
                rng,
                plan,
                serial=9000 + index * 2 + number,
                kind=kind,
                state=state,
                placed_at=(self._now - timedelta(days=days + index)).replace(microsecond=0),
                now=self._now,
                requested_by=user.id if number else None,
                line_ids=(line_id,),
            )
            for index, (user, line_id) in enumerate(owned)
            for number, (kind, state, days) in enumerate(
                (("SIM_CHANGE", "IN_PROGRESS", 3), ("OPTION", "COMPLETED", 40))
            )
        ]


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


def _people(makers: dict[str, _Maker]) -> tuple[tuple[User, ...], tuple[Persona, ...]]:
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


def _full_name(user: User) -> str:
    return f"{user.person.first_name} {user.person.last_name}"


def _user(makers: dict[str, _Maker], role: _Role, *, number: int) -> User:
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


def _active_lines(maker: _Maker) -> list[MobileLine]:
    return [line for line in maker.mobile.lines if line.state == "active"]
