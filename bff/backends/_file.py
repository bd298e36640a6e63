"""The files of one system as they stream: calls of a kind of their own beside those of `_http`.

A file takes as long as its reader does. So downloads have their own few slots, their own breaker and times: 30 seconds
without a byte, five minutes in all. None is made a second time: a person may click again, and the link still works.
Nothing is held but what is on its way: who reads slowly slows the system down. Limits: spec, reliability-security.md,
'Data'.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import httpx

from bff.backends._call import Operation, outcome_of, trace
from bff.backends._guard import Condition, Guard
from bff.backends._http import LIMITS, Limits
from bff.backends._httpx import Httpx, trusted
from bff.backends._message import Incoming, Request
from bff.backends._operations import FILES
from bff.backends._pdf import MAX_BYTES, pdf
from bff.domain.closing import Closed
from bff.domain.system import System
from bff.errors import BackendError

WHOLE_S: Final = 300.0

_PATIENCE_S = 10.0  # half of it is for waiting for a slot
_SHARE = 4  # a download for so many calls

Read = Callable[[Operation, Incoming], AsyncGenerator[bytes, None]]
"""Takes the file out of an answer, piece by piece; raises BackendErrors."""


class Files:
    """The downloads from one system, from whatever address; what is asked of an address is its caller's matter."""

    def __init__(
        self,
        system: System,
        *,
        limits: Limits = LIMITS,
        closed: Closed = lambda _system, _group: None,
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a pool; its slots are a quarter of those that the limits give to calls. For the others see `Http`."""
        slots = max(1, limits.calls_max // _SHARE)
        self._system = system
        self._monotonic = monotonic
        self._guard = Guard(
            system, slots=slots, timeout_s=_PATIENCE_S, closed=closed, monotonic=monotonic, groups=(FILES,)
        )
        self._client = Httpx(
            "",
            headers={"accept-encoding": "identity", "user-agent": "customer-area-bff"},
            connect_timeout_s=limits.connect_timeout_s,
            answer_max_bytes=limits.answer_max_bytes,
            connections_max=slots,
            trust=trust or trusted(),
            transport=transport,
            idle_s=limits.idle_s,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    def condition(self) -> Condition:
        """Tell how the system is, as far as its downloads have shown."""
        return self._guard.condition()

    async def read(
        self, operation: str, request: Request, read: Read, *, max_bytes: int = MAX_BYTES
    ) -> AsyncGenerator[bytes, None]:
        """Give the PDF of an answer as it comes; close it when no more is wanted.

        An answer that says that it is longer than `max_bytes` is not read; the PDF itself has its own limit (`_pdf`).
        Raises BackendErrors, also between two pieces.
        """
        where, started, outcome, status = Operation(self._system, operation), self._monotonic(), "internal", None
        try:
            async with (
                self._guard.call(where, FILES, started + _PATIENCE_S),
                self._client.open(where, request._replace(headers={**trace(), **request.headers})) as incoming,
            ):
                status = incoming.status
                if _told_bytes(incoming) > max_bytes:
                    raise where.garbled("a file too large")
                async with aclosing(read(where, incoming)) as file, aclosing(pdf(where, file)) as pieces:
                    async for piece in pieces:
                        if self._monotonic() - started > WHOLE_S:
                            raise where.timeout(f"not whole after {WHOLE_S:.0f} s")
                        yield piece
            outcome = "ok"
        except BackendError as error:
            outcome = outcome_of(error)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome = "cancelled"
            raise
        except (OSError, RuntimeError) as error:  # what comes through from below
            outcome = "unavailable"
            raise where.unavailable(type(error).__name__) from error
        finally:
            where.note(1, status, outcome, self._monotonic() - started)


def _told_bytes(incoming: Incoming) -> int:
    """Give the length that an answer tells; nought when it tells none."""
    told = incoming.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else 0
