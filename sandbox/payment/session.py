"""Sessions: one for each reference, open until somebody pays, is declined or leaves, or its time is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

State = Literal["open", "paid", "declined", "cancelled", "expired"]
OPEN_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Session:
    """A session; `charges` counts how often money was taken by it."""

    id: str
    reference: str
    cents: int
    return_url: str
    language: str
    expires_at: datetime
    state: State = "open"
    charges: int = 0


class Mismatch(Exception):
    """A reference was used for another amount."""


class Sessions:
    """All sessions, by their references."""

    def __init__(self) -> None:
        self._held: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._held.values()))

    def open(self, reference: str, cents: int, return_url: str, language: str, now: datetime) -> Session:
        """Open a session; one of the same reference is the first one again. Raises Mismatch."""
        held = self.get(reference, now)
        if held is None:
            session_id = f"ps_{sha256(reference.encode()).hexdigest()[:24]}"
            expires_at = now.replace(microsecond=0) + OPEN_FOR
            held = self._held[reference] = Session(session_id, reference, cents, return_url, language, expires_at)
        if held.cents != cents:
            raise Mismatch
        return held

    def get(self, reference: str, now: datetime) -> Session | None:
        """Give the session of a reference as it is now."""
        held = self._held.get(reference)
        if held is not None and held.state == "open" and held.expires_at <= now:
            held = self._held[reference] = replace(held, state="expired")
        return held

    def by_id(self, session_id: str, now: datetime) -> Session | None:
        """Give a session by its own id."""
        return next((self.get(each.reference, now) for each in self if each.id == session_id), None)

    def decide(self, session: Session, state: State) -> Session:
        """Let somebody pay, be declined or leave; what is not open any more stays as it is."""
        held = self._held[session.reference]
        if held.state == "open":
            charges = held.charges + (state == "paid")
            held = self._held[session.reference] = replace(held, state=state, charges=charges)
        return held

    def clear(self) -> None:
        """Forget all."""
        self._held.clear()
