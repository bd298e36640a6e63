"""What became of each deed, under the name of its request: in the state Redis or, on the embedded default, in memory.

A name is 32 hexadecimal digits; with its first it stands in one of sixteen agendas, which tell when somebody must look
at it again: what was sent and not settled in time, what may still change. Of a Cluster each agenda and its deeds are in
one slot, so that a step is one script and one round trip. The bytes are the caller's.

| step | holds until | then |
| --- | --- | --- |
| RESERVED | its lease ends, or its worker lets it rest | whoever asks the same again takes it over: nothing was sent |
| SENT | its lease ends | it is due: its worker is gone, and nobody knows |
| UNKNOWN | it is settled | due again and again |
| DONE | the end | its answer is given to whoever sends the same again |
| FAILED | the end | nothing was done: the same may be tried again |
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from bff.domain.deed import Step
from bff.redis_client import Client

LIFE_S: Final = 48 * 3600
"""For how long a key is remembered, from its last step."""
AGENDAS: Final = tuple("0123456789abcdef")

_KEPT_MAX = 10_000


class Asked(NamedTuple):
    """A deed that is asked for: its name, what was put in as a digest, whose worker it is now, its own bytes."""

    name: str
    input: str
    holder: str
    deed: bytes


class Held(NamedTuple):
    """What stood under a name before: how far it had come, whether its input is the same, what was told of it."""

    step: Step
    is_same: bool
    told: bytes | None


class Due(NamedTuple):
    """A deed that must be looked at."""

    name: str
    step: Step
    deed: bytes


class DeedStore(Protocol):
    """Where deeds are remembered. Times are seconds since 1970. Raises `FAILURES`."""

    async def reserve(self, asked: Asked, now: float, until: float) -> Held | None:
        """Take a name until then; what stands there instead when it is taken, None when it is ours."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Give a name back that is reserved and nothing was sent for."""
        ...

    async def rest(self, name: str, holder: str) -> None:
        """Let go of a name that is reserved, and go on remembering what was asked for under it."""
        ...

    async def send(self, asked: Asked, until: float) -> bool:
        """Note that it is about to be sent, and due then if nobody settles it; False when the name is lost."""
        ...

    async def settle(self, name: str, step: Step, told: bytes, due: float | None) -> bool:
        """Note what became of it, and when to look again; False when it was settled before."""
        ...

    async def claim(self, agenda: str, now: float, until: float) -> Due | None:
        """Give what is due longest, which is due again then; None when nothing is. One asks, one gets it."""
        ...

    async def drop(self, name: str) -> None:
        """Look at it no more."""
        ...

    async def put_off(self, name: str, due: float) -> None:
        """Look at it again then, and not before."""
        ...


# A hash of the step, the input's digest, the holder, until when it is theirs, the deed, and what was told of it.
_RESERVE: Final = """
local held = redis.call('HMGET', KEYS[1], 'step', 'input', 'until', 'told')
local step = held[1]
if step and held[2] ~= ARGV[1] then return {step, false, false} end
if step and step ~= 'FAILED' and not (step == 'RESERVED' and tonumber(held[3]) <= tonumber(ARGV[3])) then
  return {step, '1', held[4]}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'step', 'RESERVED', 'input', ARGV[1], 'holder', ARGV[2], 'until', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return {false, false, false}
"""
_RELEASE: Final = """
local held = redis.call('HMGET', KEYS[1], 'step', 'holder')
if held[1] == 'RESERVED' and held[2] == ARGV[1] then redis.call('DEL', KEYS[1]) end
return {'1'}
"""
_REST: Final = """
local held = redis.call('HMGET', KEYS[1], 'step', 'holder')
if held[1] == 'RESERVED' and held[2] == ARGV[1] then redis.call('HSET', KEYS[1], 'until', '0') end
return {'1'}
"""
_SEND: Final = """
local held = redis.call('HMGET', KEYS[1], 'step', 'holder')
if held[1] ~= 'RESERVED' or held[2] ~= ARGV[1] then return {false} end
redis.call('HSET', KEYS[1], 'step', 'SENT', 'until', ARGV[2], 'deed', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
return {'1'}
"""
_SETTLE: Final = """
local step = redis.call('HGET', KEYS[1], 'step')
if step ~= 'SENT' and step ~= 'UNKNOWN' then return {false} end
redis.call('HSET', KEYS[1], 'step', ARGV[1], 'told', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[5])
if ARGV[3] == '' then redis.call('ZREM', KEYS[2], ARGV[4]) else redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4]) end
return {'1'}
"""
_CLAIM: Final = """
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)
local name = names[1]
if not name then return {false, false, false} end
local held = redis.call('HMGET', ARGV[3] .. name, 'step', 'deed')
if not held[1] or not held[2] then
  redis.call('ZREM', KEYS[1], name)
  return {name, false, false}
end
redis.call('ZADD', KEYS[1], ARGV[2], name)
return {name, held[1], held[2]}
"""
_DROP: Final = "redis.call('ZREM', KEYS[1], ARGV[1]) return {'1'}"
_PUT_OFF: Final = "redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1]) return {'1'}"


