"""Payments, each under its name, and what must be looked at: in the state Redis or, on the embedded default, in memory.

As with deeds, a name stands by its first digit in one of sixteen agendas, each in one slot of a Cluster. Who looks at a
payment has it to themselves until their lease ends; whoever comes meanwhile leaves word, so that it is looked at once
more. What is to be paid is held under marks, so that nobody else pays it too. The bytes are the caller's.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from bff.redis_client import Client

LIFE_S: Final = 30 * 24 * 3600
"""For how long a payment is remembered, from its last step."""
OF_COMPANY: Final = 50
"""How many payments of a company are listed: the last ones."""


class Taken(NamedTuple):
    """A payment that is to be looked at, by its name, and its bytes."""

    name: str
    body: bytes


class PaymentStore(Protocol):
    """Where payments are remembered. Times are seconds since 1970. Raises `FAILURES`."""

    async def hold(self, marks: Sequence[str], name: str, seconds: int) -> bool:
        """Hold marks for a payment for so long at least, all or none; False when another one holds one of them."""
        ...

    async def free(self, marks: Sequence[str], name: str) -> None:
        """Let go of the marks that a payment holds."""
        ...

    async def note_paid(self, owner: str, marks: Sequence[str], until: float) -> None:
        """Note, until then, what a company has paid."""
        ...

    async def paid(self, owner: str, now: float) -> tuple[str, ...]:
        """Give the marks of what a company has paid, as far as that is noted still."""
        ...

    async def begin(self, name: str, owner: str, body: bytes, now: float, due: float) -> None:
        """Remember a new payment of a company, due then."""
        ...

    async def get(self, name: str) -> bytes | None:
        """Give a payment; None when there is none."""
        ...

    async def of(self, owner: str) -> list[str]:
        """Name the last payments of a company."""
        ...

    async def take(self, name: str, holder: str, now: float, until: float) -> Taken | None:
        """Have a payment to oneself until then; None when another has it, who will have it looked at again."""
        ...

    async def claim(self, agenda: str, holder: str, now: float, until: float) -> Taken | None:
        """Have to oneself until then what is due longest; None when nothing is."""
        ...

    async def put(self, name: str, holder: str, body: bytes, now: float, due: float | None) -> bool:
        """Remember how far a payment has come, and give it back, due then; False when it is another's by now."""
        ...


# A hash of the bytes, who has it, until when, and whether somebody came meanwhile.
_BEGIN: Final = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'body', ARGV[1], 'until', '0')
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[3])
return {'1'}
"""
_TAKE: Final = """
local held = redis.call('HMGET', KEYS[1], 'body', 'until')
if not held[1] then return {false} end
if tonumber(held[2]) > tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'again', '1')
  return {false}
end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', ARGV[3])
redis.call('HDEL', KEYS[1], 'again')
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
return {held[1]}
"""
_CLAIM: Final = """
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, 1)
local name = names[1]
if not name then return {false, false} end
local key = ARGV[4] .. name
local body = redis.call('HGET', key, 'body')
if not body then
  redis.call('ZREM', KEYS[1], name)
  return {name, false}
end
redis.call('HSET', key, 'holder', ARGV[1], 'until', ARGV[3])
redis.call('HDEL', key, 'again')
redis.call('ZADD', KEYS[1], ARGV[3], name)
return {name, body}
"""
_PUT: Final = """
local held = redis.call('HMGET', KEYS[1], 'holder', 'again')
if held[1] ~= ARGV[1] then return {false} end
redis.call('HSET', KEYS[1], 'body', ARGV[2], 'until', '0', 'holder', '')
redis.call('HDEL', KEYS[1], 'again')
redis.call('EXPIRE', KEYS[1], ARGV[6])
local due = ARGV[4]
if held[2] then due = ARGV[3] end
if due == '' then redis.call('ZREM', KEYS[2], ARGV[5]) else redis.call('ZADD', KEYS[2], due, ARGV[5]) end
return {'1'}
"""
_HOLD: Final = """
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return {false} end
if not held then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
  return {'new'}
