"""What the code of a field may read: its loaders, and the operations of the systems behind each.

Nothing is declared for it. The byte code of a function names what it calls, and so it is followed from a field's
function through the resolvers to the loaders, and from a loader through its adapter to the operations. Every branch
counts, so more may be told than one run reads; running a plan with loaders that answer nothing would tell less, as what
is below an empty list is never asked. Not followed are names made up at run time, and what a decorator wraps; that none
of ours is missed so is tested against the sandbox's ledger.
"""

import dis
from collections.abc import Collection, Iterator, Mapping
from functools import cache, cached_property
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from bff.backends import OPERATIONS, Access, Backends, open_backends
from bff.cache.kinds import Kind
from bff.clock import RealClock
from bff.domain.system import System
from bff.loaders import Loaders

_WHERE = {name: (system, facts.group) for system, named in OPERATIONS.items() for name, facts in named.items()}


class Operation(NamedTuple):
    """An operation of a system, and the group that it fails and is closed with."""

    system: System
    group: str
    name: str


def all_loaders() -> list[str]:
    """Name all loaders there are."""
    return [name for name, value in vars(Loaders).items() if isinstance(value, cached_property)]


def loaders(function: Any, records: Collection[type]) -> list[str]:
    """Name the loaders that a function may use, in the order of their declaration.

    Args:
        function: of ours; what is not ours is not followed.
        records: classes that it may give: a row of a table that is for another class is passed over.
    """
    used = {each.attrname for each in _mentioned(function, records) if isinstance(each, cached_property)}
    return [name for name in all_loaders() if name in used]


@cache
def operations(loader: str) -> tuple[Operation, ...]:
    """Give the operations that a loader may call, in the order of the table of operations."""
    return _operations(getattr(Loaders, loader).func)


@cache
def kinds(loader: str) -> tuple[Kind[Any], ...]:
    """Give the kinds that a loader keeps its values as."""
    return tuple(each for each in _read_by(getattr(Loaders, loader).func, {}) if isinstance(each, Kind))


@cache
def of_principal() -> tuple[Operation, ...]:
    """Give the operations that tell who asks, before anything is read for them."""
    return _operations(_backends().directory.users_by_subject)


def _operations(function: Any) -> tuple[Operation, ...]:
    named = {name for value in _mentioned(function) for name in _named(value)}
    return tuple(Operation(*where, name) for name, where in _WHERE.items() if name in named)


def _named(value: Any) -> Iterator[str]:
    """Name the operations that a value holds, such as a collection of the mobile system."""
    held = getattr(value, "where", value)
    if isinstance(held, tuple):
        yield from (each for each in held if isinstance(each, str) and each in _WHERE)


@cache
def _backends() -> Backends:
    """Open the systems, to look at: nothing is connected to."""
    return open_backends(Access(**dict.fromkeys(Access.__struct_fields__, "https://nowhere.invalid")), RealClock())


# --- following --------------------------------------------------------------------------------------------------------


@cache
def _known() -> Mapping[str, Any]:
    """Give what stands under a name where it is not known whose: `context.loaders`, the systems of the loaders."""
    systems = _backends()
    return {
        "loaders": Loaders,
        "_mobile": systems.mobile,
        "_fixed": systems.fixed,
        "_directory": systems.directory,
    }


def _mentioned(start: Any, records: Collection[type] | None = None) -> list[Any]:
    """Give what a function of ours mentions, and what the functions mention that it mentions, and so on."""
    left, found = [start], dict[object, Any]()
    while left:
        value = left.pop()
        key = (value.__func__, id(value.__self__)) if isinstance(value, MethodType) else id(value)
        if key not in found:
            found[key] = value  # which keeps it, and its id with it
            left += _below(value, records)
    return list(found.values())


def _below(value: Any, records: Collection[type] | None) -> Iterator[Any]:
    """Give what a function mentions, or what a table holds."""
    if isinstance(value, MethodType) and isinstance(value.__func__, FunctionType):
        yield from _read_by(value.__func__, {"self": value.__self__})
    elif isinstance(value, FunctionType):
        yield from _read_by(value, {})
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, tuple) and (records is None or _is_for(value, records)):
        yield from value


def _is_for(row: tuple[Any, ...], records: Collection[type]) -> bool:
    return all(each in records for each in row if isinstance(each, type))


def _read_by(function: FunctionType, held: Mapping[str, Any]) -> Iterator[Any]:
    if function.__module__.partition(".")[0] == "bff":
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        closed_over = {name: cell.cell_contents for name, cell in cells}
        yield from _read(function.__code__, function.__globals__, {**_known(), **closed_over, **held})


def _read(code: CodeType, names: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[Any]:
    """Give the values that code reads by a name or as attributes of such a value, that of functions within it too."""
    value: Any = None
    for step in dis.get_instructions(code):
        name = step.argval
        if step.opname == "LOAD_GLOBAL":
            value = names.get(name)
        elif step.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
            value = held.get(name[-1] if isinstance(name, tuple) else name)  # of two at once, the last is read on
        elif step.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
            value = _known().get(name) if value is None else getattr(value, name, None)
        else:
            value = None
        if value is not None:
            yield value
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _read(constant, names, held)
