"""The companies: what each holds, how large it is, and how it is put together from the other modules of the world."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sandbox.world import bill, holding
from sandbox.world import order as ordering
from sandbox.world import person as people
from sandbox.world import request as requesting
from sandbox.world.identifier import Numbers, vat_number
from sandbox.world.model import Bill, Company, Membership, Order, Person, ServiceRequest, User
from sandbox.world.place import address, town

SMALL, BIG, MOBILE_ONLY, FIXED_ONLY, CEASED, NEIGHBOUR = "small", "big", "mobile-only", "fixed-only", "ceased", "other"

_CEASED_DAYS = 155  # five months ago: 7 more of access
_OLD_CODE_DAYS = 900


@dataclass(frozen=True, slots=True)
class Plan:
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
    requests: tuple[int, int] = (0, 0)
    sole_trader: bool = False


PLANS = (
    Plan(
        SMALL,
        "Ferramenta Brambilla S.r.l.",
        "Brambilla",
        "Milano",
        (30, 12),
        ((6, 2),),
        months=66,
        orders=(42, 21),
        requests=(40, 33),
    ),
    Plan(
        BIG,
        "Gruppo Alimentare Padano S.p.A.",
        "Bonfanti",
        "Parma",
        mobile=(400, 208, *(200,) * 21, 192),
        fixed=((60,) * 8, (50,) * 6, (15, 5)),
        ceased_days=(None, None, _OLD_CODE_DAYS),
        months=36,
        orders=(90, 60),
        requests=(96, 77),
    ),
    Plan(
        MOBILE_ONLY,
        "Studio Tecnico Marchetti S.t.p.",
        "Marchetti",
        "Bologna",
        mobile=(9,),
        months=14,
        orders=(14, 0),
        requests=(8, 0),
    ),
    Plan(
        FIXED_ONLY,
        "Panificio De Santis",
        "De Santis",
        "Lecce",
        fixed=((2, 1),),
        months=20,
        orders=(0, 14),
        requests=(0, 11),
        sole_trader=True,
    ),
    Plan(CEASED, "Libreria Colombo S.a.s.", "Colombo", "Genova", fixed=((2,),), ceased_days=(_CEASED_DAYS,), months=24),
    Plan(
        NEIGHBOUR,
        "Autotrasporti Esposito S.r.l.",
        "Esposito",
        "Napoli",
        (6,),
        ((3,),),
        months=14,
        orders=(7, 7),
        requests=(8, 0),
    ),
)


class Maker:
    """Makes one company, each part from a generator of its own, so that a change in one leaves the others alone."""

    def __init__(self, plan: Plan, serial: int, seed: int, now: datetime) -> None:
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
            requests=tuple(self._requests(users)),
        )

    def _bills(self) -> list[Bill]:
        mobile = holding.mobile_bills(
            self.random("mobile bills"), self.mobile, serial=self.serial, today=self._today, months=self.plan.months
        )
        return mobile + self._fixed_bills() + self._singles(mobile)

    def _fixed_bills(self) -> list[Bill]:
        return holding.fixed_bills(
            self.random("fixed bills"), self.fixed, serial=self.serial, today=self._today, months=self.plan.months
        )

    def _singles(self, mobile: list[Bill]) -> list[Bill]:
        """Bill some months of the first two accounts together, for companies that have both networks."""
        if not mobile or not self.fixed.accounts:
            return []
        account = self.fixed.accounts[0].code
        lines = tuple(line.id for line in self.fixed.lines if line.account_code == account)
        return [seen for base in (mobile[1], mobile[8]) for seen in bill.single(base, account, lines)]

    def _members(self, users: tuple[User, ...]) -> list[tuple[User, Membership]]:
        return [
            (user, membership)
            for user in users
            for membership in user.memberships
            if membership.company_tax_code == self.tax_code and membership.registration_state == "REGISTERED"
        ]

    def _orders(self, users: tuple[User, ...]) -> list[Order]:
        members = self._members(users)
        return self._mobile_orders(members) + self._fixed_orders(members)

    def _mobile_orders(self, members: list[tuple[User, Membership]]) -> list[Order]:
        count = self.plan.orders[0]
        if not count:
            return []
        plan = ordering.Ordering(
            network="mobile",
            customer_code=f"CUST-{self.serial:06d}",
            line_ids=tuple(line.product_id for line in self.mobile.lines),
            requesters=tuple(user.id for user, _ in members),
        )
        made = ordering.orders(self.random("mobile orders"), plan, count=count, now=self._now)
        return made + self._own_line_orders(plan, members)

    def _fixed_orders(self, members: list[tuple[User, Membership]]) -> list[Order]:
        count = self.plan.orders[1]
        if not count:
            return []
        plan = ordering.Ordering(
            network="fixed",
            customer_code=self.fixed.customers[0].code,
            line_ids=tuple(line.id for line in self.fixed.lines),
            # End users never reach the fixed system.
            requesters=tuple(user.id for user, membership in members if not membership.profile.startswith("END_USER")),
        )
        return ordering.orders(self.random("fixed orders"), plan, count=count, now=self._now)

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

    def _requests(self, users: tuple[User, ...]) -> list[ServiceRequest]:
        members = self._members(users)
        return self._mobile_requests(members) + self._fixed_requests(members)

    def _mobile_requests(self, members: list[tuple[User, Membership]]) -> list[ServiceRequest]:
        count = self.plan.requests[0]
        if not count:
            return []
        plan = requesting.Asking(
            network="mobile",
            serial=self.serial,
            customer_code=f"CUST-{self.serial:06d}",
            line_ids=tuple(line.product_id for line in self.mobile.lines),
            requesters=tuple(user.id for user, _ in members),
        )
        made = requesting.requests(self.random("mobile requests"), plan, count=count, now=self._now)
        return made + self._own_line_requests(plan, members)

    def _fixed_requests(self, members: list[tuple[User, Membership]]) -> list[ServiceRequest]:
        count = self.plan.requests[1]
        if not (count and self.fixed.customers):
            return []
        plan = requesting.Asking(
            network="fixed",
            serial=self.serial,
            customer_code=self.fixed.customers[0].code,
            line_ids=tuple(line.id for line in self.fixed.lines),
            # End users never reach the fixed system.
            requesters=tuple(user.id for user, membership in members if not membership.profile.startswith("END_USER")),
            bills=tuple(self._fixed_bills()),
        )
        return requesting.requests(self.random("fixed requests"), plan, count=count, now=self._now)

    def _own_line_requests(
        self, plan: requesting.Asking, members: list[tuple[User, Membership]]
    ) -> list[ServiceRequest]:
        """Give everybody with a line of their own two requests on it: one by them, one by the company's first user."""
        rng = self.random("own requests")
        owned = [(user, membership.line_id) for user, membership in members if membership.line_id]
        return [
            requesting.request(
                rng,
                plan,
                number=8000 + index * 2 + number,
                kind=kind,
                state=state,
                made_at=self._now - timedelta(days=days + index),
                now=self._now,
                requested_by=user.id if number else plan.requesters[0],
                line_id=line_id,
            )
            for index, (user, line_id) in enumerate(owned)
            for number, (kind, state, days) in enumerate((("SIM_BLOCK", "IN_PROGRESS", 2), ("SERVICE", "DONE", 35)))
        ]