class RedisDeeds:
    """Deeds in the state Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def reserve(self, asked: Asked, now: float, until: float) -> Held | None:
        """Take a name, as `DeedStore` says."""
        arguments = [asked.input, asked.holder, str(now), str(until), str(LIFE_S)]
        step, same, told = await self._redis.call(_RESERVE, [_key(asked.name)], arguments, expected=3)
        return None if step is None else Held(Step(step.decode()), same is not None, told)

    async def release(self, name: str, holder: str) -> None:
        """Give a name back."""
        await self._redis.call(_RELEASE, [_key(name)], [holder], expected=1)

    async def rest(self, name: str, holder: str) -> None:
        """Let go of a name, and remember what was asked for."""
        await self._redis.call(_REST, [_key(name)], [holder], expected=1)

    async def send(self, asked: Asked, until: float) -> bool:
        """Note that it is about to be sent, as `DeedStore` says."""
        arguments: list[str | bytes] = [asked.holder, str(until), asked.deed, asked.name, str(LIFE_S)]
        [noted] = await self._redis.call(_SEND, _keys(asked.name), arguments, expected=1)
        return noted is not None

    async def settle(self, name: str, step: Step, told: bytes, due: float | None) -> bool:
        """Note what became of it, as `DeedStore` says."""
        arguments: list[str | bytes] = [step.value, told, "" if due is None else str(due), name, str(LIFE_S)]
        [noted] = await self._redis.call(_SETTLE, _keys(name), arguments, expected=1)
        return noted is not None

    async def claim(self, agenda: str, now: float, until: float) -> Due | None:
        """Give what is due longest, as `DeedStore` says."""
        while True:
            told = [str(now), str(until), _key(agenda)]
            name, step, deed = await self._redis.call(_CLAIM, [_agenda(agenda)], told, expected=3)
            if name is None:
                return None
            if step is not None and deed is not None:
                return Due(name.decode(), Step(step.decode()), deed)

    async def drop(self, name: str) -> None:
        """Look at it no more."""
        await self._redis.call(_DROP, [_agenda(name)], [name], expected=1)

    async def put_off(self, name: str, due: float) -> None:
        """Look at it again then."""
        await self._redis.call(_PUT_OFF, [_agenda(name)], [name, str(due)], expected=1)


class _Entry:
    """A deed in memory."""

    __slots__ = ("deed", "due", "ends", "holder", "input", "step", "told", "until")

    def __init__(self, asked: Asked, until: float, ends: float) -> None:
        self.step = Step.RESERVED
        self.input, self.holder, self.deed = asked.input, asked.holder, asked.deed
        self.until, self.ends = until, ends
        self.told: bytes | None = None
        self.due: float | None = None


class MemoryDeeds:
    """Deeds of one process, for a developer's machine; of more than 10,000 the oldest go."""

    def __init__(self) -> None:
        self._held: dict[str, _Entry] = {}

    async def reserve(self, asked: Asked, now: float, until: float) -> Held | None:
        """Take a name, as `DeedStore` says."""
        held = self._held.get(asked.name)
        if held is not None and now < held.ends:
            if held.input != asked.input:
                return Held(held.step, is_same=False, told=None)
            if held.step is not Step.FAILED and not (held.step is Step.RESERVED and held.until <= now):
                return Held(held.step, is_same=True, told=held.told)
        self._held.pop(asked.name, None)
        self._held[asked.name] = _Entry(asked, until, now + LIFE_S)
        while len(self._held) > _KEPT_MAX:
            del self._held[next(iter(self._held))]
        return None

    async def release(self, name: str, holder: str) -> None:
        """Give a name back."""
        if self._is_reserved(name, holder):
            del self._held[name]

    async def rest(self, name: str, holder: str) -> None:
        """Let go of a name, and remember what was asked for."""
        if self._is_reserved(name, holder):
            self._held[name].until = 0.0

    async def send(self, asked: Asked, until: float) -> bool:
        """Note that it is about to be sent, as `DeedStore` says."""
        if not self._is_reserved(asked.name, asked.holder):
            return False
        held = self._held[asked.name]
        held.step, held.deed, held.until, held.due = Step.SENT, asked.deed, until, until
        return True

    async def settle(self, name: str, step: Step, told: bytes, due: float | None) -> bool:
        """Note what became of it, as `DeedStore` says."""
        held = self._held.get(name)
        if held is None or held.step not in {Step.SENT, Step.UNKNOWN}:
            return False
        held.step, held.told, held.due = step, told, due
        return True

    async def claim(self, agenda: str, now: float, until: float) -> Due | None:
        """Give what is due longest, as `DeedStore` says."""
        due = [(each.due, name) for name, each in self._held.items() if name[0] == agenda and each.due is not None]
        first = min(due, default=None)
        if first is None or first[0] > now:
            return None
        held = self._held[first[1]]
        held.due = until
        return Due(first[1], held.step, held.deed)

    async def drop(self, name: str) -> None:
        """Look at it no more."""
        if (held := self._held.get(name)) is not None:
            held.due = None

    async def put_off(self, name: str, due: float) -> None:
        """Look at it again then."""
        if (held := self._held.get(name)) is not None and held.due is not None:
            held.due = due

    def _is_reserved(self, name: str, holder: str) -> bool:
        held = self._held.get(name)
        return held is not None and held.step is Step.RESERVED and held.holder == holder


def _key(name: str) -> str:
    """Name the hash of a deed; of an agenda's digit alone, what all of its deeds' begin with, but for that digit."""
    return f"bff:deed:{{{name[0]}}}:{name if len(name) > 1 else ''}"


def _agenda(name: str) -> str:
    return f"bff:agenda:{{{name[0]}}}"


def _keys(name: str) -> Sequence[str]:
    return [_key(name), _agenda(name)]
