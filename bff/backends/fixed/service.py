"""Services of fixed lines: `LineService` of the schema. Its codes are free text there; three have a use of their own.

Source: spec, legacy/fixed-legacy.xsd; what the codes are, docs/backends/fixed.md.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bff.backends._batch import Reading, needed
from bff.backends._code import is_code
from bff.backends.fixed import _code, submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.backends.fixed._value import Row, identity
from bff.domain.deed import Told
from bff.domain.deed.service import FixedServiceSet
from bff.domain.service import FixedLineServices, FixedService, Service

_TI_AVVISO = "TIAVVISO"
_IVR = "IVR"
_COST_ADMINISTRATION = "ICA"
_CODES = {FixedService.TI_AVVISO: _TI_AVVISO, FixedService.IVR: _IVR}
_YES_NO = {True: "S", False: "N"}


class Line(NamedTuple):
    """A service of a line, and whether it is active."""

    service: Service
    active: bool


def by_line() -> Reading[Row, Line]:
    """Read services, by line id."""
    return Reading(
        identity(lambda row: f"{_key(row)} {row.needed('serviceCode')}"),
        lambda row: (_key(row),),
        lambda row, _key: _read(row),
    )


def joined(rows: Sequence[Line], as_of: datetime) -> FixedLineServices:
    """Join the services of a line, by name."""
    active = sorted((row.service for row in rows if row.active), key=lambda service: (service.name, service.code))

    def has(code: str) -> bool:
        return any(is_code(service.code, code) for service in active)

    return FixedLineServices(
        active=tuple(active),
        ti_avviso=has(_TI_AVVISO),
        ivr=has(_IVR),
        cost_administration=has(_COST_ADMINISTRATION),
        as_of=as_of,
    )


def _key(row: Row) -> str:
    return _code.line(row.needed("lineId"))


def _read(row: Row) -> Line:
    code = row.needed("serviceCode")
    return Line(Service(code, row.text("description") or code, row.day("since")), needed(row.flag("active"), "active"))


async def put(soap: Soap, deed: FixedServiceSet, request_id: str, number: str | None) -> Told:
    """Turn a service on or off: SetLineService; `number` is where its messages go, its one parameter.

    Raises BackendErrors; `undone` when surely nothing was changed.
    """
    wanted: Fields = [
        ("lineId", deed.line_key),
        ("serviceCode", _CODES[deed.service]),
        ("active", _YES_NO[deed.active]),
        *([] if number is None else [("parameter", number)]),
    ]
    return await submit.send(soap, "SetLineService", wanted, Author(deed.person_key, request_id))
