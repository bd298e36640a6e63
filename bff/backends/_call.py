"""A call's name, and the errors and log lines that carry it."""

import secrets
from typing import NamedTuple

from bff.domain.closing import Closure
from bff.domain.system import System
from bff.errors import (
    BackendError,
    BackendGarbled,
    BackendMaintenance,
    BackendRejected,
    BackendTimeout,
    BackendUnavailable,
)
from bff.observability import BACKEND_CALLS, BACKEND_KEYS, BACKEND_SECONDS, REQUEST, logger

_log = logger(__name__)


class Operation(NamedTuple):
    """An operation of a system, by the system's own name for it. Details are for the log: no personal data in them."""

    system: System
    name: str

    def timeout(self, detail: str = "", *, undone: bool = False) -> BackendTimeout:
        """Make the error of an answer that is not whole in time; `undone` when nothing was sent."""
        error = BackendTimeout(self.system, self.name, detail)
        error.undone = undone
        return error

    def unavailable(
        self, detail: str = "", *, retry_after_s: float | None = None, final: bool = False, undone: bool = False
    ) -> BackendUnavailable:
        """Make the error of a system that is not there for us.

        It is `final` when it would say the same again at once, `undone` when nothing was sent.
        """
        error = BackendUnavailable(self.system, self.name, detail, retry_after_s=retry_after_s)
        error.final, error.undone = final or retry_after_s is not None, undone
        return error

    def maintenance(self, closure: Closure) -> BackendMaintenance:
        """Make the error of a system that is closed for a time."""
        return BackendMaintenance(self.system, self.name, available_from=closure.until, retry_after_s=closure.wait_s)

    def rejected(self, detail: str = "", *, absent: bool = False) -> BackendRejected:
        """Make the error of a system that said no to what was asked; `absent` when there is no such thing."""
        error = BackendRejected(self.system, self.name, detail)
        error.absent = absent
        return error

    def garbled(self, detail: str = "", *, foreign: bool = False) -> BackendGarbled:
        """Make the error of an answer that can't be used; `foreign` when it was not even one of the protocol."""
        error = BackendGarbled(self.system, self.name, detail)
        error.foreign = foreign
        return error

    def note(self, keys: int, status: int | None, outcome: str, seconds: float) -> None:
        """Leave the log line of a call that has ended, and count it."""
        system = self.system.value
        BACKEND_CALLS.labels(system, self.name, outcome).inc()
        BACKEND_SECONDS.labels(system, self.name).observe(seconds)
        BACKEND_KEYS.labels(system, self.name).observe(keys)
        _log.info(
            "backend_call",
            system=system,
            operation=self.name,
            keys=keys,
            status=status,
            outcome=outcome,
            ms=round(seconds * 1000, 1),
        )


def outcome_of(error: BackendError) -> str:
    """Name how a call ended by its error, for the log and the metrics."""
    return type(error).__name__.removeprefix("Backend").lower()


def trace() -> dict[str, str]:
    """Give the headers that tie a call to the request that it is made for."""
    request = REQUEST.get(None)
    if request is None:
        return {}
    span_id = secrets.token_hex(8)
    return {"x-request-id": request.request_id, "traceparent": f"00-{request.trace_id}-{span_id}-01"}
