"""The telco's staff: who reads as a company's person would, in whose name, and never as that person.

A token for the staff's audience with the role `support` lets them in, and the header
`X-Act-For: <company tax code>; profile=<profile>` says for which company and as which profile. Staff have no line, no
orders and no requests of their own. That they change nothing is the schema's: theirs has no mutations. Source:
spec/reliability-security.md, 'Sessions and tokens'.
"""

import re
from typing import Final

from bff.auth.principal import Principal
from bff.auth.tokens import Claims
from bff.domain.profile import Profile
from bff.domain.user import Membership, User, UserState
from bff.errors import AccountDisabled, BadRequest
from bff.observability import logger

ROLE: Final = "support"

_ACT_FOR = re.compile(r"(?P<company>[A-Z0-9]{11,16})\s*;\s*profile=(?P<profile>[A-Z_]+)")
_HOW = (
    "X-Act-For must be a company's tax code and a profile, as in `12345678903; profile=ADMIN_FULL`, "
    f"or empty to act for nobody; the profiles are {', '.join(profile.value for profile in Profile)}."
)

_log = logger(__name__)


def identify_staff(claims: Claims, act_for: str) -> Principal:
    """Give who of the staff asks, acting for the company that the header names; nobody when it is empty.

    Raises:
        AccountDisabled: the token has not the role.
        BadRequest: the header can't be read.
    """
    if ROLE not in claims.roles:
        _log.warning("staff_refused", audit=True, staff=claims.subject, reason="role")
        raise AccountDisabled("staff without the role")
    return Principal(_user(claims), _membership(claims, act_for) if act_for else None, claims, staff=True)


def _membership(claims: Claims, act_for: str) -> Membership:
    read = _ACT_FOR.fullmatch(act_for)
    if read is None or read["profile"] not in Profile.__members__:
        _log.warning("staff_refused", audit=True, staff=claims.subject, reason="header")
        raise BadRequest(_HOW)
    return Membership(
        key="staff",
        company_tax_code=read["company"],
        profile=Profile[read["profile"]],
        state=UserState.REGISTERED,
        active=True,
        line_key=None,
    )


def _user(claims: Claims) -> User:
    """Stand in for the person of the directory that staff are not; the key is nobody's there."""
    return User(
        key=f"staff:{claims.subject}",
        subject=claims.subject,
        active=True,
        username="",
        first_name="",
        last_name="",
        email="",
        tax_code=None,
        mobile_number=None,
        memberships=(),
    )
