"""The audit log of the telco's staff: a line for each call, with ids only.

The line has the id of the request, as all others of it do. A company is told by a mark that hides its tax code and is
always the same: `python -m bff audit-mark` makes it of a tax code, for whoever looks for who has read what.
"""

from collections.abc import Callable

from bff.auth.principal import Principal
from bff.observability import logger

Audit = Callable[[Principal, str | None, str], None]
"""Writes down a call: who asked, the name of the operation (None when not known), what came of it."""

_log = logger(__name__)


def audited_by(mark: Callable[[str], str]) -> Audit:
    """Give what writes down the calls of staff; `mark` hides a company's tax code."""

    def audit(principal: Principal, operation: str | None, outcome: str) -> None:
        _log.info(
            "staff_call",
            audit=True,
            staff=principal.user.subject,
            company=None if principal.customer is None else mark(principal.customer),
            profile=None if principal.profile is None else principal.profile.value,
            operation=operation,
            outcome=outcome,
        )

    return audit
