"""What an operation would do for each profile, told without calling anything.

In print by `python -m bff explain`, and by the field `explain` of the staff's schema.

The document is held against the default limits and validated as the endpoint does it; the plan is the one that would
run. Which loaders and operations of the systems may be used comes from the code itself (`_reach`). Whether variables
fit the operation is not looked at: they may be left out.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import groupby
from textwrap import wrap
from typing import Any, NamedTuple

from bff.auth.profiles import MATRIX
from bff.domain.explanation import CacheScope, DeniedSelection, Explanation, PlannedCall
from bff.domain.profile import SYSTEMS, Profile, Reach
from bff.domain.system import System
from bff.errors import BadRequest, BffError
from bff.execution import Batch, Denial, Unsupported
from bff.execution.limits import Limits, check_cost
from bff.execution.plan import Line
from bff.explain import _reach
from bff.explain._reach import Operation
from bff.http.answer import Refused
from bff.http.documents import Asked, Documents, beyond
from bff.http.documents import Operation as Meant
from bff.loaders import KEYS_MAX
from bff.schema import RULES, SCHEMA, another_engine
from bff.schema.rules import functions

__all__ = ["Operation", "Reading", "explain", "explained", "explanation", "reading"]

_COLUMNS = 100
_LEFT_MAX = 50
_LIMITS = Limits()
_ENGINE = another_engine()
_THREAD = ThreadPoolExecutor(1, "explain")
"""The one that explains where a loop must go on: plans are kept by one at a time."""
_MADE_ANEW = {"Action", "ExternalLink", "Viewer"}
"""Types that are made for the person at each request."""


class Reading(NamedTuple):
    """What an operation does for a profile.

    Attributes:
        lines: of the plan, each with what is to be said of it.
        denied: the selections that are, those that are null in silence too; of several types behind an interface, one.
        loaders: that may be used, in the order of their declaration.
        scope: who may share what it gives.
        anew: whether something of it is made anew each time.
    """

    lines: tuple[tuple[str, str], ...]
    denied: tuple[DeniedSelection, ...]
    loaders: tuple[str, ...]
    scope: CacheScope
    anew: bool

    @property
    def operations(self) -> frozenset[Operation]:
        """All operations that may be called, those that tell who asks among them."""
        return frozenset(_reach.of_principal()).union(*map(_reach.operations, self.loaders))


def reading(asked: Asked, profile: Profile) -> Reading:
    """Tell what an operation does for a profile.

    Raises:
        Refused: the endpoint would not run it.
        Unsupported: it has no plan; graphql-core executes it.
    """
    return _reading(_meant(asked), asked, profile)


async def explained(
    document: str, operation_name: str | None, variables: Mapping[str, Any] | None, profile: Profile
) -> Explanation:
    """Explain a document, in a thread: to follow the code takes as long as many requests.

    Raises:
        BadRequest: the endpoint would not run it, or it has no plan.
    """
    asked = Asked(document, operation_name, None if variables is None else dict(variables))
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREAD, explanation, asked, profile)
    except Refused as refused:
        raise BadRequest(" ".join(error["message"] for error in refused.answer.errors)) from None
    except Unsupported as reason:
        raise BadRequest(f"It has no plan: {reason}.") from None


def explanation(asked: Asked, profile: Profile) -> Explanation:
    """Tell what an operation costs, calls and is denied for a profile, and how long its answer keeps.

    An answer keeps as long as the shortest lifetime of what is read for it, and not at all where something of it is
    made anew for the person, or nothing is read that has a lifetime.

    Raises:
        Refused: the endpoint would not run it.
        Unsupported: it has no plan; graphql-core executes it.
    """
    meant = _meant(asked)
    told = _reading(meant, asked, profile)
    lifetimes = [kind.lifetime_s for name in told.loaders for kind in _reach.kinds(name)]
    behind = dict.fromkeys(operation for name in told.loaders for operation in _reach.operations(name))
    return Explanation(
        cost=_points(meant, asked),
        denied=told.denied,
        calls=(
            *(PlannedCall(each.system, each.name, 1) for each in _reach.of_principal()),
            *(PlannedCall(each.system, each.name, KEYS_MAX) for each in behind if each not in _reach.of_principal()),
        ),
        max_age=0 if told.anew else int(min(lifetimes, default=0)),
        scope=told.scope,
    )


def explain(asked: Asked, profiles: Sequence[Profile], *, table: bool = False) -> str:
    """Tell in print what an operation costs, and what it does for each profile.

    Profiles with the same plan share it; a table tells but the numbers of each.

    Raises:
        Refused: the endpoint would not run it.
    """
    meant = _meant(asked)
    try:
        readings = {profile: _reading(meant, asked, profile) for profile in profiles}
    except Unsupported as reason:
        told = f"graphql-core executes it, without a plan: {reason}."
    else:
        told = "\n".join(_table(readings)) if table else "\n\n".join(_plans(readings))
    return f"{_cost(meant, asked)}\n\n{told}\n"


# --- what is told -----------------------------------------------------------------------------------------------------


def _meant(asked: Asked) -> Meant:
    """Find the operation that is meant, within all limits."""
    meant = Documents(SCHEMA, limits=_LIMITS, introspection=True).operation(asked)
    if violations := check_cost(_points(meant, asked), meant.node, _LIMITS):
        raise beyond(violations)
    return meant


def _points(meant: Meant, asked: Asked) -> int:
    return meant.price.of(asked.variables or {})


def _reading(meant: Meant, asked: Asked, profile: Profile) -> Reading:
    plan = _ENGINE.plan(meant.document, meant.name, asked.variables, (profile, frozenset()))
    lines, used, own, anew = list[tuple[str, str]](), set[str](), False, False
    path, denied = list[str](), dict[tuple[str, ...], DeniedSelection]()
    for line in plan.lines():
        loaders = _loaders(line, profile)
        used.update(loaders)
        path[line.depth :] = ["" if line.field is None else line.field.key]
        if (field := line.field) is not None:
            own |= isinstance(field.source, Batch) and Reach.OWN in field.grant.rows.values()
            anew |= str(field.definition.type).strip("[]!") in _MADE_ANEW
            if isinstance(field.source, Denial):  # told once, of whichever types it is
                selection = tuple(filter(None, path))
                denied[selection] = DeniedSelection(selection, _denier(field, profile)[0])
        lines.append((f"{'  ' * line.depth}{line.text}", _note(line, profile, loaders)))
    return Reading(
        lines=tuple(lines),
        denied=tuple(denied.values()),
        loaders=tuple(name for name in _reach.all_loaders() if name in used),
        scope=CacheScope.PERSON if own or anew else CacheScope.CUSTOMER,
        anew=anew,
    )


def _loaders(line: Line, profile: Profile) -> list[str]:
    """Name the loaders that the field of a line may use, of the systems that the profile asks."""
    field = line.field
    if field is None or not isinstance(field.source, Batch):
        return []
    definition = field.definition.extensions.get("strawberry-definition")
    # What is open without a membership reads as the profiles of all memberships, whichever one is active.
    asked = frozenset(System) if getattr(definition, "open", False) else SYSTEMS[profile]
    return [
        name
        for name in _used(definition, frozenset(field.grant.rows))
        if asked.issuperset(operation.system for operation in _reach.operations(name))
    ]


@cache
def _used(definition: Any, records: frozenset[type]) -> list[str]:
    return _reach.loaders(definition.run, records)


def _note(line: Line, profile: Profile, loaders: Sequence[str]) -> str:
    field = line.field
    if field is None or not isinstance(field.source, Batch | Denial):
        return ""
    if isinstance(field.source, Batch):
        return f"batch: {', '.join(loaders)}" if loaders else "batch"
    told = f"denied by {' and '.join(_denier(field, profile))}"
    return told if isinstance(field.source.error, BffError) else f"{told}, without an error"


def _denier(field: Any, profile: Profile) -> list[str]:
    """Name the function of the matrix that denies a field; where it is null in silence, all of what it gives."""
    error = field.source.error if isinstance(field.source, Denial) else None
    if isinstance(error, BffError):
        return [str(error.function)]
    behind = {function: None for made in RULES.rows(field.definition) for function in functions(made)}
    return [function for function in behind if MATRIX[function].reach(profile) is None]


# --- in print ---------------------------------------------------------------------------------------------------------


def _cost(meant: Meant, asked: Asked) -> str:
    name = f" {meant.name}" if meant.name else ""
    return f"{meant.type}{name}: {_points(meant, asked):,} of {_LIMITS.cost:,} points"


def _table(readings: Mapping[Profile, Reading]) -> Iterator[str]:
    width = max(len(profile.value) for profile in readings)
    yield f"  {'profile':<{width}}  denied  loaders  operations"
    for profile, told in readings.items():
        counts = f"{len(told.denied):>6}  {len(told.loaders):>7}  {len(told.operations):>10}"
        yield f"  {profile.value:<{width}}  {counts}"


def _plans(readings: Mapping[Profile, Reading]) -> Iterator[str]:
    alike: dict[Reading, list[str]] = {}
    for profile, told in readings.items():
        alike.setdefault(told, []).append(profile.value)
    for told, profiles in alike.items():
        behind = [(name, _called(_reach.operations(name))) for name in told.loaders]
        who_asks = ("who asks", _called(_reach.of_principal()))
        lines = [", ".join(profiles), *_beside(told.lines), "may read", *_beside([who_asks, *behind])]
        yield "\n".join(lines)


def _called(operations: Sequence[Operation]) -> str:
    """Name operations, with what closes them: `MOBILE/lines: GET /product, GET /resource`."""
    groups = groupby(operations, key=lambda each: f"{each.system.value}/{each.group}")
    return "; ".join(f"{group}: {', '.join(each.name for each in called)}" for group, called in groups)


def _beside(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Write two columns, indented; what is too long for the first takes the width of both, and its other goes below."""
    width = max((len(left) for left, right in rows if right and len(left) <= _LEFT_MAX), default=0)
    for left, right in rows:
        beside = wrap(right, _COLUMNS - width - 4, **_WHOLE)
        if beside and len(left) <= width:
            yield f"  {left:<{width}}  {beside.pop(0)}"
        else:
            indent = " " * (len(left) - len(left.lstrip()))
            yield from wrap(f"  {left}", _COLUMNS, subsequent_indent=f"  {indent}", **_WHOLE)
        yield from (f"  {'':<{width}}  {each}" for each in beside)


_WHOLE: Mapping[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
