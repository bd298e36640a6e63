"""What can be done with a thing, and why not when not: the buttons of a page."""

from datetime import datetime
from enum import Enum

import msgspec


class ActionState(Enum):
    """How to show a button."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    HIDDEN = "HIDDEN"


class ActionReason(Enum):
    """Why something can't be used."""

    PROFILE = "PROFILE"
    STATE = "STATE"
    IN_PROGRESS = "IN_PROGRESS"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    WINDOW_EXPIRED = "WINDOW_EXPIRED"
    SYSTEM_UNAVAILABLE = "SYSTEM_UNAVAILABLE"


class Action(msgspec.Struct, frozen=True, gc=False):
    """A button: the name of its mutation, how to show it, and why not (None when enabled)."""

    name: str
    state: ActionState
    reason: ActionReason | None = None
    message: str | None = None
    available_from: datetime | None = None
