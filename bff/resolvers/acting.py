"""What all mutations share between their field and `acts`: who asks, what stands in the way, what is told."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Final, NoReturn, Protocol

from bff.acts import Refused, Wish
from bff.context import Context
from bff.domain.change import ChangeStatus, UserError
from bff.domain.deed import Deed, Told
from bff.domain.error_code import ErrorCode
from bff.domain.profile import Grant
from bff.domain.request import ServiceRequest
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import action, request

KEY_MAX: Final = 128
"""Characters of an idempotency key."""

_KEY = Text("La chiave deve avere da 1 a 128 caratteri.", "The key must have 1 to 128 characters.")
_NOT_FOUND = Text("L'elemento non esiste o non è tuo.", "There is no such thing, or it isn't yours.")
_REFUSALS = {
    ErrorCode.NOT_ELIGIBLE: Text(
        "Il sistema che esegue l'operazione l'ha rifiutata.", "The system that does this has refused it."
    ),
}


async def perform(
    context: Context, mutation: str, key: str, given: Any, prepare: Callable[[], Awaitable[Deed]]
) -> tuple[ChangeStatus, tuple[UserError, ...], Told]:
    """Do what a mutation asks for, and give its status, what the customer can put right, and what became of it.

    Args:
        context: of the operation.
        mutation: its name.
        key: the client's idempotency key.
        given: the rest of the input as JSON would have it; natural keys in the place of ids, which may change.
        prepare: judges the input and gives the deed; `refuse` and `judge` raise for it.

    Raises:
        BffError: it was not done, and may be tried again; see `Acts.perform`.
    """
    try:
        if not 0 < len(key) <= KEY_MAX:
            refuse(context, ErrorCode.INVALID, _KEY, "idempotencyKey")
        wish = Wish(mutation, key, context.principal.person_key, context.customer, given)
        told = await context.acts.perform(wish, prepare)
    except Refused as refused:
        return ChangeStatus.REJECTED, refused.errors, Told(ChangeStatus.REJECTED)
    if told.status is not ChangeStatus.REJECTED:
        return told.status, (), told
    why = told.why or ErrorCode.NOT_ELIGIBLE
    return told.status, (UserError(why, _REFUSALS[why].told(context.language)),), told


class Followable(Protocol):
    """A change that may have made a request of a system."""

    system: ClassVar[System]

    @property
    def request_key(self) -> str | None:
        """Its key; None when there is none."""


async def followed(
    context: Context, changes: Sequence[Followable], grant: Grant
) -> list[ServiceRequest | BffError | None]:
    """Give the requests to follow, as they are now; None for no request, and for one that no list shows yet."""
    asked = [(each.system, each.request_key) for each in changes if each.request_key is not None]
    found = iter(await request.by_key(context, asked, grant))
    return [None if each.request_key is None else next(found) for each in changes]


def refuse(context: Context, code: ErrorCode, why: Text, *field: str) -> NoReturn:
    """Refuse an input; `field` is the path inside it. Raises Refused."""
    raise Refused([UserError(code, why.told(context.language), field or None)])


def unknown(context: Context, *field: str) -> NoReturn:
    """Refuse an id that names nothing within reach. Raises Refused."""
    refuse(context, ErrorCode.NOT_FOUND, _NOT_FOUND, *field)


async def judge(context: Context, mutation: str, thing: Any, *field: str) -> None:
    """Refuse what can't be done with a thing, for the reason that its button shows.

    Raises:
        Refused: the customer can see why.
        BffError: they can't put it right: the system is closed or fails.
    """
    if (why := await action.refusal(context, mutation, thing, field)) is not None:
        raise Refused([why])
