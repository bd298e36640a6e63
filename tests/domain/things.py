"""Things to act on: a record of each class that has acts, and what holds for an operation on it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bff.auth.profiles import MATRIX
from bff.domain.act import Facts, Mandate
from bff.domain.act.company import OnFixed
from bff.domain.act.invoice import Mergeable
from bff.domain.act.offer import Ordered
from bff.domain.closing import Closure
from bff.domain.contact import ContactKind
from bff.domain.contract import Contract, ContractState
from bff.domain.customer import Customer, Person, Standing, Viewer
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.line import FixedLine, FixedLineType, LineState, MobileLine, Sim
from bff.domain.money import Money, TaxedMoney
from bff.domain.offer import Campaign, Offer
from bff.domain.period import Period
from bff.domain.profile import Profile
from bff.domain.service import ContractServices, TimDuoPair
from bff.domain.system import System
from bff.domain.user import PortalUser, UserOrigin, UserState

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = date(2026, 11, 22)
OWN_LINE = "LINE-OWN"

PERSON = Person(
    first_name="Ada", last_name="Rossi", tax_code=None, mobile_number=None, email="ada@example.com", username="ada"
)
CUSTOMER = Customer("12345678903")


def facts(
    profile: Profile = Profile.LEGAL_REPRESENTATIVE,
    *,
    closed: Mapping[str | System, Closure] | None = None,
    stale: frozenset[datetime] = frozenset(),
    unanswered: Mapping[ContactKind, Closure] | None = None,
) -> Facts:
    """Give what holds for an operation; `closed` is by function or system."""
    shut = closed or {}
    return Facts(
        profile=profile,
        reach=lambda function: MATRIX[function].reach(profile),
        closed=lambda function, system: shut.get(function) or (None if system is None else shut.get(system)),
        unanswered=(unanswered or {}).get,
        person_key="USR-1",
        line_key=OWN_LINE,
        stale=stale,
        now=NOW,
        today=TODAY,
    )


def viewer(memberships: int = 2) -> Viewer:
    """Give a person who acts for the first of so many companies."""
    standings = tuple(
        Standing(id=f"MEM-{each}", company_tax_code="1", profile=Profile.ADMIN_FULL, active=each == 0)
        for each in range(memberships)
    )
    return Viewer(profile=Profile.ADMIN_FULL, person=PERSON, memberships=standings)


def mobile(state: LineState = LineState.ACTIVE, **changes: Any) -> MobileLine:
    """Give a prepaid mobile line with a SIM."""
    held: dict[str, Any] = {
        "key": OWN_LINE,
        "number": "+393351234567",
        "as_of": NOW,
        "contract_key": "AGR-1",
        "contract_number": "888",
        "tariff_plan": None,
        "prepaid": True,
        "sim": Sim("8939010000000000001", blocked=state is LineState.BLOCKED),
    }
    return MobileLine(**held | changes, state=state)


def fixed(state: LineState = LineState.ACTIVE) -> FixedLine:
    """Give a fixed line."""
    return FixedLine(
        key="F-1",
        number="+390612345678",
        state=state,
        as_of=NOW,
        type=FixedLineType.FTTH,
        location=None,
        account_code="000000000001",
    )


def contract(state: ContractState = ContractState.ACTIVE, *, account_key: str | None = "ACC-1") -> Contract:
    """Give a mobile contract."""
    return Contract(
        key="AGR-1",
        party_key="P-1",
        number="888",
        state=state,
        starts_on=None,
        account_key=account_key,
        recipient_code=None,
        as_of=NOW,
    )


def invoice(state: InvoiceState = InvoiceState.UNPAID, **changes: Any) -> Invoice:
    """Give an invoice of fixed lines for September and October."""
    held: dict[str, Any] = {
        "key": InvoiceKey("FIXED", "000000000001", "A/7", date(2026, 11, 5)),
        "system": System.FIXED,
        "number": "A/7",
        "kind": InvoiceKind.FIXED,
        "credit_note": False,
        "period": Period(date(2026, 9, 1), date(2026, 10, 31)),
        "issued_on": date(2026, 11, 5),
        "due_on": date(2026, 11, 30),
        "total": TaxedMoney(Money(Decimal("12.20"))),
        "remaining": Money(Decimal("12.20")),
        "account": "000000000001",
        "has_document": True,
        "as_of": NOW,
    }
    return Invoice(**held | changes, state=state)


def user(state: UserState = UserState.REGISTERED, **changes: Any) -> PortalUser:
    """Give a user of the company, an end user unless told otherwise."""
    held: dict[str, Any] = {
        "user_key": "USR-2",
        "membership_key": "MEM-2",
        "first_name": "Bo",
        "last_name": "Neri",
        "tax_code": None,
        "email": "bo@example.com",
        "letters_to": "bo@example.com",
        "username": "bo",
        "profile": Profile.END_USER,
        "origin": UserOrigin.CREATED,
        "line_key": None,
    }
    return PortalUser(**held | changes, state=state)


def services(*, tim_duo: bool) -> ContractServices:
    """Give what is active on a contract, TIMDUO among it or not."""
    pair = TimDuoPair(line_key=None, line_number="+393351234567", paired_number="+390612345678")
    return ContractServices(
        active=(),
        thresholds=(),
        tim_duo=(pair,) if tim_duo else (),
        company_reference=None,
        charity_sms=True,
        as_of=NOW,
    )


def offer(*, for_lines: bool = True, lines: tuple[str, ...] = (OWN_LINE,), **campaign: Any) -> Offer:
    """Give an offer for the person's own line in a campaign that is running."""
    held: dict[str, Any] = {"key": "C-1", "name": "Inverno", "released": True, "starts_at": None, "ends_at": None}
    return Offer(
        key="O-1",
        name="Giga",
        on_sale=True,
        description="",
        media=None,
        monthly_price=None,
        once_price=None,
        for_lines=for_lines,
        campaign=Campaign(**held | campaign),
        line_keys=frozenset(lines),
    )


POSSIBLE: Mapping[str, Any] = {
    "simUnblock": mobile(LineState.BLOCKED),
    "usersRegister": user(UserState.TO_REGISTER),
    "usersCredentialsSend": user(UserState.INVITED),
}
"""Things on which an act is possible, where it is not on the usual one of its class."""
CEASING: Mapping[type, Any] = {MobileLine: mobile(LineState.CEASING), FixedLine: fixed(LineState.CEASING)}
USUAL: Mapping[type, Any] = {
    Viewer: viewer(),
    Customer: CUSTOMER,
    PortalUser: user(),
    MobileLine: mobile(),
    FixedLine: fixed(),
    Contract: contract(),
    Invoice: invoice(),
    Offer: offer(),
}
BESIDE: Mapping[type, Any] = {
    Mandate: Mandate(None),
    ContractServices: services(tim_duo=True),
    Mergeable: Mergeable([invoice()]),
    OnFixed: OnFixed(live=True),
    Ordered: Ordered([None]),
}
"""What is beside a thing when that stands in the way of no act."""


def possible(name: str, concerns: type) -> Any:
    """Give a thing on which an act is possible."""
    return CEASING[concerns] if name == "linesCeaseRevoke" else POSSIBLE.get(name, USUAL[concerns])
