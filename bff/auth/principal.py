"""Who is asking, for which company, with which profile.

The token tells only the person (`sub`); company and profile come from the directory's membership, never from the
token, so that a change there counts within the half minute that it is cached. What a profile may do is `profiles`'.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from bff.auth.tokens import Claims
from bff.domain.profile import Profile
from bff.domain.user import Membership, User
from bff.errors import AccountDisabled, BadRequest
from bff.state.persons import Noted


class Principal(msgspec.Struct, frozen=True, gc=False):
    """The person of a request, acting under `membership`; None while they have yet to choose among several.

    `user` has the memberships that can be used now, as what counts at once has them.
    `staff` are the telco's own, who are in no directory: their user and membership stand in.
    """

    user: User
    membership: Membership | None
    claims: Claims
    staff: bool = False

    @property
    def person_key(self) -> str:
        """The directory's id of the person."""
        return self.user.key

    @property
    def customer(self) -> str | None:
        """Tax code of the company that the person acts for."""
        return self.membership.company_tax_code if self.membership else None

    @property
    def profile(self) -> Profile | None:
        """None allows what is public and the choice of a membership, nothing else."""
        return self.membership.profile if self.membership else None

    @property
    def line_key(self) -> str | None:
        """The person's own mobile line; None without one."""
        return self.membership.line_key if self.membership else None


def anonymous(network: str, now: datetime) -> Principal:
    """Give who is not signed in, by where they come from: for what anybody may use."""
    user = User(
        key=f"anonymous {network}",
        subject="",
        active=True,
        username="",
        first_name="",
        last_name="",
        email="",
        tax_code=None,
        mobile_number=None,
        memberships=(),
    )
    claims = Claims(
        subject="",
        client_id="",
        token_id="",
        scope=frozenset(),
        roles=frozenset(),
        auth_time=None,
        issued_at=now,
        expires_at=now,
    )
    return Principal(user, None, claims)


async def identify(
    claims: Claims,
    wanted_membership: str | None,
    users: Callable[[str], Awaitable[User | None]],
    noted: Callable[[str], Awaitable[Noted]],
    now: datetime,
) -> Principal:
    """Find the person of a token, and the membership they act under.

    Args:
        claims: of a token that was found good.
        wanted_membership: the directory's key of a membership (`X-Membership`); None takes the one that was chosen in
            this client, else the only usable one.
        users: reads a person of the directory by subject; None when there is no such person.
        noted: reads what counts for the person at once.
        now: the moment of the request.

    Raises:
        AccountDisabled: no such person, not active, or no membership that can be used.
        BadRequest: the wanted membership is not one that the person can use.
        BackendError: from `users`.
    """
    user, at_once = await asyncio.gather(users(claims.subject), noted(claims.subject))
    if user is None or user.subject != claims.subject or not user.active:
        raise AccountDisabled("person unknown or not active")
    usable = {
        each.key: _as_noted(each, at_once, now)
        for each in user.memberships
        if each.usable and not at_once.has_ended(each.key, claims.issued_at, now)
    }
    if not usable:
        raise AccountDisabled("no usable membership")
    chosen = at_once.chosen.get(claims.client_id)
    if wanted_membership is None and chosen in usable:
        wanted_membership = chosen
    user = msgspec.structs.replace(user, memberships=tuple(usable.values()))
    return Principal(user, _choose(usable, wanted_membership), claims)


def _as_noted(membership: Membership, noted: Noted, now: datetime) -> Membership:
    given = noted.profile(membership.key, now)
    return membership if given is None else msgspec.structs.replace(membership, profile=Profile(given))


def _choose(usable: dict[str, Membership], wanted: str | None) -> Membership | None:
    if wanted is None:
        return next(iter(usable.values())) if len(usable) == 1 else None
    if wanted not in usable:
        raise BadRequest("X-Membership is not the id of a membership that you can use.")
    return usable[wanted]
