"""What a document would do, for the telco's staff."""

from bff.domain import explanation as record
from bff.domain import system as system_record
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view

described(
    record.CacheScope,
    PUBLIC="Everyone.",
    CUSTOMER="People acting for the same customer; whole answers, only with the same profile.",
    PERSON="This person only.",
)


@view(record.DeniedSelection, rule=PARENT)
class DeniedSelection:
    """A selection that would be denied."""

    path: list[str] = plain("Path in the document.")
    function: str = plain("Function id in the profile matrix.")


@view(record.PlannedCall, rule=PARENT)
class PlannedCall:
    """A call that a document may need; every branch of the code counts, so not all are made at once."""

    system: system_record.System = plain("System called.")
    operation: str = plain("Operation called.")
    keys: int = plain("How many keys one call has at most.")


@view(record.Explanation, rule=PARENT)
class Explanation:
    """What a document would do, without calling anything."""

    cost: int = plain("Estimated cost, in points.")
    denied: list[DeniedSelection] = plain("Selections that would be denied, those that are null in silence too.")
    calls: list[PlannedCall] = plain("Calls that it may need.")
    max_age: int = plain("Seconds that the whole answer may be reused: the shortest lifetime of all that it may read.")
    scope: record.CacheScope = plain("Who may share the whole answer.")
