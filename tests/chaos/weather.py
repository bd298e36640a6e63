"""The faults of a storm: all quirks of the sandbox, all faults of the wire, Redis, keys and clocks.

What comes, when and for how long is drawn from a seed alone. A spell is one fault with its beginning and its end.
"""

import asyncio
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bff.clock import Clock
from sandbox._faults import Parameters, Quirk, Rule, System, applies, modes
from sandbox.server import Sandbox
from tests.faults.proxied import SYSTEMS, Wired
from tests.proxy import WireFault
from tests.redis_server import RedisServer

SKEW_S: Final = 360
KEPT_EVENTS: Final = 30
_PAUSE_S = (0.02, 0.15)
_FORWARD_S = (0, 20 * 60)
_LASTS_S = (0.1, 1.5)
_FOR_ALL_LASTS_S = (0.02, 0.2)
_FOR_ALL: Final = frozenset({"directory", "identity"})
_KEYS_APART_S = 31.0
_NOT_PLAYED = frozenset({WireFault.ANSWERED_TWICE})
"""The client library takes what comes behind an answer for the next one: see docs/reliability.md."""


class SkewedClock:
    """Another's clock, ahead by `skew_s` or behind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.skew_s = 0.0

    def now(self) -> datetime:
        """Give the present instant, as this clock has it."""
        return self._clock.now() + timedelta(seconds=self.skew_s)


class Spell(NamedTuple):
    """A fault: what it is called in reports, how it begins and ends, whether nobody is let in meanwhile."""

    name: str
    begin: Callable[[], None]
    end: Callable[[], None]
    for_all: bool = False


class Weather:
    """Draws spells and plays them.

    Attributes:
        played: how often each kind of fault was played.
        events: the last of what happened, for who wants to know what led to a failure.
    """

    def __init__(
        self,
        rng: random.Random,
        sandbox: Sandbox,
        wire: Wired,
        *,
        redis: RedisServer,
        clock: SkewedClock,
        operations: Sequence[tuple[System, str]],
    ) -> None:
        """Make ready; `operations` are those of the sandbox that can be struck."""
        self._rng = rng
        self._sandbox = sandbox
        self._wire = wire
        self._redis = redis
        self._clock = clock
        self._operations = operations
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._rotated = False
        self.played: Counter[str] = Counter()
        self.events: deque[str] = deque(maxlen=KEPT_EVENTS)

    @property
    def active(self) -> int:
        """How many faults there are now."""
        return len(self._rules) + len(self._busy)

    async def blow(self, seconds: float) -> None:
        """Let faults come and go for so long; then there are none."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as spells:
            while loop.time() - began < seconds:
                if spell := self._drawn():
                    lasts_s = self._rng.uniform(*(_FOR_ALL_LASTS_S if spell.for_all else _LASTS_S))
                    self.events.append(f"{loop.time() - began:7.2f} s: {spell.name} for {lasts_s:.2f} s")
                    spells.create_task(self._lived(spell, lasts_s))
                # Whatever is kept gets old, so that what fails is asked.
                self._sandbox.clock.advance(self._rng.uniform(*_FORWARD_S))
                await asyncio.sleep(self._rng.uniform(*_PAUSE_S))

    async def _lived(self, spell: Spell, lasts_s: float) -> None:
        await asyncio.to_thread(spell.begin)
        try:
            await asyncio.sleep(lasts_s)
        finally:
            await asyncio.to_thread(spell.end)

    def _drawn(self) -> Spell | None:
        """Draw the next spell; None when its place is taken by one that still lasts."""
        draws = (self._quirk, self._wire_fault, self._redis_trouble, self._skew, self._rotation)
        (draw,) = self._rng.choices(draws, weights=(24, 12, 4, 1, 1))
        return draw()

    def _system(self) -> str:
        """Draw a system: those that all depend on less often, or nothing else would be seen to fail."""
        return self._rng.choices(SYSTEMS, weights=(5, 5, 1, 1))[0]

    # --- the systems --------------------------------------------------------------------------------------------------

    def _quirk(self) -> Spell:
        name = self._system()
        system, operation = self._rng.choice([each for each in self._operations if each[0] == name])
        quirk = self._rng.choice(sorted(applies(system, operation)))
        rule = Rule(
            quirk=quirk,
            system=system,
            operation=operation,
            rate=self._rng.choice((0.3, 1.0)),
            seed=self._rng.randrange(1000),
            parameters=self._parameters(system, quirk),
        )
        self.played[quirk] += 1

        told = f"{quirk} of {system} {operation}, rate {rule.rate}, mode {rule.parameters.mode}"
        return Spell(
            told,
            lambda: self._rule(self._rules.append, rule),
            lambda: self._rule(self._rules.remove, rule),
            for_all=system in _FOR_ALL,
        )

    def _rule(self, change: Callable[[Rule], None], rule: Rule) -> None:
        with self._lock:
            change(rule)
            self._sandbox.faults.set(*self._rules)

    def _parameters(self, system: System, quirk: Quirk) -> Parameters:
        possible = modes(system, quirk)
        return Parameters(
            seconds=SKEW_S if quirk is Quirk.CLOCK_SKEW else self._rng.choice((0.2, 1.0, 8.0)),
            mode=self._rng.choice(possible) if possible else None,
            status=self._rng.choice((500, 502, 504)),
            body=self._rng.choice(("empty", "html", "plain")),
            keys=self._keys() if quirk is Quirk.POISONED_KEY else (),
            limit=self._rng.choice((1, 4)),
        )

    def _keys(self) -> tuple[str, ...]:
        """Choose some that may be in a batch: contracts, accounts, companies, people."""
        world = self._sandbox.world
        keys = [user.subject for user in world.users[:12]]
        for company in world.companies:
            keys += [company.tax_code, *(each.id for each in company.agreements[:4])]
            keys += [each.code for each in company.fixed_accounts[:4]]
        return tuple(self._rng.sample(keys, 8))

    # --- the wire -----------------------------------------------------------------------------------------------------

    def _wire_fault(self) -> Spell | None:
        name = self._system()
        fault = self._rng.choice([each for each in WireFault if each not in _NOT_PLAYED])
        proxy = self._wire.proxies[name]
        return self._alone(f"wire of {name}", fault, lambda: proxy.play(fault), proxy.clear, for_all=name in _FOR_ALL)

    # --- what is ours -------------------------------------------------------------------------------------------------

    def _redis_trouble(self) -> Spell | None:
        troubles: Mapping[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "killed": (self._redis.kill, self._redis.start),
            "stalled": (self._redis.stall, self._redis.resume),
            "flushed": (self._flush, lambda: None),
        }
        name = self._rng.choice(tuple(troubles))
        return self._alone("redis", f"redis_{name}", *troubles[name])

    def _flush(self) -> None:
        self._redis.ask("FLUSHALL")

    def _skew(self) -> Spell | None:
        skew_s = self._rng.choice((-SKEW_S, SKEW_S))

        def skew(seconds: float) -> None:
            self._clock.skew_s = seconds

        return self._alone("clock", f"clock_{skew_s:+}_s", lambda: skew(skew_s), lambda: skew(0), for_all=True)

    def _rotation(self) -> Spell | None:
        """Rotate the keys, which may be read anew by then, as half a minute after the last time."""
        if self._rotated:
            return None
        self._rotated = True
        provider = self._sandbox._identity.state.provider  # type: ignore[union-attr]  # it runs

        def rotate() -> None:
            self._wire.time.pass_by(_KEYS_APART_S)
            provider.rotate()

        return self._alone("keys", "keys_rotated", rotate, lambda: None)

    def _alone(
        self, place: str, name: str, begin: Callable[[], None], end: Callable[[], None], *, for_all: bool = False
    ) -> Spell | None:
        """Make a spell of something that can have only one at a time."""
        if place in self._busy:
            return None
        self._busy.add(place)
        self.played[name] += 1

        def end_it() -> None:
            end()
            self._busy.discard(place)

        return Spell(f"{name} ({place})", begin, end_it, for_all=for_all)