end
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return {'again'}
"""
_FREE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return {'1'}
"""
_NOTE_PAID: Final = """
for place = 3, #ARGV do redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[place]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {'1'}
"""
_PAID: Final = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
return {table.concat(redis.call('ZRANGE', KEYS[1], 0, -1), ' ')}
"""
_LIST: Final = """
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {'1'}
"""
_LISTED: Final = """
local names = redis.call('ZREVRANGE', KEYS[1], 0, -1)
return {table.concat(names, ' ')}
"""
_GET: Final = "return {redis.call('HGET', KEYS[1], 'body')}"


class RedisPayments:
    """Payments in the state Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def hold(self, marks: Sequence[str], name: str, seconds: int) -> bool:
        """Hold marks, as `PaymentStore` says."""
        new: list[str] = []
        for mark in marks:
            [taken] = await self._redis.call(_HOLD, [f"bff:paying:{{{mark}}}"], [name, str(seconds)], expected=1)
            if taken is None:
                await self.free(new, name)  # not what it has held before
                return False
            if taken == b"new":
                new.append(mark)
        return True

    async def free(self, marks: Sequence[str], name: str) -> None:
        """Let go of marks."""
        for mark in marks:
            await self._redis.call(_FREE, [f"bff:paying:{{{mark}}}"], [name], expected=1)

    async def note_paid(self, owner: str, marks: Sequence[str], until: float) -> None:
        """Note what a company has paid."""
        await self._redis.call(_NOTE_PAID, [_paid_key(owner)], [str(until), str(LIFE_S), *marks], expected=1)

    async def paid(self, owner: str, now: float) -> tuple[str, ...]:
        """Give the marks of what a company has paid."""
        [marks] = await self._redis.call(_PAID, [_paid_key(owner)], [str(now)], expected=1)
        return tuple((marks or b"").decode().split())

    async def begin(self, name: str, owner: str, body: bytes, now: float, due: float) -> None:
        """Remember a new payment."""
        listed = [str(now), name, str(OF_COMPANY), str(LIFE_S)]
        await self._redis.call(_LIST, [f"bff:payments:{{{owner}}}"], listed, expected=1)
        await self._redis.call(_BEGIN, _keys(name), [body, str(due), name, str(LIFE_S)], expected=1)

    async def get(self, name: str) -> bytes | None:
        """Give a payment."""
        [body] = await self._redis.call(_GET, [_key(name)], [], expected=1)
        return body

    async def of(self, owner: str) -> list[str]:
        """Name the last payments of a company."""
        [names] = await self._redis.call(_LISTED, [f"bff:payments:{{{owner}}}"], [], expected=1)
        return (names or b"").decode().split()

    async def take(self, name: str, holder: str, now: float, until: float) -> Taken | None:
        """Have a payment to oneself."""
        [body] = await self._redis.call(_TAKE, _keys(name), [holder, str(now), str(until), name], expected=1)
        return None if body is None else Taken(name, body)

    async def claim(self, agenda: str, holder: str, now: float, until: float) -> Taken | None:
        """Have to oneself what is due longest."""
        while True:
            told = [holder, str(now), str(until), _key(agenda)]
            name, body = await self._redis.call(_CLAIM, [_agenda(agenda)], told, expected=2)
            if name is None:
                return None
            if body is not None:
                return Taken(name.decode(), body)

    async def put(self, name: str, holder: str, body: bytes, now: float, due: float | None) -> bool:
        """Remember how far a payment has come."""
        told: list[str | bytes] = [holder, body, str(now), "" if due is None else str(due), name, str(LIFE_S)]
        [done] = await self._redis.call(_PUT, _keys(name), told, expected=1)
        return done is not None


