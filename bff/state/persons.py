"""What counts for a person at once, on every worker: what has ended for them, and for which company they have chosen.

Kept under a hash of the subject of their tokens, in the state Redis or, on the embedded default, in memory. One read
gives both, beside that of the person. The directory decides who may come in; what stands here is only ahead of it: a
membership that was ended here is over although the directory's reads lag (spec, legacy.md, quirk 15), and for tokens of
before (reliability-security.md, 'Sessions and tokens': by `sub` and time); a profile that was given here counts as long
as they may lag. While Redis does not answer, the directory
alone decides, within the half minute that it is cached.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from bff.errors import StateUnavailable
from bff.observability import logger
from bff.redis_client import FAILURES, Client

LIFE_S: Final = 12 * 3600
"""How long it is remembered, from the last that was noted: no session is longer."""
KEY_LIFE_S: Final = 48 * 3600
"""How long the key of a choice is remembered."""
LAG_S: Final = 75.0
"""For how long reads of the directory may bring a membership back that has ended."""

_PAUSE_S = 1.0  # in which a Redis that failed is not asked
_KEPT_MAX = 10_000

# What is kept is a line for each thing, in JSON. Puts a line in the place of the one that begins alike.
_PUT: Final = """
local held, kept = redis.call('GET', KEYS[1]) or '', {}
for line in string.gmatch(held, '[^\\n]+') do
  if string.sub(line, 1, #ARGV[1]) ~= ARGV[1] then table.insert(kept, line) end
end
table.insert(kept, ARGV[2])
redis.call('SET', KEYS[1], table.concat(kept, '\\n'), 'EX', ARGV[3])
"""
_END: Final = _PUT + "return {'1'}"
_CHOOSE: Final = (
    """
local before = redis.call('GET', KEYS[2])
if before then return {before == ARGV[4] and 'same' or 'other'} end
redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5])
"""
    + _PUT
    + "return {'chosen'}"
)

_log = logger(__name__)


class Choice(Enum):
    """What became of a choice, by its idempotency key."""

    CHOSEN = "chosen"
    SAME = "same"
    OTHER = "other"


class Noted(NamedTuple):
    """What is noted of a person: when memberships have ended, which was chosen in which client, and new profiles."""

    ended: Mapping[str, float]
    chosen: Mapping[str, str]
    profiles: Mapping[str, tuple[str, float]] = {}

    def profile(self, membership: str, now: datetime) -> str | None:
        """Give the profile that a membership got a moment ago, for as long as reads may bring back the one before."""
        name, at = self.profiles.get(membership, ("", float("-inf")))
        return name if now.timestamp() < at + LAG_S else None

    def has_ended(self, membership: str, issued_at: datetime, now: datetime) -> bool:
        """Tell whether a membership is over for a token, whatever the directory says."""
        at = self.ended.get(membership)
        return at is not None and (issued_at.timestamp() <= at or now.timestamp() < at + LAG_S)


NOTHING: Final = Noted({}, {})
"""Of most people nothing is noted."""


class PersonStore(Protocol):
    """Where it is kept. Raises `FAILURES`."""

    async def read(self, name: str) -> str:
        """Give the lines of a person; empty when there are none."""
        ...

    async def end(self, name: str, start: str, line: str) -> None:
        """Put a line in the place of the one that starts alike."""
        ...

    async def choose(self, name: str, start: str, line: str, key: str, given: str) -> Choice:
        """Put a line likewise, unless the key is known; tell whether it is known with what is given now."""
        ...


class Persons:
    """Notes what has ended or was chosen, and reads it; `monotonic` is the clock of pauses."""

    def __init__(self, store: PersonStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._asks_from = float("-inf")

    async def noted(self, subject: str) -> Noted:
        """Give what is noted of a person; nothing while that can't be read."""
        if self._monotonic() < self._asks_from:
            return NOTHING
        try:
            held = await self._store.read(_name(subject))
        except FAILURES as error:
            self._asks_from = self._monotonic() + _PAUSE_S
            _log.warning("person_not_read", error=type(error).__name__)
            return NOTHING
        return _read(held) if held else NOTHING

    async def end(self, subject: str, membership: str, at: float) -> None:
        """Note that a membership is over since then; where that fails the directory alone says so, a little later."""
        try:
            await self._store.end(_name(subject), _start("end", membership), _line("end", membership, at))
        except FAILURES as error:
            _log.warning("end_not_noted", error=type(error).__name__)

    async def give(self, subject: str, membership: str, profile: str, at: float) -> None:
        """Note that a membership has a profile since then; where that fails the directory alone says so."""
        line = _line("profile", membership, f"{profile} {at}")
        try:
            await self._store.end(_name(subject), _start("profile", membership), line)
        except FAILURES as error:
            _log.warning("profile_not_noted", error=type(error).__name__)

    async def choose(self, subject: str, client: str, membership: str, key: str) -> Choice:
        """Note for which membership a person acts in a client from now on.

        Raises:
            StateUnavailable: it can't be noted.
        """
        name = _name(subject)
        line, start = _line("chosen", client, membership), _start("chosen", client)
        try:
            return await self._store.choose(name, start, line, _hash(f"{client}\n{key}"), _hash(membership))
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error


