"""The choice of the company that a person acts for, where no header chooses: kept for the client that it was made in.

No system is asked and nothing else is changed, so it takes no deed: the key and the choice are noted in one step.
"""

from typing import Protocol

from bff.acts import Refused
from bff.context import Context
from bff.domain.change import ChangeStatus
from bff.domain.customer import Switched
from bff.errors import IdempotencyMismatch
from bff.observability import REQUEST, logger
from bff.resolvers import acting, viewer
from bff.state.persons import Choice

_log = logger(__name__)


class Wanted(acting.Keyed, Protocol):
    """Which membership."""

    @property
    def membership_id(self) -> str:
        """The directory's key of a membership."""


async def switch(context: Context, wanted: Wanted) -> Switched:
    """Act under another membership from the next request on.

    Raises:
        IdempotencyMismatch: the key was used for another choice.
        StateUnavailable: it can't be remembered.
    """
    principal = context.principal
    chosen = next((each for each in principal.user.memberships if each.key == wanted.membership_id), None)
    try:
        acting.check_key(context, wanted.idempotency_key)
        if chosen is None:
            acting.unknown(context, "membershipId")
    except Refused as refused:
        return Switched(status=ChangeStatus.REJECTED, user_errors=refused.errors)
    claims = principal.claims
    found = await context.persons.choose(claims.subject, claims.client_id, chosen.key, wanted.idempotency_key)
    if found is Choice.OTHER:
        raise IdempotencyMismatch
    request = REQUEST.get(None)
    _log.info(
        "change",
        audit=True,
        mutation="membershipSwitch",
        person=principal.person_key,
        membership=chosen.key,
        address=None if request is None else request.address,
        outcome=found.value,
    )
    return Switched(status=ChangeStatus.DONE, viewer=viewer.acting_for(context, chosen))
