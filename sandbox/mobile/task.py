"""TMF677 `/queryUsageConsumption`: a task that computes what lines have used.

A task for few lines is done at once. One for more is in progress when it is posted, and done when it is looked at.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from sandbox._faults import Injected
from sandbox.mobile._render import Document
from sandbox.mobile.collection import VALUES_MAX, BadQuery
from sandbox.mobile.usage import Consumption, report
from sandbox.world.model import World

QUERY_PATH: Final = "/tmf-api/usageConsumption/v4/queryUsageConsumption"
AT_ONCE_MAX: Final = 20
"""Lines of a task that is done at once."""
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """A task: the products that it is for."""

    id: str
    keys: tuple[str, ...]


class Tasks:
    """The tasks that were begun, one for the same lines; the oldest are forgotten."""

    def __init__(self, world: World) -> None:
        self._consumption = Consumption(world)
        self._queries: OrderedDict[str, Query] = OrderedDict()
        self._looked_at: set[str] = set()

    def begin(self, keys: tuple[str, ...]) -> Query:
        """Begin a task."""
        query = Query(f"QUC-{sha256(','.join(keys).encode()).hexdigest()[:12]}", keys)
        self._queries[query.id] = query
        self._looked_at.discard(query.id)
        if len(self._queries) > _KEPT:
            self._looked_at.discard(self._queries.popitem(last=False)[0])
        return query

    def get(self, id_: str) -> Query | None:
        """Give a task, None when there is none."""
        return self._queries.get(id_)

    def look(self, query: Query, now: datetime, injected: Injected) -> Document:
        """Write what a task has come to."""
        done = len(query.keys) <= AT_ONCE_MAX or query.id in self._looked_at
        self._looked_at.add(query.id)
        document: Document = {
            "id": query.id,
            "searchCriteria": {"product": [_product(key) for key in query.keys]},
            "@type": "QueryUsageConsumption",
        }
        return document | {"usageConsumption": self._reports(query, now, injected) if done else [_IN_PROGRESS]}

    def _reports(self, query: Query, now: datetime, injected: Injected) -> list[Document]:
        rows = injected.rows(
            self._consumption.of(query.keys), foreign=lambda count: self._consumption.others(query.keys, count)
        )
        return [report(line, now) for line in rows]


_IN_PROGRESS: Final[Document] = {"id": "UC-0", "state": "inProgress", "@type": "UsageConsumption"}


def read_keys(body: bytes) -> tuple[str, ...]:
    """Read the products that a task is for.

    Raises:
        BadQuery: it is no JSON, or names no product, or more than 50.
    """
    try:
        asked: Any = msgspec.json.decode(body)
        keys = tuple(str(each["id"]) for each in asked["searchCriteria"]["product"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise BadQuery("searchCriteria.product is due") from error
    if not 0 < len(keys) <= VALUES_MAX:
        raise BadQuery(f"searchCriteria.product: 1 to {VALUES_MAX}, not {len(keys)}")
    return keys


def _product(key: str) -> Document:
    return {"id": key, "@referredType": "Product"}
