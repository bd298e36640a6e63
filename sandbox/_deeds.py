"""What people did in the sandbox: beside the world, which never changes, and the judge of what was done twice.

A change is known by its request id: the same one sent again is the same change, under another id it is a second one
(legacy.md, quirk 14). It shows when reads have caught up with it, and may be refused after it was taken (quirk 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.world.model import Order, ServiceRequest


@dataclass(frozen=True, slots=True)
class Deed:
    """One change: `what` was set to `value` on a thing of a system.

    Attributes:
        request_id: what the caller named it by.
        what: for example "sim" or "paperless".
        subject: the thing's id.
        value: that it was set to; None where it was only asked for.
        at: when it was taken.
        shown_from: when reads begin to show it.
        refused_from: when it is refused after all; None for never.
        request: how the system keeps it, in its first state; None where it keeps no request.
        order: how the system keeps it, in its first state; None where it is no order.
        done_from: when it is done, and its value counts; None: as soon as it shows.
    """

    request_id: str
    what: str
    subject: str
    value: Any
    at: datetime
    shown_from: datetime
    refused_from: datetime | None = None
    request: ServiceRequest | None = None
    order: Order | None = None
    done_from: datetime | None = None

    def is_done(self, now: datetime) -> bool:
        """Tell whether it shows as done."""
        return self.refused_from is None and max(self.shown_from, self.done_from or self.shown_from) <= now


class Deeds:
    """All changes in the order in which they were taken."""

    def __init__(self) -> None:
        self._taken: dict[str, Deed] = {}

    def __iter__(self) -> Iterator[Deed]:
        return iter(list(self._taken.values()))

    def __len__(self) -> int:
        return len(self._taken)

    def take(self, deed: Deed) -> Deed:
        """Take a change; one of the same request id is the first one again."""
        return self._taken.setdefault(deed.request_id, deed)

    def taken(self, request_id: str) -> Deed | None:
        """Give the change of a request id."""
        return self._taken.get(request_id)

    def value(self, what: str, subject: str, first: Any, now: datetime) -> Any:
        """Tell what something is now: as it was last set, `first` if it never was."""
        shown = self.shown(what, subject, now)
        return shown[-1].value if shown else first

    def last(self, what: str, subject: str, first: Any) -> Any:
        """Tell what something was last set to, whether reads show it or not: what the system itself goes by."""
        taken = [
            each.value
            for each in self
            if (each.what, each.subject) == (what, subject) and each.value is not None and each.refused_from is None
        ]
        return taken[-1] if taken else first

    def shown(self, what: str, subject: str, now: datetime) -> list[Deed]:
        """Give what was done to something as far as reads show it, in the order in which it was taken."""
        return [
            each
            for each in self
            if (each.what, each.subject) == (what, subject) and each.value is not None and each.is_done(now)
        ]

    def is_asked(self, what: str, subject: str, now: datetime) -> bool:
        """Tell whether something is asked for of a thing, as reads show it, and not refused by now."""
        return bool(self.asked(what, subject, now))

    def asked(self, what: str, subject: str, now: datetime) -> list[Deed]:
        """Give what is asked for of a thing, as reads show it, and not refused by now, in the order of asking."""
        return [
            each
            for each in self
            if (each.what, each.subject) == (what, subject)
            and each.shown_from <= now
            and (each.refused_from is None or now < each.refused_from)
        ]

    def requests(self, network: str, now: datetime) -> list[ServiceRequest]:
        """Give the requests that were made of the changes, as they are now."""
        return [
            _as_of(each, each.request, now)
            for each in self
            if each.request is not None and each.request.network == network and each.shown_from <= now
        ]

    def orders(self, network: str, now: datetime) -> list[Order]:
        """Give the orders that were made of the changes, as they are now."""
        return [
            _order_as_of(each, each.order, now)
            for each in self
            if each.order is not None and each.order.network == network and each.shown_from <= now
        ]

    def clear(self) -> None:
        """Undo all changes."""
        self._taken.clear()


def _as_of(deed: Deed, request: ServiceRequest, now: datetime) -> ServiceRequest:
    if deed.is_done(now):
        return _ended(request, "DONE", deed.done_from or deed.shown_from)
    if deed.refused_from is not None and deed.refused_from <= now:
        return _ended(request, "REJECTED", deed.refused_from)
    return request


def _ended(request: ServiceRequest, state: str, at: datetime) -> ServiceRequest:
    ticket = request.ticket and replace(request.ticket, state=state)
    return replace(request, state=state, closed_at=at, ticket=ticket)


def _order_as_of(deed: Deed, order: Order, now: datetime) -> Order:
    """Give an order as it is now: it goes on only when it is made to, but may fail by itself."""
    return ended(order, "FAILED") if deed.refused_from is not None and deed.refused_from <= now else order


def ended(order: Order, state: str) -> Order:
    """Give an order of which every item has ended in a state."""
    return replace(order, state=state, items=tuple(replace(item, state=state) for item in order.items))
