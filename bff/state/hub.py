"""The hub of one worker: what it hears of makes copies worthless first, and then wakes who waits for it.

A hint is never believed: it says whose copies to drop and who should look again. So hints may come twice, late, in any
order or not at all; a flood of them becomes one look.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bff.domain.event import Hint, Thing, Topic
from bff.domain.system import System
from bff.observability import EVENTS, logger
from bff.state.events import Events

_SHOWN: Final = {Topic.ORDER: ("order", "shipment"), Topic.REQUEST: ("request",)}
"""What subscriptions show of a topic: tags of the cache."""
TAGS: Final = {
    Topic.ORDER: (*_SHOWN[Topic.ORDER], "service"),
    Topic.REQUEST: (*_SHOWN[Topic.REQUEST], "service"),
    Topic.PRODUCT: ("line", "service"),
    Topic.OFFER: ("offer",),
    Topic.CATALOGUE: ("catalogue",),
    Topic.PERSON: ("user",),
    Topic.PAYMENT: ("invoice", "credit"),
}
"""What is worthless once something of a topic has changed: tags of the cache. What was ordered changes services."""

_WAITING_MAX = 1_000
_THINGS_MAX = 100

_log = logger(__name__)

Place = tuple[str, Topic]
"""A company's tax code, or of what happens to a person the subject of their tokens, and a topic."""


def topics_of(tags: Iterable[str]) -> list[Topic]:
    """Give the topics of which subscriptions show what is cached under some tags."""
    return [topic for topic, shown in _SHOWN.items() if not set(tags).isdisjoint(shown)]


class Ear:
    """What one subscription has been told of since it looked last: at most 100 things, then just that there is more."""

    __slots__ = ("_things", "_woken")

    def __init__(self) -> None:
        self._things: dict[Thing, None] = {}
        self._woken = asyncio.Event()

    def wake(self, thing: Thing | None) -> None:
        """Take note that something may have changed; None: anything."""
        if thing is not None and len(self._things) < _THINGS_MAX:
            self._things[thing] = None
        self._woken.set()

    async def told(self, within_s: float) -> Sequence[Thing] | None:
        """Wait until told of something, at most so long; give the things that were named, None if told of nothing."""
        try:
            async with asyncio.timeout(within_s):
                await self._woken.wait()
        except TimeoutError:
            return None
        self._woken.clear()
        things, self._things = list(self._things), {}
        return things


class Hub:
    """Hears for one worker, and tells its subscriptions.

    Args:
        events: carry hints between the workers.
        company: gives the tax code of a customer's company; None when nothing is held of it here.
        owner: gives the name of a company in the cache, by its tax code.
        invalidate: makes worthless what is held of a company under some tags, on all workers.
        everybody: in whose name is held what is the same for all customers.
    """

    def __init__(
        self,
        events: Events,
        *,
        company: Callable[[System, str], str | None],
        owner: Callable[[str], str],
        invalidate: Callable[[str, Sequence[str]], Awaitable[bool]],
        everybody: str,
    ) -> None:
        self._events = events
        self._company = company
        self._owner = owner
        self._listed: dict[str, str] = {}
        self._invalidate = invalidate
        self._everybody = everybody
        self._ears: dict[Place, set[Ear]] = {}
        self._heard: deque[tuple[Place, Thing | None]] = deque(maxlen=_WAITING_MAX)
        self._work = asyncio.Event()

    async def tell(self, event: str, hint: Hint) -> bool:
        """Tell all workers; False when they know of this event already.

        Raises:
            StateUnavailable: they can't be told.
        """
        return await self._events.publish(event, hint)

    async def refresh(self, company: str, topic: Topic) -> None:
        """Make worthless what is held of a company, for who was told of a change that reads did not show yet."""
        await self._invalidate(company, TAGS[topic])

    @contextmanager
    def ear(self, company: str, topic: Topic, subject: str) -> Iterator[Ear]:
        """Be told of what happens to a company, and to the person who listens, within `with`."""
        ear, places = Ear(), ((company, topic), (subject, Topic.PERSON))
        for place in places:
            self._listed[self._owner(place[0])] = place[0]
            self._ears.setdefault(place, set()).add(ear)
        try:
            yield ear
        finally:
            for place in places:
                self._ears[place].discard(ear)
                if not self._ears[place]:
                    del self._ears[place]

    @property
    def listening(self) -> int:
        """Count the subscriptions."""
        return len({ear for ears in self._ears.values() for ear in ears})

    async def run(self) -> None:
        """Hear and tell, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._events.listen(self._missed, self._hear))
            tasks.create_task(self._tell())

    def _hear(self, hint: Hint) -> None:
        if hint.topic is Topic.CATALOGUE:
            company: str | None = self._everybody
        elif hint.system is None:
            company = self._listed.get(hint.customer_key)
        else:
            company = self._company(hint.system, hint.customer_key)
        if company is None:
            EVENTS.labels("nobody's").inc()
            return
        EVENTS.labels("heard").inc()
        named = None if hint.system is None or hint.key is None else Thing(hint.system, hint.key)
        self._add((company, hint.topic), named)

    def _missed(self) -> None:
        """Let all look again: what was told before this moment may have been missed."""
        for place in self._ears:
            self._add(place, None)

    def _add(self, place: Place, thing: Thing | None) -> None:
        if len(self._heard) == _WAITING_MAX:  # the oldest goes, so all must look
            _log.warning("events_flood")
            self._heard.clear()
            self._heard.extend((each, None) for each in list(self._ears)[:_WAITING_MAX])
        self._heard.append((place, thing))
        self._work.set()

    async def _tell(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            together: dict[Place, list[Thing | None]] = {}
            while self._heard:
                place, thing = self._heard.popleft()
                together.setdefault(place, []).append(thing)
            for (company, topic), things in together.items():
                await self._invalidate(company, TAGS[topic])
                for ear in self._ears.get((company, topic), ()):
                    for thing in things:
                        ear.wake(thing)
