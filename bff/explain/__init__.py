"""What an operation would do for each profile, told without calling anything: `python -m bff explain`.

The document is held against the default limits and validated as the endpoint does it; the plan is the one that would
run. Which loaders and operations of the systems may be used comes from the code itself (`_reach`). Whether variables
fit the operation is not looked at: they may be left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any, NamedTuple

from bff.auth.profiles import MATRIX
from bff.domain.profile import SYSTEMS, Profile
from bff.domain.system import System
from bff.errors import BffError
from bff.execution import Batch, Denial, Unsupported
from bff.execution.limits import Limits, check_cost
from bff.execution.plan import Line
from bff.explain import _reach
from bff.explain._reach import Operation
from bff.http.documents import Asked, Documents, beyond
from bff.http.documents import Operation as Meant
from bff.schema import ENGINE, RULES, SCHEMA
from bff.schema.rules import functions

__all__ = ["Operation", "Reading", "explain", "reading"]

_COLUMNS = 100
_LEFT_MAX = 50
_LIMITS = Limits()


class Reading(NamedTuple):
    """What an operation does for a profile.

    Attributes:
        lines: of the plan, each with what is to be said of it.
        denied: how many selections are; of several types behind an interface, one.
        loaders: that may be used, in the order of their declaration.
    """

    lines: tuple[tuple[str, str], ...]
    denied: int
    loaders: tuple[str, ...]

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
    plan = ENGINE.plan(meant.document, meant.name, asked.variables, (profile, frozenset()))
    lines, used = list[tuple[str, str]](), set[str]()
    path, denied = list[str](), set[tuple[str, ...]]()
    for line in plan.lines():
        loaders = _loaders(line, profile)
        used.update(loaders)
        path[line.depth :] = ["" if line.field is None else line.text]
        if line.field is not None and isinstance(line.field.source, Denial):
            denied.add(tuple(path))  # once, of whichever types it is
        lines.append((f"{'  ' * line.depth}{line.text}", _note(line, profile, loaders)))
    return Reading(tuple(lines), len(denied), tuple(name for name in _reach.all_loaders() if name in used))


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
        for name in _reach.loaders(field.source.run, field.grant.rows)
        if asked.issuperset(operation.system for operation in _reach.operations(name))
    ]


def _note(line: Line, profile: Profile, loaders: Sequence[str]) -> str:
    field = line.field
    if field is None or not isinstance(field.source, Batch | Denial):
        return ""
    if isinstance(field.source, Batch):
        return f"batch: {', '.join(loaders)}" if loaders else "batch"
    error = field.source.error
    if isinstance(error, BffError):
        return f"denied by {error.function}"
    return f"denied by {_closed_by(field.definition, profile)}, without an error"


def _closed_by(definition: Any, profile: Profile) -> str:
    """Name the functions of the matrix that deny a profile all that a field gives."""
    behind = {function: None for made in RULES.rows(definition) for function in functions(made)}
    return " and ".join(function for function in behind if MATRIX[function].reach(profile) is None)


# --- in print ---------------------------------------------------------------------------------------------------------


def _cost(meant: Meant, asked: Asked) -> str:
    name = f" {meant.name}" if meant.name else ""
    return f"{meant.type}{name}: {_points(meant, asked):,} of {_LIMITS.cost:,} points"


def _table(readings: Mapping[Profile, Reading]) -> Iterator[str]:
    width = max(len(profile.value) for profile in readings)
    yield f"  {'profile':<{width}}  denied  loaders  operations"
    for profile, told in readings.items():
        counts = f"{told.denied:>6}  {len(told.loaders):>7}  {len(told.operations):>10}"
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
