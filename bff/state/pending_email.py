"""New registration e-mails that wait for their link to be opened: in the state Redis or, for development, in memory.

One for each person, a day long; a newer one takes the place of an older. The token of the link is 128 bits and kept as
a hash, the address as the caller has sealed it, so that who reads the store learns neither.
"""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from bff.errors import StateUnavailable
from bff.redis_client import FAILURES, Client

LIFE_S: Final = 86_400
"""From the asking for an address to the last moment that its link works."""
PATH: Final = "/email"

_KEPT_MAX = 10_000
_NAME_DIGITS = 32

_PUT: Final = "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) return {'1'}"
_GET: Final = "return {redis.call('GET', KEYS[1])}"
_DROP: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return {'1'}"


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A new address: whose by their key and the subject of their tokens, the hash of its token, the address sealed."""

    person_key: str
    subject: str
    token: str
    sealed: str


class PendingStore(Protocol):
    """Where they are kept, by name. Raises `FAILURES`."""

    async def put(self, name: str, content: bytes) -> None:
        """Keep one in the place of the one before."""
        ...

    async def get(self, name: str) -> bytes | None:
        """Give it; None when there is none."""
        ...

    async def drop(self, name: str, content: bytes) -> None:
        """Forget it, unless it is another by now."""
        ...


class PendingEmails:
    """Keeps new addresses, and finds them by their links. `base_url` is where browsers reach this service."""

    def __init__(self, store: PendingStore, base_url: str) -> None:
        self._store = store
        self._base_url = base_url

    async def keep(self, pending: Pending, token: str) -> str:
        """Keep one, under the hash of its token, and give the address of its link. Raises StateUnavailable."""
        name = _name(pending.person_key)
        content = _encode(msgspec.structs.replace(pending, token=_hash(token)))
        try:
            await self._store.put(name, content)
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error
        return f"{self._base_url}{PATH}/{name}/{token}"

    async def of_person(self, person_key: str) -> Pending | None:
        """Give what a person waits for. Raises StateUnavailable."""
        return await self._read(_name(person_key))

    async def by_link(self, name: str, token: str) -> Pending | None:
        """Give what a link is for; None when it is not good any more. Raises StateUnavailable."""
        found = await self._read(name)
        if found is None or not hmac.compare_digest(found.token, _hash(token)):
            return None
        return found

    async def done(self, pending: Pending) -> None:
        """Forget one that has been taken over. Raises StateUnavailable."""
        try:
            await self._store.drop(_name(pending.person_key), _encode(pending))
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error

    async def _read(self, name: str) -> Pending | None:
        try:
            found = await self._store.get(name)
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error
        return None if found is None else _decode(found)


class RedisPending:
    """Addresses in the state Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def put(self, name: str, content: bytes) -> None:
        """Keep one in the place of the one before."""
        await self._redis.call(_PUT, [_key(name)], [content, str(LIFE_S)], expected=1)

    async def get(self, name: str) -> bytes | None:
        """Give it; None when there is none."""
        [found] = await self._redis.call(_GET, [_key(name)], [], expected=1)
        return found

    async def drop(self, name: str, content: bytes) -> None:
        """Forget it, unless it is another by now."""
        await self._redis.call(_DROP, [_key(name)], [content], expected=1)


class MemoryPending:
    """Addresses of one process, for a developer's machine; of more than 10,000 the oldest go."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    async def put(self, name: str, content: bytes) -> None:
        """Keep one in the place of the one before."""
        self._kept.pop(name, None)
        self._kept[name] = (content, self._monotonic() + LIFE_S)
        while len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)

    async def get(self, name: str) -> bytes | None:
        """Give it; None when there is none."""
        content, ends = self._kept.get(name, (b"", 0.0))
        return content if self._monotonic() < ends else None

    async def drop(self, name: str, content: bytes) -> None:
        """Forget it, unless it is another by now."""
        if await self.get(name) == content:
            del self._kept[name]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Pending).decode


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _name(person_key: str) -> str:
    return _hash(person_key)[:_NAME_DIGITS]


def _key(name: str) -> str:
    return f"bff:pending-email:{{{name}}}"
