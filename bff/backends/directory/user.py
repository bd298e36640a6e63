"""People: as who signs in, with all their memberships, and as the users of one company."""

from bff.backends._batch import Reading, needed
from bff.backends._code import Codes
from bff.backends._text import phone_number, tax_code
from bff.backends.directory._wire import WireMembership, WireUser
from bff.domain.profile import Profile
from bff.domain.user import Membership, PortalUser, User, UserOrigin, UserState, state_shown

PROFILES: Codes[Profile | None] = Codes("directory profile", None, {each.value: each for each in Profile})
STATES = Codes("directory registration state", UserState.UNKNOWN, {each.value: each for each in UserState})
_ORIGINS = Codes("directory origin", UserOrigin.UNKNOWN, {each.value: each for each in UserOrigin})


def companies(row: WireUser) -> list[str]:
    """Give the tax codes of the companies that a person acts for; raises Unreadable when one can't be read."""
    return [each.company for each in row.extension.memberships]


def _user(row: WireUser, subject: str) -> User:
    own = row.extension
    return User(
        key=row.id,
        subject=subject,
        active=row.active,
        username=needed(row.user_name, "userName"),
        first_name=row.name.given_name,
        last_name=row.name.family_name,
        email=row.email or "",
        tax_code=_tax_code(row),
        mobile_number=phone_number(own.mobile_number or ""),
        memberships=tuple(map(_membership, own.memberships)),
    )


def _membership(wire: WireMembership) -> Membership:
    return Membership(
        key=needed(wire.id, "memberships.id"),
        company_tax_code=wire.company,
        profile=PROFILES.read(wire.profile),
        state=STATES.read(wire.registration_state),
        active=wire.active,
        line_key=wire.line_id,
    )


def _members(row: WireUser, company: str) -> tuple[PortalUser, ...]:
    """Make a row of each membership for this company; of those for others nothing is taken."""
    return tuple(member(row, each) for each in row.extension.memberships if each.company == company)


def member(row: WireUser, wire: WireMembership) -> PortalUser:
    """Give a person as the user of a company that one of their memberships makes them."""
    registration = STATES.read(wire.registration_state)
    elsewhere = any(each.id != wire.id for each in row.extension.memberships)
    is_another_s = elsewhere and registration.is_pending
    return PortalUser(
        user_key=row.id,
        membership_key=needed(wire.id, "memberships.id"),
        subject=row.external_id,
        login=row.user_name,
        letters_to=row.email,
        elsewhere=elsewhere,
        version=row.meta.version,
        first_name=row.name.given_name,
        last_name=row.name.family_name,
        tax_code=_tax_code(row),
        email=None if is_another_s else row.email,
        # SCIM demands a userName of everybody; until a person has registered it is none that they chose.
        username=None if is_another_s or registration is UserState.TO_REGISTER else row.user_name,
        profile=PROFILES.read(wire.profile),
        state=state_shown(registration, active=row.active and wire.active),
        origin=_ORIGINS.read(wire.origin),
        line_key=wire.line_id,
    )


def _tax_code(row: WireUser) -> str | None:
    told = row.extension.tax_code
    return None if told is None else tax_code(told)


BY_SUBJECT = Reading[WireUser, User](
    lambda row: row.id, lambda row: () if row.external_id is None else (row.external_id,), _user
)
BY_COMPANY = Reading[WireUser, tuple[PortalUser, ...]](lambda row: row.id, companies, _members)
