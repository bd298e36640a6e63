"""What was called: the sandbox's judge of how many backend calls a request cost and of what was done twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime

import msgspec

_KEPT = 100_000


class Entry(msgspec.Struct, rename="camel"):
    """One call. `keys` counts the batch keys; `status` is None while, or because, no answer was sent.

    `fault` names the quirks that changed the answer, joined by commas, and None when none did; as long as there is no
    answer, those that struck.
    """

    at: datetime
    system: str
    operation: str
    keys: int
    request_id: str | None
    status: int | None = None
    fault: str | None = None


class Ledger:
    """All calls in order of arrival; the oldest are forgotten after 100,000."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Note a call, as soon as it is read; its status is filled in later."""
        self._entries.append(entry)

    def entries(self, *, request_id: str | None = None, system: str | None = None) -> list[Entry]:
        """Give the calls, or only those of one request or system."""
        return [
            entry
            for entry in self._entries.copy()
            if request_id in {None, entry.request_id} and system in {None, entry.system}
        ]

    def clear(self) -> None:
        """Forget all calls."""
        self._entries.clear()
