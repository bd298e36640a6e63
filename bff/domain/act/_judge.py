"""How an act is judged: what may stand in its way, in which order that is told, and the button that comes of it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final

import msgspec

from bff.domain.action import Action, ActionReason, ActionState
from bff.domain.change import UserError
from bff.domain.closing import Closure
from bff.domain.contact import ContactKind
from bff.domain.customer import Customer
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import Invoice
from bff.domain.line import Line
from bff.domain.profile import Profile, Reach
from bff.domain.request import OPEN, RequestKind, ServiceRequest
from bff.domain.system import System
from bff.domain.text import Text


class Hindrance(msgspec.Struct, frozen=True):
    """Why an act can't be done; `hidden` where it isn't one of this thing at all, so that no button is shown."""

    reason: ActionReason
    text: Text
    available_from: datetime | None = None
    hidden: bool = False

    @property
    def code(self) -> ErrorCode:
        """What a mutation calls it."""
        return _CODES[self.reason]

    def user_error(self, language: str, field: tuple[str, ...] | None = None) -> UserError:
        """Give it as a mutation tells it."""
        return UserError(self.code, self.text.told(language), field)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all things of one operation.

    Attributes:
        profile: of who acts.
        reach: which rows the profile may act on by a function of the matrix; None is none.
        closed: tells whether a function is closed now, by itself or with the system that does it.
        unanswered: tells whether nobody answers now in a way to get help, and until when.
        person_key: the directory's key of who acts.
        line_key: their own mobile line; None without one.
        stale: when the records were read that stand in for those of a failing system.
        now: the moment of the operation.
        today: its day in Rome.
    """

    profile: Profile
    reach: Callable[[str], Reach | None]
    closed: Callable[[str, System | None], Closure | None]
    unanswered: Callable[[ContactKind], Closure | None]
    person_key: str
    line_key: str | None
    stale: frozenset[datetime]
    now: datetime
    today: date


def _always(_thing: Any, _facts: Facts) -> bool:
    return True


def _never(_thing: Any, _facts: Facts) -> Hindrance | None:
    return None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be done with things of one class; the mutation and its button both ask here.

    Attributes:
        name: of the mutation.
        function: of the profile matrix.
        concerns: the class of record.
        system: that does it; None: that of the thing, where it has one.
        is_own: whether a thing is one of the person's own; things of no single line are.
        check: what the thing itself puts in the way.
        beside: what must be read beside the thing; None for nothing.
        check_beside: what that puts in the way.
        becomes: the kind of request that it becomes, where a thing has but one of it at a time; None for any number.
    """

    name: str
    function: str
    concerns: type
    system: System | None = None
    is_own: Callable[[Any, Facts], bool] = _always
    check: Callable[[Any, Facts], Hindrance | None] = _never
    beside: type | None = None
    check_beside: Callable[[Any, Facts], Hindrance | None] = _never
    becomes: RequestKind | None = None

    def system_of(self, thing: Any) -> System | None:
        """Name the system that does it to a thing; None where none is asked."""
        return self.system or getattr(thing, "system", None)


def hindrance(act: Act, thing: Any, facts: Facts) -> Hindrance | None:
    """Tell why an act can't be done by what is known of the thing; None when nothing of that stands in its way.

    What lasts is told before what passes: that it is no act of this thing, that the profile may not, that the thing's
    state does not allow it, that its system is closed or fails.
    """
    of_thing = act.check(thing, facts)
    if of_thing is not None and of_thing.hidden:
        return of_thing
    if not _within(act, thing, facts):
        return NOT_FOR_PROFILE
    return of_thing or _unavailable(act, thing, facts)


def hindrance_beside(act: Act, found: Any, facts: Facts) -> Hindrance | None:
    """Tell why an act can't be done by what was read beside the thing, after `hindrance` found nothing."""
    return act.check_beside(found, facts)


def hindrance_under_way(act: Act, thing: Any, requests: Iterable[ServiceRequest]) -> Hindrance | None:
    """Tell whether the same was asked for and is still to be done; `requests` are the customer's."""
    same = (each for each in requests if each.kind is act.becomes and each.state in OPEN and _is_about(each, thing))
    return UNDER_WAY if any(same) else None


def _is_about(request: ServiceRequest, thing: Any) -> bool:
    """Tell whether a request is about a thing; one about no thing in particular is about the customer."""
    match thing:
        case Line():
            return (request.system, request.line_key) == (thing.system, thing.key)
        case Invoice():
            return thing.key in request.merges
        case _:
            return isinstance(thing, Customer)


def closed(until: datetime | None) -> Hindrance:
    """Make the hindrance of a system or function that is closed or fails; None when nobody knows until when."""
    return Hindrance(ActionReason.SYSTEM_UNAVAILABLE, _UNAVAILABLE, until)


def button(act: Act, found: Hindrance | None, language: str) -> Action:
    """Give the button of an act."""
    if found is None:
        return Action(act.name, ActionState.ENABLED)
    state = ActionState.HIDDEN if found.hidden else ActionState.DISABLED
    return Action(act.name, state, found.reason, found.text.told(language), found.available_from)


def state(it: str, en: str, *, hidden: bool = False) -> Hindrance:
    """Make a hindrance by the state of a thing."""
    return Hindrance(ActionReason.STATE, Text(it, en), hidden=hidden)


def in_progress(it: str, en: str) -> Hindrance:
    """Make a hindrance by a change that is under way."""
    return Hindrance(ActionReason.IN_PROGRESS, Text(it, en))


def _within(act: Act, thing: Any, facts: Facts) -> bool:
    reach = facts.reach(act.function)
    return reach is Reach.ALL or (reach is Reach.OWN and act.is_own(thing, facts))


def _unavailable(act: Act, thing: Any, facts: Facts) -> Hindrance | None:
    if (closure := facts.closed(act.function, act.system_of(thing))) is not None:
        return closed(closure.until)
    return closed(None) if getattr(thing, "as_of", None) in facts.stale else None


NOT_FOR_PROFILE: Final = Hindrance(
    ActionReason.PROFILE, Text("Il tuo profilo non consente questa operazione.", "Your profile does not allow this.")
)
UNDER_WAY: Final = in_progress("La stessa richiesta è già in corso.", "The same request is already under way.")
_UNAVAILABLE = Text(
    "Il servizio non è disponibile in questo momento.", "The system behind this is not available at the moment."
)
_CODES = {
    ActionReason.PROFILE: ErrorCode.FORBIDDEN,
    ActionReason.STATE: ErrorCode.WRONG_STATE,
    ActionReason.IN_PROGRESS: ErrorCode.IN_PROGRESS,
    ActionReason.NOT_SUBSCRIBED: ErrorCode.NOT_SUBSCRIBED,
    ActionReason.WINDOW_EXPIRED: ErrorCode.WINDOW_EXPIRED,
    ActionReason.SYSTEM_UNAVAILABLE: ErrorCode.UNAVAILABLE,
}
