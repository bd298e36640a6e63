"""Why and when lines are ceased."""

from datetime import date
from enum import Enum
from typing import NamedTuple


class CessationReason(Enum):
    """Why a line is ceased."""

    NOT_NEEDED = "NOT_NEEDED"
    OTHER_OPERATOR = "OTHER_OPERATOR"
    COST = "COST"
    QUALITY = "QUALITY"
    CLOSURE = "CLOSURE"
    OTHER = "OTHER"


class Cessation(NamedTuple):
    """Why, and on which day; None is as soon as possible."""

    reason: CessationReason
    wanted_on: date | None
