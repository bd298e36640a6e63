"""Fixed lines: `Line` of the schema. A line's id is its number as dialled in Italy, with the leading 0."""

from datetime import datetime

from bff.backends._batch import Reading
from bff.backends._code import Codes
from bff.backends.fixed._value import Row
from bff.domain.line import FixedLine, FixedLineType, LineState

_ITALY = "+39"

_STATES = Codes(
    "fixed line state",
    LineState.UNKNOWN,
    {
        "ATP": LineState.ACTIVATING,
        "ATT": LineState.ACTIVE,
        "SOS": LineState.SUSPENDED,
        "CIP": LineState.CEASING,
        "REV": LineState.ACTIVE,  # its cessation is being revoked: it stays in use
        "CES": LineState.CEASED,
    },
)
_TYPES = Codes(
    "fixed line type",
    FixedLineType.UNKNOWN,
    {
        "RTG": FixedLineType.ANALOGUE,
        "ISDN_BRA": FixedLineType.ISDN_BASIC,
        "ISDN_PRA": FixedLineType.ISDN_PRIMARY,
        "VOIP": FixedLineType.VOIP,
        "ADSL": FixedLineType.ADSL,
        "FTTC": FixedLineType.FTTC,
        "FTTH": FixedLineType.FTTH,
        "SIP_TRUNK": FixedLineType.SIP_TRUNK,
    },
)


def by_account(as_of: datetime) -> Reading[Row, FixedLine]:
    """Read lines, by account code."""
    return _by("accountCode", as_of)


def by_key(as_of: datetime) -> Reading[Row, FixedLine]:
    """Read lines, by their id."""
    return _by("lineId", as_of)


def _by(name: str, as_of: datetime) -> Reading[Row, FixedLine]:
    return Reading(
        lambda row: row.text("lineId") or "", lambda row: (row.text(name) or "",), lambda row, _key: _line(row, as_of)
    )


def _line(row: Row, as_of: datetime) -> FixedLine:
    key = row.needed("lineId")
    return FixedLine(
        key=key,
        number=_ITALY + key,
        state=_STATES.read(row.text("state")),
        type=_TYPES.read(row.text("type")),
        location=row.address("location"),
        account_code=row.needed("accountCode"),
        as_of=as_of,
    )
