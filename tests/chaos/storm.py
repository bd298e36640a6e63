"""A storm: a house under load and under faults, every answer judged, and a look around when all is over.

Afterwards every page must be as it was before within ten seconds, of which those that the BFF pauses are let pass at
once; all breakers closed; no connection that was struck, no task and no file left over.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

import httpx

from bff.cache.kinds import HEARD_S
from sandbox._faults import System
from sandbox.server import Sandbox
from tests.chaos.judge import Judge, Verdict, Wrong
from tests.chaos.weather import SkewedClock, Weather
from tests.faults import dashboard
from tests.faults.proxied import Wired, wired
from tests.house import House, house
from tests.plan.cost import company_of
from tests.proxy import Proxy
from tests.redis_server import RedisServer
from tests.waiting import eventually

_OF_BOTH = "legal"
PERSONAS: Final = (_OF_BOTH, "admin", "user", "mobile", "fixed")
"""Of three companies: one with both networks and five with one each are never to be mixed up."""
QUERIES: Final = {
    "page": dashboard.QUERY,
    "contracts": "{ customer { contracts(first: 50) { totalCount nodes { number state } } } }",
    "lines": "{ customer { lines(first: 100) { totalCount nodes { __typename number } } } }",
    "invoices": """{ customer { invoices(first: 100) {
        totalCount nodes { number issuedOn total { gross { amount } } }
    } } }""",
    "orders": "{ customer { orders(first: 100) { totalCount nodes { number kind } } } }",
    "services": """{ customer {
        contracts(first: 50) { nodes { number services { timDuo { lineNumber } } billing { directDebit { holder } } } }
        fixedLines(first: 50) { nodes { number services { code } } }
    } }""",
    "requests": "{ customer { requests(first: 100) { totalCount nodes { reference kind } } } }",
}
HEALTHY_S: Final = 10.0
"""How long it may take until all is well again, after the last fault has gone."""

_CLIENTS = 6
_PAUSE_S = 0.01
_TELL_S = 5.0
_LEAVES = 0.05
_KEEPS = 0.7  # of those who ask, those who signed in before it began
_DAYS_S = 30 * 24 * 3600
_PATIENCE_S = 8.0  # the request's own 5 s, and what a busy machine adds
_LOOK_S = 0.5
_SETTINGS = {"backend_timeout_s": "1", "connect_timeout_s": "0.5", "redis_timeout_s": "0.05"}


class Broken(Exception):
    """What must hold did not; the text has the seed and the last events, so that it can be made again."""


class Tally(NamedTuple):
    """What a storm saw: answers by status, errors by code, clients that left, faults played, seconds until healthy."""

    statuses: Counter[int]
    codes: Counter[str]
    left: int
    played: Counter[str]
    healthy_s: float

    def __str__(self) -> str:
        return (
            f"answers {dict(self.statuses)}, errors {dict(self.codes)}, {self.left} clients left, "
            f"{sum(self.played.values())} faults, healthy after {self.healthy_s:.1f} s"
        )


class Storms:
    """A house to storm at, again and again."""

    def __init__(self, sandbox: Sandbox, wire: Wired, redis: RedisServer, clock: SkewedClock) -> None:
        self._sandbox = sandbox
        self._wire = wire
        self._redis = redis
        self._clock = clock
        self._judge = Judge(sandbox.world)
        self._customers = {name: company_of(sandbox.world, name).tax_code for name in PERSONAS}
        self.statuses: Counter[int] = Counter()
        self.codes: Counter[str] = Counter()
        self.left = 0
        asyncio.run(self._pages(wire.house))
        self._operations = sorted({(each.system, each.operation) for each in sandbox.ledger.entries()})
        self._tasks = wire.tasks()

    def storm(self, seed: int, seconds: float, say: Callable[[str], None] = lambda _line: None) -> Tally:
        """Let one storm rage and look around after it. Raises Broken."""
        rng = random.Random(seed)  # noqa: S311 - a storm must come again alike
        self.statuses, self.codes, self.left = Counter(), Counter(), 0
        self._kept = {persona: self._long_token(persona) for persona in PERSONAS}
        operations: list[tuple[System, str]] = [(each[0], each[1]) for each in self._operations]  # type: ignore[misc]  # names of the literal
        weather = Weather(rng, self._sandbox, self._wire, redis=self._redis, clock=self._clock, operations=operations)
        try:
            asyncio.run(self._rage(weather, rng, seconds, say))
            healthy_s = self._heal()
            self._look_around()
        except* (Wrong, AssertionError) as wrong:
            story = "\n".join([f"seed {seed}", *map(str, wrong.exceptions), "last events:", *weather.events])
            raise Broken(story) from wrong
        return Tally(self.statuses, self.codes, self.left, weather.played, healthy_s)

    def _long_token(self, persona: str) -> str:
        """Make a token for a whole storm, in which days pass."""
        provider = self._sandbox._identity.state.provider  # type: ignore[union-attr]  # it runs
        token: str = provider.mint(persona, exp=int(self._sandbox.clock.now().timestamp()) + _DAYS_S)
        return token

    # --- while it rages -----------------------------------------------------------------------------------------------

    async def _rage(self, weather: Weather, rng: random.Random, seconds: float, say: Callable[[str], None]) -> None:
        over = asyncio.Event()
        async with httpx.AsyncClient(base_url=self._wire.house.url) as client, asyncio.TaskGroup() as clients:
            for _ in range(_CLIENTS):
                clients.create_task(self._visit(client, random.Random(rng.random()), over))  # noqa: S311
            telling = clients.create_task(self._tell(weather, say))
            await weather.blow(seconds)
            over.set()
            telling.cancel()

    async def _visit(self, client: httpx.AsyncClient, rng: random.Random, over: asyncio.Event) -> None:
        while not over.is_set():
            persona, query = rng.choice(PERSONAS), rng.choice(tuple(QUERIES))
            patience_s = rng.uniform(0.001, 0.2) if rng.random() < _LEAVES else None
            token = self._kept[persona] if rng.random() < _KEEPS else ""
            try:
                verdict = await self._ask(client, persona, query, patience_s or _PATIENCE_S, token)
            except httpx.TimeoutException as late:
                if patience_s is None:
                    raise Wrong(f"{persona} waited longer than {_PATIENCE_S} s for {query}") from late
                self.left += 1
                continue
            self.statuses[verdict.status] += 1
            self.codes.update(verdict.codes)
            await asyncio.sleep(_PAUSE_S)

    async def _tell(self, weather: Weather, say: Callable[[str], None]) -> None:
        while True:
            await asyncio.sleep(_TELL_S)
            say(f"{sum(self.statuses.values())} answers, {weather.active} faults on, errors {dict(self.codes)}")

    async def _ask(
        self, client: httpx.AsyncClient, persona: str, query: str, timeout_s: float, token: str = ""
    ) -> Verdict:
        response = await client.post(
            "/graphql",
            json={"query": QUERIES[query]},
            headers={"authorization": f"Bearer {token or self._sandbox.token(persona)}"},
            timeout=timeout_s,
        )
        try:
            return self._judge.judge(self._customers[persona], response)
        except Wrong as wrong:
            raise Wrong(f"{persona} asked for {query}: {wrong}") from wrong

    # --- when it is over ----------------------------------------------------------------------------------------------

    async def _pages(self, opened: House) -> dict[str, Verdict]:
        """Ask for the page as everybody."""
        async with httpx.AsyncClient(base_url=opened.url) as client:
            return {persona: await self._ask(client, persona, "page", _PATIENCE_S) for persona in PERSONAS}

    def _heal(self) -> float:
        """Wait until every page is as it should be; give the seconds until then, those let pass included."""
        # What was read wrongly and could not be known to be is kept for as long as what was read rightly.
        self._sandbox.clock.set(_next_morning(self._sandbox.clock.now()))
        with house(self._sandbox, clock=self._sandbox.clock) as knows_nothing_of_it:
            right = asyncio.run(self._pages(knows_nothing_of_it))
        began = self._wire.time()
        while found := self._differences(right):
            if self._wire.time() - began > HEALTHY_S:
                raise Wrong(f"not healthy after {self._wire.time() - began:.1f} s: {found}")
            self._wire.time.pass_by(_LOOK_S)
            self._forget()
        return self._wire.time() - began

    def _forget(self) -> None:
        """Let the caches be empty: a breaker closes when a call is made, and for what is kept none is."""
        self._redis.ask("FLUSHALL")
        self._sandbox.clock.advance(HEARD_S + 1)

    def _differences(self, right: Mapping[str, Verdict]) -> list[str]:
        pages = asyncio.run(self._pages(self._wire.house))
        asyncio.run(self._try_all())
        systems = self._wire.house.client.get("/health/ready").json().get("systems", {})
        return [
            *(f"{persona}: {page[:2]}" for persona, page in pages.items() if page != right[persona]),
            *(f"{name}: {told['state']}" for name, told in systems.items() if told["state"] != "up"),
        ]

    async def _try_all(self) -> None:
        """Ask for what no page shows too: the breaker of a group that nobody calls stays as it was."""
        async with httpx.AsyncClient(base_url=self._wire.house.url) as client:
            for query in QUERIES:
                await self._ask(client, _OF_BOTH, query, _PATIENCE_S)

    def _look_around(self) -> None:
        for name, proxy in self._wire.proxies.items():
            eventually(partial(_has_let_go, proxy), f"connections to {name} that were struck stay open")
        eventually(lambda: self._wire.tasks() <= self._tasks, f"there are more than {self._tasks} tasks")


def _has_let_go(proxy: Proxy) -> bool:
    return proxy.counts.struck_open == 0


def _next_morning(now: datetime) -> datetime:
    """Give a time beyond all that is kept, when no system sleeps."""
    return (now + timedelta(days=2)).replace(hour=10)


@contextmanager
def storms(sandbox: Sandbox, redis: RedisServer) -> Iterator[Storms]:
    """Open a house for storms; they leave the clock of the sandbox moved."""
    clock = SkewedClock(sandbox.clock)
    with wired(sandbox, clock=clock, redis_url=redis.url, **_SETTINGS) as wire:
        yield Storms(sandbox, wire, redis, clock)
