"""Where the rows of a level stand in the answer: a path for each, made only when an error has to name it."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

Path = list[str | int]


class Place(Protocol):
    """The positions of a level's rows."""

    def path(self, index: int) -> Path:
        """Give the path of one row."""
        ...

    def null(self, index: int) -> Path:
        """Give the path of what is null when the row fails: its own, or that of the nearest above that can be."""
        ...


class Root:
    """The one row of the root."""

    __slots__ = ()

    def path(self, index: int) -> Path:
        """Give the empty path."""
        del index
        return []

    def null(self, index: int) -> Path:
        """Give the empty path: the whole answer is null."""
        return self.path(index)


class Under:
    """The values of one field: one per row of the level above."""

    __slots__ = ("_above", "_key", "_non_null")

    def __init__(self, above: Place, key: str, *, non_null: bool) -> None:
        self._above = above
        self._key = key
        self._non_null = non_null

    def path(self, index: int) -> Path:
        """Give the path of one row's field."""
        return [*self._above.path(index), self._key]

    def null(self, index: int) -> Path:
        """Give the field's path, or what its row makes null."""
        return self._above.null(index) if self._non_null else self.path(index)


class Items:
    """The items of lists, one list after the other."""

    __slots__ = ("_above", "_ends", "_lengths", "_non_null")

    def __init__(self, above: Place, lengths: Sequence[int], *, non_null: bool) -> None:
        self._above = above
        self._non_null = non_null
        self._lengths = lengths
        self._ends: list[int] = []

    def path(self, index: int) -> Path:
        """Give the path of one item."""
        owner = self._owner(index)
        return [*self._above.path(owner), index - (self._ends[owner] - self._lengths[owner])]

    def null(self, index: int) -> Path:
        """Give the item's path, or what its list makes null."""
        return self._above.null(self._owner(index)) if self._non_null else self.path(index)

    def _owner(self, index: int) -> int:
        if not self._ends:
            self._ends = list(accumulate(self._lengths))
        return bisect_right(self._ends, index)


class Chosen:
    """Some of the rows of another place."""

    __slots__ = ("_all", "_indices")

    def __init__(self, every: Place, indices: Sequence[int]) -> None:
        self._all = every
        self._indices = indices

    def path(self, index: int) -> Path:
        """Give the path that the row has among all."""
        return self._all.path(self._indices[index])

    def null(self, index: int) -> Path:
        """Give what the row makes null."""
        return self._all.null(self._indices[index])
