"""What all mutations share between their field and `acts`: who asks, what stands in the way, what is told."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, NoReturn

from bff.acts import Refused, Wish
from bff.context import Context
from bff.domain.change import Changed, ChangeStatus, UserError
from bff.domain.deed import Judged, Told
from bff.domain.error_code import ErrorCode
from bff.domain.system import System
from bff.domain.text import Text
from bff.resolvers import action

KEY_MAX: Final = 128
"""Characters of an idempotency key."""

_KEY = Text("La chiave deve avere da 1 a 128 caratteri.", "The key must have 1 to 128 characters.")
_NOT_FOUND = Text("L'elemento non esiste o non è tuo.", "There is no such thing, or it isn't yours.")
_REFUSALS = {
    ErrorCode.NOT_ELIGIBLE: Text(
        "Il sistema che esegue l'operazione l'ha rifiutata.", "The system that does this has refused it."
    ),
}


class Doing(NamedTuple):
    """What a mutation does, whatever is asked for.

    Attributes:
        mutation: its name.
        system: that it is made in.
        touched: tags of what must be read past the cache, before and after.
    """

    mutation: str
    system: System
    touched: tuple[str, ...]


async def change(
    context: Context,
    doing: Doing,
    key: str,
    given: Mapping[str, Any],
    prepare: Callable[[], Awaitable[Judged]],
    *,
    subject_key: str | None = None,
) -> Changed:
    """Do what a mutation asks for, and give what became of it and what the customer can put right.

    Args:
        context: of the operation.
        doing: what it does.
        key: the client's idempotency key.
        given: the rest of the input as JSON would have it; natural keys in the place of ids, which may change.
        prepare: judges the input and gives the deed; `refuse` and `judge` raise for it.
        subject_key: of the thing that is to be changed, for the payload.

    Raises:
        BffError: it was not done, and may be tried again; see `Acts.perform`.
    """
    context.loaders.anew(doing.touched)
    try:
        told, errors = await _performed(context, doing.mutation, key, given, prepare)
    finally:
        context.loaders.anew(doing.touched)
    return Changed(
        status=told.status,
        user_errors=errors,
        system=doing.system,
        request_key=told.request_key,
        order_key=told.order_key,
        made_key=told.made_key,
        subject_key=subject_key,
    )


async def _performed(
    context: Context, mutation: str, key: str, given: Mapping[str, Any], prepare: Callable[[], Awaitable[Judged]]
) -> tuple[Told, tuple[UserError, ...]]:
    try:
        if not 0 < len(key) <= KEY_MAX:
            refuse(context, ErrorCode.INVALID, _KEY, "idempotencyKey")
        wish = Wish(mutation, key, context.principal.person_key, context.customer, given)
        told = await context.acts.perform(wish, prepare)
    except Refused as refused:
        return Told(ChangeStatus.REJECTED), refused.errors
    if told.status is not ChangeStatus.REJECTED:
        return told, ()
    why = told.why or ErrorCode.NOT_ELIGIBLE
    return told, (UserError(why, _REFUSALS[why].told(context.language)),)


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
