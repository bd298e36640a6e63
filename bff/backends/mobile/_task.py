"""Tasks that compute: posted, then looked at until they are done. Source: TMF677, legacy.md.

A task may be done at once, else it is looked at after a tenth of a second, two, four and eight; then it counts as not
answered in time. An unknown state is BAD_DATA: nobody can tell whether what it holds is all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.backends.mobile._wire import Wire
from bff.backends.mobile.usage import Report

Pause = Callable[[float], Awaitable[None]]

_PAUSES_S = (0.1, 0.2, 0.4, 0.8)
_IS_DONE: Codes[bool | None] = Codes(
    "TMF677 task state", None, {"done": True, "terminatedWithError": True, "accepted": False, "inProgress": False}
)


class Query(Wire, frozen=True, gc=False):
    """TMF677 `/queryUsageConsumption`."""

    id: Text
    usage_consumption: tuple[Report, ...] = ()

    def is_done(self) -> bool:
        """Tell whether all its reports are there; raises Unreadable when nobody can tell."""
        states = [_IS_DONE.read(each.state) for each in self.usage_consumption]
        if None in states:
            raise Unreadable("state is missing or unknown")
        return all(states)


class ConsumptionQuery:
    """The task that tells what lines have used; `pause` waits between two looks, in seconds."""

    def __init__(self, http: Http, path: str, pause: Pause = asyncio.sleep) -> None:
        resource = path.rpartition("/")[2]
        self.where = Operation(http.system, f"POST /{resource}")
        self.look = Operation(http.system, f"GET /{resource}/{{id}}")
        self._http = http
        self._path = path
        self._pause = pause
        self._read = reader(Query)

    async def run(self, keys: Sequence[str]) -> list[Report]:
        """Give the reports of at most 50 products: a call, and one for each look while it is not done.

        Raises BackendTimeout when it is not done in time, and what a call raises.
        """
        query = await self._http.send(
            self.where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: _body(keys),
            read=self._reading(self.where),
            keys=len(keys),
        )
        for pause_s in _PAUSES_S:
            if self._is_done(query):
                return list(query.usage_consumption)
            await self._pause(pause_s)
            query = await self._http.send(
                self.look.name,
                "GET",
                f"{self._path}/{quote(query.id, safe='')}",
                read=self._reading(self.look),
                keys=len(keys),
            )
        if self._is_done(query):
            return list(query.usage_consumption)
        raise self.look.timeout("not done")

    def _is_done(self, query: Query) -> bool:
        try:
            return query.is_done()
        except Unreadable as error:
            raise self.where.garbled(str(error)) from error

    def _reading(self, where: Operation) -> Callable[[Answer], Query]:
        return lambda answer: decoded(where, answer, self._read)


def _body(keys: Sequence[str]) -> bytes:
    return msgspec.json.encode({"searchCriteria": {"product": [{"id": key} for key in keys]}})
