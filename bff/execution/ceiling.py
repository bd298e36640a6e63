"""How many items the lists of one answer may have together, whoever executes it.

Plans count by themselves; for graphql-core there is an executor that counts.
"""

from collections.abc import AsyncIterable, Iterable
from copy import copy
from operator import length_hint
from typing import Any, NamedTuple

from graphql import Executor

_ROWS_MAX = 20_000


class Ceiling(NamedTuple):
    """What an operation costs is estimated beforehand; this holds whatever the data are.

    Attributes:
        rows_max: how many items the lists of one answer may have; the list that passes it fails, and so does each
            after it.
        too_many: what is told then.
    """

    rows_max: int = _ROWS_MAX
    too_many: Exception = RuntimeError("the answer has too many rows")


class BoundedExecutor(Executor[None]):
    """graphql-core's executor below a ceiling; made by graphql-core itself, one for each operation."""

    def __init__(self, *built: Any, ceiling: Ceiling, **options: Any) -> None:
        super().__init__(*built, **options)
        self._ceiling = ceiling
        self._items = 0

    def complete_list_value(
        self,
        return_type: Any,
        field_details_list: Any,
        info: Any,
        path: Any,
        result: AsyncIterable[Any] | Iterable[Any],
        position_context: None,
    ) -> Any:
        """Complete a list that still has room."""
        self._items += length_hint(result)
        if self._items > self._ceiling.rows_max:
            raise copy(self._ceiling.too_many)  # the one that is kept would keep a traceback for each time
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)
