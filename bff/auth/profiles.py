"""Which profile may do what: the matrix, read from `matrix.csv` beside this module, and the decision.

The file is the business's own table, copied as it is. Code names only a function's id; who may comes from here. How a
denial looks to a client is the schema's.
"""

import csv
from collections.abc import Mapping
from importlib.resources import files
from io import StringIO
from types import MappingProxyType
from typing import Final, Literal, get_args

import msgspec

from bff.domain.profile import Profile, Reach

Kind = Literal["query", "mutation", "subscription"]

_PUBLIC = "public"
_CELLS: Final[Mapping[str, Reach | None]] = {"all": Reach.ALL, "own": Reach.OWN, "no": None}
_ABOUT = ("id", "section", "function", "kind")
_COLUMNS = (*_ABOUT, *(profile.value for profile in Profile))


class MatrixError(Exception):
    """The matrix can't be used; the text names the row and the column."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the matrix: who may use a function. `public` needs nobody to be signed in."""

    function: str
    kind: Kind
    all: tuple[Profile, ...]
    own: tuple[Profile, ...]
    public: bool

    def reach(self, profile: Profile | None) -> Reach | None:
        """Tell which rows a profile gets; None is denied. A profile of None gets what is public only."""
        if self.public or profile in self.all:
            return Reach.ALL
        return Reach.OWN if profile in self.own else None


def read_matrix(text: str) -> Mapping[str, Rule]:
    """Read the matrix from CSV, by function id, in the order of its rows.

    Raises:
        MatrixError: a column, a cell or an id is not as it must be.
    """
    reader = csv.reader(StringIO(text))
    header = tuple(next(reader, ()))
    if header != _COLUMNS:
        raise MatrixError(f"row 1: the columns are {', '.join(header)} instead of {', '.join(_COLUMNS)}")
    rules: dict[str, Rule] = {}
    for row, cells in enumerate(reader, start=2):
        rule = _rule(f"row {row}", cells)
        if rule.function in rules:
            raise MatrixError(f"row {row}, column id: {rule.function} stands twice")
        rules[rule.function] = rule
    return MappingProxyType(rules)


def _rule(row: str, cells: list[str]) -> Rule:
    if len(cells) != len(_COLUMNS):
        raise MatrixError(f"{row}: {len(cells)} cells instead of {len(_COLUMNS)}")
    named = dict(zip(_COLUMNS, cells, strict=True))
    where = f"{row} ({named['id']})"
    public = _public(where, named)
    reach = {} if public else {profile: _reach(where, profile, named[profile.value]) for profile in Profile}
    return Rule(
        function=_filled(where, named, "id"),
        kind=_kind(where, named["kind"]),
        all=tuple(profile for profile, rows in reach.items() if rows is Reach.ALL),
        own=tuple(profile for profile, rows in reach.items() if rows is Reach.OWN),
        public=public,
    )


def _filled(where: str, named: Mapping[str, str], column: str) -> str:
    if not named[column].strip():
        raise MatrixError(f"{where}, column {column}: is empty")
    return named[column]


def _kind(where: str, cell: str) -> Kind:
    for kind in get_args(Kind):
        if cell == kind:
            return kind  # type: ignore[no-any-return]  # get_args loses the literal
    raise MatrixError(f"{where}, column kind: {cell!r} is none of {', '.join(get_args(Kind))}")


def _public(where: str, named: Mapping[str, str]) -> bool:
    """Tell whether the function is open to all; a row that is so for some profiles only makes no sense."""
    cells = {profile.value: named[profile.value] for profile in Profile}
    if _PUBLIC not in cells.values():
        return False
    for column, cell in cells.items():
        if cell != _PUBLIC:
            raise MatrixError(f"{where}, column {column}: {cell!r} in a row that is public for others")
    return True


def _reach(where: str, profile: Profile, cell: str) -> Reach | None:
    if cell not in _CELLS:
        raise MatrixError(f"{where}, column {profile.value}: {cell!r} is none of all, own, no, public")
    return _CELLS[cell]


MATRIX: Final = read_matrix((files("bff.auth") / "matrix.csv").read_text(encoding="utf-8"))
