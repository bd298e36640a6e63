"""The audit log of changes: a line for each step that matters, with ids only.

The line has the id of the request, as all others of it do, and where it came from. A company is told by a mark that
hides its tax code and is always the same, the one of `http.audit`.
"""

from bff.domain.deed import Step
from bff.observability import REQUEST, logger

_log = logger(__name__)


def noted(
    mutation: str, *, person: str, company: str, change: str, outcome: str, why: str | None = None, late: bool = False
) -> None:
    """Write down what came of a change.

    Args:
        mutation: its name.
        person: the directory's id of who asked for it.
        company: the mark of the company.
        change: the request id that it has in the system that does it.
        outcome: what came of it.
        why: the code of why it was refused.
        late: whether it was found out afterwards.
    """
    request = None if late else REQUEST.get(None)
    _log.info(
        "change",
        audit=True,
        address=None if request is None else request.address,
        client=None if request is None else request.client_name,
        mutation=mutation,
        person=person,
        company=company,
        change=change,
        outcome=outcome,
        why=why,
        late=late,
    )


REFUSED = "REFUSED"
"""Nothing was sent."""
REPLAYED = "REPLAYED"
"""Done before under the same key."""
NOT_DONE = Step.FAILED.value
"""Sent, tried to, or not even judged since a system failed; surely nothing was done."""
