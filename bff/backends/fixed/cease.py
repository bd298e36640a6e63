"""Ceasing fixed lines, and calling that off: SubmitLineCease and RevokeLineCease, up to 50 lines a call.

The answer tells the outcome of each line. Each line that is taken becomes a request of its own, all of them with the
request id of the call; the answer names the protocol number of the first, FindByExternalRequestId those of all
(docs/backends/fixed.md).
"""

from collections.abc import Sequence
from contextlib import suppress

from bff.backends import _halves
from bff.backends._batch import KEYS_MAX, Unreadable
from bff.backends.fixed import _code, submit
from bff.backends.fixed._answer import has_failed
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.backends.fixed._value import Row, local_day
from bff.domain.cessation import Cessation, CessationReason
from bff.domain.change import ChangeStatus
from bff.domain.deed import UNKNOWN, Told, together
from bff.domain.deed.line import FixedCease
from bff.domain.error_code import ErrorCode
from bff.errors import BackendError

_REASONS = {
    CessationReason.NOT_NEEDED: "NSV",
    CessationReason.OTHER_OPERATOR: "OPE",
    CessationReason.COST: "COS",
    CessationReason.QUALITY: "QUA",
    CessationReason.CLOSURE: "CHI",
    CessationReason.OTHER: "ALT",
}
_ACCEPTED = Told(ChangeStatus.ACCEPTED)
_REFUSED = Told(ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE)


async def cease(soap: Soap, deed: FixedCease, request_id: str, wanted: Cessation | None) -> Told:
    """Cease lines, or call that off: with one call unless that is refused for one of them. Raises BackendErrors."""
    operation, more = "RevokeLineCease", []
    if wanted is not None:
        operation, more = "SubmitLineCease", _reasons(wanted)

    async def send(keys: Sequence[str], part_id: str) -> Told:
        fields: Fields = [*(("lineId", key) for key in keys), *more]
        told = _outcomes(await soap.change(operation, fields, Author(deed.person_key, part_id)), keys)
        return together(told if len(keys) == 1 else await _followed(soap, told, part_id))

    return await _halves.sent(send, deed.line_keys, request_id)


async def ceased(soap: Soap, deed: FixedCease, request_id: str) -> Told | None:
    """Tell which lines became requests; None when none did. Raises BackendErrors."""
    found = await _requests(soap, deed.line_keys, _halves.request_ids(deed.line_keys, request_id))
    return together(found) if found else None


def _reasons(wanted: Cessation) -> list[tuple[str, str]]:
    day = [] if wanted.wanted_on is None else [("wantedOn", local_day(wanted.wanted_on))]
    return [("reason", _REASONS[wanted.reason]), *day]


def _outcomes(answer: Row, keys: Sequence[str]) -> dict[str, Told]:
    """Read what became of each line; of one that is not told of nobody knows."""
    told: dict[str, Told] = dict.fromkeys(keys, UNKNOWN)
    with suppress(Unreadable):
        protocol = answer.code("protocolNo", _code.protocol)
        for item in answer.rows("itemOutcome"):
            key, outcome = item.code("key", _code.line), item.row("outcome")
            if key in told and outcome is not None:
                told[key] = _REFUSED if has_failed(outcome) else _ACCEPTED
        if len(keys) == 1 and told[keys[0]].status is ChangeStatus.ACCEPTED:
            told[keys[0]] = Told(ChangeStatus.ACCEPTED, request_key=protocol)
    return told


async def _followed(soap: Soap, told: dict[str, Told], request_id: str) -> dict[str, Told]:
    """Add which request follows each line, as far as the system tells it by now."""
    with suppress(BackendError):
        found = await _requests(soap, list(told), [request_id])
        return {
            key: found.get(key, each) if each.status is ChangeStatus.ACCEPTED else each for key, each in told.items()
        }
    return told


async def _requests(soap: Soap, keys: Sequence[str], request_ids: Sequence[str]) -> dict[str, Told]:
    """Find the requests of lines among those that were made under request ids. Raises BackendErrors."""
    found: dict[str, Told] = {}
    for start in range(0, len(request_ids), KEYS_MAX):
        for row in await submit.made(soap, request_ids[start : start + KEYS_MAX]):
            if (key := row.code("lineId", _code.line)) in keys and key is not None:
                found[key] = submit.told(row)
    return found