class _Entry:
    """A payment in memory."""

    __slots__ = ("again", "body", "due", "holder", "until")

    def __init__(self, body: bytes, due: float) -> None:
        self.body = body
        self.due: float | None = due
        self.until = 0.0
        self.holder = ""
        self.again = False


class MemoryPayments:
    """Payments of one process, for a developer's machine."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._held: dict[str, _Entry] = {}
        self._marks: dict[str, tuple[str, float]] = {}
        self._of: dict[str, list[str]] = {}
        self._paid: dict[str, dict[str, float]] = {}

    async def hold(self, marks: Sequence[str], name: str, seconds: int) -> bool:
        """Hold marks, as `PaymentStore` says."""
        now = self._monotonic()
        held = (self._marks.get(mark, (name, now)) for mark in marks)
        if any(holder != name and until > now for holder, until in held):
            return False
        for mark in marks:
            holder, until = self._marks.get(mark, (name, now))
            self._marks[mark] = (name, max(now + seconds, until if holder == name else now))
        return True

    async def free(self, marks: Sequence[str], name: str) -> None:
        """Let go of marks."""
        for mark in marks:
            if self._marks.get(mark, ("", 0.0))[0] == name:
                del self._marks[mark]

    async def note_paid(self, owner: str, marks: Sequence[str], until: float) -> None:
        """Note what a company has paid."""
        self._paid.setdefault(owner, {}).update(dict.fromkeys(marks, until))

    async def paid(self, owner: str, now: float) -> tuple[str, ...]:
        """Give the marks of what a company has paid."""
        return tuple(mark for mark, until in self._paid.get(owner, {}).items() if until > now)

    async def begin(self, name: str, owner: str, body: bytes, now: float, due: float) -> None:
        """Remember a new payment."""
        del now
        names = [each for each in self._of.get(owner, []) if each != name]
        self._of[owner] = [name, *names][:OF_COMPANY]
        self._held[name] = _Entry(body, due)

    async def get(self, name: str) -> bytes | None:
        """Give a payment."""
        held = self._held.get(name)
        return None if held is None else held.body

    async def of(self, owner: str) -> list[str]:
        """Name the last payments of a company."""
        return list(self._of.get(owner, ()))

    async def take(self, name: str, holder: str, now: float, until: float) -> Taken | None:
        """Have a payment to oneself."""
        held = self._held.get(name)
        if held is None:
            return None
        if held.until > now:
            held.again = True
            return None
        return self._taken(name, held, holder, until)

    async def claim(self, agenda: str, holder: str, now: float, until: float) -> Taken | None:
        """Have to oneself what is due longest."""
        due = [(each.due, name) for name, each in self._held.items() if name[0] == agenda and each.due is not None]
        first = min(due, default=None)
        if first is None or first[0] > now:
            return None
        return self._taken(first[1], self._held[first[1]], holder, until)

    def _taken(self, name: str, held: _Entry, holder: str, until: float) -> Taken:
        held.holder, held.until, held.due, held.again = holder, until, until, False
        return Taken(name, held.body)

    async def put(self, name: str, holder: str, body: bytes, now: float, due: float | None) -> bool:
        """Remember how far a payment has come."""
        held = self._held.get(name)
        if held is None or held.holder != holder:
            return False
        held.due = now if held.again else due
        held.body, held.until, held.holder, held.again = body, 0.0, "", False
        return True


def _key(name: str) -> str:
    """Name the hash of a payment; of an agenda's digit alone, what all of its payments' begin with, but for it."""
    return f"bff:payment:{{{name[0]}}}:{name if len(name) > 1 else ''}"


def _agenda(name: str) -> str:
    return f"bff:payment-agenda:{{{name[0]}}}"


def _paid_key(owner: str) -> str:
    return f"bff:paid:{{{owner}}}"


def _keys(name: str) -> Sequence[str]:
    return [_key(name), _agenda(name)]
