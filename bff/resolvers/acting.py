"""What all mutations share between their field and `acts`: who asks, what stands in the way, what is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn, Protocol, TypeVar

from bff.acts import Refused, Wish
from bff.context import Context
from bff.domain.change import Changed, ChangedAll, ChangedItem, ChangeStatus, UserError
from bff.domain.deed import Judged, Told
from bff.domain.error_code import ErrorCode
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import action

T = TypeVar("T")

KEY_MAX: Final = 128
"""Characters of an idempotency key."""

_KEY = Text("La chiave deve avere da 1 a 128 caratteri.", "The key must have 1 to 128 characters.")
_NOT_FOUND = Text("L'elemento non esiste o non è tuo.", "There is no such thing, or it isn't yours.")
_NONE = Text("Indica almeno un elemento.", "Name one thing at least.")
_TOO_MANY = Text("Al massimo {most} elementi per volta.", "At most {most} things at a time.")
_FAILED = Text(
    "Il sistema che esegue l'operazione non è disponibile: riprova più tardi.",
    "The system that does this isn't available: try again later.",
)
_REFUSALS = {
    ErrorCode.NOT_ELIGIBLE: Text(
        "Il sistema che esegue l'operazione l'ha rifiutata.", "The system that does this has refused it."
    ),
    ErrorCode.CONFLICT: Text("Nel frattempo qualcun altro è arrivato prima.", "Meanwhile somebody else was first."),
    ErrorCode.TAKEN: Text("Esiste già.", "There is one already."),
}


class Keyed(Protocol):
    """What every input that asks for a change has."""

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


class OfContract(Keyed, Protocol):
    """An input that is about a mobile contract."""

    @property
    def contract_id(self) -> str:
        """Global id."""


class OfLine(Keyed, Protocol):
    """An input that is about a line."""

    @property
    def line_id(self) -> str:
        """Global id."""


class Doing(NamedTuple):
    """What a mutation does, whatever is asked for.

    Attributes:
        mutation: its name.
        system: that it is made in; None for none.
        touched: tags of what must be read past the cache, before and after.
    """

    mutation: str
    system: System | None
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
        check_key(context, key)
        wish = Wish(mutation, key, context.principal.person_key, context.customer, given)
        told = await context.acts.perform(wish, prepare)
    except Refused as refused:
        return Told(ChangeStatus.REJECTED), refused.errors
    if told.status is not ChangeStatus.REJECTED:
        return told, ()
    return told, (_refusal(context, told),)


def check_key(context: Context, key: str) -> None:
    """Refuse what is no idempotency key. Raises Refused."""
    if not 0 < len(key) <= KEY_MAX:
        refuse(context, ErrorCode.INVALID, _KEY, "idempotencyKey")


def _refusal(context: Context, told: Told, field: tuple[str, ...] | None = None) -> UserError:
    """Say why a system has refused."""
    why = told.why or ErrorCode.NOT_ELIGIBLE
    return UserError(why, _REFUSALS.get(why, _FAILED).told(context.language), field)


# --- many things ------------------------------------------------------------------------------------------------------


class Item(NamedTuple):
    """A thing of a list in the input.

    Attributes:
        id: global id, as it came.
        field: path of the input that names it.
        system: that it is of; None when the id names nothing within reach.
        key: natural key; None likewise.
    """

    id: str
    field: tuple[str, ...]
    system: System | None = None
    key: str | None = None


class DoingAll(NamedTuple):
    """What a mutation does to many things.

    Attributes:
        mutation: its name.
        field: of the input that lists them.
        most: how many things one request may name.
        leg: how many of a system are sent in one call.
        touched: tags of what must be read past the cache, before and after.
    """

    mutation: str
    field: str
    most: int
    leg: int
    touched: tuple[str, ...]


async def change_all(
    context: Context,
    doing: DoingAll,
    key: str,
    given: Mapping[str, Any],
    items: Sequence[Item],
    prepare: Callable[[Sequence[Item]], Awaitable[Judged]],
    *,
    wrong: Sequence[UserError] = (),
) -> ChangedAll:
    """Do what a mutation asks for to many things, and give what became of each, in the order of the input.

    A thing that can't be changed, and a system that fails, hold up no other. All that is sent in one call is one deed.

    Args:
        context: of the operation.
        doing: what it does.
        key: the client's idempotency key.
        given: the rest of the input, as for `change`; the things are added to it.
        items: the things, each once: see `items_of`.
        prepare: judges the things of one call, of one system, and gives the deed: see `judge_each`.
        wrong: what is wrong with the rest of the input; then nothing is tried.

    Raises:
        BffError: nothing was done, and it may be tried again; see `Acts.perform_all`.
    """
    errors = [*_wrong_list(context, doing, items), *wrong]
    try:
        check_key(context, key)
    except Refused as refused:
        errors += refused.errors
    named = [[each.system and each.system.value, each.key or each.id] for each in items]
    wish = Wish(doing.mutation, key, context.principal.person_key, context.customer, {**given, doing.field: named})
    if errors:
        context.acts.refused(wish, [each.code.value for each in errors])
        return ChangedAll(user_errors=tuple(errors))
    if any(each.key is None for each in items):  # of no leg, and so of no deed
        context.acts.refused(wish, [ErrorCode.NOT_FOUND.value])
    legs = _legs([each for each in items if each.key is not None], doing.leg)
    context.loaders.anew(doing.touched)
    try:
        told = await context.acts.perform_all(wish, list(legs), lambda leg: prepare(legs[leg]))
    finally:
        context.loaders.anew(doing.touched)
    of_item = {item.id: told[leg] for leg, part in legs.items() for item in part}
    return ChangedAll(results=tuple(_changed(context, each, of_item.get(each.id)) for each in items))


def items_of(doing: DoingAll, ids: Sequence[str], named: Callable[[str], tuple[System, str] | None]) -> list[Item]:
    """Give the things of a list, each once, where it comes first; `named` reads what an id names within reach."""
    places = {each: place for place, each in reversed(list(enumerate(ids)))}
    return [Item(each, (doing.field, str(places[each])), *(named(each) or ())) for each in dict.fromkeys(ids)]


async def judge_each(
    context: Context, mutation: str, items: Sequence[Item], things: Sequence[Any]
) -> tuple[list[Any], dict[str, Told]]:
    """Give the things that it may be done to, and why not to the others, by their keys.

    Args:
        context: of the operation.
        mutation: its name.
        items: the things as they were named.
        things: as they were read; an error for one that could not be, None for one that is not within reach.

    Raises:
        Refused: it may be done to none.
    """
    left, refused = [], {}
    for item, thing in zip(items, things, strict=True):
        try:
            left.append(await _judged(context, mutation, item, thing))
        except Refused as why:
            refused[str(item.key)] = Told(ChangeStatus.REJECTED, errors=why.errors)
        except BffError as error:
            refused[str(item.key)] = failed(context, error, item)
    if not left:
        raise Refused((), refused)
    return left, refused


async def _judged(context: Context, mutation: str, item: Item, thing: Any) -> Any:
    if isinstance(thing, BffError):
        raise thing
    if thing is None:
        unknown(context, *item.field)
    await judge(context, mutation, thing, *item.field)
    return thing


def _wrong_list(context: Context, doing: DoingAll, items: Sequence[Item]) -> list[UserError]:
    if not items:
        return [UserError(ErrorCode.INVALID, _NONE.told(context.language), (doing.field,))]
    if len(items) > doing.most:
        message = _TOO_MANY.told(context.language).format(most=doing.most)
        return [UserError(ErrorCode.TOO_MANY_ITEMS, message, (doing.field,))]
    return []


def _legs(items: Sequence[Item], size: int) -> dict[str, list[Item]]:
    """Part things into what is sent in one call, under names that are the same whenever the input is."""
    legs: dict[str, list[Item]] = {}
    for system in System:
        of_system = [each for each in items if each.system is system]
        for start in range(0, len(of_system), size):
            legs[f"{system.value}/{start}"] = of_system[start : start + size]
    return legs


def _changed(context: Context, item: Item, found: Told | BffError | None) -> ChangedItem:
    """Give what became of a thing; None is told of one that is not there."""
    errors: tuple[UserError, ...]
    told = Told(ChangeStatus.REJECTED)
    if found is None:
        errors = (UserError(ErrorCode.NOT_FOUND, _NOT_FOUND.told(context.language), item.field),)
    elif isinstance(found, BffError):
        errors = (_failure(context, found, item),)
    else:
        told = found.items.get(str(item.key), found)
        errors = told.errors
    if told.status is ChangeStatus.REJECTED and not errors:
        errors = (_refusal(context, told, item.field),)
    return ChangedItem(
        status=told.status,
        user_errors=errors,
        system=item.system or System.MOBILE,
        request_key=told.request_key,
        order_key=told.order_key,
        made_key=told.made_key,
        subject_key=item.key,
        subject_id=None if item.key is None else item.id,
    )


def failed(context: Context, error: BffError, item: Item) -> Told:
    """Tell that a thing was not changed because a system fails."""
    return Told(ChangeStatus.REJECTED, errors=(_failure(context, error, item),))


def _failure(context: Context, error: BffError, item: Item) -> UserError:
    """Say that a system fails; the rest goes on, and the same may be sent again."""
    return UserError(ErrorCode(error.code), _FAILED.told(context.language), item.field)


# --- refusing ---------------------------------------------------------------------------------------------------------


def refuse(context: Context, code: ErrorCode, why: Text, *field: str) -> NoReturn:
    """Refuse an input; `field` is the path inside it. Raises Refused."""
    raise Refused([UserError(code, why.told(context.language), field or None)])


def unknown(context: Context, *field: str) -> NoReturn:
    """Refuse an id that names nothing within reach. Raises Refused."""
    raise Refused([none_such(context, *field)])


def none_such(context: Context, *field: str) -> UserError:
    """Say that an id names nothing within reach."""
    return UserError(ErrorCode.NOT_FOUND, _NOT_FOUND.told(context.language), field)


def found(context: Context, read: T | BffError | None, *field: str) -> T:
    """Give what was read by an id; `field` is the path of the id.

    Raises:
        Refused: it names nothing within reach.
        BffError: it could not be read.
    """
    if isinstance(read, BffError):
        raise read
    if read is None:
        unknown(context, *field)
    return read


class Wrong:
    """What is wrong with an input, told all at once."""

    def __init__(self, context: Context) -> None:
        self._language = context.language
        self._errors: list[UserError] = []

    def add(self, why: Text, *field: str, code: ErrorCode = ErrorCode.INVALID) -> None:
        """Take note of a wrong field by its path."""
        self._errors.append(UserError(code, why.told(self._language), field))

    def unknown(self, *field: str) -> None:
        """Take note of an id that names nothing within reach."""
        self.add(_NOT_FOUND, *field, code=ErrorCode.NOT_FOUND)

    def refuse(self) -> None:
        """Refuse the input where something is wrong. Raises Refused."""
        if self._errors:
            raise Refused(self._errors)


async def judge(context: Context, mutation: str, thing: Any, *field: str) -> None:
    """Refuse what can't be done with a thing, for the reason that its button shows.

    Raises:
        Refused: the customer can see why.
        BffError: they can't put it right: the system is closed or fails.
    """
    if (why := await action.refusal(context, mutation, thing, field)) is not None:
        raise Refused([why])
