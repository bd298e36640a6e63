"""What is asked for of a fixed line and becomes a request: a relocation, a report of nuisance calls.

SubmitLineRelocation ends the direct debit of the line's account. SubmitNuisanceCallReport takes up to 20 calls, the
number of a report to the police, and no other text.
"""

from bff.backends.fixed import _place, submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.backends.fixed._value import local_day, local_time
from bff.domain.deed import Told
from bff.domain.deed.line import FixedLineRequest
from bff.domain.wish import NuisanceCalls, Relocation

_YES_NO = {True: "S", False: "N"}


async def relocate(soap: Soap, deed: FixedLineRequest, request_id: str, wanted: Relocation) -> Told:
    """Ask for a line to be moved. Raises BackendErrors; `undone` when it surely was not asked for."""
    fields: Fields = [
        ("lineId", deed.line_key),
        ("newLocation", _place.fields(wanted.address)),
        ("keepNumber", _YES_NO[wanted.keep_number]),
        *([] if wanted.wanted_on is None else [("wantedOn", local_day(wanted.wanted_on))]),
        ("contactPhone", wanted.contact_phone),
    ]
    return await submit.send(soap, "SubmitLineRelocation", fields, Author(deed.person_key, request_id))


async def report(soap: Soap, deed: FixedLineRequest, request_id: str, calls: NuisanceCalls) -> Told:
    """Report nuisance calls. Raises as `relocate`."""
    fields: Fields = [
        ("lineId", deed.line_key),
        *([] if calls.caller is None else [("callerNumber", calls.caller)]),
        *(("callAt", local_time(at)) for at in calls.times),
        *([] if calls.police_report is None else [("policeReportNo", calls.police_report)]),
    ]
    return await submit.send(soap, "SubmitNuisanceCallReport", fields, Author(deed.person_key, request_id))
