"""SCIM PATCH: a resource as a list of operations would have it (RFC 7644, section 3.5.2). Nothing is stored here.

`add`, `replace` and `remove` take a path with a value filter (`…:User:memberships[id eq "…"].profile`) or, but for
`remove`, no path and an object of attributes. A resource is never changed in place.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.directory.filter import InvalidFilter, Predicate, attribute_path, parse
from sandbox.directory.schema import EXTENSION_URN, attribute_names

_READ_ONLY = frozenset({"id", "meta", "schemas"})
_OPERATIONS = frozenset({"add", "replace", "remove"})

Resource = dict[str, Any]


class InvalidPatch(ValueError):
    """The operations can't be done; `scim_type` is RFC 7644's keyword for why."""

    def __init__(self, scim_type: str, detail: str) -> None:
        super().__init__(detail)
        self.scim_type = scim_type


class _Path(NamedTuple):
    """Where a value stands: the steps to an attribute, which of its values are meant (None: all), what of those."""

    steps: tuple[str, ...]
    matches: Predicate | None
    sub: str | None


def patched(resource: Mapping[str, Any], body: Any) -> Resource:
    """Give a resource as a PATCH would have it. Raises InvalidPatch."""
    changed: Resource = copy.deepcopy(dict(resource))
    operations = body.get("Operations") if isinstance(body, dict) else None
    if not isinstance(operations, list) or not operations:
        raise InvalidPatch("invalidSyntax", "Operations are due")
    for each in operations:
        _apply(changed, each)
    return changed


def _apply(resource: Resource, operation: Any) -> None:
    kind = str(operation.get("op", "")).lower() if isinstance(operation, dict) else ""
    if kind not in _OPERATIONS:
        raise InvalidPatch("invalidSyntax", "an operation is add, replace or remove")
    path, value = operation.get("path"), operation.get("value")
    if path is not None:
        _at(resource, kind, _path(str(path)), value)
    elif kind == "remove" or not isinstance(value, dict):
        raise InvalidPatch("noTarget", "without a path an object of attributes is due")
    else:
        for name, each in value.items():
            _at(resource, kind, _path(name), each)


def _path(text: str) -> _Path:
    attribute, bracket, rest = text.partition("[")
    steps = _canonical(attribute_path(attribute))
    if not bracket:
        return _Path(steps, None, None)
    condition, bracket, sub = rest.rpartition("]")
    if not bracket or (sub and not sub.startswith(".")):
        raise InvalidPatch("invalidPath", "the path can't be read")
    try:
        matches = parse(condition).matches
    except InvalidFilter as error:
        raise InvalidPatch("invalidPath", str(error)) from error
    return _Path(steps, matches, _canonical((sub[1:].lower(),))[0] if sub else None)


def _canonical(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Give the steps as the resource writes them. Raises InvalidPatch for what no schema has, and what is not ours."""
    if steps[0] in _READ_ONLY:
        raise InvalidPatch("mutability", f"{steps[0]} is read only")
    try:
        return tuple(attribute_names()[step] for step in steps)
    except KeyError as error:
        raise InvalidPatch("invalidPath", f"there is no attribute {error}") from None


def _at(resource: Resource, kind: str, path: _Path, value: Any) -> None:
    holder = resource
    for step in path.steps[:-1]:
        holder = holder.setdefault(step, {})
    name = path.steps[-1]
    if path.matches is not None:
        holder[name] = _among(holder.get(name, []), kind, path, value)
    elif kind == "remove":
        holder.pop(name, None)
    elif kind == "add" and isinstance(holder.get(name), list):
        holder[name] = [*holder[name], *(value if isinstance(value, list) else [value])]
    elif name == EXTENSION_URN and isinstance(value, dict):
        holder[name] = {**holder.get(name, {}), **value}
    else:
        holder[name] = value


def _among(values: list[Resource], kind: str, path: _Path, value: Any) -> list[Resource]:
    """Change or remove the values that are meant; none is RFC 7644's noTarget."""
    assert path.matches is not None  # noqa: S101 - the caller has looked
    meant = [each for each in values if path.matches(each)]
    if not meant:
        raise InvalidPatch("noTarget", "no value is meant by the filter")
    if path.sub is None and kind == "remove":
        return [each for each in values if each not in meant]
    for each in meant:
        if path.sub is None:
            each.update(value)
        elif kind == "remove":
            each.pop(path.sub, None)
        else:
            each[path.sub] = value
    return values
