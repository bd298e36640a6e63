"""Fixed lines: `Line` of the schema. A line's id is its number as dialled in Italy, with the leading 0."""

from datetime import datetime

from bff.backends._batch import Reading
from bff.backends._code import Codes
from bff.backends.fixed import _code
from bff.backends.fixed._value import Row, identity
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
    return Reading(identity(_key), lambda row: (_account(row),), lambda row, _key: _line(row, as_of))


def by_key(as_of: datetime) -> Reading[Row, FixedLine]:
    """Read lines, by their id."""
    return Reading(identity(_key), lambda row: (_key(row),), lambda row, _key: _line(row, as_of))


def _key(row: Row) -> str:
    return _code.line(row.needed("lineId"))


def _account(row: Row) -> str:
    return _code.account(row.needed("accountCode"))


def _line(row: Row, as_of: datetime) -> FixedLine:
    key = _key(row)
    return FixedLine(
        key=key,
        number=_ITALY + key,
        state=_STATES.read(row.text("state")),
        type=_TYPES.read(row.text("type")),
        location=row.address("location"),
        account_code=_account(row),
        as_of=as_of,
    )