class RedisPersons:
    """In the state Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def read(self, name: str) -> str:
        """Give the lines of a person."""
        [held] = await self._redis.get_many([_key(name)])
        return "" if held is None else held.decode()

    async def end(self, name: str, start: str, line: str) -> None:
        """Put a line, as `PersonStore` says."""
        await self._redis.call(_END, [_key(name)], [start, line, str(LIFE_S)], expected=1)

    async def choose(self, name: str, start: str, line: str, key: str, given: str) -> Choice:
        """Put a line, as `PersonStore` says."""
        keys = [_key(name), f"{_key(name)}:{key}"]
        [told] = await self._redis.call(_CHOOSE, keys, [start, line, str(LIFE_S), given, str(KEY_LIFE_S)], expected=1)
        return Choice((told or b"").decode())


class MemoryPersons:
    """Of one process, for a developer's machine; of more than 10,000 people the oldest go."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, str]] = {}
        self._keys: dict[tuple[str, str], str] = {}

    async def read(self, name: str) -> str:
        """Give the lines of a person."""
        return "\n".join(self._held.get(name, {}).values())

    async def end(self, name: str, start: str, line: str) -> None:
        """Put a line, as `PersonStore` says."""
        self._held.setdefault(name, {})[start] = line
        _trim(self._held)

    async def choose(self, name: str, start: str, line: str, key: str, given: str) -> Choice:
        """Put a line, as `PersonStore` says."""
        if (before := self._keys.get((name, key))) is not None:
            return Choice.SAME if before == given else Choice.OTHER
        self._keys[name, key] = given
        _trim(self._keys)
        await self.end(name, start, line)
        return Choice.CHOSEN


def _trim(held: dict[Any, Any]) -> None:
    while len(held) > _KEPT_MAX:
        del held[next(iter(held))]


def _read(held: str) -> Noted:
    lines = [_decode(line) for line in held.split("\n")]
    return Noted(
        {name: float(value) for what, name, value in lines if what == "end"},
        {name: str(value) for what, name, value in lines if what == "chosen"},
        {name: _given(str(value)) for what, name, value in lines if what == "profile"},
    )


def _given(text: str) -> tuple[str, float]:
    profile, _, at = text.partition(" ")
    return profile, float(at)


def _line(what: str, name: str, value: str | float) -> str:
    return msgspec.json.encode([what, name, value]).decode()


def _start(what: str, name: str) -> str:
    """Give what the line of a thing begins with, whatever its value."""
    return msgspec.json.encode([what, name]).decode()[:-1] + ","


def _name(subject: str) -> str:
    return _hash(subject)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _key(name: str) -> str:
    return f"bff:person:{{{name}}}"


_decode = msgspec.json.Decoder(tuple[str, str, str | float]).decode
