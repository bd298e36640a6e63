"""The SIMs of many lines: few by their ids; many all together, once for all batches of a load."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from bff.backends._batch import KEYS_MAX, singles
from bff.backends.mobile import line
from bff.backends.mobile._collection import Collection
from bff.domain.line import Sim
from bff.errors import BackendError

_BY_KEY_MAX = 4 * KEYS_MAX
_AT_ONCE = 1000

_ById: TypeAlias = Mapping[str, line.Resource]


class Sims:
    """What one load reads of SIMs.

    The first 200 are asked for by their ids. Beyond that a customer's are read whole, and serve all batches: a batch
    that read them for itself would make the calls of a large company grow with the square of its lines.
    """

    def __init__(
        self,
        resources: Collection[line.Resource],
        by_key: Callable[[Sequence[str]], Awaitable[Mapping[str, Sim | BackendError]]],
    ) -> None:
        self._resources = resources
        self._by_key = by_key
        self._asked = 0
        self._whole: dict[tuple[str, ...], asyncio.Task[_ById]] = {}

    async def of(self, products: Sequence[line.Product]) -> Mapping[str, Sim | BackendError]:
        """Give the SIMs of a batch of products by resource id."""
        keys = line.sim_keys(products)
        customers = tuple(sorted({key for row in products for key in row.customer_keys}))
        self._asked += len(keys)
        if self._asked <= _BY_KEY_MAX or not customers:
            return await self._by_key(keys)
        try:
            rows = await self._all(customers)
        except BackendError as error:
            return dict.fromkeys(keys, error)
        found: dict[str, Sim | BackendError] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            part = singles(self._resources.where, some, (rows[key] for key in some if key in rows), line.sims())
            found.update(part)
            await asyncio.sleep(0)  # ten thousand take a tenth of a second
        return found

    async def _all(self, customers: tuple[str, ...]) -> _ById:
        if customers not in self._whole:
            self._whole[customers] = asyncio.create_task(self._read(customers))
        return await self._whole[customers]

    async def _read(self, customers: Sequence[str]) -> _ById:
        rows = await self._resources.find("relatedParty.id", customers, {"category": "SIM"})
        return {row.id: row for row in rows}
