"""A call's name, and the errors and log lines that carry it."""

from typing import NamedTuple

from bff.domain.closing import Closure
from bff.domain.system import System
from bff.errors import BackendGarbled, BackendMaintenance, BackendRejected, BackendTimeout, BackendUnavailable


class Operation(NamedTuple):
    """An operation of a system, by the system's own name for it. Details are for the log: no personal data in them."""

    system: System
    name: str

    def timeout(self, detail: str = "") -> BackendTimeout:
        """Make the error of an answer that is not whole in time."""
        return BackendTimeout(self.system, self.name, detail)

    def unavailable(
        self, detail: str = "", *, retry_after_s: float | None = None, final: bool = False
    ) -> BackendUnavailable:
        """Make the error of a system that is not there for us; `final` when it would say the same again at once."""
        error = BackendUnavailable(self.system, self.name, detail, retry_after_s=retry_after_s)
        error.final = final or retry_after_s is not None
        return error

    def maintenance(self, closure: Closure) -> BackendMaintenance:
        """Make the error of a system that is closed for a time."""
        return BackendMaintenance(self.system, self.name, available_from=closure.until, retry_after_s=closure.wait_s)

    def rejected(self, detail: str = "") -> BackendRejected:
        """Make the error of a system that said no to what was asked."""
        return BackendRejected(self.system, self.name, detail)

    def garbled(self, detail: str = "", *, foreign: bool = False) -> BackendGarbled:
        """Make the error of an answer that can't be used; `foreign` when it was not even one of the protocol."""
        error = BackendGarbled(self.system, self.name, detail)
        error.foreign = foreign
        return error
